"""What errcode means, as a table (vendor note section 2). Texts of the vendor are evidence, never matched on."""

from dataclasses import dataclass
from typing import Any

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
    RecordLocked,
    RecordRejected,
    SetupError,
    TryLater,
    Unreachable,
    ValidationFailed,
)

ALL_REFUSED = 81013
TASK_KNOWN = 42014
NO_CALLBACK = 43012
NOBODY_LICENSED = 701008
GETTOKEN = "gettoken"


@dataclass(frozen=True, slots=True)
class Meaning:
    error: type[HubError]
    zh: str
    en: str
    after: float = 0.0


TOKEN_CODES = frozenset({40001, 40014, 42001})
CODES: dict[int, Meaning] = {
    6000: Meaning(RecordLocked, "数据正在被他人修改", "Somebody else is changing the data", 5),
    40001: Meaning(CredentialsRejected, "Secret 不正确或应用已停用", "The secret is wrong or the app is disabled"),
    40003: Meaning(RecordGone, "成员不存在或已离职", "No such member, or the member has left"),
    40013: Meaning(CredentialsRejected, "企业 ID 不正确", "The corp ID is wrong"),
    40056: Meaning(ConfigInvalid, "AgentId 不正确", "The agent ID is wrong"),
    40058: Meaning(ValidationFailed, "参数不符合要求", "A value is refused"),
    40063: Meaning(ValidationFailed, "缺少必填内容", "A required value is empty"),
    40091: Meaning(CredentialsRejected, "Secret 不属于该企业", "The secret belongs to another corp"),
    40096: Meaning(RecordGone, "外部联系人不存在或不可见", "No such external contact, or it is not visible"),
    41002: Meaning(CredentialsRejected, "缺少企业 ID", "The corp ID is missing"),
    41004: Meaning(CredentialsRejected, "缺少 Secret", "The secret is missing"),
    TASK_KNOWN: Meaning(RecordRejected, "同一编号的卡片已发过", "A card with this id was sent before"),
    42015: Meaning(RecordRejected, "卡片不是本应用发的", "The card was sent by another app"),
    42016: Meaning(RecordGone, "卡片已不存在", "The card does not exist any more"),
    NO_CALLBACK: Meaning(
        RecordRejected,
        "应用没有设置回调 URL，不能发带按钮的卡片",
        "An app without a callback URL sends no cards with buttons",
    ),
    45002: Meaning(ValidationFailed, "内容过长", "The content is too long"),
    45009: Meaning(RateLimited, "调用超过频率限制", "Too many calls", 60),
    45033: Meaning(RateLimited, "并发调用过多", "Too many calls at once", 5),
    45035: Meaning(RecordLocked, "该客户正在被他人修改", "Somebody else is changing this contact", 5),
    46004: Meaning(RecordGone, "找不到成员", "No such member"),
    48002: Meaning(PermissionMissing, "应用没有调用该接口的权限", "The app may not call this interface"),
    48006: Meaning(PermissionMissing, "接口权限因长期不活跃被收回", "The right was withdrawn for inactivity"),
    48009: Meaning(
        PermissionMissing, "通讯录同步 Secret 不能读取成员详情，请改用自建应用", "Use a self-built app's secret"
    ),
    48011: Meaning(PermissionMissing, "企业活跃度不足，不能读取客户", "The corp is too inactive to read customers"),
    50001: Meaning(ConfigInvalid, "可信域名不正确", "The domain is not trusted"),
    50003: Meaning(PermissionMissing, "应用已停用", "The app is disabled"),
    50006: Meaning(PermissionMissing, "系统应用已停用", "The system app is disabled"),
    60011: Meaning(RecordRejected, "不在应用可见范围内", "Outside the app's visible range"),
    60020: Meaning(
        PermissionMissing,
        "服务器 IP 不在企业可信 IP 中，请在应用详情页添加",
        "This server's address is not trusted: add it on the app's page",
    ),
    60140: Meaning(RecordGone, "卡片已过期，不能再更新", "The card's time for updates is over"),
    60111: Meaning(RecordGone, "成员不存在", "No such member"),
    ALL_REFUSED: Meaning(RecordRejected, "接收人全部无效", "No recipient is valid"),
    82001: Meaning(RecordRejected, "没有接收人", "No recipient"),
    84061: Meaning(RecordGone, "已不是外部联系人", "Not an external contact any more"),
    84074: Meaning(PermissionMissing, "没有客户联系权限", "No right to customer contact"),
    93000: Meaning(ConfigInvalid, "群机器人 key 无效", "The robot's key is not valid"),
    93004: Meaning(PermissionMissing, "群机器人已停用", "The robot is disabled"),
    93008: Meaning(PermissionMissing, "群机器人已不在群中", "The robot is not in the group any more"),
    301002: Meaning(ConfigInvalid, "AgentId 与 Secret 不是同一个应用", "Agent ID and secret are of different apps"),
    301025: Meaning(ValidationFailed, "审批参数不符合要求", "The approval's values are refused"),
    301026: Meaning(ConfigInvalid, "审批模板不存在或不可用", "No such approval template, or it is not available"),
    301055: Meaning(
        PermissionMissing,
        "应用没有审批权限：请在“审批 → API → 可调用接口的应用”中加入本应用",
        "The app may not call approvals: add it to the apps that may",
    ),
    301056: Meaning(PermissionMissing, "审批应用已停用", "The approval app is off"),
    301057: Meaning(RecordRejected, "审批提交失败", "The approval could not be submitted"),
    301079: Meaning(RecordRejected, "审批时间冲突", "The approval's times clash"),
    301112: Meaning(ValidationFailed, "时间范围过大", "The time range is too long"),
    301007: Meaning(PermissionMissing, "企业已注销", "The corp is closed"),
    NOBODY_LICENSED: Meaning(RecordGone, "成员没有互通账号", "No member has an interconnect licence"),
}


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
    if issubclass(meaning.error, TryLater):
        return meaning.error(meaning.zh, meaning.en, after=meaning.after, vendor=vendor)
    return meaning.error(meaning.zh, meaning.en, vendor=vendor)


def _unknown(reply: Reply, code: int) -> HubError:
    """A non-zero code is a failure; -1 alone leaves open whether a write was done before the vendor got busy."""
    message = reply.data.get("errmsg", "")
    vendor = reply.vendor(code, message)
    zh, en = f"企业微信返回错误 {code}：{message}", f"WeCom answered {code}: {message}"
    if reply.operation == GETTOKEN and code != -1:
        return SetupError(zh, en, vendor=vendor)
    if reply.safe:
        return Unreachable(zh, en, vendor=vendor)
    return OutcomeUnknown(zh, en, vendor=vendor) if code == -1 else RecordRejected(zh, en, vendor=vendor)
