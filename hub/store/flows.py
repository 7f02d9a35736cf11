"""Flows as people read and change them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from hub.store import core
from hub.store.paging import Listing, PageRequest, fetch_page, one

_WITH_NAME = select(
    core.flow,
    core.connection.c.name.label("connection"),
    core.connection.c.system,
    core.connection.c.state.label("connection_state"),
).join(core.connection, core.connection.c.id == core.flow.c.connection_id)


def list_flows(tx: Connection, request: PageRequest, *, connection_id: int | None = None, entity: str = "") -> Listing:
    """Oldest first, each with the name, system and state of its connection."""
    equal = {"connection_id": connection_id, "entity": entity}
    query = _WITH_NAME.where(*(core.flow.c[name] == value for name, value in equal.items() if value))
    return fetch_page(tx, query, core.flow.c.id, request, newest_first=False)


def show_flow(tx: Connection, flow_id: int) -> dict[str, Any] | None:
    """The flow, or None."""
    return one(tx, _WITH_NAME.where(core.flow.c.id == flow_id))


def find_flow(tx: Connection, connection_id: int, entity: str) -> dict[str, Any] | None:
    """The flow of that connection and entity, or None."""
    return one(tx, _WITH_NAME.where(core.flow.c.connection_id == connection_id, core.flow.c.entity == entity))


def flows_of_entity(tx: Connection, entity: str) -> list[dict[str, Any]]:
    """All flows of one entity, oldest first."""
    rows = tx.execute(_WITH_NAME.where(core.flow.c.entity == entity).order_by(core.flow.c.id)).mappings()
    return [dict(row) for row in rows]


def insert_flow(tx: Connection, values: dict[str, Any]) -> int:
    """values: connection_id, entity and whatever differs from the defaults. Returns the id."""
    base: dict[str, Any] = {
        "pull": True, "push": False, "create": True, "master": False, "every_s": 60, "sweep_s": 86400, "reread_s": 0,
        "freshness_s": 30, "wanted_stage": "", "delete_policy": "ignore", "filter": [], "authority": {},
        "lease_owner": "", "fence": 0, "hint_seq": 0,
    }  # fmt: skip
    key = tx.execute(insert(core.flow).values(base | values)).inserted_primary_key
    return int(key[0]) if key else 0


def update_flow(tx: Connection, flow_id: int, values: dict[str, Any]) -> None:
    tx.execute(update(core.flow).where(core.flow.c.id == flow_id).values(**values))


def count_due(tx: Connection, connection_id: int, entity: str, now: datetime) -> int:
    """Bindings of the flow that are due to be pushed."""
    where = (
        core.binding.c.connection_id == connection_id,
        core.binding.c.entity == entity,
        core.binding.c.due_at <= now,
    )
    return tx.scalar(select(func.count()).select_from(core.binding).where(*where)) or 0
