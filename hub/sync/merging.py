"""Two records that are one: bindings, keys and references follow the survivor, and the merge log says so."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from hub.model.fields import FIELDS
from hub.store.apply import apply_plan, close_items
from hub.store.core import binding, identity_key, inbox_item, merge_log, record
from hub.sync.doubles import contacts_that_meet
from hub.sync.drafts import waiting_key
from hub.sync.edits import edit_plan, put_collisions_aside
from hub.sync.flowcontext import FlowContext, load_targets
from hub.sync.golden import columns


def merge_records(
    db: Connection, *, survivor: int, loser: int, who: str, why: str, now: datetime, connection_id: int | None = None
) -> None:
    """The loser's bindings, identity keys and children go to the survivor. A binding where the survivor has one already becomes an
    alias; the others are compared with the survivor's data at their next read, as at first contact. A survivor that was merged
    itself stands for the record it went into."""
    survivor = _living(db, survivor)
    if survivor == loser:
        return
    row = db.execute(select(record).where(record.c.id == loser)).one()
    theirs = select(binding.c.connection_id).where(binding.c.record_id == loser, binding.c.external_id != "")
    _give_up_wanted(db, survivor, list(db.scalars(theirs)), now)
    taken = set(
        db.scalars(select(binding.c.connection_id).where(binding.c.record_id == survivor, binding.c.role == "primary"))
    )
    moved = []
    for bound in db.execute(select(binding).where(binding.c.record_id == loser)).all():
        moved.append({"connection": bound.connection_id, "external_id": bound.external_id})
        _move_binding(db, bound, survivor, taken, now)
    db.execute(update(identity_key).where(identity_key.c.record_id == loser).values(record_id=survivor))
    moved_here = _repoint_children(db, row.entity, loser, survivor, now)
    waiting = update(binding).where(binding.c.waiting_for.in_((loser, survivor)))  # the survivor is at more places now
    db.execute(waiting.values(waiting_for=None, due_at=now))
    close_items(db, [waiting_key(bound["connection"], row.entity, survivor) for bound in moved], now)
    gone = {"state": "merged", "merged_into": survivor, "updated_at": now, "version": record.c.version + 1}
    db.execute(update(record).where(record.c.id == loser).values(**gone))
    log = {"at": now, "entity": row.entity, "survivor": survivor, "loser": loser, "connection_id": connection_id}
    db.execute(insert(merge_log).values(**log, who=who, why=why, data={"bindings": moved, "children": moved_here}))
    items = update(inbox_item).where(inbox_item.c.record_id == loser, inbox_item.c.state == "open")
    db.execute(items.values(state="closed", resolved_by=who, resolved_at=now))
    _fill_blanks(db, survivor, row, who=who, now=now)
    if row.entity == "customer" and moved_here:
        pairs = contacts_that_meet(db, survivor=survivor, arrived=moved_here, why=why, now=now)
        for kept, gone_into in pairs:
            merge_records(
                db, survivor=kept, loser=gone_into, who=who, why=f"their customers became one: {why}", now=now
            )


def _living(db: Connection, record_id: int) -> int:
    seen = {record_id}
    while (into := db.scalar(select(record.c.merged_into).where(record.c.id == record_id))) is not None:
        if into in seen:
            break
        seen.add(record_id := int(into))
    return record_id


def _fill_blanks(db: Connection, survivor: int, loser: Any, *, who: str, now: datetime) -> None:
    """What only the loser knew is kept: it fills the survivor's blanks, and goes where the survivor goes."""
    owner = db.execute(select(record).where(record.c.id == survivor)).one()
    specs = FIELDS[owner.entity]
    plain = {k: v for k, v in loser.data.items() if k not in specs or not (specs[k].rows or specs[k].derived)}
    known = {k: v for k, v in plain.items() if v is not None and owner.data.get(k) is None}
    plan = edit_plan(owner, {**owner.data, **known}, who=who, why=f"merged: blanks filled from record {loser.id}")
    put_collisions_aside(db, plan)
    targets = [t for t in load_targets(db) if t.entity == owner.entity]
    apply_plan(db, plan, targets=targets, now=now, run_id=None)


def _give_up_wanted(db: Connection, survivor: int, connections: list[int], now: datetime) -> None:
    """What the loser has at a connection already need not be created there for the survivor."""
    wanted = update(binding).where(
        binding.c.record_id == survivor,
        binding.c.connection_id.in_(connections),
        binding.c.state == "wanted",
        binding.c.external_id == "",
    )
    values = {"role": "alias", "state": "merged", "due_at": None, "waiting_for": None, "updated_at": now}
    db.execute(wanted.values(**values, version=binding.c.version + 1))


