"""The aging report as a workbook: customers, salespeople, drill-down; numbers are number cells, exact to the cent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from hub.finance.aging import AgingReport, Group, party_json, places
from hub.finance.books import Party
from hub.finance.buckets import Bucket

#: What Excel keeps of a number; longer amounts are written as text, so that no cent is lost.
EXCEL_DIGITS = 15
CUSTOMERS, OWNERS, DETAIL, ADVANCES, NOTES = "账龄(客户)", "账龄(业务员)", "明细", "预收款", "提示"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount cell, shown with the digits of its currency."""

    amount: Decimal
    currency: str


Cell = str | int | date | Money | None


@dataclass(slots=True)
class _Formats:
    book: Any
    head: Any
    day: Any
    amounts: dict[tuple[str, bool], Any] = field(default_factory=dict)

    def amount(self, currency: str, bold: bool) -> Any:
        if (currency, bold) not in self.amounts:
            shown = "#,##0" + ("." + "0" * places(currency) if places(currency) else "")
            self.amounts[currency, bold] = self.book.add_format({"num_format": shown, "bold": bold, "align": "right"})
        return self.amounts[currency, bold]

    def bold(self) -> Any:
        return self.amount("", True)


def to_xlsx(report: AgingReport, path: str | Path) -> None:
    """Write the workbook. Text cells are never formulas, whatever a customer is called. Raises OSError."""
    target = Path(path)
    book = xlsxwriter.Workbook(str(target), {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": f"应收账龄 {report.as_of.isoformat()}"})
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "bottom": 1, "text_wrap": True, "valign": "vcenter"})
    formats = _Formats(book, head, book.add_format({"num_format": "yyyy-mm-dd"}))
    _groups(book, formats, report, report.by_customer, titles=(CUSTOMERS, "客户编码", "客户"))
    _groups(book, formats, report, report.by_owner, titles=(OWNERS, "业务员编码", "业务员"))
    _detail(book, formats, report)
    _extras(book, formats, report)
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise OSError(f"无法写入 {target} / cannot write {target}: {error}") from error


def _groups(
    book: Any, formats: _Formats, report: AgingReport, groups: Sequence[Group], *, titles: Sequence[str]
) -> None:
    name, number, party = titles
    heads = [number, party, "币别", *_bucket_titles(report.buckets), "未收合计", "其中逾期", "预收未核销"]
    sheet = _sheet(book, formats, name, heads)
    rows = [[*_party(group.party), group.currency, *_amounts(group)] for group in groups]
    _write(sheet, formats, rows, first=1)
    totals = [["", f"合计（截至 {report.as_of.isoformat()}）", g.currency, *_amounts(g)] for g in report.totals]
    _write(sheet, formats, totals, first=1 + len(rows), bold=True)


def _bucket_titles(buckets: Iterable[Bucket]) -> list[str]:
    return [bucket.title.zh for bucket in buckets]


def _amounts(group: Group) -> list[Cell]:
    amounts = [*group.buckets.values(), group.total, group.overdue, group.advances]
    return [Money(amount, group.currency) for amount in amounts]


def _party(party: Party | None) -> list[Cell]:
    shown = party_json(party or Party())
    return [shown["number"], shown["name"]]


def _detail(book: Any, formats: _Formats, report: AgingReport) -> None:
    heads = ["应收单号", "客户编码", "客户", "业务员编码", "业务员", "币别", "业务日期", "到期日", "逾期天数", "账龄"]
    sheet = _sheet(book, formats, DETAIL, [*heads, "应收金额", "已核销", "未收"])
    rows = [
        [
            item.number,
            *_party(item.customer),
            *_party(item.owner),
            item.currency,
            item.dated,
            item.due_date,
            max(0, item.days_overdue or 0),
            report.bucket(item).title.zh,
            *(Money(amount, item.currency) for amount in (item.amount, item.settled, item.outstanding)),
        ]
        for item in report.items
    ]
    _write(sheet, formats, rows, first=1)


def _extras(book: Any, formats: _Formats, report: AgingReport) -> None:
    """Sheets that are there only when there is something on them."""
    if report.advances:
        heads = ["收款单号", "客户编码", "客户", "业务员编码", "业务员", "币别", "收款日期", "收款金额", "未核销"]
        rows = [
            [
                one.number,
                *_party(one.customer),
                *_party(one.owner),
                one.currency,
                one.dated,
                Money(one.amount, one.currency),
                Money(one.unmatched, one.currency),
            ]
            for one in report.advances
        ]
        _write(_sheet(book, formats, ADVANCES, heads), formats, rows, first=1)
    if report.oddities:
        notes = [[one.number, one.text.zh] for one in report.oddities]
        _write(_sheet(book, formats, NOTES, ["单号", "说明"]), formats, notes, first=1)


def _sheet(book: Any, formats: _Formats, name: str, heads: Sequence[str]) -> Any:
    sheet = book.add_worksheet(name)
    for column, title in enumerate(heads):
        sheet.write_string(0, column, title, formats.head)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(heads) - 1, 14)
    sheet.autofilter(0, 0, 0, len(heads) - 1)
    return sheet


def _write(sheet: Any, formats: _Formats, rows: Iterable[Sequence[Cell]], *, first: int, bold: bool = False) -> None:
    for offset, row in enumerate(rows):
        for column, cell in enumerate(row):
            _cell(sheet, formats, (first + offset, column), cell, bold)


def _cell(sheet: Any, formats: _Formats, at: tuple[int, int], cell: Cell, bold: bool) -> None:
    if isinstance(cell, Money):
        shown = formats.amount(cell.currency, bold)
        if len(cell.amount.normalize().as_tuple().digits) <= EXCEL_DIGITS:
            sheet.write_number(*at, cell.amount, shown)
        else:
            sheet.write_string(*at, f"{cell.amount:f}", shown)
    elif isinstance(cell, date):
        sheet.write_datetime(*at, cell, formats.day)
    elif isinstance(cell, int):
        sheet.write_number(*at, cell)
    elif cell:
        sheet.write_string(*at, cell, *([formats.bold()] if bold else []))
