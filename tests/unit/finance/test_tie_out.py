"""Tie-out: what the ERP states against what its settlement rows add up to."""

from dataclasses import replace
from decimal import Decimal

from hub.finance.tie_out import differences
from tests.unit.finance.factory import books, receipt, receivable, settled

D = Decimal


def test_equal_figures_tie() -> None:
    one = replace(receivable(1, [("2026-02-01", "60")]), stated_settled=D("20.00"))
    paid = replace(receipt(7, "50"), stated_settled=D(20))
    assert differences(books(one, paid, settled(1, "20", receipt_id=7, row="n-a"))) == []


def test_a_difference_names_document_and_both_amounts() -> None:
    one = replace(receivable(1, [("2026-02-01", "60")]), stated_settled=D(25))
    rows = [found.as_json() for found in differences(books(one, settled(1, "20")))]
    assert [(r["number"], r["stated"], r["found"], r["difference"]) for r in rows] == [
        ("AR1", "25.00", "20.00", "5.00")
    ]


def test_an_instalment_can_differ_although_the_document_ties() -> None:
    one = receivable(1, [("2026-02-01", "60"), ("2026-03-01", "40")])
    plan = (replace(one.instalments[0], stated_settled=D(20)), replace(one.instalments[1], stated_settled=D(0)))
    one = replace(one, stated_settled=D(20), instalments=plan)
    rows = differences(books(one, settled(1, "20", row="n-b")))
    assert [(row.line, row.stated, row.found) for row in rows] == [("a", D(20), D(0)), ("b", D(0), D(20))]


def test_instalments_are_not_compared_where_matches_name_none() -> None:
    one = receivable(1, [("2026-02-01", "60"), ("2026-03-01", "40")])
    plan = tuple(replace(part, stated_settled=D(10)) for part in one.instalments)
    assert differences(books(replace(one, stated_settled=D(20), instalments=plan), settled(1, "20"))) == []


def test_a_receipt_whose_matches_differ() -> None:
    paid = replace(receipt(7, "50"), stated_settled=D(50))
    assert [(row.entity, row.difference) for row in differences(books(paid))] == [("receipt", D(50))]
