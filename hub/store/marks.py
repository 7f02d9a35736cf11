"""When bindings were last read and found unchanged (table read_mark). An older read must not be believed after a newer one (I9)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, exists, select, text

from hub.store.core import binding, read_mark
from hub.store.fetch import Shape, fetch_in
from hub.store.types import dump_json, to_micros

_MARK = Shape(read_mark)
_SET = (
    "INSERT INTO read_mark (binding_id, seq, at) SELECT value, :seq, :at FROM {ids} WHERE true "
    "ON CONFLICT (binding_id) DO UPDATE SET seq = excluded.seq, at = excluded.at WHERE read_mark.seq < excluded.seq"
)


def mark_read(db: Connection, ids: Collection[int], *, seq: int, at: datetime) -> None:
    """A read with number `seq` found these bindings as they are known. A later mark stays."""
    if ids:
        postgres, given = db.dialect.name == "postgresql", sorted(ids)
        source = "unnest(CAST(:ids AS BIGINT[])) AS given(value)" if postgres else "json_each(:ids)"
        values = {"ids": given if postgres else dump_json(given), "seq": seq, "at": to_micros(at)}
        db.execute(text(_SET.format(ids=source)), values)


def marks_of(db: Connection, ids: Collection[int]) -> Mapping[int, Any]:
    """Binding id -> its mark (seq, at)."""
    return {row.binding_id: row for row in fetch_in(db, _MARK, "binding_id", ids)}


def with_marks(db: Connection, rows: Mapping[Any, Any]) -> dict[Any, Any]:
    """Named tuples of bindings with their last read, marks included. Keys stay."""
    marks = marks_of(db, [row.id for row in rows.values()])
    return {
        key: row._replace(read_seq=max(row.read_seq, marks[row.id].seq)) if row.id in marks else row
        for key, row in rows.items()
    }


def read_lately(db: Connection, rows: Collection[Any]) -> list[Any]:
    """Bindings with the time of their last read, marks included."""
    marks = marks_of(db, [row.id for row in rows])
    return [
        row._replace(read_at=max(row.read_at or marks[row.id].at, marks[row.id].at)) if row.id in marks else row
        for row in rows
    ]


def seen_after(seq: int) -> ColumnElement[bool]:
    """A read with a larger number found the binding unchanged."""
    return exists(select(read_mark.c.seq).where(read_mark.c.binding_id == binding.c.id, read_mark.c.seq > seq))


def last_read() -> ColumnElement[datetime]:
    """When a binding was last read, for queries that join read_mark (outer) to it."""
    return case((read_mark.c.at > binding.c.read_at, read_mark.c.at), else_=binding.c.read_at)
