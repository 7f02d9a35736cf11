"""Golden data at the engine's hands: references resolved or pending, the columns beside the data, change rows. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hub.model.totals import derive
from hub.store.pageplan import RefKey

PENDING = "$ref"
LONGEST_REF = 500


def pending_key(value: Any) -> RefKey | None:
    """The reference that a value still waits for; None when the value is no pending reference."""
    if isinstance(value, dict) and PENDING in value:
        ref = value[PENDING]
        return RefKey(str(ref["entity"]), str(ref["by"]), str(ref["value"]))
    return None


def refs_in(values: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Iterator[RefKey]:
    """Pending references among mapped values and the values of their rows."""
    for part in (values, *rows):
        if dict not in map(type, part.values()):
            continue
        for value in part.values():
            key = pending_key(value)
            if key is not None:
                yield key


def resolved(values: dict[str, Any], known: Mapping[RefKey, int], at: int) -> dict[str, Any]:
    """Values with known references replaced by record ids; the others keep their native reference and say where it is from.
    Values without any reference come back as they are."""
    if dict not in map(type, values.values()):
        return values
    return {name: _resolve(value, known, at) for name, value in values.items()}


def _resolve(value: Any, known: Mapping[RefKey, int], at: int) -> Any:
    key = pending_key(value)
    if key is None:
        return value
    if not key.value:
        return None
    found = known.get(key)
    return found if found is not None else {PENDING: {**value[PENDING], "connection": at}}


def pending_in(data: Mapping[str, Any]) -> Iterator[tuple[str, RefKey, int]]:
    """(path, reference, connection) of every pending reference in golden data; row paths read `lines.<id>.<field>`."""
    kinds = set(map(type, data.values()))
    if dict not in kinds and list not in kinds:
        return
    for name, value in data.items():
        key = pending_key(value)
        if key is not None:
            yield name, key, int(value[PENDING].get("connection", 0))
        elif isinstance(value, list):
            for row in value:
                if isinstance(row, dict):
                    yield from ((f"{name}.{row.get('id')}.{p}", k, c) for p, k, c in pending_in(row))


def pending_rows(record_id: int, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of table pending_ref for a record. A text that no id can be waits in the data alone: no index would take it."""
    return [
        {"connection_id": at, "entity": k.entity, "by": k.by, "value": k.value, "record_id": record_id, "field": path}
        for path, k, at in pending_in(data)
        if len(k.value) <= LONGEST_REF
    ]


def replace_pending(data: Mapping[str, Any], key: RefKey, at: int, record_id: int) -> dict[str, Any]:
    """Golden data with one pending reference resolved, wherever it stands."""

    def swap(value: Any) -> Any:
        if pending_key(value) == key and int(value[PENDING].get("connection", 0)) == at:
            return record_id
        if isinstance(value, list):
            return [{k: swap(v) for k, v in row.items()} if isinstance(row, dict) else row for row in value]
        return value

    return {name: swap(value) for name, value in data.items()}


def replace_pending_in_base(base: Mapping[str, Any], key: RefKey, at: int, record_id: int) -> dict[str, Any]:
    """The base with the golden side of that reference resolved too, so that resolving it is not taken for an edit."""

    def swap_entries(fields: Mapping[str, Any]) -> dict[str, Any]:
        matches: Callable[[Any], bool] = lambda v: pending_key(v) == key and int(v[PENDING].get("connection", 0)) == at  # noqa: E731
        return {name: [record_id, *entry[1:]] if matches(entry[0]) else entry for name, entry in fields.items()}

    rows = {line: {**row, "fields": swap_entries(row.get("fields", {}))} for line, row in base.get("rows", {}).items()}
    swapped = {**base, "fields": swap_entries(base.get("fields", {}))}
    return {**swapped, "rows": rows} if rows else swapped


def with_derived(entity: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return derive(entity, data)


def _document(data: Mapping[str, Any]) -> str:
    """A document that has no number yet, as people tell it from others."""
    return (
        " ".join(str(data[name]) for name in ("date", "total", "currency") if data.get(name)) if "date" in data else ""
    )


def columns(entity: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of table record that repeat golden data so that lists can be searched and permissions checked."""
    customer = data.get("customer") if entity != "customer" else None
    return {
        "title": str(data.get("name") or data.get("title") or data.get("number") or _document(data))[:200],
        "number": str(data.get("number") or "")[:100],
        "owner_id": data.get("owner") if isinstance(data.get("owner"), int) else None,
        "customer_id": customer if isinstance(customer, int) else None,
        "is_open": is_open(entity, data),
    }


OVER: Mapping[str, frozenset[str]] = {
    "order": frozenset({"closed", "cancelled"}),
    "receivable": frozenset({"settled", "cancelled"}),
    "receipt": frozenset({"settled", "cancelled"}),
    "approval": frozenset({"approved", "rejected", "withdrawn"}),
}
"""Documents, and the golden statuses in which nothing happens to them any more."""


def is_open(entity: str, data: Mapping[str, Any]) -> bool:
    """Whether a document may still be worked on: not over by its status, nor settled in full. Never for master data."""
    if entity not in OVER or data.get("status") in OVER[entity]:
        return False
    settled = data.get("settled_amount")
    return settled is None or settled != data.get("amount")


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, list[Any]]:
    """{field: [old, new]} of two golden records."""
    return {k: [old.get(k), new.get(k)] for k in sorted({*old, *new}) if old.get(k) != new.get(k)}


_MAY_REFER = frozenset((int, list))


def refs_to(data: Mapping[str, Any]) -> Iterator[int]:
    """Record ids that golden data may refer to (any integer value; strangers do no harm)."""
    if _MAY_REFER.isdisjoint(map(type, data.values())):
        return
    for value in data.values():
        if isinstance(value, int) and not isinstance(value, bool):
            yield value
        elif isinstance(value, list):
            for row in value:
                if isinstance(row, dict):
                    yield from refs_to(row)
