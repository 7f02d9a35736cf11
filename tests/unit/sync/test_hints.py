"""A hint that comes while a pull runs is not forgotten when the pull plans its next turn."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from hub.store.core import flow
from hub.store.database import Database
from hub.sync.due import schedule_next

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def make_flow(db: Database, **values: Any) -> Any:
    row = {
        "connection_id": 1,
        "entity": "customer",
        "pull": True,
        "push": False,
        "create": True,
        "master": False,
        "every_s": 60,
        "sweep_s": 86400,
        "freshness_s": 30,
        "wanted_stage": "",
        "delete_policy": "ignore",
        "filter": [],
        "authority": {},
        "lease_owner": "",
        "fence": 0,
        "hint_seq": 0,
        "next_pull_at": NOW,
        **values,
    }
    with db.write() as writing:
        writing.execute(insert(flow).values(**row))
    return read_flow(db)


def read_flow(db: Database) -> Any:
    with db.read() as reading:
        return reading.execute(select(flow)).one()


def plan_next(db: Database, row: Any, *, full: bool = False) -> Any:
    with db.write() as writing:
        schedule_next(writing, row, NOW + timedelta(seconds=5), full=full)
    return read_flow(db)


def test_without_a_hint_the_next_pull_comes_after_its_interval(any_database: Database) -> None:
    after = plan_next(any_database, make_flow(any_database))
    assert after.next_pull_at == NOW + timedelta(seconds=65)
    assert after.next_sweep_at is None


def test_a_first_pull_had_no_date(any_database: Database) -> None:
    after = plan_next(any_database, make_flow(any_database, next_pull_at=None))
    assert after.next_pull_at == NOW + timedelta(seconds=65)


def test_a_hint_during_the_pull_keeps_it_due(any_database: Database) -> None:
    row = make_flow(any_database)
    hinted = NOW + timedelta(seconds=2)
    with any_database.write() as writing:
        writing.execute(update(flow).values(next_pull_at=hinted))
    assert plan_next(any_database, row).next_pull_at == hinted


def test_a_full_pull_counts_as_the_sweep(any_database: Database) -> None:
    row = make_flow(any_database)
    assert plan_next(any_database, row, full=True).next_sweep_at == NOW + timedelta(seconds=5 + 86400)
