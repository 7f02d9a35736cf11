"""What waits for a person, as people read it: list with filters, one item, counts."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from hub.store import core
from hub.store.paging import Listing, PageRequest, fetch_page, one

_ITEM = (
    select(core.inbox_item, core.connection.c.name.label("connection"), core.record.c.title.label("record_title"))
    .outerjoin(core.connection, core.connection.c.id == core.inbox_item.c.connection_id)
    .outerjoin(core.record, core.record.c.id == core.inbox_item.c.record_id)
)


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """state "" = any."""

    state: str = "open"
    kind: str = ""
    entity: str = ""
    field: str = ""
    connection_id: int | None = None
    record_id: int | None = None


def list_items(tx: Connection, wanted: InboxFilter, request: PageRequest) -> Listing:
    """Newest first, each with the names of its connection and record."""
    return fetch_page(tx, _ITEM.where(*_conditions(wanted)), core.inbox_item.c.id, request)


def show_item(tx: Connection, item_id: int) -> dict[str, Any] | None:
    """The item, or None."""
    return one(tx, _ITEM.where(core.inbox_item.c.id == item_id))


def count_open(tx: Connection) -> dict[str, int]:
    """Open items by kind."""
    query = (
        select(core.inbox_item.c.kind, func.count())
        .where(core.inbox_item.c.state == "open")
        .group_by(core.inbox_item.c.kind)
    )
    return {kind: count for kind, count in tx.execute(query)}


def _conditions(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    names = ("state", "kind", "entity", "field", "connection_id", "record_id")
    return [core.inbox_item.c[name] == value for name in names if (value := getattr(wanted, name))]
