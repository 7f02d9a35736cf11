"""hub flows: list and set what moves for each entity at each connection."""

import json
from typing import Annotated, Any, cast

import typer

from hub.cli.desk import AsJson, Limit, columns, desk_of, pairs
from hub.cli.plans import DryRun, ModeOption, Yes, show_plan
from hub.errors import BadInput
from hub.setup import authority, flows
from hub.setup.known import known_connection
from hub.setup.rebase import Mode
from hub.setup.steering import flow_id_of
from hub.store import flows as store
from hub.store.paging import Listing, PageRequest

group = typer.Typer(help="同步流 / Flows", no_args_is_help=True)

_COLUMNS = columns(
    connection="连接 / Connection",
    entity="主数据 / Entity",
    pull="拉取 / Pull",
    push="推送 / Push",
    create="新建 / Create",
    master="为准 / Master",
    every_s="间隔 / Every",
    filter="条件 / Filter",
    released="已放行 / Released",
    pulled_at="上次拉取 / Pulled",
)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="flows")


@group.command("list")
def list_(
    ctx: typer.Context,
    connection: Annotated[str, typer.Option(help="只看此连接 / Only this connection")] = "",
    limit: Limit = 0,
    as_json: AsJson = False,
) -> None:
    """同步流列表 / List flows"""
    desk = desk_of(ctx)
    with desk.hub.db.read() as tx:
        wanted = known_connection(tx, connection)["id"] if connection else None

        def fetch(page: PageRequest) -> Listing:
            listing = store.list_flows(tx, page, connection_id=wanted)
            for row in listing.rows:
                row["released"] = row["released_at"] is not None
            return listing

        desk.listing(fetch, _COLUMNS, limit=limit, as_json=as_json)


@group.command("set")
def set_(  # noqa: PLR0913 - one parameter per option
    ctx: typer.Context,
    connection: Annotated[str, typer.Argument(help="连接 / Connection")],
    entity: Annotated[str, typer.Argument(help="主数据 / Entity")],
    *,
    pull: Annotated[bool | None, typer.Option(help="拉取 / Pull")] = None,
    push: Annotated[bool | None, typer.Option(help="推送 / Push")] = None,
    create: Annotated[bool | None, typer.Option(help="推送时新建 / Create there")] = None,
    master: Annotated[bool | None, typer.Option(help="首次对接以此为准 / Master at first contact")] = None,
    every: Annotated[int | None, typer.Option(help="拉取间隔秒数 / Seconds between pulls")] = None,
    reread: Annotated[
        int | None, typer.Option(help="未结单据多少秒内重读一次，0 为不重读 / Re-read open documents within seconds")
    ] = None,
    stage: Annotated[str | None, typer.Option(help="目标阶段 / Stage that pushed documents are taken to")] = None,
    deletes: Annotated[str | None, typer.Option(help="删除策略 ignore、unbind、disable / Delete policy")] = None,
    where: Annotated[
        str | None, typer.Option("--filter", help='条件 JSON，如 [{"field": "currency", "op": "eq", "value": "CNY"}]')
    ] = None,
    owner: Annotated[
        list[str] | None, typer.Option("--owner", help="阶段归属 阶段=连接 / Owner of a stage: stage=connection")
    ] = None,
    needs_approval: Annotated[
        bool | None, typer.Option(help="审批通过后才新建 / Created there only once approved")
    ] = None,
    approval_when: Annotated[
        str | None, typer.Option(help="哪些需要审批，条件 JSON / Which need it: conditions as JSON")
    ] = None,
    mode: ModeOption = "future",
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """修改同步流；谁说了算变了时，--mode 决定已有的差异怎么办 / Change a flow; --mode says what becomes of present differences"""
    desk = desk_of(ctx)
    given: dict[str, Any] = {
        "pull": pull,
        "push": push,
        "create": create,
        "master": master,
        "every_s": every,
        "reread_s": reread,
        "wanted_stage": stage,
        "delete_policy": deletes,
        "filter": _conditions(where, "--filter"),
        "needs_approval": needs_approval,
        "approval_when": _conditions(approval_when, "--approval-when"),
        "authority": pairs(owner, "--owner") or None,
    }
    change = flows.parse_change({name: value for name, value in given.items() if value is not None})
    flow_id = flow_id_of(desk.hub, connection, entity)
    found = authority.preview_change(desk.hub, flow_id, change, cast(Mode, mode))
    if (found.lines or dry_run) and not as_json:
        show_plan(desk, found)
    if dry_run:
        if as_json:
            desk.json(found.as_json())
        return
    if mode != "future":
        desk.confirm("将按以上条数标记。", "These records will be marked.", yes=yes)
    authority.change_flow(desk.hub, flow_id, change, cast(Mode, mode), who=desk.who)
    with desk.hub.db.read() as tx:
        row = flows.known_flow(tx, flow_id)
    shown = [
        *_COLUMNS,
        *columns(reread_s="重读 / Re-read", wanted_stage="目标阶段 / Stage", approval="审批 / Approval"),
    ]
    gate = (row["approval_when"] or row["needs_approval"]) if row["needs_approval"] else None
    desk.rows([row | {"released": row["released_at"] is not None, "approval": gate}], shown, as_json=as_json)


def _conditions(text: str | None, option: str) -> Any:
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        raise BadInput(f"{option} 不是 JSON：{text[:80]}", f"{option} is not JSON: {text[:80]}", field=option) from None
