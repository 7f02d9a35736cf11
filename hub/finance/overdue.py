"""Overdue instalments become business events, once each, so that alert rules can tell somebody."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from hub.finance.aging import money_text
from hub.finance.books import read_books
from hub.finance.open_items import OpenItem, open_items
from hub.store.apply import upsert
from hub.store.core import business_event
from hub.store.database import Database

KIND = "receivable.overdue"
BATCH = 500


def raise_overdue(db: Database, today: date, now: datetime) -> int:
    """One event per instalment and due date, however often this runs; a due date that is moved makes a new one.

    `today` is the calendar day in the company's zone. Returns how many events are new.
    """
    with db.read() as reading:
        rows = list(_overdue(open_items(read_books(reading), today), now))
    added = 0
    for start in range(0, len(rows), BATCH):
        with db.write() as writing:
            insert = upsert(writing, business_event).values(rows[start : start + BATCH]).on_conflict_do_nothing()
            added += len(writing.execute(insert.returning(business_event.c.id)).all())
    return added


def _overdue(items: Iterator[OpenItem], now: datetime) -> Iterator[dict[str, Any]]:
    for item in items:
        if item.days_overdue is not None and item.days_overdue > 0 and item.outstanding > 0:
            yield _event(item, now)


def _event(item: OpenItem, now: datetime) -> dict[str, Any]:
    return {
        "key": f"{KIND}:{item.receivable_id}:{item.line}:{item.due_date}",
        "kind": KIND,
        "entity": "receivable",
        "record_id": item.receivable_id,
        "at": now,
        "state": "new",
        "data": {
            "number": item.number,
            "line": item.line,
            "due_date": str(item.due_date),
            "days_overdue": item.days_overdue,
            "outstanding": money_text(item.outstanding, item.currency),
            "currency": item.currency,
            "customer": item.customer.id,
            "customer_name": item.customer.name,
            "owner": item.owner.id,
        },
    }