def _move_binding(db: Connection, bound: Any, survivor: int, taken: set[int], now: datetime) -> None:
    values: dict[str, Any] = {"record_id": survivor, "updated_at": now, "version": binding.c.version + 1}
    if bound.state == "wanted" and not bound.external_id:  # never created there: nothing to keep
        values |= {"role": "alias", "state": "merged", "due_at": None, "waiting_for": None}
    elif bound.connection_id in taken or bound.role == "alias":
        values |= {"role": "alias", "held": [], "due_at": None, "waiting_for": None}
    else:
        values |= {"base": {}, "held": [], "native_hash": "", "reread": True}
        taken.add(bound.connection_id)
    db.execute(update(binding).where(binding.c.id == bound.id).values(**values))


def follow_merge(db: Connection, context: FlowContext, *, loser: Any, survivor: Any, now: datetime) -> None:
    """The vendor merged two of its records: the loser's external id becomes a tombstone that points on."""
    who = f"connection:{context.connection.name}"
    gone = {"state": "merged", "role": "alias", "due_at": None, "waiting_for": None, "reread": False, "updated_at": now}
    was_primary = loser.role == "primary"
    db.execute(update(binding).where(binding.c.id == loser.id).values(**gone, version=binding.c.version + 1))
    if loser.record_id != survivor.record_id:
        merge_records(
            db,
            survivor=survivor.record_id,
            loser=loser.record_id,
            who=who,
            why=f"merged at the vendor into {survivor.external_id}",
            now=now,
            connection_id=context.at,
        )
    elif was_primary:
        values = {"role": "primary", "base": {}, "native_hash": "", "reread": True, "updated_at": now}
        db.execute(update(binding).where(binding.c.id == survivor.id).values(**values, version=binding.c.version + 1))


def _repoint_children(db: Connection, entity: str, loser: int, survivor: int, now: datetime) -> list[int]:
    """References to the loser become references to the survivor, in golden data and on the golden side of every base. Returns the
    records that moved."""
    found = []
    for child in _children(db, entity, loser):
        if repoint_child(db, child, entity, loser, survivor, now=now):
            found.append(int(child.id))
    return found


def repoint_child(db: Connection, child: Any, entity: str, old: int, new: int, *, now: datetime) -> bool:
    """One record's references from `old` to `new`, on the golden side of its bases too. False when it has none."""
    data = _repoint(child.data, FIELDS[child.entity], entity, old, new)
    if data == child.data:
        return False
    values = {"data": data, "version": child.version + 1, "updated_at": now, **columns(child.entity, data)}
    db.execute(update(record).where(record.c.id == child.id).values(**values))
    for bound in db.execute(select(binding).where(binding.c.record_id == child.id)).all():
        base = _repoint_base(bound.base, FIELDS[child.entity], entity, old, new)
        db.execute(update(binding).where(binding.c.id == bound.id).values(base=base, version=bound.version + 1))
    return True


def _children(db: Connection, entity: str, loser: int) -> list[Row[Any]]:
    if entity == "customer":
        where: Any = record.c.customer_id == loser
    elif entity == "employee":
        where = record.c.owner_id == loser
    else:
        holders = [e for e, specs in FIELDS.items() if any(_points_to(s, entity) for s in specs.values())]
        text = record.c.data.cast(record.c.title.type)
        where = record.c.entity.in_(holders) & or_(text.like(f"%:{loser},%"), text.like(f"%:{loser}}}%"))
    return list(db.execute(select(record).where(where)).all())


def _points_to(spec: Any, entity: str) -> bool:
    return spec.entity == entity or any(_points_to(inner, entity) for inner in spec.rows.values())


def _repoint(
    data: Mapping[str, Any], specs: Mapping[str, Any], entity: str, loser: int, survivor: int
) -> dict[str, Any]:
    changed = dict(data)
    for name, spec in specs.items():
        if spec.entity == entity and data.get(name) == loser:
            changed[name] = survivor
        elif spec.rows and isinstance(data.get(name), list):
            changed[name] = [_repoint(row, spec.rows, entity, loser, survivor) for row in data[name]]
    return changed


def _repoint_base(
    base: Mapping[str, Any], specs: Mapping[str, Any], entity: str, loser: int, survivor: int
) -> dict[str, Any]:
    def swap(fields: Mapping[str, Any], inner: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: [survivor, *entry[1:]]
            if name in inner and inner[name].entity == entity and entry[0] == loser
            else entry
            for name, entry in fields.items()
        }

    row_specs: Mapping[str, Any] = next((spec.rows for spec in specs.values() if spec.rows), {})
    swapped = {**base, "fields": swap(base.get("fields", {}), specs)}
    if "rows" in base:
        swapped["rows"] = {
            line: {**r, "fields": swap(r.get("fields", {}), row_specs)} for line, r in base["rows"].items()
        }
    return swapped
