"""What a page asks of a large table goes through an index, also before PostgreSQL has looked at what is in it."""

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from hub.store.apply import apply_plan
from hub.store.bulk import insert_rows
from hub.store.core import binding
from hub.store.database import Database
from hub.store.pageplan import PagePlan
from tests.databases import open_database

NOW = datetime(2026, 11, 1, tzinfo=UTC)
MANY = 2_000
READ_BY_SCAN = text("SELECT coalesce(sum(seq_tup_read), 0) FROM pg_stat_xact_user_tables WHERE relname = 'binding'")


def bound(number: int) -> dict[str, Any]:
    names = {"key": "", "role": "primary", "state": "linked", "native_hash": "", "vendor_version": ""}
    marks = {"read_seq": 0, "write_seq": 0, "stage_wanted": "", "stage_seen": "", "version": 1, "pushed_version": 0}
    work = {"reread": False, "missing": 0, "held": [], "lane": 2, "attempts": 0, "lease_owner": "", "fence": 0}
    place = {"id": number, "record_id": number, "connection_id": 1, "entity": "customer", "external_id": f"E{number}"}
    return {**place, "number": "", "base": {}, **names, **marks, **work, "updated_at": NOW}


def test_whether_anybody_waits_for_a_page_is_not_found_out_by_reading_all_bindings(postgres_url: str) -> None:
    plan = PagePlan(source=1, entity="customer", woken={1, 2, 3}, closes=["waiting_parent:1"])
    with closing(open_database(postgres_url)) as db:
        with db.write() as tx:
            insert_rows(tx, binding, [bound(number) for number in range(1, MANY + 1)])
        with db.write() as tx:
            before = tx.scalar(READ_BY_SCAN)
            apply_plan(tx, plan, targets=[], now=NOW, run_id=None)
            read = tx.scalar(READ_BY_SCAN) - before
    assert read == 0


def test_who_waits_is_still_found_and_woken(any_database: Database) -> None:
    with any_database.write() as tx:
        insert_rows(
            tx, binding, [{**bound(number), "waiting_for": 7 if number == 5 else None} for number in range(1, 9)]
        )
        apply_plan(tx, PagePlan(source=1, entity="customer", woken={7}), targets=[], now=NOW, run_id=None)
    with any_database.read() as reading:
        rows = reading.execute(binding.select().where(binding.c.due_at.is_not(None))).all()
    assert [(row.id, row.waiting_for) for row in rows] == [(5, None)]
