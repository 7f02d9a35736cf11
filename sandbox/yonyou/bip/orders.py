"""Sales orders as records: what a save makes of head, prices and lines, and the states they go through."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.yonyou.amounts import ZERO, Invalid, cents, exact, price_without_tax, with_tax
from sandbox.yonyou.bip import base
from sandbox.yonyou.bip.account import Bip, Row
from sandbox.yonyou.bip.names import chinese
from sandbox.yonyou.times import full

TEXTS = (
    "corpContactUserName", "receiver", "receiveMobile", "receiveAddress", "receiveContacter", "receiveContacterPhone",
    "settlement", "memo", "source",
)  # fmt: skip
DATES = ("vouchdate", "orderDate", "hopeReceiveDate", "sendDate")
PRICES = ("currency", "natCurrency", "exchRate", "exchangeRateType", "taxInclusive")
LINE_PRICES = (
    "oriUnitPrice", "oriMoney", "oriTax", "natUnitPrice", "natTaxUnitPrice", "natMoney", "natSum", "natTax",
)  # fmt: skip
STATES = {
    "open": {"status": 0, "verifystate": 0, "nextStatus": "CONFIRMORDER", "nextStatusName": "开立"},
    "submitted": {"status": 3, "verifystate": 1, "nextStatus": "APPROVING", "nextStatusName": "审批中"},
    "audited": {"status": 1, "verifystate": 2, "nextStatus": "DELIVERGOODS", "nextStatusName": "待发货"},
    "rejected": {"status": 0, "verifystate": 4, "nextStatus": "CONFIRMORDER", "nextStatusName": "开立"},
    "closed": {"status": 2, "verifystate": 2, "nextStatus": "CLOSEDORDER", "nextStatusName": "已关闭"},
    "opposed": {"status": 2, "verifystate": 3, "nextStatus": "OPPOSE", "nextStatusName": "已取消"},
}
STATUS_NAMES = {0: "open", 1: "audited", 2: "closed", 3: "submitted"}
OPEN, AUDITED, CLOSED, SUBMITTED = 0, 1, 2, 3


def state(name: str) -> Row:
    """The fields of a state; statusCode repeats nextStatus."""
    fields = STATES[name]
    return {**fields, "statusCode": fields["nextStatus"], "currentStatus": fields["nextStatus"]}


def new_values(bip: Bip, sent: Mapping[str, Any]) -> Row:
    """The whole order that an insert makes. Invalid with the server's text for what it refuses."""
    own = bip.settings.org_code
    blank: Row = {"salesOrgId": own, "transactionTypeId": "SO01", "vouchdate": bip.now(), "settlementOrgId": own}
    blank |= {"orderPrices": {"currency": "CNY", "natCurrency": "CNY", "exchRate": "1", "exchangeRateType": "01"}}
    head = {**blank, **{key: value for key, value in sent.items() if value is not None}}
    values: Row = dict.fromkeys(TEXTS, "") | head_changes(bip, head)
    values |= {**state("open"), "payStatusCode": "NOTPAYMENT", "creator": "openapi", "auditor": "", "auditTime": None}
    values.setdefault("orderDate", values["vouchdate"])
    values.setdefault("invoiceAgentId", values["agentId"])
    values["code"] = values.get("code") or bip.next_code("order", "UO-{}")
    if bip.store.find("order", "code", values["code"]):
        raise Invalid(f"单据编号[{values['code']}]重复")
    values["orderDetails"] = lines_after(bip, sent.get("orderDetails") or [], [])
    return with_totals(values)


def head_changes(bip: Bip, sent: Mapping[str, Any]) -> Row:
    """The stored form of the head fields that a save names."""
    made: Row = {name: "" if sent[name] is None else str(sent[name]) for name in ("code", *TEXTS) if name in sent}
    for name in DATES:
        if sent.get(name):
            made[name] = _date(sent[name], name)
    for name in ("headItem", "headFreeItem"):
        if isinstance(sent.get(name), dict):
            made[name] = dict(sent[name])
    made |= _references(bip, sent)
    prices = {name: sent[f"orderPrices!{name}"] for name in PRICES if f"orderPrices!{name}" in sent}
    prices = {**(sent.get("orderPrices") or {}), **prices} if "orderDetails" in sent or prices else {}
    if prices:
        made["orderPrices"] = _prices(bip, prices)
    if bip.settings.is_closed(made.get("vouchdate", "")):
        raise Invalid("会计期间已结账")
    return made


def _date(value: Any, name: str) -> str:
    try:
        return full(value)
    except ValueError:
        raise Invalid(f"{name}的值“{value}”不是有效的日期") from None


def _references(bip: Bip, sent: Mapping[str, Any]) -> Row:
    made: Row = {}
    if sent.get("agentId"):
        made |= _agent(bip, sent["agentId"])
    if sent.get("invoiceAgentId"):
        made["invoiceAgentId"] = _agent(bip, sent["invoiceAgentId"])["agentId"]
    if sent.get("transactionTypeId"):
        kind = bip.base(base.ORDER_TYPE, sent["transactionTypeId"])
        made |= {
            "transactionTypeId": kind["id"],
            "transactionTypeId_name": kind["name"],
            "isWfControlled": kind["workflow"],
        }
    for name in ("salesOrgId", "settlementOrgId"):
        if sent.get(name):
            made[name] = bip.base(base.ORGANISATION, sent[name])["id"]
    if sent.get("saleDepartmentId"):
        made["saleDepartmentId"] = bip.base(base.DEPARTMENT, sent["saleDepartmentId"])["id"]
    return made | _contact(bip, sent.get("corpContact"))


