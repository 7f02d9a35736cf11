"""How the events of a connection reach us, as who receives them wrote it down (connection.events), and the pause of one that only an
admin can put right."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, select, update

from hub.errors import HubError, SetupError
from hub.store.core import connection

How = Literal["stream", "callback"]


def note_events(tx: Connection, connection_id: int, how: How, now: datetime, error: HubError | None = None) -> None:
    """They arrive, or `error` says why not: {"how", "state": ok | trouble, "since", and the error's JSON}. Where a stream is listened
    to, pushes say nothing: they are a stranger's."""
    state = {"how": how, "state": "trouble" if error else "ok"}
    told = tx.execute(select(connection.c.events).where(connection.c.id == connection_id)).scalar() or {}
    if how == "callback" and told.get("how") == "stream":
        return
    since = told.get("since") if told.get("how") == how and told.get("state") == state["state"] else None
    state |= {"since": since or now.isoformat(timespec="seconds")}
    _set(tx, connection_id, {**state, **(error.as_json() if error else {})})


def forget_events(tx: Connection, connection_id: int, how: How) -> None:
    """Nobody receives them any more in this way."""
    told = tx.execute(select(connection.c.events).where(connection.c.id == connection_id)).scalar()
    if told and told.get("how") == how:
        _set(tx, connection_id, None)


def events_flowing(tx: Connection) -> dict[str, int]:
    """Active connections whose events are received: 1 = they arrive, 0 = there is trouble."""
    query = select(connection.c.name, connection.c.events).where(connection.c.state == "active")
    rows = tx.execute(query.order_by(connection.c.name)).all()
    return {row.name: int(not in_trouble(row.events)) for row in rows if row.events}


def in_trouble(events: dict[str, Any] | None) -> bool:
    return bool(events) and events is not None and events["state"] == "trouble"


def pause_broken(tx: Connection, connection_id: int, error: SetupError, now: datetime) -> None:
    """Only an admin can help: the connection stops, and its page says why. One that is paused already keeps its reason."""
    active = (connection.c.id == connection_id, connection.c.state == "active")
    tx.execute(update(connection).where(*active).values(state="paused", reason=lasting(error, now)))


def lasting(error: HubError, now: datetime, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The error as JSON with `since`: when this trouble began (`before`: what was kept of it until now)."""
    since = (before or {}).get("since") or now.isoformat(timespec="seconds")
    return {**error.as_json(), "since": since}


def _set(tx: Connection, connection_id: int, value: dict[str, Any] | None) -> None:
    tx.execute(update(connection).where(connection.c.id == connection_id).values(events=value))
