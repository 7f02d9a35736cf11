"""Retention, daily claims, what is pending, counters: on both databases."""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Table, func, insert, select

from hub.settings import Settings
from hub.store import core, retention
from hub.store.daily import claim_day
from hub.store.database import Database
from hub.store.pending import Pending, pending
from hub.store.retention import GROUPS, purge
from hub.store.sequence import next_clock, next_fence

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
OLD = NOW - timedelta(days=40)


def add(db: Database, table: Table, **values: Any) -> None:
    with db.write() as connection:
        connection.execute(insert(table), values)


def count(db: Database, table: Table) -> int:
    with db.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def event(key: str, at: datetime, state: str = "done") -> dict[str, Any]:
    return {
        "key": key,
        "kind": "order.created",
        "entity": "order",
        "record_id": 1,
        "at": at,
        "data": {},
        "state": state,
    }


def alert(key: str, at: datetime, state: str, event_id: int | None = None, **more: Any) -> dict[str, Any]:
    return {
        "rule": "r",
        "dedupe_key": key,
        "state": state,
        "created_at": at,
        "event_id": event_id,
        "channel": "app",
        "recipient": "",
        "title": "",
        "body": "",
        "url": "",
        "format": "text",
        "attempts": 0,
        "receipt": {},
        **more,
    }


def item(key: str, state: str) -> dict[str, Any]:
    return {
        "kind": "conflict",
        "entity": "customer",
        "dedupe_key": key,
        "state": state,
        "opened_at": OLD,
        "refreshed_at": OLD,
        "field": "",
        "revision": 1,
        "count": 1,
        "zh": "",
        "en": "",
        "data": {},
        "resolved_by": "",
    }


def test_every_group_has_a_setting() -> None:
    assert {f"retention_{group}_days" for group in GROUPS} == {
        name for name in Settings.model_fields if name.startswith("retention_")
    }


def test_old_rows_go_and_young_ones_stay(any_database: Database) -> None:
    for key, at in (("old", OLD), ("young", NOW)):
        add(any_database, core.inbound_event, connection_id=1, key=key, received_at=at, hints=[], state="done")
    assert purge(any_database, {"event": 30}, NOW) == 1
    with any_database.read() as connection:
        assert connection.execute(select(core.inbound_event.c.key)).scalars().all() == ["young"]


def test_zero_days_keep_for_ever(any_database: Database) -> None:
    add(any_database, core.inbound_event, connection_id=1, key="old", received_at=OLD, hints=[], state="done")
    assert purge(any_database, dict.fromkeys(GROUPS, 0), NOW) == 0
    assert count(any_database, core.inbound_event) == 1


def test_what_is_not_finished_never_goes(any_database: Database) -> None:
    add(any_database, core.inbound_event, connection_id=1, key="new", received_at=OLD, hints=[], state="new")
    add(any_database, core.inbox_item, **item("open", "open"))
    add(any_database, core.inbox_item, **item("done", "resolved"))
    add(any_database, core.alert, **alert("due", OLD, "due"))
    add(any_database, core.business_event, **event("new", OLD, "new"))
    assert purge(any_database, dict.fromkeys(GROUPS, 30), NOW) == 1
    assert [count(any_database, table) for table in (core.inbound_event, core.inbox_item, core.alert)] == [1, 1, 1]


def test_an_event_stays_as_long_as_its_alerts(any_database: Database) -> None:
    add(any_database, core.business_event, id=5, **event("told", OLD))
    add(any_database, core.alert, **alert("young", NOW, "delivered", 5))
    assert purge(any_database, {"alert": 30}, NOW) == 0
    assert purge(any_database, {"alert": 30}, NOW + timedelta(days=31)) == 2


def test_the_newest_change_of_a_record_stays(any_database: Database) -> None:
    add(
        any_database,
        core.record,
        id=1,
        entity="customer",
        data={},
        origin={},
        version=2,
        state="live",
        title="",
        number="",
        created_at=OLD,
        updated_at=OLD,
    )
    for version in (1, 2):
        add(any_database, core.change, record_id=1, version=version, at=OLD, who="", why="", fields={}, lost={})
    assert purge(any_database, {"change": 30}, NOW) == 1
    with any_database.read() as connection:
        assert connection.execute(select(core.change.c.version)).scalars().all() == [2]


def test_many_rows_go_in_bounded_batches(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 10)
    with any_database.write() as connection:
        connection.execute(
            insert(core.audit), [{"at": OLD, "who": "x", "action": "x", "target": "", "data": {}} for _ in range(35)]
        )
    assert purge(any_database, {"audit": 1}, NOW) == 35
    assert count(any_database, core.audit) == 0


def test_a_night_ends(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "LONGEST_S", 0.0)
    add(any_database, core.audit, at=OLD, who="x", action="x", target="", data={})
    assert purge(any_database, {"audit": 1}, NOW) == 0


def test_a_day_is_claimed_once_by_one_of_many(any_database: Database) -> None:
    won: list[bool] = []
    threads = [
        threading.Thread(target=lambda: won.append(claim_day(any_database, "x", date(2026, 6, 1)))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 5 + [True]
    assert claim_day(any_database, "y", date(2026, 6, 1))
    assert claim_day(any_database, "x", date(2026, 6, 2))
    assert not claim_day(any_database, "x", date(2026, 6, 2))


def test_pending_tells_what_waits(any_database: Database) -> None:
    def now_pending() -> Pending:
        with any_database.read() as connection:
            return pending(connection, NOW)

    assert now_pending() == Pending(inbound=False, events=False, alerts=False)
    add(any_database, core.inbound_event, connection_id=1, key="k", received_at=NOW, hints=[], state="new")
    add(any_database, core.business_event, **event("k", NOW, "new"))
    add(any_database, core.alert, **alert("later", NOW, "due", due_at=NOW + timedelta(seconds=1)))
    add(any_database, core.alert, **alert("leased", NOW, "sending", due_at=NOW, lease_until=NOW + timedelta(seconds=9)))
    assert now_pending() == Pending(inbound=True, events=True, alerts=False)
    add(any_database, core.alert, **alert("due", NOW, "due", due_at=NOW))
    assert now_pending().alerts


def test_counters_never_repeat(any_database: Database) -> None:
    seen: list[int] = []

    def count_up() -> None:
        for _ in range(10):
            with any_database.write() as connection:
                seen.append(next_clock(connection))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(1, 41))
    with any_database.write() as connection:
        assert next_fence(connection) == 1
