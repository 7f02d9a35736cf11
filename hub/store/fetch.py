"""Rows of one table past SQLAlchemy's work per row and value: what every page of a sync reads.

Statements are made of the names of our own tables and columns only.
"""
# ruff: noqa: S608

from collections import namedtuple
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, Connection, Table

from hub.store.types import Json, UtcTime, dump_json, from_micros, load_json


class Shape:
    """Columns of a table (all of them when none are named) and how their values are read. Rows are named tuples."""

    def __init__(self, table: Table, *names: str) -> None:
        names = names or tuple(table.c.keys())
        self.table = table.name
        self.columns = ", ".join(f'"{table.name}"."{name}"' for name in names)
        self.row: Any = namedtuple(table.name, names)  # type: ignore[misc]
        kinds = [_reader(table.c[name].type) for name in names]
        self._readers = [(place, read) for place, read in enumerate(kinds) if read is not None]

    def rows(self, found: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Driver rows with every value as its column means it, column by column."""
        if not found or not self._readers:
            return list(map(self.row._make, found))
        columns: list[Any] = list(zip(*found, strict=True))
        for place, read in self._readers:
            columns[place] = [None if value is None else read(value) for value in columns[place]]
        return list(map(self.row._make, zip(*columns, strict=True)))

    def changed(self, rows: Sequence[Any], **columns: Sequence[Any]) -> list[Any]:
        """Rows of this shape with other values in some columns: a fifth of the time of a `_replace` of each."""
        found: list[Any] = list(zip(*rows, strict=True))
        for name, values in columns.items():
            found[self.row._fields.index(name)] = values
        return list(map(self.row._make, zip(*found, strict=True)))


def _reader(kind: Any) -> Callable[[Any], Any] | None:
    if isinstance(kind, Json):
        return load_json
    if isinstance(kind, UtcTime):
        return from_micros
    return bool if isinstance(kind, Boolean) else None


def fetch_in(
    connection: Connection,
    shape: Shape,
    column: str,
    values: Collection[Any],
    *,
    where: str = "",
    given: Sequence[Any] = (),
    end: str = "",
) -> list[Any]:
    """Rows whose `column` is among `values` and for which `where` holds (a condition with ? for each of `given`); `end` follows."""
    if not values:
        return []
    among, listed = any_of(connection, shape, column, values)
    condition = f"{where} AND {among}" if where else among
    return fetch(connection, shape, f"WHERE {condition} {end}", (*given, listed))


def fetch(connection: Connection, shape: Shape, rest: str, given: Sequence[Any]) -> list[Any]:
    """Rows of `SELECT columns FROM table` and the `rest` of the statement, with ? for each of `given`."""
    statement = _statement(connection.dialect.name, shape.columns, shape.table, rest)
    result = connection.exec_driver_sql(statement, tuple(given))
    found: Sequence[tuple[Any, ...]] = result.cursor.fetchall()
    result.close()
    return shape.rows(found)


@lru_cache(maxsize=256)
def _statement(dialect: str, columns: str, table: str, rest: str) -> str:
    statement = f'SELECT {columns} FROM "{table}" {rest}'
    return statement.replace("?", "%s") if dialect == "postgresql" else statement


def any_of(connection: Connection, shape: Shape, column: str, values: Collection[Any]) -> tuple[str, Any]:
    """The condition `column IN (values)` with one ?, and what is given for it: see hub.store.bulk.one_of."""
    place = f'"{shape.table}"."{column}"'
    if connection.dialect.name != "postgresql":
        return f"{place} IN (SELECT value FROM json_each(?))", dump_json(list(values))
    kind = "BIGINT" if isinstance(next(iter(values)), int) else "TEXT"
    return f"{place} = ANY(CAST(? AS {kind}[]))", list(values)
