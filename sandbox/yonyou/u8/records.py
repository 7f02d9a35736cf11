"""What U8 makes of a record that comes in: everything as text, references checked, amounts computed."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.yonyou.amounts import HUNDRED, ZERO, Invalid, cents, exact, plain, price_without_tax, with_tax
from sandbox.yonyou.times import full
from sandbox.yonyou.u8.account import U8, Row
from sandbox.yonyou.u8.resources import RESOURCES, Resource

CURRENCIES = ("人民币", "美元")
# document → (customer field, customer's name field, person field, department field)
PARTIES = {
    "saleorder": ("custcode", "cusname", "personcode", "deptcode"),
    "oughtreceive": ("cust_vendor_code", "cust_vendor_name", "personcode", "deptcode"),
    "accept": ("customercode", "customername", "personcode", "departmentcode"),
    "consignment": ("custcode", "cusname", "", ""),
}
# document → (amount in the document's currency, amount in the local one, rate): the two documents swap the words
AMOUNTS = {
    "oughtreceive": ("amount", "natamount", "currency_rate"),
    "accept": ("originalamount", "amount", "currencyrate"),
}


def text(value: Any) -> str:
    """Any value as U8 keeps it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain(value) if isinstance(value, Decimal) else str(value).strip()


def values_of(u8: U8, resource: Resource, sent: Mapping[str, Any], stored: Row | None) -> Row:
    """The stored form of what an add or a user's edit names. Invalid with U8's text for what it refuses."""
    given: Row = {name: text(value) for name, value in sent.items() if name in resource.fields}
    made: Row = {**(stored or {}), **given}
    if stored is None:
        _check_new(u8, resource, made)
    if resource.dated:
        made[resource.dated] = _day(u8, made.get(resource.dated), resource.dated)
        made |= _parties(u8, resource, made)
    if resource.name == "customercontacts":
        made |= _owner(u8, made)
    if "entry" in sent:
        made["entry"] = [_line(resource, line) for line in _lines(sent["entry"])]
    made |= _figures(u8, resource, made, given)
    return made | _change_marks(u8, resource)


def _check_new(u8: U8, resource: Resource, made: Row) -> None:
    for name in resource.needed:
        if not made.get(name):
            raise Invalid(f"{resource.title}的{name}不能为空")
    name, most = str(made.get("name") or ""), u8.settings.text_length
    if len(name) > most:
        raise Invalid(f"{resource.title}名称长度不能超过{most}")
    if strange := [sign for sign in u8.settings.forbidden_characters if sign in name]:
        raise Invalid(f"{resource.title}名称含有非法字符[{strange[0]}]")
    key = made.get(resource.key)
    if key and u8.store.get(resource.name, key) is not None:
        raise Invalid(f"{resource.title}编码[{key}]重复")


def _day(u8: U8, value: Any, name: str) -> str:
    try:
        day = full(value or u8.today())[:10]
    except ValueError:
        raise Invalid(f"{name}的值[{value}]不是有效的日期") from None
    if u8.settings.is_closed(day):
        raise Invalid("会计期间已结账")
    return day


def _parties(u8: U8, resource: Resource, made: Row) -> Row:
    customer, named, person, department = PARTIES[resource.name]
    found = u8.store.get("customer", made.get(customer, ""))
    if found is None:
        raise Invalid(f"客户[{made.get(customer, '')}]不存在")
    parties: Row = {named: found["name"]}
    if resource.name == "saleorder":
        parties["cusabbname"] = found.get("abbrname", "")
    staff = u8.store.get("person", made.get(person, "")) if made.get(person) else None
    if made.get(person) and staff is None:
        raise Invalid(f"人员[{made[person]}]不存在")
    if staff is not None and department:
        parties[department] = made.get(department) or staff.get("cdept_num", "")
    if staff is not None and resource.name == "saleorder":
        parties["personname"] = staff["name"]
    return parties


def _owner(u8: U8, made: Row) -> Row:
    owner = u8.store.get("customer", made.get("ccuscode", ""))
    if owner is None:
        raise Invalid(f"客户[{made.get('ccuscode', '')}]不存在")
    return {"ccusname": owner["name"]}


