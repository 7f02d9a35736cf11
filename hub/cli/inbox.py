"""hub inbox: what waits for a person."""

import json
from typing import Annotated, Any

import typer

from hub.cli.desk import AsJson, Desk, Limit, columns, desk_of, known_word
from hub.errors import NotFound, Text
from hub.setup.known import known_connection
from hub.store import inbox as store
from hub.store import records
from hub.sync.people import CHOICES

group = typer.Typer(help="待处理 / Inbox", no_args_is_help=True)

Item = Annotated[int, typer.Argument(help="编号 / Item id")]
Kind = Annotated[str, typer.Option(help="种类，如 conflict / Kind, such as conflict")]
Entity = Annotated[str, typer.Option(help="主数据 / Entity")]
Connection = Annotated[str, typer.Option(help="连接 / Connection")]

#: What each choice does, as it stands beside the command.
MEANINGS = {
    "golden": Text("保留主数据的值，发给对方", "keep the golden value and send it there"),
    "remote": Text("采用对方的值", "take their value"),
    "value": Text("另填一个值：--value 值", "another value: --value VALUE"),
    "link": Text("是同一个，关联起来", "they are the same: link them"),
    "separate": Text("不是同一个，各自独立", "they are not: keep them apart"),
    "merge": Text("是同一个，合并", "they are the same: merge them"),
    "replay": Text("再试一次", "try again"),
    "dismiss": Text("不再处理，保持现状", "leave it as it is"),
    "found": Text("查到已经写入", "it was found to be written"),
    "restore": Text("对方已恢复它：重新关联", "it was put back there: link it again"),
    "recreate": Text("在对方重新新建", "create it there again"),
    "revert": Text("放弃这次修改", "give the change up"),
    "reopen": Text("让中枢反审核后修改", "let the hub reopen the document and change it"),
    "change_bill": Text(
        "由人在对方做变更单，中枢不再发送这次修改", "people make a change order there; the hub does not send it"
    ),
    "again": Text("重新发起审批", "ask for approval again"),
    "approve": Text("由您在此放行，记入历史", "let it through in your name; kept in the history"),
}

_COLUMNS = columns(
    id="编号 / Id",
    kind="种类 / Kind",
    connection="连接 / Connection",
    entity="主数据 / Entity",
    text="说明 / Message",
)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="inbox")


@group.command("list")
def list_(
    ctx: typer.Context,
    *,
    kind: Kind = "",
    entity: Entity = "",
    connection: Connection = "",
    state: Annotated[str, typer.Option(help="open、resolved、closed；空 = 全部 / empty = all")] = "open",
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """待处理列表，新的在前 / List what waits, newest first"""
    desk = desk_of(ctx)
    known_word("--kind", kind, CHOICES)
    known_word("--state", state, ("open", "resolved", "closed"))
    with desk.hub.db.read() as tx:
        wanted = known_connection(tx, connection)["id"] if connection else None
        found = store.InboxFilter(state, kind, entity, connection_id=wanted)

        def fetch(page: Any) -> Any:
            listing = store.list_items(tx, found, page)
            for row in listing.rows:
                row["text"] = {"zh": row["zh"], "en": row["en"]}
            return listing

        desk.listing(fetch, _COLUMNS, limit=limit, as_json=as_json)


@group.command("show")
def show(ctx: typer.Context, item: Item, as_json: AsJson = False) -> None:
    """一条待处理及其证据 / One item with its evidence"""
    desk = desk_of(ctx)
    row = _known(desk, item)
    row["choices"] = list(CHOICES.get(row["kind"], ())) if row["state"] == "open" else []
    desk.one(row if as_json else _for_people(desk, row), as_json=as_json)
    if row["choices"] and not as_json:
        desk.say("怎样决定：", "How to decide:")
        for choice in row["choices"]:
            command, meaning = f"  hub inbox resolve {item} {choice:<11}", MEANINGS[choice]
            desk.say(f"{command} {meaning.zh}", f"{command} {meaning.en}")


@group.command("resolve")
def resolve(
    ctx: typer.Context,
    item: Item,
    choice: Annotated[str, typer.Argument(help="选择，如 golden、remote、value、link、replay、dismiss / Choice")],
    *,
    revision: Annotated[int | None, typer.Option(help="看到的版本；不写 = 现在的 / Revision that was shown")] = None,
    value: Annotated[str | None, typer.Option(help="选 value 时的值（JSON 或文字） / Value, for choice value")] = None,
    reason: Annotated[str, typer.Option(help="理由 / Reason")] = "",
) -> None:
    """处理一条 / Resolve one item"""
    desk = desk_of(ctx)
    seen = _known(desk, item)["revision"] if revision is None else revision
    desk.hub.engine.resolve(item, choice=choice, revision=seen, who=desk.who, value=_value(value), reason=reason)
    desk.say(f"已处理 {item}", f"Resolved {item}")


@group.command("resolve-all")
def resolve_all(
    ctx: typer.Context,
    choice: Annotated[str, typer.Argument(help="选择 / Choice")],
    *,
    kind: Annotated[str, typer.Option(help="种类 / Kind")],
    entity: Annotated[str, typer.Option(help="主数据 / Entity")],
    connection: Annotated[str, typer.Option(help="连接 / Connection")],
    field: Annotated[str | None, typer.Option(help="字段 / Field")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问 / Do not ask")] = False,
) -> None:
    """同样的选择处理一批 / Resolve many with the same choice"""
    desk = desk_of(ctx)
    with desk.hub.db.read() as tx:
        at = known_connection(tx, connection)["id"]
    what = f"{connection} {entity} {kind} → {choice}"
    desk.confirm(f"将批量处理：{what}。", f"All of these will be resolved: {what}.", yes=yes)
    count = desk.hub.engine.resolve_many(
        kind=kind, entity=entity, connection_id=at, choice=choice, who=desk.who, field=field
    )
    desk.say(f"已处理 {count} 条", f"Resolved {count}")


@group.command("replay")
def replay(ctx: typer.Context, item: Item) -> None:
    """重试 / Try again with fresh attempts"""
    desk = desk_of(ctx)
    _known(desk, item)
    desk.hub.engine.replay(item, who=desk.who)
    desk.say(f"已重试 {item}", f"Replayed {item}")


def _for_people(desk: Desk, row: dict[str, Any]) -> dict[str, Any]:
    """What the item is about, what is known, and what was decided; record numbers with their titles."""
    kept = ("id", "kind", "state", "connection", "entity", "record_id", "record_title", "field")
    shown: dict[str, Any] = {name: row[name] for name in kept if row[name] not in (None, "")}
    shown["text"] = {"zh": row["zh"], "en": row["en"]}
    data = dict(row["data"] or {})
    if "candidates" in data:
        with desk.hub.db.read() as tx:
            titles = records.titles_of(tx, data["candidates"])
        data["candidates"] = [f"{number} {titles.get(number, '')}".strip() for number in data["candidates"]]
    shown |= {name: value for name, value in data.items() if value not in (None, "", [], {})}
    shown |= {"opened_at": row["opened_at"], "revision": row["revision"]}
    decided = ("resolution", "resolved_by", "resolved_at")
    return shown | {name: row[name] for name in decided if row[name]}


def _known(desk: Desk, item: int) -> dict[str, Any]:
    with desk.hub.db.read() as tx:
        row = store.show_item(tx, item)
    if row is None:
        raise NotFound(f"没有待处理 {item}", f"There is no inbox item {item}", field="item", value=str(item))
    return row


def _value(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json.loads(text) if text[:1] in {"{", "[", '"'} or text in {"null", "true", "false"} else text
    except ValueError:
        return text
