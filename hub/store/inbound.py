"""Webhook deliveries, kept before they are answered."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from hub.store import core


def keep(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows {connection_id, key, received_at, hints}; one whose key is known already changes nothing."""
    insert = pg_insert if tx.dialect.name == "postgresql" else sqlite_insert
    tx.execute(insert(core.inbound_event).on_conflict_do_nothing(), [{"state": "new", **row} for row in rows])
