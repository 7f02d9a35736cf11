"""What Tryton's refusals mean, as tables. The exception's class decides; the English text only refines it, and what is unknown is
never success."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.connector.http import Reply
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
    Unreachable,
    ValidationFailed,
    Vendor,
)


@dataclass(frozen=True, slots=True)
class Meaning:
    error: type[HubError]
    zh: str
    en: str


# The hub signs in with language "en", so that these are the server's own texts (ir, party and account messages).
WORDS: Sequence[tuple[str, Meaning]] = (
    ("that don't exist", Meaning(RecordGone, "Tryton 中没有该记录", "Tryton does not know the record")),
    ("not allowed to access", Meaning(PermissionMissing, "集成用户没有权限", "The integration user lacks the right")),
    (
        "at least one of these rules",
        Meaning(
            RecordRejected,
            "Tryton 的访问规则不允许，请管理员检查",
            "An access rule of Tryton forbids it, ask its admin",
        ),
    ),
    ("must be unique", Meaning(DuplicateInSystem, "编码在 Tryton 中已被占用", "The code is taken in Tryton")),
    (
        "has the same",
        Meaning(DuplicateInSystem, "该客户在 Tryton 中已有相同的号码", "The party has the same value already"),
    ),
    (
        "you must reopen the period",
        Meaning(PeriodClosed, "会计期间已关闭，请财务重新打开", "The period is closed: finance must reopen it"),
    ),
    (
        "you must create a period",
        Meaning(
            PeriodClosed, "该日期没有会计期间，请财务建立", "There is no period for the date: finance must create it"
        ),
    ),
)
_ASKS = Meaning(
    RecordRejected,
    "Tryton 需要人确认（警告），请在 Tryton 里完成这一步",
    "Tryton asks for a confirmation (a warning): do this step in Tryton",
)
_REFUSED = Meaning(
    ValidationFailed, "Tryton 拒绝了这条记录，请按提示修改", "Tryton refused the record, change it as it says"
)
_MOVED = Meaning(RecordLocked, "Tryton 中的记录刚被别人修改", "The record was changed in Tryton meanwhile")
_LOCKED = Meaning(RecordLocked, "Tryton 中的记录正被占用", "The record is in use in Tryton")
_LOGIN = Meaning(
    CredentialsRejected, "Tryton 拒绝登录，请检查用户和密码", "Tryton refused the login: check user and password"
)
KINDS: Mapping[str, Meaning] = {
    "LoginException": _LOGIN,
    "UserWarning": _ASKS,
    "UserError": _REFUSED,
    "ConcurrencyException": _MOVED,
    "TimeOutException": _LOCKED,
}


def judge(reply: Reply) -> None:
    """Raise what a reply means that carries an error."""
    if isinstance(reply.data, Mapping) and reply.data.get("error") is not None:
        raise error_of(reply, reply.data["error"])


def error_of(reply: Reply, said: Any) -> HubError:
    """The hub error of `error` in a reply: ["UserError", [title, description, domain]] and the like."""
    parts = said if isinstance(said, list) else [said]
    kind = str(parts[0]) if parts else ""
    text = _text(parts[1] if len(parts) > 1 else "", kind)
    meaning = KINDS.get(kind)
    if meaning is None:
        return _unknown(reply, kind, text)
    if kind == "UserError":
        meaning = next((found for words, found in WORDS if words in text), meaning)
    vendor = reply.vendor(kind, text)
    return meaning.error(f"{meaning.zh}：{text}", f"{meaning.en}: {text}", vendor=vendor, field=_field(text))


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
