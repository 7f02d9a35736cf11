"""What may happen to each field between one connection and the golden record, as plain values."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Side = Literal["here", "elsewhere", "nobody"]
"""Who wins: this connection, the hub's value (another owner, or the hub itself), or a person."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One field at one connection. `winner` settles true conflicts, `stage_winner` those while the document is in a stage (once
    audited, the ERP); `unit` is the field's group, or the field itself."""

    field: str
    unit: str
    pull: bool = True
    push: bool = True
    winner: Side = "nobody"
    blanks: bool = False
    stage_winner: Mapping[str, Side] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rules:
    """All fields of one entity at one connection. `rows` is the name of the list of lines ("" = none).

    `first` settles fields that have no base yet (first contact): the entity's master connection. `derived` fields are computed,
    never merged. `stage_winner` overrides every rule's winner while the document is in that stage.
    """

    fields: Mapping[str, Rule]
    row_fields: Mapping[str, Rule] = dataclasses.field(default_factory=dict)
    rows: str = ""
    first: Side = "nobody"
    stage_winner: Mapping[str, Side] = dataclasses.field(default_factory=dict)
    derived: frozenset[str] = frozenset()
    units: tuple[tuple[str, tuple[Rule, ...]], ...] = dataclasses.field(init=False, repr=False, compare=False)
    """(name, rules) of every unit that is merged, in order."""
    plain: frozenset[str] = dataclasses.field(init=False, repr=False, compare=False)
    """Fields that are pulled and a unit of their own; `grouped` are the other units."""
    grouped: tuple[tuple[str, tuple[Rule, ...]], ...] = dataclasses.field(init=False, repr=False, compare=False)
    pushed: frozenset[str] = dataclasses.field(init=False, repr=False, compare=False)
    """Golden fields outside of rows that are sent."""

    def __post_init__(self) -> None:
        merged = units(rule for rule in self.fields.values() if rule.field not in self.derived)
        object.__setattr__(self, "units", tuple((name, tuple(rules)) for name, rules in merged.items()))
        plain = frozenset(n for n, rules in self.units if len(rules) == 1 and rules[0].pull and rules[0].field == n)
        object.__setattr__(self, "plain", plain)
        object.__setattr__(self, "grouped", tuple(unit for unit in self.units if unit[0] not in plain))
        object.__setattr__(self, "pushed", frozenset(name for name, rule in self.fields.items() if rule.push))

    def pushes(self) -> frozenset[str]:
        """Golden fields that this connection is sent; the rows field counts when any of its fields is."""
        own = set(self.pushed)
        if any(rule.push for rule in self.row_fields.values()):
            own.add(self.rows)
        return frozenset(own)

    def pulls(self) -> frozenset[str]:
        own = {name for name, rule in self.fields.items() if rule.pull}
        if any(rule.pull for rule in self.row_fields.values()):
            own.add(self.rows)
        return frozenset(own)

    def winner(self, rule: Rule, stage: str) -> Side:
        """The flow's authority for the stage, else the mapping line's own, else its plain winner."""
        return self.stage_winner.get(stage) or rule.stage_winner.get(stage) or rule.winner


def units(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    """Rules by unit, in order: fields of one unit merge as one."""
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        found.setdefault(rule.unit, []).append(rule)
    return found
