"""What the two API families answer when they refuse, judged by the tables in `codes` (vendor note sections 1.2, 1.3, 2, 4.1)."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.dingtalk.codes import MINUTE, NEW, OLD, TOKEN_CODES, VALUE
from hub.connector.http import Reply, untrusted
from hub.connector.meaning import NOTHING, Meaning
from hub.connector.token import TokenDead
from hub.errors import (
    ConfigInvalid,
    DuplicateInSystem,
    HubError,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    RecordRejected,
    Text,
    Unreachable,
    ValidationFailed,
)

TOKEN = "v1.0/oauth2/accessToken"  # noqa: S105 - the name of a call
OPEN = "v1.0/gateway/connections/open"
ROBOT = "robot/send"
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
    return meaning.said(reply.vendor(code, message), more=_named(reply, meaning, message), after=_penalty(message))


def _named(reply: Reply, meaning: Meaning, message: str) -> Text:
    """What only this answer tells: the permission that is missing, the calling address, the value that is wrong."""
    if issubclass(meaning.error, PermissionMissing):
        for pattern, zh, en in ((_SCOPES, "所缺权限", "missing"), (_ADDRESS, "IP", "address")):
            found = pattern.search(message)
            if found:
                named = next(part for part in found.groups() if part)
                return Text(f"（{zh}：{named}）", f" ({en}: {named})")
        return Text(f"（{reply.operation}）", f" ({reply.operation})")
    if issubclass(meaning.error, ValidationFailed | ConfigInvalid) and message:
        return Text(f"：{message}", f": {message}")
    return NOTHING


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
