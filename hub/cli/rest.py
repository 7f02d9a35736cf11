"""hub rest: check a manifest of a system that is connected by configuration, and try one dry read. Found by entry point."""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.connections import ConfigFile, Set, given_settings
from hub.cli.desk import AsJson, Desk, columns
from hub.connector.json_exact import encode
from hub.errors import BadInput, SetupError

group = typer.Typer(help="用配置文件连接的系统 / Systems connected by a manifest file", no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="MANIFEST", help="连接器文件 / Manifest, a YAML file")]

_COLUMNS = columns(
    entity="主数据 / Entity", object="对象 / Object", can="能力 / Can", cursor="增量 / Changes", key="防重 / Key"
)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="rest")


@group.command("check")
def check(ctx: typer.Context, manifest: File, as_json: AsJson = False) -> None:
    """检查连接器文件并列出它能做什么 / Check a manifest and show what it can do"""
    desk = ctx.find_object(Desk) or Desk()
    made, findings = _tools().check(manifest)
    for finding in findings:
        desk.say(finding.whole.zh, finding.whole.en)
    if made is None:
        raise typer.Exit(1)
    rows = [
        {
            "entity": name,
            "object": entity.object,
            "can": ", ".join(entity.can),
            "cursor": entity.cursor,
            "key": entity.key,
        }
        for name, entity in made.entities.items()
    ]
    desk.rows(rows, _COLUMNS, as_json=as_json)


@group.command("try")
def try_(
    ctx: typer.Context,
    manifest: File,
    entity: Annotated[str, typer.Argument(help="主数据，如 customer / Entity, such as customer")],
    *,
    limit: Annotated[int, typer.Option(min=1, help="最多记录数 / Records at most")] = 5,
    given: Set = None,
    config_file: ConfigFile = None,
    save: Annotated[
        Path | None, typer.Option(help="把读到的记录存为映射样例 / Keep the records as samples of the mapping")
    ] = None,
) -> None:
    """只读试连：显示每个请求和回复，密钥已掩盖 / A dry read: shows each request and reply, secrets masked"""
    desk = ctx.find_object(Desk) or Desk()
    settings = given_settings(desk, _tools().form(manifest), given, config_file)
    rows = _tools().attempt(manifest, entity, settings, limit=limit, tell=_show)
    shown = [{"id": row.id, "number": row.number, "modified": row.modified, "key": row.key} for row in rows]
    heads = columns(id="编号 / Id", number="单号 / Number", modified="修改时间 / Modified", key="中枢编号 / Key")
    desk.rows(shown, heads, as_json=False)
    if save is not None:
        _keep(desk, save, [row.data for row in rows])


def _keep(desk: Desk, path: Path, records: list[Any]) -> None:
    """Records as the mapping sees them: unpacked, numbers exact."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("[\n" + ",\n".join(map(encode, records)) + "\n]\n", "utf-8")
    except OSError as error:
        raise BadInput(f"无法写入 {path}：{error}", f"cannot write {path}: {error}", field="--save") from error
    desk.say(f"已把 {len(records)} 条记录存为样例 {path}", f"kept {len(records)} records as samples in {path}")


def _show(exchange: Any) -> None:
    typer.echo(f"→ {exchange.request.rstrip()}\n← {exchange.reply.rstrip()}\n")


def _tools() -> Any:
    for point in entry_points(group="hub.tools", name="rest"):
        return point.load()
    raise SetupError(
        "这个安装里没有 rest 连接器（入口组 hub.tools）；请安装完整的软件包",
        "this installation has no rest connector (entry point group hub.tools); install the whole package",
    )
