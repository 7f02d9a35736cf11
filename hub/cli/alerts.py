"""hub alerts: what was told to whom, and the rules that say so."""

from pathlib import Path
from typing import Annotated

import typer

from hub.alerts import rules
from hub.alerts.again import send_again
from hub.alerts.hours import load_calendar, save_calendar
from hub.alerts.overdue import overdue_events
from hub.cli.desk import AsJson, Limit, columns, desk_of, known_word, pairs
from hub.errors import BadInput, Text
from hub.store import alertlog as store
from hub.store.paging import Listing, PageRequest
from hub.store.scope import EVERYTHING

group = typer.Typer(help="提醒 / Alerts", no_args_is_help=True)
rule_group = typer.Typer(help="提醒规则 / Alert rules", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="规则名 / Name of the rule")]
File = Annotated[Path, typer.Argument(help="规则文件 / File of rules")]

#: States of an alert as people read them.
_STATES = {
    "due": Text("待发", "due"),
    "sending": Text("正在发", "sending"),
    "delivered": Text("已送达", "delivered"),
    "refused": Text("未发出", "refused"),
    "unknown": Text("结果不明", "unknown"),
}
_COLUMNS = columns(
    id="编号 / Id",
    created_at="产生 / Made",
    rule="规则 / Rule",
    connection="连接 / Connection",
    title="标题 / Title",
    state="状态 / State",
    acknowledged_at="知道了 / Acknowledged",
    receipt="回执 / Receipt",
)
_RULES = columns(
    name="规则 / Rule",
    enabled="启用 / Enabled",
    event="事件 / Event",
    to="收件人 / To",
    days="天数 / Days",
    note="说明 / Note",
)


def register(app: typer.Typer) -> None:
    group.add_typer(rule_group, name="rules")
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
    known_word("--state", state, _STATES)
    with desk.hub.db.read() as tx:

        def fetch(page: PageRequest) -> Listing:
            listing = store.list_alerts(tx, EVERYTHING, page, rule=rule, state=state)
            if not as_json:
                listing.rows[:] = [row | {"state": desk.text(_STATES[row["state"]])} for row in listing.rows]
            return listing

        desk.listing(fetch, _COLUMNS, limit=limit, as_json=as_json)


@group.command("again")
def again(ctx: typer.Context, alert: Annotated[int, typer.Argument(help="提醒编号 / Id of the alert")]) -> None:
    """重发被拒绝或结果不明的提醒 / Send an alert again that was refused or is unknown"""
    desk = desk_of(ctx)
    send_again(desk.hub.db, alert, who=desk.who, now=desk.hub.now())
    desk.say(f"提醒 {alert} 将重新发送", f"Alert {alert} will be sent again")


@group.command("run")
def run(ctx: typer.Context) -> None:
    """立即检查逾期与即将到期的应收，不等调度 / Look for receivables that are due or overdue now"""
    desk = desk_of(ctx)
    now = desk.hub.now()
    found = overdue_events(desk.hub.db, desk.hub.local_day(now), now)
    desk.say(f"{found} 个新的逾期事件", f"{found} new event(s)")


@group.command("calendar")
def calendar(
    ctx: typer.Context,
    days: Annotated[list[str] | None, typer.Argument(help="日期=off|work|none / DAY=off|work|none")] = None,
    as_json: AsJson = False,
) -> None:
    """放假与调休：查看或修改 / Days off and make-up days: show or change"""
    desk = desk_of(ctx)
    given = {day: None if kind == "none" else kind for day, kind in pairs(days, "DAY").items()}
    if given:
        save_calendar(desk.hub.db, given, who=desk.who, now=desk.hub.now())
    with desk.hub.db.read() as tx:
        own = load_calendar(tx).own
    rows = [{"day": day.isoformat(), "kind": "work" if works else "off"} for day, works in sorted(own.items())]
    desk.rows(rows, columns(day="日期 / Day", kind="off 休息，work 上班 / Off or work"), as_json=as_json)


@rule_group.command("list")
def list_rules(ctx: typer.Context, as_json: AsJson = False) -> None:
    """规则列表 / List rules"""
    desk = desk_of(ctx)
    desk.rows([rule.model_dump(mode="json") for rule in rules.list_rules(desk.hub.db)], _RULES, as_json=as_json)


@rule_group.command("export")
def export(ctx: typer.Context) -> None:
    """把全部规则导出为 YAML / Print all rules as YAML"""
    typer.echo(rules.dump_rules(rules.list_rules(desk_of(ctx).hub.db)), nl=False)


@rule_group.command("check")
def check(ctx: typer.Context, file: File) -> None:
    """检查规则文件 / Check a file of rules"""
    found = _read(file)
    desk_of(ctx).say(f"{len(found)} 条规则可用", f"{len(found)} rule(s) are fine")


@rule_group.command("apply")
def apply(ctx: typer.Context, file: File) -> None:
    """保存文件里的全部规则，同名的替换 / Save all rules of a file; those of the same name are replaced"""
    desk, found = desk_of(ctx), _read(file)
    rules.save_rules(desk.hub.db, found, desk.who, desk.hub.now())
    desk.say(f"已保存 {len(found)} 条规则", f"Saved {len(found)} rule(s)")


@rule_group.command("enable")
def enable(ctx: typer.Context, name: Name) -> None:
    """启用规则 / Switch a rule on"""
    desk = desk_of(ctx)
    rules.set_enabled(desk.hub.db, name, True, who=desk.who, now=desk.hub.now())


@rule_group.command("disable")
def disable(ctx: typer.Context, name: Name) -> None:
    """停用规则 / Switch a rule off"""
    desk = desk_of(ctx)
    rules.set_enabled(desk.hub.db, name, False, who=desk.who, now=desk.hub.now())


@rule_group.command("delete")
def delete(
    ctx: typer.Context, name: Name, yes: Annotated[bool, typer.Option("--yes", help="不再询问 / Do not ask")] = False
) -> None:
    """删除规则，已产生的提醒保留 / Delete a rule; alerts that it made stay"""
    desk = desk_of(ctx)
    desk.confirm(f"将删除规则 {name}。", f"Rule {name} will be deleted.", yes=yes)
    rules.delete_rule(desk.hub.db, name, desk.who, desk.hub.now())


def _read(file: Path) -> list[rules.Rule]:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"无法读取 {file}：{error}", f"cannot read {file}: {error}", field="file") from None
    return rules.load_rules(text, source=str(file))
