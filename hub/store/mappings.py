"""Versions of mappings as people read and change them. connection_id None = the default of the system."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, update

from hub.store import core
from hub.store.paging import Listing, PageRequest, fetch_page, one

#: Bindings looked at together.
PAGE = 500
#: hub.sync.tasks.LANE_BACKFILL: the store knows nothing of the engine.
LANE_BACKFILL = 3

_HEAD = [column for column in core.mapping.c if column.name != "spec"]


def list_mappings(
    tx: Connection, request: PageRequest, *, system: str = "", entity: str = "", active_only: bool = False
) -> Listing:
    """Newest first, without their lines."""
    equal: dict[str, Any] = {"system": system, "entity": entity, "active": active_only}
    query = select(*_HEAD).where(*(core.mapping.c[name] == value for name, value in equal.items() if value))
    return fetch_page(tx, query, core.mapping.c.id, request)


def show_mapping(tx: Connection, mapping_id: int) -> dict[str, Any] | None:
    return one(tx, select(core.mapping).where(core.mapping.c.id == mapping_id))


def active_mapping(tx: Connection, system: str, entity: str, connection_id: int | None) -> dict[str, Any] | None:
    """The active version of exactly that scope, or None."""
    return one(tx, select(core.mapping).where(*_scope(system, entity, connection_id), core.mapping.c.active.is_(True)))


def insert_version(tx: Connection, values: dict[str, Any]) -> tuple[int, int]:
    """values: system, entity, connection_id, hash, spec, created_at, created_by. Returns (id, version), inactive."""
    scope = _scope(values["system"], values["entity"], values["connection_id"])
    version = (tx.scalar(select(func.max(core.mapping.c.version)).where(*scope)) or 0) + 1
    key = tx.execute(insert(core.mapping).values(version=version, active=False, **values)).inserted_primary_key
    return (int(key[0]) if key else 0), version


def activate_version(tx: Connection, row: dict[str, Any]) -> None:
    """Make this version the only active one of its scope."""
    scope = _scope(row["system"], row["entity"], row["connection_id"])
    tx.execute(update(core.mapping).where(*scope, core.mapping.c.active.is_(True)).values(active=False))
    tx.execute(update(core.mapping).where(core.mapping.c.id == row["id"]).values(active=True))


def _scope(system: str, entity: str, connection_id: int | None) -> list[ColumnElement[bool]]:
    here = (
        core.mapping.c.connection_id.is_(None)
        if connection_id is None
        else core.mapping.c.connection_id == connection_id
    )
    return [core.mapping.c.system == system, core.mapping.c.entity == entity, here]


def version_with(tx: Connection, values: dict[str, Any]) -> dict[str, Any] | None:
    """The newest version of the same scope with the same content, or None."""
    scope = _scope(values["system"], values["entity"], values["connection_id"])
    query = select(core.mapping).where(*scope, core.mapping.c.hash == values["hash"])
    return one(tx, query.order_by(core.mapping.c.version.desc()).limit(1))


def connections_under(tx: Connection, row: dict[str, Any]) -> list[dict[str, Any]]:
    """The connections that a mapping version rules: its own, or those of its system that have none of their own."""
    query = select(core.connection).where(core.connection.c.system == row["system"]).order_by(core.connection.c.id)
    if row["connection_id"] is not None:
        query = query.where(core.connection.c.id == row["connection_id"])
    found = [dict(one) for one in tx.execute(query).mappings()]
    if row["connection_id"] is not None:
        return found
    return [at for at in found if active_mapping(tx, row["system"], row["entity"], at["id"]) is None]


def linked_page(tx: Connection, connection_id: int, entity: str, after: int) -> list[dict[str, Any]]:
    """The next linked primary bindings with base, version and the record's data, title and state, by id."""
    query = (
        select(
            *(
                core.binding.c[name]
                for name in ("id", "record_id", "base", "version", "reread", "due_at", "stage_seen", "held", "key")
            ),
            *(core.record.c[name] for name in ("data", "title", "state")),
        )
        .join(core.record, core.record.c.id == core.binding.c.record_id)
        .where(
            core.binding.c.connection_id == connection_id,
            core.binding.c.entity == entity,
            core.binding.c.state == "linked",
            core.binding.c.role == "primary",
            core.binding.c.id > after,
        )
        .order_by(core.binding.c.id)
        .limit(PAGE)
    )
    return [dict(row) for row in tx.execute(query).mappings()]


def rebase_bindings(tx: Connection, rows: list[dict[str, Any]]) -> None:
    """rows: b_id, base, reread, due_at, updated_at. The version rises, so that a run in hand decides again."""
    if rows:
        values: dict[str, Any] = {name: bindparam(name) for name in ("base", "reread", "due_at", "updated_at")}
        moved = core.binding.c.version + 1
        statement = update(core.binding).where(core.binding.c.id == bindparam("b_id"))
        tx.execute(statement.values(**values, version=moved, native_hash="", lane=LANE_BACKFILL), rows)
