"""The alert table as an outbox: due rows under a lease, the mark before a call, the receipt after it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update

from hub.store.core import alert, connection
from hub.store.database import Database

LEASE_S = 300.0
"""Longer than any one call may take with its short retries; a process that dies holds its rows for so long."""
NOT_READY_S = 300.0
"""When to look again at messages of a connection that is paused."""


class Outbox:
    """Every change of a row after its lease is bound to `attempts`, which each lease counts up: who lost the lease changes nothing."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def abandoned(self, now: datetime) -> Sequence[Any]:
        """Rows whose sender died between the mark and the receipt: whether they went out is not known."""
        query = select(alert).where(alert.c.state == "sending", alert.c.due_at.is_not(None), alert.c.lease_until <= now)
        with self._db.read() as tx:
            return tx.execute(query.order_by(alert.c.id)).all()

    def lease(self, now: datetime, limit: int) -> Sequence[Any]:
        """Up to `limit` due rows, oldest first, now ours. Rows of connections that are not ready are put off."""
        free = or_(alert.c.lease_until.is_(None), alert.c.lease_until <= now)
        due = and_(alert.c.state == "due", alert.c.due_at <= now, free)
        with self._db.write(durable=False) as tx:
            waiting = select(connection.c.id).where(or_(connection.c.state != "active", connection.c.resume_at > now))
            later = now + timedelta(seconds=NOT_READY_S)
            tx.execute(update(alert).where(due, alert.c.connection_id.in_(waiting)).values(due_at=later))
            query = select(alert.c.id).where(due).order_by(alert.c.due_at, alert.c.id).limit(limit)
            ids = list(tx.scalars(query.with_for_update(skip_locked=True)))
            until = now + timedelta(seconds=LEASE_S)
            taken = update(alert).where(alert.c.id.in_(ids))
            tx.execute(taken.values(lease_until=until, attempts=alert.c.attempts + 1))
            return tx.execute(select(alert).where(alert.c.id.in_(ids)).order_by(alert.c.due_at, alert.c.id)).all()

    def begin(self, row: Any, now: datetime, *, recipient: str) -> bool:
        """The mark before the call. False when the row is not ours any more: then nothing may be sent."""
        ours = and_(alert.c.id == row.id, alert.c.attempts == row.attempts, alert.c.state == "due")
        values = {"state": "sending", "sent_at": now, "recipient": recipient}
        with self._db.write() as tx:
            marked = update(alert).where(ours).values(**values, lease_until=now + timedelta(seconds=LEASE_S))
            return tx.execute(marked).rowcount == 1

    def end(self, row: Any, state: str, *, receipt: dict[str, Any], due_at: datetime | None = None) -> None:
        """The receipt. It also corrects `unknown`, should another process have given the row up while we waited for the reply."""
        ours = and_(
            alert.c.id == row.id,
            alert.c.attempts == row.attempts,
            alert.c.state.in_(("due", "sending", "unknown")),
        )
        values = {"state": state, "due_at": due_at, "lease_until": None, "receipt": receipt}
        with self._db.write(durable=False) as tx:
            tx.execute(update(alert).where(ours).values(**values))
