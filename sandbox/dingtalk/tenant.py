"""One imitated organisation: its settings, records, token and limits, who sees whom, and the call in hand."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import Any

from sandbox.core import Change, Facts, Fault, Faults, Journal, RecordStore, SandboxClock
from sandbox.core.switches import comma_list
from sandbox.core.windows import SlidingWindows
from sandbox.dingtalk.errors import JsonObject, OapiError
from sandbox.dingtalk.settings import Settings
from sandbox.dingtalk.tokens import Tokens

Record = dict[str, Any]
CHINA = timezone(timedelta(hours=8))
DIRECTORY_OBJECTS = frozenset({"department", "member", "setting"})


@dataclass(frozen=True)
class Call:
    """One request at a vendor path; `args` are the placeholders of the path, `now` is unix seconds of the sandbox."""

    query: Mapping[str, str]
    body: Mapping[str, Any]
    facts: Facts
    now: float
    ip: str
    headers: Mapping[str, str]
    base_url: str
    args: Mapping[str, str] = field(default_factory=dict)
    listed_body: tuple[Any, ...] = ()

    def given(self, name: str) -> str:
        """A body field as text, "" when absent: the old Java client sends numbers as texts, others the reverse."""
        value = self.body.get(name)
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, str | int | float) else ""

    def text(self, name: str) -> str:
        """A text the old family must be given; OapiError 40035."""
        if not self.given(name):
            raise OapiError(40035, f"缺少参数 {name}")
        return self.given(name)

    def number(self, name: str, default: int | None = None) -> int:
        """A whole number the old family must be given unless it has a default; OapiError 40035."""
        text = self.given(name)
        if not text and default is not None:
            return default
        if not text.lstrip("-").isdigit():
            raise OapiError(40035, f"缺少参数 {name}" if not text else f"不合法的参数 {name}")
        return int(text)

    def flag(self, name: str) -> bool:
        return self.given(name).lower() in {"true", "1"}

    def part(self, name: str) -> Record:
        """An object, sent as such or (in forms) as JSON text; {} when it is neither."""
        value = _unpacked(self.body.get(name))
        return value if isinstance(value, dict) else {}

    def rows(self, name: str) -> list[Any]:
        """A list, sent as such or as JSON text; [] when it is neither."""
        value = _unpacked(self.body.get(name))
        return value if isinstance(value, list) else []

    def listed(self, name: str) -> list[str]:
        """Texts sent as a list or joined by commas."""
        value = self.body.get(name)
        return texts_of(value) if isinstance(value, list) else comma_list(self.given(name))


def _unpacked(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None


@dataclass(frozen=True)
class Directory:
    """Departments and members as they are, and which of them the app sees."""

    departments: dict[int, Record]
    members: dict[str, Record]
    visible_roots: tuple[int, ...]
    visible_users: frozenset[str]

    @cached_property
    def children(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for key, row in self.departments.items():
            found.setdefault(int(row["parent_id"] or 0), []).append(key)
        return found

    @cached_property
    def members_in(self) -> dict[int, list[str]]:
        """Direct members by department."""
        found: dict[int, list[str]] = {}
        for userid, row in self.members.items():
            for department in row["dept_id_list"]:
                found.setdefault(int(department), []).append(userid)
        return found

    @cached_property
    def visible_departments(self) -> set[int]:
        return set().union(*(self.below(root) for root in self.visible_roots)) & set(self.departments)

    def below(self, department: int) -> set[int]:
        """A department and everything under it."""
        found, todo = {department}, [department]
        while todo:
            fresh = [key for key in self.children.get(todo.pop(), []) if key not in found]
            found.update(fresh)
            todo.extend(fresh)
        return found

    def sees(self, userid: str) -> bool:
        """Is the member in the app's visible range?"""
        row = self.members.get(userid)
        if row is None:
            return False
        return userid in self.visible_users or not self.visible_departments.isdisjoint(row["dept_id_list"])


