"""Values on Tryton's wire and here: `__class__` objects become Decimal and ISO text, and back by the type of the field. Pure."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from hub.connector import Native
from hub.errors import ValidationFailed

_DATE = ("year", "month", "day")
_TIME = (*_DATE, "hour", "minute", "second", "microsecond")
_FLAGS = frozenset({"active", "salable"})
"""Booleans that come as 1 and 0 from SQLite and as true and false from PostgreSQL."""


def plain(value: Any) -> Any:
    """A decoded reply without `__class__` objects: Decimal, dates as ISO text, times as ISO text in UTC without a zone."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("__class__")
    return _known(kind, value) if kind else _record(value)


def _known(kind: str, value: Mapping[str, Any]) -> Any:
    if kind == "Decimal":
        return Decimal(value["decimal"])
    if kind == "date":
        return date(*(value[part] for part in _DATE)).isoformat()
    if kind == "datetime":
        return datetime(*(value[part] for part in _TIME)).isoformat()  # noqa: DTZ001 - Tryton's times are UTC without a zone
    return {name: plain(item) for name, item in value.items() if name != "__class__"}


def _record(value: Mapping[str, Any]) -> Native:
    """`addresses.` (asked for as addresses.city) becomes `addresses`; it stands instead of the bare ids."""
    row: Native = {}
    for name, item in value.items():
        if name.endswith("."):
            row[name[:-1]] = plain(item)
        elif f"{name}." not in value:
            row[name] = bool(item) if name in _FLAGS and isinstance(item, int) else plain(item)
    return row


def stamp(text: str) -> dict[str, Any]:
    """A moment as the wire has it, from ISO text in UTC without a zone."""
    moment = datetime.fromisoformat(text)
    return {"__class__": "datetime", **{part: getattr(moment, part) for part in _TIME}}


def utc_text(moment: datetime) -> str:
    """ISO text in UTC without a zone, whole seconds."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")


def typed(kind: str, name: str, value: Any) -> Any:
    """`value` for a field of this Tryton type. Raises ValidationFailed naming the field."""
    if value is None or kind not in _TYPED:
        return value
    try:
        return _TYPED[kind](value)
    except (ValueError, InvalidOperation, TypeError) as error:
        raise ValidationFailed(
            f"字段 {name} 的值“{value}”不是 {kind}，请修改",
            f"The value “{value}” of field {name} is no {kind}: change it",
            field=name,
            value=str(value),
        ) from error


def _numeric(value: Any) -> dict[str, Any]:
    return {"__class__": "Decimal", "decimal": f"{Decimal(str(value)):f}"}


def _day(value: Any) -> dict[str, Any]:
    day = date.fromisoformat(str(value)[:10])
    return {"__class__": "date", **{part: getattr(day, part) for part in _DATE}}


def _reference(value: Any) -> Any:
    return int(value["id"]) if isinstance(value, Mapping) else int(value)


_TYPED: Mapping[str, Any] = {
    "numeric": _numeric,
    "date": _day,
    "many2one": _reference,
    "float": lambda value: Decimal(str(value)),
    "integer": int,
}
