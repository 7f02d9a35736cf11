"""What a person decides about two records: merge them, or take a merge back by its row in the merge log."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from hub.errors import BadInput
from hub.store.apply import apply_plan, insert_wanted
from hub.store.bulk import insert_rows
from hub.store.core import binding, change, identity_key, intent, merge_log, record
from hub.store.partial import OPEN_INTENT
from hub.sync.core import ENOUGH_IDS, Core
from hub.sync.edits import change_row, edit_plan, put_collisions_aside
from hub.sync.filters import matches
from hub.sync.flowcontext import load_targets
from hub.sync.identity import identity_keys
from hub.sync.merging import merge_records, repoint_child
from hub.sync.newrows import wanted_row

MERGEABLE = ("customer", "contact", "product", "employee")


def merge_by_hand(core: Core, survivor: int, loser: int, *, who: str, reason: str) -> int:
    """Two records become one; returns the id of the merge. Raises BadInput for records that cannot be merged, or are written now."""
    with core.db.write() as db:
        kept, gone = _alive(db, survivor), _alive(db, loser)
        if survivor == loser or kept.entity != gone.entity or kept.entity not in MERGEABLE:
            raise BadInput(
                f"{survivor} 与 {loser} 不能合并：应是两条同类的客户、联系人、产品或员工",
                f"{survivor} and {loser} cannot be merged: give two customers, contacts, products or employees",
                field="record",
                value=str(loser),
            )
        _not_being_written(db, survivor, loser)
        why = f"merged by hand: {reason}" if reason else "merged by hand"
        merge_records(db, survivor=survivor, loser=loser, who=who, why=why, now=core.now())
        found = select(merge_log.c.id).where(merge_log.c.survivor == survivor, merge_log.c.loser == loser)
        return int(db.scalars(found.order_by(merge_log.c.id.desc())).first() or 0)


def undo_merge(core: Core, merge_id: int, *, who: str, reason: str) -> int:
    """The loser lives again with its data, ids, children and keys; blanks that it filled in the survivor are blank again. Returns
    its record id. Both are compared with their systems at the next read, as at first contact. Raises BadInput."""
    core.binding_ids.reserve(2 * ENOUGH_IDS)
    with core.db.write() as db:
        row = db.execute(select(merge_log).where(merge_log.c.id == merge_id)).first()
        if row is None or row.survivor == row.loser:
            raise _cannot(merge_id, "没有这样的合并", "there is no such merge")
        gone = db.execute(select(record).where(record.c.id == row.loser).with_for_update()).one()
        if gone.state != "merged" or gone.merged_into != row.survivor:
            raise _cannot(merge_id, "已撤销，或之后又并入别处", "it was undone, or merged elsewhere since")
        kept = _alive(db, row.survivor)
        _not_being_written(db, row.survivor)
        _empty_again(db, core, kept, row.loser, who)
        _revive(db, core, gone, row, who=who, reason=reason)
        _bindings_back(db, core, row)
        _children_back(db, core, row)
        _keys_again(db, row.survivor, row.loser)
        for record_id in (row.survivor, row.loser):
            _want(db, core, record_id)
        return int(row.loser)


def _alive(db: Connection, record_id: int) -> Any:
    row = db.execute(select(record).where(record.c.id == record_id).with_for_update()).first()
    if row is None or row.state == "merged":
        raise BadInput(
            f"没有记录 {record_id}，或已并入别的记录",
            f"there is no record {record_id}, or it was merged",
            field="record",
            value=str(record_id),
        )
    return row


def _not_being_written(db: Connection, *records: int) -> None:
    query = select(intent.c.id).join(binding, binding.c.id == intent.c.binding_id)
    if db.execute(query.where(binding.c.record_id.in_(records), OPEN_INTENT).limit(1)).first() is not None:
        raise BadInput(
            "其中一条正在写入对方系统，请稍后再试",
            "one of them is being written right now: try again soon",
            field="record",
        )


def _cannot(merge_id: int, zh: str, en: str) -> BadInput:
    return BadInput(
        f"合并 {merge_id} 不能撤销：{zh}",
        f"merge {merge_id} cannot be undone: {en}",
        field="merge",
        value=str(merge_id),
    )


def _empty_again(db: Connection, core: Core, kept: Any, loser: int, who: str) -> None:
    why = f"merged: blanks filled from record {loser}"
    query = select(change.c.fields).where(change.c.record_id == kept.id, change.c.why == why)
    filled: Mapping[str, Any] = db.scalars(query.order_by(change.c.id.desc())).first() or {}
    blank = {name: None for name, (old, new) in filled.items() if old is None and kept.data.get(name) == new}
    plan = edit_plan(kept, {**kept.data, **blank}, who=who, why=f"split: record {loser} is another one")
    put_collisions_aside(db, plan)
    targets = [target for target in load_targets(db) if target.entity == kept.entity]
    apply_plan(db, plan, targets=targets, now=core.now(), run_id=None)


def _revive(db: Connection, core: Core, gone: Any, merged: Any, *, who: str, reason: str) -> None:
    now, version = core.now(), gone.version + 1
    values = {"state": "live", "merged_into": None, "version": version, "updated_at": now}
    db.execute(update(record).where(record.c.id == gone.id).values(**values))
    why = f"split from record {merged.survivor}" + (f": {reason}" if reason else "")
    db.execute(insert(change).values(**change_row(gone.id, version, {}, who, why), at=now, run_id=None))
    log = {"at": now, "entity": merged.entity, "survivor": gone.id, "loser": gone.id, "connection_id": None}
    db.execute(insert(merge_log).values(**log, who=who, why=why, data={"undone": merged.id}))


def _bindings_back(db: Connection, core: Core, merged: Any) -> None:
    """The loser's ids are its own again, one of them primary at each connection; an alias of the survivor takes a place left empty."""
    ours = {(one["connection"], one["external_id"]) for one in merged.data.get("bindings", ()) if one["external_id"]}
    rows = db.execute(select(binding).where(binding.c.record_id == merged.survivor).order_by(binding.c.id)).all()
    taken: set[int] = set()
    for row in rows:
        if (row.connection_id, row.external_id) in ours:
            _place(db, core, row, merged.loser, primary=row.connection_id not in taken)
            taken.add(row.connection_id)
    left = [row for row in rows if (row.connection_id, row.external_id) not in ours and row.external_id]
    held = {row.connection_id for row in left if row.role == "primary"}
    for row in left:
        if row.connection_id in taken - held and row.state == "linked":
            _place(db, core, row, merged.survivor, primary=True)
            held.add(row.connection_id)


