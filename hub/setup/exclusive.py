"""Whether two filters can never both hold. Pure; what cannot be told counts as overlap."""

from collections.abc import Mapping
from typing import Any

from hub.sync.filters import matches


def disjoint(left: list[dict[str, Any]], right: list[dict[str, Any]]) -> bool:
    """Whether no record can meet both filters, as far as single fields tell (False = it might)."""
    return any(
        ours["field"] == theirs["field"] and (_apart(ours, theirs) or _apart(theirs, ours))
        for ours in left
        for theirs in right
    )


def _members(condition: Mapping[str, Any]) -> list[Any] | None:
    if condition["op"] == "eq":
        return [condition["value"]]
    return list(condition["value"]) if condition["op"] == "in" else None


def _apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether every value that `one` lets through is refused by `other`."""
    allowed = _members(one)
    if one["op"] == "empty" and bool(one["value"]):
        allowed = [None]
    if allowed is not None:
        return all(not _lets_through(other, value) for value in allowed)
    if one["op"] == "lt" and other["op"] == "gt":
        return not _below(other["value"], one["value"])
    if one["op"] == "prefix" and other["op"] == "prefix":
        ours, theirs = str(one["value"]), str(other["value"])
        return not ours.startswith(theirs) and not theirs.startswith(ours)
    return False


def _lets_through(condition: Mapping[str, Any], value: Any) -> bool:
    return matches([condition], {str(condition["field"]): value})


def _below(low: Any, high: Any) -> bool:
    """Whether some value may lie between: unknown kinds count as yes."""
    return type(low) is not type(high) or low < high
