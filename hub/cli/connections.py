"""hub connections: list, systems, show, add, change, test, pause, resume, release, delete."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.desk import AsJson, Desk, Limit, both, columns, desk_of, pairs
from hub.errors import BadInput, Text
from hub.setup import connections, steering
from hub.setup.known import connector_of, known_connection
from hub.store import connections as store
from hub.store import flows as flow_store
from hub.store.events import in_trouble
from hub.store.paging import MAX_LIMIT, Listing, PageRequest

group = typer.Typer(help="连接 / Connections", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="连接名或编号 / Connection, by name or id")]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="设置 名称=值；值写成 @文件 则从文件读 / Setting name=value; @FILE reads the value from a file"
    ),
]
Option = Annotated[list[str] | None, typer.Option("--option", help="选项 名称=值 / Option name=value (parallel=4)")]
ConfigFile = Annotated[Path | None, typer.Option(help="设置的 JSON 文件 / Settings as a JSON file")]

_COLUMNS = columns(
    id="编号 / Id", name="连接 / Connection", system="系统 / System", state="状态 / State", reason="原因 / Reason"
)
_SETTINGS = columns(
    setting="设置项 / Setting",
    title="名称 / Title",
    about="说明 / What it is",
    default="默认 / Default",
)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="connections")


@group.command("list")
def list_(ctx: typer.Context, limit: Limit = 50, as_json: AsJson = False) -> None:
    """连接列表 / List connections"""
    desk = desk_of(ctx)
    with desk.hub.db.read() as tx:

        def fetch(page: PageRequest) -> Listing:
            listing = store.list_connections(tx, page)
            for row in () if as_json else listing.rows:
                _mark_trouble(row)
            return listing

        desk.listing(fetch, _COLUMNS, limit=limit, as_json=as_json)


def _mark_trouble(row: dict[str, Any]) -> None:
    """An active connection that does not work as it should says so in the table."""
    if row["state"] != "active":
        return
    if row["resume_at"] is not None:
        row["state"] = "retrying"
    elif in_trouble(row["events"]):
        row["state"], row["reason"] = "no events", row["events"]


@group.command("systems")
def systems(
    ctx: typer.Context,
    system: Annotated[str, typer.Argument(help="只看此系统，逐项说明 / One system, each setting explained")] = "",
    as_json: AsJson = False,
) -> None:
    """可连接的系统及其设置项 / Systems on offer and their settings"""
    desk = desk_of(ctx)
    if system:
        _explain(desk, connections.describe_system(connector_of(desk.hub, system)), as_json=as_json)
        return
    found = [connections.describe_system(connector) for _, connector in sorted(desk.hub.connectors.items())]
    shown = [row | {"settings": ", ".join(_setting(field) for field in row["form"])} for row in found]
    heads = columns(system="系统 / System", name="名称 / Name", settings="设置项（* 必填） / Settings (* required)")
    desk.rows(found if as_json else shown, heads, as_json=as_json)


@group.command("show")
def show(ctx: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """一个连接，密钥已掩盖 / One connection, secrets masked"""
    desk = desk_of(ctx)
    desk.one(connections.show(desk.hub, name), as_json=as_json)


@group.command("add")
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="连接名 / Name of the connection")],
    *,
    system: Annotated[str, typer.Option(help="系统 / System")],
    given: Set = None,
    option: Option = None,
    config_file: ConfigFile = None,
    test: Annotated[bool, typer.Option("--test", help="添加后测试 / Test it afterwards")] = False,
) -> None:
    """添加连接；没有给出的密钥会提示输入 / Add a connection; secrets that are not given are asked for"""
    desk = desk_of(ctx)
    form = connections.describe_system(connector_of(desk.hub, system))["form"]
    settings = given_settings(desk, form, given, config_file)
    new = connections.NewConnection(name, system, settings, _values(pairs(option, "--option")))
    connections.add_connection(desk.hub, new, who=desk.who)
    desk.say(f"已添加连接 {name}", f"Added connection {name}")
    if test:
        _test(desk, name, as_json=False)


@group.command("change")
def change(
    ctx: typer.Context, name: Name, given: Set = None, option: Option = None, config_file: ConfigFile = None
) -> None:
    """修改设置或选项 / Change settings or options"""
    desk = desk_of(ctx)
    settings = _from_file(config_file) | _settings(given)
    options = _values(pairs(option, "--option"))
    if not settings and not options:
        raise BadInput(
            "没有要改的内容，请给出 --set 或 --option", "Nothing to change; give --set or --option", field="--set"
        )
    if settings:
        connections.change_settings(desk.hub, name, settings, who=desk.who)
    if options:
        connections.change_options(desk.hub, name, options, who=desk.who)
    desk.say(f"已修改连接 {name}", f"Changed connection {name}")


@group.command("test")
def test(ctx: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """向厂商核对凭据和权限 / Ask the vendor whether credentials and rights work"""
    _test(desk_of(ctx), name, as_json=as_json)


@group.command("pause")
def pause(ctx: typer.Context, name: Name, reason: Annotated[str, typer.Option(help="原因 / Reason")] = "") -> None:
    """暂停连接 / Pause a connection"""
    desk = desk_of(ctx)
    steering.pause(desk.hub, desk.hub.engine, name, reason=reason, who=desk.who)
    desk.say(f"已暂停 {name}", f"Paused {name}")


@group.command("resume")
def resume(ctx: typer.Context, name: Name) -> None:
    """恢复连接 / Resume a connection"""
    desk = desk_of(ctx)
    steering.resume(desk.hub, desk.hub.engine, name, who=desk.who)
    desk.say(f"已恢复 {name}", f"Resumed {name}")


@group.command("release")
def release(
    ctx: typer.Context,
    name: Name,
    entity: Annotated[str, typer.Argument(help="主数据；不写 = 全部可推送的 / Entity; left out = all that push")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="不再询问 / Do not ask")] = False,
) -> None:
    """首次对接核对后放行推送 / Open pushing after first contact was checked"""
    desk = desk_of(ctx)
    flows = _flows_to_release(desk, name, entity)
    for row in flows:
        counts = desk.hub.engine.release_counts(row["id"])
        desk.say(
            f"{row['entity']}：有差异、将推送 {counts['due']}，{name} 没有、将新建 {counts['wanted']}",
            f"{row['entity']}: {counts['due']} differ and would be sent, {counts['wanted']} are not at {name} and would be created",
        )
    desk.confirm(f"放行后会开始写入 {name}。", f"The hub will start writing to {name}.", yes=yes)
    for row in flows:
        steering.release(desk.hub, desk.hub.engine, row["id"], who=desk.who)
        desk.say(f"已放行 {row['entity']}", f"Released {row['entity']}")


@group.command("delete")
def delete(
    ctx: typer.Context, name: Name, yes: Annotated[bool, typer.Option("--yes", help="不再询问 / Do not ask")] = False
) -> None:
    """删除没有绑定记录的连接 / Delete a connection that no record is bound to"""
    desk = desk_of(ctx)
    desk.confirm(f"将删除连接 {name}。", f"Connection {name} will be deleted.", yes=yes)
    connections.delete(desk.hub, name, who=desk.who)
    desk.say(f"已删除 {name}", f"Deleted {name}")


def given_settings(
    desk: Desk, form: list[dict[str, Any]], given: list[str] | None, config_file: Path | None
) -> dict[str, Any]:
    """Settings from a file, from --set over it, and from a person at the terminal for what is left."""
    return _asked(desk, form, _from_file(config_file) | _settings(given))


def _test(desk: Desk, name: str, *, as_json: bool) -> None:
    result = steering.test(desk.hub, desk.hub.engine, desk.hub.clients, name, who=desk.who)
    if as_json:
        desk.json(result.as_json())
    elif result.error is None:
        facts = {name: desk.text(both(fact)) for name, fact in result.facts.items()}
        desk.one({"ok": True, **facts}, as_json=False)
    if result.error is not None:
        raise result.error
    if result.resumed:
        desk.say(f"连接 {name} 曾因故障停下，已恢复", f"Trouble had stopped {name}; it goes on now")
    elif connections.show(desk.hub, name)["state"] == "paused":
        desk.say(
            f"测试通过；{name} 仍由人暂停，恢复请执行 hub connections resume {name}",
            f"The test passed; a person paused {name}: hub connections resume {name} lets it go on",
        )


def _explain(desk: Desk, found: dict[str, Any], *, as_json: bool) -> None:
    """What the form of one system asks for, field by field."""
    if as_json:
        desk.json(found)
        return
    rows = [
        {
            "setting": _setting(field),
            "title": field["title"],
            "about": field["help"],
            "default": "***" if field["type"] == "secret" and field["default"] else field["default"],
        }
        for field in found["form"]
    ]
    desk.rows(rows, _SETTINGS, as_json=False)
    desk.say(f"* 必填；厂商文档 {found['vendor_docs']}", f"* required; the vendor's pages: {found['vendor_docs']}")


def _setting(field: dict[str, Any]) -> str:
    return f"{field['name']}{'*' if field['required'] else ''}"


def _flows_to_release(desk: Desk, name: str, entity: str) -> list[dict[str, Any]]:
    with desk.hub.db.read() as tx:
        row = known_connection(tx, name)
        rows = flow_store.list_flows(tx, PageRequest(MAX_LIMIT), connection_id=row["id"], entity=entity).rows
    found = [flow for flow in rows if entity or (flow["push"] and flow["released_at"] is None)]
    if not found:
        raise BadInput(
            f"连接 {name} 没有待放行的推送",
            f"Connection {name} has no flow waiting for release",
            field="entity",
            value=entity,
        )
    return found


def _from_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadInput(
            f"读不到设置文件 {path}，请检查路径和权限",
            f"cannot read {path} ({error.strerror}): check path and rights",
            field="--config-file",
        ) from None
    except ValueError as error:
        raise BadInput(
            f'{path} 不是 JSON（{error}），应像 {{"corp_id": "…"}}',
            f'{path} is not JSON ({error}); write {{"corp_id": "…"}}',
            field="--config-file",
        ) from None
    if not isinstance(found, dict):
        raise BadInput(
            f"{path} 应为 JSON 对象", f"{path} must hold a JSON object", field="--config-file", value=str(path)
        )
    return found


def _settings(given: list[str] | None) -> dict[str, Any]:
    return _values({key: _read(value) for key, value in pairs(given, "--set").items()})


def _read(value: str) -> str:
    if not value.startswith("@"):
        return value
    try:
        return Path(value[1:]).read_text("utf-8").strip()
    except OSError as error:
        raise BadInput(f"读不到 {value[1:]}：{error.strerror}", f"cannot read {value[1:]}: {error.strerror}") from None


def _values(texts: dict[str, str]) -> dict[str, Any]:
    """Objects, lists, numbers and truth values may be written as JSON; all else is text."""
    return {key: _value(text) for key, text in texts.items()}


def _value(text: str) -> Any:
    if text.startswith(("{", "[")) or text in {"true", "false", "null"} or (text.isascii() and text.isdigit()):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _asked(desk: Desk, form: list[dict[str, Any]], given: dict[str, Any]) -> dict[str, Any]:
    """What was given, and what a person at the terminal adds: secrets unseen, and all that has no default of use."""
    if not desk.interactive:
        return given
    asked = dict(given)
    for field in form:
        secret = field["type"] == "secret"
        if field["name"] in given or not (secret or field["required"] or field["default"] == ""):
            continue
        answer = typer.prompt(_question(desk, field), default="", hide_input=secret, show_default=False, err=True)
        if answer:
            asked[field["name"]] = answer
    return asked


def _question(desk: Desk, field: dict[str, Any]) -> str:
    """The title, what it is and whether it may stay empty, in the language of the command."""
    title, about = (desk.text(Text(field[part]["zh"], field[part]["en"])) for part in ("title", "help"))
    optional = "" if field["required"] else desk.text(Text("，可留空", "; may stay empty"))
    return f"{title} [{field['name']}]" + (f" ({about}{optional})" if about or optional else "")
