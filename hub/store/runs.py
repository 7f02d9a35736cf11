"""Runs as people read them: list, one run with its failed calls."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from hub.store import core
from hub.store.paging import Listing, PageRequest, fetch_page, one

_WITH_NAME = select(core.run, core.connection.c.name.label("connection")).join(
    core.connection, core.connection.c.id == core.run.c.connection_id
)


@dataclass(frozen=True, slots=True)
class RunFilter:
    connection_id: int | None = None
    entity: str = ""
    kind: str = ""
    state: str = ""


def list_runs(tx: Connection, wanted: RunFilter, request: PageRequest) -> Listing:
    """Newest first, each with the name of its connection."""
    equal = {"connection_id": wanted.connection_id, "entity": wanted.entity, "kind": wanted.kind, "state": wanted.state}
    query = _WITH_NAME.where(*(core.run.c[name] == value for name, value in equal.items() if value))
    return fetch_page(tx, query, core.run.c.id, request)


def show_run(tx: Connection, run_id: int) -> dict[str, Any] | None:
    """The run, or None."""
    return one(tx, _WITH_NAME.where(core.run.c.id == run_id))


def attempts_of(tx: Connection, run_id: int, request: PageRequest, *, failed_only: bool = False) -> Listing:
    """The remote calls of a run, newest first."""
    query = select(core.attempt).where(core.attempt.c.run_id == run_id)
    if failed_only:
        query = query.where(core.attempt.c.outcome != "ok")
    return fetch_page(tx, query, core.attempt.c.id, request)


def count_recent(tx: Connection, now: datetime) -> dict[str, int]:
    """Runs of the last 24 hours by state."""
    query = select(core.run.c.state, func.count()).where(core.run.c.started_at > now - timedelta(days=1))
    return {state: count for state, count in tx.execute(query.group_by(core.run.c.state))}


def count_inbound(tx: Connection) -> dict[str, int]:
    """Webhook deliveries that the engine has not looked at, under the key "new"."""
    query = select(func.count()).where(core.inbound_event.c.state == "new")
    return {"new": tx.scalar(query) or 0}


def count_intents(tx: Connection) -> dict[str, int]:
    """Writes that were begun and have no known outcome, by state."""
    query = select(core.intent.c.state, func.count()).where(core.intent.c.state.in_(("open", "unknown")))
    return {state: count for state, count in tx.execute(query.group_by(core.intent.c.state))}
