"""What the two API families answer when they refuse, as tables (vendor note sections 1.2, 1.3, 2, 4.1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
    RecordLocked,
    RecordRejected,
    TryLater,
    Unreachable,
    ValidationFailed,
)

TOKEN = "v1.0/oauth2/accessToken"  # noqa: S105 - the name of a call
OPEN = "v1.0/gateway/connections/open"
ROBOT = "robot/send"
MONTH_S = 4 * 3600.0
ROBOT_PENALTY_S = 600.0


@dataclass(frozen=True, slots=True)
class Meaning:
    error: type[HubError]
    zh: str
    en: str
    after: float = 0.0


TOKEN_CODES = frozenset({40000, 40001, 40014, 41001, 42001, 33001})
SCOPE = Meaning(PermissionMissing, "应用没有开通所需的权限", "The app lacks a permission")
ADDRESS = Meaning(
    PermissionMissing,
    "服务器出口 IP 不在应用的白名单中，请在开发者后台“安全设置”中添加",
    "This server's address is not on the app's list: add it under security settings",
)
SECOND = Meaning(RateLimited, "每秒调用次数超过钉钉的限制", "Too many calls a second", 1)
MINUTE = Meaning(RateLimited, "每分钟调用次数超过钉钉的限制", "Too many calls a minute", 60)
MONTH = Meaning(
    RateLimited,
    "企业本月的钉钉接口调用额度已用完，请购买额度或等到下月",
    "The organisation's calls of this month are used up: buy more or wait for the next month",
    MONTH_S,
)
ROBOT_PACE = Meaning(
    RateLimited,
    "群机器人一分钟内发了 20 条以上，被限制 10 分钟",
    "The group robot sent over 20 messages in a minute and is held back for 10",
    ROBOT_PENALTY_S,
)
BUSY = Meaning(RateLimited, "钉钉系统繁忙", "DingTalk is busy", 5)
NOBODY = Meaning(RecordGone, "成员不存在或已离职", "No such member, or the member has left")
UNSEEN = Meaning(RecordGone, "成员不在应用的可见范围内", "The member is outside the app's visible range")
NO_DEPARTMENT = Meaning(RecordGone, "部门不存在或不在可见范围内", "No such department, or it is not visible")
CONTENT = Meaning(ValidationFailed, "消息内容不安全，被钉钉拒绝", "DingTalk refuses the content as unsafe")
APPROVAL_STATE = Meaning(RecordRejected, "审批的状态不允许这样做", "The approval's state does not allow this")
VALUE = Meaning(ValidationFailed, "参数不符合要求", "A value is refused")
NO_APPROVAL = Meaning(RecordGone, "审批实例不存在", "No such approval")
TEMPLATE = Meaning(
    ConfigInvalid,
    "审批模板编码不正确，请检查 process_code",
    "The approval template's code is wrong: check process_code",
)
CREDENTIALS = Meaning(CredentialsRejected, "AppKey 或 AppSecret 不正确", "App key or app secret is wrong")

OLD: Mapping[int, Meaning] = {
    33012: NOBODY,
    40035: VALUE,
    40056: Meaning(ConfigInvalid, "AgentId 不正确", "The agent ID is wrong"),
    40089: CREDENTIALS,
    40096: CREDENTIALS,
    40104: NOBODY,
    41052: Meaning(RecordRejected, "接收人过多，查不到结果", "Too many recipients for a result"),
    43007: SCOPE,
    50002: UNSEEN,
    50004: NO_DEPARTMENT,
    60003: NO_DEPARTMENT,
    60011: SCOPE,
    60019: NO_DEPARTMENT,
    60020: ADDRESS,
    60121: NOBODY,
    90002: SECOND,
    90018: SECOND,
    90020: MONTH,
    130101: ROBOT_PACE,
    410100: ROBOT_PACE,
    660026: ROBOT_PACE,
    300001: Meaning(ConfigInvalid, "群机器人的 access_token 无效", "The robot's token is not valid"),
    300005: Meaning(ConfigInvalid, "群机器人的 access_token 无效", "The robot's token is not valid"),
    400101: Meaning(ConfigInvalid, "群机器人的 access_token 无效", "The robot's token is not valid"),
    310000: Meaning(
        ConfigInvalid,
        "群机器人的安全设置不匹配：检查加签密钥、关键词和 IP",
        "The robot's security settings do not fit: check signing secret, keywords and addresses",
    ),
    400002: VALUE,
    400013: Meaning(PermissionMissing, "群已解散", "The group was dissolved"),
    400102: Meaning(PermissionMissing, "群机器人已停用", "The robot is disabled"),
    400106: Meaning(PermissionMissing, "群机器人已不在群中", "The robot is not in the group any more"),
    430101: CONTENT,
    430102: CONTENT,
    430103: CONTENT,
    430104: CONTENT,
}
NEW: Mapping[str, Meaning] = {
    "invalidClientIdOrSecret": CREDENTIALS,
    "invalid.client": CREDENTIALS,
    "authFailed": CREDENTIALS,
    "Forbidden.AccessDenied.AccessTokenPermissionDenied": SCOPE,
    "Forbidden.AccessDenied.IpNotInWhiteList": ADDRESS,
    "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi": SECOND,
    "Forbidden.AccessDenied.QpsLimitForApi": SECOND,
    "Forbidden.AccessDenied.QpmLimitForAppkeyAndApi": MINUTE,
    "Forbidden.AccessDenied.ApiCountLimitForOrg": MONTH,
    "send.too.fast": MINUTE,
    "request.too.frequent": MINUTE,
    "system.busy": BUSY,
    "systemBusy": BUSY,
    "todo.taskCreate.flowControlError": MINUTE,
    "todo.taskCreate.lockError": Meaning(RecordLocked, "待办正在被处理", "The to-do is being worked on", 5),
    "todo.taskCreate.paramError": VALUE,
    "invalidParameter.robotCode.notExsit": Meaning(ConfigInvalid, "机器人编码不正确", "The robot code is wrong"),
    "invalidParameter.robotCode.invalid": Meaning(ConfigInvalid, "机器人编码不正确", "The robot code is wrong"),
    "bot.forbidden.sendMessage": Meaning(PermissionMissing, "机器人被禁止发消息", "The robot may not send"),
    "chatbotId.notAllow.sendOTO": Meaning(PermissionMissing, "机器人不能单聊，请发布机器人", "Publish the robot first"),
    "template.stopped": Meaning(PermissionMissing, "机器人已停用", "The robot is stopped"),
    "staffId.notExisted": Meaning(RecordRejected, "没有人能收到消息：成员不存在", "Nobody can get it: no such member"),
    "contain.notAllowed.text": CONTENT,
    "processCodeError": TEMPLATE,
    "invalidProcessCode": TEMPLATE,
    "needAuth": SCOPE,
    "invalidAgentId": Meaning(ConfigInvalid, "AgentId 不正确", "The agent ID is wrong"),
    "formConverterError": Meaning(
        ValidationFailed, "审批表单的值不符合模板", "A value does not fit the approval's form"
    ),
    "processInstanceIdError": NO_APPROVAL,
    "processInstanceNotExist": NO_APPROVAL,
    "processInstanceInvalidParameter": VALUE,
    "processInstanceStartFailed": Meaning(RecordRejected, "审批没有发起成功", "The approval was not started"),
    "aflowProcessInstStatusException": APPROVAL_STATE,
    "invalidParameter": VALUE,
}
_PERIOD = re.compile(r"从 (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) 到.*?限制将在 (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) 结束")
_SCOPES = re.compile(r"requiredScopes=\[([^\]]*)\]|权限[：:]?\s*\[([^\]]*)\]")
_ADDRESS = re.compile(r"request ip=([0-9a-fA-F.:]+)")


def judge_old(reply: Reply) -> None:
    """The old family: HTTP 200, errcode 0 (also as text) is success; 88 carries the reason in sub_code."""
    body = _object(reply)
    _banned(reply, body)
    code = _number(body.get("errcode"))
    if code is None:
        raise untrusted(reply, "没有 errcode", "no errcode")
    if code == 0:
        return
    sub = _number(body.get("sub_code")) if code == 88 else None
    number, message = (
        (sub, body.get("sub_msg") or body.get("errmsg")) if sub is not None else (code, body.get("errmsg"))
    )
    if number in TOKEN_CODES and reply.operation != ROBOT:
        raise _token_dead(reply, number, message)
    meaning = OLD.get(number)
    if meaning is None and re.search("too fast|too many", str(message)):
        meaning = MINUTE
    raise _error(reply, meaning, code=number, message=str(message or ""))


def judge_new(reply: Reply) -> None:
    """The new family: 200 without `code` is success; a refusal is 4xx with {"code", "message", "requestid"}."""
    body = _object(reply)
    _banned(reply, body)
    if "errcode" in body:
        raise untrusted(reply, f"errcode {body['errcode']}", f"errcode {body['errcode']}")
    code = str(body.get("code") or "")
    if not code:
        if reply.status < 300:
            _said_no(reply, body)
        return
    message = str(body.get("message") or "")
    if code in ("InvalidAuthentication", "AuthenticationFailed.MissingParameter") or (
        reply.status == 401 and reply.operation not in (TOKEN, OPEN)
    ):
        raise _token_dead(reply, code, message)
    if code == "todo.taskCreate.paramError" and "task exist" in message:
        raise DuplicateInSystem("待办已经存在", "The to-do exists already", vendor=reply.vendor(code, message))
    detail = body.get("accessdenieddetail")
    scopes = detail.get("requiredScopes") if isinstance(detail, dict) else None
    shown = f"{message} requiredScopes=[{','.join(map(str, scopes))}]" if scopes else message
    raise _error(reply, _new_meaning(code), code=code, message=shown)


def _new_meaning(code: str) -> Meaning | None:
    if code in NEW:
        return NEW[code]
    if code.startswith(("invalidParameter.", "miss.param.")):
        return VALUE
    return None


def _said_no(reply: Reply, body: Mapping[str, Any]) -> None:
    """`success` is true where it is given at all; samples show it as a text, too."""
    if str(body.get("success", True)).lower() != "true":
        raise untrusted(reply, "success 不为 true", "success is not true")


def _object(reply: Reply) -> dict[str, Any]:
    if not isinstance(reply.data, dict):
        raise untrusted(reply, "不是 JSON 对象", "not a JSON object")
    return reply.data


def _banned(reply: Reply, body: Mapping[str, Any]) -> None:
    """The protection in front of both families: this address called too often; nothing was done."""
    if body.get("punish") and "errcode" not in body and "code" not in body:
        raise RateLimited(
            "服务器出口 IP 调用过于频繁，被钉钉暂时封禁",
            "DingTalk bans this server's address for a while: it called too often",
            after=300,
            vendor=reply.vendor(body.get("status", ""), body.get("punish")),
        )


def _token_dead(reply: Reply, code: object, message: object) -> TokenDead:
    return TokenDead(
        "access_token 已失效", "The access token is not valid any more", vendor=reply.vendor(code, message)
    )


def _error(reply: Reply, meaning: Meaning | None, *, code: object, message: str) -> HubError:
    if meaning is None:
        return _unknown(reply, code, message)
    vendor, zh, en = reply.vendor(code, message), meaning.zh, meaning.en
    for pattern, zh_word, en_word in ((_SCOPES, "所缺权限", "missing"), (_ADDRESS, "IP", "address")):
        found = pattern.search(message)
        if found and issubclass(meaning.error, PermissionMissing):
            named = next(part for part in found.groups() if part)
            zh, en = f"{zh}（{zh_word}：{named}）", f"{en} ({en_word}: {named})"
    if issubclass(meaning.error, ValidationFailed | ConfigInvalid) and message:
        zh, en = f"{zh}：{message}", f"{en}: {message}"
    if issubclass(meaning.error, TryLater):
        return meaning.error(zh, en, after=max(meaning.after, _penalty(message)), vendor=vendor)
    return meaning.error(zh, en, vendor=vendor)


def _unknown(reply: Reply, code: object, message: str) -> HubError:
    """Unknown is never success; only "system busy" (-1) leaves open whether a write was done."""
    vendor = reply.vendor(code, message)
    zh, en = f"钉钉返回错误 {code}：{message}", f"DingTalk answered {code}: {message}"
    if reply.safe:
        return Unreachable(zh, en, vendor=vendor)
    unsure = code == -1 or (reply.status < 300 and not isinstance(code, int))
    return OutcomeUnknown(zh, en, vendor=vendor) if unsure else RecordRejected(zh, en, vendor=vendor)


def _penalty(message: str) -> float:
    """Seconds until the end of a penalty that the text names, counted from its own beginning."""
    found = _PERIOD.search(message)
    if found is None:
        return 0.0
    start, end = (datetime.fromisoformat(f"{text}+08:00") for text in found.groups())
    return min(600.0, max(1.0, (end - start).total_seconds()))


def _number(value: Any) -> int | None:
    """An errcode: a number, also written as text."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return int(text) if re.fullmatch(r"-?\d+", text) else None
