"""A read of an alias: a second external id of a record that is bound here already. Pure: `read_alias(...) -> AliasRead`.

An alias is never pushed to and its values are never merged by themselves: renaming or disabling the second one is how people
tidy up, and must not rename or disable the customer everywhere. But somebody's edit there is an edit (I3), so a person is asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.sync.decide import Incoming
from hub.sync.merge import Conflict, Entry
from hub.sync.rules import Rule, Rules


@dataclass(frozen=True, slots=True)
class AliasRead:
    """`base`: the whole new base. `conflicts`: units edited there that golden holds otherwise. `agreed`: units about which there
    is nothing to ask (any more)."""

    base: dict[str, Any]
    conflicts: tuple[Conflict, ...] = ()
    agreed: frozenset[str] = frozenset()

    @property
    def outcome(self) -> str:
        """The row's primary outcome in the run's counts."""
        return "conflicted" if self.conflicts else "unchanged"


def read_alias(base: Mapping[str, Any], golden: Mapping[str, Any], incoming: Incoming, rules: Rules) -> AliasRead:
    """What was edited since the last look. The base keeps the old native value while a unit's question is open, so that every read
    asks about all of it, and nothing is asked about values that were there when the alias was recognised."""
    old: Mapping[str, Entry] = base.get("fields", {})
    fields = dict(old)
    conflicts, agreed = [], set()
    for unit, members in rules.units:
        present = [rule for rule in members if rule.field in incoming.natives and rule.field in incoming.values]
        theirs = {rule.field: incoming.values[rule.field] for rule in present}
        mine = {name: golden.get(name) for name in theirs}
        if _edited(present, old, incoming.natives) and _counts(present, theirs) and theirs != mine:
            natives = {name: incoming.natives[name] for name in theirs}
            before = {name: old[name][0] for name in theirs if name in old}
            conflicts.append(Conflict(unit, mine, theirs, before, natives=natives))
            continue
        agreed.add(unit)
        fields.update({name: [value, incoming.natives[name]] for name, value in theirs.items()})
    return AliasRead({**base, "fields": fields}, tuple(conflicts), frozenset(agreed))


def _edited(members: Sequence[Rule], old: Mapping[str, Entry], natives: Mapping[str, Any]) -> bool:
    return any(rule.pull and rule.field in old and old[rule.field][1] != natives[rule.field] for rule in members)


def _counts(members: Sequence[Rule], theirs: Mapping[str, Any]) -> bool:
    """A blank is an edit only where the mapping says that blanks count."""
    return any(rule.blanks for rule in members) or any(value is not None for value in theirs.values())
