"""Rows of what is new: a golden record, its binding where it was read, and the bindings that other flows want. Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from hub.store.pageplan import Target
from hub.sync.golden import columns
from hub.sync.identity import Key
from hub.sync.pagecontext import PageContext


def record_row(record_id: int, context: PageContext, data: dict[str, Any], *, state: str) -> dict[str, Any]:
    """A golden record in its first version."""
    return {
        "id": record_id,
        "entity": context.entity,
        "data": data,
        "origin": {"*": context.at},
        "state": state,
        **columns(context.entity, data),
        "created_at": context.now,
        "updated_at": context.now,
    }


def bound_row(
    ids: tuple[int, int, str], context: PageContext, *, role: str, base: Mapping[str, Any], held: Sequence[str]
) -> dict[str, Any]:
    """A binding of something that was read here. ids: binding, record, external id. What was seen is added by the caller."""
    row = {
        "id": ids[0],
        "record_id": ids[1],
        "connection_id": context.at,
        "entity": context.entity,
        "external_id": ids[2],
        "base": dict(base),
        "updated_at": context.now,
    }
    if held:
        row["held"] = list(held)
    return row if role == "primary" else {**row, "role": role}


def key_rows(entity: str, record_id: int, keys: Sequence[Key]) -> list[dict[str, Any]]:
    """Rows of table identity_key for a record."""
    return [
        {"entity": entity, "kind": k.kind, "value": k.value, "record_id": record_id, "strong": k.strong} for k in keys
    ]


def alias_row(context: PageContext, record_id: int, external_id: str, *, why: str) -> dict[str, Any]:
    """What the merge log says of a second external id of one record."""
    return {
        "entity": context.entity,
        "survivor": record_id,
        "loser": record_id,
        "connection_id": context.at,
        "who": context.who,
        "why": f"alias: {why}",
        "data": {"external_id": external_id},
    }


def event_row(context: PageContext, kind: str, record: tuple[int, int], *, fields: Collection[str]) -> dict[str, Any]:
    """A business event about a record in a version, told once."""
    return {
        "key": f"{kind}:{record[0]}:{record[1]}",
        "kind": kind,
        "entity": context.entity,
        "record_id": record[0],
        "data": {"fields": sorted(fields), "connection": context.at_name},
    }


def wanted_row(binding_id: int, record_id: int, target: Target, now: Any) -> dict[str, Any]:
    """A binding without external id: what is due to be created at the target. Its key never changes."""
    return {
        "id": binding_id,
        "record_id": record_id,
        "connection_id": target.connection_id,
        "entity": target.entity,
        "key": f"{target.key_prefix}{binding_id:08d}",
        "state": "wanted",
        "stage_wanted": target.stage,
        "due_at": now,
        "updated_at": now,
    }
