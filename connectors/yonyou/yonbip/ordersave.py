"""The body of singleSave: a whole order every time, flat `!` keys, totals that tie to the cent (yonyou.md 2.3)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.yonyou.amounts import cents, exact, price_without_tax, with_tax
from connectors.yonyou.times import full
from connectors.yonyou.yonbip.config import YonbipConfig
from hub.connector import Native, Write
from hub.errors import ValidationFailed

ROWS, ROW_ID = "orderDetails", "orderDetailId"
_DATES = ("vouchdate", "orderDate", "hopeReceiveDate", "sendDate")
_HEAD = (
    "code", "vouchdate", "agentId", "invoiceAgentId", "corpContact", "saleDepartmentId", "hopeReceiveDate", "sendDate",
    "orderDate", "receiver", "receiveMobile", "receiveAddress", "receiveContacter", "receiveContacterPhone",
    "settlement", "memo",
)  # fmt: skip
_FIGURES = ("qty", "oriTaxUnitPrice")
Products = Mapping[str, Native]
"""Products that lines name, by id: their unitId and taxRate."""


def new_order(config: YonbipConfig, write: Write, products: Products) -> Native:
    """`data` of an insert."""
    data, rate = write.data, _rate(config, write.data.get("orderPrices") or {})
    rows = [_line(config, row, rate, products) for row in data.get(ROWS) or []]
    head: Native = {
        "resubmitCheckKey": write.key,
        "_status": "Insert",
        "salesOrgId": config.org_code,
        "settlementOrgId": config.org_code,
        "transactionTypeId": config.order_type,
        "source": "4",
        "invoiceAgentId": data.get("agentId"),
        "headItem": {**dict(data.get("headItem") or {}), config.order_key_field: write.key},
        **_head(data),
        **_prices(config, data.get("orderPrices") or {}, rate),
    }
    if number := str(data.get("code") or write.number):
        head["code"] = number
    return _summed(head, rows)


def changed_order(config: YonbipConfig, write: Write, found: Native, products: Products) -> Native:
    """`data` of an update: the order as it is with the changed fields. Given rows are all that shall stay."""
    old, sent = found.get("orderPrices") or {}, write.data.get("orderPrices") or {}
    rate = exact(old.get("exchRate") or 1, "exchRate")
    if sent.get("currency") and sent["currency"] != old.get("currencyCode"):
        rate = _rate(config, sent)
    kept: Native = {
        name: found[name] for name in ("salesOrgId", "settlementOrgId", "transactionTypeId") if name in found
    }
    head: Native = {**_head(found), **kept, **_head(write.data), "id": found["id"], "_status": "Update"}
    if "headItem" in write.data:
        head["headItem"] = {**dict(found.get("headItem") or {}), **dict(write.data["headItem"] or {})}
    stored = {str(row["id"]): row for row in found.get(ROWS) or []}
    rows = _rows_after(config, write.data.get(ROWS), stored, rate, products)
    return _summed({**head, **_prices(config, {**old, **sent}, rate)}, rows)


def _rows_after(
    config: YonbipConfig, given: Any, stored: Mapping[str, Native], rate: Decimal, products: Products
) -> list[Native]:
    if given is None:
        return [_line(config, {**row, ROW_ID: key}, rate, products) for key, row in stored.items()]
    rows = [{**stored.get(str(row.get(ROW_ID) or ""), {}), **row} for row in given]
    named = {str(row.get(ROW_ID) or "") for row in given}
    gone = [{"id": row["id"], "_status": "Delete"} for key, row in stored.items() if key not in named]
    return [*(_line(config, row, rate, products) for row in rows), *gone]


def _head(data: Mapping[str, Any]) -> Native:
    found = {name: data[name] for name in _HEAD if name in data}
    for name in _DATES:
        if found.get(name):
            found[name] = full(str(found[name]))
    return {name: "" if value is None else value for name, value in found.items()}


def _rate(config: YonbipConfig, prices: Mapping[str, Any]) -> Decimal:
    """The rate of a new order's currency. Raises ValidationFailed for a currency without one: 1 would be wrong money."""
    currency = str(prices.get("currency") or config.local_currency)
    if currency == config.local_currency:
        return Decimal(1)
    if currency not in config.exchange_rates:
        raise ValidationFailed(
            f"币种 {currency} 没有汇率",
            f"No exchange rate for {currency}",
            field="orderPrices.currency",
            value=currency,
        ).put_right_by(
            "hub_admin",
            "在连接设置的“外币汇率”里填写（hub connections change）",
            "fill in exchange_rates in the settings (hub connections change)",
        )
    return config.exchange_rates[currency]


