"""Versions of mappings as people read and change them. connection_id None = the default of the system."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from hub.store import core
from hub.store.paging import Listing, PageRequest, fetch_page, one

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
