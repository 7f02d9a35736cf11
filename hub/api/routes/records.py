"""Golden records: list, search, one record with its bindings, history, all about one customer, an edit by a person."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field

from hub.api.auth import Admin, Anyone, Hub
from hub.api.shapes import Made, Order, Paged, PageOf, Shape, example, order_example, page
from hub.errors import NotFound
from hub.setup import steering
from hub.setup.accounts import Caller
from hub.store import records as store
from hub.store.paging import PageRequest

router = APIRouter(tags=["主数据 / records"])

_ROW = {
    "id": 5,
    "entity": "customer",
    "title": "杭州西湖商贸有限公司",
    "number": "C0005",
    "state": "live",
    "version": 3,
    "owner_id": 812,
    "customer_id": None,
    "updated_at": "2026-11-21T09:00:00Z",
}
_BINDING = {
    "id": 40,
    "connection_id": 1,
    "connection": "erp",
    "external_id": "100231",
    "number": "C0005",
    "role": "primary",
    "state": "linked",
    "stage_seen": "audited",
    "stage_wanted": "audited",
    "attempts": 0,
    "held": ["address"],
    "updated_at": "2026-11-21T09:00:00Z",
}
#: What a customer's page shows of each kind.
ABOUT = ("contact", "order", "receivable", "receipt")
ABOUT_ROWS = 20


class RecordRow(Shape):
    model_config = example(**_ROW)

    id: int = Field(title="编号 / Id")
    entity: str = Field(title="主数据 / Entity")
    title: str = Field(title="名称 / Title")
    number: str = Field(title="编码 / Number")
    state: str = Field(title="状态 / State")
    version: int = Field(title="版本 / Version")
    owner_id: int | None = Field(None, title="负责人记录 / Owner's record")
    customer_id: int | None = Field(None, title="客户记录 / Customer's record")
    updated_at: datetime = Field(title="更新时间 / Updated at")


class BindingRow(Shape):
    model_config = example(**_BINDING)

    id: int = Field(title="编号 / Id")
    connection_id: int = Field(title="连接编号 / Connection id")
    connection: str = Field(title="连接 / Connection")
    external_id: str = Field(title="对方编号 / Id there; empty = not there yet")
    number: str = Field(title="对方编码 / Number there")
    role: str = Field(title="角色 / Role: primary, alias")
    state: str = Field(title="状态 / State")
    stage_seen: str = Field("", title="所见阶段 / Stage seen")
    stage_wanted: str = Field("", title="目标阶段 / Stage wanted")
    due_at: datetime | None = Field(None, title="待推送自 / Due since")
    read_at: datetime | None = Field(None, title="上次读取 / Last read at")
    attempts: int = Field(0, title="已试次数 / Attempts")
    waiting_for: int | None = Field(None, title="等待的记录 / Record it waits for")
    held: list[str] = Field(default_factory=list, title="被冲突挂起的字段 / Fields held by a conflict")


class RecordDetail(RecordRow):
    model_config = example(
        **_ROW,
        data={"name": "杭州西湖商贸有限公司", "number": "C0005", "owner": 812},
        origin={"name": 1},
        titles={"812": "王丽"},
        bindings=[_BINDING],
        created_at="2026-11-01T09:00:00Z",
    )

    data: dict[str, Any] = Field(title="数据 / Golden data")
    origin: dict[str, Any] = Field(title="各字段来源连接 / Connection that gave each field; 0 = a person")
    titles: dict[str, str] = Field(title="引用记录的名称 / Titles of the records referred to")
    bindings: list[BindingRow] = Field(title="绑定 / Bindings")
    merged_into: int | None = Field(None, title="已并入 / Merged into")
    created_at: datetime = Field(title="创建时间 / Made at")


class ChangeRow(Shape):
    model_config = example(
        id=90,
        version=3,
        at="2026-11-21T09:00:00Z",
        who="erp",
        why="pull",
        run_id=71,
        fields={"address": ["文三路 1 号", "文三路 2 号"]},
        lost={},
    )

    id: int = Field(title="编号 / Id")
    version: int = Field(title="版本 / Version")
    at: datetime = Field(title="时间 / When")
    who: str = Field(title="谁 / Who")
    why: str = Field(title="原因 / Why")
    run_id: int | None = Field(None, title="任务编号 / Run id")
    fields: dict[str, Any] = Field(title="字段：[旧, 新] / Field: [old, new]")
    lost: dict[str, Any] = Field(title="落选的值 / Values that lost")


class AboutCustomer(Shape):
    """The first rows of each kind; more through `/records?customer=…&entity=…`."""

    model_config = example(
        customer=RecordDetail.model_config["json_schema_extra"]["examples"][0],  # type: ignore[index]
        contact={"rows": [], "next": ""},
        order={"rows": [{**_ROW, "id": 9, "entity": "order", "title": "XSDD0009", "customer_id": 5}], "next": ""},
        receivable={"rows": [], "next": ""},
        receipt={"rows": [], "next": ""},
    )

    customer: RecordDetail = Field(title="客户 / Customer")
    contact: PageOf[RecordRow] = Field(title="联系人 / Contacts")
    order: PageOf[RecordRow] = Field(title="订单 / Orders")
    receivable: PageOf[RecordRow] = Field(title="应收 / Receivables")
    receipt: PageOf[RecordRow] = Field(title="回款 / Receipts")


class Edit(Order):
    model_config = order_example(version=3, changes={"address": "文三路 3 号"})

    version: int = Field(title="看到的版本 / The version that was shown")
    changes: dict[str, Any] = Field(title="要改的字段 / Fields to change", min_length=1)


class MergeOrder(Order):
    """The record of the address stays; `record` goes into it."""

    model_config = order_example(record=9, reason="同一家公司")

    record: int = Field(title="并入的记录 / Record that goes into this one")
    reason: str = Field("", title="理由 / Reason", max_length=500)


class SplitOrder(Order):
    model_config = order_example(merge=3, reason="两家不同的公司")

    merge: int = Field(title="要撤销的合并 / The merge to take back")
    reason: str = Field("", title="理由 / Reason", max_length=500)


class MergeRow(Shape):
    model_config = example(
        id=3, at="2026-11-21T09:00:00Z", survivor=5, loser=9, who="ada", why="merged by hand", data={"bindings": []}
    )

    id: int = Field(title="编号 / Id")
    at: datetime = Field(title="时间 / When")
    survivor: int = Field(title="保留的记录 / Record that stayed")
    loser: int = Field(title="并入的记录 / Record that went into it")
    who: str = Field(title="谁 / Who")
    why: str = Field(title="原因 / Why")
    data: dict[str, Any] = Field(title="移动的绑定与下级记录 / Bindings and children that moved")


def record_filter(
    *,
    entity: str = "",
    q: str = "",
    customer: int | None = None,
    owner: int | None = None,
    state: str = "live",
) -> store.RecordFilter:
    """Dependency: the filters of the address. `q`: part of a title, a number, a tax code or a phone."""
    return store.RecordFilter(entity, q.strip(), customer, owner, state)


@router.get("/records", summary="记录列表与搜索 / List and search records")
def list_records(
    hub: Hub, caller: Anyone, request: Paged, wanted: Annotated[store.RecordFilter, Depends(record_filter)]
) -> PageOf[RecordRow]:
    """Newest first. Salespeople see their own customers and what hangs on them."""
    with hub.db.read() as tx:
        return page(RecordRow, store.list_records(tx, caller.scope(), wanted, request))


@router.get("/records/{record_id}", summary="一条记录 / One record")
def show(record_id: int, hub: Hub, caller: Anyone) -> RecordDetail:
    """Its data, where each field came from, and where it lives."""
    return _detail(hub, caller, record_id)


@router.get("/records/{record_id}/history", summary="变更历史 / History of a record")
def history(record_id: int, hub: Hub, caller: Anyone, request: Paged) -> PageOf[ChangeRow]:
    """Every version: who changed what, why, and which values lost."""
    _known(hub, caller, record_id)
    with hub.db.read() as tx:
        return page(ChangeRow, store.history_of(tx, record_id, request))


@router.get("/records/{record_id}/about", summary="客户全貌 / All about one customer")
def about(record_id: int, hub: Hub, caller: Anyone) -> AboutCustomer:
    """The customer with contacts, orders, receivables and receipts."""
    customer = _detail(hub, caller, record_id)
    if customer.entity != "customer":
        raise _missing(record_id, "客户", "customer")
    request = PageRequest(ABOUT_ROWS)
    with hub.db.read() as tx:
        parts = {
            entity: page(RecordRow, store.list_records(tx, caller.scope(), _hanging(entity, record_id), request))
            for entity in ABOUT
        }
    return AboutCustomer(customer=customer, **parts)


@router.patch("/records/{record_id}", summary="修改记录 / Edit a record")
def edit(record_id: int, order: Edit, hub: Hub, caller: Admin) -> RecordDetail:
    """A person's edit of golden data; it is pushed to every connection that wants it."""
    _known(hub, caller, record_id)
    hub.engine.edit(record_id, order.changes, who=caller.name, version=order.version)
    return _detail(hub, caller, record_id)


