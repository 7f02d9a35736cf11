"""hub records: golden records, where they live, and their history."""

from typing import Annotated, Any

import typer

from hub.cli.desk import AsJson, Desk, Limit, columns, desk_of
from hub.cli.plans import Yes
from hub.errors import NotFound, Text
from hub.setup import steering
from hub.store import records as store
from hub.store.scope import EVERYTHING

group = typer.Typer(help="主数据 / Records", no_args_is_help=True)

Reason = Annotated[str, typer.Option(help="理由 / Reason")]
Record = Annotated[int, typer.Argument(help="记录编号 / Record id")]

_COLUMNS = columns(
    id="编号 / Id",
    entity="主数据 / Entity",
    number="编码 / Number",
    title="名称 / Title",
    state="状态 / State",
    version="版本 / Version",
    updated_at="更新 / Updated",
)
_CHANGES = columns(
    version="版本 / Version",
    at="时间 / When",
    who="谁 / Who",
    why="原因 / Why",
    fields="字段 / Fields",
    lost="落选 / Lost",
)

_MERGES = columns(
    id="编号 / Id",
    at="时间 / When",
    survivor="保留 / Stayed",
    loser="并入 / Went in",
    who="谁 / Who",
    why="原因 / Why",
)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="records")


@group.command("list")
def list_(
    ctx: typer.Context,
    *,
    entity: Annotated[str, typer.Option(help="主数据 / Entity")] = "",
    q: Annotated[
        str, typer.Option("--q", help="名称的一部分、编码、税号或电话 / Part of the title, number, tax code, phone")
    ] = "",
    customer: Annotated[int | None, typer.Option(help="客户记录编号 / Record id of the customer")] = None,
    state: Annotated[str, typer.Option(help="live、merged、disabled；空 = 全部 / empty = all")] = "live",
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """记录列表与搜索 / List and search records"""
    desk = desk_of(ctx)
    wanted = store.RecordFilter(entity, q.strip(), customer, state=state)
    with desk.hub.db.read() as tx:
        desk.listing(
            lambda page: store.list_records(tx, EVERYTHING, wanted, page), _COLUMNS, limit=limit, as_json=as_json
        )


@group.command("show")
def show(ctx: typer.Context, record: Record, as_json: AsJson = False) -> None:
    """一条记录及其绑定 / One record with its bindings"""
    desk = desk_of(ctx)
    row = _known(desk, record)
    with desk.hub.db.read() as tx:
        row["bindings"] = store.bindings_of(tx, record)
        waiting = {bound["waiting_for"] for bound in row["bindings"]}
        row["titles"] = store.titles_of(tx, store.references_in(row) | waiting)
    desk.one(row if as_json else _for_people(desk, row), as_json=as_json)


@group.command("history")
def history(ctx: typer.Context, record: Record, limit: Limit = 50, as_json: AsJson = False) -> None:
    """变更历史，新的在前 / History, newest first"""
    desk = desk_of(ctx)
    _known(desk, record)
    with desk.hub.db.read() as tx:
        desk.listing(lambda page: store.history_of(tx, record, page), _CHANGES, limit=limit, as_json=as_json)


@group.command("merges")
def merges(ctx: typer.Context, record: Record, as_json: AsJson = False) -> None:
    """一条记录的合并记录 / Merge log of a record"""
    desk = desk_of(ctx)
    with desk.hub.db.read() as tx:
        rows = store.merges_of(tx, record)
    desk.rows(rows, _MERGES, as_json=as_json)


@group.command("merge")
def merge(
    ctx: typer.Context,
    record: Annotated[int, typer.Argument(help="保留的记录 / Record that stays")],
    other: Annotated[int, typer.Argument(help="并入的记录 / Record that goes into it")],
    *,
    reason: Reason = "",
    yes: Yes = False,
) -> None:
    """合并两条记录 / Merge two records"""
    desk = desk_of(ctx)
    names = [_known(desk, one)["title"] for one in (record, other)]
    desk.confirm(f"“{names[1]}”将并入“{names[0]}”。", f"“{names[1]}” will go into “{names[0]}”.", yes=yes)
    done = steering.merge(desk.hub, desk.hub.engine, record, other, who=desk.who, reason=reason)
    desk.say(
        f"已合并（{done}）；撤销：hub records split {done}", f"Merged ({done}); take it back: hub records split {done}"
    )


@group.command("split")
def split(
    ctx: typer.Context,
    merge: Annotated[int, typer.Argument(help="合并编号，见 hub records merges / Id of the merge")],
    *,
    reason: Reason = "",
    yes: Yes = False,
) -> None:
    """撤销合并 / Take a merge back"""
    desk = desk_of(ctx)
    desk.confirm(f"将撤销合并 {merge}。", f"Merge {merge} will be taken back.", yes=yes)
    revived = steering.split(desk.hub, desk.hub.engine, merge, who=desk.who, reason=reason)
    desk.say(f"记录 {revived} 已恢复", f"Record {revived} lives again")


def _place(desk: Desk, bound: dict[str, Any], titles: dict[int, str]) -> str:
    """Where the record is there, or why it is not."""
    where = [bound["connection"], bound["external_id"], bound["number"], bound["stage_seen"]]
    if bound["waiting_for"]:
        parent = f"{bound['waiting_for']} {titles.get(bound['waiting_for'], '')}".strip()
        where.append(desk.text(Text(f"等待 {parent}", f"waits for {parent}")))
    elif bound["state"] == "wanted":
        where.append(desk.text(Text("待新建", "to be created")))
    elif bound["state"] == "gone":
        where.append(desk.text(Text("对方已删", "gone there")))
    return " ".join(filter(None, where)) or "-"


def _for_people(desk: Desk, row: dict[str, Any]) -> dict[str, Any]:
    """The record with its references by title and one line per binding."""
    titles = row["titles"]
    named = {
        name: f"{value} {titles[value]}"
        for name, value in row["data"].items()
        if type(value) is int and value in titles  # every int of a golden record is a reference
    }
    places = [_place(desk, bound, titles) for bound in row["bindings"]]
    hidden = ("titles", "origin", "owner_id", "customer_id", "merged_into")
    kept = {name: value for name, value in row.items() if name not in hidden or (name == "merged_into" and value)}
    return kept | {"data": row["data"] | named, "bindings": places}


def _known(desk: Desk, record: int) -> dict[str, Any]:
    with desk.hub.db.read() as tx:
        row = store.show_record(tx, EVERYTHING, record)
    if row is None:
        raise NotFound(f"没有记录 {record}", f"There is no record {record}", field="record", value=str(record))
    return row
