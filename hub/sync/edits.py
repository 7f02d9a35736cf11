"""The plan of a change that comes from no connection: a person's edit, a decision, a merge of two records."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, update

from hub.store.core import change, record
from hub.store.lookup import records_by_keys
from hub.store.pageplan import PagePlan
from hub.sync.drafts import Place, collision_item
from hub.sync.golden import columns, difference, pending_rows, with_derived
from hub.sync.identity import Key, identity_keys


def edit_plan(owner: Any, data: Mapping[str, Any], *, who: str, why: str) -> PagePlan:
    """The plan of a person's change to a golden record; empty when nothing differs."""
    plan = PagePlan(entity=owner.entity)
    new = with_derived(owner.entity, data)
    changed = difference(owner.data, new)
    if not changed:
        return plan
    origin = {**owner.origin, **dict.fromkeys(changed, 0)}
    plan.records.append(
        {"id": owner.id, "from_version": owner.version, "data": new, "origin": origin, **columns(owner.entity, new)}
    )
    plan.changes.append(change_row(owner.id, owner.version + 1, changed, who, why))
    plan.touched[owner.id] = frozenset(changed)
    plan.pending[owner.id] = pending_rows(owner.id, new)
    keys = identity_keys(owner.entity, new)
    if keys != identity_keys(owner.entity, owner.data):
        plan.keys[owner.id] = [
            {"entity": owner.entity, "kind": k.kind, "value": k.value, "record_id": owner.id, "strong": k.strong}
            for k in keys
        ]
    return plan


def change_state(db: Connection, owner: Any, state: str, *, because: tuple[str, str], now: datetime) -> None:
    """live, disabled: a version of the record like any other. because: who, why."""
    version = owner.version + 1
    values = {"state": state, "version": version, "updated_at": now}
    db.execute(update(record).where(record.c.id == owner.id).values(**values))
    db.execute(insert(change).values(**change_row(owner.id, version, {}, *because), at=now, run_id=None))


def put_collisions_aside(db: Connection, plan: PagePlan) -> None:
    """A strong key that somebody else has is not taken from them: the edit stands, and a person is asked which is right."""
    for record_id, rows in plan.keys.items():
        strong = [(row["kind"], row["value"]) for row in rows if row["strong"]]
        owners = records_by_keys(db, plan.entity, strong)
        taken = {key: min(ids - {record_id}) for key, ids in owners.items() if ids - {record_id}}
        plan.keys[record_id] = [row for row in rows if (row["kind"], row["value"]) not in taken]
        data = next(row["data"] for row in plan.records if row["id"] == record_id)
        for (kind, value), other in taken.items():
            key = Key(kind, value, strong=True)
            plan.inbox.append(collision_item(Place(0, "hub", plan.entity), record_id, key, other, data))


def change_row(record_id: int, version: int, fields: Mapping[str, Any], who: str, why: str) -> dict[str, Any]:
    return {"record_id": record_id, "version": version, "who": who, "why": why, "fields": dict(fields), "lost": {}}
