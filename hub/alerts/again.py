"""A person sends an alert again that was refused or whose fate is unknown."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from hub.alerts.answers import AGAIN
from hub.errors import BadInput, NotFound
from hub.store.audit import Deed, write_audit
from hub.store.core import alert, business_event
from hub.store.database import Database

OPEN = ("refused", "unknown")


def send_again(db: Database, alert_id: int, *, who: str, now: datetime) -> None:
    """Due again at once. One that never had a text or a person is planned anew from its event, so that a new owner or a corrected
    rule takes effect. Raises NotFound, BadInput for one that is delivered or under way, or whose event was tidied away."""
    with db.write() as tx:
        row = tx.execute(select(alert).where(alert.c.id == alert_id).with_for_update()).first()
        if row is None:
            raise NotFound(f"没有提醒 {alert_id}", f"There is no alert {alert_id}", field="alert", value=str(alert_id))
        if row.state not in OPEN:
            raise _not_open(row)
        if row.connection_id is None or not row.body or (row.channel != "robot" and not row.recipient):
            _plan_anew(tx, row)
        else:
            receipt = {AGAIN: int(now.timestamp())} if row.state == "refused" else {}
            values = {"state": "due", "due_at": now, "lease_until": None, "receipt": receipt, "created_at": now}
            known = {"recipient": ""} if row.channel != "robot" and row.employee_id is not None else {}
            tx.execute(update(alert).where(alert.c.id == alert_id).values(**values, **known))
        write_audit(tx, Deed(who, "alert.send_again", str(alert_id), {"was": row.state}), now)


def _plan_anew(tx: Any, row: Any) -> None:
    found = tx.execute(update(business_event).where(business_event.c.id == row.event_id).values(state="new"))
    if found.rowcount != 1:
        raise BadInput(
            f"提醒 {row.id} 的事件已被清理，无法重发",
            f"the event of alert {row.id} was tidied away; it cannot be sent again",
            field="alert",
            value=str(row.id),
        )
    tx.execute(delete(alert).where(alert.c.id == row.id))


def _not_open(row: Any) -> BadInput:
    return BadInput(
        f"提醒 {row.id} 的状态是 {row.state}，只有 {'、'.join(OPEN)} 可以重发",
        f"alert {row.id} is {row.state}; only {' and '.join(OPEN)} can be sent again",
        field="state",
        value=str(row.state),
    )
