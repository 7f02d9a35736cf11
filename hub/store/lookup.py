"""What a page of reads has to be compared with: bindings, records, keys, references. Set-wise, one query per question."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, select, text

from hub.store.bulk import one_of
from hub.store.core import binding, identity_key, inbox_item, intent, pending_ref, record
from hub.store.pageplan import RefKey
from hub.store.partial import HAS_EXTERNAL_ID, HAS_NUMBER, open_intents_with_bindings

CHUNK = 500
"""Values in one IN list: SQLite allows 32,766 parameters, and plans for short lists are cached better."""


def chunks(values: Iterable[Any], size: int = CHUNK) -> Iterable[list[Any]]:
    items = list(values)
    return (items[i : i + size] for i in range(0, len(items), size))


def _select_in(connection: Connection, query: Select[Any], column: Any, values: Collection[Any]) -> list[Row[Any]]:
    if not values:
        return []
    return list(connection.execute(query.where(one_of(connection, column, values))).all())


_BRIEF = select(
    binding.c.id,
    binding.c.record_id,
    binding.c.external_id,
    binding.c.native_hash,
    binding.c.read_seq,
    binding.c.write_seq,
    binding.c.role,
    binding.c.state,
    binding.c.version,
    binding.c.reread,
    binding.c.held,
)


def bindings_by_external(connection: Connection, at: int, entity: str, ids: Collection[str]) -> dict[str, Row[Any]]:
    """External id -> binding without its base (enough to see that nothing changed)."""
    query = _BRIEF.where(binding.c.connection_id == at, binding.c.entity == entity, HAS_EXTERNAL_ID)
    return {row.external_id: row for row in _select_in(connection, query, binding.c.external_id, ids)}


def bindings_by_id(connection: Connection, ids: Collection[int]) -> dict[int, Row[Any]]:
    """Whole bindings."""
    return {row.id: row for row in _select_in(connection, select(binding), binding.c.id, ids)}


def wanted_by_key(connection: Connection, at: int, entity: str, keys: Collection[str]) -> dict[str, Row[Any]]:
    """Hub key -> binding that has no external id yet: a create of ours whose reply was lost."""
    query = select(binding).where(
        binding.c.connection_id == at, binding.c.entity == entity, binding.c.external_id == "", binding.c.key != ""
    )
    return {row.key: row for row in _select_in(connection, query, binding.c.key, keys)}


def records_by_id(connection: Connection, ids: Collection[int]) -> dict[int, Row[Any]]:
    return {row.id: row for row in _select_in(connection, select(record), record.c.id, ids)}


def bound_at(connection: Connection, at: int, records: Collection[int]) -> set[int]:
    """Which of the records have a primary binding at the connection."""
    query = select(binding.c.record_id).where(binding.c.connection_id == at, binding.c.role == "primary")
    return {row.record_id for row in _select_in(connection, query, binding.c.record_id, records)}


def open_intents(connection: Connection, bindings: Collection[int]) -> dict[int, Row[Any]]:
    """Binding id -> its open or unknown intent."""
    query = select(intent).where(intent.c.state.in_(("open", "unknown")))
    return {row.binding_id: row for row in _select_in(connection, query, intent.c.binding_id, bindings)}


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
        query = select(identity_key.c.value, identity_key.c.record_id).where(
            identity_key.c.entity == entity, identity_key.c.kind == kind
        )
        for row in _select_in(connection, query, identity_key.c.value, values):
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
        column, known = (binding.c.external_id, HAS_EXTERNAL_ID) if by == "id" else (binding.c.number, HAS_NUMBER)
        query = select(column.label("value"), binding.c.record_id, binding.c.role).where(
            binding.c.connection_id == at, binding.c.entity == entity, binding.c.state.in_(("linked", "gone")), known
        )
        values = [ref.value for ref in refs if ref.entity == entity and ref.by == by and ref.value]
        for row in sorted(_select_in(connection, query, column, values), key=lambda r: r.role == "primary"):
            found[RefKey(entity, by, row.value)] = row.record_id
    return found


def targets_of_refs(connection: Connection, at: int, records: Collection[int]) -> Mapping[int, Row[Any]]:
    """Record id -> its primary binding at the connection (id, number, stage), for references on a push."""
    query = select(
        binding.c.record_id, binding.c.external_id, binding.c.number, binding.c.stage_seen, binding.c.state
    ).where(binding.c.connection_id == at, binding.c.role == "primary", binding.c.external_id != "")
    return {row.record_id: row for row in _select_in(connection, query, binding.c.record_id, records)}


def pending_children(
    connection: Connection, at: int, entity: str, values: Collection[tuple[str, str]]
) -> list[Row[Any]]:
    """Pending references to a parent of `entity` by (by, value): what a new binding resolves."""
    rows: list[Row[Any]] = []
    for by, given in _by_first(values).items():
        query = select(pending_ref).where(
            pending_ref.c.connection_id == at, pending_ref.c.entity == entity, pending_ref.c.by == by
        )
        rows.extend(_select_in(connection, query, pending_ref.c.value, given))
    return rows


def bindings_of_records(connection: Connection, at: int, records: Collection[int]) -> Sequence[Row[Any]]:
    """Primary bindings of the records at the connection, whole."""
    query = select(binding).where(binding.c.connection_id == at, binding.c.role == "primary")
    return _select_in(connection, query, binding.c.record_id, records)


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
