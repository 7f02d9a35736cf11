"""Golden records as people read them: list, search, one record, its bindings, its history, all about one customer."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from hub.store.paging import Listing, PageRequest, contains, fetch_page, one
from hub.store.schema import BINDING, CHANGE, CONNECTION, IDENTITY_KEY, RECORD
from hub.store.scope import EVERYTHING, Scope

_SHOWN = [RECORD.c[name] for name in ("id", "entity", "title", "number", "state", "version", "owner_id", "customer_id")]
_LISTED = [*_SHOWN, RECORD.c.updated_at]
_FULL = [*_LISTED, RECORD.c.data, RECORD.c.origin, RECORD.c.merged_into, RECORD.c.created_at]


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """What to list. `q` finds part of the title, a whole number, or an identity (tax code, phone). state "" = any."""

    entity: str = ""
    q: str = ""
    customer_id: int | None = None
    owner_id: int | None = None
    state: str = "live"


def list_records(tx: Connection, scope: Scope, wanted: RecordFilter, request: PageRequest) -> Listing:
    """Newest first, without the data of each record."""
    query = select(*_LISTED).where(scope.records(), *_conditions(wanted))
    return fetch_page(tx, query, RECORD.c.id, request)


def show_record(tx: Connection, scope: Scope, record_id: int) -> dict[str, Any] | None:
    """The whole record, or None when there is none that this scope sees."""
    return one(tx, select(*_FULL).where(RECORD.c.id == record_id, scope.records()))


def bindings_of(tx: Connection, record_id: int) -> list[dict[str, Any]]:
    """Where the record lives: one row per connection and external id, without the base."""
    names = ("id", "connection_id", "external_id", "number", "role", "state", "stage_seen", "stage_wanted")
    more = ("read_at", "due_at", "attempts", "waiting_for", "held", "updated_at")
    query = (
        select(*(BINDING.c[name] for name in names + more), CONNECTION.c.name.label("connection"))
        .join(CONNECTION, CONNECTION.c.id == BINDING.c.connection_id)
        .where(BINDING.c.record_id == record_id)
        .order_by(BINDING.c.id)
    )
    return [dict(row) for row in tx.execute(query).mappings()]


def history_of(tx: Connection, record_id: int, request: PageRequest) -> Listing:
    """Change rows of the record, newest first: {field: [old, new]}, who, why, and the values that lost."""
    return fetch_page(tx, select(CHANGE).where(CHANGE.c.record_id == record_id), CHANGE.c.id, request)


def titles_of(tx: Connection, ids: Iterable[int | None]) -> dict[int, str]:
    """Titles by record id, for showing references."""
    wanted = sorted({record_id for record_id in ids if record_id is not None})
    rows = tx.execute(select(RECORD.c.id, RECORD.c.title).where(RECORD.c.id.in_(wanted)))
    return {row.id: row.title for row in rows}


def counts_by_entity(tx: Connection, scope: Scope = EVERYTHING) -> dict[str, int]:
    """How many live records there are of each entity."""
    query = select(RECORD.c.entity, func.count()).where(RECORD.c.state == "live", scope.records())
    return {entity: count for entity, count in tx.execute(query.group_by(RECORD.c.entity))}


def _conditions(wanted: RecordFilter) -> list[ColumnElement[bool]]:
    equal = {"entity": wanted.entity, "state": wanted.state}
    found = [RECORD.c[name] == value for name, value in equal.items() if value]
    if wanted.customer_id is not None:
        found.append(RECORD.c.customer_id == wanted.customer_id)
    if wanted.owner_id is not None:
        found.append(RECORD.c.owner_id == wanted.owner_id)
    return [*found, _search(wanted.q)] if wanted.q else found


def _search(text: str) -> ColumnElement[bool]:
    known = select(IDENTITY_KEY.c.record_id).where(IDENTITY_KEY.c.value == text)
    return or_(contains(RECORD.c.title, text), RECORD.c.number == text, RECORD.c.id.in_(known))
