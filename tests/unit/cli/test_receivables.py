"""hub receivables."""

import openpyxl
import pytest

from tests.unit.api.office import put_receivable, put_record


@pytest.fixture
def customer(runtime):
    key = put_record(runtime, "customer", "西湖茶业", data={"name": "西湖茶业"})
    put_receivable(runtime, key, "1000.10")
    return key


def test_aging_as_table_and_json(hub, customer):
    shown = hub("receivables", "--json").json()
    assert (shown["as_of"], shown["totals"][0]["total"]) == ("2026-11-21", "1000.10")
    assert "1000.10" in hub("receivables", lang="zh").out
    assert "业务员" not in hub("receivables", lang="zh").out
    assert hub("receivables", "--by", "owner").status == 0


def test_aging_as_of_a_day(hub, customer):
    assert hub("receivables", "--as-of", "2026-10-01", "--json").json()["totals"][0]["overdue"] == "0.00"
    assert hub("receivables", "--as-of", "yesterday").status == 2
    assert hub("receivables", "--by", "town").status == 2


def test_aging_is_written_to_a_workbook(hub, customer, tmp_path):
    path = tmp_path / "aging.xlsx"
    assert hub("receivables", "--export", str(path)).status == 0
    assert len(openpyxl.load_workbook(path).sheetnames) >= 3
    assert hub("receivables", "--export", str(tmp_path / "no" / "where.xlsx")).status == 1


def test_tie_out_ends_with_1_when_the_erp_says_otherwise(hub, runtime, customer):
    assert hub("receivables", "--check").status == 0
    data = {
        "number": "AR-X",
        "customer": customer,
        "currency": "CNY",
        "amount": "5",
        "settled_amount": "3",
        "status": "open",
    }
    put_record(runtime, "receivable", "AR-X", number="AR-X", data=data, customer_id=customer)
    refused = hub("receivables", "--check")
    assert refused.status == 1
    assert "AR-X 3.00 ≠ 0.00 CNY" in refused.err
