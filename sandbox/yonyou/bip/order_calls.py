"""The calls about sales orders: list (a row per line), detail, save, and the verbs that move their state."""

from collections.abc import Mapping
from typing import Any

from sandbox.yonyou.amounts import ZERO, Invalid, exact
from sandbox.yonyou.bip import batches, lists, orders
from sandbox.yonyou.bip.account import OK, Bip, Call, Endpoint, Refused, Row, meddle, required, write
from sandbox.yonyou.times import parse

REQUIRED = (
    "salesOrgId", "transactionTypeId", "vouchdate", "agentId", "settlementOrgId", "invoiceAgentId", "payMoney", "_status",
    *(f"orderPrices!{name}" for name in orders.PRICES), "orderDetails",
)  # fmt: skip
LINE_REQUIRED = ("productId", "qty", "oriSum", "oriTaxUnitPrice")
INFO = ("id", "code", "verifystate", "status", "nextStatus", "nextStatusName", "isWfControlled", "pubts")
RANGES = ("orderDate", "hopeReceiveDate", "vouchdate")


def _list(bip: Bip, call: Call) -> Row:
    body = call.object_body()
    bounds = lists.page_bounds(body, most=500)
    rows = [row for row in _candidates(bip, call, body) if _fits(row, body)]
    if body.get("isSum") in (True, "true"):
        rows = [_head(row) for row in rows]
    else:
        rows = [{**_head(row), **_flat_line(line)} for row in rows for line in row["orderDetails"]]
    rows = lists.ordered([row for row in rows if lists.fits(row, body.get("simpleVOs"))], body.get("queryOrders"))
    return {**OK, "data": lists.paged(lists.cut(bip, call, rows, bounds), len(rows), bounds)}


def _candidates(bip: Bip, call: Call, body: Row) -> list[Row]:
    """A pubts window or a code in the filters saves looking at every order."""
    if body.get("code"):
        return lists.visible(bip, call, bip.store.find("order", "code", body["code"]))
    since = until = None
    for one in body.get("simpleVOs") or []:
        if isinstance(one, dict) and one.get("field") == "pubts" and one.get("op") == "between":
            since, until = (lists.moment(one.get(name), "pubts") for name in ("value1", "value2"))
    return lists.visible(bip, call, lists.changed(bip, "order", since, until))


def _fits(row: Row, body: Row) -> bool:
    name = body.get("nextStatusName")
    return (not name or name in (row["nextStatus"], row["nextStatusName"])) and lists.in_range(row, body, RANGES)


def _head(row: Row) -> Row:
    return {key: value for key, value in row.items() if key != "orderDetails"}


def _flat_line(line: Row) -> Row:
    kept = {key: value for key, value in line.items() if key != "id"}
    prices = {name: line["orderDetailPrices"][name] for name in ("oriUnitPrice", "oriMoney", "natSum")}
    sku = {"skuId": line["productId"], "skuCode": line["productCode"], "skuName": line["productName"]}
    progress = dict.fromkeys(("sendQty", "invoiceQty", "totalOutStockQuantity"), 0)
    return {**progress, **kept, **sku, **prices, "orderDetailId": line["id"], "oriTax": None}


def _detail(bip: Bip, call: Call) -> Row:
    found = bip.store.get("order", call.query.get("id", ""))
    if found is None or not lists.visible(bip, call, [found]):
        raise Refused("1002", "数据不存在")
    return {**OK, "data": found}


def _single_save(bip: Bip, call: Call) -> Row:
    data = call.data()
    required(data, *REQUIRED)
    for line in data["orderDetails"]:
        if isinstance(line, dict) and line.get("_status") != "Delete":
            required(line, *LINE_REQUIRED, prefix="data.orderDetails.")
    try:
        values, found = _values(bip, data)
        _check_sum(data, values)
    except Invalid as error:
        raise Refused("999", str(error)) from error
    made = write(bip, call, values, name="order", record_id=None if found is None else found["id"])
    return {**OK, "data": made}


def _values(bip: Bip, data: Row) -> tuple[Row, Row | None]:
    data = {key: value for key, value in data.items() if key != "orderPrices"}  # only the flat keys are read
    if data["_status"] == "Insert":
        return orders.new_values(bip, data), None
    found = bip.store.get("order", data.get("id", ""))
    if data["_status"] != "Update" or found is None:
        raise Invalid(f"_status[{data['_status']}]或单据[{data.get('id')}]不存在")
    if found["status"] != orders.OPEN:
        raise Invalid("单据已审核或审核中，不允许修改")
    changes = orders.head_changes(bip, {key: value for key, value in data.items() if value is not None})
    lines = orders.lines_after(bip, data["orderDetails"], found["orderDetails"])
    return orders.with_totals({**found, **changes, "orderDetails": lines}), found


def _check_sum(data: Row, values: Row) -> None:
    total = sum((line["oriSum"] for line in values["orderDetails"]), ZERO)
    if exact(data["payMoney"], "payMoney") != total:
        raise Invalid(f"订单金额payMoney[{data['payMoney']}]与明细含税金额合计[{total}]不一致")


def _move(bip: Bip, call: Call, found: Row, name: str, *, kind: str) -> Row:
    """Puts an order into a state; journals the verb."""
    meddle(bip, call, "order", found["id"])
    more: Mapping[str, Any] = {"auditor": "openapi", "auditTime": bip.now()} if name == "audited" else {}
    if name == "open":
        more = {"auditor": "", "auditTime": None}
    made = bip.store.update("order", found["id"], {**orders.state(name), **more})
    bip.journal.append(kind, "order", id=made["id"], data=call.body)
    return {field: made[field] for field in INFO}