def _place(db: Connection, core: Core, row: Any, record_id: int, *, primary: bool) -> None:
    """What was agreed belonged to the record it leaves: it is read anew."""
    values: dict[str, Any] = {
        "record_id": record_id,
        "role": "primary" if primary else "alias",
        "base": {},
        "held": [],
        "due_at": None,
    }
    again = {"native_hash": "", "reread": True, "version": row.version + 1, "updated_at": core.now()}
    db.execute(update(binding).where(binding.c.id == row.id).values(**values, **again))


def _children_back(db: Connection, core: Core, merged: Any) -> None:
    children = merged.data.get("children", ())
    for child in db.execute(select(record).where(record.c.id.in_(children), record.c.state != "merged")).all():
        repoint_child(db, child, merged.entity, merged.survivor, merged.loser, now=core.now())


def _keys_again(db: Connection, survivor: int, loser: int) -> None:
    """Each record by its own data; a strong key that both would have stays with the survivor."""
    db.execute(delete(identity_key).where(identity_key.c.record_id.in_((survivor, loser))))
    strong: set[tuple[str, str]] = set()
    for record_id in (survivor, loser):
        row = db.execute(select(record).where(record.c.id == record_id)).one()
        keys = [k for k in identity_keys(row.entity, row.data) if (k.kind, k.value) not in strong]
        strong |= {(key.kind, key.value) for key in keys if key.strong}
        rows = [{"entity": row.entity, "kind": k.kind, "value": k.value, "strong": k.strong} for k in keys]
        insert_rows(db, identity_key, [one | {"record_id": record_id} for one in rows])


def _want(db: Connection, core: Core, record_id: int) -> None:
    row = db.execute(select(record).where(record.c.id == record_id)).one()
    targets = [t for t in load_targets(db) if t.entity == row.entity and t.create and matches(t.filter, row.data)]
    insert_wanted(db, [wanted_row(next(core.binding_ids), row.id, target, core.now()) for target in targets])
