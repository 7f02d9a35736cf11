"""Alerts: what was told to whom, and the rules that say so."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import Field

from hub.alerts import rules
from hub.alerts.again import send_again
from hub.alerts.hours import load_calendar, save_calendar
from hub.alerts.overdue import overdue_events
from hub.api.auth import Admin, Anyone, Hub
from hub.api.shapes import Done, Paged, PageOf, Shape, example, page, slice_of
from hub.store import alertlog as store

router = APIRouter(tags=["提醒 / alerts"])

_RULE = {
    "name": "big-order",
    "note": "大额订单告诉业务员",
    "enabled": True,
    "event": "order.created",
    "when": [{"field": "total", "op": "gt", "value": "100000"}],
    "to": ["owner"],
    "channel": {"connection": "", "kind": "card", "mention": False},
    "template": {"title": "大额订单", "body": "{{ record.number }} {{ record.total }}", "url": "{{ link }}"},
}


class AlertRow(Shape):
    model_config = example(
        id=3,
        rule="overdue",
        record_id=77,
        employee_id=812,
        connection="wecom",
        channel="app",
        title="应收逾期",
        body="杭州西湖商贸有限公司 逾期 12,000.00 元",
        url="",
        state="delivered",
        created_at="2026-11-21T01:00:00Z",
        sent_at="2026-11-21T01:00:02Z",
        receipt={"id": "m1"},
        acknowledged_at="2026-11-21T01:05:00Z",
        acknowledged_by="WangWei",
    )

    id: int = Field(title="编号 / Id")
    rule: str = Field(title="规则 / Rule")
    record_id: int | None = Field(None, title="相关记录 / Record it is about")
    employee_id: int | None = Field(None, title="收件员工 / Employee it went to")
    connection: str | None = Field(None, title="连接 / Connection")
    channel: str = Field(title="渠道 / Channel")
    title: str = Field(title="标题 / Title")
    body: str = Field(title="内容 / Text")
    url: str = Field("", title="链接 / Link")
    state: str = Field(title="状态 / State: due, sending, delivered, refused, unknown")
    created_at: datetime = Field(title="产生 / Made at")
    sent_at: datetime | None = Field(None, title="发出 / Sent at")
    receipt: dict[str, Any] = Field(default_factory=dict, title="回执 / Receipt")
    acknowledged_at: datetime | None = Field(None, title="知道了的时间 / Acknowledged at")
    acknowledged_by: str = Field("", title="知道了的成员账号 / Member who acknowledged it")


@router.get("/alerts", summary="提醒列表 / List alerts")
def list_alerts(hub: Hub, caller: Anyone, request: Paged, rule: str = "", state: str = "") -> PageOf[AlertRow]:
    """Newest first. Salespeople see their own and those about their customers."""
    with hub.db.read() as tx:
        return page(AlertRow, store.list_alerts(tx, caller.scope(), request, rule=rule, state=state))


@router.post("/alerts/{alert_id}/send-again", summary="重发 / Send again")
def send_one_again(alert_id: int, hub: Hub, caller: Admin) -> Done:
    """One that was refused, or whose fate is unknown: ask the person first, it may have arrived."""
    send_again(hub.db, alert_id, who=caller.name, now=hub.now())
    return Done()


class Found(Shape):
    model_config = example(events=3)

    events: int = Field(title="新的事件 / New events")


@router.post("/alerts/overdue", summary="立即检查逾期 / Look for overdue receivables now")
def look_for_overdue(hub: Hub, _: Admin) -> Found:
    """The scheduler does the same by itself, from a local hour on. Each instalment and step is told once, however often."""
    now = hub.now()
    return Found(events=overdue_events(hub.db, hub.local_day(now), now))


class Days(Shape):
    model_config = example(days={"2027-02-08": "off", "2027-02-20": "work"})

    days: dict[str, str | None] = Field(title="与内置放假安排不同的日子 / Days that differ from the built-in table")


@router.get("/alerts/calendar", summary="工作日历 / Working days")
def show_calendar(hub: Hub, _: Admin) -> Days:
    """Days that admins set; all others follow the official table, or Monday to Friday where it is not published yet."""
    with hub.db.read() as tx:
        own = load_calendar(tx).own
    return Days(days={day.isoformat(): "work" if works else "off" for day, works in sorted(own.items())})


@router.put("/alerts/calendar", summary="修改工作日历 / Change working days")
def change_calendar(body: Days, hub: Hub, caller: Admin) -> Days:
    """`off` or `work` for each day; null takes a day out of the table. Days that are not named stay."""
    return Days(days=dict(save_calendar(hub.db, body.days, who=caller.name, now=hub.now())))


class RuleRow(Shape):
    model_config = example(**_RULE)

    name: str = Field(title="名称 / Name")
    note: str = Field("", title="说明 / Note")
    enabled: bool = Field(title="启用 / Enabled")
    event: str = Field(title="事件 / Event")
    changed: list[str] = Field(default_factory=list, title="变更字段 / Changed fields")
    days: list[int] = Field(default_factory=list, title="天数 / Days")
    when: list[dict[str, Any]] = Field(default_factory=list, title="条件 / Conditions")
    to: list[Any] = Field(title="收件人 / To")
    channel: dict[str, Any] = Field(title="渠道 / Channel")
    template: dict[str, str] = Field(title="模板 / Template")
    dedupe: str = Field("", title="去重键 / Dedupe key")
    quiet: Any = Field(None, title="免打扰 / Quiet hours")
    working_days: bool = Field(False, title="只在工作日 / Working days only")


RuleBody = Annotated[dict[str, Any], Body(title="规则 / Rule", examples=[_RULE])]


@router.get("/alert-rules", summary="提醒规则列表 / List alert rules")
def list_rules(hub: Hub, _: Admin, request: Paged) -> PageOf[RuleRow]:
    """By name."""
    return slice_of(RuleRow, [_shown(rule) for rule in rules.list_rules(hub.db)], request)


@router.get("/alert-rules/{name}", summary="一条规则 / One rule")
def show_rule(name: str, hub: Hub, _: Admin) -> RuleRow:
    """Whole."""
    return RuleRow.model_validate(_shown(rules.show_rule(hub.db, name)))


@router.put("/alert-rules/{name}", summary="保存规则 / Save a rule")
def save_rule(name: str, body: RuleBody, hub: Hub, caller: Admin) -> RuleRow:
    """Adds it, or replaces the one of that name; every wrong field is named."""
    rule = rules.parse_rule({**body, "name": name})
    rules.save_rule(hub.db, rule, caller.name, hub.now())
    return RuleRow.model_validate(_shown(rule))


@router.post("/alert-rules/{name}/check", summary="检查规则 / Check a rule")
def check_rule(name: str, body: RuleBody, _: Admin) -> RuleRow:
    """The same checks; nothing is kept."""
    return RuleRow.model_validate(_shown(rules.parse_rule({**body, "name": name})))


@router.delete("/alert-rules/{name}", summary="删除规则 / Delete a rule")
def delete_rule(name: str, hub: Hub, caller: Admin) -> Done:
    """Alerts that it made stay."""
    rules.delete_rule(hub.db, name, caller.name, hub.now())
    return Done()


def _shown(rule: rules.Rule) -> dict[str, Any]:
    return rule.model_dump(mode="json")
