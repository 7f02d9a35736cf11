"""Aging through the interface: exact amounts, each person's own customers, the workbook."""

from io import BytesIO

import openpyxl
import pytest

from tests.unit.api.office import put_receivable


@pytest.fixture
def owed(world):
    put_receivable(world.runtime, world.ids["孙的客户"], "1000.10")
    put_receivable(world.runtime, world.ids["石的客户"], "0.20", due="2026-12-31")
    return world


def totals(answer):
    assert answer.status_code == 200, answer.text
    return [(row["currency"], row["total"], row["overdue"]) for row in answer.json()["totals"]]


def test_each_sees_what_their_customers_owe(owed):
    assert totals(owed.as_("fang").get("/receivables")) == [("CNY", "1000.30", "1000.10")]
    assert totals(owed.as_("ada").get("/receivables")) == [("CNY", "1000.30", "1000.10")]
    assert totals(owed.as_("sun").get("/receivables")) == [("CNY", "1000.10", "1000.10")]
    assert totals(owed.as_("shi").get("/receivables")) == [("CNY", "0.20", "0.00")]
    assert totals(owed.as_("nova").get("/receivables")) == []


def test_a_past_day_is_asked_for_and_a_wrong_one_refused(owed):
    assert totals(owed.as_("fang").get("/receivables", as_of="2026-10-01")) == [("CNY", "1000.30", "0.00")]
    answer = owed.as_("fang").get("/receivables", as_of="2026-13-01")
    assert (answer.status_code, answer.json()["field"], answer.json()["value"]) == (422, "as_of", "2026-13-01")


def test_open_items_are_paged(owed):
    fang = owed.as_("fang")
    first = fang.get("/receivables/items", limit=1).json()
    second = fang.get("/receivables/items", limit=1, after=first["next"]).json()
    amounts = [row["outstanding"] for row in first["rows"] + second["rows"]]
    assert (amounts, second["next"]) == (["1000.10", "0.20"], "")
    assert [row["outstanding"] for row in owed.as_("shi").get("/receivables/items").json()["rows"]] == ["0.20"]
    assert fang.get("/receivables/items", limit=500).status_code == 422


def test_the_workbook_holds_the_same_amounts_and_only_ones_own_customers(owed):
    answer = owed.as_("shi").get("/receivables.xlsx")
    assert "receivables-2026-11-21.xlsx" in answer.headers["content-disposition"]
    book = openpyxl.load_workbook(BytesIO(answer.content))
    cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    assert 0.2 in cells
    assert "石的客户" in cells
    assert "孙的客户" not in cells


def test_expected_cash_and_tie_out(owed):
    [currency] = owed.as_("sun").get("/receivables/forecast").json()["currencies"]
    assert (currency["overdue"], currency["later"]) == ("1000.10", "0.00")
    assert owed.as_("fang").get("/receivables/tie-out").json() == {"rows": [], "next": ""}
    assert owed.as_("sun").get("/receivables/tie-out").status_code == 403