def _contact(bip: Bip, value: Any) -> Row:
    if not value:
        return {}
    person = bip.by_id_or_code("staff", value)
    if person is None:
        raise Invalid(f"销售业务员[{value}]不存在")
    return {"corpContact": person["id"], "corpContactUserName": person["name"]}


def _agent(bip: Bip, value: Any) -> Row:
    found = bip.by_id_or_code("merchant", value)
    if found is None:
        raise Invalid(f"客户[{value}]不存在")
    if found["stopStatus"]:
        raise Invalid(f"客户[{found['code']}]已停用")
    return {"agentId": found["id"], "agentId_name": chinese(found["name"]), "agentId_code": found["code"]}


def _prices(bip: Bip, sent: Mapping[str, Any]) -> Row:
    currency = bip.base(base.CURRENCY, sent.get("currency") or "CNY")
    local = bip.base(base.CURRENCY, sent.get("natCurrency") or "CNY")
    return {
        "currency": currency["id"], "originalName": currency["name"], "currencyCode": currency["code"],
        "natCurrency": local["id"], "natCurrencyCode": local["code"],
        "exchRate": exact(sent.get("exchRate") or "1", "exchRate"),
        "exchangeRateType": bip.base(base.RATE_TYPE, sent.get("exchangeRateType") or "01")["id"],
        "taxInclusive": sent.get("taxInclusive", True) not in (False, "false", 0, "0"),
    }  # fmt: skip


def lines_after(bip: Bip, sent: list[Any], stored: list[Row]) -> list[Row]:
    """Lines after a save: _status says what happens to each; unnamed lines stay."""
    rows = {str(row["id"]): row for row in stored}
    for one in sent:
        if not isinstance(one, dict):
            raise Invalid("orderDetails必须是对象数组")
        status = str(one.get("_status") or ("Update" if one.get("id") else "Insert"))
        if status == "Insert":
            made = _line(bip, one, {"id": bip.line_id()})
            rows[str(made["id"])] = made
        elif str(one.get("id")) not in rows:
            raise Invalid(f"订单明细[{one.get('id')}]不存在")
        elif status == "Delete":
            del rows[str(one["id"])]
        else:
            rows[str(one["id"])] = _line(bip, one, rows[str(one["id"])])
    if not rows:
        raise Invalid("订单明细不能为空")
    return list(rows.values())


def _line(bip: Bip, sent: Row, stored: Row) -> Row:
    made = {**stored, **{key: value for key, value in sent.items() if "!" not in key and key not in {"id", "_status"}}}
    product = bip.by_id_or_code("product", made.get("productId"))
    if product is None:
        raise Invalid(f"物料[{made.get('productId')}]不存在")
    rate = _rate(bip, sent, stored, product)
    quantity = exact(made.get("qty"), "qty")
    if quantity <= ZERO:
        raise Invalid("数量必须大于0")
    numbers = {name: exact(made.get(name) or quantity, name) for name in ("subQty", "priceQty")}
    price = exact(made.get("oriTaxUnitPrice"), "oriTaxUnitPrice")
    total = exact(sent["oriSum"], "oriSum") if sent.get("oriSum") not in (None, "") else cents(price * quantity)
    given = {
        name: exact(sent[f"orderDetailPrices!{name}"], name)
        for name in LINE_PRICES
        if f"orderDetailPrices!{name}" in sent
    }
    prices = {**_line_prices(total, price, rate=rate), **given}
    named = {
        "productCode": product["code"],
        "productName": chinese(product["name"]),
        "productUnitName": product["unitCode"],
    }
    figures = {**numbers, "qty": quantity, "oriTaxUnitPrice": price, "oriSum": total, "taxRate": rate}
    return {**made, "productId": product["id"], **named, **figures, "orderDetailPrices": prices}


def _rate(bip: Bip, sent: Row, stored: Row, product: Row) -> Decimal:
    if sent.get("taxId"):
        return exact(bip.base(base.TAX, sent["taxId"])["rate"])
    if sent.get("taxRate") not in (None, ""):
        return exact(sent["taxRate"], "taxRate")
    return exact(stored["taxRate"] if "taxRate" in stored else product["taxRate"])


def _line_prices(total: Decimal, price: Decimal, *, rate: Decimal) -> Row:
    taxed, bare = with_tax(total, rate), price_without_tax(price, rate)
    figures = {"Money": taxed.bare, "Tax": taxed.tax, "UnitPrice": bare}
    both = {f"{side}{name}": value for side in ("ori", "nat") for name, value in figures.items()}
    return {**both, "natTaxUnitPrice": price, "natSum": total}


def with_totals(values: Row) -> Row:
    """The head's totals from its lines."""
    total = sum((line["oriSum"] for line in values["orderDetails"]), ZERO)
    bare = sum((line["orderDetailPrices"]["oriMoney"] for line in values["orderDetails"]), ZERO)
    paid = {"payMoney": total, "realMoney": total, "orderPayMoney": total, "orderRealMoney": total}
    return {**values, **paid, "totalOriTax": total - bare}
