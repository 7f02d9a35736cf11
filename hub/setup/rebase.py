"""What a new mapping version does to what was agreed under the old one, binding by binding. Pure (ENGINE section 8)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hub.mapping.compile import Compiled
from hub.mapping.paths import writer
from hub.mapping.results import Refs
from hub.mapping.schema import LineSpec, MappingSpec

Mode = Literal["future", "pull", "push"]
#: A value that no field can have: the side of the base that holds it counts as changed.
REMAPPED = {"$remapped": True}
_MEANING = {"steps", "write", "direction", "on_error", "fallback", "empty", "required", "type", "choices"}


@dataclass(frozen=True, slots=True)
class LineChanges:
    """Golden fields by what happened to their line. `fresh`: new, gone, or read from another place, so that what was agreed
    says nothing any more: first contact. `remapped`: same place, other steps or direction. The same for fields of the rows."""

    fresh: frozenset[str] = frozenset()
    remapped: frozenset[str] = frozenset()
    row_fresh: frozenset[str] = frozenset()
    row_remapped: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.fresh or self.remapped or self.row_fresh or self.row_remapped)

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
    """Changes of policy, owner and notes are no changes here: they take effect by themselves."""
    if old is None:
        return LineChanges()
    fresh, remapped = _compare(old.fields, new.fields)
    if old.rows is None or new.rows is None or (old.rows.native, old.rows.key) != (new.rows.native, new.rows.key):
        names = {name for spec in (old, new) if spec.rows for line in spec.rows.fields for name in line.field}
        return LineChanges(fresh, remapped, frozenset(names if old.rows != new.rows else ()), frozenset())
    return LineChanges(fresh, remapped, *_compare(old.rows.fields, new.rows.fields))


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
    such a place is met at once: read anew, and due where golden has a value that the other side may lack."""
    kept = _without(base, _whole_units(changes.fresh, compiled), changes.row_fresh)
    if mode == "future":
        return Effect(kept)
    fresh = bool(changes.fresh or changes.row_fresh)
    to_fill = any(golden.get(name) is not None for name in changes.fresh & compiled.pushes)
    rows = bool(changes.row_remapped)
    if mode == "pull":
        found = _pulled_differently(base, golden, changes.remapped & compiled.pulls, compiled, refs)
        marked = _mark(kept, found, changes.row_remapped, side=1)
        return Effect(marked, reread=fresh or bool(found) or rows, due=to_fill, shown=found)
    found = _pushed_differently(base, golden, changes.remapped & compiled.pushes, compiled, refs)
    marked = _mark(kept, found, changes.row_remapped, side=0)
    return Effect(marked, reread=fresh, due=to_fill or bool(found) or rows, shown=found)


def _compare(old: Collection[LineSpec], new: Collection[LineSpec]) -> tuple[frozenset[str], frozenset[str]]:
    before = {name: line for line in old for name in line.field}
    after = {name: line for line in new for name in line.field}
    names = before.keys() | after.keys()
    fresh = {n for n in names if n not in before or n not in after or before[n].native != after[n].native}
    return frozenset(fresh), frozenset(n for n in names - fresh if _meaning(before[n]) != _meaning(after[n]))


def _meaning(line: LineSpec) -> Any:
    return line.model_dump(mode="json", include=_MEANING)


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
    values = compiled.pull(_native(compiled, fields)).values
    return {
        name: [golden.get(name), values[name]]
        for name in known
        if name in values and not _same(golden.get(name), values[name], refs)
    }


def _native(compiled: Compiled, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A native record made of what the base remembers: enough for lines whose place has not moved."""
    native: dict[str, Any] = {}
    for name, line in compiled.fields.items():
        if name not in fields:
            continue
        seen = fields[name][1]
        values = seen if len(line.native) > 1 and isinstance(seen, list) else [seen]
        for path, value in zip(line.native, values, strict=False):
            writer(path)(native, value)
    return native


def _same(golden: Any, pulled: Any, refs: Refs) -> bool:
    if isinstance(pulled, Mapping) and "$ref" in pulled and isinstance(golden, int):
        target = refs.target(str(pulled["$ref"]["entity"]), golden)
        return target is not None and str(pulled["$ref"]["value"]) in target
    return bool(golden == pulled)


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
