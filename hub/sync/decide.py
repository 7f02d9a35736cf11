"""Decide what a read of one bound record means: `decide(base, golden, incoming, rules) -> Decision`, a value a test can print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from hub.sync.merge import Conflict, Entry, merge_unit
from hub.sync.rows import ReadRow, RowMerge
from hub.sync.rules import Rule, Rules

Golden = Mapping[str, Any]


class Incoming(Protocol):
    """A native record as mapped: golden values, the native values they came from, and the lines (None = none read)."""

    @property
    def values(self) -> Mapping[str, Any]: ...
    @property
    def natives(self) -> Mapping[str, Any]: ...
    @property
    def rows(self) -> Sequence[ReadRow] | None: ...


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of the golden record and of the base.

    `updates`: golden field -> new value. `base`: the whole new base. `lost`: values that lost, by field. `conflicts`: open ones.
    `agreed`: units that both sides agree on now (their open inbox items close). `send_back`: this connection must be pushed to.
    """

    updates: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)
    lost: dict[str, Any] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    agreed: frozenset[str] = frozenset()
    send_back: bool = False

    @property
    def outcome(self) -> str:
        """The row's primary outcome in the run's counts."""
        if self.conflicts:
            return "conflicted"
        return "updated" if self.updates else "unchanged"


def decide(base: Mapping[str, Any], golden: Golden, incoming: Incoming, rules: Rules, *, stage: str = "") -> Decision:
    """Three-way merge of one read. base: {"fields": {field: [golden, native]}, "rows": {...}}. Never raises for data."""
    old: Mapping[str, Entry] = base.get("fields", {})
    fields = dict(old)
    updates: dict[str, Any] = {}
    lost: dict[str, Any] = {}
    conflicts: list[Conflict] = []
    agreed: set[str] = set()
    send_back = False
    new = not old and not golden
    if new:
        fields, updates, agreed = _first_sight(incoming, rules)
    natives = incoming.natives
    for name, members in () if new or _all_seen(old, natives) else rules.units:
        if _unmoved(members, old, natives):
            continue
        merged = merge_unit(
            members,
            base=old,
            golden=golden,
            values=incoming.values,
            natives=natives,
            winner=rules.winner(members[0], stage),
            first=rules.first,
        )
        fields.update(merged.base)
        updates.update({n: v for n, v in merged.updates.items() if golden.get(n) != v})
        lost.update(merged.lost)
        send_back |= merged.send_back
        if merged.conflict:
            conflicts.append(merged.conflict)
        elif merged.verdict != "same":
            agreed.add(name)
    new_base: dict[str, Any] = {**base, "fields": fields}
    if rules.rows and incoming.rows is not None and rules.row_fields:
        merge = RowMerge(
            rules, golden=golden.get(rules.rows) or [], base=base.get("rows", {}), read=incoming.rows, stage=stage
        )
        rows = merge.run()
        new_base["rows"] = rows.base
        lost.update(rows.lost)
        conflicts.extend(rows.conflicts)
        agreed |= rows.agreed
        send_back |= rows.send_back
        if rows.rows is not None:
            updates[rules.rows] = rows.rows
    return Decision(
        updates=updates,
        base=new_base,
        lost=lost,
        conflicts=tuple(conflicts),
        agreed=frozenset(agreed),
        send_back=send_back,
    )


def _all_seen(old: Mapping[str, Entry], natives: Mapping[str, Any]) -> bool:
    """Whether every native value is the one seen last: no unit can have moved then."""
    for name, native in natives.items():
        entry = old.get(name)
        if entry is None or entry[1] != native:
            return False
    return True


def _unmoved(members: Sequence[Rule], old: Mapping[str, Entry], natives: Mapping[str, Any]) -> bool:
    """What merge_unit would find out first, for the usual case that nothing moved."""
    for rule in members:
        name = rule.field
        if name in natives and (name not in old or old[name][1] != natives[name]):
            return False
    return True


def _first_sight(incoming: Incoming, rules: Rules) -> tuple[dict[str, Entry], dict[str, Any], set[str]]:
    """What the merge comes to when neither side holds anything yet (whatever is pulled is taken): base, updates, agreed units."""
    values, natives, plain = incoming.values, incoming.natives, rules.plain
    fields: dict[str, Entry] = {n: [values[n], native] for n, native in natives.items() if n in plain and n in values}
    agreed = set(fields)
    updates = {name: entry[0] for name, entry in fields.items() if entry[0] is not None}
    for unit, members in rules.grouped:
        pulled = any([rule.pull for rule in members if rule.field in natives])
        for rule in members:
            name = rule.field
            if name not in natives or (pulled and name not in values):
                continue
            value = values[name] if pulled else None
            fields[name] = [value, natives[name]]
            agreed.add(unit)
            if value is not None:
                updates[name] = value
    return fields, updates, agreed


def hub_changed(base: Mapping[str, Any], golden: Golden, rules: Rules, *, held: Sequence[str] = ()) -> frozenset[str]:
    """Golden fields that this connection has not been sent: golden differs from the base's golden side (blanks that do not count
    and held units aside). The rows field is named when any line was added, removed or edited."""
    fields: Mapping[str, Entry] = base.get("fields", {})
    changed = {
        rule.field
        for rule in rules.fields.values()
        if rule.push and rule.field not in rules.derived and rule.unit not in held and differs(rule, fields, golden)
    }
    if rules.rows and any(rule.push for rule in rules.row_fields.values()) and _rows_changed(base, golden, rules, held):
        changed.add(rules.rows)
    return frozenset(changed)


def differs(rule: Rule, fields: Mapping[str, Entry], golden: Golden) -> bool:
    """Whether golden moved away from the base's golden side; a blank only where blanks count."""
    value = golden.get(rule.field)
    agreed = fields[rule.field][0] if rule.field in fields else None
    return value != agreed and (value is not None or rule.blanks)


def _rows_changed(base: Mapping[str, Any], golden: Golden, rules: Rules, held: Sequence[str]) -> bool:
    rows: Mapping[str, Any] = base.get("rows", {})
    lines = {row["id"]: row for row in golden.get(rules.rows) or []}
    for line in set(rows) | set(lines):
        if f"{rules.rows}.{line}" in held:
            continue
        if line not in rows or line not in lines:
            return True
        old = rows[line].get("fields", {})
        for rule in rules.row_fields.values():
            if rule.push and f"{rules.rows}.{line}.{rule.unit}" not in held and differs(rule, old, lines[line]):
                return True
    return False
