"""What first contact left behind, for its report: who is bound where, what the merge filled and overrode, what waits for a person."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, func, select

from hub.store.core import binding, change, inbox_item, record, run

SAMPLES = 5


def last_full_pull(tx: Connection, connection_id: int, entity: str) -> dict[str, Any] | None:
    """The newest full pull that balanced: id, counts, ended_at."""
    query = (
        select(run.c.id, run.c.counts, run.c.ended_at)
        .where(run.c.connection_id == connection_id, run.c.entity == entity, run.c.kind == "pull")
        .where(run.c.full, run.c.state == "ok", ~run.c.dry)
    )
    row = tx.execute(query.order_by(run.c.id.desc()).limit(1)).mappings().first()
    return None if row is None else dict(row)


def bound_elsewhere(tx: Connection, connection_id: int, records: Collection[int]) -> set[int]:
    """Which of the records are at another connection too."""
    query = select(binding.c.record_id).where(
        binding.c.record_id.in_(records), binding.c.connection_id != connection_id, binding.c.external_id != ""
    )
    return set(tx.scalars(query))


def count_aliases(tx: Connection, connection_id: int, entity: str) -> int:
    """Second ids of records that the connection holds twice."""
    query = select(func.count()).where(
        binding.c.connection_id == connection_id, binding.c.entity == entity, binding.c.role == "alias",
        binding.c.state == "linked",
    )  # fmt: skip
    return tx.scalar(query) or 0


def only_in_hub(tx: Connection, connection_id: int, entity: str) -> tuple[int, list[dict[str, Any]]]:
    """Live records that are not at the connection: how many, and some of them."""
    here = exists().where(
        binding.c.record_id == record.c.id, binding.c.connection_id == connection_id, binding.c.external_id != ""
    )
    where = (record.c.entity == entity, record.c.state == "live", ~here)
    rows = tx.execute(
        select(record.c.id.label("record"), record.c.title).where(*where).order_by(record.c.id).limit(SAMPLES)
    )
    return tx.scalar(select(func.count()).select_from(record).where(*where)) or 0, [dict(r) for r in rows.mappings()]


def open_items(tx: Connection, connection_id: int, entity: str, kind: str) -> Iterator[dict[str, Any]]:
    """Open inbox items of a kind: id, record, title, field, data."""
    query = (
        select(inbox_item.c.id, inbox_item.c.record_id, inbox_item.c.field, inbox_item.c.data, record.c.title)
        .outerjoin(record, record.c.id == inbox_item.c.record_id)
        .where(inbox_item.c.connection_id == connection_id, inbox_item.c.entity == entity)
        .where(inbox_item.c.kind == kind, inbox_item.c.state == "open")
    )
    yield from map(dict, tx.execute(query.order_by(inbox_item.c.id)).mappings())


def changes_by(
    tx: Connection, connection_id: int, entity: str, *, who: str, until: datetime | None
) -> Iterator[dict[str, Any]]:
    """What a connection's reads changed in records that existed before: record, title, fields, lost; up to a time."""
    query = (
        select(change.c.record_id, change.c.fields, change.c.lost, record.c.title)
        .join(binding, binding.c.record_id == change.c.record_id)
        .join(record, record.c.id == change.c.record_id)
        .where(binding.c.connection_id == connection_id, binding.c.entity == entity, binding.c.role == "primary")
        .where(change.c.who == who, change.c.version > 1)
    )
    if until is not None:
        query = query.where(change.c.at <= until)
    yield from map(dict, tx.execute(query.order_by(change.c.id)).mappings())


def count_wanted(tx: Connection, connection_id: int, entity: str) -> int:
    """Records that wait to be created at the connection."""
    query = select(func.count()).where(
        binding.c.connection_id == connection_id, binding.c.entity == entity, binding.c.state == "wanted"
    )
    return tx.scalar(query) or 0
