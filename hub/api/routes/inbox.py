"""The inbox: what waits for a person, and what the person decides."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field

from hub.api.auth import Admin, Hub, Office
from hub.api.shapes import Done, Order, Paged, PageOf, Shape, example, order_example, page
from hub.errors import NotFound
from hub.setup.known import known_connection
from hub.store import inbox as store

router = APIRouter(tags=["待处理 / inbox"])


class InboxRow(Shape):
    model_config = example(
        id=12,
        kind="conflict",
        entity="customer",
        record_id=5,
        record_title="杭州西湖商贸有限公司",
        connection_id=1,
        connection="erp",
        field="address",
        state="open",
        revision=2,
        count=2,
        zh="地址两边都改了",
        en="Both sides changed the address",
        opened_at="2026-11-21T09:00:00Z",
        refreshed_at="2026-11-21T09:05:00Z",
        data={"golden": "文三路 1 号", "remote": "文三路 2 号"},
    )

    id: int = Field(title="编号 / Id")
    kind: str = Field(title="种类 / Kind")
    entity: str = Field(title="主数据 / Entity")
    record_id: int | None = Field(None, title="记录编号 / Record id")
    record_title: str | None = Field(None, title="记录 / Record")
    connection_id: int | None = Field(None, title="连接编号 / Connection id")
    connection: str | None = Field(None, title="连接 / Connection")
    field: str = Field("", title="字段 / Field")
    state: str = Field(title="状态 / State")
    revision: int = Field(title="版本，处理时一并给出 / Revision, to be given when resolving")
    count: int = Field(title="次数 / Times seen")
    zh: str = Field(title="中文说明 / Message in Chinese")
    en: str = Field(title="英文说明 / Message in English")
    opened_at: datetime = Field(title="出现 / Opened")
    refreshed_at: datetime = Field(title="更新 / Refreshed")
    data: dict[str, Any] = Field(title="证据 / Evidence")
    resolution: dict[str, Any] | None = Field(None, title="处理 / Resolution")
    resolved_by: str = Field("", title="处理人 / Resolved by")
    resolved_at: datetime | None = Field(None, title="处理时间 / Resolved at")


class Resolution(Order):
    """conflict: golden, remote, value · possible_duplicate: link, separate · others: replay, dismiss, found."""

    model_config = order_example(choice="golden", revision=2, value=None, reason="以主数据为准")

    choice: str = Field(title="选择 / Choice", max_length=40)
    revision: int = Field(title="看到的版本 / The revision that was shown")
    value: Any = Field(None, title="给定的值 / The value, for choice `value`")
    reason: str = Field("", title="理由 / Reason", max_length=500)


class BulkResolution(Order):
    model_config = order_example(kind="conflict", entity="customer", connection="erp", choice="golden", field="address")

    kind: str = Field(title="种类 / Kind", max_length=40)
    entity: str = Field(title="主数据 / Entity", max_length=40)
    connection: str = Field(title="连接 / Connection", max_length=80)
    choice: str = Field(title="选择 / Choice", max_length=40)
    field: str | None = Field(None, title="字段 / Field")


class Counted(Shape):
    model_config = example(count=17)

    count: int = Field(title="条数 / How many")


def inbox_filter(
    hub: Hub,
    *,
    state: str = "open",
    kind: str = "",
    entity: str = "",
    field: str = "",
    connection: str = "",
    record: int | None = None,
) -> store.InboxFilter:
    """Dependency: the filters of the address; state "" = any."""
    wanted = None
    if connection:
        with hub.db.read() as tx:
            wanted = known_connection(tx, connection)["id"]
    return store.InboxFilter(state, kind, entity, field, wanted, record)


@router.get("/inbox", summary="待处理列表 / List the inbox")
def list_items(
    hub: Hub, _: Office, request: Paged, wanted: Annotated[store.InboxFilter, Depends(inbox_filter)]
) -> PageOf[InboxRow]:
    """Newest first; only what is open unless `state` says otherwise."""
    with hub.db.read() as tx:
        return page(InboxRow, store.list_items(tx, wanted, request))


@router.post("/inbox/resolve", summary="批量处理 / Resolve many")
def resolve_many(order: BulkResolution, hub: Hub, caller: Admin) -> Counted:
    """All open items of one kind at one connection and entity, with the same choice."""
    with hub.db.read() as tx:
        wanted = known_connection(tx, order.connection)["id"]
    count = hub.engine.resolve_many(
        kind=order.kind,
        entity=order.entity,
        connection_id=wanted,
        choice=order.choice,
        who=caller.name,
        field=order.field,
    )
    return Counted(count=count)


@router.get("/inbox/{item_id}", summary="一条待处理 / One item")
def show(item_id: int, hub: Hub, _: Office) -> InboxRow:
    """With its evidence and revision."""
    return InboxRow.model_validate(_known(hub, item_id))


@router.post("/inbox/{item_id}/resolve", summary="处理 / Resolve")
def resolve(item_id: int, order: Resolution, hub: Hub, caller: Admin) -> InboxRow:
    """Refused when the item changed since the revision that was shown."""
    _known(hub, item_id)
    given = {"choice": order.choice, "revision": order.revision, "value": order.value, "reason": order.reason}
    hub.engine.resolve(item_id, who=caller.name, **given)
    return InboxRow.model_validate(_known(hub, item_id))


@router.post("/inbox/{item_id}/replay", summary="重试 / Replay")
def replay(item_id: int, hub: Hub, caller: Admin) -> Done:
    """Tries the record again with fresh attempts."""
    _known(hub, item_id)
    hub.engine.replay(item_id, who=caller.name)
    return Done()


def _known(hub: Hub, item_id: int) -> dict[str, Any]:
    with hub.db.read() as tx:
        row = store.show_item(tx, item_id)
    if row is None:
        raise NotFound(f"没有待处理 {item_id}", f"There is no inbox item {item_id}", field="item", value=str(item_id))
    return row
