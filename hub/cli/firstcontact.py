"""hub flows report, settle: what first contact found, and its differences settled by field."""

from pathlib import Path
from typing import Annotated, Any, cast

import typer

from hub.cli.desk import AsJson, Desk, both, columns, desk_of
from hub.cli.flows import group
from hub.cli.plans import DryRun, Yes, show_plan
from hub.errors import MappingInvalid, SetupError, Text
from hub.setup import firstcontact
from hub.setup.firstcontact_book import summary, to_xlsx
from hub.setup.known import known_connection
from hub.setup.steering import flow_id_of
from hub.store import flows as store
from hub.store.paging import MAX_LIMIT, PageRequest

_FIELDS = columns(
    field="字段 / Field",
    wins="以谁为准 / Wins",
    differ="两边不同 / Differ",
    blank_there="对方为空 / Blank there",
    filled="已补空 / Filled here",
    overridden="已改为对方的值 / Overridden here",
)
_SAMPLES = columns(
    field="字段 / Field",
    title="记录 / Record",
    golden="主数据的值 / Golden",
    remote="对方的值 / Remote",
    wins="以谁为准 / Wins",
)
Connection = Annotated[str, typer.Argument(help="连接 / Connection")]


def register(_app: typer.Typer) -> None:
    """The commands join those of `hub flows`."""
    group.command("report")(report)
    group.command("settle")(settle)


def report(
    ctx: typer.Context,
    connection: Connection,
    entity: Annotated[str, typer.Argument(help="主数据；不写 = 全部 / Entity; left out = all")] = "",
    *,
    export: Annotated[Path | None, typer.Option(help="写入 xlsx 文件 / Write an xlsx file")] = None,
    as_json: AsJson = False,
) -> None:
    """首次对接报告：读到、关联、只在一边、重复、各字段差异 / Report of first contact: read, linked, one side only, differences"""
    desk = desk_of(ctx)
    made = _reports(desk, connection, entity)
    if export is not None:
        _export(desk, made, export)
    if as_json:
        desk.json([one.as_json() for one in made])
    elif export is None:
        for one in made:
            _print(desk, one)


def settle(  # noqa: PLR0913 - one parameter per option
    ctx: typer.Context,
    connection: Connection,
    entity: Annotated[str, typer.Argument(help="主数据 / Entity")],
    field: Annotated[str, typer.Argument(help="字段或字段组 / Field or group")],
    side: Annotated[str, typer.Argument(help="hub 主数据为准；remote 对方为准 / hub or remote")],
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """一个字段的差异整批按一边处理 / Settle the differences of one field for one side"""
    desk = desk_of(ctx)
    flow_id, wanted = flow_id_of(desk.hub, connection, entity), cast(firstcontact.Side, side)
    plan = firstcontact.preview_settle(desk.hub, flow_id, field, wanted)
    if not as_json:
        show_plan(desk, plan)
    if not dry_run:
        desk.confirm(f"{field} 将以 {side} 为准。", f"{side} will count for {field}.", yes=yes)
        plan = firstcontact.settle(desk.hub, desk.hub.engine, flow_id, field, wanted, who=desk.who)
        desk.say(f"已按 {side} 处理字段 {field}", f"Settled {field} for {side}")
    if as_json:
        desk.json(plan.as_json())


def _reports(desk: Desk, connection: str, entity: str) -> list[firstcontact.Report]:
    """One flow, or all of the connection that have a mapping."""
    if entity:
        return [firstcontact.report(desk.hub, desk.hub.engine, flow_id_of(desk.hub, connection, entity))]
    with desk.hub.db.read() as tx:
        at = known_connection(tx, connection)["id"]
        rows = store.list_flows(tx, PageRequest(MAX_LIMIT), connection_id=at).rows
    found = []
    for row in rows:
        try:
            found.append(firstcontact.report(desk.hub, desk.hub.engine, row["id"]))
        except MappingInvalid:  # an entity that nobody mapped has nothing to report
            continue
    return found


def _print(desk: Desk, made: firstcontact.Report) -> None:
    heads = columns(item=f"{made.connection} {made.entity}", count="数量 / Count")
    rows = [
        {"item": desk.text(Text(zh, en)), "count": "-" if count is None else str(count)}
        for zh, en, count in summary(made)
    ]
    desk.rows(rows, heads, as_json=False)
    fields: list[dict[str, Any]] = [
        {"field": name, **{key: getattr(one, key) for key, _ in _FIELDS[1:]}}
        for name, one in sorted(made.fields.items())
    ]
    if fields:
        desk.rows(fields, _FIELDS, as_json=False)
    samples = [{"field": name, **row} for name, one in sorted(made.fields.items()) for row in one.samples]
    if samples:
        desk.rows(samples, _SAMPLES, as_json=False)
    if "zh" in made.release:
        desk.say(str(made.release["zh"]), str(made.release["en"]))


def _export(desk: Desk, made: list[firstcontact.Report], path: Path) -> None:
    try:
        to_xlsx(made, path)
    except OSError as error:
        found = both(str(error))
        raise SetupError(found.zh, found.en, field="--export", value=str(path)) from error
    desk.say(f"已写入 {path}", f"Wrote {path}")
