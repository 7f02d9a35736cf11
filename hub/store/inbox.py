"""What waits for a person, as people read it: list with filters, one item, counts."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from hub.store.paging import Listing, PageRequest, fetch_page, one
from hub.store.schema import CONNECTION, INBOX_ITEM, RECORD

_ITEM = (
    select(INBOX_ITEM, CONNECTION.c.name.label("connection"), RECORD.c.title.label("record_title"))
    .outerjoin(CONNECTION, CONNECTION.c.id == INBOX_ITEM.c.connection_id)
    .outerjoin(RECORD, RECORD.c.id == INBOX_ITEM.c.record_id)
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
    return fetch_page(tx, _ITEM.where(*_conditions(wanted)), INBOX_ITEM.c.id, request)


def show_item(tx: Connection, item_id: int) -> dict[str, Any] | None:
    """The item, or None."""
    return one(tx, _ITEM.where(INBOX_ITEM.c.id == item_id))


def count_open(tx: Connection) -> dict[str, int]:
    """Open items by kind."""
    query = select(INBOX_ITEM.c.kind, func.count()).where(INBOX_ITEM.c.state == "open").group_by(INBOX_ITEM.c.kind)
    return {kind: count for kind, count in tx.execute(query)}


def _conditions(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    names = ("state", "kind", "entity", "field", "connection_id", "record_id")
    return [INBOX_ITEM.c[name] == value for name in names if (value := getattr(wanted, name))]
