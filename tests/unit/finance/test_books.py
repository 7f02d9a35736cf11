"""What finance reads from the database: which documents count, whose they are, and how fast it is."""

import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, update

from hub.errors import BadInput
from hub.finance.aging import aging
from hub.finance.books import Party, read_books
from hub.finance.buckets import load_buckets, save_bounds
from hub.finance.tie_out import tie_out
from hub.store.core import audit, binding, record
from hub.store.database import Database
from hub.store.scope import Scope
from tests.databases import sqlite_at
from tests.records import NOW, bind, bound, put

DAY = date(2026, 11, 21)
D = Decimal


def owed(db: Database, amount: str = "100", **data: Any) -> int:
    base = {"number": "AR1", "date": "2026-01-01", "due_date": "2026-02-01", "currency": "CNY", "status": "open"}
    return put(db, "receivable", {**base, "amount": amount, **data})


def total(db: Database, scope: Scope | None = None) -> Decimal:
    return sum((group.total for group in aging(db, DAY, scope).totals), D(0))


def test_drafts_cancelled_and_merged_documents_do_not_count(any_database: Database) -> None:
    db = any_database
    owed(db, "1")
    owed(db, "2", status="settled")
    owed(db, "4", status=None)
    for status in ("draft", "cancelled"):
        owed(db, "1000", status=status)
    put(db, "receivable", {"amount": "1000", "currency": "CNY"}, state="merged")
    assert total(db) == 7


def test_a_document_deleted_in_every_system_does_not_count(any_database: Database) -> None:
    db = any_database
    kept, gone, half = owed(db, "1"), owed(db, "1000"), owed(db, "2")
    bind(db, bound(kept, "k"), bound(gone, "g", state="gone"), bound(half, "h", state="gone"))
    bind(db, bound(half, "h2", connection_id=2))
    assert total(db) == 3


def test_a_settlement_deleted_in_the_erp_does_not_count(any_database: Database) -> None:
    db = any_database
    one = owed(db)
    match = put(db, "settlement", {"receivable": one, "amount": "30", "date": "2026-03-01"})
    assert total(db) == 70
    bind(db, bound(match, "m", "settlement", state="gone"))
    assert total(db) == 100


def test_the_vendors_row_id_finds_the_instalment(any_database: Database) -> None:
    db = any_database
    lines = [
        {"id": "1", "due_date": "2026-02-01", "amount": "60"},
        {"id": "2", "due_date": "2026-03-01", "amount": "40"},
    ]
    one = owed(db, instalments=lines)
    rows = {"1": {"native_id": "710001", "fields": {}}, "2": {"native_id": "710002", "fields": {}}}
    bind(db, bound(one, "700001", base={"fields": {}, "rows": rows}))
    put(db, "settlement", {"receivable": one, "instalment": "710002", "amount": "40", "date": "2026-03-01"})
    assert [(item.line, item.outstanding) for item in aging(db, DAY).items] == [("1", D(60))]


def test_what_the_plan_does_not_cover_is_due_with_the_document(any_database: Database) -> None:
    owed(any_database, instalments=[{"id": "1", "due_date": "2026-11-25", "amount": "60"}])
    items = aging(any_database, DAY).items
    assert [(item.line, item.due_date, item.outstanding) for item in items] == [
        ("", date(2026, 2, 1), D(40)),
        ("1", date(2026, 11, 25), D(60)),
    ]


def test_customers_that_were_merged_are_their_survivor(any_database: Database) -> None:
    db = any_database
    kept = put(db, "customer", {"name": "甲公司", "number": "C1"})
    lost = put(db, "customer", {"name": "甲 公司", "number": "C2"}, state="merged", merged_into=kept)
    owed(db, "1", customer=kept)
    owed(db, "2", customer=lost)
    assert [(g.party, g.total) for g in aging(db, DAY).by_customer] == [(Party(kept, "C1", "甲公司"), D(3))]


def test_records_merged_in_a_circle_do_not_hang(any_database: Database) -> None:
    db = any_database
    one = put(db, "customer", {"name": "甲公司"}, state="merged")
    with db.write() as tx:
        tx.execute(update(record).where(record.c.id == one).values(merged_into=one, version=2))
    owed(db, "2", customer=one)
    assert total(db) == 2


