"""One tenant: its parts, how handlers see a call, how they refuse one, and what every write goes through."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.core import ControlError, Facts, Fault, Faults, Journal, RecordStore, SandboxClock
from sandbox.core.windows import FixedWindows
from sandbox.yonyou.amounts import Invalid
from sandbox.yonyou.bip.tokens import Tokens
from sandbox.yonyou.settings import BipSettings
from sandbox.yonyou.times import stamp

Row = dict[str, Any]
FIRST_ID = 2048000000000000000  # above 2**53: a client that reads ids as floats loses digits
OK = {"code": "200", "message": "操作成功"}


class Refused(Exception):  # noqa: N818 - reads as a statement: raise Refused("999", "…")
    """An answer other than success; `body` as sent, `status` of HTTP."""

    def __init__(self, code: str | int, message: str, *, status: int = 200, data: object = ...) -> None:
        super().__init__(f"{code} {message}")
        self.status = status
        self.body: Row = {"code": code, "message": message}
        if data is not ...:
            self.body["data"] = data


@dataclass
class Bip:
    """State of the tenant."""

    settings: BipSettings
    clock: SandboxClock
    store: RecordStore
    journal: Journal
    faults: Faults
    tokens: Tokens
    calls: FixedWindows = field(default_factory=FixedWindows)
    saved: dict[tuple[str, str], tuple[datetime, Row]] = field(default_factory=dict)
    pages: dict[str, list[Any]] = field(default_factory=dict)
    last_line: int = 0
    numbers: dict[str, int] = field(default_factory=dict)

    def now(self) -> str:
        """Now as the vendor writes it."""
        return stamp(self.clock.now())

    def line_id(self) -> int:
        """The next id of a child row."""
        self.last_line += 1
        return FIRST_ID + 500_000_000_000 + self.last_line

    def next_code(self, name: str, pattern: str) -> str:
        """The next free number of automatic numbering, {} in the pattern."""
        while True:
            self.numbers[name] = self.numbers.get(name, 0) + 1
            code = pattern.format(f"{self.numbers[name]:08d}")
            if not self.store.find(name, "code", code):
                return code

    def by_id_or_code(self, name: str, value: object) -> Row | None:
        """A record by id, or by code when no id fits."""
        if value in (None, ""):
            return None
        found = self.store.get(name, value) or next(iter(self.store.find(name, "code", value)), None)
        return found if isinstance(found, dict) else None

    def base(self, kind: str, value: object) -> Row:
        """A row of the base data by id or code. Invalid when there is none."""
        rows = self.store.find("base", "code", value)
        by_id = self.store.get("base", value)
        for row in [*rows, *([by_id] if by_id else [])]:
            if row["type"] == kind:
                return row
        raise Invalid(f"{kind}[{value}]不存在或已停用")

    def forget(self) -> None:
        """As a fresh process."""
        self.tokens.clear()
        self.calls.counts.clear()
        self.saved.clear()
        self.pages.clear()
        self.last_line = 0
        self.numbers.clear()


@dataclass(frozen=True)
class Call:
    """One business call that passed the gateway."""

    query: Mapping[str, str]
    body: Any
    facts: Facts

    def object_body(self) -> Row:
        """The body as an object; 310009 otherwise."""
        if not isinstance(self.body, dict):
            raise Refused("310009", "参数错误：请求体必须是JSON对象")
        return self.body

    def data(self) -> Row:
        """The object under `data`; 310008 when it is not there."""
        data = self.object_body().get("data")
        if not isinstance(data, dict):
            raise Refused("310008", "必填参数[data]不能为空")
        return data


Handler = Callable[[Bip, Call], Row]


@dataclass(frozen=True)
class Endpoint:
    """One path of the gateway. quota: "sales" (60 a minute) or "slow" (40) when only the free quota holds."""

    handle: Handler
    object: str
    method: str = "POST"
    write: bool = False
    mdd: bool = False
    quota: str = ""
    finance: str = ""


def required(data: Row, *names: str, prefix: str = "data.") -> None:
    """310008 for the first field that is absent or blank."""
    for name in names:
        if data.get(name) in (None, "", []):
            raise Refused("310008", f"必填参数[{prefix}{name}]不能为空")


def fault_of(bip: Bip, call: Call, kind: str, **facts: Any) -> Fault | None:
    """Takes a fault of this kind for the call, optionally about one record (id=…)."""
    about = {**vars(call.facts), **facts}
    return bip.faults.take({kind}, Facts(**about))


def write(bip: Bip, call: Call, data: Row, *, name: str, record_id: object = None) -> Row:
    """Stores a new record or changes of one, acting out the faults about writes; journals what was sent."""
    about = None if record_id is None else str(record_id)
    if fault_of(bip, call, "normalise", id=about):
        data = {key: " ".join(value.split()) if isinstance(value, str) else value for key, value in data.items()}
    if record_id is None:
        _check_lock(bip, call, None)
        made = bip.store.create(name, data)
    else:
        meddle(bip, call, name, record_id)
        made = bip.store.update(name, record_id, data)
    kind = "create" if record_id is None else "update"
    bip.journal.append(kind, name, id=made["id"], data=call.body)
    return made


def meddle(bip: Bip, call: Call, name: str, record_id: object) -> None:
    """Somebody else's edit just before, or their lock."""
    _check_lock(bip, call, str(record_id))
    edit = fault_of(bip, call, "edit_before_write", id=str(record_id))
    if edit:
        changes = bip.store.kind(name).prepare(dict(edit.options.get("edit") or {}), bip.store.get(name, record_id))
        made = bip.store.update(name, record_id, changes)
        bip.journal.append_user("update", name, id=record_id, data=made)


def _check_lock(bip: Bip, call: Call, record_id: str | None) -> None:
    """The fault of somebody else's lock; with "pending" the same request is still being worked on."""
    locked = fault_of(bip, call, "locked", id=record_id)
    if locked:
        pending = locked.options.get("pending")
        raise Refused(
            *(("202", "请求处理中，请稍后重试") if pending else ("999", "单据正在被其他用户操作，请稍后再试"))
        )


def checked(make: Callable[[], Row]) -> Row:
    """Runs what a control request writes; ControlError carries the server's own words."""
    try:
        return make()
    except Invalid as error:
        raise ControlError(str(error)) from error
