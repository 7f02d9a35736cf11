"""What Tryton's refusals mean, as tables. The exception's class decides; the English text only refines it, and what is unknown is
never success."""

from collections.abc import Mapping, Sequence
from typing import Any

from hub.connector.http import Reply
from hub.connector.meaning import Meaning, duty
from hub.errors import (
    CredentialsRejected,
    DuplicateInSystem,
    HubError,
    OutcomeUnknown,
    PeriodClosed,
    PermissionMissing,
    RecordGone,
    RecordLocked,
    RecordRejected,
    Text,
    Unreachable,
    ValidationFailed,
    Vendor,
)

GROUPS = duty(
    "system_admin",
    "在 Tryton“管理 → 用户 → 用户”里把集成用户放进缺少的组（Sales、Accounting、Account Product Administration），然后在中枢测试并恢复",
    "put the hub's user into the group that it lacks (Sales, Accounting, Account Product Administration) under Administration > "
    "Users, then test and resume in the hub",
)
RULES = duty(
    "system_admin",
    "在 Tryton“管理 → 模型 → 记录规则”里检查这条规则，然后点“重试”",
    "look at that rule under Administration > Models > Rules in Tryton, then press replay",
)
PASSWORD = duty(
    "hub_admin",
    "在 Tryton“管理 → 用户 → 用户”里核对集成用户（是否启用、密码），用 hub connections change 改设置，然后测试并恢复",
    "check the hub's user in Tryton under Administration > Users (active? password?), change the settings with hub connections "
    "change, then test and resume",
)
PERIODS = duty(
    "finance",
    "在 Tryton“财务 → 配置 → 会计年度”里打开或建立这个日期的期间，然后点“重试”",
    "reopen or create the period of that date under Financial > Configuration > Fiscal Years in Tryton, then press replay",
)
CORRECT = duty(
    "author",
    "在录入它的系统里改正这个值，会自动再写",
    "correct the value where it was entered; it is written again by itself",
)
CHARACTERS = duty(
    "author",
    "在录入它的系统里去掉换行和制表符，会自动再写",
    "take line breaks and tabs out where it was entered; it is written again by itself",
)
THERE = duty(
    "author",
    "在 Tryton 里打开这条记录，自己做完这一步，中枢会读到",
    "open the record in Tryton and do this step yourself; the hub reads it",
)


def _right(words: str) -> tuple[str, Meaning]:
    zh, en = "集成用户在 Tryton 里没有权限", "The hub's user lacks the right in Tryton"
    return words, Meaning(PermissionMissing, zh, en, remedy=GROUPS)


# The hub signs in with language "en", so that these are the server's own texts (ir, party, product and account messages).
WORDS: Sequence[tuple[str, Meaning]] = (
    ("that don't exist", Meaning(RecordGone, "Tryton 中没有该记录", "Tryton does not know the record")),
    _right("not allowed to access"),
    _right("not allowed to execute"),
    _right("not allowed to search"),
    _right("Calling button"),
    (
        "one of these rules",
        Meaning(RecordRejected, "Tryton 的记录规则不允许", "A record rule of Tryton forbids it", remedy=RULES),
    ),
    ("must be unique", Meaning(DuplicateInSystem, "编码在 Tryton 中已被占用", "The code is taken in Tryton")),
    (
        "has the same",
        Meaning(DuplicateInSystem, "该客户在 Tryton 中已有相同的号码", "The party has the same value already"),
    ),
    (
        "invalid chars",
        Meaning(
            ValidationFailed,
            "值里有 Tryton 不收的字符（换行、制表符）",
            "The value has characters that Tryton does not take (line breaks, tabs)",
            remedy=CHARACTERS,
        ),
    ),
    ("is too long", Meaning(ValidationFailed, "值太长", "The value is too long", remedy=CORRECT)),
    ("A value is required", Meaning(ValidationFailed, "缺少必填的值", "A required value is missing", remedy=CORRECT)),
    (
        "you must reopen the period",
        Meaning(PeriodClosed, "会计期间已关闭", "The period is closed", remedy=PERIODS),
    ),
    (
        "you must create a period",
        Meaning(PeriodClosed, "该日期没有会计期间", "There is no period for the date", remedy=PERIODS),
    ),
)
_REFUSED = Meaning(ValidationFailed, "Tryton 拒绝了这条记录", "Tryton refused the record", remedy=CORRECT)
KINDS: Mapping[str, Meaning] = {
    "LoginException": Meaning(CredentialsRejected, "Tryton 拒绝登录", "Tryton refused the login", remedy=PASSWORD),
    "UserWarning": Meaning(
        RecordRejected, "Tryton 需要人确认（警告）", "Tryton asks for a confirmation (a warning)", remedy=THERE
    ),
    "UserError": _REFUSED,
    "ConcurrencyException": Meaning(
        RecordLocked, "Tryton 中的记录刚被别人修改", "The record was changed in Tryton meanwhile"
    ),
    "TimeOutException": Meaning(RecordLocked, "Tryton 中的记录正被占用", "The record is in use in Tryton"),
}


def judge(reply: Reply) -> None:
    """Raise what a reply means that carries an error."""
    if isinstance(reply.data, Mapping) and reply.data.get("error") is not None:
        raise error_of(reply, reply.data["error"])


def error_of(reply: Reply, told: Any) -> HubError:
    """The hub error of `error` in a reply: ["UserError", [title, description, domain]] and the like."""
    parts = told if isinstance(told, list) else [told]
    kind = str(parts[0]) if parts else ""
    text = _text(parts[1] if len(parts) > 1 else "", kind)
    meaning = KINDS.get(kind)
    if meaning is None:
        return _unknown(reply, kind, text)
    if kind == "UserError":
        meaning = next((found for words, found in WORDS if words in text), meaning)
    said = meaning.said(reply.vendor(kind, text), more=Text(f"：{text}", f": {text}"))
    said.field = _field(text)
    return said


def _text(said: Any, kind: str) -> str:
    """Title and description; of a warning its text without the technical name."""
    parts = [str(part) for part in said if isinstance(part, str) and part] if isinstance(said, list) else [str(said)]
    return " ".join(parts[1:] if kind == "UserWarning" else parts)


def _field(text: str) -> str:
    """The field in: ... for field "Name" ... ."""
    _, found, rest = text.partition('field "')
    return rest.partition('"')[0] if found else ""


def _unknown(reply: Reply, kind: str, text: str) -> HubError:
    """An exception that no table knows: the server rolled back, but nobody vouches for that."""
    vendor: Vendor = reply.vendor(kind, text)
    if reply.safe:
        return Unreachable(f"Tryton 出错：{kind} {text}", f"Tryton failed: {kind} {text}", vendor=vendor)
    return OutcomeUnknown(
        f"Tryton 写入时出错，需先核对：{kind} {text}",
        f"Tryton failed while writing, look it up first: {kind} {text}",
        vendor=vendor,
    )
