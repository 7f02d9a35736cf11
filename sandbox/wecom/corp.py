"""One imitated corp: its settings, records, tokens and limits, and the call in hand."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.core import Change, Facts, Fault, Faults, Journal, RecordStore, SandboxClock
from sandbox.wecom.errors import ApiError, JsonObject
from sandbox.wecom.limits import FixedWindows, SlidingWindows
from sandbox.wecom.scope import Record, Scope, make_scope
from sandbox.wecom.settings import Settings
from sandbox.wecom.tokens import App, Tokens

SCOPE_OBJECTS = frozenset({"department", "member", "setting"})


@dataclass(frozen=True)
class Call:
    """One request at a vendor path; `now` is unix seconds of the sandbox clock, `ip` the caller's address."""

    query: Mapping[str, str]
    body: Mapping[str, Any]
    raw: bytes
    facts: Facts
    now: float
    ip: str
    content_type: str = ""
    app: App = field(default_factory=lambda: App("none", "", None))

    def text(self, name: str, code: int = 40063) -> str:
        """A text that must be given in the body; ApiError `code` otherwise."""
        value = self.body.get(name)
        if not isinstance(value, str) or not value:
            raise ApiError(code, f"missing {name}" if code == 40063 else None)
        return value

    def argument(self, name: str, code: int = 40063) -> str:
        """A query argument that must be given; ApiError `code` otherwise."""
        if not self.query.get(name):
            raise ApiError(code, f"missing {name}" if code == 40063 else None)
        return self.query[name]


@dataclass
class Memory:
    """State that is no record: limits, duplicate checks, media, card response codes, sent messages."""

    members: SlidingWindows = field(default_factory=SlidingWindows)
    robots: SlidingWindows = field(default_factory=SlidingWindows)
    calls: FixedWindows = field(default_factory=FixedWindows)
    duplicates: dict[tuple[int, bytes], tuple[float, str]] = field(default_factory=dict)
    task_ids: set[tuple[int, str]] = field(default_factory=set)
    response_codes: dict[str, Record] = field(default_factory=dict)
    sent: dict[str, Record] = field(default_factory=dict)
    media: dict[str, Record] = field(default_factory=dict)
    tickets: dict[str, tuple[str, float]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Relation:
    """An external contact as one member follows it."""

    row: Record
    follow: Record

    @property
    def order(self) -> tuple[int, str]:
        """Oldest relation first, then by id."""
        return self.follow["createtime"], self.row["external_userid"]


class Corp:
    """Everything the handlers work on. Handlers run one at a time on the event loop of the sandbox."""

    def __init__(self, parts: tuple[SandboxClock, RecordStore, Journal, Faults], settings: Settings) -> None:
        self.clock, self.store, self.journal, self.faults = parts
        self.settings = settings
        self.tokens = Tokens(settings)
        self.memory = Memory()
        self.followed: dict[str, dict[str, None]] = {}
        self.member_names: dict[str, str] = {}  # lower-cased -> as stored; userids are case-insensitive
        self._customers: dict[str, list[Relation]] = {}
        self._scopes: dict[bool, Scope] = {}
        self.store.hooks.append(self._changed)

    @property
    def now(self) -> float:
        """Unix seconds of the sandbox clock."""
        return self.clock.now().timestamp()

    def forget(self) -> None:
        """Drop what is no record (the store itself is cleared by the core)."""
        self.memory = Memory()
        self.tokens = Tokens(self.settings)
        self.followed.clear()
        self.member_names.clear()
        self._customers.clear()
        self._scopes.clear()

    def scope(self, app: App) -> Scope:
        """What the app sees; contact sync and the other app's range are the whole corp and the same range."""
        whole = app.name == "contact_sync"
        if whole not in self._scopes:
            chosen = None if whole else self.settings
            departments = sorted(self.store.all("department"), key=lambda row: int(row["id"]))
            self._scopes[whole] = make_scope(departments, self.store.all("member"), chosen)
        return self._scopes[whole]

    def customers_of(self, userid: str) -> list[Relation]:
        """What a member follows, in order of (createtime, external_userid); kept until one of them changes."""
        known = self._customers.get(userid.lower())
        if known is None:
            rows = [self.store.get("external_contact", key) for key in self.followed.get(userid.lower(), {})]
            known = sorted((Relation(row, follow_of(row, userid)) for row in rows if row), key=lambda one: one.order)
            self._customers[userid.lower()] = known
        return known

    def fault(self, kind: str, call: Call, *, record_id: str | None = None) -> Fault | None:
        """The armed fault of one vendor kind for this call (and, where given, this record)."""
        if not self.faults.armed:
            return None
        facts = call.facts if record_id is None else replace(call.facts, id=record_id)
        return self.faults.take({kind}, facts)

    def number(self, name: str) -> int:
        """Next running number of a series."""
        self.memory.counters[name] = self.memory.counters.get(name, 0) + 1
        return self.memory.counters[name]

    def _changed(self, change: Change) -> None:
        if change.object in SCOPE_OBJECTS:
            self._scopes.clear()
        if change.object == "member":
            self._name_member(change)
        if change.object == "external_contact":
            self._index(change.before, add=False)
            self._index(change.after, add=True)
        if change.object == "setting" and change.after:
            self.settings.change(change.after["name"], change.after["value"])

    def _name_member(self, change: Change) -> None:
        if change.after is None:
            self.member_names.pop(change.id.lower(), None)
        else:
            self.member_names[change.id.lower()] = change.id

    def _index(self, row: Record | None, *, add: bool) -> None:
        if row is None:
            return
        for follow in row["follow_user"]:
            self._customers.pop(str(follow["userid"]).lower(), None)
            bucket = self.followed.setdefault(str(follow["userid"]).lower(), {})
            if add:
                bucket[row["external_userid"]] = None
            else:
                bucket.pop(row["external_userid"], None)


Handler = Callable[[Corp, Call], JsonObject]


@dataclass(frozen=True)
class Endpoint:
    """One vendor call: who may use it, and what a GET on a POST call answers since its body is not read."""

    handle: Handler
    method: str = "POST"
    object: str = ""
    write: bool = False
    contact_sync: str = "no"  # no | yes | only
    right: str = ""  # "" | customer | approval
    limited: bool = True
    on_get: int = 40058


def follow_of(row: Record, userid: str) -> Record:
    """The follow record of a member on an external contact; ApiError 84061 when there is none."""
    for follow in row["follow_user"]:
        if str(follow["userid"]).lower() == userid.lower():
            found: Record = follow
            return found
    raise ApiError(84061)


def canonical(value: object) -> str:
    """A JSON text that is equal for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def texts_of(value: object) -> list[str]:
    """The texts and numbers in a list, as text, whatever else was sent."""
    rows = value if isinstance(value, list) else []
    return [str(one) for one in rows if isinstance(one, str | int) and not isinstance(one, bool)]


def part_of(value: object) -> Record:
    """The object sent, or an empty one when it is something else."""
    return value if isinstance(value, dict) else {}


def rows_of(value: object) -> Iterable[Record]:
    """The objects in a list, whatever else was sent."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
