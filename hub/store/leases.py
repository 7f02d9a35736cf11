"""Leases: who works on a flow or a binding, until when, with a fencing number. A dead worker's leases are free at once."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, or_, select, update

from hub.store.bulk import one_of
from hub.store.core import binding, flow, intent, run
from hub.store.fetch import Shape, fetch, fetch_in
from hub.store.partial import MAY_BE_DUE, OPEN_INTENT
from hub.store.sequence import next_fence
from hub.store.types import to_micros


def take_flow(db: Connection, flow_id: int, *, worker: str, now: datetime, seconds: float) -> int | None:
    """The new fencing number, or None when somebody else holds the flow."""
    fence = next_fence(db)
    free = or_(flow.c.lease_until.is_(None), flow.c.lease_until <= now)
    statement = (
        update(flow)
        .where(flow.c.id == flow_id, free)
        .values(lease_owner=worker, lease_until=now + timedelta(seconds=seconds), fence=fence)
    )
    return fence if db.execute(statement).rowcount == 1 else None


def keep_flow(db: Connection, flow_id: int, *, fence: int, now: datetime, seconds: float) -> bool:
    """Renew; False when the lease was lost (nothing of this transaction may stand then)."""
    statement = update(flow).where(flow.c.id == flow_id, flow.c.fence == fence)
    return db.execute(statement.values(lease_until=now + timedelta(seconds=seconds))).rowcount == 1


def free_flow(db: Connection, flow_id: int, *, fence: int) -> None:
    db.execute(update(flow).where(flow.c.id == flow_id, flow.c.fence == fence).values(lease_until=None, lease_owner=""))


_BINDING, _VERSION = Shape(binding), Shape(binding, "id", "version")
_DUE = (
    "WHERE connection_id = ? AND entity = ? AND due_at IS NOT NULL AND due_at <= ? AND waiting_for IS NULL "
    "AND (lease_until IS NULL OR lease_until <= ?) ORDER BY lane, due_at, id LIMIT ?"
)


def lease_due(
    db: Connection, *, at: int, entity: str, worker: str, now: datetime, until: datetime, limit: int
) -> Sequence[Any]:
    """Lease up to `limit` due bindings in lane order and count the attempt (before the call: a killer record ends in the inbox
    too). Returns them whole, as they are after that."""
    clock = to_micros(now)
    skip = "FOR UPDATE SKIP LOCKED" if db.dialect.name == "postgresql" else ""
    rows = fetch(db, _BINDING, f"{_DUE} {skip}", (at, entity, clock, clock, limit))
    if not rows:
        return []
    fence, owner = next_fence(db), {"lease_owner": worker, "lease_until": until}
    mine = one_of(db, binding.c.id, [row.id for row in rows])
    db.execute(update(binding).where(mine).values(**owner, fence=fence, attempts=binding.c.attempts + 1))
    same = {name: [value] * len(rows) for name, value in {**owner, "fence": fence}.items()}
    return _BINDING.changed(rows, **same, attempts=[row.attempts + 1 for row in rows])


def leased_with(db: Connection, ids: Sequence[int], fence: int) -> dict[int, int]:
    """Which of the bindings are still leased with that fencing number -> the version they are at now."""
    return {row.id: row.version for row in fetch_in(db, _VERSION, "id", ids, where="fence = ?", given=(fence,))}


def opened_with(fence: int, bindings: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    """Open intents of the bindings that were written down under that lease: a worker that was stalled for longer than its lease
    must not end those of its successor."""
    return intent.c.binding_id.in_(bindings), intent.c.state == "open", intent.c.fence == fence


def free_bindings(db: Connection, ids: Sequence[int], *, fence: int, **values: Any) -> None:
    """End the lease of bindings that are still ours, with whatever else is to be set. What became an alias or a tombstone
    meanwhile is not due again."""
    if ids:
        if values.get("due_at") is not None:
            values["due_at"] = case((MAY_BE_DUE, bindparam("due", values["due_at"], type_=binding.c.due_at.type)))
        mine = and_(one_of(db, binding.c.id, ids), binding.c.fence == fence)
        db.execute(update(binding).where(mine).values(lease_until=None, lease_owner="", **values))


_DUE_HERE = select(binding.c.id).join_from(
    flow, binding, and_(binding.c.connection_id == flow.c.connection_id, binding.c.entity == flow.c.entity)
)
_MAY_BE_LEASED = (_DUE_HERE.where(binding.c.due_at.is_not(None)), select(intent.c.binding_id).where(OPEN_INTENT))
"""What is due, or being written: an index of leases of its own would be written twice for each record that is pushed."""


def release_worker(db: Connection, worker: str) -> int:
    """Free what a dead worker held. Its process is gone, so it starts no call any more; calls that it had started are covered by
    their intents."""
    flows = db.execute(update(flow).where(flow.c.lease_owner == worker).values(lease_until=None, lease_owner=""))
    freed = 0
    for some in _MAY_BE_LEASED:
        mine = update(binding).where(binding.c.lease_owner == worker, binding.c.id.in_(some))
        freed += db.execute(mine.values(lease_until=None, lease_owner="")).rowcount
    died = {
        "error": "WorkerDied",
        "zh": "工作进程中断，未完成的部分会自动重做",
        "en": "the worker died; what was left is redone",
    }
    left = update(run).where(run.c.worker == worker, run.c.state == "running")
    db.execute(left.values(state="failed", error=died))
    return flows.rowcount + freed
