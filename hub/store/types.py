"""Column types that mean the same on SQLite and PostgreSQL: exact decimals, UTC times, canonical JSON."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970 UTC. Raises ValueError for a naive time."""
    if moment.tzinfo is None:
        raise ValueError(f"naive time {moment!r}: give it a zone")
    return (moment - EPOCH) // _MICROSECOND


@lru_cache(maxsize=4096)
def from_micros(micros: int) -> datetime:
    """The rows of a page share most of their times."""
    return EPOCH + timedelta(microseconds=micros)


class UtcTime(TypeDecorator[datetime]):
    """An aware time, stored as microseconds since 1970 UTC (SQLite has no zoned time; PostgreSQL would return session zones)."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(value)


class ExactDecimal(TypeDecorator[Decimal]):
    """A Decimal kept as text: SQLite's NUMERIC goes through a float."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


_SLOW = " "
"""First character of texts that orjson could not write, and must not read: it reads integers over 64 bits as floats."""


def dump_json(value: Any) -> str:
    """Compact JSON with sorted keys: equal values give equal text (I16). Raises TypeError for Decimal and other objects."""
    if not value and value.__class__ in _EMPTY:
        return _EMPTY[value.__class__]
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except (
        TypeError
    ):  # integers over 64 bits, keys that are no text: rare, and the standard library knows them (or refuses too)
        return _SLOW + json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


_EMPTY: dict[type, str] = {dict: "{}", list: "[]"}


def load_json(text: str) -> Any:
    """What dump_json wrote."""
    if text.startswith(_SLOW):
        return json.loads(text)
    if text == "{}":
        return {}
    return orjson.loads(text)


class Json(TypeDecorator[Any]):
    """A JSON value kept as text in canonical form."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else dump_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else load_json(value)


#: 64-bit primary keys: SQLite numbers rows by itself only for INTEGER.
Key = BigInteger().with_variant(Integer(), "sqlite")
