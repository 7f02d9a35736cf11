"""Orders of a flow that needs approvals: those that are not approved are held back, and approvals are asked for."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, or_, select

from hub.store.apply import apply_plan, open_item
from hub.store.core import record
from hub.store.lookup import lock_identity, records_by_id
from hub.store.pageplan import PagePlan
from hub.sync.approvals import Gate, approval_for, gate, line_text, refused_item
from hub.sync.core import ENOUGH_IDS, Core
from hub.sync.edits import change_row
from hub.sync.filters import matches
from hub.sync.flowcontext import FlowContext, load_targets
from hub.sync.golden import columns, pending_rows
from hub.sync.newrows import wanted_row
from hub.sync.pushplan import Job


def verdicts(db: Connection, flow: FlowContext, jobs: Sequence[Job]) -> dict[int, Gate]:
    """Record id -> what the approvals that there are mean, for the creates that need one. Only looks."""
    gated = [job.record for job in _gated(flow, jobs)]
    known = approvals_of(db, gated) if gated else {}
    return {row.id: gate(row.data, known.get(row.id, [])) for row in gated}


def _gated(flow: FlowContext, jobs: Sequence[Job]) -> list[Job]:
    row = flow.flow
    return [
        job
        for job in jobs
        if row.needs_approval and job.action == "create" and matches(row.approval_when or [], job.record.data)
    ]


def hold_back(core: Core, flow: FlowContext, jobs: Sequence[Job]) -> list[Job]:
    """The jobs, where a create that needs an approval and has none waits for it (asked for here) or is put aside."""
    gated = _gated(flow, jobs)
    if not gated:
        return list(jobs)
    with core.db.read() as db:
        known = approvals_of(db, [job.record for job in gated])
    held = {job.binding.id: _held(core, flow, job, known.get(job.record.id, [])) for job in gated}
    return [held.get(job.binding.id, job) for job in jobs]


def approvals_of(db: Connection, orders: Sequence[Any]) -> Mapping[int, list[Any]]:
    """Order id -> the live approvals that name it."""
    customers = {row.customer_id for row in orders}
    query = select(record.c.id, record.c.data, record.c.version, record.c.origin, record.c.entity)
    known = record.c.customer_id.in_(customers - {None})
    theirs = or_(known, record.c.customer_id.is_(None)) if None in customers else known
    mine = query.where(record.c.entity == "approval", record.c.state == "live", theirs)
    found: dict[int, list[Any]] = {}
    for row in db.execute(mine):
        found.setdefault(row.data.get("order"), []).append(row)
    return found


def _held(core: Core, flow: FlowContext, job: Job, approvals: Sequence[Any]) -> Job:
    found = gate(job.record.data, approvals)
    if found.verdict == "go":
        return job
    if found.verdict == "refused":
        _put_aside(core, flow, job, next(row for row in approvals if row.id == found.approval))
        return dataclasses.replace(job, action="hold")
    waits_for = found.approval if found.verdict == "wait" else ask(core, job.record)
    return dataclasses.replace(job, action="wait", waits_for=waits_for, blocker=f"approval:{waits_for}")


def _put_aside(core: Core, flow: FlowContext, job: Job, approval: Any) -> None:
    with core.db.write() as db:
        open_item(db, refused_item(job.binding, job.record, approval, flow.connection.name), core.now())


def ask(core: Core, order: Any) -> int:
    """Make the golden approval of an order; its flows start it at the OA system. Two that ask at once get the same one."""
    core.record_ids.reserve(1)
    core.binding_ids.reserve(ENOUGH_IDS)
    with core.db.write() as db:
        lock_identity(db, "approval")
        found: Gate = gate(order.data, approvals_of(db, [order]).get(order.id, []))
        if found.verdict in ("wait", "go"):
            return found.approval
        return _insert(core, db, order)


def _insert(core: Core, db: Connection, order: Any) -> int:
    data = approval_for(
        order.id,
        order.data,
        customer=_customer_name(db, order.data.get("customer")),
        lines=[line_text(line) for line in order.data.get("lines") or []],
    )
    targets, now, new = [t for t in load_targets(db) if t.entity == "approval"], core.now(), next(core.record_ids)
    plan = PagePlan(entity="approval")
    row = {"id": new, "entity": "approval", "data": data, "origin": {"*": 0}, "version": 1, "state": "live"}
    plan.new_records.append({**row, **columns("approval", data), "created_at": now, "updated_at": now})
    plan.changes.append(change_row(new, 1, {}, "hub", "an order needs an approval"))
    plan.pending[new] = pending_rows(new, data)
    for target in targets:
        if target.create and matches(target.filter, data):
            plan.wanted.append(wanted_row(next(core.binding_ids), new, target, now))
    apply_plan(db, plan, targets=targets, now=now, run_id=None)
    return new


def _customer_name(db: Connection, customer: Any) -> str:
    rows = records_by_id(db, [customer]) if isinstance(customer, int) else {}
    return str(rows[customer].data.get("name") or "") if customer in rows else ""
