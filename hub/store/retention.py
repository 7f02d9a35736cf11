"""Removes old rows of growing tables, a bounded batch at a time."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from hub.store.database import Database
from hub.store.types import to_micros

#: Rows per transaction: small enough that a writer who waits hardly notices.
BATCH = 500
#: A night's work ends after this long; the rest is next night's.
LONGEST_S = 600.0


@dataclass(frozen=True, slots=True)
class _Growing:
    """A table that grows: the column that dates a row, and which rows may go (what is still open never does)."""

    table: str
    dated: str
    may_go: str = ""


_TABLES: Mapping[str, tuple[_Growing, ...]] = {
    "attempt": (_Growing("attempt", "started_at"),),
    "run": (_Growing("run", "started_at", "state <> 'running'"),),
    "event": (_Growing("inbound_event", "received_at", "state <> 'new'"),),
    "intent": (_Growing("intent", "opened_at", "state IN ('done', 'failed')"),),
    "alert": (
        _Growing("alert", "created_at", "state NOT IN ('due', 'sending')"),
        _Growing("alert_answer", "at", "due_at IS NULL"),
        # The key of a business event is what keeps an alert from being sent twice: it stays as long as its alerts.
        _Growing(
            "business_event",
            "at",
            "state <> 'new' AND NOT EXISTS (SELECT 1 FROM alert WHERE event_id = business_event.id)",
        ),
    ),
    "inbox": (_Growing("inbox_item", "refreshed_at", "state <> 'open'"),),
    "audit": (_Growing("audit", "at"),),
    "change": (_Growing("change", "at", "version < (SELECT version FROM record WHERE record.id = change.record_id)"),),
}

GROUPS = tuple(_TABLES)


def purge(db: Database, days: Mapping[str, int], now: datetime) -> int:
    """Delete what is older than `days`: group -> days, 0 = for ever (groups as in Settings.retention_<group>_days)."""
    deadline = time.monotonic() + LONGEST_S
    removed = 0
    for group, kept_days in days.items():
        for growing in _TABLES[group] if kept_days else ():
            removed += _purge_table(db, growing, to_micros(now - timedelta(days=kept_days)), deadline)
    return removed


def _purge_table(db: Database, growing: _Growing, before: int, deadline: float) -> int:
    where = f"{growing.dated} < :before" + (f" AND {growing.may_go}" if growing.may_go else "")
    statement = text(
        f"DELETE FROM {growing.table} WHERE id IN "  # noqa: S608 - names from the table above only
        f"(SELECT id FROM {growing.table} WHERE {where} ORDER BY id LIMIT {BATCH})"
    )
    removed = 0
    while time.monotonic() < deadline:
        with db.write() as connection:
            count = connection.execute(statement, {"before": before}).rowcount
        removed += count
        if count < BATCH:
            break
    return removed
