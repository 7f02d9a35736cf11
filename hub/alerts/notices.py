"""Events about the hub itself: connections that stopped and came back, and what waits in the inbox. Each is made once.

Nothing is written where trouble begins: these look at what the tables say (ENGINE 1), so that no crash can lose one."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from hub.alerts.hours import load_calendar
from hub.alerts.kinds import PAUSED, RECOVERED, UNREACHABLE, WAITING
from hub.errors import advised
from hub.store.apply import upsert
from hub.store.core import business_event, connection, inbox_item
from hub.store.database import Database
from hub.store.events import in_trouble
from hub.sync.kinds import kind_text

LONG_S = 1800.0
"""An outage shorter than this is nobody's business: the hub tries again by itself."""
HUB = 0
"""Number of the subject of events about the whole hub."""


def connection_events(db: Database, now: datetime, *, zone: str) -> int:
    """One event per pause that only a person can end, per outage that lasts, and per end of such an outage. Returns how many."""
    with db.read() as tx:
        rows = tx.execute(select(connection).order_by(connection.c.id)).all()
        told = _last_told(tx)
        found = [event for row in rows if (event := _event_of(row, told.get(row.id, ""), now, ZoneInfo(zone)))]
        known = set(tx.scalars(select(business_event.c.key).where(business_event.c.key.in_([e["key"] for e in found]))))
    return _keep(db, [event for event in found if event["key"] not in known], now)


def inbox_event(db: Database, day: date, now: datetime) -> int:
    """On a working day, what waits for a person; nothing when nothing waits. Returns 1 for an event that was made."""
    with db.read() as tx:
        if not load_calendar(tx).works(day):
            return 0
        rows = tx.execute(_waiting()).all()
    if not rows:
        return 0
    oldest = min(row.oldest if row.oldest.tzinfo else row.oldest.replace(tzinfo=UTC) for row in rows)
    data = {
        "total": sum(row.how_many for row in rows),
        "oldest_days": (now - oldest).days,
        "lines": [
            {"connection": row.name or "", "kind": kind_text(row.kind).zh, "count": row.how_many} for row in rows
        ],
    }
    return _keep(db, [_row(f"{WAITING}:{day.isoformat()}", WAITING, HUB, data)], now)


def _waiting() -> Any:
    counts = func.count().label("how_many"), func.min(inbox_item.c.opened_at).label("oldest")
    return (
        select(connection.c.name, inbox_item.c.kind, *counts)
        .select_from(inbox_item.outerjoin(connection, connection.c.id == inbox_item.c.connection_id))
        .where(inbox_item.c.state == "open")
        .group_by(connection.c.name, inbox_item.c.kind)
        .order_by(counts[0].desc(), connection.c.name, inbox_item.c.kind)
    )


def _event_of(row: Any, told: str, now: datetime, zone: ZoneInfo) -> dict[str, Any] | None:
    trouble = _trouble(row)
    if trouble is None:
        ended = row.state == "active" and told.startswith(UNREACHABLE)
        return _about(row, RECOVERED, told.removeprefix(f"{UNREACHABLE}:{row.id}:"), {}, zone) if ended else None
    since = trouble.get("since")
    if since is None:
        return None
    if row.state == "paused":
        return _about(row, PAUSED, since, trouble, zone)
    lasts = now - datetime.fromisoformat(since) >= timedelta(seconds=LONG_S)
    return _about(row, UNREACHABLE, since, trouble, zone) if lasts else None


def _trouble(row: Any) -> dict[str, Any] | None:
    """The error that holds a connection up, as JSON with `since`; what a person paused is no trouble."""
    if row.state == "paused" or row.failures:
        return row.reason if row.reason and row.reason.get("error") else None
    return dict(row.events) if in_trouble(row.events) else None


def _about(row: Any, kind: str, since: str, trouble: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    message = str(trouble.get("zh") or "")
    todo = advised(trouble).zh.removeprefix(message.rstrip("。.")).lstrip("。")
    local = datetime.fromisoformat(since).astimezone(zone).strftime("%m-%d %H:%M")
    data = {"name": row.name, "system": row.system, "message": message, "todo": todo, "since": local}
    return _row(f"{kind}:{row.id}:{since}", kind, row.id, data)


def _row(key: str, kind: str, subject: int, data: dict[str, Any]) -> dict[str, Any]:
    return {"key": key, "kind": kind, "entity": kind.partition(".")[0], "record_id": subject, "data": data}


def _last_told(tx: Connection) -> dict[int, str]:
    """Connection -> key of the last event about it."""
    newest = select(func.max(business_event.c.id)).where(business_event.c.entity == "connection")
    rows = tx.execute(
        select(business_event.c.record_id, business_event.c.key).where(
            business_event.c.id.in_(newest.group_by(business_event.c.record_id))
        )
    )
    return {row.record_id: row.key for row in rows}


def _keep(db: Database, events: Iterable[dict[str, Any]], now: datetime) -> int:
    rows = list(_stamped(events, now))
    if rows:
        with db.write() as tx:
            tx.execute(upsert(tx, business_event).on_conflict_do_nothing(index_elements=["key"]), rows)
    return len(rows)


def _stamped(events: Iterable[dict[str, Any]], now: datetime) -> Iterator[dict[str, Any]]:
    return ({**event, "at": now, "state": "new"} for event in events)
