"""Connections: the rows that people and use-cases read and change. The config column stays sealed here."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from hub.store import core
from hub.store.paging import Listing, PageRequest, fetch_page, one

_OPEN_COLUMNS = [column for column in core.connection.c if column.name != "config"]


def list_connections(tx: Connection, request: PageRequest, *, system: str = "", state: str = "") -> Listing:
    """Oldest first, without their settings."""
    equal = {"system": system, "state": state}
    query = select(*_OPEN_COLUMNS).where(*(core.connection.c[name] == value for name, value in equal.items() if value))
    return fetch_page(tx, query, core.connection.c.id, request, newest_first=False)


def show_connection(tx: Connection, connection_id: int) -> dict[str, Any] | None:
    """One connection with its sealed config, or None."""
    return one(tx, select(core.connection).where(core.connection.c.id == connection_id))


def find_connection(tx: Connection, name: str) -> dict[str, Any] | None:
    """The connection of that name with its sealed config, or None."""
    return one(tx, select(core.connection).where(core.connection.c.name == name))


def insert_connection(tx: Connection, values: dict[str, Any]) -> int:
    """values: name, system, config (sealed), options, created_at. Returns the id."""
    key = tx.execute(insert(core.connection).values(state="active", failures=0, **values)).inserted_primary_key
    return int(key[0]) if key else 0


def update_connection(tx: Connection, connection_id: int, values: dict[str, Any]) -> None:
    tx.execute(update(core.connection).where(core.connection.c.id == connection_id).values(**values))


def is_used(tx: Connection, connection_id: int) -> bool:
    """Whether records are bound to this connection."""
    query = select(core.binding.c.id).where(core.binding.c.connection_id == connection_id).limit(1)
    return tx.execute(query).first() is not None


def delete_connection(tx: Connection, connection_id: int) -> None:
    """Remove a connection that no record is bound to, with its flows and logs."""
    for table in (core.attempt, core.run, core.inbound_event, core.flow):
        tx.execute(delete(table).where(table.c.connection_id == connection_id))
    tx.execute(delete(core.connection).where(core.connection.c.id == connection_id))


def paused_names(tx: Connection) -> list[str]:
    query = select(core.connection.c.name).where(core.connection.c.state == "paused").order_by(core.connection.c.name)
    return list(tx.scalars(query))


def due_counts(tx: Connection, now: datetime) -> dict[str, int]:
    """How many bindings are due, by connection name."""
    return _counted(tx, core.binding.c.due_at.is_not(None), core.binding.c.due_at <= now)


def later_counts(tx: Connection, now: datetime) -> dict[str, int]:
    """How many bindings are due at a later time: they back off."""
    return _counted(tx, core.binding.c.due_at.is_not(None), core.binding.c.due_at > now)


def reread_counts(tx: Connection) -> dict[str, int]:
    """How many bindings wait to be read again by id."""
    return _counted(tx, core.binding.c.reread, core.binding.c.state == "linked")


def _counted(tx: Connection, *where: ColumnElement[bool]) -> dict[str, int]:
    query = (
        select(core.connection.c.name, func.count())
        .join(core.binding, core.binding.c.connection_id == core.connection.c.id)
        .where(*where)
        .group_by(core.connection.c.name)
    )
    return {name: count for name, count in tx.execute(query)}