def test_a_customer_the_hub_has_not_seen_is_shown_by_its_number(any_database: Database) -> None:
    ref = {"$ref": {"entity": "customer", "by": "number", "value": "KH77", "connection": 1}}
    owed(any_database, "2", customer=ref)
    assert aging(any_database, DAY).as_json()["by_customer"][0]["name"] == "KH77"


def test_a_scope_sees_its_own_customers_only(any_database: Database) -> None:
    db = any_database
    wang = put(db, "employee", {"name": "王伟"})
    mine = put(db, "customer", {"name": "甲公司", "owner": wang})
    other = put(db, "customer", {"name": "乙公司"})
    seen = owed(db, "100", customer=mine)
    owed(db, "50", customer=other)
    put(db, "settlement", {"receivable": seen, "amount": "30", "date": "2026-03-01"})
    put(db, "receipt", {"customer": other, "amount": "9", "currency": "CNY", "date": "2026-03-01", "status": "open"})
    assert total(db) == 120
    mine_only = aging(db, DAY, Scope(employee_id=wang))
    assert (mine_only.totals[0].total, mine_only.advances) == (D(70), [])
    assert total(db, Scope()) == 0


def test_tie_out_reads_the_stated_figures(any_database: Database) -> None:
    one = owed(any_database, settled_amount="30")
    put(any_database, "settlement", {"receivable": one, "amount": "20", "date": "2026-03-01"})
    assert [row.difference for row in tie_out(any_database)] == [D(10)]


def test_buckets_are_a_setting_with_an_audit_row(any_database: Database) -> None:
    db = any_database
    save_bounds(db, [15, 45], who="finance", now=NOW)
    save_bounds(db, [20, 45], who="finance", now=NOW)
    with db.read() as tx:
        assert [bucket.key for bucket in load_buckets(tx)] == ["not_due", "1-20", "21-45", ">45"]
        assert [row.action for row in tx.execute(audit.select())] == ["setting.change"] * 2
    with pytest.raises(BadInput, match="ascending"):
        save_bounds(db, [45, 15], who="finance", now=NOW)


@pytest.mark.slow
def test_twenty_thousand_receivables_take_seconds(tmp_path: Any) -> None:
    db = sqlite_at(tmp_path / "many.sqlite")
    customers = [put(db, "customer", {"name": f"客户{n}"}) for n in range(50)]
    first = 1000
    blank = {
        "origin": {},
        "version": 1,
        "state": "live",
        "title": "",
        "number": "",
        "created_at": NOW,
        "updated_at": NOW,
    }
    lines = [
        {"id": "1", "due_date": "2026-02-01", "amount": "60"},
        {"id": "2", "due_date": "2026-12-01", "amount": "40.01"},
    ]
    data = {"amount": "100.01", "currency": "CNY", "date": "2026-01-01", "status": "open", "instalments": lines}
    with db.write() as tx:
        rows = [
            {"id": first + n, "entity": "receivable", "data": {**data, "customer": customers[n % 50]}, **blank}
            for n in range(20_000)
        ]
        tx.execute(insert(record), rows)
        base = {"fields": {"amount": ["100.01", "100.01"]}, "rows": {"1": {"native_id": "a"}, "2": {"native_id": "b"}}}
        tx.execute(insert(binding), [bound(first + n, str(n), base=base) for n in range(20_000)])
        matches = [
            {
                "id": first + 20_000 + n,
                "entity": "settlement",
                "data": {"receivable": first + n, "amount": "10", "date": "2026-03-01", "instalment": "a"},
                **blank,
            }
            for n in range(20_000)
        ]
        tx.execute(insert(record), matches)
    begun = time.monotonic()
    report = aging(db, DAY)
    took = time.monotonic() - begun
    with db.read() as tx:
        assert len(read_books(tx).lines) == 40_000
    assert (len(report.items), report.totals[0].total) == (40_000, D("1800200.00"))
    assert took < 10, f"{took:.1f} s"
    db.close()
