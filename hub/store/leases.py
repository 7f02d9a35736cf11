"""Leases: who works on a flow or a binding, until when, with a fencing number. A dead worker's leases are free at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select, update

from hub.store.bulk import one_of
from hub.store.core import binding, flow, run
from hub.store.lookup import chunks
from hub.store.partial import IS_LEASED
from hub.store.sequence import next_fence


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


def lease_due(
    db: Connection, *, at: int, entity: str, worker: str, now: datetime, until: datetime, limit: int
) -> Sequence[Row[Any]]:
    """Lease up to `limit` due bindings in lane order and count the attempt (before the call: a killer record ends in the inbox
    too). Returns them whole, as they are after that."""
    due = and_(
        binding.c.connection_id == at,
        binding.c.entity == entity,
        binding.c.due_at.is_not(None),
        binding.c.due_at <= now,
        binding.c.waiting_for.is_(None),
        or_(binding.c.lease_until.is_(None), binding.c.lease_until <= now),
    )
    query = select(binding.c.id).where(due).order_by(binding.c.lane, binding.c.due_at, binding.c.id).limit(limit)
    ids = list(db.scalars(query.with_for_update(skip_locked=True)))
    if not ids:
        return []
    fence = next_fence(db)
    db.execute(
        update(binding)
        .where(one_of(db, binding.c.id, ids))
        .values(lease_owner=worker, lease_until=until, fence=fence, attempts=binding.c.attempts + 1)
    )
    mine = select(binding).where(one_of(db, binding.c.id, ids))
    return db.execute(mine.order_by(binding.c.lane, binding.c.id)).all()


def leased_with(db: Connection, ids: Sequence[int], fence: int) -> set[int]:
    """Which of the bindings are still leased with that fencing number."""
    found: set[int] = set()
    for part in chunks(ids):
        found |= set(db.scalars(select(binding.c.id).where(binding.c.id.in_(part), binding.c.fence == fence)))
    return found


def free_bindings(db: Connection, ids: Sequence[int], *, fence: int, **values: Any) -> None:
    """End the lease of bindings that are still ours, with whatever else is to be set."""
    if ids:
        mine = and_(one_of(db, binding.c.id, ids), binding.c.fence == fence)
        db.execute(update(binding).where(mine).values(lease_until=None, lease_owner="", **values))


def release_worker(db: Connection, worker: str) -> int:
    """Free what a dead worker held. Its process is gone, so it starts no call any more; calls that it had started are covered by
    their intents."""
    flows = db.execute(update(flow).where(flow.c.lease_owner == worker).values(lease_until=None, lease_owner=""))
    bindings = db.execute(
        update(binding).where(binding.c.lease_owner == worker, IS_LEASED).values(lease_until=None, lease_owner="")
    )
    died = {
        "error": "WorkerDied",
        "zh": "工作进程中断，未完成的部分会自动重做",
        "en": "the worker died; what was left is redone",
    }
    left = update(run).where(run.c.worker == worker, run.c.state == "running")
    db.execute(left.values(state="failed", error=died))
    return flows.rowcount + bindings.rowcount