@router.get("/records/{record_id}/merges", summary="合并记录 / Merge log of a record")
def merges(record_id: int, hub: Hub, _: Admin) -> list[MergeRow]:
    """Newest first; the id of a merge takes it back."""
    with hub.db.read() as tx:
        return [MergeRow.model_validate(row) for row in store.merges_of(tx, record_id)]


@router.post("/records/{record_id}/merge", summary="合并记录 / Merge another record into this one")
def merge(record_id: int, order: MergeOrder, hub: Hub, caller: Admin) -> Made:
    """Ids, children and keys follow; the answer names the merge, which /split takes back."""
    return Made(id=steering.merge(hub, hub.engine, record_id, order.record, who=caller.name, reason=order.reason))


@router.post("/records/{record_id}/split", summary="撤销合并 / Take a merge back")
def split(record_id: int, order: SplitOrder, hub: Hub, caller: Admin) -> RecordDetail:
    """The record that was merged into this one lives again, with its ids and children."""
    with hub.db.read() as tx:
        known = {row["id"] for row in store.merges_of(tx, record_id)}
    if order.merge not in known:
        raise _missing(order.merge, "合并", "merge")
    revived = steering.split(hub, hub.engine, order.merge, who=caller.name, reason=order.reason)
    return _detail(hub, caller, revived)


def _hanging(entity: str, customer_id: int) -> store.RecordFilter:
    return store.RecordFilter(entity, customer_id=customer_id)


def _known(hub: Hub, caller: Caller, record_id: int) -> dict[str, Any]:
    with hub.db.read() as tx:
        row = store.show_record(tx, caller.scope(), record_id)
    if row is None:
        raise _missing(record_id, "记录", "record")
    return row


def _detail(hub: Hub, caller: Caller, record_id: int) -> RecordDetail:
    row = _known(hub, caller, record_id)
    with hub.db.read() as tx:
        bindings = store.bindings_of(tx, record_id)
        titles = store.titles_of(tx, store.references_in(row))
    shown = {str(key): title for key, title in titles.items()}
    return RecordDetail.model_validate(row | {"bindings": bindings, "titles": shown})


def _missing(record_id: int, zh: str, en: str) -> NotFound:
    return NotFound(f"没有{zh} {record_id}", f"There is no {en} {record_id}", field="record", value=str(record_id))