@dataclass
class Memory:
    """State that is no record: limits, duplicate checks, sent tasks, sessions, counters."""

    calls: SlidingWindows = field(default_factory=SlidingWindows)
    month: dict[str, int] = field(default_factory=dict)
    notices: set[tuple[str, str, str]] = field(default_factory=set)
    notice_counts: dict[tuple[str, str], int] = field(default_factory=dict)
    notice_minute: SlidingWindows = field(default_factory=SlidingWindows)
    tasks: dict[int, Record] = field(default_factory=dict)
    robots: SlidingWindows = field(default_factory=SlidingWindows)
    penalties: dict[str, float] = field(default_factory=dict)
    robot_uuids: set[tuple[str, str]] = field(default_factory=set)
    persons: SlidingWindows = field(default_factory=SlidingWindows)
    queries: dict[str, Record] = field(default_factory=dict)
    sessions: dict[str, tuple[float, str]] = field(default_factory=dict)
    tickets: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict)
    callback: Record = field(default_factory=dict)
    failed_events: list[Record] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """Something that happened: `body` has the keys of a Stream frame, `captured` those of the HTTP form."""

    kind: str
    body: Mapping[str, Any]
    captured: Mapping[str, Any]
    id: str


class Tenant:
    """Everything the handlers work on. Handlers run one at a time on the event loop of the sandbox."""

    def __init__(self, parts: tuple[SandboxClock, RecordStore, Journal, Faults], settings: Settings) -> None:
        self.clock, self.store, self.journal, self.faults = parts
        self.settings = settings
        self.tokens = Tokens(settings)
        self.memory = Memory()
        self.listeners: list[Callable[[Event], None]] = []
        self.base_url = ""  # where this process is reached, known once somebody has asked
        self._directory: Directory | None = None
        self.store.hooks.append(self._changed)

    @property
    def now(self) -> float:
        """Unix seconds of the sandbox clock."""
        return self.clock.now().timestamp()

    @property
    def now_ms(self) -> int:
        return int(self.now * 1000)

    @property
    def day(self) -> str:
        """The day in China, which daily limits count by."""
        return f"{self.clock.now().astimezone(CHINA):%Y-%m-%d}"

    @property
    def directory(self) -> Directory:
        if self._directory is None:
            departments = sorted(self.store.all("department"), key=lambda row: int(row["dept_id"]))
            self._directory = Directory(
                {int(row["dept_id"]): row for row in departments},
                {str(row["userid"]): row for row in self.store.all("member")},
                tuple(int(one) for one in comma_list(self.settings.visible_departments)),
                frozenset(comma_list(self.settings.visible_users)),
            )
        return self._directory

    def forget(self) -> None:
        """Drop what is no record (the store itself is cleared by the core)."""
        self.memory = Memory()
        self.tokens = Tokens(self.settings)
        self._directory = None

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

    def tell(self, kind: str, body: Mapping[str, Any], captured: Mapping[str, Any]) -> None:
        """An event for whoever listens."""
        event = Event(kind, body, captured, f"{self.number('event'):032x}")
        for listener in self.listeners:
            listener(event)

    def person(self, field_name: str, value: str) -> Record | None:
        """The member whose indexed field (unionid, mobile) has this value."""
        found = self.store.find("member", field_name, value)
        return found[0] if found else None

    def _changed(self, change: Change) -> None:
        if change.object in DIRECTORY_OBJECTS:
            self._directory = None
        if change.object == "setting" and change.after:
            self.settings.change(change.after["name"], change.after["value"])


def texts_of(value: object) -> list[str]:
    """The texts and numbers in a list, as text, whatever else was sent."""
    rows = value if isinstance(value, list) else []
    return [str(one) for one in rows if isinstance(one, str | int) and not isinstance(one, bool)]


def china_text(at: datetime) -> str:
    """The old family's form of a time: 2020-12-21 15:30:26, in China."""
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"


Handler = Callable[[Tenant, Call], JsonObject]


@dataclass(frozen=True)
class Endpoint:
    """One vendor call. `counted`: it uses up the monthly quota; `scope`: the permission point that it needs."""

    handle: Handler
    method: str = "POST"
    object: str = ""
    write: bool = False
    counted: bool = True
    scope: str = ""
    token: bool = True
