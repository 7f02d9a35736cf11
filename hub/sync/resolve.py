"""What a person's decision on a conflict does to golden data and base. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.errors import BadInput


@dataclass(frozen=True, slots=True)
class Resolved:
    """Golden data and base after the decision. The binding is due afterwards: the push sends what still differs."""

    data: dict[str, Any]
    base: dict[str, Any]


def resolve_conflict(
    data: Mapping[str, Any],
    base: Mapping[str, Any],
    shown: Mapping[str, Any],
    *,
    unit: str,
    choice: str,
    value: Any = None,
) -> Resolved:
    """`shown` is the item's data: {"golden", "remote", "natives"} by field. choice: golden (keep, and send it), remote (take),
    value (take `value`: one value, or {field: value} for a group). Raises BadInput for another choice."""
    if choice not in ("golden", "remote", "value"):
        raise BadInput(
            f"不能选“{choice}”：可选 golden（保留主数据）、remote（采用对方）、value（另填）",
            f"no choice “{choice}”: choose golden, remote or value",
            field="choice",
            value=choice,
        )
    parts = unit.split(".")
    line = _line_of(data, base, parts)
    if line is None:
        return _fields(data, base, shown, choice, value)
    if len(parts) == 2:
        return _whole_line(data, base, shown, choice, (parts[0], parts[1]))
    return _line_fields(data, base, shown, _chosen(shown, choice, value), (parts[0], parts[1]))


def still_true(data: Mapping[str, Any], shown: Mapping[str, Any], unit: str) -> bool:
    """Whether golden data still hold what the item showed (another connection or person may have changed them since)."""
    parts = unit.split(".")
    golden, rows = shown["golden"], data.get(parts[0])
    if len(parts) < 2 or not isinstance(rows, list):
        return all(data.get(name) == value for name, value in golden.items())
    line = next((row for row in rows if row["id"] == parts[1]), None)
    if line is None:
        return not golden
    return bool(golden) and all(line.get(name) == value for name, value in golden.items())


def _line_of(data: Mapping[str, Any], base: Mapping[str, Any], parts: list[str]) -> str | None:
    if len(parts) < 2 or not isinstance(data.get(parts[0], []), list):
        return None
    known = {row["id"] for row in data.get(parts[0]) or []} | set(base.get("rows", {}))
    return parts[1] if parts[1] in known else None


def _chosen(shown: Mapping[str, Any], choice: str, value: Any) -> dict[str, Any]:
    """Golden values after the choice, by field."""
    if choice == "golden":
        return dict(shown["golden"])
    if choice == "remote":
        return dict(shown["remote"])
    names = list(shown["golden"])
    return dict(value) if isinstance(value, Mapping) else dict.fromkeys(names, value)


def _entries(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Both sides as the remote holds them: golden then counts as changed where it differs, and nothing else does."""
    return {name: [remote, shown.get("natives", {}).get(name)] for name, remote in shown["remote"].items()}


def _fields(
    data: Mapping[str, Any], base: Mapping[str, Any], shown: Mapping[str, Any], choice: str, value: Any
) -> Resolved:
    fields = {**base.get("fields", {}), **_entries(shown)}
    return Resolved({**data, **_chosen(shown, choice, value)}, {**base, "fields": fields})


def _line_fields(
    data: Mapping[str, Any],
    base: Mapping[str, Any],
    shown: Mapping[str, Any],
    chosen: Mapping[str, Any],
    where: tuple[str, str],
) -> Resolved:
    name, line = where
    rows = [{**row, **chosen} if row["id"] == line else row for row in data.get(name) or []]
    old = base.get("rows", {}).get(line, {"native_id": "", "fields": {}})
    known = {**base.get("rows", {}), line: {**old, "fields": {**old["fields"], **_entries(shown)}}}
    return Resolved({**data, name: rows}, {**base, "rows": known})


def _whole_line(
    data: Mapping[str, Any], base: Mapping[str, Any], shown: Mapping[str, Any], choice: str, where: tuple[str, str]
) -> Resolved:
    """One side removed the line, the other edited it."""
    name, line = where
    rows = {row["id"]: row for row in data.get(name) or []}
    known = dict(base.get("rows", {}))
    removed_there = not shown["remote"]
    if removed_there:
        known.pop(line, None)  # golden's line, if kept, is new for the remote
        if choice == "remote":
            rows.pop(line, None)
    else:
        old = known.get(line, {"native_id": "", "fields": {}})
        known[line] = {**old, "fields": {**old["fields"], **_entries(shown)}}
        if choice == "remote":
            rows[line] = {"id": line, **shown["remote"]}
    return Resolved({**data, name: list(rows.values())}, {**base, "rows": known})


def as_agreed(data: Mapping[str, Any], base: Mapping[str, Any], names: Sequence[str], rows: str) -> dict[str, Any]:
    """Golden data with the named fields as they were last agreed on (lines too, when `rows` is among them)."""
    fields = base.get("fields", {})
    back = {**data, **{name: fields[name][0] for name in names if name in fields}}
    if rows and rows in names:
        known = {line["id"]: line for line in data.get(rows) or []}
        back[rows] = [
            {**known.get(line, {}), "id": line, **{n: entry[0] for n, entry in row.get("fields", {}).items()}}
            for line, row in base.get("rows", {}).items()
        ]
    return back


def accepted(data: Mapping[str, Any], base: Mapping[str, Any], names: Sequence[str], rows: str) -> dict[str, Any]:
    """The base with golden's side of the named fields as golden has it: nothing of them is due any more. A line that golden dropped
    or added stays as it is: only the vendor can follow that."""
    fields = base.get("fields", {})
    taken = {**fields, **{name: [data.get(name), *fields[name][1:]] for name in names if name in fields}}
    if not (rows and rows in names):
        return {**base, "fields": taken}
    lines = {line["id"]: line for line in data.get(rows) or []}
    known = {
        line: {**row, "fields": {n: [lines[line].get(n), *entry[1:]] for n, entry in row.get("fields", {}).items()}}
        if line in lines
        else row
        for line, row in base.get("rows", {}).items()
    }
    return {**base, "fields": taken, "rows": known}
