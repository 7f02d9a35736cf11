"""errcode and errmsg -> hub errors (yonyou.md 4.3, 4.4). Pure. Only 0 and 20002 are known codes: the words decide about the rest."""

import re
from collections.abc import Callable, Mapping, Sequence

from connectors.yonyou.words import refusal
from hub.connector.http import Reply, untrusted
from hub.connector.token import TokenDead
from hub.errors import (
    ConfigInvalid,
    CredentialsRejected,
    HubError,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    RecordGone,
    Unreachable,
    Vendor,
)

NOTHING = "20002"
TOKEN = "system/token"  # noqa: S105 - a path
RATE_S = 60.0
COMPARE = (
    "hub_admin",
    "在用友开放平台“我的应用”里核对账号、app_key 和 app_secret，改连接设置后测试并恢复",
    "compare account, app_key and app_secret with the app's page on the platform (我的应用), change the settings, then test and resume",
)
OFFLINE_S = 120.0


def judge(reply: Reply) -> None:
    """Raise what a reply means that is not success. Nothing found is RecordGone: lists take it for empty."""
    data = reply.data
    if not isinstance(data, Mapping) or "errcode" not in data:
        raise untrusted(reply, "缺少 errcode", "no errcode")
    code = str(data["errcode"])
    if code != "0":
        raise error_of(reply, reply.vendor(code, data.get("errmsg") or ""))


def error_of(reply: Reply, vendor: Vendor) -> HubError:
    if vendor.code == NOTHING:
        return RecordGone(f"U8 未检索到：{vendor.message}", f"U8 found nothing: {vendor.message}", vendor=vendor)
    for pattern, make in _WORDS:
        if pattern.search(vendor.message):
            return make(vendor)
    if reply.operation == TOKEN:
        return _caller(vendor)
    refused = refusal(vendor)
    if reply.safe and not isinstance(refused, PermissionMissing):
        return Unreachable(
            f"U8 查询失败：{vendor.message or vendor.code}",
            f"The query failed: {vendor.message or vendor.code}",
            vendor=vendor,
        )
    return refused


def _caller(vendor: Vendor) -> HubError:
    named = re.search(r"from_account|to_account|app_key|app_secret", vendor.message)
    field = named.group() if named else "app_secret"
    if field == "to_account":
        return PermissionMissing(
            f"企业没有授权这个应用，或 to_account 不对：{vendor.message}",
            f"The company has not authorised the app, or to_account is wrong: {vendor.message}",
            vendor=vendor,
            field=field,
        ).put_right_by(
            "system_admin",
            "在用友开放平台同意这个应用的授权并绑定数据源；to_account 填错的，由中枢管理员改连接设置",
            "authorise the app on the platform and bind the data source; where to_account is wrong, the settings are changed",
        )
    return CredentialsRejected(
        f"用友开放平台不接受 {field}：{vendor.message}",
        f"The platform does not accept {field}: {vendor.message}",
        vendor=vendor,
        field=field,
    ).put_right_by(*COMPARE)


def _dead(vendor: Vendor) -> HubError:
    return TokenDead("U8 令牌已失效", "The token is not known any more", vendor=vendor)


def _offline(vendor: Vendor) -> HubError:
    return Unreachable(
        "U8 服务器上的“用友开放平台客户端”没有运行",
        "The platform client on the U8 server is not running",
        after=OFFLINE_S,
        vendor=vendor,
    ).put_right_by(
        "system_admin",
        "在 U8 服务器上启动“用友开放平台客户端”；启动后会自动继续，不用恢复连接",
        "start the platform client on the U8 server; the hub then goes on by itself",
    )


def _limited(vendor: Vendor) -> HubError:
    return RateLimited(
        f"U8 开放平台的调用次数用完：{vendor.message}",
        f"The call package is used up: {vendor.message}",
        after=RATE_S,
        vendor=vendor,
    )


def _expired(vendor: Vendor) -> HubError:
    return PermissionMissing(
        f"用友开放平台的应用订购已到期：{vendor.message}",
        f"The subscription of the app on the platform has expired: {vendor.message}",
        vendor=vendor,
    ).put_right_by(
        "system_admin",
        "在用友开放平台续订这个应用",
        "renew the app's subscription on the platform",
    )


def _source(vendor: Vendor) -> HubError:
    return ConfigInvalid(
        f"没有这个数据源：{vendor.message}",
        f"There is no such data source: {vendor.message}",
        vendor=vendor,
        field="ds_sequence",
    ).put_right_by(
        "hub_admin",
        "在用友开放平台核对“数据源序号”，改连接设置后测试并恢复",
        "compare the data source number on the platform, change the settings, then test and resume",
    )


def _no_api(vendor: Vendor) -> HubError:
    return ConfigInvalid(f"没有这个接口：{vendor.message}", f"There is no such call: {vendor.message}", vendor=vendor)


_WORDS: Sequence[tuple[re.Pattern[str], Callable[[Vendor], HubError]]] = (
    (re.compile("token.*(无效|过期|失效)"), _dead),
    (re.compile("客户端.*(未连接|未启动|不在线)|EAI.*(停止|失败)"), _offline),
    (re.compile("次数.*(超过|用完|限制)|频率"), _limited),
    (re.compile("到期|续费|续订"), _expired),
    (re.compile("数据源.*不存在"), _source),
    (re.compile("接口.*不存在"), _no_api),
    (re.compile("(from_account|to_account|app_key|app_secret)"), _caller),
)


def pending(vendor: Vendor) -> OutcomeUnknown:
    """The error of an add whose result did not come in time."""
    return OutcomeUnknown(
        "U8 还没有给出新增的结果",
        "U8 has not told the result of the add yet",
        vendor=vendor,
    )
