"""Webhook deliveries and pressed buttons, kept before they are answered."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from hub.store import core


def keep(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows {connection_id, key, received_at, hints, answers}; what has a key that is known already changes nothing. `answers`
    (may be absent) are rows of table alert_answer."""
    insert = pg_insert if tx.dialect.name == "postgresql" else sqlite_insert
    events = [
        {name: value for name, value in row.items() if name != "answers"}
        for row in rows
        if row["hints"] or not row.get("answers")
    ]
    if events:
        tx.execute(insert(core.inbound_event).on_conflict_do_nothing(), [{"state": "new", **row} for row in events])
    answers = [answer for row in rows for answer in row.get("answers") or ()]
    if answers:
        tx.execute(insert(core.alert_answer).on_conflict_do_nothing(), answers)
