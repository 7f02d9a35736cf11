"""Golden records as people read them: list, search, one record, its bindings, its history, all about one customer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from hub.model.fields import FIELDS, FieldSpec, row_field
from hub.store import core
from hub.store.marks import last_read
from hub.store.paging import Listing, PageRequest, contains, fetch_page, one
from hub.store.scope import EVERYTHING, Scope

_SHOWN = [
    core.record.c[name] for name in ("id", "entity", "title", "number", "state", "version", "owner_id", "customer_id")
]
_LISTED = [*_SHOWN, core.record.c.updated_at]
_FULL = [*_LISTED, core.record.c.data, core.record.c.origin, core.record.c.merged_into, core.record.c.created_at]


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
    return fetch_page(tx, query, core.record.c.id, request)


def show_record(tx: Connection, scope: Scope, record_id: int) -> dict[str, Any] | None:
    """The whole record, or None when there is none that this scope sees."""
    return one(tx, select(*_FULL).where(core.record.c.id == record_id, scope.records()))


def bindings_of(tx: Connection, record_id: int) -> list[dict[str, Any]]:
    """Where the record lives: one row per connection and external id, without the base."""
    names = ("id", "connection_id", "external_id", "number", "role", "state", "stage_seen", "stage_wanted")
    more = ("due_at", "attempts", "waiting_for", "held", "updated_at")
    query = (
        select(
            *(core.binding.c[name] for name in names + more),
            core.connection.c.name.label("connection"),
            last_read().label("read_at"),
        )
        .join(core.connection, core.connection.c.id == core.binding.c.connection_id)
        .outerjoin(core.read_mark, core.read_mark.c.binding_id == core.binding.c.id)
        .where(core.binding.c.record_id == record_id)
        .order_by(core.binding.c.id)
    )
    return [dict(row) for row in tx.execute(query).mappings()]


def history_of(tx: Connection, record_id: int, request: PageRequest) -> Listing:
    """Change rows of the record, newest first: {field: [old, new]}, who, why, and the values that lost."""
    return fetch_page(tx, select(core.change).where(core.change.c.record_id == record_id), core.change.c.id, request)


def merges_of(tx: Connection, record_id: int) -> list[dict[str, Any]]:
    """Rows of the merge log about a record, newest first."""
    about = or_(core.merge_log.c.survivor == record_id, core.merge_log.c.loser == record_id)
    return [
        dict(row)
        for row in tx.execute(select(core.merge_log).where(about).order_by(core.merge_log.c.id.desc())).mappings()
    ]


def titles_of(tx: Connection, ids: Iterable[int | None]) -> dict[int, str]:
    """Titles by record id, for showing references."""
    wanted = sorted({record_id for record_id in ids if record_id is not None})
    rows = tx.execute(select(core.record.c.id, core.record.c.title).where(core.record.c.id.in_(wanted)))
    return {row.id: row.title for row in rows}


def references_in(row: dict[str, Any]) -> set[int]:
    """Record ids that a whole record refers to: its owner, its customer, and the references in its data."""
    entity = row["entity"]
    found = {row["owner_id"], row["customer_id"], *_targets(row["data"], FIELDS.get(entity, {}))}
    rows = row_field(entity)
    for line in row["data"].get(rows) or ():
        found |= _targets(line, FIELDS[entity][rows].rows)
    return {target for target in found if isinstance(target, int)}


def counts_by_entity(tx: Connection, scope: Scope = EVERYTHING) -> dict[str, int]:
    """How many live records there are of each entity."""
    query = select(core.record.c.entity, func.count()).where(core.record.c.state == "live", scope.records())
    return {entity: count for entity, count in tx.execute(query.group_by(core.record.c.entity))}


def _targets(data: Mapping[str, Any], specs: Mapping[str, FieldSpec]) -> set[Any]:
    return {data[name] for name, spec in specs.items() if spec.type == "ref" and isinstance(data.get(name), int)}


def _conditions(wanted: RecordFilter) -> list[ColumnElement[bool]]:
    equal = {"entity": wanted.entity, "state": wanted.state}
    found = [core.record.c[name] == value for name, value in equal.items() if value]
    if wanted.customer_id is not None:
        found.append(core.record.c.customer_id == wanted.customer_id)
    if wanted.owner_id is not None:
        found.append(core.record.c.owner_id == wanted.owner_id)
    return [*found, _search(wanted.q)] if wanted.q else found


def _search(text: str) -> ColumnElement[bool]:
    known = select(core.identity_key.c.record_id).where(core.identity_key.c.value == text)
    return or_(contains(core.record.c.title, text), core.record.c.number == text, core.record.c.id.in_(known))
