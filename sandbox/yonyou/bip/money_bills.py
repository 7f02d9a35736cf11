"""Receivables and receipts as records: what a save makes of them, their states, and write-offs between them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.yonyou.amounts import ZERO, Invalid, cents, exact, with_tax
from sandbox.yonyou.bip import base
from sandbox.yonyou.bip.account import Bip, Row
from sandbox.yonyou.bip.names import chinese
from sandbox.yonyou.times import full

RECEIVABLE, COLLECTION = "receivable", "collection"
PREFIX = {RECEIVABLE: "AR{}", COLLECTION: "SK{}"}
BUSINESS = {RECEIVABLE: "ar_invoice", COLLECTION: "ar_colsale"}
TEXTS = ("extSystemCode", "extVouchCode", "srcBillType", "srcBillId", "srcBillNo", "remarks", "agreement", "project")
DATES = ("billDate", "exchangeRateDate", "dueDate")
# field → what it refers to; the code stands in <field>Code
REFERENCES = {
    "financeOrg": base.ORGANISATION,
    "org": base.ORGANISATION,
    "bustype": base.BUSINESS_TYPE,
    "oriCurrency": base.CURRENCY,
    "dept": base.DEPARTMENT,
}
KNOWN = {
    "id", "code", "direction", "objectType", "exchangeRate", "customer", "customerCode", "staff", "staffCode", "bodyItem",
    *TEXTS, *DATES, *REFERENCES, *(f"{name}Code" for name in REFERENCES), "createTime", "pubts",
}  # fmt: skip
OPEN, IN_APPROVAL, APPROVED, REJECTED = "0", "1", "2", "4"
SETTLED_NOT, SETTLED_PART, SETTLED_ALL = "0", "1", "2"


def new_values(bip: Bip, name: str, sent: Mapping[str, Any]) -> Row:
    """The whole document that an insert makes. Invalid with the server's text for what it refuses."""
    given = {key: value for key, value in sent.items() if value is not None}
    values: Row = dict.fromkeys(TEXTS, "") | {"direction": str(given.get("direction") or "1")}
    values |= {
        "objectType": str(given.get("objectType") or "1"),
        "verifyState": OPEN,
        "effectState": "0",
        "auditTime": None,
    }
    values |= _references(bip, name, given) | {key: str(given[key]) for key in TEXTS if key in given}
    values |= _dates(bip, given)
    rate = exact(given.get("exchangeRate") or "1", "exchangeRate")
    values |= {"exchangeRate": rate, "localCurrencyCode": "CNY", "code": given.get("code")}
    values["code"] = values["code"] or bip.next_code(name, PREFIX[name])
    if bip.store.find(name, "code", values["code"]):
        raise Invalid(f"单据编号[{values['code']}]重复")
    _check_external(bip, name, values)
    values["bodyItem"] = [_item(bip, one) for one in _items(given)]
    return with_balances({**values, **_totals(values, rate), "settled": ZERO})


def _items(given: Row) -> list[Row]:
    items = given.get("bodyItem")
    if not isinstance(items, list) or not items or not all(isinstance(one, dict) for one in items):
        raise Invalid("单据明细bodyItem不能为空")
    return items


def _dates(bip: Bip, given: Row) -> Row:
    made: Row = {}
    for name in DATES:
        value = given.get(name) or given.get("billDate") or bip.now()
        try:
            made[name] = full(value)
        except ValueError:
            raise Invalid(f"{name}的值“{value}”不是有效的日期") from None
    if bip.settings.is_closed(made["billDate"]):
        raise Invalid("会计期间已结账")
    return made


def _references(bip: Bip, name: str, given: Row) -> Row:
    own = {"financeOrg": bip.settings.org_code, "org": bip.settings.org_code}
    defaults = {**own, "bustype": BUSINESS[name], "oriCurrency": "CNY"}
    made: Row = {}
    for field, kind in REFERENCES.items():
        value = given.get(field) or given.get(f"{field}Code") or defaults.get(field)
        if value:
            row = bip.base(kind, value)
            made |= {field: str(row["id"]), f"{field}Code": row["code"], f"{field}Name": row["name"]}
    return made | _people(bip, given)


def _people(bip: Bip, given: Row) -> Row:
    wanted = given.get("customer") or given.get("customerCode")
    customer = bip.by_id_or_code("merchant", wanted)
    if customer is None:
        raise Invalid(f"客户[{wanted}]不存在")
    made: Row = {
        "customer": str(customer["id"]),
        "customerCode": customer["code"],
        "customerName": chinese(customer["name"]),
    }
    asked = given.get("staff") or given.get("staffCode")
    if asked:
        person = bip.by_id_or_code("staff", asked)
        if person is None:
            raise Invalid(f"业务员[{asked}]不存在")
        made |= {"staff": person["id"], "staffCode": person["code"], "staffName": person["name"]}
    return made


def _check_external(bip: Bip, name: str, values: Row) -> None:
    """extSystemCode + extVouchCode: the code alone is an error, the number alone goes unchecked."""
    system, number = values["extSystemCode"], values["extVouchCode"]
    if system and not number:
        raise Invalid("外部系统编码不为空时，外部单据号不能为空")
    if not system:
        return
    for other in bip.store.find(name, "extVouchCode", number):
        if other["extSystemCode"] == system:
            raise Invalid(f"外部系统[{system}]的单据[{number}]已存在，单据编号[{other['code']}]")


