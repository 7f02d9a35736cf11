"""hub connectors: list (what each can do, from the manifests), new (a connector from the template)."""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.desk import AsJson, columns, desk_of
from hub.connector import matrix
from hub.connector.discovery import connectors
from hub.connector.scaffold import write_connector
from hub.settings import load_settings

group = typer.Typer(help="连接器 / Connectors", no_args_is_help=True)

_COLUMNS = columns(
    system="系统 / System",
    entity="数据 / Entity",
    can="能做 / Can",
    stages="阶段 / Stages",
    key="防重键 / Key",
    messages="消息 / Messages",
    callbacks="回调 / Callbacks",
    limits="限额 / Limits",
)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="connectors")


@group.command("list")
def list_(
    ctx: typer.Context,
    as_json: AsJson = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="输出 Markdown 表格 / Print Markdown")] = False,
    into: Annotated[
        Path | None, typer.Option(help="写入这个文件的两个标记之间 / Write it between the marks of this file")
    ] = None,
) -> None:
    """每个连接器能做什么，来自其清单 / What each connector can do, from its manifest"""
    desk = desk_of(ctx)
    if markdown or into:
        text = matrix.markdown(connectors())
        if into is None:
            typer.echo(text, nl=False)
        else:
            into.write_text(matrix.placed(into.read_text("utf-8"), text, str(into)), "utf-8")
        return
    found = connectors(load_settings().data_dir / "connectors")
    rows = matrix.systems(found)
    shown = [_shown(row, entity) for row in rows for entity in row["entities"]]
    desk.rows(rows if as_json else shown, _COLUMNS, as_json=as_json)


def _shown(row: matrix.Row, entity: matrix.Row) -> matrix.Row:
    can = [name for name in (*matrix.ABILITIES, "conditional_writes", "delete_feed") if entity[name]]
    return {**row, "entity": entity["entity"], "can": can, "stages": entity["stages"], "key": entity["key"]}


@group.command("new")
def new(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="系统名，小写字母 / Name of the system, small letters")],
    folder: Annotated[Path, typer.Option("--dir", help="放在哪个文件夹 / Folder to put it in")] = Path(),
) -> None:
    """从模板写一个连接器；契约测试会列出待办 / Write a connector from the template; its contract test lists what is to do"""
    desk = desk_of(ctx)
    for path in write_connector(name, folder):
        typer.echo(str(path))
    desk.say(
        f"下一步：cd {folder / name}，运行 python -m pytest 看待办清单；步骤见 docs/write-a-connector.md",
        f"Next: cd {folder / name} and run python -m pytest for the list of what is to do; docs/write-a-connector.md has the steps",
    )