def _verb(name: str, *, kind: str, allowed: tuple[int, ...], text: str) -> Any:
    """The handler of one batch verb; rows in another status fail."""

    def handle(bip: Bip, call: Call) -> Row:
        def act(row: Row) -> Row:
            found = batches.wanted(bip, "order", row)
            _check_flow(found, kind)
            if found["status"] not in allowed:
                raise Invalid(f"当前状态[{found['nextStatusName']}]不允许{text}")
            return _move(bip, call, found, name, kind=kind)

        return batches.answer(batches.named(call), act)

    return handle


def _check_flow(found: Row, kind: str) -> None:
    if kind == "submit" and not found["isWfControlled"]:
        raise Invalid("单据不受审批流控制，请直接审核")
    if kind == "audit" and found["isWfControlled"]:
        raise Invalid("单据受审批流控制，请提交后由审批人审批")


def _delete(bip: Bip, call: Call) -> Row:
    """{"data": {"id": […], "code": […]}}: only open orders."""
    data = call.data()
    rows = [{"id": one} for one in _listed(data.get("id"))] or [{"code": one} for one in _listed(data.get("code"))]
    if not rows:
        raise Refused("310008", "必填参数[data.id]不能为空")

    def act(row: Row) -> Row:
        found = batches.wanted(bip, "order", row)
        if found["status"] != orders.OPEN:
            raise Invalid("单据已审核或审核中，不允许删除")
        meddle(bip, call, "order", found["id"])
        bip.store.delete("order", found["id"])
        bip.journal.append("delete", "order", id=found["id"], data=call.body)
        return {"id": found["id"], "code": found["code"]}

    return batches.answer(rows, act)


def _listed(value: Any) -> list[Any]:
    if value in (None, ""):
        return []
    return value if isinstance(value, list) else [value]


def control_values(bip: Bip, sent: Row, stored: Row | None) -> Row:
    """What a user's edit makes: the save's fields, "audited"/"rejected" as marks, pubts and createTime outright."""
    marks = {name: sent.pop(name) for name in ("audited", "rejected") if name in sent}
    outright: Row = {name: sent.pop(name) for name in ("pubts", "createTime", "payStatusCode") if name in sent}
    for time in (outright.get("pubts"), outright.get("createTime")):
        if time:
            parse(time)
    known = {
        "id",
        "code",
        "orderPrices",
        "orderDetails",
        "agentId",
        "invoiceAgentId",
        "transactionTypeId",
        "salesOrgId",
    }
    known |= {
        "settlementOrgId",
        "saleDepartmentId",
        "corpContact",
        "headItem",
        "headFreeItem",
        *orders.TEXTS,
        *orders.DATES,
    }
    if unknown := sorted(set(sent) - known):
        raise Invalid(f"unknown fields {unknown}; allowed: {sorted(known | {'audited', 'rejected', 'pubts'})}")
    if stored is None:
        values = orders.new_values(bip, sent)
    else:
        lines = _lines_of_user(bip, sent, stored)
        values = orders.with_totals({**orders.head_changes(bip, sent), "orderDetails": lines})
    if marks.get("audited"):
        values |= {**orders.state("audited"), "auditor": "用户", "auditTime": bip.now()}
    elif marks:
        values |= orders.state("rejected" if marks.get("rejected") else "open")
    return {**values, **outright}


def _lines_of_user(bip: Bip, sent: Row, stored: Row) -> list[Row]:
    """A user's edit names all lines: those with an id stay the lines they were."""
    if "orderDetails" not in sent:
        return list(stored["orderDetails"])
    named = {str(one.get("id")) for one in sent["orderDetails"]}
    kept = [line for line in stored["orderDetails"] if str(line["id"]) in named]
    return orders.lines_after(bip, sent["orderDetails"], kept)


_ORDER = "/yonbip/sd/voucherorder"
_BATCH = {
    "batchsubmit": _verb("submitted", kind="submit", allowed=(orders.OPEN,), text="提交"),
    "batchunsubmit": _verb("open", kind="unsubmit", allowed=(orders.SUBMITTED,), text="撤回"),
    "batchaudit": _verb("audited", kind="audit", allowed=(orders.OPEN,), text="审核"),
    "batchunaudit": _verb("open", kind="unaudit", allowed=(orders.AUDITED,), text="弃审"),
    "close": _verb("closed", kind="close", allowed=(orders.AUDITED,), text="关闭"),
    "open": _verb("audited", kind="open", allowed=(orders.CLOSED,), text="打开"),
    "oppose": _verb("opposed", kind="oppose", allowed=(orders.OPEN, orders.AUDITED), text="取消"),
}
ENDPOINTS: dict[str, Endpoint] = {
    f"{_ORDER}/list": Endpoint(_list, "order", quota="sales"),
    f"{_ORDER}/detail": Endpoint(_detail, "order", method="GET", quota="sales"),
    f"{_ORDER}/singleSave": Endpoint(_single_save, "order", write=True, mdd=True, quota="sales"),
    f"{_ORDER}/delete": Endpoint(_delete, "order", write=True, mdd=True),
    **{f"{_ORDER}/{name}": Endpoint(handle, "order", write=True) for name, handle in _BATCH.items()},
}