def _lines(sent: Any) -> list[Row]:
    """Entry lines: one may come as an object."""
    lines = [sent] if isinstance(sent, dict) else sent
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise Invalid("entry必须是对象数组")
    return lines


def _line(resource: Resource, sent: Row) -> Row:
    return {name: text(value) for name, value in sent.items() if name in resource.lines}


def _figures(u8: U8, resource: Resource, made: Row, given: Row) -> Row:
    if resource.name == "saleorder":
        return _order(u8, made)
    if resource.name in AMOUNTS:
        return _bill(resource.name, made, given)
    return {}


def _order(u8: U8, made: Row) -> Row:
    if not made.get("entry"):
        raise Invalid("销售订单表体不能为空")
    lines = [_order_line(u8, line, made, place) for place, line in enumerate(made["entry"], 1)]
    totals = {name: plain(sum((Decimal(line[name]) for line in lines), ZERO)) for name in ("money", "sum")}
    blank = {"state": "Opening", "fhstatus": "0", "businesstype": "普通销售", "createsystime": u8.now()}
    return {**{name: made.get(name) or value for name, value in blank.items()}, **totals, "entry": lines}


def _order_line(u8: U8, line: Row, head: Row, place: int) -> Row:
    item = u8.store.get("inventory", line.get("inventorycode", ""))
    if item is None:
        raise Invalid(f"存货[{line.get('inventorycode', '')}]不存在")
    rate = exact(line.get("taxrate") or head.get("taxrate") or item.get("tax_rate"), "taxrate")
    quantity = exact(line.get("quantity"), "quantity")
    if quantity == ZERO:
        raise Invalid("数量不能为0")
    price = exact(line.get("taxunitprice"), "taxunitprice")
    if not line.get("taxunitprice"):
        price = exact(line.get("unitprice"), "unitprice") * (1 + rate / HUNDRED)
    total = exact(line["sum"], "sum") if line.get("sum") else cents(quantity * price)
    taxed = with_tax(total, rate)
    amounts = {"sum": taxed.total, "money": taxed.bare, "tax": taxed.tax}
    amounts |= {f"nat{name}": value for name, value in amounts.items()}
    figures = {**amounts, "quantity": quantity, "taxrate": rate, "taxunitprice": price}
    figures["unitprice"] = price_without_tax(price, rate)  # the price with tax leads
    named = {"inventoryname": item["name"], "invstd": item.get("specs", ""), "unitname": item.get("ccomunitname", "")}
    return {**line, **named, **{name: plain(value) for name, value in figures.items()}, "irowno": str(place)}


def _bill(name: str, made: Row, given: Row) -> Row:
    """Total and local total of a receivable or a receipt, from the head or its lines."""
    foreign, local, rated = AMOUNTS[name]
    rate = exact(made.get(rated) or "1", rated)
    lines = made.get("entry") or []
    total = exact(made.get(foreign), foreign)
    if (foreign not in given or not total) and lines:
        total = sum((exact(line.get(foreign), foreign) for line in lines), ZERO)
    if total == ZERO and name == "accept":  # a receipt in the local currency may name the local amount alone
        total = exact(made.get(local), local)
    if total == ZERO:
        raise Invalid(f"{RESOURCES[name].title}的{foreign}不能为0")
    currency = "currency_name" if name == "oughtreceive" else "foreigncurrency"
    if (made.get(currency) or CURRENCIES[0]) not in CURRENCIES:
        raise Invalid(f"币种[{made[currency]}]不存在")
    amounts = {foreign: plain(cents(total)), local: plain(cents(total * rate)), rated: plain(rate)}
    return {**amounts, currency: made.get(currency) or CURRENCIES[0], "entry": lines}


def _change_marks(u8: U8, resource: Resource) -> Row:
    marks: Row = {"timestamp": u8.next_rowversion()} if resource.numbered else {}
    for name in ("ModifyDate", "modifydate"):
        if name in resource.fields:
            marks[name] = u8.now()
    return marks


def shown(row: Row) -> Row:
    """A record as it goes over the wire: empty fields are left out."""
    made = {name: value for name, value in row.items() if value not in ("", None, []) and name != "entry"}
    if row.get("entry"):
        made["entry"] = [{name: value for name, value in line.items() if value != ""} for line in row["entry"]]
    return made
