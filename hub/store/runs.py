"""Runs as people read them: list, one run with its failed calls."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from hub.store.paging import Listing, PageRequest, fetch_page, one
from hub.store.schema import ATTEMPT, CONNECTION, RUN

_WITH_NAME = select(RUN, CONNECTION.c.name.label("connection")).join(CONNECTION, CONNECTION.c.id == RUN.c.connection_id)


@dataclass(frozen=True, slots=True)
class RunFilter:
    connection_id: int | None = None
    entity: str = ""
    kind: str = ""
    state: str = ""


def list_runs(tx: Connection, wanted: RunFilter, request: PageRequest) -> Listing:
    """Newest first, each with the name of its connection."""
    equal = {"connection_id": wanted.connection_id, "entity": wanted.entity, "kind": wanted.kind, "state": wanted.state}
    query = _WITH_NAME.where(*(RUN.c[name] == value for name, value in equal.items() if value))
    return fetch_page(tx, query, RUN.c.id, request)


def show_run(tx: Connection, run_id: int) -> dict[str, Any] | None:
    """The run, or None."""
    return one(tx, _WITH_NAME.where(RUN.c.id == run_id))


def attempts_of(tx: Connection, run_id: int, request: PageRequest, *, failed_only: bool = False) -> Listing:
    """The remote calls of a run, newest first."""
    query = select(ATTEMPT).where(ATTEMPT.c.run_id == run_id)
    if failed_only:
        query = query.where(ATTEMPT.c.outcome != "ok")
    return fetch_page(tx, query, ATTEMPT.c.id, request)
