"""Keyed lines: which native line is which golden line, and what became of each. Pure.

Base rows: {golden line id: {"native_id": str, "fields": {field: [golden, native]}}}.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from hub.sync.merge import Conflict, Entry, merge_unit
from hub.sync.rules import Rules, Side, units

BaseRows = Mapping[str, Mapping[str, Any]]
Row = dict[str, Any]


class ReadRow(Protocol):
    """One line as read and mapped."""

    @property
    def native_id(self) -> str: ...
    @property
    def values(self) -> Mapping[str, Any]: ...
    @property
    def natives(self) -> Mapping[str, Any]: ...


@dataclass
class MergedRows:
    """The lines after the merge. `rows` is None when golden's lines did not change."""

    rows: list[Row] | None = None
    base: dict[str, Any] = field(default_factory=dict)
    lost: dict[str, Any] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    agreed: set[str] = field(default_factory=set)
    send_back: bool = False


def align(read: Sequence[ReadRow], base: BaseRows, golden: Sequence[Row], *, sent: bool = False) -> dict[int, str]:
    """Position of a read line -> golden line id. By native id first; lines whose native id is not known yet are matched by equal
    content, then those that were sent (`sent`: all of them; else those with a base, or all at first contact) by what is left in
    order. A line that was never sent is not the other side's new line, however alike their places."""
    known: dict[str, list[str]] = {}
    for line, entry in base.items():
        if entry.get("native_id"):
            known.setdefault(str(entry["native_id"]), []).append(line)
    # some vendors number lines twice: each stands for one of ours
    matched = {i: known[row.native_id].pop(0) for i, row in enumerate(read) if known.get(row.native_id)}
    taken = set(matched.values())
    open_lines = [r for r in golden if r["id"] not in taken and not base.get(r["id"], {}).get("native_id")]
    for match in (_same_content, _any_content):
        if match is _any_content and not sent and base:
            open_lines = [line for line in open_lines if line["id"] in base]
        for i, row in enumerate(read):
            if i in matched:
                continue
            found = next((line for line in open_lines if match(line, row.values)), None)
            if found is not None:
                matched[i] = found["id"]
                open_lines.remove(found)
    return matched


def _same_content(line: Row, values: Mapping[str, Any]) -> bool:
    shared = [name for name, value in values.items() if value is not None and line.get(name) is not None]
    return bool(shared) and all(line[name] == values[name] for name in shared)


def _any_content(line: Row, values: Mapping[str, Any]) -> bool:
    """A line that differs in a value is still the same line when it names the same thing."""
    return line.get("product") is None or values.get("product") is None or line["product"] == values["product"]


def next_line_id(golden: Sequence[Row], base: BaseRows) -> int:
    used = [int(i) for i in [*(r["id"] for r in golden), *base] if str(i).isdigit()]
    return max(used, default=0) + 1


class RowMerge:
    """One merge of a document's lines; `run()` gives the result."""

    def __init__(
        self, rules: Rules, *, golden: Sequence[Row], base: BaseRows, read: Sequence[ReadRow], stage: str
    ) -> None:
        self.rules = rules
        self.units = units(rules.row_fields.values())
        self.golden = {row["id"]: row for row in golden}
        self.base = base
        self.read = read
        self.stage = stage
        self.out = MergedRows(base={line: dict(row) for line, row in base.items()})
        self.result: dict[str, Row] = {line: dict(row) for line, row in self.golden.items()}

    def run(self) -> MergedRows:
        matched = align(self.read, self.base, list(self.golden.values()))
        number = next_line_id(list(self.golden.values()), self.base)
        for i, row in enumerate(self.read):
            if i in matched:
                self._known(matched[i], row)
            else:
                self._added(str(number), row)
                number += 1
        for line in set(self.base) - set(matched.values()):
            self._absent(line)
        rows = list(self.result.values())
        if rows != list(self.golden.values()):
            self.out.rows = rows
        return self.out

    def _winner(self) -> Side:
        return self.rules.winner(next(iter(self.rules.row_fields.values())), self.stage)

    def _added(self, line: str, row: ReadRow) -> None:
        self.result[line] = {"id": line, **row.values}
        self._base_row(
            line, row.native_id, {name: [value, row.natives.get(name)] for name, value in row.values.items()}
        )

    def _base_row(self, line: str, native_id: str, fields: dict[str, Entry]) -> None:
        self.out.base[line] = {"native_id": native_id, "fields": fields}

    def _known(self, line: str, row: ReadRow) -> None:
        old: Mapping[str, Entry] = self.base.get(line, {}).get("fields", {})
        if line not in self.golden:
            self._removed_here(line, row, old)
            return
        fields = dict(old)
        for name, rules in self.units.items():
            winner = self.rules.winner(rules[0], self.stage)
            merged = merge_unit(
                rules,
                base=old,
                golden=self.golden[line],
                values=row.values,
                natives=row.natives,
                winner=winner,
                first=self.rules.first,
            )
            unit = f"{self.rules.rows}.{line}.{name}"
            fields.update(merged.base)
            self.result[line].update(merged.updates)
            self.out.lost.update({f"{self.rules.rows}.{line}.{k}": v for k, v in merged.lost.items()})
            self.out.send_back |= merged.send_back
            if merged.conflict:
                self.out.conflicts.append(dataclasses.replace(merged.conflict, unit=unit))
            elif merged.verdict != "same":
                self.out.agreed.add(unit)
        self._base_row(line, row.native_id, fields)

    def _removed_here(self, line: str, row: ReadRow, old: Mapping[str, Entry]) -> None:
        """Golden dropped the line. If the remote left it alone it stays dropped (a push removes it there); if the remote edited
        it meanwhile, that is a conflict."""
        edited = any(name in old and old[name][1] != native for name, native in row.natives.items())
        if not edited:
            return
        if self._winner() == "here":
            self._added(line, row)
        elif self._winner() == "elsewhere":
            self._base_row(line, row.native_id, {n: [v, row.natives.get(n)] for n, v in row.values.items()})
            self.out.lost.update({f"{self.rules.rows}.{line}.{n}": v for n, v in row.values.items()})
        else:
            unit = f"{self.rules.rows}.{line}"
            self.out.conflicts.append(
                Conflict(unit, {}, dict(row.values), _golden_side(old), natives=dict(row.natives))
            )

    def _absent(self, line: str) -> None:
        """The remote has the line no more: an edit of theirs. It goes, unless golden edited the line meanwhile."""
        old: Mapping[str, Entry] = self.base[line].get("fields", {})
        if line not in self.golden:
            del self.out.base[line]
            return
        mine = {name: self.golden[line].get(name) for name in old}
        # it was sent and never seen there: dropped, or removed at once; only a person knows
        if not self.base[line].get("native_id"):
            self.out.conflicts.append(Conflict(f"{self.rules.rows}.{line}", mine, {}, _golden_side(old)))
            return
        edited = mine != _golden_side(old)
        winner = self._winner()
        if edited and winner == "nobody":
            self.out.conflicts.append(
                Conflict(f"{self.rules.rows}.{line}", golden=mine, remote={}, base=_golden_side(old))
            )
        elif edited and winner == "elsewhere":
            del self.out.base[line]
            self.out.send_back = True
        else:
            del self.out.base[line]
            del self.result[line]
            self.out.lost.update({f"{self.rules.rows}.{line}.{n}": v for n, v in mine.items()} if edited else {})


def _golden_side(fields: Mapping[str, Entry]) -> dict[str, Any]:
    return {name: entry[0] for name, entry in fields.items()}
