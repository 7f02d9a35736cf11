"""hub receivables: aging as of a day, as a table, JSON or a workbook."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.desk import AsJson, Column, Desk, both, columns, desk_of
from hub.errors import BadInput, SetupError, Text
from hub.finance.aging import AgingReport, aging
from hub.finance.export import to_xlsx
from hub.finance.tie_out import tie_out


def register(app: typer.Typer) -> None:
    app.command("receivables")(receivables)


def receivables(
    ctx: typer.Context,
    *,
    as_of: Annotated[str, typer.Option(help="截至日 YYYY-MM-DD；不写 = 今天 / As of the end of this day")] = "",
    export: Annotated[Path | None, typer.Option(help="写入 xlsx 文件 / Write an xlsx file")] = None,
    by: Annotated[str, typer.Option(help="customer 按客户，owner 按业务员 / customer or owner")] = "customer",
    check: Annotated[
        bool, typer.Option("--check", help="与 ERP 所记核销对账，有差额时状态为 1 / Tie out with the ERP")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """应收账龄 / Aging of receivables"""
    desk = desk_of(ctx)
    if by not in ("customer", "owner"):
        raise BadInput(
            f"--by 为 {by}，应为 customer 或 owner", f"--by {by}: give customer or owner", field="--by", value=by
        )
    report = aging(desk.hub.db, _day(as_of) or desk.hub.local_day(desk.hub.now()))
    if export is not None:
        _export(desk, report, export)
    if as_json:
        desk.json(report.as_json())
    elif export is None:
        _print(desk, report, by)
    if check:
        _check(desk)


def _print(desk: Desk, report: AgingReport, by: str) -> None:
    shown = report.as_json(rows=False)
    rows = [_flat(row) for row in shown[f"by_{by}"]]
    totals = [_flat(row) | {"name": desk.text(Text("合计", "Total"))} for row in shown["totals"]]
    desk.rows([*rows, *totals], _columns(report), as_json=False)
    for oddity in shown["oddities"]:
        desk.say(f"{oddity['number']}：{oddity['zh']}", f"{oddity['number']}: {oddity['en']}")


def _columns(report: AgingReport) -> list[Column]:
    head = columns(number="编码 / Number", name="名称 / Name", currency="币别 / Currency")
    buckets = [(f"bucket {bucket.key}", bucket.title) for bucket in report.buckets]
    tail = columns(total="未收合计 / Outstanding", overdue="其中逾期 / Overdue", advances="预收未核销 / Advances")
    return [*head, *buckets, *tail]


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return row | {f"bucket {key}": amount for key, amount in row["buckets"].items()}


def _export(desk: Desk, report: AgingReport, path: Path) -> None:
    try:
        to_xlsx(report, path)
    except OSError as error:
        found = both(str(error))
        raise SetupError(found.zh, found.en, field="--export", value=str(path)) from error
    desk.say(f"已写入 {path}", f"Wrote {path}")


def _check(desk: Desk) -> None:
    differences = tie_out(desk.hub.db)
    for row in differences:
        shown = row.as_json()
        amounts = f"{shown['stated']} ≠ {shown['found']} {shown['currency']}"
        desk.say(f"{shown['number']} {amounts}", f"{shown['number']} {amounts}")
    if differences:
        raise typer.Exit(1)
    desk.say("与 ERP 所记一致", "Everything ties with the ERP")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(
            f"日期 {text} 应写成 2026-11-21 这样",
            f"{text} is no date; write it like 2026-11-21",
            field="--as-of",
            value=text,
        ) from None
