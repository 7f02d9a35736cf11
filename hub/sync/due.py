"""What should run now: index reads only, so that the sweep can ask every second."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, exists, or_, select, update

from hub.store.core import binding, connection, flow, inbound_event, intent
from hub.store.partial import NEW_DELIVERY, OPEN_INTENT, WANTS_REREAD, open_intents_with_bindings
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


def due_tasks(db: Connection, now: datetime) -> list[Task]:
    """Tasks of every flow whose connection may work now. A flow that somebody holds is left out."""
    ready = and_(connection.c.state == "active", or_(connection.c.resume_at.is_(None), connection.c.resume_at <= now))
    flows = db.execute(select(flow).join(connection, connection.c.id == flow.c.connection_id).where(ready)).all()
    unread = {(row.connection_id, row.entity) for row in flows if row.pull and row.first_pull_at is None}
    found: list[Task] = []
    for row in flows:
        held = row.lease_until is not None and row.lease_until > now
        if not held:
            early = row.first_pull_at is None and any(
                (row.connection_id, p) in unread for p in PARENTS.get(row.entity, ())
            )
            found.extend([] if early else _reading(db, row, now))
        if _intents_due(db, row, now):
            found.append(Task("settle", row.id))
        if row.push and row.released_at is not None and not must_read_first(row) and _pushes_due(db, row, now):
            found.append(Task("push", row.id))
    return found


def _reading(db: Connection, row: Any, now: datetime) -> list[Task]:
    """At most one reading task per flow: they share its lease."""
    if row.pull and (row.next_pull_at is None or row.next_pull_at <= now):
        return [Task("pull", row.id)]
    if _any(db, [*_of(row), WANTS_REREAD, binding.c.state == "linked", ~_being_written()]):
        return [Task("reread", row.id)]
    if not row.pull or row.first_pull_at is None:
        return []
    if row.reread_s > 0 and row.next_reread_at is not None and row.next_reread_at <= now:
        return [Task("rolling", row.id)]
    return [Task("sweep", row.id)] if row.next_sweep_at is not None and row.next_sweep_at <= now else []


def _being_written() -> Any:
    """A re-read waits for the outcome of an open write."""
    return exists(select(intent.c.id).where(intent.c.binding_id == binding.c.id, OPEN_INTENT))


def _of(row: Any) -> list[Any]:
    return [binding.c.connection_id == row.connection_id, binding.c.entity == row.entity]


def _any(db: Connection, conditions: list[Any]) -> bool:
    return bool(db.scalar(select(exists(select(binding.c.id).where(*conditions)))))


def _pushes_due(db: Connection, row: Any, now: datetime) -> bool:
    free = or_(binding.c.lease_until.is_(None), binding.c.lease_until <= now)
    due = [binding.c.due_at.is_not(None), binding.c.due_at <= now, binding.c.waiting_for.is_(None), free]
    return _any(db, _of(row) + due)


def _intents_due(db: Connection, row: Any, now: datetime) -> bool:
    query = open_intents_with_bindings(intent.c.id).where(*_of(row), unsettled(now))
    return db.execute(query.limit(1)).first() is not None


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
