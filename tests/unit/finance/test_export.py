"""The workbook, read back by somebody else's reader."""

import tracemalloc
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.finance.aging import AgingReport, age
from hub.finance.books import Party
from hub.finance.export import to_xlsx
from tests.unit.finance.factory import DAY, XIHU, books, receipt, receivable, settled

D = Decimal


def sheets(report: AgingReport, path: Path) -> Any:
    to_xlsx(report, path)
    return openpyxl.load_workbook(path)


def table(sheet: Any) -> list[dict[str, Any]]:
    heads, *rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    return [dict(zip(heads, row, strict=True)) for row in rows]


@pytest.fixture
def report() -> AgingReport:
    return age(
        books(
            receivable(1, [("2026-11-20", "1234567.89")]),
            receivable(2, [("2026-08-01", "0.10")], customer=XIHU),
            receivable(3, [("2026-12-24", "5000")], customer=XIHU, currency="JPY"),
            receipt(7, "80"),
            settled(None, "3"),
        ),
        DAY,
    )


def test_sheets_and_frozen_chinese_headings(report: AgingReport, tmp_path: Path) -> None:
    book = sheets(report, tmp_path / "a.xlsx")
    assert book.sheetnames == ["账龄(客户)", "账龄(业务员)", "明细", "预收款", "提示"]
    assert [cell.value for cell in book["账龄(客户)"][1]] == [
        "客户编码", "客户", "币别", "未到期", "1-30 天", "31-60 天", "61-90 天", "90 天以上", "未收合计", "其中逾期", "预收未核销",
    ]  # fmt: skip
    assert all(sheet.freeze_panes == "A2" for sheet in book)


def test_amounts_are_numbers_in_the_digits_of_their_currency(report: AgingReport, tmp_path: Path) -> None:
    sheet = sheets(report, tmp_path / "a.xlsx")["账龄(客户)"]
    rows = table(sheet)
    assert [(row["客户"], row["币别"], row["未收合计"]) for row in rows[:3]] == [
        ("杭州华星贸易有限公司", "CNY", 1234567.89),
        ("西湖茶业有限公司", "CNY", 0.1),
        ("西湖茶业有限公司", "JPY", 5000),
    ]
    assert [sheet.cell(row, 9).number_format for row in (2, 3, 4)] == ["#,##0.00", "#,##0.00", "#,##0"]
    assert [sheet.cell(row, 9).data_type for row in (2, 3, 4)] == ["n", "n", "n"]


def test_totals_per_currency_stand_below(report: AgingReport, tmp_path: Path) -> None:
    rows = table(sheets(report, tmp_path / "a.xlsx")["账龄(业务员)"])[-2:]
    assert [(row["业务员"], row["币别"], row["未收合计"], row["预收未核销"]) for row in rows] == [
        ("合计（截至 2026-11-21）", "CNY", 1234567.99, 80),
        ("合计（截至 2026-11-21）", "JPY", 5000, 0),
    ]


def test_detail_has_dates_and_days(report: AgingReport, tmp_path: Path) -> None:
    rows = table(sheets(report, tmp_path / "a.xlsx")["明细"])
    assert [(row["应收单号"], row["到期日"], row["逾期天数"], row["账龄"]) for row in rows] == [
        ("AR2", datetime(2026, 8, 1), 112, "90 天以上"),
        ("AR1", datetime(2026, 11, 20), 1, "1-30 天"),
        ("AR3", datetime(2026, 12, 24), 0, "未到期"),
    ]


def test_a_customer_called_like_a_formula_stays_text(tmp_path: Path) -> None:
    evil = Party(3, "=1+1", '=HYPERLINK("http://x","y")')
    book = sheets(age(books(receivable(1, [("2026-11-20", "1")], customer=evil)), DAY), tmp_path / "a.xlsx")
    cell = book["明细"].cell(2, 3)
    assert (cell.value, cell.data_type) == ('=HYPERLINK("http://x","y")', "s")


def test_more_digits_than_excel_keeps_are_written_as_text(tmp_path: Path) -> None:
    one = receivable(1, [("2026-11-20", "12345678901234.56")])
    cell = sheets(age(books(one), DAY), tmp_path / "a.xlsx")["明细"].cell(2, 13)
    assert (cell.value, cell.data_type) == ("12345678901234.56", "s")


def test_an_empty_report_is_a_workbook_too(tmp_path: Path) -> None:
    book = sheets(age(books(), DAY), tmp_path / "a.xlsx")
    assert book.sheetnames == ["账龄(客户)", "账龄(业务员)", "明细"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        to_xlsx(age(books(), DAY), tmp_path / "nowhere" / "a.xlsx")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.decimals(min_value="-9999999999999.99", max_value="9999999999999.99", places=2), min_size=1, max_size=30
    )
)
def test_cents_survive_the_workbook(tmp_path: Path, amounts: list[Decimal]) -> None:
    rows = [receivable(n, [("2026-11-20", str(amount))]) for n, amount in enumerate(amounts, 1)]
    book = sheets(age(books(*rows), DAY), tmp_path / "a.xlsx")
    read = {row["应收单号"]: D(str(row["未收"])) for row in table(book["明细"])}
    assert read == {f"AR{n}": amount for n, amount in enumerate(amounts, 1) if amount}


@pytest.mark.slow
def test_many_rows_stay_small(tmp_path: Path) -> None:
    rows = [receivable(n, [("2026-11-20", "1.01")], dated=date(2026, 1, 1)) for n in range(1, 5001)]
    report = age(books(*rows), DAY)
    tracemalloc.start()
    to_xlsx(report, tmp_path / "a.xlsx")
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60_000_000
