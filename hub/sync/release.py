"""First contact ends: an admin releases a flow, and what differs or is missing at that connection becomes due."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, select, update

from hub.errors import BadInput
from hub.store.apply import insert_wanted
from hub.store.core import binding, flow, record
from hub.store.lookup import records_by_id
from hub.store.pageplan import Target
from hub.sync.core import Core
from hub.sync.decide import hub_changed
from hub.sync.filters import matches
from hub.sync.flowcontext import FlowContext, target_of
from hub.sync.newrows import wanted_row
from hub.sync.tasks import LANE_BACKFILL, Task

CHUNK = 500


def release_flow(core: Core, flow_id: int) -> dict[str, int]:
    """Open pushing. Returns {"due": linked records that differ, "wanted": records to create}. Raises BadInput when the first full
    pull has not balanced yet, or the flow does not push."""
    context = core.flow(flow_id)
    _check(context)
    now = core.now()
    with core.db.write() as db:
        db.execute(update(flow).where(flow.c.id == flow_id).values(released_at=now, push=True))
    context = core.flow(flow_id)
    target = target_of(context.flow, context.connection, context.compiled)
    counts = {"due": _mark_linked(core, context, now), "wanted": _want_missing(core, context, target, now)}
    core.notify(Task("push", flow_id, trigger="person"))
    return counts


def release_counts(core: Core, flow_id: int) -> dict[str, int]:
    """What a release would make due, without doing it: the counts of `release_flow`. Raises BadInput like it."""
    context = core.flow(flow_id)
    target = target_of(context.flow, context.connection, context.compiled)
    counts = {"due": 0, "wanted": 0}
    for kind, _row in candidates(core, context, target):
        counts[kind] += 1
    return counts


def candidates(core: Core, context: FlowContext, target: Target) -> Iterator[tuple[str, Any]]:
    """What a release would make due, one by one: ("due", binding that differs), then ("wanted", record to create). Raises BadInput
    like the release."""
    _check(context)
    for rows in _pages(core, _linked(context)):
        with core.db.read() as db:
            records = records_by_id(db, [row.record_id for row in rows])
        yield from (("due", row) for row in rows if _differs(context, row, records[row.record_id]))
    for found in _missing(core, context, target):
        yield from (("wanted", row) for row in found if matches(target.filter, row.data))


def _check(context: FlowContext) -> None:
    name = f"{context.connection.name}/{context.entity}"
    if not {"create", "update"} & set(context.manifest.can):
        raise BadInput(f"{name} 不支持写入", f"{name} cannot be written to", field="flow", value=name)
    if "pull" in context.manifest.can and context.flow.first_pull_at is None:
        raise BadInput(
            f"{name} 还没有完成首次全量读取：请先运行 hub sync {context.connection.name} {context.entity} --full，核对后再放行",
            f"{name} has not been read in full yet: run hub sync {context.connection.name} {context.entity} --full first",
            field="flow",
            value=name,
        )


def _mark_linked(core: Core, context: FlowContext, now: datetime) -> int:
    due = 0
    for rows in _pages(core, _linked(context)):
        with core.db.write() as db:
            records = records_by_id(db, [row.record_id for row in rows])
            ids = [row.id for row in rows if _differs(context, row, records[row.record_id])]
            db.execute(update(binding).where(binding.c.id.in_(ids)).values(due_at=now, lane=LANE_BACKFILL))
        due += len(ids)
    return due


def _linked(context: FlowContext) -> Any:
    return select(binding).where(
        binding.c.connection_id == context.at,
        binding.c.entity == context.entity,
        binding.c.state == "linked",
        binding.c.role == "primary",
    )


def _differs(context: FlowContext, row: Any, owner: Any) -> bool:
    behind = (
        bool(context.flow.wanted_stage) and row.stage_seen != context.flow.wanted_stage and bool(row.pushed_version)
    )
    return owner.state == "live" and (behind or bool(hub_changed(row.base, owner.data, context.rules, held=row.held)))


def _pages(core: Core, query: Any) -> Iterator[Any]:
    last = 0
    while True:
        with core.db.read() as db:
            rows = db.execute(query.where(binding.c.id > last).order_by(binding.c.id).limit(CHUNK)).all()
        if not rows:
            return
        yield rows
        last = rows[-1].id


def _want_missing(core: Core, context: FlowContext, target: Target, now: datetime) -> int:
    wanted = 0
    for rows in _missing(core, context, target):
        core.binding_ids.reserve(len(rows))
        fresh = [wanted_row(next(core.binding_ids), r.id, target, now) for r in rows if matches(target.filter, r.data)]
        with core.db.write() as db:
            insert_wanted(db, [{**row, "lane": LANE_BACKFILL} for row in fresh])
        wanted += len(fresh)
    return wanted


def _missing(core: Core, context: FlowContext, target: Target) -> Iterator[Any]:
    """Records that are not at this connection, page after page, where the flow may create them."""
    last = 0
    while target.create and "create" in context.manifest.can:
        with core.db.read() as db:
            rows = _unbound(db, context, last)
        if not rows:
            return
        yield rows
        last = rows[-1].id


def _unbound(db: Connection, context: FlowContext, last: int) -> Any:
    here = exists().where(
        binding.c.record_id == record.c.id, binding.c.connection_id == context.at, binding.c.role == "primary"
    )
    query = select(record).where(record.c.entity == context.entity, record.c.state == "live", record.c.id > last, ~here)
    return db.execute(query.order_by(record.c.id).limit(CHUNK)).all()
