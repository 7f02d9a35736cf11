"""The rows of one person as one record, and the changes of a record as acts on its rows. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.tryton.objects import MECHANISM, TIMESTAMP
from connectors.tryton.shapes import NUMBERS
from hub.connector import Native, Remote

KINDS = NUMBERS
NO_NUMBER = "other"
"""Type of the row of a person of whom only the name is known; its value is the name again, for Tryton wants one."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A row as it shall be; id 0 = to be made."""

    id: int
    kind: str
    value: str


def remote(rows: Sequence[Native]) -> Remote:
    """The person that these rows (in id order) are: the first of each kind in use. Archived is who has no row in use."""
    first, used = rows[0], [row for row in rows if row.get("active") is not False]
    numbers: Native = {}
    for row in used or rows:
        if row["type"] in KINDS:
            numbers.setdefault(str(row["type"]), row["value"])
    known = {kind: numbers.get(kind) for kind in KINDS}
    data = {"id": first["id"], "name": first["name"], "party": first["party"], **known, "active": bool(used)}
    return Remote(str(first["id"]), data, version=version(rows), key=str(first.get("comment") or ""))


def version(rows: Sequence[Native]) -> str:
    stamps = {f"{MECHANISM},{row['id']}": str(row.get(TIMESTAMP) or "") for row in rows}
    return json.dumps(stamps, sort_keys=True, separators=(",", ":"))


def acts(rows: Sequence[Native], data: Mapping[str, Any]) -> list[Any]:
    """Acts on the party's rows that make the person what `data` says; what it does not name stays. The oldest row always stays, for
    its id is the person's: when its number is taken away, the others move up."""
    name = str(data.get("name") or rows[0]["name"])
    whole = {"name": name, "party": int(data.get("party") or rows[0]["party"])}
    moved = {field: value for field, value in whole.items() if rows[0][field] != value}
    found: list[Any] = [["write", [int(row["id"]) for row in rows], moved]] if moved else []
    before = {int(row["id"]): row for row in rows}
    kept = _wanted(rows, data, name)
    for slot in kept:
        fields = {"type": slot.kind, "value": slot.value}
        if not slot.id:
            found.append(["create", [{**whole, **fields}]])
        elif any(before[slot.id][field] != value for field, value in fields.items()):
            found.append(["write", [slot.id], fields])
    dropped = sorted({int(row["id"]) for row in _used(rows)} - {slot.id for slot in kept})
    return [*found, *([["delete", dropped]] if dropped else [])]


def _used(rows: Sequence[Native]) -> list[Native]:
    """Rows in use; of an archived person the oldest."""
    return [row for row in rows if row.get("active") is not False] or list(rows[:1])


def _wanted(rows: Sequence[Native], data: Mapping[str, Any], name: str) -> list[Slot]:
    used = _used(rows)
    slots = [Slot(int(row["id"]), str(row["type"]), str(row["value"])) for row in used if not _is_name(row)]
    for kind in KINDS:
        if kind in data:
            slots = _with(slots, kind, str(data[kind] or ""))
    kept = [slot for slot in slots if slot.value]
    oldest = int(used[0]["id"])
    if not kept:
        return [Slot(oldest, NO_NUMBER, name)]
    if oldest in {slot.id for slot in kept}:
        return kept
    ids = [oldest, *(slot.id for slot in kept if slot.id)]
    return [replace(slot, id=ids[place] if place < len(ids) else 0) for place, slot in enumerate(kept)]


def _is_name(row: Native) -> bool:
    return bool(row["type"] == NO_NUMBER and row["value"] == row["name"])


def _with(slots: Sequence[Slot], kind: str, value: str) -> list[Slot]:
    place = next((place for place, slot in enumerate(slots) if slot.kind == kind), None)
    if place is None:
        return [*slots, Slot(0, kind, value)]
    return [*slots[:place], replace(slots[place], value=value), *slots[place + 1 :]]
