"""A vendor in memory: objects, users who edit them, a journal of what the hub wrote, and a record of what every write covered."""

import copy
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]

SETTLE_S, LATE_S = 2, 3
"""What the manifest says about late commits: the hub looks after SETTLE_S, and again as long after that."""


@dataclass
class Faults:
    """What goes wrong next. Each list is consumed from the front by the calls of its kind."""

    before_write: list[str] = field(default_factory=list)
    before_read: list[str] = field(default_factory=list)

    def next_write(self) -> str:
        return self.before_write.pop(0) if self.before_write else ""

    def next_read(self) -> str:
        return self.before_read.pop(0) if self.before_read else ""

    def clear(self) -> None:
        self.before_write.clear()
        self.before_read.clear()


@dataclass(frozen=True)
class Covered:
    """A value that a write of the hub replaced. `seen` = a read had shown it to the hub before; `window` = a user had set it between
    that read and this write, or the write landed late."""

    entity: str
    id: str
    field: str
    value: Any
    by: Any
    seen: bool
    window: bool


@dataclass
class MemorySystem:
    """A vendor: objects by entity and id, a modified tick, a journal of what the hub wrote.

    key: where the hub's key goes: field (searchable, not unique), number (unique: a second create is refused) or none.
    lines: how an update writes the lines of a document: keyed (rows with their ids and changed fields) or replace (what is sent is
    all there is, line by line).
    """

    name: str
    key: str = "field"
    lines: str = "keyed"
    objects: dict[str, dict[str, Row]] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    journal: list[tuple[str, str, str]] = field(default_factory=list)
    sent: list[tuple[str, str, str]] = field(default_factory=list)
    deleted: list[tuple[int, str, str]] = field(default_factory=list)
    late: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    clock: float = 0.0
    edit_before_write: list[Callable[[], None]] = field(default_factory=list)
    during_call: list[Callable[[], None]] = field(default_factory=list)
    between_pages: list[Callable[[], None]] = field(default_factory=list)
    normalise: Callable[[Row], Row] = lambda row: row
    hidden: set[str] = field(default_factory=set)
    reject: Callable[[Row], str] = lambda _row: ""
    stages: tuple[str, ...] = ()
    feed: bool = False
    writing: bool = False
    calls: list[str] = field(default_factory=list)
    shown: set[tuple[str, str, str, str]] = field(default_factory=set)
    covered: list[Covered] = field(default_factory=list)
    removed_lines: list[Row] = field(default_factory=list)
    _tick: Any = field(default_factory=lambda: itertools.count(1))
    _ids: Any = field(default_factory=lambda: itertools.count(1))
    _lines: Any = field(default_factory=lambda: itertools.count(1))
    _window: set[tuple[str, str, str, str]] = field(default_factory=set)
    _late_now: bool = False

    def table(self, entity: str) -> dict[str, Row]:
        return self.objects.setdefault(entity, {})

    # a user of that system

    def add(self, entity: str, **values: Any) -> str:
        key = self._new_id()
        row = {
            "id": key,
            "number": values.pop("number", f"N-{key}"),
            "modified": next(self._tick),
            "hub_key": "",
            **values,
        }
        if self.stages and entity == "order":
            row.setdefault("stage", self.stages[0])
        self.table(entity)[key] = self._with_line_ids(row)
        return key

    def _new_id(self) -> str:
        return f"{self.name[0].upper()}{next(self._ids):05d}"

    def edit(self, entity: str, key: str, *, bump: bool = True, **values: Any) -> None:
        row = self.table(entity)[key]
        before = dict(values_of(row))
        row.update(values)
        self._with_line_ids(row)
        if bump:
            row["modified"] = next(self._tick)
        if self.writing:
            self._note_window(entity, {key: before}, [key])

    def edit_line(self, entity: str, key: str, lid: str, **values: Any) -> None:
        lines = [{**line, **(values if line["lid"] == lid else {})} for line in self.table(entity)[key]["lines"]]
        self.edit(entity, key, lines=lines)

    def remove(self, entity: str, key: str, merged_into: str = "") -> None:
        del self.table(entity)[key]
        self.deleted.append((next(self._tick), key, merged_into))

    def _with_line_ids(self, row: Row) -> Row:
        for line in row.get("lines", []):
            line.setdefault("lid", f"{self.name}{next(self._lines)}")
        return row

    # the wire

    def show(self, entity: str, row: Row) -> Row:
        """The row as it goes over the wire; what it shows is remembered."""
        for name, value in values_of(row):
            self.shown.add((entity, row["id"], name, repr(value)))
        return copy.deepcopy(row)

    def write(self, entity: str, row: Row, *, create: bool) -> Row:
        if self.edit_before_write:
            before = {k: dict(values_of(r)) for k, r in self.table(entity).items()}
            self.edit_before_write.pop(0)()
            self._note_window(entity, before, list(self.table(entity)))
        self.sent.append(("create" if create else "update", entity, repr(sorted(row.items(), key=str))))
        row = self.normalise(copy.deepcopy(row))
        stored = self._created(entity, row) if create else self._updated(entity, row)
        stored["modified"] = next(self._tick)
        self._with_line_ids(stored)
        self.journal.append(("create" if create else "update", entity, stored["id"]))
        return stored

    def _note_window(self, entity: str, before: dict[str, dict[str, Any]], keys: list[str]) -> None:
        """Values set between a decision of the hub and its write: nobody can promise them without conditional writes (I4)."""
        for key in keys:
            for name, value in values_of(self.table(entity)[key]):
                if before.get(key, {}).get(name) != value:
                    self._window.add((entity, key, name, repr(value)))

    def _created(self, entity: str, row: Row) -> Row:
        key = self._new_id()
        stored = {"id": key, "number": row.get("number") or f"N-{key}", "hub_key": "", **row}
        if self.stages and entity == "order":
            stored["stage"] = self.stages[0]
        self.table(entity)[key] = stored
        return stored

    def _updated(self, entity: str, row: Row) -> Row:
        stored = self.table(entity)[row["id"]]
        before = dict(values_of(stored))
        lines = self._merged_lines(stored, row.pop("lines")) if "lines" in row else None
        stored.update({k: v for k, v in row.items() if k != "id"})
        if lines is not None:
            stored["lines"] = lines
        after = dict(values_of(stored))
        for name, value in before.items():
            if after.get(name, value) != value:
                mark = (entity, stored["id"], name, repr(value))
                window = mark in self._window or self._late_now
                by = after.get(name)
                self.covered.append(Covered(entity, stored["id"], name, value, by, mark in self.shown, window))
        return stored

    def _merged_lines(self, stored: Row, lines: list[Row]) -> list[Row]:
        """A line that is not sent goes, one without an id is new. Keyed: one with an id changes the fields it names; replace: it
        becomes what was sent, and what was not sent of it is lost."""
        known = {line["lid"]: line for line in stored.get("lines", [])}
        given = {line["lid"] for line in lines if line.get("lid")}
        self.removed_lines.extend(line for lid, line in known.items() if lid not in given)
        if self.lines == "replace":
            return [dict(line) for line in lines]
        return [{**known[line["lid"]], **line} if line.get("lid") else line for line in lines]

    def creates(self, entity: str) -> int:
        return sum(1 for kind, of, _id in self.journal if kind == "create" and of == entity)

    def commit_late(self, commit: Callable[[], None]) -> None:
        """Not now, but after the hub's first look and before its second."""
        self.late.append((self.clock + LATE_S, commit))

    def pass_time(self, seconds: float) -> None:
        self.clock += seconds
        due = [commit for at, commit in self.late if at <= self.clock]
        self.late = [(at, commit) for at, commit in self.late if at > self.clock]
        self._late_now = True
        for commit in due:
            commit()
        self._late_now = False


SYSTEM_FIELDS = ("id", "number", "modified", "hub_key", "lines", "stage")


def values_of(row: Row) -> list[tuple[str, Any]]:
    """(field, value) of a row; a line's fields as lines.<line id>.<field>."""
    found = [(name, value) for name, value in row.items() if name not in SYSTEM_FIELDS]
    for line in row.get("lines", []):
        found.extend((f"lines.{line.get('lid', '?')}.{name}", value) for name, value in line.items() if name != "lid")
    return found
