"""Many rows of one table in one statement, past SQLAlchemy's work per row: what every page of a sync goes through.

SQLite takes executemany; PostgreSQL takes COPY for plain inserts and one JSON parameter for everything else. Statements are made
of the names of our own tables and columns only.
"""
# ruff: noqa: S608

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection, Integer, Table, Text, TextClause, bindparam, text
from sqlalchemy.exc import DBAPIError

from hub.store.types import Json, UtcTime, dump_json, to_micros

Row = Mapping[str, Any]
_micros = lru_cache(maxsize=64)(to_micros)


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row], *, skip_known: bool = False) -> None:
    """Insert rows; rows of different columns may be mixed. `skip_known` leaves out rows that meet a unique index. Raises
    sqlalchemy IntegrityError."""
    for names, alike in _by_columns(rows).items():
        _insert(connection, table, names, alike, skip_known)


def update_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Set the given columns of rows that exist, found by their `id`; rows of different columns may be mixed."""
    for names, alike in _by_columns(rows).items():
        _update(connection, table, names, alike)


def _by_columns(rows: Sequence[Row]) -> dict[tuple[str, ...], list[Row]]:
    found: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row), []).append(row)
    return found


def _insert(connection: Connection, table: Table, names: tuple[str, ...], rows: list[Row], skip_known: bool) -> None:
    values = _tuples(table, names, rows)
    columns = _quoted(names)
    if connection.dialect.name != "postgresql":
        marks, end = ", ".join("?" * len(names)), "ON CONFLICT DO NOTHING" if skip_known else ""
        connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks}) {end}', values)
    elif skip_known:
        given = f"SELECT {columns} FROM {_given(connection, table, names)} ON CONFLICT DO NOTHING"
        connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({columns}) {given}', (_json(names, values),))
    else:
        _copy(connection, f'COPY "{table.name}" ({columns}) FROM STDIN', values)


def _update(connection: Connection, table: Table, names: tuple[str, ...], rows: list[Row]) -> None:
    changed = tuple(name for name in names if name != "id")
    values = _tuples(table, (*changed, "id"), rows)
    if connection.dialect.name != "postgresql":
        pairs = ", ".join(f'"{name}" = ?' for name in changed)
        connection.exec_driver_sql(f'UPDATE "{table.name}" SET {pairs} WHERE id = ?', values)
        return
    pairs = ", ".join(f'"{name}" = given."{name}"' for name in changed)
    given = f'FROM {_given(connection, table, names)} WHERE "{table.name}".id = given.id'
    connection.exec_driver_sql(f'UPDATE "{table.name}" SET {pairs} {given}', (_json((*changed, "id"), values),))


def _given(connection: Connection, table: Table, names: Sequence[str]) -> str:
    """The rows of a JSON parameter as a table, typed like the columns they go to."""
    columns = ", ".join(f'"{name}" {table.c[name].type.compile(connection.dialect)}' for name in names)
    return f"json_to_recordset(%s::json) AS given({columns})"


def _copy(connection: Connection, statement: str, values: Sequence[tuple[Any, ...]]) -> None:
    """COPY, with its errors as SQLAlchemy's own."""
    dbapi = connection.dialect.loaded_dbapi
    try:
        with connection.connection.cursor() as cursor, cursor.copy(statement) as copy:  # type: ignore[attr-defined]
            for row in values:
                copy.write_row(row)
    except dbapi.Error as error:
        raise DBAPIError.instance(statement, None, error, dbapi.Error, dialect=connection.dialect) from error


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _json(names: Sequence[str], values: Sequence[tuple[Any, ...]]) -> str:
    return orjson.dumps([dict(zip(names, row, strict=True)) for row in values]).decode()


def _tuples(table: Table, names: Sequence[str], rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """Column by column: half the time of row by row."""
    columns = [_column(table.c[name].type, [row[name] for row in rows]) for name in names]
    return list(zip(*columns, strict=True))


def _column(kind: Any, values: list[Any]) -> list[Any]:
    write = _writer(kind)
    return values if write is None else [None if value is None else write(value) for value in values]


def _writer(kind: Any) -> Callable[[Any], Any] | None:
    if isinstance(kind, Json):
        return dump_json
    return _micros if isinstance(kind, UtcTime) else None


def one_of(connection: Connection, column: Any, values: Collection[Any]) -> TextClause:
    """`column IN (values)` as one parameter: a statement per number of values would be built and planned anew each time. Text,
    because building the same of expressions costs more than running it. One list per column and statement."""
    place, name = f'"{column.table.name}"."{column.name}"', f"{column.table.name}_{column.name}"
    if connection.dialect.name == "postgresql":
        kind = "BIGINT" if isinstance(column.type, Integer) else "TEXT"
        return text(f"{place} = ANY(CAST(:{name} AS {kind}[]))").bindparams(bindparam(name, list(values)))
    given = bindparam(name, dump_json(list(values)), type_=Text)
    return text(f"{place} IN (SELECT value FROM json_each(:{name}))").bindparams(given)
