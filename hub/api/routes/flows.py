"""Flows: what moves for one entity at one connection, and first contact."""

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import Field

from hub.api.auth import Admin, Hub, Office
from hub.api.effects import Activation
from hub.api.shapes import Order, Paged, PageOf, Shape, example, order_example, page
from hub.setup import authority, flows, steering
from hub.setup.known import known_connection
from hub.store import flows as store

router = APIRouter(tags=["同步流 / flows"])


class FlowRow(Shape):
    model_config = example(
        id=4,
        connection_id=1,
        connection="erp",
        system="kingdee",
        entity="order",
        pull=True,
        push=True,
        create=True,
        master=False,
        every_s=60,
        sweep_s=86400,
        reread_s=3600,
        freshness_s=30,
        wanted_stage="saved",
        delete_policy="ignore",
        filter=[{"field": "region.province", "op": "eq", "value": "浙江省"}],
        authority={"audited": "erp"},
        released_at="2026-11-21T09:00:00Z",
    )

    id: int = Field(title="编号 / Id")
    connection_id: int = Field(title="连接编号 / Connection id")
    connection: str = Field(title="连接 / Connection")
    system: str = Field(title="系统 / System")
    entity: str = Field(title="主数据 / Entity")
    pull: bool = Field(title="拉取 / Pull")
    push: bool = Field(title="推送 / Push")
    create: bool = Field(title="推送时新建 / Create there")
    master: bool = Field(title="首次对接以此为准 / Master at first contact")
    every_s: int = Field(title="拉取间隔（秒） / Seconds between pulls")
    sweep_s: int = Field(title="全量核对间隔（秒） / Seconds between sweeps")
    reread_s: int = Field(title="未结单据重读周期（秒） / Open documents are re-read within seconds; 0 = never")
    freshness_s: int = Field(title="写前可信的读取年龄（秒） / Age of a read that a write may rely on, seconds")
    wanted_stage: str = Field(title="推送到的单据阶段 / Stage that pushed documents are taken to")
    delete_policy: str = Field(title="删除策略 / Delete policy")
    filter: list[dict[str, Any]] = Field(title="需要哪些记录 / Which records are wanted here")
    authority: dict[str, str] = Field(title="各阶段归属 / Owner by stage")
    needs_approval: bool = Field(False, title="审批通过后才新建 / Created there only once approved")
    approval_when: list[Any] | None = Field(None, title="哪些需要审批 / Which need it; empty = all")
    first_pull_at: datetime | None = Field(None, title="首次全量完成 / First full pull at")
    released_at: datetime | None = Field(None, title="放行时间 / Pushing is open since")
    next_pull_at: datetime | None = Field(None, title="下次拉取 / Next pull at")
    pulled_at: datetime | None = Field(None, title="上次拉取 / Last pull at")


class Released(Shape):
    model_config = example(due=12, wanted=340)

    due: int = Field(title="有差异、将推送 / Linked records that differ and will be sent")
    wanted: int = Field(title="将新建 / Records that will be created there")


Mode = Literal["future", "pull", "push"]


class FlowPlan(Order):
    """A change of a flow, to be counted before it is made."""

    model_config = order_example(change={"master": True}, mode="pull")

    change: flows.FlowChange = Field(title="修改 / Change")
    mode: Mode = Field("future", title="方式 / Mode: future, pull, push")


@router.get("/flows", summary="同步流列表 / List flows")
def list_flows(hub: Hub, _: Office, request: Paged, connection: str = "", entity: str = "") -> PageOf[FlowRow]:
    """Oldest first."""
    with hub.db.read() as tx:
        wanted = known_connection(tx, connection)["id"] if connection else None
        return page(FlowRow, store.list_flows(tx, request, connection_id=wanted, entity=entity))


@router.get("/flows/{flow_id}", summary="一个同步流 / One flow")
def show(flow_id: int, hub: Hub, _: Office) -> FlowRow:
    """Its settings and when it last ran."""
    with hub.db.read() as tx:
        return FlowRow.model_validate(flows.known_flow(tx, flow_id))


@router.patch("/flows/{flow_id}", summary="修改同步流 / Change a flow")
def change(flow_id: int, order: flows.FlowChange, hub: Hub, caller: Admin, mode: Mode = "future") -> FlowRow:
    """Two connections that create the same kind of document need filters that exclude each other. A change of whose word counts
    marks nothing due by itself: `mode` pull reads the differing values in, push sends them out; count them with /plan first."""
    authority.change_flow(hub, flow_id, order, mode, who=caller.name)
    return show(flow_id, hub, caller)


@router.post("/flows/{flow_id}/plan", summary="修改预览 / Preview a change")
def plan(flow_id: int, order: FlowPlan, hub: Hub, _: Admin) -> Activation:
    """How many records differ where another side will count, by field and with both values; nothing is written."""
    return Activation.model_validate(authority.preview_change(hub, flow_id, order.change, order.mode).as_json())


@router.post("/flows/{flow_id}/release", summary="放行推送 / Release pushing")
def release(flow_id: int, hub: Hub, caller: Admin) -> Released:
    """Opens pushing after first contact; refused until the first full pull has balanced."""
    return Released.model_validate(steering.release(hub, hub.engine, flow_id, who=caller.name))
