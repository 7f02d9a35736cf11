"""Every error that leaves a module of the hub, by what happens next and who acts.

HubError
├─ BadInput             the caller's request is wrong: exit status 2, HTTP 422; nothing was written
│  ├─ NotFound          what the caller names is not there, or not theirs to see: HTTP 404
│  ├─ NotSignedIn       no valid token or password: HTTP 401
│  ├─ NotAllowed        the caller's role may not do this: HTTP 403
│  └─ TooManyTries      wait before the next try: HTTP 429
├─ SetupError           an admin must act: the connection pauses, one notice
│  ├─ CredentialsRejected
│  ├─ PermissionMissing
│  ├─ ConfigInvalid
│  └─ MappingInvalid
├─ TryLater             nobody acts: tried again after `after` seconds
│  ├─ Unreachable       no reply, or a reply that is not the vendor's (scope: connection)
│  ├─ RateLimited       over a quota (scope: connection)
│  └─ RecordLocked      somebody else holds the record (scope: record)
├─ OutcomeUnknown       a write may or may not have happened: look it up first, never repeat blindly
├─ RecordRejected       a person must act on this record: inbox
│  ├─ ValidationFailed
│  ├─ DuplicateInSystem the number or key exists already: read and compare
│  └─ PeriodClosed
└─ RecordGone           the record is not there (or not visible) any more
Conflict and nothing-to-do are values, not errors. What comes from a system carries a `remedy`: whose job it is,
and what they press.
"""

# ruff: noqa: N818 - the names say what happened; HubError at the root says that they are errors

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self


@dataclass(frozen=True, slots=True)
class Text:
    """One message for people, in Chinese and English."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"

    def in_language(self, language: str) -> str:
        return self.en if language.startswith("en") else self.zh

    def as_json(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}


@dataclass(frozen=True, slots=True)
class Vendor:
    """What the vendor said: kept with the error so that support can be asked with it. Never holds a secret."""

    system: str = ""
    operation: str = ""
    code: str = ""
    message: str = ""
    request_id: str = ""

    def as_json(self) -> dict[str, str]:
        return {key: value for key in self.__slots__ if (value := getattr(self, key))}


NO_VENDOR = Vendor()

JOBS = {
    "hub_admin": Text("中枢管理员", "the hub's administrator"),
    "system_admin": Text("对方系统的管理员", "that system's administrator"),
    "finance": Text("财务", "finance"),
    "author": Text("录入这条记录的人", "whoever entered the record"),
    "nobody": Text("无人", "nobody"),
}
"""Who can put an error right."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What puts an error right: whose job it is (a key of JOBS), and what they press, change or run, as one clause."""

    job: str
    press: Text

    def as_json(self) -> dict[str, object]:
        return {"job": self.job, "who": JOBS[self.job].as_json(), "press": self.press.as_json()}

    def __str__(self) -> str:
        return str(self.sentence)

    @property
    def sentence(self) -> Text:
        """To stand behind the message, without the last full stop."""
        if self.job == "nobody":
            return Text(f"无需处理，{self.press.zh}", f"Nothing to do: {self.press.en}")
        return Text(f"由{JOBS[self.job].zh}处理：{self.press.zh}", f"For {JOBS[self.job].en}: {self.press.en}")


def advised(shown: Mapping[str, Any]) -> Text:
    """The message of an error that was kept as JSON (`HubError.as_json`), and whose job it is; without a remedy the message alone."""
    text = Text(str(shown.get("zh") or ""), str(shown.get("en") or ""))
    kept = shown.get("remedy")
    if not kept or not text.zh:
        return text
    todo = Remedy(kept["job"], Text(**kept["press"])).sentence
    return Text(f"{text.zh.rstrip('。.')}。{todo.zh}", f"{text.en.rstrip('。.')}. {todo.en}")


def _usual(job: str, zh: str, en: str) -> Remedy:
    return Remedy(job, Text(zh, en))


class HubError(Exception):
    """Root of the tree. `text` is for people; `vendor` is the evidence; `field`/`value` name the culprit where
    there is one; `remedy` says whose job it is and what to press: the class's usual one, or this error's own (`put_right_by`)."""

    kind = "hub"
    usual: ClassVar[Remedy | None] = None

    def __init__(self, zh: str, en: str, *, vendor: Vendor = NO_VENDOR, field: str = "", value: str = "") -> None:
        super().__init__(zh, en)
        self.text = Text(zh, en)
        self.vendor = vendor
        self.field = field
        self.value = value
        self.remedy = self.usual

    def put_right_by(self, job: str, zh: str, en: str) -> Self:
        """The same error with a remedy of its own; `job` is a key of JOBS. The texts are clauses without a full stop."""
        self.remedy = Remedy(job, Text(zh, en))
        return self

    def __str__(self) -> str:
        code = f" [{self.vendor.system} {self.vendor.code}]" if self.vendor.code else ""
        return f"{self.text}{code}"

    def as_json(self) -> dict[str, object]:
        return {
            "error": type(self).__name__,
            **self.text.as_json(),
            "vendor": self.vendor.as_json(),
            "field": self.field,
            "value": self.value,
            "remedy": self.remedy.as_json() if self.remedy else None,
        }


