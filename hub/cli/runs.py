"""hub runs: what was pulled and pushed."""

from typing import Annotated

import typer

from hub.cli.desk import AsJson, Limit, columns, desk_of, known_word
from hub.errors import NotFound
from hub.setup.known import known_connection
from hub.store import runs as store
from hub.store.paging import PageRequest

group = typer.Typer(help="同步任务 / Runs", no_args_is_help=True)

_COLUMNS = columns(
    id="编号 / Id",
    started_at="开始 / Started",
    connection="连接 / Connection",
    entity="主数据 / Entity",
    kind="种类 / Kind",
    state="结果 / State",
    counts="计数 / Counts",
)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="runs")


@group.command("list")
def list_(
    ctx: typer.Context,
    *,
    connection: Annotated[str, typer.Option(help="只看此连接 / Only this connection")] = "",
    entity: Annotated[str, typer.Option(help="只看此主数据 / Only this entity")] = "",
    state: Annotated[str, typer.Option(help="running、ok、failed、unbalanced")] = "",
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """任务列表，新的在前 / List runs, newest first"""
    desk = desk_of(ctx)
    known_word("--state", state, ("running", "ok", "failed", "unbalanced", "idle", "busy", "paused"))
    with desk.hub.db.read() as tx:
        wanted = known_connection(tx, connection)["id"] if connection else None
        found = store.RunFilter(wanted, entity, state=state)
        desk.listing(lambda page: store.list_runs(tx, found, page), _COLUMNS, limit=limit, as_json=as_json)


@group.command("show")
def show(
    ctx: typer.Context, run_id: Annotated[int, typer.Argument(help="任务编号 / Run id")], as_json: AsJson = False
) -> None:
    """一次任务，连同失败的调用 / One run with its failed calls"""
    desk = desk_of(ctx)
    with desk.hub.db.read() as tx:
        row = store.show_run(tx, run_id)
        failed = store.attempts_of(tx, run_id, PageRequest(100), failed_only=True).rows
    if row is None:
        raise NotFound(f"没有任务 {run_id}", f"There is no run {run_id}", field="run", value=str(run_id))
    desk.one(row | {"failed_calls": failed}, as_json=as_json)
