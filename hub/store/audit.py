"""Audit rows: what people did with the hub itself. Written in the transaction of what they describe."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from hub.store.paging import Listing, PageRequest, fetch_page
from hub.store.schema import AUDIT


@dataclass(frozen=True, slots=True)
class Deed:
    """`action` is noun.verb, `target` names what it was done to, `data` never holds a secret."""

    who: str
    action: str
    target: str = ""
    data: dict[str, Any] | None = None


def write_audit(tx: Connection, deed: Deed, now: datetime) -> None:
    row = {"at": now, "who": deed.who, "action": deed.action, "target": deed.target, "data": deed.data or {}}
    tx.execute(insert(AUDIT).values(row))


def list_audit(tx: Connection, request: PageRequest, *, who: str = "", action: str = "") -> Listing:
    """Newest first; `action` matches a whole action or everything of one noun ("connection")."""
    query = select(AUDIT)
    if who:
        query = query.where(AUDIT.c.who == who)
    if action:
        query = query.where((AUDIT.c.action == action) | AUDIT.c.action.startswith(f"{action}.", autoescape=True))
    return fetch_page(tx, query, AUDIT.c.id, request)
