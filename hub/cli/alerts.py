"""hub alerts: what was told to whom."""

from typing import Annotated

import typer

from hub.cli.desk import AsJson, Limit, columns, desk_of
from hub.store import alertlog as store
from hub.store.scope import EVERYTHING

group = typer.Typer(help="提醒 / Alerts", no_args_is_help=True)

_COLUMNS = columns(
    id="编号 / Id",
    created_at="产生 / Made",
    rule="规则 / Rule",
    connection="连接 / Connection",
    title="标题 / Title",
    state="状态 / State",
    receipt="回执 / Receipt",
)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="alerts")


@group.command("list")
def list_(
    ctx: typer.Context,
    rule: Annotated[str, typer.Option(help="只看此规则 / Only this rule")] = "",
    state: Annotated[str, typer.Option(help="due、sending、delivered、refused、unknown")] = "",
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """提醒列表，新的在前 / List alerts, newest first"""
    desk = desk_of(ctx)
    with desk.hub.db.read() as tx:
        desk.listing(
            lambda page: store.list_alerts(tx, EVERYTHING, page, rule=rule, state=state),
            _COLUMNS,
            limit=limit,
            as_json=as_json,
        )