def _item(bip: Bip, sent: Row) -> Row:
    rate = exact(sent.get("taxRate"), "taxRate")
    total = cents(exact(sent.get("oriTaxIncludedAmount"), "oriTaxIncludedAmount"))
    if total == ZERO:
        raise Invalid("含税金额不能为0")
    bare = sent.get("oriTaxExcludedAmount")
    kept = {key: value for key, value in sent.items() if key not in {"_status", "id"}}
    amounts = {"oriTaxIncludedAmount": total, "taxRate": rate}
    without = with_tax(total, rate).bare if bare in (None, "") else exact(bare, "oriTaxExcludedAmount")
    return {**kept, **amounts, "oriTaxExcludedAmount": without, "id": str(bip.line_id())}


def _totals(values: Row, rate: Decimal) -> Row:
    made: Row = {}
    for name in ("TaxIncludedAmount", "TaxExcludedAmount"):
        total = sum((item[f"ori{name}"] for item in values["bodyItem"]), ZERO)
        made |= {f"ori{name}": total, f"local{name}": cents(total * rate)}
    return made


def with_balances(values: Row) -> Row:
    """Balance and states from what is settled."""
    total, settled = values["oriTaxIncludedAmount"], values["settled"]
    state = SETTLED_NOT if settled == ZERO else SETTLED_ALL if settled == total else SETTLED_PART
    left = total - settled
    balances = {"oriBalance": left, "localBalance": cents(left * values["exchangeRate"])}
    return {**values, **balances, "writeOffState": state, "settleState": state}


def approved(bip: Bip) -> Row:
    """The fields of an audited document."""
    return {"verifyState": APPROVED, "effectState": "1", "auditTime": bip.now()}


def control_values(bip: Bip, name: str, sent: Row, stored: Row | None) -> Row:
    """What a user's edit makes; "audited": true audits, a document that is settled keeps its amounts."""
    audited, sent = sent.pop("audited", None), dict(sent)
    if unknown := sorted(set(sent) - KNOWN):
        raise Invalid(f"unknown fields {unknown}; allowed: {sorted(KNOWN | {'audited'})}")
    values = new_values(bip, name, sent) if stored is None else _edited(bip, sent, stored)
    values |= {key: sent[key] for key in ("pubts", "createTime") if key in sent}
    if audited is not None:
        values |= approved(bip) if audited else {"verifyState": OPEN, "effectState": "0", "auditTime": None}
    return values


def _edited(bip: Bip, sent: Row, stored: Row) -> Row:
    made = {key: sent[key] for key in TEXTS if key in sent}
    made |= {key: full(sent[key]) for key in DATES if key in sent}
    if "bodyItem" not in sent:
        return made
    items = [{**_item(bip, one), **({"id": str(one["id"])} if one.get("id") else {})} for one in _items(sent)]
    values = {**stored, **made, "bodyItem": items}
    return with_balances({**values, **_totals(values, stored["exchangeRate"])})


def book_write_off(bip: Bip, body: Row) -> Row:
    """A write-off {"receivable", "receipt", "amount", "date"} by code or id; both bills show it at once."""
    if unknown := sorted(set(body) - {"receivable", "receipt", "amount", "date"}):
        raise Invalid(f"unknown fields {unknown}; allowed: receivable, receipt, amount, date")
    amount = cents(exact(body.get("amount"), "amount"))
    pair = {
        name: bip.by_id_or_code(name, body.get(key))
        for name, key in ((RECEIVABLE, "receivable"), (COLLECTION, "receipt"))
    }
    settled: list[Row] = []
    for name, bill in pair.items():
        if bill is None or bill["verifyState"] != APPROVED:
            raise Invalid(f"{name} must name an audited document")
        after = bill["settled"] + amount
        if amount == ZERO or not ZERO <= after <= bill["oriTaxIncludedAmount"]:
            raise Invalid(f"amount {amount} is beyond the balance {bill['oriBalance']} of {bill['code']}")
        settled.append(with_balances({**bill, "settled": after}))
    for name, bill in zip(pair, settled, strict=True):
        fields = ("settled", "oriBalance", "localBalance", "writeOffState", "settleState")
        bip.store.update(name, bill["id"], {field: bill[field] for field in fields})
    return _write_off(bip, settled, amount, str(body.get("date") or bip.now()))


def _write_off(bip: Bip, bills: list[Row], amount: Decimal, day: str) -> Row:
    receivable, receipt = bills
    return {
        "code": bip.next_code("writeoff", "HX{}"), "vouchdate": full(day), "customer": receivable["customer"],
        "customer_code": receivable["customerCode"], "receivable_id": receivable["id"],
        "receivable_code": receivable["code"], "receipt_id": receipt["id"], "receipt_code": receipt["code"],
        "currency": receivable["oriCurrency"], "currency_name": receivable["oriCurrencyName"],
        "oriSum": amount, "natSum": cents(amount * receivable["exchangeRate"]),
    }  # fmt: skip
