"""Three-way merge of one unit (a field, or a group of fields that depend on each other). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hub.sync.rules import Rule, Side

Entry = list[Any]
"""A base entry: [golden at the last agreement, native as last seen] and a third item 1 where the push was lossy."""

Verdict = Literal["same", "agree", "take", "keep", "refill", "hold", "noted"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A unit that both sides changed and nobody may settle but a person. Values by field."""

    unit: str
    golden: dict[str, Any]
    remote: dict[str, Any]
    base: dict[str, Any]
    first: bool = False
    natives: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Merged:
    """What to do with one unit.

    same: nothing moved · agree: both sides hold the same value now · take: the remote value goes into golden · keep: the golden
    value stays and must be sent back · refill: the remote went blank, which does not count, so it is sent back · hold: a person
    decides · noted: a field that is not pulled moved at the remote; only its native side is remembered.
    """

    verdict: Verdict
    updates: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Entry] = field(default_factory=dict)
    lost: dict[str, Any] = field(default_factory=dict)
    conflict: Conflict | None = None

    @property
    def send_back(self) -> bool:
        return self.verdict in ("keep", "refill")


SAME = Merged("same")


def merge_unit(
    rules: Sequence[Rule],
    *,
    base: Mapping[str, Entry],
    golden: Mapping[str, Any],
    values: Mapping[str, Any],
    natives: Mapping[str, Any],
    winner: Side,
    first: Side,
) -> Merged:
    """Merge one unit. `values`/`natives` are what was read; a field absent from them was missing at the remote and is left out.

    Equal edits never conflict; edits of one side only never conflict; a blank overwrites only where blanks count; a value whose
    last push was lossy conflicts when the remote edits it (its true value was never there).
    """
    present = [rule for rule in rules if rule.field in natives]
    if not present:
        return SAME
    names = [rule.field for rule in present]
    if all(name in base and base[name][1] == natives[name] for name in names):
        return SAME
    if not any(rule.pull for rule in present):
        return Merged("noted", base={n: [base[n][0] if n in base else golden.get(n), natives[n]] for n in names})
    readable = [name for name in names if name in values]
    if not readable:
        return SAME
    mine = {name: golden.get(name) for name in readable}
    theirs = {name: values[name] for name in readable}
    if mine == theirs:
        return Merged("agree", base=_agreed(theirs, natives))
    if not any(name in base for name in readable):
        return _first_contact(present, mine=mine, theirs=theirs, natives=natives, first=first)
    return _edited(present, base=base, mine=mine, theirs=theirs, natives=natives, winner=winner)


def _agreed(values: Mapping[str, Any], natives: Mapping[str, Any]) -> dict[str, Entry]:
    return {name: [value, natives[name]] for name, value in values.items()}


def _of(natives: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: natives.get(name) for name in names}


def _blank(values: Mapping[str, Any]) -> bool:
    return all(value is None for value in values.values())


def _kept(
    rules: Sequence[Rule], first_side: Mapping[str, Any], mine: Mapping[str, Any], natives: Mapping[str, Any]
) -> dict[str, Entry]:
    """Base entries after golden stays: the golden side must differ from golden where the value has to be sent back."""
    pushed = {rule.field for rule in rules if rule.push}
    return {name: [first_side[name] if name in pushed else mine[name], natives[name]] for name in mine}


def _first_contact(
    rules: Sequence[Rule], *, mine: dict[str, Any], theirs: dict[str, Any], natives: Mapping[str, Any], first: Side
) -> Merged:
    if _blank(mine):
        return Merged("take", updates=theirs, base=_agreed(theirs, natives))
    if _blank(theirs) and not any(rule.blanks for rule in rules):
        return Merged("refill", base=_kept(rules, theirs, mine, natives))
    if first == "here":
        return Merged("take", updates=_filled(theirs, mine, rules), base=_agreed(theirs, natives), lost=mine)
    if first == "elsewhere":
        return Merged("keep", base=_kept(rules, theirs, mine, natives), lost=theirs)
    return Merged("hold", conflict=Conflict(rules[0].unit, mine, theirs, {}, first=True, natives=_of(natives, mine)))


def _filled(theirs: dict[str, Any], mine: dict[str, Any], rules: Sequence[Rule]) -> dict[str, Any]:
    """In a group, a blank member of the winner does not wipe the loser's value unless blanks count."""
    counting = {rule.field for rule in rules if rule.blanks}
    return {n: mine[n] if v is None and n not in counting else v for n, v in theirs.items()}


def _edited(
    rules: Sequence[Rule],
    *,
    base: Mapping[str, Entry],
    mine: dict[str, Any],
    theirs: dict[str, Any],
    natives: Mapping[str, Any],
    winner: Side,
) -> Merged:
    agreed = {name: base[name][0] if name in base else None for name in mine}
    lossy = any(len(base.get(name, [])) > 2 and base[name][1] != natives[name] for name in mine)
    hub_changed = mine != agreed
    if _blank(theirs) and not any(rule.blanks for rule in rules):
        return Merged("refill", base=_kept(rules, agreed if hub_changed else theirs, mine, natives))
    if not hub_changed and not lossy:
        return Merged("take", updates=_filled(theirs, mine, rules), base=_agreed(theirs, natives))
    if winner == "here":
        return Merged("take", updates=_filled(theirs, mine, rules), base=_agreed(theirs, natives), lost=mine)
    if winner == "elsewhere":
        first_side = agreed if hub_changed else theirs
        return Merged("keep", base=_kept(rules, first_side, mine, natives), lost=theirs)
    return Merged("hold", conflict=Conflict(rules[0].unit, mine, theirs, agreed, natives=_of(natives, mine)))