class BadInput(HubError):
    """Raised when a request, a command or a file is wrong; nothing was written."""

    kind = "bad_input"


class NotFound(BadInput):
    """Raised when what the caller names is not there, or not theirs to see."""


class NotSignedIn(BadInput):
    """Raised when a request carries no valid token, or a sign-in no valid password."""


class NotAllowed(BadInput):
    """Raised when the caller's role may not do this."""


class TooManyTries(BadInput):
    """Raised when a sign-in came too soon after failed ones; try again `after` seconds from now."""

    def __init__(self, zh: str, en: str, *, after: float) -> None:
        super().__init__(zh, en)
        self.after = after


class SetupError(HubError):
    """Raised when only an admin can help; the connection pauses."""

    kind = "setup"


class CredentialsRejected(SetupError):
    """Raised when the vendor refuses the credentials."""

    usual = _usual(
        "hub_admin",
        "在对方系统里核对凭据，改连接设置后测试并恢复",
        "check the credentials there, change the settings, then test and resume",
    )


class PermissionMissing(SetupError):
    """Raised when the account lacks a right, a licence or an allowed address."""

    usual = _usual(
        "system_admin",
        "给集成账号补上权限、许可或可信地址",
        "give the hub's account the right, the licence or the allowed address",
    )


class ConfigInvalid(SetupError):
    """Raised when a connection's settings cannot work."""

    usual = _usual(
        "hub_admin",
        "改正连接设置，然后测试并恢复",
        "correct the connection's settings, then test and resume",
    )


class MappingInvalid(SetupError):
    """Raised when a mapping cannot be compiled; names file, line, field and sample."""

    usual = _usual("hub_admin", "改正映射并重新启用", "correct the mapping and activate it again")


class TryLater(HubError):
    """Raised when the same call may succeed `after` seconds from now. `scope` is "connection" or "record"."""

    kind = "later"
    scope = "connection"

    def __init__(  # the two texts and the evidence every error has, and when to come back
        self, zh: str, en: str, *, after: float = 30.0, vendor: Vendor = NO_VENDOR, field: str = "", value: str = ""
    ) -> None:
        super().__init__(zh, en, vendor=vendor, field=field, value=value)
        self.after = after


_BY_ITSELF = _usual("nobody", "会自动重试", "it is tried again by itself")


class Unreachable(TryLater):
    """Raised when the vendor cannot be reached or answers what is not its protocol (and the call had no effect)."""

    usual = _BY_ITSELF


class RateLimited(TryLater):
    """Raised when a quota is used up."""

    usual = _BY_ITSELF


class RecordLocked(TryLater):
    """Raised when the record is being used by somebody else."""

    scope = "record"
    usual = _BY_ITSELF


class OutcomeUnknown(HubError):
    """Raised when a write was sent and no trustworthy reply came back."""

    kind = "unknown"
    usual = _usual(
        "nobody",
        "会先核对是否已写入，再决定是否重试",
        "it is looked up first, then tried again only if it is not there",
    )


class RecordRejected(HubError):
    """Raised when the vendor refuses this record; a person must act."""

    kind = "rejected"
    usual = _usual(
        "author", "在录入它的系统里按原因改正这条记录", "correct the record where it was entered, as the reason says"
    )


class ValidationFailed(RecordRejected):
    """Raised when a field's value is refused."""


class DuplicateInSystem(RecordRejected):
    """Raised when the number or key is taken already."""

    usual = _usual(
        "author",
        "核对两边是否同一条：是则合并，不是则改掉其中一个的编号",
        "see whether both are the same: merge them, or change one number",
    )


class PeriodClosed(RecordRejected):
    """Raised when the accounting period is closed."""

    usual = _usual(
        "finance",
        "反结账，或把单据日期改到未结账的期间",
        "reopen the period, or move the document's date to an open one",
    )


class RecordGone(HubError):
    """Raised when the record is not there or not visible any more."""

    kind = "gone"
    usual = _usual("author", "核对这条记录是否在对方系统里被删除", "see whether the record was deleted there")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one value, as data: it goes into reports and the inbox instead of up the stack.

    `kind` is one of invalid, missing, waiting (a parent is not there yet), lossy; `line` is a golden line id or "". `remedy` where it
    is not the usual one of a bad record.
    """

    kind: str
    field: str
    text: Text
    value: str = ""
    line: str = ""
    details: dict[str, object] = dataclasses.field(default_factory=dict)
    remedy: Remedy | None = None
