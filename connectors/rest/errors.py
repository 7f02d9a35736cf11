"""What replies mean: the manifest's rules first, then what HTTP itself says. What nobody knows is never success."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from connectors.rest.names import as_text
from connectors.rest.paths import MISSING, at, text_at
from connectors.rest.spec.base import Check
from connectors.rest.spec.errors import Errors, Rule
from hub.connector.reply import Reply, status_error, untrusted
from hub.connector.token import TokenDead
from hub.errors import (
    ConfigInvalid,
    CredentialsRejected,
    DuplicateInSystem,
    HubError,
    OutcomeUnknown,
    PeriodClosed,
    PermissionMissing,
    RateLimited,
    RecordGone,
    RecordLocked,
    RecordRejected,
    Text,
    TryLater,
    Unreachable,
    ValidationFailed,
)

_MEANINGS: dict[
    str, tuple[type[HubError], Text]
] = {  # only what happened: whose job it is and what to press is the error's
    "credentials": (CredentialsRejected, Text("拒绝了凭证", "refused the credentials")),
    "token_expired": (TokenDead, Text("令牌已失效", "the token is dead")),
    "permission": (PermissionMissing, Text("没有权限", "a right is missing")),
    "config": (ConfigInvalid, Text("不接受这个请求", "did not take the request")),
    "rate_limited": (RateLimited, Text("调用过于频繁", "too many calls")),
    "unreachable": (Unreachable, Text("暂时不可用", "not available now")),
    "locked": (RecordLocked, Text("记录正被占用", "the record is in use")),
    "unknown": (OutcomeUnknown, Text("结果不明", "outcome unknown")),
    "rejected": (RecordRejected, Text("拒绝了该记录", "refused the record")),
    "invalid": (ValidationFailed, Text("某个值不被接受", "refused a value")),
    "duplicate": (DuplicateInSystem, Text("已有相同的记录", "has such a record already")),
    "period_closed": (PeriodClosed, Text("期间已关账", "the period is closed")),
    "gone": (RecordGone, Text("没有该记录", "does not know the record")),
}


def judge_of(errors: Errors) -> Callable[[Reply], None]:
    """The judge of a system's replies (hub.connector.http.Policy)."""

    def judge(reply: Reply) -> None:
        if call_of(reply.operation) == "login":
            reply = replace(reply, content=b"")  # evidence is kept and shown, and it may hold a token under any name
        code, message = text_at(reply.data, errors.code), text_at(reply.data, errors.message)
        rule = next((rule for rule in errors.rules if _fits(rule, reply, code, message)), None)
        if rule is not None:
            if rule.means != "ok":
                raise _meant(rule, reply, code=code, message=message)
        elif reply.status >= 400:
            raise _refused(reply, code, message)
        elif errors.ok is not None and not holds(errors.ok, reply.data):
            raise _not_ok(reply, code, message)

    return judge


def refused_row(errors: Errors, reply: Reply, code: str, message: str) -> HubError:
    """What became of one record of a batch that the reply does not call good."""
    rule = next((one for one in errors.rules if one.means != "ok" and _fits(one, reply, code, message)), None)
    if rule is not None and (rule.code or rule.text):
        return _meant(rule, reply, code=code, message=message)
    kind, said = _MEANINGS["rejected"]
    texts = _texts(reply, said, message or code)
    return kind(texts.zh, texts.en, vendor=reply.vendor(code, message or reply.text[:200]))


def holds(check: Check, data: Any) -> bool:
    """Does a reply pass the test? Numbers and their texts are equal."""
    found = at(data, check.at)
    if check.absent:
        return found is MISSING
    if not check.equals:
        return found is not MISSING and found is not None
    return any(_same(found, wanted) for wanted in check.equals)


def call_of(operation: str) -> str:
    """The kind of call in an operation such as customer.list."""
    return operation.rpartition(".")[2]


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(found, (dict, list)) or isinstance(wanted, (dict, list)) or found is None or wanted is None:
        return bool(found == wanted)
    return found is not MISSING and as_text(found) == as_text(wanted)


def _fits(rule: Rule, reply: Reply, code: str, message: str) -> bool:
    return (
        (not rule.calls or call_of(reply.operation) in rule.calls)
        and (not rule.status or reply.status in rule.status)
        and (not rule.code or code in rule.code)
        and rule.text in message
        and (rule.check is None or holds(rule.check, reply.data))
    )


def _meant(rule: Rule, reply: Reply, *, code: str, message: str) -> HubError:
    kind, usual = _MEANINGS[rule.means]
    if kind is OutcomeUnknown and reply.safe:
        kind = Unreachable
    said = Text(rule.say.zh, rule.say.en) if rule.say else usual
    texts = _texts(reply, said, message)
    vendor = reply.vendor(code or reply.status, message)
    made: HubError = (
        kind(texts.zh, texts.en, after=rule.after, vendor=vendor)
        if issubclass(kind, TryLater)
        else kind(texts.zh, texts.en, vendor=vendor)
    )
    return made.put_right_by(rule.who, rule.press.zh, rule.press.en) if rule.who and rule.press else made


def _refused(reply: Reply, code: str, message: str) -> HubError:
    """A 4xx that no rule names. With words of the vendor it is a refusal before anything happened."""
    call = call_of(reply.operation)
    if reply.status == 401 or (call == "login" and reply.status in (400, 403)):
        kind: type[HubError] = CredentialsRejected if call == "login" else TokenDead
        texts = _texts(reply, _MEANINGS["credentials"][1], message)
        return kind(texts.zh, texts.en, vendor=reply.vendor(code or reply.status, message))
    if reply.status in (403, 404, 405) or not (code or message):
        return status_error(reply)
    kind, said = _MEANINGS["config" if reply.safe else "rejected"]
    texts = _texts(reply, said, message)
    return kind(texts.zh, texts.en, vendor=reply.vendor(code or reply.status, message))


def _not_ok(reply: Reply, code: str, message: str) -> HubError:
    if not (code or message):
        return untrusted(reply, "没有成功标志", "no sign of success")
    kind: type[HubError] = Unreachable if reply.safe else OutcomeUnknown
    texts = _texts(reply, _MEANINGS["unreachable" if reply.safe else "unknown"][1], f"{message} ({code})")
    return kind(texts.zh, texts.en, vendor=reply.vendor(code, message))


def _texts(reply: Reply, said: Text, message: str) -> Text:
    words = f"：{message}" if message else ""
    return Text(f"{reply.system} {said.zh}{words}", f"{reply.system}: {said.en}{words.replace('：', ' - ')}")
