"""What errcode means, as a table (vendor note section 2). Texts of the vendor are evidence, never matched on."""

import re
from collections.abc import Mapping
from typing import Any

from hub.connector.http import Reply, untrusted
from hub.connector.meaning import NOTHING, Meaning, duty
from hub.connector.token import TokenDead
from hub.errors import (
    ConfigInvalid,
    CredentialsRejected,
    HubError,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    RecordGone,
    RecordLocked,
    RecordRejected,
    Remedy,
    SetupError,
    Text,
    Unreachable,
    ValidationFailed,
)

ALL_REFUSED = 81013
TASK_KNOWN = 42014
NO_CALLBACK = 43012
NOBODY_LICENSED = 701008
NO_RIGHT = 48002
GETTOKEN = "gettoken"

# Menu paths are those of the admin console (work.weixin.qq.com).
SECRET = duty(
    "hub_admin",
    "在管理后台“应用管理 → 自建”的应用详情页查看 Secret，填入连接设置“应用 Secret”（secret），然后测试并恢复连接",
    "take the secret from the app's page in the console (apps, self-built) into the setting secret, then test and resume",
)
CORP = duty(
    "hub_admin",
    "把管理后台“我的企业 → 企业信息”页底的企业 ID 填入连接设置 corp_id，然后测试并恢复连接",
    "take the corp ID from the console (my company, company info) into the setting corp_id, then test and resume",
)
AGENT = duty(
    "hub_admin",
    "把应用详情页的 AgentId 填入连接设置 agent_id（与 secret 同一个应用），然后测试并恢复连接",
    "take the AgentId from the page of the app that the secret belongs to into agent_id, then test and resume",
)
ENABLE = duty(
    "system_admin",
    "在管理后台“应用管理”打开该应用并启用，然后测试并恢复连接",
    "enable the app in the console (apps), then test and resume the connection",
)
TRUSTED = duty(
    "system_admin",
    "在应用详情页“企业可信IP”里添加这个 IP，一分钟后测试并恢复连接",
    "add the address on the app's page under trusted IPs, wait a minute, then test and resume the connection",
)
CONTACTS = duty(
    "system_admin",
    "在“客户联系 → 可调用接口的应用”中加入本应用，然后测试并恢复连接；不同步客户时把连接设置 external_contacts 设为 false",
    "add the app under customer contact, apps that may call; or set external_contacts to false; then test and resume",
)
APPROVALS = duty(
    "system_admin",
    "在“审批 → 可调用接口的应用”中加入本应用，并把发起人加入应用的可见范围，然后测试并恢复连接",
    "add the app under approvals, apps that may call, and the applicant to its visible range, then test and resume",
)
SELF_BUILT = duty(
    "hub_admin",
    "把连接设置 secret 换成自建应用的 Secret（不是“通讯录同步”或“客户联系”的），然后测试并恢复连接",
    "use the secret of a self-built app (not that of contact sync or customer contact), then test and resume",
)
CLOSED = duty(
    "system_admin",
    "在管理后台“我的企业”恢复企业，然后测试并恢复连接；企业不再使用时保持暂停",
    "restore the corp in the console (my company), then test and resume the connection; leave it paused if the corp is gone",
)
WITHDRAWN = duty(
    "system_admin",
    "登录管理后台，按“应用管理”里该应用的提示重新开通接口权限，然后测试并恢复连接",
    "open the app in the console and have the interface's right given again, then test and resume the connection",
)
TEMPLATE = duty(
    "hub_admin",
    "在“审批 → 模板管理”打开模板，把地址中的模板 ID 填入连接设置 approval_template，然后测试并恢复连接",
    "open the template under approvals and take the ID from its address into approval_template, then test and resume",
)
APPROVAL_ON = duty(
    "system_admin",
    "在管理后台启用“审批”应用，然后测试并恢复连接",
    "switch the approval app on in the console, then test and resume the connection",
)
VISIBLE = duty(
    "system_admin",
    "在应用详情页“可见范围”里加入该成员，或在通讯录中核对他是否已离职",
    "add the member to the app's visible range, or see in the contacts whether they left",
)
LICENCE = duty(
    "system_admin",
    "在管理后台为该成员分配接口许可（互通账号），客户在下一次读取时进来",
    "give the member an interface licence in the console; the contacts come with the next read",
)
FUNCTION = duty(
    "system_admin",
    "在“客户联系 → 权限配置”里给跟进的成员开通客户联系功能",
    "give the following member the customer-contact function in the console",
)
ROBOT = duty(
    "hub_admin",
    "在群里打开该机器人，把 Webhook 地址填入连接设置“群机器人 key”（robot_key），再用 hub alerts again 重发这条提醒",
    "copy the webhook URL of the group's robot into the setting robot_key, then send the alert again (hub alerts again)",
)
CALLBACK = duty(
    "system_admin",
    "在应用详情页“接收消息 → 设置 API 接收”里填好回调地址，再用 hub alerts again 重发这条提醒",
    "set the callback URL on the app's page under receive messages, then send again",
)

