"""The alert table as an outbox: due rows under a lease, the mark before a call, the receipt after it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from hub.store.bulk import one_of
from hub.store.core import alert, connection
from hub.store.database import Database
from hub.store.fetch import Shape, fetch
from hub.store.types import to_micros

LEASE_S = 300.0
"""Longer than any one call may take with its short retries; a process that dies holds its rows for so long."""
NOT_READY_S = 300.0
"""When to look again at messages of a connection that is paused."""
_ALERT = Shape(alert)
_DUE = (
    "WHERE state = 'due' AND due_at IS NOT NULL AND due_at <= ? AND (lease_until IS NULL OR lease_until <= ?) "
    "ORDER BY due_at, id LIMIT ?"
)


class Outbox:
    """Every change of a row after its lease is bound to `attempts`, which each lease counts up: who lost the lease changes nothing."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._ended: list[tuple[Any, dict[str, Any]]] = []

    def abandoned(self, now: datetime) -> Sequence[Any]:
        """Rows whose sender died between the mark and the receipt: whether they went out is not known."""
        query = select(alert).where(alert.c.state == "sending", alert.c.due_at.is_not(None), alert.c.lease_until <= now)
        with self._db.read() as tx:
            return tx.execute(query.order_by(alert.c.id)).all()

    def lease(self, now: datetime, limit: int) -> Sequence[Any]:
        """Up to `limit` due rows, oldest first, now ours. Rows of connections that are not ready are put off."""
        free = or_(alert.c.lease_until.is_(None), alert.c.lease_until <= now)
        due = and_(alert.c.state == "due", alert.c.due_at <= now, free)
        taken = {"lease_until": now + timedelta(seconds=LEASE_S)}
        with self._db.write(durable=False) as tx:
            self._put_off(tx, due, now)
            end = "FOR UPDATE SKIP LOCKED" if tx.dialect.name == "postgresql" else ""
            rows = fetch(tx, _ALERT, f"{_DUE} {end}", (to_micros(now), to_micros(now), limit))
            if rows:
                mine = update(alert).where(one_of(tx, alert.c.id, [row.id for row in rows]))
                tx.execute(mine.values(**taken, attempts=alert.c.attempts + 1))
        return [row._replace(**taken, attempts=row.attempts + 1) for row in rows]

    def _put_off(self, tx: Connection, due: ColumnElement[bool], now: datetime) -> None:
        waiting = or_(connection.c.state != "active", connection.c.resume_at > now)
        ids = list(tx.scalars(select(connection.c.id).where(waiting)))
        if ids:
            later = now + timedelta(seconds=NOT_READY_S)
            tx.execute(update(alert).where(due, alert.c.connection_id.in_(ids)).values(due_at=later))

    def begin(self, row: Any, now: datetime, *, recipient: str) -> bool:
        """The mark before the call, together with the receipts so far. False when the row is not ours any more: then nothing may
        be sent."""
        ours = and_(alert.c.id == row.id, alert.c.attempts == row.attempts, alert.c.state == "due")
        values = {"state": "sending", "sent_at": now, "recipient": recipient}
        with self._db.write() as tx:
            self._write_ends(tx)
            marked = update(alert).where(ours).values(**values, lease_until=now + timedelta(seconds=LEASE_S))
            found = tx.execute(marked).rowcount == 1
        self._ended.clear()
        return found

    def end(self, row: Any, state: str, *, receipt: dict[str, Any], due_at: datetime | None = None) -> None:
        """The receipt: written with the next mark, or by `flush`. Do nothing slow in between: who dies before that leaves a message
        of which nobody knows whether it arrived."""
        self._ended.append((row, {"state": state, "due_at": due_at, "lease_until": None, "receipt": receipt}))

    def flush(self) -> None:
        """Write the receipts so far."""
        if self._ended:
            with self._db.write(durable=False) as tx:
                self._write_ends(tx)
            self._ended.clear()

    def _write_ends(self, tx: Connection) -> None:
        """They also correct `unknown`, should another process have given the row up while we waited for the reply."""
        for row, values in self._ended:
            ours = and_(
                alert.c.id == row.id,
                alert.c.attempts == row.attempts,
                alert.c.state.in_(("due", "sending", "unknown")),
            )
            tx.execute(update(alert).where(ours).values(**values))
