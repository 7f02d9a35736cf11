"""What a page of reads has to be compared with: bindings, records, keys, references. Set-wise, one query per question."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, or_, select, text

from hub.store.core import binding, identity_key, inbox_item, intent, pending_ref, record
from hub.store.fetch import Shape, fetch, fetch_in
from hub.store.pageplan import RefKey
from hub.store.partial import HAS_EXTERNAL_ID, HAS_NUMBER, OPEN_INTENT, open_intents_with_bindings

CHUNK = 500
"""Values in one IN list: SQLite allows 32,766 parameters, and plans for short lists are cached better."""


def chunks(values: Iterable[Any], size: int = CHUNK) -> Iterable[list[Any]]:
    items = list(values)
    return (items[i : i + size] for i in range(0, len(items), size))


_BINDING, _RECORD, _INTENT, _PENDING = Shape(binding), Shape(record), Shape(intent), Shape(pending_ref)
_BRIEF = Shape(
    binding,
    *(
        "id",
        "record_id",
        "external_id",
        "native_hash",
        "read_seq",
        "write_seq",
        "role",
        "state",
        "version",
        "reread",
        "held",
    ),
)
_OWNER = Shape(identity_key, "value", "record_id")
_BY_ID = Shape(binding, "external_id", "record_id", "role")
_BY_NUMBER = Shape(binding, "number", "record_id", "role")
_PLACE = Shape(binding, "record_id", "external_id", "number", "stage_seen", "state")
_HOME = Shape(binding, "record_id")
_HERE = "connection_id = ? AND entity = ?"


def bindings_by_external(connection: Connection, at: int, entity: str, ids: Collection[str]) -> dict[str, Any]:
    """External id -> binding without its base (enough to see that nothing changed)."""
    where = f"{_HERE} AND {HAS_EXTERNAL_ID.text}"
    found = fetch_in(connection, _BRIEF, "external_id", ids, where=where, given=(at, entity))
    return {row.external_id: row for row in found}


def bindings_by_id(connection: Connection, ids: Collection[int]) -> dict[int, Any]:
    """Whole bindings."""
    return {row.id: row for row in fetch_in(connection, _BINDING, "id", ids)}


def wanted_by_key(connection: Connection, at: int, entity: str, keys: Collection[str]) -> dict[str, Any]:
    """Hub key -> binding that has no external id yet: a create of ours whose reply was lost."""
    where = f"{_HERE} AND external_id = '' AND key <> ''"
    return {row.key: row for row in fetch_in(connection, _BINDING, "key", keys, where=where, given=(at, entity))}


def records_by_id(connection: Connection, ids: Collection[int]) -> dict[int, Any]:
    return {row.id: row for row in fetch_in(connection, _RECORD, "id", ids)}


def bound_at(connection: Connection, at: int, records: Collection[int]) -> set[int]:
    """Which of the records have a primary binding at the connection."""
    where = "connection_id = ? AND role = 'primary'"
    return {row.record_id for row in fetch_in(connection, _HOME, "record_id", records, where=where, given=(at,))}


def open_intents(connection: Connection, bindings: Collection[int]) -> dict[int, Any]:
    """Binding id -> its open or unknown intent."""
    return {
        row.binding_id: row for row in fetch_in(connection, _INTENT, "binding_id", bindings, where=OPEN_INTENT.text)
    }


def unproven_creates(connection: Connection, at: int, entity: str) -> list[Mapping[str, Any]]:
    """Golden data of records whose create at the connection was sent, and nobody knows whether it arrived."""
    query = open_intents_with_bindings(record.c.data).join(record, record.c.id == binding.c.record_id)
    mine = (binding.c.connection_id == at, binding.c.entity == entity, intent.c.operation == "create")
    return list(connection.scalars(query.where(*mine)))


def records_by_keys(
    connection: Connection, entity: str, keys: Collection[tuple[str, str]]
) -> dict[tuple[str, str], set[int]]:
    """(kind, value) -> records of the entity that carry the key."""
    found: dict[tuple[str, str], set[int]] = {}
    for kind, values in _by_first(keys).items():
        where, given = "entity = ? AND kind = ?", (entity, kind)
        for row in fetch_in(connection, _OWNER, "value", values, where=where, given=given):
            found.setdefault((kind, row.value), set()).add(row.record_id)
    return found


def _by_first(pairs: Collection[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for first, second in pairs:
        found.setdefault(first, []).append(second)
    return found


def resolve_refs(connection: Connection, at: int, refs: Collection[RefKey]) -> dict[RefKey, int]:
    """References -> record ids, for those whose parent is known at the connection. Aliases resolve to their record."""
    found: dict[RefKey, int] = {}
    for entity, by in {(ref.entity, ref.by) for ref in refs}:
        shape, column, known = (
            (_BY_ID, "external_id", HAS_EXTERNAL_ID) if by == "id" else (_BY_NUMBER, "number", HAS_NUMBER)
        )
        where = f"{_HERE} AND state IN ('linked', 'gone') AND {known.text}"
        values = [ref.value for ref in refs if ref.entity == entity and ref.by == by and ref.value]
        rows = fetch_in(connection, shape, column, values, where=where, given=(at, entity))
        for value, record_id, _role in sorted(rows, key=lambda row: bool(row.role == "primary")):
            found[RefKey(entity, by, value)] = record_id
    return found


def targets_of_refs(connection: Connection, at: int, records: Collection[int]) -> Mapping[int, Any]:
    """Record id -> its primary binding at the connection (id, number, stage), for references on a push."""
    where = "connection_id = ? AND role = 'primary' AND external_id <> ''"
    return {row.record_id: row for row in fetch_in(connection, _PLACE, "record_id", records, where=where, given=(at,))}


def pending_children(connection: Connection, at: int, entity: str, values: Collection[tuple[str, str]]) -> list[Any]:
    """Pending references to a parent of `entity` by (by, value): what a new binding resolves."""
    rows: list[Any] = []
    for by, found in _by_first(values).items():
        rows.extend(
            fetch_in(connection, _PENDING, "value", found, where=f'{_HERE} AND "by" = ?', given=(at, entity, by))
        )
    return rows


def late_children(connection: Connection, at: int) -> list[Any]:
    """At most CHUNK pending references at the connection whose parent is bound there all the same."""
    bound = select(binding.c.id).where(
        binding.c.connection_id == pending_ref.c.connection_id,
        binding.c.entity == pending_ref.c.entity,
        binding.c.state.in_(("linked", "gone")),
    )
    by_id = bound.where(binding.c.external_id == pending_ref.c.value, HAS_EXTERNAL_ID)
    by_number = bound.where(binding.c.number == pending_ref.c.value, HAS_NUMBER)
    there = or_(
        and_(pending_ref.c.by == "id", by_id.exists()),
        and_(pending_ref.c.by == "number", by_number.exists()),
    )
    query = select(pending_ref).where(pending_ref.c.connection_id == at, pending_ref.c.value != "", there)
    return list(connection.execute(query.order_by(pending_ref.c.id).limit(CHUNK)).all())


def anything_pending(connection: Connection, at: int, entity: str) -> bool:
    """Whether any reference to a parent of `entity` waits: usually none, and then nobody's children are looked for."""
    return bool(fetch(connection, _PENDING, f"WHERE {_HERE} LIMIT 1", (at, entity)))


