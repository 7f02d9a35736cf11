"""Alerts: what was told to whom."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from hub.api.auth import Anyone, Hub
from hub.api.shapes import Paged, PageOf, Shape, example, page
from hub.store import alertlog as store

router = APIRouter(tags=["提醒 / alerts"])


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


@router.get("/alerts", summary="提醒列表 / List alerts")
def list_alerts(hub: Hub, caller: Anyone, request: Paged, rule: str = "", state: str = "") -> PageOf[AlertRow]:
    """Newest first. Salespeople see their own and those about their customers."""
    with hub.db.read() as tx:
        return page(AlertRow, store.list_alerts(tx, caller.scope(), request, rule=rule, state=state))
