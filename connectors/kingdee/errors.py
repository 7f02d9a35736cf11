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

LET_THROUGH = (
    "author",
    "在录入它的系统里去掉这个字符，或请金蝶的系统管理员放宽这条拦截规则",
    "take the character out where the record was entered, or have that rule relaxed by Kingdee's administrator",
)


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
        f"会计期间已关闭：{said.text}",
        f"The accounting period is closed: {said.text}",
        vendor=said.vendor,
        field=said.field,
    ).put_right_by(
        "finance",
        "在金蝶里对该组织反结账（反关账），或把单据日期改到未结账的期间",
        "reopen the period of that organization in Kingdee, or move the document's date to an open one",
    )


def _locked(said: Said) -> HubError:
    return RecordLocked(
        f"单据正被他人使用：{said.text}",
        f"Somebody else holds the record: {said.text}",
        after=_NET_CONTROL_S,
        vendor=said.vendor,
    )


def _permission(said: Said) -> HubError:
    return PermissionMissing(
        f"集成用户缺少权限：{said.text}", f"The integration user lacks a right: {said.text}", vendor=said.vendor
    ).put_right_by(
        "system_admin",
        "在金蝶里给集成用户授予这个单据的查询、新增、修改、提交、审核权限和数据权限",
        "give the integration user the rights to query, add, change, submit and audit this form in Kingdee, and its data rights",
    )


def _licence(said: Said) -> HubError:
    return PermissionMissing(
        f"集成用户没有许可：{said.text}", f"The integration user has no licence: {said.text}", vendor=said.vendor
    ).put_right_by(
        "system_admin",
        "在金蝶的许可管理里给集成用户分配许可，或腾出一个许可",
        "assign a licence to the integration user in Kingdee's licence management, or free one",
    )


def _no_administrator(said: Said) -> HubError:
    return PermissionMissing(
        f"金蝶不允许用管理员账号调用接口：{said.text}",
        f"An administrator's account may not call the interface: {said.text}",
        vendor=said.vendor,
    ).put_right_by(
        "hub_admin",
        "在金蝶新建一个专用的集成用户，把连接设置里的“集成用户”改成它",
        "make a user kept for the hub in Kingdee and name it as the integration user of this connection",
    )


def _not_allowed(said: Said) -> HubError:
    return PermissionMissing(
        f"第三方应用没有放行集成用户：{said.text}",
        f"The third-party application does not admit the integration user: {said.text}",
        vendor=said.vendor,
    ).put_right_by(
        "system_admin",
        "在金蝶“系统管理 → 第三方系统登录授权”里启用该应用并把集成用户加进允许的用户，再核对连接设置里的应用密钥",
        "enable the application and admit the user in Kingdee under 系统管理 → 第三方系统登录授权, then check the application secret",
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


def _unknown_base_data(said: Said) -> HubError:
    return _invalid(said).put_right_by(
        "system_admin",
        "在金蝶里新增、审核或启用这个基础资料（或分配给本组织），或请中枢管理员改映射或连接的新建默认值",
        "add, audit or enable that base data in Kingdee (or allocate it to the organization), or have the mapping or the "
        "connection's defaults changed",
    )


def _too_long(said: Said) -> HubError:
    return _invalid(said).put_right_by(
        "author", "在录入它的系统里把这个字段缩短", "shorten the field where the record was entered"
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
    (re.compile("不允许用户"), _not_allowed),
    (re.compile("许可"), _licence),
    (re.compile("您没有.*权限"), _permission),
    (re.compile("基础资料.*不存在"), _unknown_base_data),
    (re.compile("长度.*(超过|超出)"), _too_long),
    (re.compile("必录|为必填|不是有效"), _invalid),
    (re.compile("内码.*不存在|已被删除"), _gone),
)
_BY_CODE: dict[str, Make] = {
    "2": _permission,
    "7": _licence,
    "8": _invalid,
    "9": _invalid,
    "10": _gone,
    "11": _invalid,
    "13": _locked,
    "14": _limited,
    "15": _no_administrator,
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
        return write_error(said) if said.vendor.code in {"2", "7"} else _BY_CODE[said.vendor.code](said)
    if said.vendor.code in {"3", "5", "8", "9"} or "业务对象不存在" in said.vendor.message:
        return ConfigInvalid(
            f"金蝶不认识所查的对象或字段：{said.text}",
            f"The form or a field is not known there: {said.text}",
            vendor=said.vendor,
            field=said.field or unknown_field(said.vendor.message),
        ).put_right_by(
            "hub_admin",
            "改正连接设置里的“补充字段”（hub connections change），然后测试并恢复",
            "correct the extra fields of the connection's settings (hub connections change), then test and resume",
        )
    return Unreachable(f"金蝶查询失败：{said.text}", f"The query failed: {said.text}", vendor=said.vendor)


def unknown_field(message: str) -> str:
    """The field key in 元数据中标识为X的字段不存在, else ""."""
    found = _NO_FIELD.search(message)
    return found.group(1) if found else ""


def login_error(message: str, vendor: Vendor) -> HubError:
    """The error of a login whose LoginResultType is no success (2.1)."""
    if "不允许用户" in message:
        return _not_allowed(Said(vendor))
    if "许可" in message:
        return _licence(Said(vendor))
    return CredentialsRejected(
        f"金蝶登录被拒绝，账套、用户、密码或应用密钥不对：{message or vendor.code}",
        f"Login refused, data center, user, password or application secret is wrong: {message or vendor.code}",
        vendor=vendor,
    ).put_right_by(*AUTHORIZATION)


def firewall_error(text: str, vendor: Vendor) -> FirewallBlocked:
    """The error of a request that a firewall in front of the product stopped before it did anything (3.2)."""
    return FirewallBlocked(
        f"金蝶前面的防火墙拦截了请求，数据里可能有 < 等字符：{text}",
        f"A firewall in front of the product stopped the request, the data may hold characters such as <: {text}",
        vendor=vendor,
    ).put_right_by(*LET_THROUGH)
