"""An overdue instalment is told once, as a business event that rules can use."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hub.finance import overdue as module
from hub.finance.books import Books
from hub.finance.overdue import raise_overdue
from hub.store.core import business_event
from hub.store.database import Database
from tests.unit.finance.factory import DAY, books, receivable, settled

NOW = datetime(2026, 11, 21, 1, tzinfo=UTC)


def told(db: Database) -> list[dict[str, Any]]:
    with db.read() as connection:
        return [dict(row._mapping) for row in connection.execute(select(business_event).order_by(business_event.c.id))]


def use(monkeypatch: pytest.MonkeyPatch, found: Books) -> None:
    monkeypatch.setattr(module, "read_books", lambda _connection: found)


def test_each_overdue_instalment_is_told_once(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, books(receivable(1, [("2026-11-01", "100.5"), ("2026-11-20", "50"), ("2026-12-31", "10")])))
    assert raise_overdue(any_database, DAY, NOW) == 2
    assert raise_overdue(any_database, DAY, NOW + timedelta(hours=1)) == 0
    first, second = told(any_database)
    assert (first["kind"], first["entity"], first["record_id"], first["state"]) == (
        "receivable.overdue",
        "receivable",
        1,
        "new",
    )
    assert first["data"]["outstanding"] == "100.50"
    assert (first["data"]["days_overdue"], second["data"]["days_overdue"]) == (20, 1)
    assert first["data"]["owner"] == 901


def test_due_today_is_not_overdue(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, books(receivable(1, [("2026-11-21", "100")])))
    assert raise_overdue(any_database, DAY, NOW) == 0
    assert raise_overdue(any_database, DAY + timedelta(days=1), NOW) == 1


def test_what_is_settled_or_owed_to_the_customer_is_not_told(
    any_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(
        monkeypatch,
        books(receivable(1, [("2026-11-01", "100")]), settled(1, "100"), receivable(2, [("2026-11-01", "-5")])),
    )
    assert raise_overdue(any_database, DAY, NOW) == 0


def test_what_is_left_of_a_part_payment_is_told(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, books(receivable(1, [("2026-11-01", "100")]), settled(1, "30")))
    raise_overdue(any_database, DAY, NOW)
    assert told(any_database)[0]["data"]["outstanding"] == "70.00"


def test_a_moved_due_date_is_told_again(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, books(receivable(1, [("2026-11-01", "100")])))
    assert raise_overdue(any_database, DAY, NOW) == 1
    use(monkeypatch, books(receivable(1, [("2026-11-10", "100")])))
    assert raise_overdue(any_database, DAY, NOW) == 1


def test_many_are_told_in_batches(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    use(monkeypatch, books(*(receivable(key, [("2026-11-01", "1")]) for key in range(1, 11))))
    assert raise_overdue(any_database, date(2026, 11, 21), NOW) == 10
    assert len(told(any_database)) == 10
