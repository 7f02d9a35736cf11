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
Conflict and nothing-to-do are values, not errors.
"""

# ruff: noqa: N818 - the names say what happened; HubError at the root says that they are errors

import dataclasses
from dataclasses import dataclass


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


class HubError(Exception):
    """Root of the tree. `text` is for people; `vendor` is the evidence; `field`/`value` name the culprit where
    there is one."""

    kind = "hub"

    def __init__(self, zh: str, en: str, *, vendor: Vendor = NO_VENDOR, field: str = "", value: str = "") -> None:
        super().__init__(zh, en)
        self.text = Text(zh, en)
        self.vendor = vendor
        self.field = field
        self.value = value

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


class PermissionMissing(SetupError):
    """Raised when the account lacks a right, a licence or an allowed address."""


class ConfigInvalid(SetupError):
    """Raised when a connection's settings cannot work."""


class MappingInvalid(SetupError):
    """Raised when a mapping cannot be compiled; names file, line, field and sample."""


class TryLater(HubError):
    """Raised when the same call may succeed `after` seconds from now. `scope` is "connection" or "record"."""

    kind = "later"
    scope = "connection"

    def __init__(  # the two texts and the evidence every error has, and when to come back
        self, zh: str, en: str, *, after: float = 30.0, vendor: Vendor = NO_VENDOR, field: str = "", value: str = ""
    ) -> None:
        super().__init__(zh, en, vendor=vendor, field=field, value=value)
        self.after = after


class Unreachable(TryLater):
    """Raised when the vendor cannot be reached or answers what is not its protocol (and the call had no effect)."""


class RateLimited(TryLater):
    """Raised when a quota is used up."""


class RecordLocked(TryLater):
    """Raised when the record is being used by somebody else."""

    scope = "record"


class OutcomeUnknown(HubError):
    """Raised when a write was sent and no trustworthy reply came back."""

    kind = "unknown"


class RecordRejected(HubError):
    """Raised when the vendor refuses this record; a person must act."""

    kind = "rejected"


class ValidationFailed(RecordRejected):
    """Raised when a field's value is refused."""


class DuplicateInSystem(RecordRejected):
    """Raised when the number or key is taken already."""


class PeriodClosed(RecordRejected):
    """Raised when the accounting period is closed."""


class RecordGone(HubError):
    """Raised when the record is not there or not visible any more."""

    kind = "gone"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one value, as data: it goes into reports and the inbox instead of up the stack.

    `kind` is one of invalid, missing, waiting (a parent is not there yet), lossy; `line` is a golden line id or "".
    """

    kind: str
    field: str
    text: Text
    value: str = ""
    line: str = ""
    details: dict[str, object] = dataclasses.field(default_factory=dict)
