"""What a new mapping version, or a new owner, does to what was agreed before, binding by binding. Pure (ENGINE section 8)."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from hub.mapping.compile import Compiled
from hub.mapping.results import Refs
from hub.mapping.schema import LineSpec, MappingSpec
from hub.setup.ownership import REMAPPED, pulled_apart, rows_pulled_apart, same_value, seen_record
from hub.sync.rules import Rule, Rules

Mode = Literal["future", "pull", "push"]
_MEANING = {"steps", "write", "direction", "on_error", "fallback", "empty", "required", "type", "choices"}
_AUTHORITY = {"owner", "policy"}


@dataclass(frozen=True, slots=True)
class LineChanges:
    """Golden fields by what happened to their line. `fresh`: new, gone, or read from another place, so that what was agreed
    says nothing any more: first contact. `remapped`: same place, other steps or direction. `authority`: only who wins is another.
    The same for fields of the rows."""

    fresh: frozenset[str] = frozenset()
    remapped: frozenset[str] = frozenset()
    row_fresh: frozenset[str] = frozenset()
    row_remapped: frozenset[str] = frozenset()
    authority: frozenset[str] = frozenset()
    row_authority: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__slots__)

    def where_it_counts(self, rules: Rules, mode: Mode, stage: str) -> "LineChanges":
        """Without the fields whose new owner has no use for the mode: read in is what this connection owns, sent out what it does not."""

        def counts(rule: Rule | None) -> bool:
            if rule is None:
                return False
            winner = rules.winner(rule, stage)
            return (rule.pull and winner != "elsewhere") if mode == "pull" else (rule.push and winner != "here")

        return replace(
            self,
            authority=frozenset(name for name in self.authority if counts(rules.fields.get(name))),
            row_authority=frozenset(name for name in self.row_authority if counts(rules.row_fields.get(name))),
        )

    def as_json(self) -> dict[str, list[str]]:
        return {name: sorted(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Effect:
    """What activation does to one binding. `shown` is field -> [before, after], for the preview."""

    base: dict[str, Any]
    reread: bool = False
    due: bool = False
    shown: Mapping[str, list[Any]] = field(default_factory=dict)


def compare(old: MappingSpec | None, new: MappingSpec) -> LineChanges:
    """What differs between two versions; notes do not count."""
    if old is None:
        return LineChanges()
    fresh, remapped, owned = _compare(old.fields, new.fields)
    if old.rows is None or new.rows is None or (old.rows.native, old.rows.key) != (new.rows.native, new.rows.key):
        names = {name for spec in (old, new) if spec.rows for line in spec.rows.fields for name in line.field}
        return LineChanges(fresh, remapped, frozenset(names if old.rows != new.rows else ()), authority=owned)
    row_fresh, row_remapped, row_owned = _compare(old.rows.fields, new.rows.fields)
    return LineChanges(fresh, remapped, row_fresh, row_remapped, owned, row_owned)


def effect_on(
    base: Mapping[str, Any],
    golden: Mapping[str, Any],
    changes: LineChanges,
    *,
    compiled: Compiled,
    mode: Mode,
    refs: Refs,
) -> Effect:
    """`pull` makes the remote count as changed where the new steps give another golden value, `push` golden where they give
    another native one; `future` only forgets what the old version says about places that moved. With the other two a field of
    such a place is met at once: read anew, and due where golden has a value that the other side may lack. Where only the owner is
    another, the value of the side that was picked counts as the only edit."""
    kept = _without(base, _whole_units(changes.fresh, compiled), changes.row_fresh)
    if mode == "future":
        return Effect(kept)
    fresh = bool(changes.fresh or changes.row_fresh)
    to_fill = any(golden.get(name) is not None for name in changes.fresh & compiled.pushes)
    rows = bool(changes.row_remapped)
    if mode == "pull":
        found = _pulled_differently(base, golden, changes.remapped & compiled.pulls, compiled, refs)
        marked, taken = _taken(_mark(kept, found, changes.row_remapped, side=1), golden, changes, compiled, refs)
        shown = {**found, **taken}
        return Effect(marked, reread=fresh or bool(shown) or rows, due=to_fill, shown=shown)
    found = _pushed_differently(base, golden, changes.remapped & compiled.pushes, compiled, refs)
    marked, given = _given(_mark(kept, found, changes.row_remapped, side=0), golden, changes, compiled, refs)
    shown = {**found, **given}
    return Effect(marked, reread=fresh, due=to_fill or bool(shown) or rows, shown=shown)


def _taken(
    base: dict[str, Any], golden: Mapping[str, Any], changes: LineChanges, compiled: Compiled, refs: Refs
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """The base with the remote as the only side that moved, where the two differ and its value is none of the blanks that do not
    count. Shown are [golden, remote]."""
    apart = pulled_apart(base, golden, changes.authority, compiled=compiled, refs=refs)
    apart = {n: pair for n, pair in apart.items() if pair[1] is not None or compiled.fields[n].blanks_count}
    units = _whole_units(apart, compiled)
    fields = {
        name: [golden.get(name), REMAPPED if name in apart else entry[1]] if name in units else entry
        for name, entry in base.get("fields", {}).items()
    }
    by_row = rows_pulled_apart(base, golden, changes.row_authority, compiled=compiled)
    rows = _rows_marked(base, by_row, lambda _entry, pair: [pair[0], REMAPPED])
    return _with(base, fields, rows), {**apart, **_flat(by_row, compiled)}


def _given(
    base: dict[str, Any], golden: Mapping[str, Any], changes: LineChanges, compiled: Compiled, refs: Refs
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """The base with golden as the only side that moved, where the two differ. Shown are [golden, remote]."""
    apart = pulled_apart(base, golden, changes.authority, compiled=compiled, refs=refs)
    apart = {n: pair for n, pair in apart.items() if pair[0] is not None or compiled.fields[n].blanks_count}
    fields = {
        name: [REMAPPED, *entry[1:2]] if name in apart else entry for name, entry in base.get("fields", {}).items()
    }
    by_row = rows_pulled_apart(base, golden, changes.row_authority, compiled=compiled)
    rows = _rows_marked(base, by_row, lambda entry, _pair: [REMAPPED, *entry[1:2]])
    return _with(base, fields, rows), {**apart, **_flat(by_row, compiled)}


def _rows_marked(
    base: Mapping[str, Any], by_row: Mapping[str, Mapping[str, list[Any]]], mark: Callable[[list[Any], list[Any]], Any]
) -> dict[str, Any]:
    def marked(fields: Mapping[str, Any], apart: Mapping[str, list[Any]]) -> dict[str, Any]:
        return {name: mark(entry, apart[name]) if name in apart else entry for name, entry in fields.items()}

    rows = base.get("rows", {})
    return {line: {**row, "fields": marked(row.get("fields", {}), by_row.get(line, {}))} for line, row in rows.items()}


def _with(base: Mapping[str, Any], fields: Mapping[str, Any], rows: Mapping[str, Any]) -> dict[str, Any]:
    found = {**base, "fields": dict(fields)}
    return {**found, "rows": dict(rows)} if "rows" in base else found


def _flat(by_row: Mapping[str, Mapping[str, list[Any]]], compiled: Compiled) -> dict[str, list[Any]]:
    rows = compiled.rows.field if compiled.rows else ""
    return {f"{rows}.{line}.{name}": pair for line, apart in by_row.items() for name, pair in apart.items()}


def _compare(
    old: Collection[LineSpec], new: Collection[LineSpec]
) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    before = {name: line for line in old for name in line.field}
    after = {name: line for line in new for name in line.field}
    names = before.keys() | after.keys()
    fresh = {n for n in names if n not in before or n not in after or before[n].native != after[n].native}
    remapped = {n for n in names - fresh if _part(before[n], _MEANING) != _part(after[n], _MEANING)}
    stay = names - fresh - remapped
    owned = frozenset(n for n in stay if _part(before[n], _AUTHORITY) != _part(after[n], _AUTHORITY))
    return frozenset(fresh), frozenset(remapped), owned


def _part(line: LineSpec, names: set[str]) -> Any:
    return line.model_dump(mode="json", include=names)


def _whole_units(names: Collection[str], compiled: Compiled) -> set[str]:
    """A group merges as one, so it is agreed on as one."""
    groups = {line.group for name, line in compiled.fields.items() if name in names and line.group}
    return set(names) | {name for name, line in compiled.fields.items() if line.group in groups}


def _without(base: Mapping[str, Any], names: Collection[str], row_names: Collection[str]) -> dict[str, Any]:
    def kept(fields: Mapping[str, Any], dropped: Collection[str]) -> dict[str, Any]:
        return {name: entry for name, entry in fields.items() if name not in dropped}

    rows = {key: {**row, "fields": kept(row.get("fields", {}), row_names)} for key, row in base.get("rows", {}).items()}
    found = {**base, "fields": kept(base.get("fields", {}), names)}
    return {**found, "rows": rows} if "rows" in base else found


def _mark(base: dict[str, Any], names: Collection[str], row_names: Collection[str], *, side: int) -> dict[str, Any]:
    def marked(fields: Mapping[str, Any], wanted: Collection[str]) -> dict[str, Any]:
        return {name: _marked(entry, side) if name in wanted else entry for name, entry in fields.items()}

    rows = {key: {**row, "fields": marked(row["fields"], row_names)} for key, row in base.get("rows", {}).items()}
    found = {**base, "fields": marked(base["fields"], names)}
    return {**found, "rows": rows} if "rows" in base else found


def _marked(entry: list[Any], side: int) -> list[Any]:
    return [REMAPPED if place == side else value for place, value in enumerate(entry[:2])]


def _pulled_differently(
    base: Mapping[str, Any], golden: Mapping[str, Any], names: Collection[str], compiled: Compiled, refs: Refs
) -> dict[str, list[Any]]:
    """Field -> [golden now, golden under the new version], from the native values as last seen."""
    fields = base.get("fields", {})
    known = {name: fields[name][1] for name in names if name in fields}
    if not known:
        return {}
    values = compiled.pull(seen_record(compiled, base)).values
    return {
        name: [golden.get(name), values[name]]
        for name in known
        if name in values and not same_value(golden.get(name), values[name], refs)
    }


def _pushed_differently(
    base: Mapping[str, Any], golden: Mapping[str, Any], names: Collection[str], compiled: Compiled, refs: Refs
) -> dict[str, list[Any]]:
    """Field -> [native as last seen, native under the new version]."""
    fields = base.get("fields", {})
    wanted = [name for name in names if name in fields]
    if not wanted:
        return {}
    sent = compiled.push(golden, wanted, refs).natives
    return {name: [fields[name][1], sent[name]] for name in wanted if name in sent and sent[name] != fields[name][1]}
