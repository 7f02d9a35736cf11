"""Rows of golden records and bindings for tests that need no engine."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert

from hub.store.core import binding, record
from hub.store.database import Database

NOW = datetime(2026, 11, 21, 1, tzinfo=UTC)


def put(db: Database, entity: str, data: dict[str, Any], **columns: Any) -> int:
    row = {
        "entity": entity,
        "data": data,
        "origin": {},
        "version": 1,
        "state": "live",
        "title": str(data.get("name") or data.get("number") or ""),
        "number": str(data.get("number") or ""),
        "owner_id": data.get("owner") if isinstance(data.get("owner"), int) else None,
        "customer_id": data.get("customer") if isinstance(data.get("customer"), int) else None,
        "created_at": NOW,
        "updated_at": NOW,
        **columns,
    }
    with db.write() as tx:
        return int(tx.execute(insert(record).values(**row).returning(record.c.id)).scalar_one())


def bound(record_id: int, external_id: str, entity: str = "receivable", **columns: Any) -> dict[str, Any]:
    row = {"record_id": record_id, "connection_id": 1, "entity": entity, "external_id": external_id, "number": ""}
    blank = {"key": "", "role": "primary", "state": "linked", "base": {}, "native_hash": "", "vendor_version": ""}
    more = {"read_seq": 0, "write_seq": 0, "stage_wanted": "", "stage_seen": "", "version": 1, "pushed_version": 0}
    rest = {"reread": False, "missing": 0, "held": [], "lane": 2, "attempts": 0, "lease_owner": "", "fence": 0}
    return {**row, **blank, **more, **rest, "updated_at": NOW, **columns}


def bind(db: Database, *rows: dict[str, Any]) -> None:
    with db.write() as tx:
        tx.execute(insert(binding), list(rows))