def _prices(config: YonbipConfig, prices: Mapping[str, Any], rate: Decimal) -> Native:
    flat = {
        "currency": prices.get("currency") or config.local_currency,
        "natCurrency": prices.get("natCurrency") or config.local_currency,
        "exchRate": rate,
        "exchangeRateType": prices.get("exchangeRateType") or config.exchange_rate_type,
        "taxInclusive": True,
    }
    return {f"orderPrices!{name}": value for name, value in flat.items()}


def _line(config: YonbipConfig, row: Mapping[str, Any], rate: Decimal, products: Products) -> Native:
    """One line with all its amounts; the price with tax leads."""
    _no_discount(row)
    quantity, price = (exact(row.get(name), f"{ROWS}.{name}") for name in _FIGURES)
    product = products.get(str(row["productId"])) or {}
    percent = _percent(row, product)
    taxed = with_tax(cents(quantity * price), percent)
    bare = price_without_tax(price, percent)
    unit = product.get("unitId") or row.get("masterUnitId")
    status = {"_status": "Update", "id": row[ROW_ID]} if row.get(ROW_ID) else {"_status": "Insert"}
    amounts = {
        "oriUnitPrice": bare,
        "oriMoney": taxed.bare,
        "oriTax": taxed.tax,
        "natUnitPrice": bare * rate,
        "natTaxUnitPrice": price * rate,
        "natMoney": cents(taxed.bare * rate),
        "natSum": cents(taxed.total * rate),
        "natTax": cents(taxed.total * rate) - cents(taxed.bare * rate),
    }
    return {
        **status,
        **_units(unit, quantity),
        "productId": row["productId"],
        "stockOrgId": row.get("stockOrgId") or config.org_code,
        "settlementOrgId": config.org_code,
        "orderProductType": row.get("orderProductType") or "SALE",
        "taxId": _tax_code(config, percent),
        "qty": quantity,
        "oriTaxUnitPrice": price,
        "oriSum": taxed.total,
        **{f"orderDetailPrices!{name}": value for name, value in amounts.items()},
        **{name: row[name] for name in ("memo",) if name in row},
    }


def _percent(row: Mapping[str, Any], product: Native) -> Decimal:
    """The line's tax rate, or the product's own: a CRM often knows none. Raises ValidationFailed where both are silent."""
    given = [value for value in (row.get("taxRate"), product.get("taxRate")) if value not in (None, "")]
    if not given:
        raise ValidationFailed(
            "订单行没有税率，用友的物料上也没有",
            "Neither the line nor the product in YonBIP has a tax rate",
            field=f"{ROWS}.taxRate",
            value="",
        ).put_right_by(
            "system_admin",
            "在用友“物料档案”里填写这个物料的销项税率",
            "fill in the output tax rate of the product (物料档案) there",
        )
    return exact(given[0], f"{ROWS}.taxRate")


def _units(unit: Any, quantity: Decimal) -> Native:
    same = dict.fromkeys(("masterUnitId", "iProductAuxUnitId", "iProductUnitId"), unit) if unit else {}
    one = {"invExchRate": 1, "invPriceExchRate": 1, "unitExchangeType": 0, "unitExchangeTypePrice": 0}
    return {**same, **one, "subQty": quantity, "priceQty": quantity}


def _no_discount(row: Mapping[str, Any]) -> None:
    if exact(row.get("discountRate") or 0, "discountRate"):
        raise ValidationFailed(
            "用友订单按折后含税单价录入，不接受折扣率",
            "The order takes the net price, not a discount",
            field=f"{ROWS}.discountRate",
            value=str(row["discountRate"]),
        ).put_right_by(
            "author",
            "在来源系统改用折后单价，折扣率留空",
            "use the net price at the source and leave the discount empty",
        )


def _tax_code(config: YonbipConfig, percent: Decimal) -> str:
    known = {Decimal(rate): code for rate, code in config.tax_codes.items()}
    if percent not in known:
        raise ValidationFailed(
            f"税率 {percent.normalize():f} 没有税目编码",
            f"No tax code for {percent.normalize():f} %",
            field=f"{ROWS}.taxRate",
            value=str(percent),
        ).put_right_by(
            "hub_admin",
            "在连接设置的“税率 → 税目编码”里补上（hub connections change），或在来源系统改正税率",
            "add it to tax_codes in the settings (hub connections change), or correct the rate at its source",
        )
    return known[percent]


def _summed(head: Native, rows: Sequence[Native]) -> Native:
    total = sum((row["oriSum"] for row in rows if row["_status"] != "Delete"), Decimal(0))
    return {**head, "payMoney": total, ROWS: list(rows)}
