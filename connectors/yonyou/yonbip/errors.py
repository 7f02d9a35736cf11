"""Gateway and business codes -> hub errors (yonyou.md 1.3, 1.5, 1.6). Pure.

Every failure but an unknown path comes as HTTP 200; an unknown code is never success.
"""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.yonyou.words import refusal
from hub.connector.http import Reply, untrusted
from hub.connector.token import TokenDead
from hub.errors import (
    ConfigInvalid,
    CredentialsRejected,
    DuplicateInSystem,
    HubError,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    RecordGone,
    Unreachable,
    ValidationFailed,
    Vendor,
)

ADDRESS, TOKEN = "address", "token"
RATE_S = 60.0
_DONE = {"200", "00000"}


class SubmittedBefore(DuplicateInSystem):
    """Raised when the key of a save was used over an hour ago; `id` is the document of then ("" when not told)."""

    def __init__(self, zh: str, en: str, *, vendor: Vendor, record_id: str) -> None:
        super().__init__(zh, en, vendor=vendor)
        self.id = record_id


def judge(reply: Reply) -> None:
    """Raise what a reply means that is not the vendor's success."""
    data = reply.data
    if not isinstance(data, Mapping) or "code" not in data:
        if reply.text.strip() == "非法token":
            raise _token(reply.vendor("310036", reply.text))
        raise untrusted(reply, "缺少 code", "no code")
    if str(data["code"]) not in _DONE:
        raise error_of(reply, str(data["code"]), str(data.get("message") or ""))


def error_of(reply: Reply, code: str, message: str) -> HubError:
    """The hub error of a code and its words."""
    vendor = reply.vendor(code, message)
    if reply.operation in (ADDRESS, TOKEN):
        return _access(reply, vendor)
    if code in ("100004", "10004"):
        return _submitted_before(reply, vendor)
    make = _CODES.get(code)
    if make is not None:
        return make(reply, vendor)
    return refusal(vendor) if not reply.safe else _unreadable(vendor)


def _access(reply: Reply, vendor: Vendor) -> HubError:
    if reply.operation == ADDRESS:
        return ConfigInvalid(
            "用友没有这个租户ID。请管理员在用友工作台“企业信息”里复制租户ID，改连接设置后按“测试”",
            "There is no such tenant id. Copy it from the workbench into the settings, then press test",
            vendor=vendor,
            field="tenant_id",
        )
    if "签名" in vendor.message:
        return CredentialsRejected(
            "签名不对：appSecret 与 appKey 不配套。请管理员在“API 应用”里重新复制 appSecret，改连接设置后按“测试”",
            "Wrong signature: the appSecret does not belong to the appKey. Copy it anew, then press test",
            vendor=vendor,
            field="app_secret",
        )
    return CredentialsRejected(
        f"应用不存在或 appKey 已停用。请管理员在“API 应用”里核对并启用，改连接设置后按“测试”：{vendor.message}",
        f"There is no such app, or it is stopped. Check the appKey and enable the app, then press test: {vendor.message}",
        vendor=vendor,
        field="app_key",
    )


def _submitted_before(reply: Reply, vendor: Vendor) -> HubError:
    found: Any = reply.data.get("data") if isinstance(reply.data, Mapping) else None
    record_id = str(found.get("id") or "") if isinstance(found, Mapping) else ""
    return SubmittedBefore(
        "这次提交一小时前已经成功过", "This was submitted before and succeeded then", vendor=vendor, record_id=record_id
    )


def _token(vendor: Vendor) -> HubError:
    return TokenDead("用友令牌已失效", "The token is not known any more", vendor=vendor)


def _dead(_reply: Reply, vendor: Vendor) -> HubError:
    return _token(vendor)


def _stopped(_reply: Reply, vendor: Vendor) -> HubError:
    return CredentialsRejected(
        "用友应用不存在或已停用。请管理员在“API 应用”里启用，然后按“测试”",
        "The app does not exist or is stopped. The administrator enables it, then press test",
        vendor=vendor,
        field="app_key",
    )


