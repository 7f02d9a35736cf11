"""Write a PagePlan in the caller's transaction: compare-and-set on versions, bulk statements, due marks, inbox."""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from hub.store.bulk import insert_rows, one_of, update_rows
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
from hub.store.marks import mark_read
from hub.store.pageplan import Draft, Moved, PagePlan, Target
from hub.store.partial import MAY_BE_DUE, OPEN_ITEM


def upsert(connection: Connection, table: Any) -> Any:
    """`INSERT … ON CONFLICT` of the database at hand."""
    return (pg_insert if connection.dialect.name == "postgresql" else sqlite_insert)(table)


def apply_plan(
    connection: Connection,
    plan: PagePlan,
    *,
    targets: Sequence[Target],
    now: datetime,
    run_id: int | None,
    locked: bool = False,
) -> None:
    """Apply everything in `plan`; `locked`: the versions of its bindings were checked in this transaction already.

    Raises Moved (nothing written: the caller's transaction rolls back) when a row has another version than the plan was made from;
    sqlalchemy IntegrityError when another page created the same record first."""
    _check_versions(connection, record, plan.records)
    if not locked:
        _check_versions(connection, binding, plan.bindings)
    created = {row["id"] for row in plan.new_records}
    insert_rows(connection, record, plan.new_records)
    _update(connection, record, plan.records, now)
    insert_rows(connection, binding, plan.new_bindings)
    _update(connection, binding, plan.bindings, now)
    insert_rows(connection, change, [{**row, "at": now, "run_id": run_id} for row in plan.changes])
    _replace(connection, identity_key, plan.keys, created)
    _replace(connection, pending_ref, plan.pending, created)
    _mark_seen(connection, plan, now)
    insert_rows(connection, binding, [row for row in plan.wanted if row["record_id"] in created])
    insert_wanted(connection, [row for row in plan.wanted if row["record_id"] not in created])
    mark_due(connection, plan, targets, now, created)
    for draft in plan.inbox:
        open_item(connection, draft, now)
    close_items(connection, plan.closes, now)
    _update_intents(connection, plan.intents)
    _wake(connection, plan, now)
    _events(connection, plan.events, now)
    insert_rows(connection, merge_log, [{**row, "at": now} for row in plan.merges])


def _check_versions(connection: Connection, table: Any, rows: Iterable[Mapping[str, Any]]) -> None:
    expected = {row["id"]: row["from_version"] for row in rows}
    if not expected:
        return
    query = select(table.c.id, table.c.version).where(one_of(connection, table.c.id, expected)).with_for_update()
    found = {row.id: row.version for row in connection.execute(query)}
    if found != expected:
        raise Moved


def _update(connection: Connection, table: Any, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Every update moves the version by one."""
    moved = [{**row, "version": row["from_version"] + 1, "updated_at": now} for row in rows]
    for row in moved:
        del row["from_version"]
    update_rows(connection, table, moved)


def _replace(
    connection: Connection, table: Any, rows: Mapping[int, Sequence[Mapping[str, Any]]], created: Set[int]
) -> None:
    """The rows of some records, as a whole: what was there goes, what is given stands. Records just created had none."""
    old = [record_id for record_id in rows if record_id not in created]
    if old:
        connection.execute(delete(table).where(one_of(connection, table.c.record_id, old)))
    insert_rows(connection, table, [row for many in rows.values() for row in many])


def _mark_seen(connection: Connection, plan: PagePlan, now: datetime) -> None:
    """Unchanged bindings remember that they were read: an older read that comes later must not be believed (I9)."""
    mark_read(connection, plan.seen, seq=plan.counts.get("_read_seq", 0), at=now)
    if plan.reread:
        again = one_of(connection, binding.c.id, plan.reread)
        connection.execute(update(binding).where(again).values(reread=True))


def insert_wanted(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Bindings without an external id: what a flow wants created. One that exists already stays as it is."""
    insert_rows(connection, binding, rows, skip_known=True)


def mark_due(
    connection: Connection, plan: PagePlan, targets: Sequence[Target], now: datetime, created: Set[int] = frozenset()
) -> None:
    """Set-wise: bindings of changed records at every target that pushes one of the changed fields; and what must be sent back.
    What records just `created` want is inserted as due."""
    for target in targets:
        ids = [i for i, fields in plan.touched.items() if i not in created and fields & target.pushes]
        if target.connection_id == plan.source and not plan.send_back:
            continue
        if ids:
            statement = update(binding).where(
                one_of(connection, binding.c.record_id, ids),
                binding.c.connection_id == target.connection_id,
                binding.c.entity == target.entity,
                binding.c.role == "primary",
                binding.c.state.in_(("linked", "wanted")),
            )
            if target.connection_id == plan.source:
                statement = statement.where(one_of(connection, binding.c.id, plan.send_back))
            connection.execute(statement.values(due_at=now, attempts=0))
    if plan.send_back and any(t.connection_id == plan.source and t.entity == plan.entity for t in targets):
        back = one_of(connection, binding.c.id, plan.send_back)
        connection.execute(update(binding).where(back, MAY_BE_DUE).values(due_at=now, attempts=0))


def open_item(connection: Connection, draft: Draft, now: datetime) -> int:
    """Open an inbox item, or refresh the open one with the same key. A refresh with other data moves its revision, so that a
    person who decides on what was shown before is told."""
    query = select(inbox_item).where(inbox_item.c.dedupe_key == draft.key, OPEN_ITEM)
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
    if not keys or not _anything_open(connection):
        return
    mine = (one_of(connection, inbox_item.c.dedupe_key, keys), OPEN_ITEM)
    connection.execute(update(inbox_item).where(*mine).values(state="closed", resolved_at=now, resolved_by=by))


def _anything_open(connection: Connection) -> bool:
    """An empty inbox is the usual case of a large first sync, and costs one look instead of five keys a record."""
    return connection.execute(select(inbox_item.c.id).where(OPEN_ITEM).limit(1)).first() is not None


def _update_intents(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        connection.execute(
            update(intent).where(intent.c.id == row["id"]).values(**{k: v for k, v in row.items() if k != "id"})
        )


def _wake(connection: Connection, plan: PagePlan, now: datetime) -> None:
    """Children that waited for these records may go on; orders that waited for an approval do so at every connection."""
    decided = [row["id"] for row in plan.records if "data" in row and not row["is_open"]]
    if plan.entity == "approval" and decided:
        held = update(binding).where(one_of(connection, binding.c.waiting_for, decided))
        connection.execute(held.values(waiting_for=None, due_at=now))
    if plan.woken and _anybody_waits(connection):
        waiting = (one_of(connection, binding.c.waiting_for, plan.woken), binding.c.connection_id == plan.source)
        connection.execute(update(binding).where(*waiting).values(waiting_for=None, due_at=now))


_WAITING = (
    select(binding.c.waiting_for).where(binding.c.waiting_for.is_not(None)).order_by(binding.c.waiting_for).limit(1)
)
"""In order, so that PostgreSQL goes through the index: without statistics it takes most bindings to be waiting, and reads them all."""


def _anybody_waits(connection: Connection) -> bool:
    return connection.execute(_WAITING).first() is not None


def _events(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    if rows:
        values = [{"state": "new", "at": now, **row} for row in rows]
        connection.execute(upsert(connection, business_event).on_conflict_do_nothing(), values)
