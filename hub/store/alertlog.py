"""Alerts as people read them: what was told to whom, and what became of it."""

from typing import Any

from sqlalchemy import Connection, select

from hub.store import core
from hub.store.paging import Listing, PageRequest, fetch_page, one
from hub.store.scope import Scope

_NAMES = (
    *("id", "rule", "record_id", "employee_id", "channel", "title", "body", "url", "state", "created_at", "sent_at"),
    *("acknowledged_at", "acknowledged_by"),
)
_ALERT = select(
    *(core.alert.c[name] for name in _NAMES), core.alert.c.receipt, core.connection.c.name.label("connection")
).outerjoin(core.connection, core.connection.c.id == core.alert.c.connection_id)


def list_alerts(tx: Connection, scope: Scope, request: PageRequest, *, rule: str = "", state: str = "") -> Listing:
    """Newest first; salespeople see their own and those about records they see."""
    equal = {"rule": rule, "state": state}
    query = _ALERT.where(scope.alerts(), *(core.alert.c[name] == value for name, value in equal.items() if value))
    return fetch_page(tx, query, core.alert.c.id, request)


def list_rules(tx: Connection, request: PageRequest) -> Listing:
    """Oldest first, whole."""
    return fetch_page(tx, select(core.alert_rule), core.alert_rule.c.id, request, newest_first=False)


def show_rule(tx: Connection, name: str) -> dict[str, Any] | None:
    return one(tx, select(core.alert_rule).where(core.alert_rule.c.name == name))
