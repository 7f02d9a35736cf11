"""Answers to alerts: who pressed “我知道了” is recorded on the alert, and the card then says so."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, select, update

from hub.connector.contract import Answer, Client, Confirming
from hub.errors import HubError, OutcomeUnknown, SetupError, Text, TryLater
from hub.store.core import alert, alert_answer
from hub.store.database import Database

CONFIRM = "confirm"
LEASE_S = 300.0
"""Longer than a call with its short retries: who died with an answer in hand holds it for so long."""
AGAIN_S = 600.0
GIVE_UP = timedelta(days=1)
"""A card that could not be changed for so long stays as it is; the alert knows better."""


class Opener(Protocol):
    """hub.sync.clients.Clients fits."""

    def get(self, connection_id: int) -> Client: ...


AGAIN = "again"
"""In a receipt: when a person had a refused alert sent again."""


def message_key(row: Any) -> str:
    """The key that an alert is sent with. One that can be answered names the moment it was made: numbers begin anew with a new
    database, and a button pressed on an old card must not answer another alert. One that was refused and is sent again is another
    message: a vendor that drops repeats may remember the request which it refused."""
    if row.format == CONFIRM:
        return f"alert-{row.id}-{_stamp(row)}"
    again = row.receipt.get(AGAIN)
    return f"alert-{row.id}-{again}" if again else f"alert-{row.id}"


def take_answers(db: Database, clients: Opener, now: datetime, limit: int) -> int:
    """Record up to `limit` answers and have their cards changed. Returns how many were taken in hand."""
    rows = _lease(db, now, limit)
    for row in rows:
        with db.write() as tx:
            why = _record(tx, row)
        if why is None:
            _end(db, row, **_shown(clients, row, now))
        else:
            _end(db, row, state="ignored", reason=why.as_json())
    return len(rows)


def _lease(db: Database, now: datetime, limit: int) -> Sequence[Any]:
    due = (alert_answer.c.due_at.is_not(None), alert_answer.c.due_at <= now)
    with db.write() as tx:
        query = select(alert_answer.c.id).where(*due).order_by(alert_answer.c.id).limit(limit)
        ids = list(tx.scalars(query.with_for_update(skip_locked=True)))
        if not ids:
            return []
        mine = update(alert_answer).where(alert_answer.c.id.in_(ids))
        tx.execute(mine.values(due_at=now + timedelta(seconds=LEASE_S)))
        return tx.execute(select(alert_answer).where(alert_answer.c.id.in_(ids)).order_by(alert_answer.c.id)).all()


def _record(tx: Connection, row: Any) -> Text | None:
    """Put the answer on its alert, the first one only; why it is none otherwise."""
    found = tx.execute(select(alert).where(alert.c.id == _alert_id(row.message))).one_or_none()
    if row.button != CONFIRM:
        return Text(f"没有按钮 {row.button}", f"there is no button {row.button}")
    if found is None or found.connection_id != row.connection_id or message_key(found) != row.message:
        return Text(f"没有提醒 {row.message}", f"there is no alert {row.message}")
    if found.recipient.casefold() != row.member.casefold():
        return Text(f"提醒不是发给 {row.member} 的", f"the alert was not sent to {row.member}")
    first = (alert.c.id == found.id, alert.c.acknowledged_at.is_(None))
    tx.execute(update(alert).where(*first).values(acknowledged_at=row.at, acknowledged_by=row.member))
    # Whose reply was lost did arrive after all.
    arrived = (alert.c.id == found.id, alert.c.state == "unknown")
    tx.execute(update(alert).where(*arrived).values(state="delivered"))
    return None


def _shown(clients: Opener, row: Any, now: datetime) -> dict[str, Any]:
    """What becomes of the answer's row after the card was changed, could not be, or shall be tried again."""
    answer = Answer(row.message, row.member, button=row.button, handle=row.handle, key=row.key)
    try:
        client = clients.get(row.connection_id)
        if row.handle and isinstance(client, Confirming):
            client.confirmed(answer)
    except (TryLater, OutcomeUnknown, SetupError) as error:
        if now - row.at < GIVE_UP:
            wait = max(LEASE_S, error.after) if isinstance(error, TryLater) else AGAIN_S
            return {"due_at": now + timedelta(seconds=wait), "reason": error.text.as_json()}
        return {"state": "done", "reason": error.text.as_json()}
    except HubError as error:
        return {"state": "done", "reason": error.text.as_json()}
    return {"state": "done"}


def _end(db: Database, row: Any, **values: Any) -> None:
    """A handle is kept only as long as it is needed."""
    ended = {"due_at": None, **values} | ({} if values.get("due_at") else {"handle": ""})
    with db.write() as tx:
        tx.execute(update(alert_answer).where(alert_answer.c.id == row.id).values(**ended))


def _alert_id(message: str) -> int:
    """0 for a message that is no alert."""
    parts = message.split("-")
    return (
        int(parts[1]) if len(parts) == 3 and parts[0] == "alert" and parts[1].isdecimal() and len(parts[1]) < 19 else 0
    )


def _stamp(row: Any) -> str:
    return f"{int(row.created_at.timestamp() * 1000):x}"
