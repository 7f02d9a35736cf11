"""Typed parts of a record (numbers of a party, identifiers of a party or product) as acts on them. Pure."""

from collections.abc import Sequence
from typing import Any

from hub.connector import Native


def part_acts(value_field: str, given: Sequence[Native], parts: Sequence[Native]) -> list[Any]:
    """The first part of a type is changed, made, or (empty) taken away; parts of other types stay."""
    acts: list[Any] = []
    for part in given:
        kind, value = part.get("type") or None, str(part.get(value_field) or "")
        same = [one for one in parts if (one.get("type") or None) == kind]
        first = min(same, key=lambda one: int(one["id"]), default=None)
        if first is None:
            acts += [["create", [{"type": kind, value_field: value}]]] if value else []
        elif not value:
            acts.append(["delete", [int(first["id"])]])
        elif first[value_field] != value:
            acts.append(["write", [int(first["id"])], {value_field: value}])
    return acts
