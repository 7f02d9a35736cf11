"""Children that arrived before their parent: their references resolve in the transaction that brings the parent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from hub.store.apply import apply_plan, close_items
from hub.store.bulk import one_of
from hub.store.core import binding
from hub.store.lookup import anything_pending, late_children, pending_children, records_by_id, resolve_refs
from hub.store.pageplan import Moved, PagePlan, RefKey, Target
from hub.sync.core import Core
from hub.sync.drafts import waiting_key
from hub.sync.flowcontext import FlowContext
from hub.sync.golden import columns, difference, pending_rows, replace_pending, replace_pending_in_base


def resolve_children(
    db: Connection, plan: PagePlan, targets: Sequence[Target], *, now: datetime, run_id: int | None
) -> None:
    """Give every pending reference to a record that `plan` bound its record id, and make the children due where they are wanted."""
    moved = plan.new_bindings or any("external_id" in row for row in plan.bindings)
    parents = _parents(db, plan) if moved and anything_pending(db, plan.source, plan.entity) else {}
    if not parents:
        return
    rows = pending_children(db, plan.source, plan.entity, list(parents))
    known = {RefKey(plan.entity, by, value): record_id for (by, value), record_id in parents.items()}
    _resolve(db, rows, known, targets, now=now, run_id=run_id)


def resolve_late(core: Core, flow: FlowContext, run_id: int) -> None:
    """References of this connection whose parent was bound between the reading of the child's page and its writing: neither
    transaction saw the other. Looked for at the end of every pull; one that moves right now is left to the next."""
    with core.db.read() as db:
        if not late_children(db, flow.at):
            return
    try:
        with core.db.write() as db:
            rows = late_children(db, flow.at)
            parents = resolve_refs(db, flow.at, {_key(row) for row in rows})
            _resolve(db, rows, parents, flow.targets, now=core.now(), run_id=run_id)
    except Moved:
        return
    core.announce(flow, True)


def _resolve(
    db: Connection,
    rows: Sequence[Any],
    parents: Mapping[RefKey, int],
    targets: Sequence[Target],
    *,
    now: datetime,
    run_id: int | None,
) -> None:
    """`rows` of pending_ref get the records that `parents` names; their children move on."""
    here = [row for row in rows if _key(row) in parents]
    if here:
        close_items(db, [waiting_key(t.connection_id, r.entity, r.value) for t in targets for r in here], now)
    for child_id in dict.fromkeys(row.record_id for row in here):
        mine = [row for row in here if row.record_id == child_id]
        child = records_by_id(db, [child_id])[child_id]
        small = _child_plan(db, child, [(_key(r), parents[_key(r)]) for r in mine], mine[0].connection_id)
        apply_plan(db, small, targets=[t for t in targets if t.entity == child.entity], now=now, run_id=run_id)


def _key(row: Any) -> RefKey:
    return RefKey(row.entity, row.by, row.value)


def _parents(db: Connection, plan: PagePlan) -> dict[tuple[str, str], int]:
    """(by, value) -> record for every binding that this plan gave an external id or a number."""
    found = {}
    for row in plan.new_bindings:
        found[("id", row["external_id"])] = row["record_id"]
        found[("number", row["number"])] = row["record_id"]
    changed = [row for row in plan.bindings if "external_id" in row]
    if changed:
        owners = {
            r.id: r.record_id
            for r in db.execute(
                select(binding.c.id, binding.c.record_id).where(one_of(db, binding.c.id, [r["id"] for r in changed]))
            )
        }
        for row in changed:
            found[("id", row["external_id"])] = owners[row["id"]]
            found[("number", row.get("number", ""))] = owners[row["id"]]
    return {key: record_id for key, record_id in found.items() if key[1]}


def _child_plan(db: Connection, child: Any, resolved: Sequence[tuple[RefKey, int]], at: int) -> PagePlan:
    data = child.data
    bindings = list(db.execute(select(binding).where(binding.c.record_id == child.id)))
    bases = {row.id: row.base for row in bindings}
    for key, record_id in resolved:
        data = replace_pending(data, key, at, record_id)
        bases = {i: replace_pending_in_base(base, key, at, record_id) for i, base in bases.items()}
    plan = PagePlan(entity=child.entity)
    changed = difference(child.data, data)
    row = {"id": child.id, "from_version": child.version, "data": data, **columns(child.entity, data)}
    plan.records.append(row)
    change = {"record_id": child.id, "version": child.version + 1, "who": "hub", "why": "parent arrived"}
    plan.changes.append({**change, "fields": changed, "lost": {}})
    plan.bindings.extend(
        {"id": b.id, "from_version": b.version, "base": bases[b.id]} for b in bindings if bases[b.id] != b.base
    )
    plan.pending[child.id] = pending_rows(child.id, data)
    plan.touched[child.id] = frozenset(changed)
    return plan