TOKEN_CODES = frozenset({40001, 40014, 42001})
CODES: dict[int, Meaning] = {
    6000: Meaning(RecordLocked, "数据正在被他人修改", "Somebody else is changing the data", 5),
    40001: Meaning(
        CredentialsRejected,
        "应用 Secret 不正确，或应用已停用",
        "The app secret is wrong, or the app is disabled",
        remedy=SECRET,
        field="secret",
    ),
    40003: Meaning(RecordGone, "成员不存在或已离职", "No such member, or the member has left", remedy=VISIBLE),
    40013: Meaning(CredentialsRejected, "企业 ID 不正确", "The corp ID is wrong", remedy=CORP, field="corp_id"),
    40056: Meaning(ConfigInvalid, "AgentId 不正确", "The agent ID is wrong", remedy=AGENT, field="agent_id"),
    40058: Meaning(ValidationFailed, "参数不符合要求", "A value is refused"),
    40063: Meaning(ValidationFailed, "缺少必填内容", "A required value is empty"),
    40091: Meaning(
        CredentialsRejected, "Secret 不属于该企业", "The secret belongs to another corp", remedy=SECRET, field="secret"
    ),
    40096: Meaning(RecordGone, "外部联系人不存在或不可见", "No such external contact, or it is not visible"),
    41002: Meaning(CredentialsRejected, "缺少企业 ID", "The corp ID is missing", remedy=CORP, field="corp_id"),
    41004: Meaning(CredentialsRejected, "缺少 Secret", "The secret is missing", remedy=SECRET, field="secret"),
    TASK_KNOWN: Meaning(RecordRejected, "同一编号的卡片已发过", "A card with this id was sent before"),
    42015: Meaning(RecordRejected, "卡片不是本应用发的", "The card was sent by another app"),
    42016: Meaning(RecordGone, "卡片已不存在", "The card does not exist any more"),
    NO_CALLBACK: Meaning(
        RecordRejected,
        "应用没有设置回调 URL，不能发带按钮的卡片",
        "An app without a callback URL sends no cards with buttons",
        remedy=CALLBACK,
    ),
    45002: Meaning(ValidationFailed, "内容过长", "The content is too long"),
    45009: Meaning(RateLimited, "调用超过频率限制", "Too many calls", 60),
    45033: Meaning(RateLimited, "并发调用过多", "Too many calls at once", 5),
    45035: Meaning(RecordLocked, "该客户正在被他人修改", "Somebody else is changing this contact", 5),
    46004: Meaning(RecordGone, "找不到成员", "No such member", remedy=VISIBLE),
    NO_RIGHT: Meaning(
        PermissionMissing, "应用没有调用该接口的权限", "The app may not call this interface", remedy=SELF_BUILT
    ),
    48006: Meaning(
        PermissionMissing, "接口权限因长期不活跃被收回", "The right was withdrawn for inactivity", remedy=WITHDRAWN
    ),
    48009: Meaning(
        PermissionMissing,
        "“通讯录同步”的 Secret 不能读取成员详情",
        "The secret of contact sync may not read members",
        remedy=SELF_BUILT,
        field="secret",
    ),
    48011: Meaning(
        PermissionMissing,
        "企业活跃度不足，不能读取客户",
        "The corp is too inactive to read customers",
        remedy=WITHDRAWN,
    ),
    50001: Meaning(ConfigInvalid, "可信域名不正确", "The domain is not trusted"),
    50003: Meaning(PermissionMissing, "应用已停用", "The app is disabled", remedy=ENABLE),
    50006: Meaning(PermissionMissing, "系统应用已停用", "The system app is disabled", remedy=ENABLE),
    60011: Meaning(RecordRejected, "不在应用可见范围内", "Outside the app's visible range", remedy=VISIBLE),
    60020: Meaning(
        PermissionMissing,
        "本机的出口 IP 不在企业可信 IP 中",
        "This server's address is not among the trusted IPs",
        remedy=TRUSTED,
    ),
    60140: Meaning(RecordGone, "卡片已过期，不能再更新", "The card's time for updates is over"),
    60111: Meaning(RecordGone, "成员不存在", "No such member", remedy=VISIBLE),
    ALL_REFUSED: Meaning(RecordRejected, "接收人全部无效", "No recipient is valid", remedy=VISIBLE),
    82001: Meaning(RecordRejected, "没有接收人", "No recipient"),
    84061: Meaning(RecordGone, "已不是外部联系人", "Not an external contact any more"),
    84074: Meaning(
        RecordRejected, "跟进的成员没有客户联系功能", "The following member lacks customer contact", remedy=FUNCTION
    ),
    93000: Meaning(ConfigInvalid, "群机器人 key 无效", "The robot's key is not valid", remedy=ROBOT, field="robot_key"),
    93004: Meaning(PermissionMissing, "群机器人已停用", "The robot is disabled", remedy=ROBOT, field="robot_key"),
    93008: Meaning(
        PermissionMissing,
        "群机器人已不在群中",
        "The robot is not in the group any more",
        remedy=ROBOT,
        field="robot_key",
    ),
    301002: Meaning(
        ConfigInvalid,
        "AgentId 与 Secret 不是同一个应用",
        "Agent ID and secret are of different apps",
        remedy=AGENT,
        field="agent_id",
    ),
    301025: Meaning(ValidationFailed, "审批参数不符合要求", "The approval's values are refused"),
    301026: Meaning(
        ConfigInvalid,
        "审批模板不存在或不可用",
        "No such approval template, or it is not available",
        remedy=TEMPLATE,
        field="approval_template",
    ),
    301055: Meaning(
        PermissionMissing,
        "应用没有审批的接口权限",
        "The app may not call approvals",
        remedy=APPROVALS,
    ),
    301056: Meaning(PermissionMissing, "审批应用已停用", "The approval app is off", remedy=APPROVAL_ON),
    301057: Meaning(RecordRejected, "审批提交失败", "The approval could not be submitted"),
    301079: Meaning(RecordRejected, "审批时间冲突", "The approval's times clash"),
    301112: Meaning(ValidationFailed, "时间范围过大", "The time range is too long"),
    301007: Meaning(PermissionMissing, "企业已注销", "The corp is closed", remedy=CLOSED),
    NOBODY_LICENSED: Meaning(RecordGone, "成员没有互通账号", "No member has an interconnect licence", remedy=LICENCE),
}
# The same code for every interface: which list the app is missing from shows in the call.
BY_INTERFACE: Mapping[str, Remedy] = {"externalcontact/": CONTACTS, "oa/": APPROVALS}
_FROM = re.compile(r"from ip: ([0-9a-fA-F.:]+)")


