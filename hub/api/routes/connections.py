"""Systems on offer, and connections: list, add, test, change, pause, resume, delete."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from hub.api.auth import Admin, Hub, Office
from hub.api.shapes import Done, Order, Paged, PageOf, Shape, example, order_example, page
from hub.setup import connections, steering
from hub.setup.known import connector_of
from hub.store import connections as store

router = APIRouter(tags=["连接 / connections"])

_ROW = {
    "id": 1,
    "name": "erp",
    "system": "kingdee",
    "state": "paused",
    "reason": {"error": "CredentialsRejected", "zh": "应用密钥不对", "en": "The application secret is wrong"},
    "failures": 1,
    "events": {"how": "stream", "state": "ok", "since": "2026-11-21T08:00:00+00:00"},
    "options": {"parallel": 4},
    "created_at": "2026-11-21T08:00:00Z",
}


class System(Shape):
    """A system that a connection can be made to."""

    model_config = example(
        system="kingdee",
        name={"zh": "金蝶云星空", "en": "Kingdee Cloud Galaxy"},
        kind=["erp"],
        vendor_docs="https://openapi.open.kingdee.com/ApiDoc",
        wire_version="WebAPI 8.2",
        entities={"customer": {"object": "BD_Customer", "can": ["pull", "read", "create", "update"]}},
        messages=[],
        callbacks=False,
        form=[
            {
                "name": "app_secret",
                "title": {"zh": "应用密钥", "en": "Application secret"},
                "help": {"zh": "", "en": ""},
                "type": "secret",
                "required": True,
                "default": None,
                "choices": [],
            }
        ],
    )

    system: str = Field(title="系统 / System")
    name: dict[str, str] = Field(title="名称 / Name")
    kind: list[str] = Field(title="种类 / Kind")
    vendor_docs: str = Field(title="厂商文档 / Vendor documentation")
    wire_version: str = Field(title="接口版本 / Interface version")
    entities: dict[str, dict[str, Any]] = Field(title="各主数据的能力 / Capabilities by entity")
    messages: list[str] = Field(title="可发的消息 / Message channels")
    callbacks: bool = Field(title="是否推送 / Whether it pushes webhooks")
    form: list[dict[str, Any]] = Field(title="设置表单 / Settings form")


class ConnectionRow(Shape):
    model_config = example(**_ROW)

    id: int = Field(title="编号 / Id")
    name: str = Field(title="名称 / Name")
    system: str = Field(title="系统 / System")
    state: str = Field(title="状态 / State: active, paused")
    reason: dict[str, Any] | None = Field(None, title="暂停原因 / Why it is paused")
    failures: int = Field(0, title="连续失败 / Failures in a row")
    resume_at: datetime | None = Field(None, title="自动恢复时间 / Resumes at")
    events: dict[str, Any] | None = Field(None, title="事件接收情况 / How the vendor's events arrive")
    options: dict[str, Any] = Field(title="选项 / Options")
    created_at: datetime = Field(title="创建时间 / Made at")


class ConnectionDetail(ConnectionRow):
    """Settings come masked: a secret that is set shows as ***."""

    model_config = example(**_ROW, settings={"server_url": "https://erp.example.com/K3Cloud/", "app_secret": "***"})

    settings: dict[str, Any] = Field(title="设置 / Settings")


class NewConnection(Order):
    model_config = order_example(
        name="erp",
        system="kingdee",
        settings={"server_url": "https://erp.example.com/K3Cloud/", "acct_id": "1001", "app_secret": "…"},
        options={"parallel": 4},
    )

    name: str = Field(title="名称 / Name", max_length=80)
    system: str = Field(title="系统 / System", max_length=80)
    settings: dict[str, Any] = Field(title="设置 / Settings")
    options: dict[str, Any] = Field(default_factory=dict, title="选项 / Options")


class ConnectionChange(Order):
    model_config = order_example(settings={"app_secret": "…"}, options={"parallel": 2})

    settings: dict[str, Any] = Field(default_factory=dict, title="要改的设置 / Settings to change")
    options: dict[str, Any] = Field(default_factory=dict, title="要改的选项 / Options to change; null removes one")


class Pause(Order):
    model_config = order_example(reason="月末结账 / month-end closing")

    reason: str = Field("", title="原因 / Reason", max_length=200)


class Tested(Shape):
    model_config = example(ok=True, facts={"account": "演示账套"}, error=None, resumed=False)

    ok: bool = Field(title="成功 / Worked")
    facts: dict[str, str] = Field(title="账号信息 / Facts")
    error: dict[str, Any] | None = Field(None, title="错误 / Error")
    resumed: bool = Field(False, title="已恢复 / It had been stopped by trouble and goes on now")


@router.get("/systems", summary="可连接的系统 / Systems on offer")
def systems(hub: Hub, _: Admin) -> list[System]:
    """What can be connected, with the settings form and capabilities of each."""
    found = sorted(hub.connectors.values(), key=lambda connector: connector.system)
    return [System.model_validate(connections.describe_system(connector)) for connector in found]


@router.get("/systems/{system}", summary="一个系统 / One system")
def show_system(system: str, hub: Hub, _: Admin) -> System:
    """Its settings form and capabilities."""
    return System.model_validate(connections.describe_system(connector_of(hub, system)))


@router.get("/connections", summary="连接列表 / List connections")
def list_connections(hub: Hub, _: Office, request: Paged, system: str = "", state: str = "") -> PageOf[ConnectionRow]:
    """Oldest first."""
    with hub.db.read() as tx:
        return page(ConnectionRow, store.list_connections(tx, request, system=system, state=state))


@router.post("/connections", summary="添加连接 / Add a connection", status_code=201)
def add(order: NewConnection, hub: Hub, caller: Admin) -> ConnectionDetail:
    """Settings are checked and sealed; flows are made for every entity, with pushing closed until it is released."""
    new = connections.NewConnection(order.name, order.system, order.settings, order.options)
    connections.add_connection(hub, new, who=caller.name)
    return _detail(hub, order.name)


@router.get("/connections/{name}", summary="一个连接 / One connection")
def show(name: str, hub: Hub, _: Admin) -> ConnectionDetail:
    """By name or id, with masked settings."""
    return _detail(hub, name)


@router.patch("/connections/{name}", summary="修改连接 / Change a connection")
def change(name: str, order: ConnectionChange, hub: Hub, caller: Admin) -> ConnectionDetail:
    """A secret sent back as *** keeps its value."""
    if order.settings:
        connections.change_settings(hub, name, order.settings, who=caller.name)
    if order.options:
        connections.change_options(hub, name, order.options, who=caller.name)
    return _detail(hub, name)


@router.delete("/connections/{name}", summary="删除连接 / Delete a connection")
def delete(name: str, hub: Hub, caller: Admin) -> Done:
    """Only while no record is bound to it; a used one is paused instead."""
    connections.delete(hub, name, who=caller.name)
    return Done()


@router.post("/connections/{name}/test", summary="测试连接 / Test a connection")
def test(name: str, hub: Hub, caller: Admin) -> Tested:
    """Asks the vendor with the stored credentials; a failure is part of the answer. A connection that trouble had stopped goes on
    when the answer is good."""
    found = steering.test(hub, hub.engine, hub.clients, name, who=caller.name)
    return Tested.model_validate(found.as_json())


@router.post("/connections/{name}/pause", summary="暂停连接 / Pause a connection")
def pause(name: str, order: Pause, hub: Hub, caller: Admin) -> Done:
    """Nothing is pulled or pushed until it is resumed; webhooks are still kept."""
    steering.pause(hub, hub.engine, name, reason=order.reason, who=caller.name)
    return Done()


@router.post("/connections/{name}/resume", summary="恢复连接 / Resume a connection")
def resume(name: str, hub: Hub, caller: Admin) -> Done:
    """It pulls to the present before it pushes."""
    steering.resume(hub, hub.engine, name, who=caller.name)
    return Done()


def _detail(hub: Hub, name: str) -> ConnectionDetail:
    return ConnectionDetail.model_validate(connections.show(hub, name))
