"""Audit rows: what people did with the hub itself. Written in the transaction of what they describe."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from hub.store import core
from hub.store.paging import Listing, PageRequest, fetch_page


@dataclass(frozen=True, slots=True)
class Deed:
    """`action` is noun.verb, `target` names what it was done to, `data` never holds a secret."""

    who: str
    action: str
    target: str = ""
    data: dict[str, Any] | None = None


def write_audit(tx: Connection, deed: Deed, now: datetime) -> None:
    row = {"at": now, "who": deed.who, "action": deed.action, "target": deed.target, "data": deed.data or {}}
    tx.execute(insert(core.audit).values(row))


def list_audit(tx: Connection, request: PageRequest, *, who: str = "", action: str = "") -> Listing:
    """Newest first; `action` matches a whole action or everything of one noun ("connection")."""
    query = select(core.audit)
    if who:
        query = query.where(core.audit.c.who == who)
    if action:
        query = query.where(
            (core.audit.c.action == action) | core.audit.c.action.startswith(f"{action}.", autoescape=True)
        )
    return fetch_page(tx, query, core.audit.c.id, request)