def judge(reply: Reply) -> None:
    """Raises what errcode means. It may be absent on success, but never where something was written."""
    body = reply.data
    if not isinstance(body, dict):
        raise untrusted(reply, "不是 JSON 对象", "not a JSON object")
    code = body.get("errcode", None if not reply.safe else 0)
    if not isinstance(code, int) or isinstance(code, bool):
        raise untrusted(reply, "没有 errcode", "no errcode")
    if code != 0:
        raise _meaning(reply, code, body)


def _meaning(reply: Reply, code: int, body: dict[str, Any]) -> HubError:
    vendor = reply.vendor(code, body.get("errmsg", ""))
    if code in TOKEN_CODES and reply.operation != GETTOKEN:
        return TokenDead("access_token 已失效", "The access token is not valid any more", vendor=vendor)
    meaning = CODES.get(code)
    if meaning is None:
        return _unknown(reply, code)
    if reply.operation == GETTOKEN and code == 45009:
        # Wrong secrets by the thousand block this server's address for an hour.
        return RateLimited(meaning.zh, meaning.en, after=3600, vendor=vendor)
    made = meaning.said(vendor, more=_named(reply, meaning, str(body.get("errmsg", ""))))
    if code == NO_RIGHT:
        made.remedy = next(
            (duty for start, duty in BY_INTERFACE.items() if reply.operation.startswith(start)), made.remedy
        )
    return made


def _named(reply: Reply, meaning: Meaning, message: str) -> Text:
    """What only this answer tells: the interface of a missing right, the calling address, the argument that is wrong."""
    found = _FROM.search(message) if meaning.remedy is TRUSTED else None
    if found:
        return Text(f"：{found[1]}", f": {found[1]}")
    if issubclass(meaning.error, PermissionMissing):
        return Text(f"（{reply.operation}）", f" ({reply.operation})")
    words = _words(reply.data)
    return Text(f"：{words}", f": {words}") if issubclass(meaning.error, ValidationFailed) and words else NOTHING


def _words(body: Mapping[str, Any]) -> str:
    """The reason in errmsg, without hint, caller address and link."""
    return str(body.get("errmsg", "")).partition(", hint:")[0]


def _unknown(reply: Reply, code: int) -> HubError:
    """A non-zero code is a failure; -1 alone leaves open whether a write was done before the vendor got busy."""
    vendor = reply.vendor(code, reply.data.get("errmsg", ""))
    message = _words(reply.data)
    zh, en = f"企业微信返回错误 {code}：{message}", f"WeCom answered {code}: {message}"
    if reply.operation == GETTOKEN and code != -1:
        return SetupError(zh, en, vendor=vendor, field="secret").put_right_by(
            SECRET.job, *SECRET.press.as_json().values()
        )
    if reply.safe:
        return Unreachable(zh, en, vendor=vendor)
    return OutcomeUnknown(zh, en, vendor=vendor) if code == -1 else RecordRejected(zh, en, vendor=vendor)
