"""What should run now: index reads only, so that the sweep can ask every second."""

from collections.abc import Set
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, text, update

from hub.store.core import binding, flow, inbound_event
from hub.store.partial import NEW_DELIVERY, OPEN_INTENT, WANTS_REREAD, open_intents_with_bindings
from hub.store.types import to_micros
from hub.sync.core import must_read_first
from hub.sync.settle import unsettled
from hub.sync.tasks import Task

PARENTS = {
    "customer": ("employee",),
    "contact": ("customer",),
    "order": ("employee", "product", "customer"),
    "receivable": ("employee", "customer", "order"),
    "receipt": ("employee", "customer"),
    "settlement": ("receivable", "receipt"),
    "approval": ("employee", "customer", "order"),
}
"""What an entity refers to. A first pull waits for those of its parents: a contact is recognised by its customer, among others."""


REREAD_TURNS = 4
"""A flow looks so many times within its re-read interval for open documents that would be older than it at the next look."""


_FLOWS = text(f"""
SELECT flow.id, flow.connection_id, flow.entity, flow.pull, flow.first_pull_at, flow.pulled_at, flow.next_pull_at, flow.reread_s,
  flow.next_reread_at, flow.next_sweep_at, flow.lease_until > :now AS held,
  flow.push AND flow.released_at IS NOT NULL AND EXISTS (
    SELECT 1 FROM binding WHERE binding.connection_id = flow.connection_id AND binding.entity = flow.entity
    AND binding.due_at IS NOT NULL AND binding.due_at <= :now AND binding.waiting_for IS NULL
    AND (binding.lease_until IS NULL OR binding.lease_until <= :now)) AS pushes,
  EXISTS (
    SELECT 1 FROM binding WHERE binding.connection_id = flow.connection_id AND binding.entity = flow.entity
    AND {WANTS_REREAD.text} AND binding.state = 'linked'
    AND NOT EXISTS (SELECT 1 FROM intent WHERE intent.binding_id = binding.id AND {OPEN_INTENT.text})) AS rereads
FROM flow JOIN connection ON connection.id = flow.connection_id
WHERE connection.state = 'active' AND (connection.resume_at IS NULL OR connection.resume_at <= :now)
ORDER BY flow.id
""")  # noqa: S608 - conditions of our own
"""Every flow whose connection may work now. A re-read waits for the outcome of an open write."""

_UNSETTLED = (
    open_intents_with_bindings(binding.c.connection_id, binding.c.entity).where(unsettled(bindparam("now"))).distinct()
)


def due_tasks(db: Connection, now: datetime) -> list[Task]:
    """Tasks of every flow whose connection may work now. A flow that somebody holds is left out."""
    clock = to_micros(now)
    flows = db.execute(_FLOWS, {"now": clock}).all()
    unsettled_at = {(row.connection_id, row.entity) for row in db.execute(_UNSETTLED, {"now": now})}
    unread = {(row.connection_id, row.entity) for row in flows if row.pull and row.first_pull_at is None}
    found: list[Task] = []
    for row in flows:
        if not row.held and not _waits_for_parents(row, unread):
            found.extend(_reading(row, clock))
        if (row.connection_id, row.entity) in unsettled_at:
            found.append(Task("settle", row.id))
        if row.pushes and not must_read_first(row):
            found.append(Task("push", row.id))
    return found


def _waits_for_parents(row: Any, unread: Set[tuple[int, str]]) -> bool:
    return row.first_pull_at is None and any((row.connection_id, p) in unread for p in PARENTS.get(row.entity, ()))


def _reading(row: Any, clock: int) -> list[Task]:
    """At most one reading task per flow: they share its lease. Times are microseconds."""
    if row.pull and (row.next_pull_at is None or row.next_pull_at <= clock):
        return [Task("pull", row.id)]
    if row.rereads:
        return [Task("reread", row.id)]
    if not row.pull or row.first_pull_at is None:
        return []
    if row.reread_s > 0 and row.next_reread_at is not None and row.next_reread_at <= clock:
        return [Task("rolling", row.id)]
    return [Task("sweep", row.id)] if row.next_sweep_at is not None and row.next_sweep_at <= clock else []


def schedule_next(db: Connection, row: Any, now: datetime, *, full: bool) -> None:
    """After a pull: when the next one is due; a full pull also counts as the sweep.

    `row` is the flow as the pull found it: a hint that asked for another pull meanwhile keeps it due.
    """
    mine = update(flow).where(flow.c.id == row.id)
    unasked = flow.c.next_pull_at.is_not_distinct_from(row.next_pull_at)
    db.execute(mine.where(unasked).values(next_pull_at=now + timedelta(seconds=row.every_s)))
    if full and row.sweep_s > 0:
        db.execute(mine.values(next_sweep_at=now + timedelta(seconds=row.sweep_s)))
    if row.reread_s > 0 and row.next_reread_at is None:
        db.execute(mine.values(next_reread_at=now + timedelta(seconds=row.reread_s / REREAD_TURNS)))


def take_hints(db: Connection, now: datetime, limit: int = 500) -> int:
    """New webhook deliveries become re-read marks (known ids) or a pull at once (everything else). Returns deliveries taken."""
    rows = db.execute(select(inbound_event).where(NEW_DELIVERY).order_by(inbound_event.c.id).limit(limit)).all()
    for row in rows:
        for hint in row.hints:
            _take_hint(db, row.connection_id, str(hint["entity"]), str(hint.get("id", "")), now)
    if rows:
        done = update(inbound_event).where(inbound_event.c.id.in_([row.id for row in rows]))
        db.execute(done.values(state="done"))
    return len(rows)


def _take_hint(db: Connection, at: int, entity: str, external_id: str, now: datetime) -> None:
    marked = 0
    if external_id:
        known = (binding.c.connection_id == at, binding.c.entity == entity, binding.c.external_id == external_id)
        marked = db.execute(update(binding).where(*known).values(reread=True)).rowcount
    if not marked:
        mine = (flow.c.connection_id == at, flow.c.entity == entity, flow.c.pull)
        db.execute(update(flow).where(*mine).values(next_pull_at=now))