def bindings_of_records(connection: Connection, at: int, records: Collection[int]) -> Sequence[Any]:
    """Primary bindings of the records at the connection, whole."""
    where = "connection_id = ? AND role = 'primary'"
    return fetch_in(connection, _BINDING, "record_id", records, where=where, given=(at,))


def lock_identity(connection: Connection, entity: str) -> None:
    """Two creators of one entity wait for each other until the transaction ends (weak keys have no unique index to meet on).
    SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtext(:entity))"), {"entity": f"hub-identity-{entity}"}
        )


def doubt_about(connection: Connection, entity: str, record_id: int) -> int | None:
    """The open possible duplicate that is about the record, or names it as a candidate."""
    query = select(inbox_item.c.id, inbox_item.c.record_id, inbox_item.c.data).where(
        inbox_item.c.kind == "possible_duplicate", inbox_item.c.entity == entity, inbox_item.c.state == "open"
    )
    about = (r.id for r in connection.execute(query) if record_id in (r.record_id, *r.data.get("candidates", [])))
    return min(about, default=None)


def doubted_records(connection: Connection, entity: str) -> set[int]:
    """Records that an open possible duplicate is about, or names as candidates: created nowhere until a person has decided."""
    query = select(inbox_item.c.record_id, inbox_item.c.data).where(
        inbox_item.c.kind == "possible_duplicate", inbox_item.c.entity == entity, inbox_item.c.state == "open"
    )
    return {int(i) for row in connection.execute(query) for i in (row.record_id or 0, *row.data.get("candidates", []))}