def _unauthorised(reply: Reply, vendor: Vendor) -> HubError:
    return PermissionMissing(
        f"应用没有这个接口的授权（{reply.operation}）。请管理员在“API 应用”里勾选它所在的 API 分类并重新授权，然后按“测试”",
        f"The app is not authorised for {reply.operation}. Add its API category and authorise the app anew, then press test",
        vendor=vendor,
    )


def _address(_reply: Reply, vendor: Vendor) -> HubError:
    return PermissionMissing(
        f"本机的出口 IP 不在用友的白名单里。请管理员在“API 应用”的 IP 白名单里加上它，然后按“测试”：{vendor.message}",
        f"Our address is not on the allow list. The administrator adds it to the app's list, then press test: {vendor.message}",
        vendor=vendor,
    )


def _limited(_reply: Reply, vendor: Vendor) -> HubError:
    return RateLimited(
        "用友限制了调用频率，稍后自动继续", "Over the call limit; goes on by itself", after=RATE_S, vendor=vendor
    )


def _no_api(reply: Reply, vendor: Vendor) -> HubError:
    return ConfigInvalid(
        f"这个租户没有接口 {reply.operation}。财务单据请检查“财务版本”（efi 或 fi），其他请检查网关地址，然后按“测试”",
        f"The tenant has no {reply.operation}. Check the finance generation (efi or fi) or the gateway, then press test",
        vendor=vendor,
        field="finance" if "fi/" in reply.operation.lower() else "gateway_url",
    )


def _parameter(reply: Reply, vendor: Vendor) -> HubError:
    texts = (
        f"用友不接受参数，请管理员检查映射后按“重试”：{vendor.message}",
        f"A parameter was refused: {vendor.message}",
    )
    return ConfigInvalid(*texts, vendor=vendor) if reply.safe else ValidationFailed(*texts, vendor=vendor)


def _untouched(_reply: Reply, vendor: Vendor) -> HubError:
    return Unreachable(
        f"用友后端暂时不可用，稍后重试：{vendor.message}",
        f"The backend is not available: {vendor.message}",
        vendor=vendor,
    )


def _doubtful(reply: Reply, vendor: Vendor) -> HubError:
    if reply.safe:
        return _untouched(reply, vendor)
    return OutcomeUnknown(
        f"用友后端没有答复，需先核对是否已写入：{vendor.message}",
        f"The backend did not answer; look it up before trying again: {vendor.message}",
        vendor=vendor,
    )


def _gone(_reply: Reply, vendor: Vendor) -> HubError:
    return RecordGone(f"记录不存在：{vendor.message}", f"The record is not there: {vendor.message}", vendor=vendor)


def _unreadable(vendor: Vendor) -> HubError:
    return Unreachable(
        f"用友查询失败，稍后重试：{vendor.message or vendor.code}",
        f"The query failed, tried again later: {vendor.message or vendor.code}",
        vendor=vendor,
    )


_Make = Callable[[Reply, Vendor], HubError]
_CODES: Mapping[str, _Make] = {
    **dict.fromkeys(("310001", "310003", "310036"), _dead),
    **dict.fromkeys(("310005", "310006"), _stopped),
    **dict.fromkeys(("310007", "310037"), _unauthorised),
    **dict.fromkeys(("310031", "310038", "310041", "310047"), _address),
    **dict.fromkeys(("310032", "310039", "310042", "310046"), _limited),
    **dict.fromkeys(("310404", "310405"), _no_api),
    **dict.fromkeys(("310002", "310008", "310009", "310015", "310023", "310025", "506"), _parameter),
    **dict.fromkeys(("310043", "310072"), _untouched),
    **dict.fromkeys(("202", "310071", "310076", "310504", "315001"), _doubtful),
    "1002": _gone,
}
