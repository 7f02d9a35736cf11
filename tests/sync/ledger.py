"""What users did: every value that somebody typed is unique, so that at rest each can be told where it went."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.sync.memory import MemorySystem, Row, values_of


@dataclass
class Ledger:
    """typed: every unique value. superseded: values that somebody looked at and replaced; they must never come back (I9),
    unless the row was deleted where that happened."""

    typed: set[str] = field(default_factory=set)
    superseded: dict[str, tuple[MemorySystem, str, str]] = field(default_factory=dict)
    uncertain: Callable[[MemorySystem, str], bool] = lambda _system, _key: False
    """Whether the hub has a write on the row whose outcome it does not know: what is typed then is concurrent with it."""
    came_from: dict[str, str] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)
    """Every value that somebody typed over, whether or not that is the last word about it."""
    shared: set[str] = field(default_factory=set)
    removed_lines: set[str] = field(default_factory=set)
    _count: int = 100_000

    def value(self) -> str:
        """A fresh value; made of digits so that it fits a text as well as a number."""
        self._count += 1
        self.typed.add(str(self._count))
        return str(self._count)

    def edit(self, system: MemorySystem, entity: str, key: str, *names: str, same: str = "") -> None:
        """A user types over fields of a row that may be gone by now. `same`: this value rather than a fresh one each."""
        row = system.table(entity).get(key)
        if row is None or not editable(row):
            return
        self.shared |= {same} - {""}  # typed by several people: replaced at one place it may well stand at another
        new = {n: same or self.value() for n in names}
        self._type_over((system, entity, key), row, new)
        system.edit(entity, key, **new)

    def _type_over(self, where: tuple[MemorySystem, str, str], old: Row, new: Row) -> None:
        """What somebody who saw `old` made of it."""
        for name, value in new.items():
            before = old.get(name)
            if before not in self.typed - self.shared:
                continue
            self.replaced.add(str(before))
            if not self.uncertain(where[0], where[2]):
                self.superseded[str(before)] = where
                self.came_from[str(value)] = str(before)

    def older(self, value: str) -> set[str]:
        """What somebody replaced to arrive at `value`, all the way back."""
        found: set[str] = set()
        while (value := self.came_from.get(value, "")) and value not in found:
            found.add(value)
        return found

    def edit_golden(self, old: Any) -> None:
        """A person replaces what the golden record shows."""
        if old in self.typed - self.shared:
            self.replaced.add(str(old))
            self.superseded[str(old)] = (EVERYWHERE, "", "")

    def edit_line(self, system: MemorySystem, key: str, position: int, *names: str) -> None:
        row = system.table("order").get(key)
        if row is None or not row["lines"] or not editable(row):
            return
        line = row["lines"][position % len(row["lines"])]
        new = {n: self.value() for n in names}
        self._type_over((system, "order", key), line, new)
        system.edit_line("order", key, line["lid"], **new)

    def add_line(self, system: MemorySystem, key: str) -> None:
        row = system.table("order").get(key)
        if row is not None and editable(row) and len(row["lines"]) < 4:
            system.edit("order", key, lines=[*row["lines"], self.line()])

    def remove_line(self, system: MemorySystem, key: str, position: int) -> None:
        row = system.table("order").get(key)
        if row is not None and row["lines"] and editable(row):
            gone = row["lines"][position % len(row["lines"])]
            self.removed_lines.add(gone["what"])
            self._forget(gone)
            system.edit("order", key, lines=[line for line in row["lines"] if line is not gone])

    def _forget(self, line: Row) -> None:
        """A line that its user removed is replaced by nothing, or by one added in its place. Where the removal loses to an edit of
        the other side the line stands as it was there, so what had been typed over in it is not old any more."""
        values = {str(value) for value in line.values()} & self.typed
        self.replaced |= values
        for old in {old for value in values for old in self.older(value)}:
            self.superseded.pop(old, None)

    def line(self) -> Row:
        names = ("qty", "price", "memo", "size")
        return {"what": f"T{self.value()}", **{name: self.value() for name in names}}

    def stale(self) -> set[str]:
        return {value for value, (system, entity, key) in self.superseded.items() if key in system.table(entity)}

    def showing(self, row: Row) -> set[Any]:
        """Unique values that a row shows now."""
        return {value for _name, value in values_of(row) if value in self.typed}


EVERYWHERE = MemorySystem("hub", objects={"": {"": {}}})


def editable(row: Row) -> bool:
    return str(row.get("stage", "saved")) == "saved"
