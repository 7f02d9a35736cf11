"""Write a PagePlan in the caller's transaction: compare-and-set on versions, bulk statements, due marks, inbox."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from hub.store.core import (
    binding,
    business_event,
    change,
    identity_key,
    inbox_item,
    intent,
    merge_log,
    pending_ref,
    record,
)
from hub.store.lookup import chunks
from hub.store.pageplan import Draft, Moved, PagePlan, Target


def upsert(connection: Connection, table: Any) -> Any:
    """`INSERT … ON CONFLICT` of the database at hand."""
    return (pg_insert if connection.dialect.name == "postgresql" else sqlite_insert)(table)


def apply_plan(
    connection: Connection, plan: PagePlan, *, targets: Sequence[Target], now: datetime, run_id: int | None
) -> None:
    """Apply everything in `plan`. Raises Moved (nothing written: the caller's transaction rolls back) when a row has another
    version than the plan was made from; sqlalchemy IntegrityError when another page created the same record first."""
    _check_versions(connection, record, plan.records)
    _check_versions(connection, binding, plan.bindings)
    _insert(connection, record, plan.new_records)
    _update_records(connection, plan.records, now)
    _insert(connection, binding, plan.new_bindings)
    _update_bindings(connection, plan.bindings, now)
    _insert(connection, change, [{**row, "at": now, "run_id": run_id} for row in plan.changes])
    _replace(connection, identity_key, plan.keys)
    _replace(connection, pending_ref, plan.pending)
    _mark_seen(connection, plan, now)
    insert_wanted(connection, plan.wanted)
    mark_due(connection, plan, targets, now)
    for draft in plan.inbox:
        open_item(connection, draft, now)
    close_items(connection, plan.closes, now)
    _update_intents(connection, plan.intents)
    _wake(connection, plan, now)
    _events(connection, plan.events, now)
    _insert(connection, merge_log, [{**row, "at": now} for row in plan.merges])


def _check_versions(connection: Connection, table: Any, rows: Iterable[Mapping[str, Any]]) -> None:
    expected = {row["id"]: row["from_version"] for row in rows}
    for part in chunks(expected):
        query = select(table.c.id, table.c.version).where(table.c.id.in_(part)).with_for_update()
        found = {row.id: row.version for row in connection.execute(query)}
        if any(found.get(key) != expected[key] for key in part):
            raise Moved


def _insert(connection: Connection, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    by_shape: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        by_shape.setdefault(tuple(row), []).append(row)
    for alike in by_shape.values():
        connection.execute(insert(table), alike)


def _update_records(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    _update_by_shape(connection, record, rows, {"updated_at": now})


def _update_bindings(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    _update_by_shape(connection, binding, rows, {"updated_at": now})


def _update_by_shape(
    connection: Connection, table: Any, rows: Sequence[Mapping[str, Any]], extra: Mapping[str, Any]
) -> None:
    """executemany per set of columns; every update moves the version by one."""
    by_shape: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        names = tuple(sorted(k for k in row if k not in ("id", "from_version")))
        values = {f"v_{k}": row[k] for k in names}
        by_shape.setdefault(names, []).append({**values, "v_id": row["id"], "v_version": row["from_version"] + 1})
    for names, values_list in by_shape.items():
        assignments = {k: bindparam(f"v_{k}", type_=table.c[k].type) for k in names}
        statement = update(table).where(table.c.id == bindparam("v_id"))
        connection.execute(statement.values(**assignments, version=bindparam("v_version"), **extra), values_list)


def _replace(connection: Connection, table: Any, rows: Mapping[int, Sequence[Mapping[str, Any]]]) -> None:
    """The rows of some records, as a whole: what was there goes, what is given stands."""
    for part in chunks(rows):
        connection.execute(delete(table).where(table.c.record_id.in_(part)))
    _insert(connection, table, [row for many in rows.values() for row in many])


def _mark_seen(connection: Connection, plan: PagePlan, now: datetime) -> None:
    """Unchanged bindings remember that they were read: an older read that comes later must not be believed (I9)."""
    seq = plan.counts.get("_read_seq", 0)
    for part in chunks(plan.seen):
        connection.execute(
            update(binding)
            .where(binding.c.id.in_(part), binding.c.read_seq < seq)
            .values(read_seq=seq, read_at=now, reread=False)
        )
    for part in chunks(plan.reread):
        connection.execute(update(binding).where(binding.c.id.in_(part)).values(reread=True))


def insert_wanted(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Bindings without an external id: what a flow wants created. One that exists already stays as it is."""
    if rows:
        connection.execute(upsert(connection, binding).on_conflict_do_nothing(), rows)


def mark_due(connection: Connection, plan: PagePlan, targets: Sequence[Target], now: datetime) -> None:
    """Set-wise: bindings of changed records at every target that pushes one of the changed fields; and what must be sent back."""
    for target in targets:
        ids = [record_id for record_id, fields in plan.touched.items() if fields & target.pushes]
        for part in chunks(ids):
            statement = update(binding).where(
                binding.c.record_id.in_(part),
                binding.c.connection_id == target.connection_id,
                binding.c.entity == target.entity,
                binding.c.role == "primary",
                binding.c.state.in_(("linked", "wanted")),
            )
            if target.connection_id == plan.source:
                statement = statement.where(binding.c.id.in_(plan.send_back))
            connection.execute(statement.values(due_at=now, attempts=0))
    if any(target.connection_id == plan.source and target.entity == plan.entity for target in targets):
        for part in chunks(plan.send_back):
            connection.execute(update(binding).where(binding.c.id.in_(part)).values(due_at=now, attempts=0))


def open_item(connection: Connection, draft: Draft, now: datetime) -> int:
    """Open an inbox item, or refresh the open one with the same key. A refresh with other data moves its revision, so that a
    person who decides on what was shown before is told."""
    query = select(inbox_item).where(inbox_item.c.dedupe_key == draft.key, inbox_item.c.state == "open")
    found = connection.execute(query.with_for_update()).first()
    values = {"refreshed_at": now, "zh": draft.zh, "en": draft.en, "data": draft.data}
    if found is not None:
        moved = found.data != draft.data
        connection.execute(
            update(inbox_item)
            .where(inbox_item.c.id == found.id)
            .values(**values, count=inbox_item.c.count + 1, revision=found.revision + int(moved))
        )
        return int(found.id)
    row = {
        **values,
        "kind": draft.kind,
        "entity": draft.entity,
        "record_id": draft.record_id,
        "binding_id": draft.binding_id,
        "connection_id": draft.connection_id,
        "field": draft.field,
        "dedupe_key": draft.key,
        "state": "open",
        "opened_at": now,
        "revision": 1,
        "count": 1,
        "resolved_by": "",
    }
    return int(connection.execute(insert(inbox_item).values(**row).returning(inbox_item.c.id)).scalar_one())


def close_items(connection: Connection, keys: Sequence[str], now: datetime, *, by: str = "hub") -> None:
    """Items that settled themselves (both sides agree, the record went through)."""
    for part in chunks(keys):
        connection.execute(
            update(inbox_item)
            .where(inbox_item.c.dedupe_key.in_(part), inbox_item.c.state == "open")
            .values(state="closed", resolved_at=now, resolved_by=by)
        )


def _update_intents(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        connection.execute(
            update(intent).where(intent.c.id == row["id"]).values(**{k: v for k, v in row.items() if k != "id"})
        )


def _wake(connection: Connection, plan: PagePlan, now: datetime) -> None:
    """Children that waited for these records may go on."""
    for part in chunks(plan.woken):
        connection.execute(
            update(binding)
            .where(binding.c.waiting_for.in_(part), binding.c.connection_id == plan.source)
            .values(waiting_for=None, due_at=now)
        )


def _events(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    if rows:
        values = [{"state": "new", "at": now, **row} for row in rows]
        connection.execute(upsert(connection, business_event).on_conflict_do_nothing(), values)
