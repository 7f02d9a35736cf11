"""What users did: every value that somebody typed is unique, so that at rest each can be told where it went."""

from dataclasses import dataclass, field
from typing import Any

from tests.sync.memory import MemorySystem, Row, values_of


@dataclass
class Ledger:
    """typed: every unique value. superseded: values that somebody looked at and replaced; they must never come back (I9),
    unless the row was deleted where that happened."""

    typed: set[str] = field(default_factory=set)
    superseded: dict[str, tuple[MemorySystem, str, str]] = field(default_factory=dict)
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
        old = {str(row[n]) for n in names if row.get(n) in self.typed - self.shared}
        self.superseded |= dict.fromkeys(old, (system, entity, key))
        system.edit(entity, key, **{n: same or self.value() for n in names})

    def edit_golden(self, old: Any) -> None:
        """A person replaces what the golden record shows."""
        if old in self.typed - self.shared:
            self.superseded[str(old)] = (EVERYWHERE, "", "")

    def edit_line(self, system: MemorySystem, key: str, position: int, *names: str) -> None:
        row = system.table("order").get(key)
        if row is None or not row["lines"] or not editable(row):
            return
        line = row["lines"][position % len(row["lines"])]
        old = {str(line[n]) for n in names if line.get(n) in self.typed}
        self.superseded |= dict.fromkeys(old, (system, "order", key))
        system.edit_line("order", key, line["lid"], **{n: self.value() for n in names})

    def add_line(self, system: MemorySystem, key: str) -> None:
        row = system.table("order").get(key)
        if row is not None and editable(row) and len(row["lines"]) < 4:
            system.edit("order", key, lines=[*row["lines"], self.line()])

    def remove_line(self, system: MemorySystem, key: str, position: int) -> None:
        row = system.table("order").get(key)
        if row is not None and row["lines"] and editable(row):
            gone = row["lines"][position % len(row["lines"])]
            self.removed_lines.add(gone["what"])
            system.edit("order", key, lines=[line for line in row["lines"] if line is not gone])

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
