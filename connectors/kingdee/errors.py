"""Vendor code and text -> hub error (kingdee.md 2.4, 3.2). Pure. An unknown code is a rejection that shows the code."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from hub.errors import (
    ConfigInvalid,
    CredentialsRejected,
    DuplicateInSystem,
    HubError,
    PeriodClosed,
    PermissionMissing,
    RateLimited,
    RecordGone,
    RecordLocked,
    RecordRejected,
    Unreachable,
    ValidationFailed,
    Vendor,
)

_NET_CONTROL_S = 20.0
_CALL_LIMIT_S = 60.0
_NO_FIELD = re.compile(r"标识为\s*([\w.]+)\s*的字段")


AUTHORIZATION = (
    "hub_admin",
    "在金蝶“系统管理 → 第三方系统登录授权”里核对应用 ID、应用密钥和允许的集成用户，改连接设置后测试并恢复",
    "check application id, secret and allowed user in Kingdee under 系统管理 → 第三方系统登录授权, change the settings, then test "
    "and resume",
)
"""Who puts wrong credentials right, and where."""


class SessionLost(CredentialsRejected):
    """Raised inside the client when the session is gone. `untouched` says that the call surely did nothing (HTTP
    401)."""

    def __init__(self, zh: str, en: str, *, vendor: Vendor, untouched: bool = False) -> None:
        super().__init__(zh, en, vendor=vendor)
        self.untouched = untouched


class FirewallBlocked(RecordRejected):
    """Raised when a firewall stopped the whole request; nothing was done."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the vendor said about one record or one call."""

    vendor: Vendor
    field: str = ""

    @property
    def text(self) -> str:
        return self.vendor.message or f"MsgCode {self.vendor.code or '?'}"


Make = Callable[[Said], HubError]


def _duplicate(said: Said) -> HubError:
    return DuplicateInSystem(
        f"编码已被使用：{said.text}", f"The number is taken already: {said.text}", vendor=said.vendor, field=said.field
    )


def _period(said: Said) -> HubError:
    return PeriodClosed(
        f"会计期间已关闭，请改日期或由财务反结账：{said.text}",
        f"The accounting period is closed; change the date or have it reopened: {said.text}",
        vendor=said.vendor,
        field=said.field,
    )


def _locked(said: Said) -> HubError:
    return RecordLocked(
        f"单据正被他人使用，稍后重试：{said.text}",
        f"Somebody else holds the record, tried again later: {said.text}",
        after=_NET_CONTROL_S,
        vendor=said.vendor,
    )


def _permission(said: Said) -> HubError:
    return PermissionMissing(
        f"集成用户缺少权限或许可：{said.text}",
        f"The integration user lacks a right or a licence: {said.text}",
        vendor=said.vendor,
    )


def _limited(said: Said) -> HubError:
    return RateLimited(
        f"金蝶限制了调用：{said.text}",
        f"The call limit is used up: {said.text}",
        after=_CALL_LIMIT_S,
        vendor=said.vendor,
    )


def _invalid(said: Said) -> HubError:
    return ValidationFailed(
        f"金蝶拒绝了字段值：{said.text}",
        f"A field value was refused: {said.text}",
        vendor=said.vendor,
        field=said.field,
    )


def _gone(said: Said) -> HubError:
    return RecordGone(f"单据不存在：{said.text}", f"The record is not there: {said.text}", vendor=said.vendor)


def _rejected(said: Said) -> HubError:
    code = said.vendor.code or "?"
    return RecordRejected(
        f"金蝶拒绝了单据（MsgCode {code}）：{said.text}",
        f"The record was refused (MsgCode {code}): {said.text}",
        vendor=said.vendor,
        field=said.field,
    )


# Texts first: one MsgCode covers very different things. The first match wins.
_BY_TEXT: tuple[tuple[re.Pattern[str], Make], ...] = (
    (re.compile("唯一性要求|已经被使用|编码重复"), _duplicate),
    (re.compile("已结账|已关账|已结束初始化|期间已关闭|会计期间.*(关闭|不存在)"), _period),
    (re.compile("冲突，请稍候再使用|已被其他用户修改|网络控制"), _locked),
    (re.compile("您没有.*权限|许可"), _permission),
    (re.compile("必录|为必填|基础资料.*不存在|不是有效"), _invalid),
    (re.compile("内码.*不存在|已被删除"), _gone),
)
_BY_CODE: dict[str, Make] = {
    "2": _permission,
    "7": _permission,
    "8": _invalid,
    "9": _invalid,
    "10": _gone,
    "11": _invalid,
    "13": _locked,
    "14": _limited,
    "15": _permission,
}
CALL_CODES = frozenset({"2", "7", "14", "15"})
"""Codes that speak about the caller: every record of the call met them."""


def write_error(said: Said) -> HubError:
    """The error of a record that the vendor refused."""
    for pattern, make in _BY_TEXT:
        if pattern.search(said.vendor.message):
            return make(said)
    return _BY_CODE.get(said.vendor.code, _rejected)(said)


def read_error(said: Said) -> HubError:
    """The error of a query or a metadata call: an admin must act, or it is tried again."""
    if said.vendor.code in CALL_CODES:
        return _BY_CODE[said.vendor.code](said)
    if said.vendor.code in {"3", "5", "8", "9"} or "业务对象不存在" in said.vendor.message:
        return ConfigInvalid(
            f"金蝶不认识所查的对象或字段：{said.text}",
            f"The form or a field is not known there: {said.text}",
            vendor=said.vendor,
            field=said.field or unknown_field(said.vendor.message),
        )
    return Unreachable(
        f"金蝶查询失败，稍后重试：{said.text}", f"The query failed, tried again later: {said.text}", vendor=said.vendor
    )


def unknown_field(message: str) -> str:
    """The field key in 元数据中标识为X的字段不存在, else ""."""
    found = _NO_FIELD.search(message)
    return found.group(1) if found else ""


def login_error(message: str, vendor: Vendor) -> HubError:
    """The error of a login whose LoginResultType is no success (2.1)."""
    if "不允许用户" in message or "许可" in message:
        return _permission(Said(vendor))
    return CredentialsRejected(
        f"金蝶登录被拒绝，请检查账套、用户、密码或应用密钥：{message or vendor.code}",
        f"Login refused, check data center, user, password or application secret: {message or vendor.code}",
        vendor=vendor,
    )


def firewall_error(text: str, vendor: Vendor) -> FirewallBlocked:
    """The error of a request that a firewall in front of the product stopped before it did anything (3.2)."""
    return FirewallBlocked(
        f"金蝶前面的防火墙拦截了请求，数据里可能有 < 等字符：{text}",
        f"A firewall in front of the product stopped the request, the data may hold characters such as <: {text}",
        vendor=vendor,
    )
