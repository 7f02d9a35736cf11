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
APPS = "API 应用"
"""Where an administrator finds the app."""
ENABLE = (
    "hub_admin",
    f"在用友“{APPS}”里核对 appKey 并启用应用，改连接设置后测试并恢复",
    f"compare the appKey under {APPS} and enable the app, change the settings, then test and resume",
)


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
    refused = refusal(vendor)
    return refused if not reply.safe or isinstance(refused, PermissionMissing) else _unreadable(vendor)


def _access(reply: Reply, vendor: Vendor) -> HubError:
    if reply.operation == ADDRESS:
        return ConfigInvalid(
            f"用友没有这个租户ID：{vendor.message}",
            f"There is no such tenant id: {vendor.message}",
            vendor=vendor,
            field="tenant_id",
        ).put_right_by(
            "hub_admin",
            "在用友工作台“企业信息”里复制租户ID，改连接设置后测试并恢复",
            "copy the tenant id from the workbench (企业信息) into the settings, then test and resume",
        )
    if "签名" in vendor.message:
        return CredentialsRejected(
            "签名不对：appSecret 与 appKey 不配套",
            "Wrong signature: the appSecret does not belong to the appKey",
            vendor=vendor,
            field="app_secret",
        ).put_right_by(
            "hub_admin",
            f"在用友“{APPS}”里重新复制 appSecret，改连接设置后测试并恢复",
            f"copy the appSecret anew under {APPS}, change the settings, then test and resume",
        )
    return CredentialsRejected(
        f"应用不存在或 appKey 已停用：{vendor.message}",
        f"There is no such app, or it is stopped: {vendor.message}",
        vendor=vendor,
        field="app_key",
    ).put_right_by(*ENABLE)


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
        f"用友应用不存在或已停用：{vendor.message}",
        f"The app does not exist or is stopped: {vendor.message}",
        vendor=vendor,
        field="app_key",
    ).put_right_by(*ENABLE)


def _unauthorised(reply: Reply, vendor: Vendor) -> HubError:
    return PermissionMissing(
        f"应用没有接口 {reply.operation} 的授权", f"The app is not authorised for {reply.operation}", vendor=vendor
    ).put_right_by(
        "system_admin",
        f"在用友“{APPS}”里勾选它所在的 API 分类并重新授权",
        f"add its API category to the app under {APPS} and authorise the app anew",
    )


def _address(_reply: Reply, vendor: Vendor) -> HubError:
    return PermissionMissing(
        f"中枢的出口 IP 不在用友的白名单里：{vendor.message}",
        f"Our address is not on the allow list: {vendor.message}",
        vendor=vendor,
    ).put_right_by(
        "system_admin",
        f"在用友“{APPS} → IP 白名单”里加上这个地址",
        f"add the address to the app's list under {APPS} → IP 白名单",
    )


def _limited(_reply: Reply, vendor: Vendor) -> HubError:
    return RateLimited(
        f"用友限制了调用频率：{vendor.message}", f"Over the call limit: {vendor.message}", after=RATE_S, vendor=vendor
    )


def _no_api(reply: Reply, vendor: Vendor) -> HubError:
    finance = "fi/" in reply.operation.lower()
    where = ("财务版本（efi 或 fi）", "the finance generation (efi or fi)") if finance else ("网关地址", "the gateway")
    return ConfigInvalid(
        f"这个租户没有接口 {reply.operation}",
        f"The tenant has no {reply.operation}",
        vendor=vendor,
        field="finance" if finance else "gateway_url",
    ).put_right_by(
        "hub_admin",
        f"核对连接设置里的{where[0]}，改后测试并恢复",
        f"check {where[1]} in the settings, then test and resume",
    )


def _parameter(reply: Reply, vendor: Vendor) -> HubError:
    texts = (f"用友不接受参数：{vendor.message}", f"A parameter was refused: {vendor.message}")
    if not reply.safe:
        return ValidationFailed(*texts, vendor=vendor).put_right_by(
            "author",
            "在来源系统改正这个值；映射给错了字段的，由中枢管理员改映射",
            "correct the value at its source; where the mapping names a wrong field, the hub's administrator changes it",
        )
    return ConfigInvalid(*texts, vendor=vendor).put_right_by(
        "hub_admin",
        "核对连接设置（hub connections show），改后测试并恢复",
        "check the settings (hub connections show), then test and resume",
    )


def _untouched(_reply: Reply, vendor: Vendor) -> HubError:
    return Unreachable(
        f"用友后端暂时不可用：{vendor.message}",
        f"The backend is not available: {vendor.message}",
        vendor=vendor,
    )


def _doubtful(reply: Reply, vendor: Vendor) -> HubError:
    if reply.safe:
        return _untouched(reply, vendor)
    return OutcomeUnknown(
        f"用友后端没有答复：{vendor.message}",
        f"The backend did not answer: {vendor.message}",
        vendor=vendor,
    )


def _gone(_reply: Reply, vendor: Vendor) -> HubError:
    return RecordGone(f"记录不存在：{vendor.message}", f"The record is not there: {vendor.message}", vendor=vendor)


def _unreadable(vendor: Vendor) -> HubError:
    return Unreachable(
        f"用友查询失败：{vendor.message or vendor.code}",
        f"The query failed: {vendor.message or vendor.code}",
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
