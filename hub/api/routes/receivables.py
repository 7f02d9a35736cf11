"""Receivables: aging as of a day, its documents, the workbook, expected cash, tie-out with the ERP."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from hub.api.auth import Anyone, Hub, Office
from hub.api.shapes import Paged, PageOf, Shape, example, slice_of
from hub.finance.aging import AgingReport, aging
from hub.finance.buckets import save_bounds
from hub.finance.export import to_xlsx
from hub.finance.forecast import forecast as expected_cash
from hub.finance.tie_out import tie_out as differences
from hub.setup.accounts import Caller

router = APIRouter(tags=["应收 / receivables"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
AsOf = Annotated[
    date | None,
    Query(title="截至日；不写 = 今天 / As of the end of this day; left out = today", examples=["2026-11-21"]),
]
_PARTY = {"id": 5, "number": "C0005", "name": "杭州西湖商贸有限公司"}
_GROUP = {
    "currency": "CNY",
    "buckets": {"not_due": "1000.00", "1-30": "200.50", "31-60": "0.00", "61-90": "0.00", ">90": "0.00"},
    "total": "1200.50",
    "overdue": "200.50",
    "advances": "0.00",
}
_AMOUNTS = {"amount": "500.50", "settled": "300.00", "outstanding": "200.50"}


class Aging(Shape):
    """Amounts are text, exact, with the digits of their currency; currencies are never summed."""

    model_config = example(
        as_of="2026-11-21",
        buckets=[{"key": "not_due", "zh": "未到期", "en": "Not due"}],
        totals=[_GROUP],
        by_customer=[{**_PARTY, **_GROUP}],
        by_owner=[{"id": 812, "number": "E01", "name": "王丽", **_GROUP}],
        oddities=[],
    )

    as_of: date = Field(title="截至日 / As of")
    buckets: list[dict[str, str]] = Field(title="账龄分段 / Buckets")
    totals: list[dict[str, Any]] = Field(title="各币别合计 / Totals by currency")
    by_customer: list[dict[str, Any]] = Field(title="按客户 / By customer")
    by_owner: list[dict[str, Any]] = Field(title="按业务员 / By salesperson")
    oddities: list[dict[str, Any]] = Field(title="疑点 / Oddities")


class OpenItemRow(Shape):
    model_config = example(
        receivable_id=77,
        number="AR0077",
        line="1",
        customer=_PARTY,
        owner={"id": 812, "number": "E01", "name": "王丽"},
        currency="CNY",
        date="2026-09-01",
        due_date="2026-10-31",
        days_overdue=21,
        bucket="1-30",
        **_AMOUNTS,
    )

    receivable_id: int = Field(title="应收记录 / Receivable's record")
    number: str = Field(title="应收单号 / Number")
    line: str = Field(title="收款计划行 / Instalment")
    customer: dict[str, Any] = Field(title="客户 / Customer")
    owner: dict[str, Any] = Field(title="业务员 / Salesperson")
    currency: str = Field(title="币别 / Currency")
    date: str | None = Field(None, title="业务日期 / Dated")
    due_date: str | None = Field(None, title="到期日 / Due")
    days_overdue: int | None = Field(None, title="逾期天数 / Days overdue; negative = not due yet")
    bucket: str = Field(title="账龄 / Bucket")
    amount: str = Field(title="应收金额 / Amount")
    settled: str = Field(title="已核销 / Settled")
    outstanding: str = Field(title="未收 / Outstanding")


class Forecast(Shape):
    model_config = example(
        as_of="2026-11-21",
        currencies=[
            {
                "currency": "CNY",
                "weeks": [{"monday": "2026-11-16", "amount": "1000.00"}],
                "overdue": "200.50",
                "later": "0.00",
                "undated": "0.00",
            }
        ],
    )

    as_of: date = Field(title="截至日 / As of")
    currencies: list[dict[str, Any]] = Field(title="各币别 / By currency")


class DifferenceRow(Shape):
    model_config = example(
        entity="receivable",
        record_id=77,
        number="AR0077",
        line="",
        customer=_PARTY,
        currency="CNY",
        stated="300.00",
        found="250.00",
        difference="50.00",
    )

    entity: str = Field(title="单据种类 / Entity")
    record_id: int = Field(title="记录 / Record")
    number: str = Field(title="单号 / Number")
    line: str = Field(title="行 / Line")
    customer: dict[str, Any] = Field(title="客户 / Customer")
    currency: str = Field(title="币别 / Currency")
    stated: str = Field(title="ERP 所记 / Stated by the ERP")
    found: str = Field(title="核销合计 / Found in settlements")
    difference: str = Field(title="差额 / Difference")


@router.get("/receivables", summary="应收账龄 / Aging")
def show(hub: Hub, caller: Anyone, as_of: AsOf = None) -> Aging:
    """By customer and salesperson. Salespeople see their own customers."""
    return Aging.model_validate(_report(hub, caller, as_of).as_json(rows=False))


@router.get("/receivables/items", summary="未收明细 / Open items")
def items(hub: Hub, caller: Anyone, request: Paged, as_of: AsOf = None) -> PageOf[OpenItemRow]:
    """What the aging is made of, oldest first."""
    rows = _report(hub, caller, as_of).as_json()["items"]
    return slice_of(OpenItemRow, rows, request)


@router.get("/receivables.xlsx", summary="账龄工作簿 / Aging as a workbook", response_class=Response)
def workbook(hub: Hub, caller: Anyone, as_of: AsOf = None) -> Response:
    """Customers, salespeople and every open item; numbers are numbers."""
    report = _report(hub, caller, as_of)
    name = f"receivables-{report.as_of.isoformat()}.xlsx"
    with TemporaryDirectory() as folder:
        path = Path(folder, name)
        to_xlsx(report, path)
        book = path.read_bytes()
    return Response(book, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/receivables/forecast", summary="回款预期 / Expected cash")
def forecast(hub: Hub, caller: Anyone, as_of: AsOf = None) -> Forecast:
    """What falls due in each of the coming weeks, per currency."""
    found = expected_cash(hub.db, as_of or hub.local_day(hub.now()), caller.scope())
    return Forecast.model_validate(found.as_json())


@router.get("/receivables/tie-out", summary="与 ERP 对账 / Tie-out with the ERP")
def tie_out(hub: Hub, _: Office, request: Paged) -> PageOf[DifferenceRow]:
    """Documents whose settled amount is not what their settlements add up to; empty = everything ties."""
    return slice_of(DifferenceRow, [row.as_json() for row in differences(hub.db)], request)


class Buckets(Shape):
    model_config = example(days=[30, 60, 90])

    days: list[int] = Field(title="每段最后一天 / The last day of each bucket")


@router.put("/receivables/buckets", summary="修改账龄分段 / Change the buckets")
def change_buckets(body: Buckets, hub: Hub, caller: Office) -> Buckets:
    """For everybody, from now on; past days are shown in the new buckets too."""
    save_bounds(hub.db, body.days, who=caller.name, now=hub.now())
    return body


def _report(hub: Hub, caller: Caller, as_of: date | None) -> AgingReport:
    return aging(hub.db, as_of or hub.local_day(hub.now()), caller.scope())
