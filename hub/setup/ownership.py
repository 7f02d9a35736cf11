"""Where golden and a connection differ, told from what the bindings remember of both sides. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

from hub.mapping.compile import Compiled
from hub.mapping.paths import writer
from hub.mapping.results import Line, Refs

#: A value that no field can have: the side of the base that holds it counts as changed.
REMAPPED = {"$remapped": True}
Pair = list[Any]
"""[golden value, remote value as the mapping reads it]"""


def pulled_apart(
    base: Mapping[str, Any], golden: Mapping[str, Any], names: Collection[str], *, compiled: Compiled, refs: Refs
) -> dict[str, Pair]:
    """Fields that differ, from the native values seen last. A line that has no way back is compared as it would be sent, and shown
    in native form; a value whose last push lost a part of it does not count."""
    fields = base.get("fields", {})
    known = [name for name in names if name in fields and len(fields[name]) < 3 and fields[name][1] != REMAPPED]
    if not known:
        return {}
    values = compiled.pull(seen_record(compiled, base)).values
    found = {
        name: [golden.get(name), values[name]]
        for name in known
        if name in values and not same_value(golden.get(name), values[name], refs)
    }
    one_way = [name for name in known if name not in compiled.pulls and name in compiled.pushes]
    return {**found, **_pushed_apart(fields, golden, one_way, compiled, refs)}


def _pushed_apart(
    fields: Mapping[str, Any], golden: Mapping[str, Any], names: Collection[str], compiled: Compiled, refs: Refs
) -> dict[str, Pair]:
    if not names:
        return {}
    sent = compiled.push(golden, names, refs).natives
    return {n: [golden.get(n), fields[n][1]] for n in names if n in sent and sent[n] != fields[n][1]}


def rows_pulled_apart(
    base: Mapping[str, Any], golden: Mapping[str, Any], names: Collection[str], *, compiled: Compiled
) -> dict[str, dict[str, Pair]]:
    """Golden line id -> fields of it that differ. Lines that only one side has are left to the merge."""
    if not names or compiled.rows is None:
        return {}
    ids = {str(row.get("native_id")): line for line, row in base.get("rows", {}).items() if row.get("native_id")}
    lines = {str(line["id"]): line for line in golden.get(compiled.rows.field) or []}
    found: dict[str, dict[str, Pair]] = {}
    for row in compiled.pull(seen_record(compiled, base)).rows or []:
        line = lines.get(ids.get(row.native_id, ""))
        if line is not None:
            apart = {n: [line.get(n), row.values[n]] for n in names if n in row.values and row.values[n] != line.get(n)}
            found |= {str(line["id"]): apart} if apart else {}
    return found


def seen_record(compiled: Compiled, base: Mapping[str, Any]) -> dict[str, Any]:
    """A native record made of what the base remembers: enough for lines whose place has not moved."""
    native = _part(compiled.fields, base.get("fields", {}))
    rows = compiled.rows
    if rows is not None and base.get("rows"):
        seen = [_row(rows.key, row, rows.fields) for row in base["rows"].values() if row.get("native_id")]
        writer(rows.native)(native, seen)
    return native


def _row(key: str, row: Mapping[str, Any], lines: Mapping[str, Line]) -> dict[str, Any]:
    return {**_part(lines, row.get("fields", {})), key: row["native_id"]}


def _part(lines: Mapping[str, Line], fields: Mapping[str, Any]) -> dict[str, Any]:
    native: dict[str, Any] = {}
    for name, line in lines.items():
        if name not in fields:
            continue
        seen = fields[name][1]
        values = seen if len(line.native) > 1 and isinstance(seen, list) else [seen]
        for path, value in zip(line.native, values, strict=False):
            writer(path)(native, value)
    return native


def same_value(golden: Any, pulled: Any, refs: Refs) -> bool:
    """Whether a mapped value is golden's; a reference is, when it names that record by id or by number."""
    if isinstance(pulled, Mapping) and "$ref" in pulled and isinstance(golden, int):
        target = refs.target(str(pulled["$ref"]["entity"]), golden)
        return target is not None and str(pulled["$ref"]["value"]) in target
    return bool(golden == pulled)
