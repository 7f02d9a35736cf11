"""sales/…: the one deal object of EC; its fields are keyed by number in writes and by name in reads."""

from collections.abc import Iterable
from typing import Any

from sandbox.ec.customers_write import custom_fields
from sandbox.ec.kinds import sale_record
from sandbox.ec.lines import cents
from sandbox.ec.paging import page_of_sales
from sandbox.ec.state import LOCKED, Ec
from sandbox.ec.wire import Call, Envelope, RefusedError, Row, amount, comma_ids, read_time, window

MOST_DETAIL_SALES = 10
# Field ids of a sale. 1, 3 and 4 are known of the real EC; the others are this sandbox's own, to be read from
# sales/getSalesFieldMapping like any account's.
STANDARD = {
    "1": "projectName",
    "3": "status",
    "4": "money",
    "5": "guessTime",
    "6": "dealDate",
    "7": "productDes",
    "8": "remark",
}
TIMES = frozenset({"guessTime", "dealDate"})
NOT_FIELDS = frozenset({"optUserId", "crmId", "saleId", "product", "userId"})
LIST_HIDES = frozenset({"product", "fields"})


def add_sales(ec: Ec, call: Call) -> object:
    """sales/addSales: returns the new sale's id."""
    asked = call.fields
    operator = ec.operator(asked)
    data = _written(ec, call, asked)
    if not data.get("projectName"):
        raise RefusedError("字段1（项目名称）不能为空")
    if ec.is_locked(call, asked.get("crmId")):
        raise RefusedError(LOCKED)
    owner = asked.get("userId", operator["userId"])
    row = sale_record(ec, {**data, "crmId": asked.get("crmId"), "userId": owner}, None)
    return ec.created("sale", {**row, "changeUser": operator["userId"]})["id"]


def update_sales(ec: Ec, call: Call) -> object:
    """sales/updateSales: the named fields of one sale; `product`, when sent, replaces all lines."""
    asked = call.fields
    operator, stored = ec.operator(asked), ec.existing("sale", asked.get("saleId"), "销售金额saleId")
    _refuse_locked(ec, call, stored)
    ec.edit_first(call, "sale", stored["id"])
    stored = ec.existing("sale", stored["id"], "销售金额saleId")
    changes = sale_record(ec, _written(ec, call, asked), stored)
    ec.updated("sale", stored["id"], {**changes, "changeUser": operator["userId"]})
    return stored["id"]


def update_status(ec: Ec, call: Call) -> object:
    """sales/updateStatus: field 3 only."""
    asked = call.fields
    operator, stored = ec.operator(asked), ec.existing("sale", asked.get("saleId"), "销售金额saleId")
    _refuse_locked(ec, call, stored)
    ec.edit_first(call, "sale", stored["id"])
    status = _value(ec, "3", asked.get("3"))
    ec.updated("sale", stored["id"], {"status": status, "changeUser": operator["userId"]})
    return stored["id"]


def get_sales(ec: Ec, call: Call) -> object:
    """sales/getSales: one of the two windows is mandatory; paging facts stand beside data, the page size is fixed."""
    asked = call.fields
    rows = ec.visible("sale", _filtered(ec, asked), call)
    page, beside = page_of_sales(ec, call, asked, rows)
    return Envelope(ec.ids(_listed(ec, row) for row in page), beside)


def get_sales_detail(ec: Ec, call: Call) -> object:
    """sales/getSalesDetail?saleId=: one sale with its custom fields."""
    row = ec.existing("sale", call.query.get("saleId"), "销售金额saleId")
    if not ec.visible("sale", [row], call):
        raise RefusedError(f"销售金额saleId不存在：{row['id']!r}")
    custom = [{"fieldId": key, "fieldValue": value} for key, value in row["fields"].items()]
    return {**ec.ids([_listed(ec, row)])[0], "customFieldValues": custom}


def get_products_detail(ec: Ec, call: Call) -> object:
    """sales/getProductsDetail: the lines of up to 10 sales."""
    asked = call.fields
    wanted = comma_ids(asked.get("saleIds"), "saleIds", most=MOST_DETAIL_SALES)
    if not wanted:
        raise RefusedError("参数saleIds不能为空")
    rows = ec.visible("sale", [row for sale_id in wanted if (row := ec.store.get("sale", sale_id))], call)
    return ec.ids(_line(ec, row, line) for row in rows for line in row["product"])


def field_mapping(ec: Ec, call: Call) -> object:
    """sales/getSalesFieldMapping: groups of fields with their numeric ids."""
    own = {"groupId": 1, "groupName": "基本信息", "fields": [_field(ec, number) for number in STANDARD]}
    custom = {"groupId": 2, "groupName": "自定义信息", "fields": ec.store.all("sales_field")}
    return {"groups": [own, custom]}


def sale_statuses() -> list[Row]:
    """The choices of field 3."""
    return [{"key": "1", "value": "跟进中"}, {"key": "2", "value": "已成交"}, {"key": "3", "value": "已丢单"}]


def _field(ec: Ec, number: str) -> Row:
    names = {
        "projectName": "项目名称",
        "status": "状态",
        "money": "金额",
        "guessTime": "预计成交时间",
        "dealDate": "成交日期",
        "productDes": "产品描述",
        "remark": "备注",
    }
    name = STANDARD[number]
    kind = 3 if name == "status" else 4 if name == "money" else 5 if name in TIMES else 1
    params = sale_statuses() if name == "status" else []
    required = int(number in {"1", "3", "4"})
    return {"id": number, "name": names[name], "type": kind, "stype": 1, "isnotnull": required, "status": 1,
            "params": params}  # fmt: skip


def _written(ec: Ec, call: Call, asked: Row) -> Row:
    """The sent fields under their names; numeric keys that are no field of this account are refused or dropped."""
    data: Row = {}
    custom: Row = {}
    for key, value in asked.items():
        if key in STANDARD:
            data[STANDARD[key]] = _value(ec, key, value)
        elif key not in NOT_FIELDS and key.isdigit():
            custom[key] = value
    if custom:
        data["fields"] = custom_fields(ec, "sales_field", custom)
    lines = asked.get("product")
    if lines is not None:
        if not isinstance(lines, list):
            raise RefusedError(f"参数product必须是数组：{lines!r}")
        data["product"] = lines
    return ec.as_stored(call, data)


def _value(ec: Ec, key: str, value: Any) -> Any:
    name = STANDARD[key]
    if name == "money":
        return cents(amount(value, "4"))
    if name == "status" and str(value) not in {choice["key"] for choice in sale_statuses()}:
        raise RefusedError(f"字段3（状态）没有选项：{value!r}")
    if name in TIMES and value:
        read_time(value, ec.zone)
    return str(value if value is not None else "")


def _refuse_locked(ec: Ec, call: Call, row: Row) -> None:
    if ec.is_locked(call, row["id"]):
        raise RefusedError(LOCKED)


def _filtered(ec: Ec, asked: Row) -> Iterable[Row]:
    created, changed = asked.get("creatTime"), asked.get("lastModifyTime")
    if not created and not changed:
        raise RefusedError("creatTime和lastModifyTime不能同时为空")
    rows = _in_windows(ec, created, changed)
    tests = [
        ("userId", comma_ids(asked.get("userIds"), "userIds")),
        ("crmId", comma_ids(asked.get("crmIds"), "crmIds")),
        ("status", comma_ids(asked.get("salesStatus"), "salesStatus")),
    ]
    for name, wanted in tests:
        if wanted:
            rows = [row for row in rows if str(row[name]) in wanted]
    departments = comma_ids(asked.get("deptIds"), "deptIds")
    return [row for row in rows if _in_departments(ec, row, departments)]


def _in_windows(ec: Ec, created: Any, changed: Any) -> list[Row]:
    rows = ec.store.all("sale")
    for name, value in (("changeTime", changed), ("createTime", created)):
        if value:
            first, last = (ec.stamp(when) for when in window(value, ec.zone))
            rows = [row for row in rows if first <= row[name] and _before(ec, row[name], last)]
    return sorted(rows, key=lambda row: (row["changeTime" if changed else "createTime"], row["id"]))


def _before(ec: Ec, text: str, last: str) -> bool:
    return text <= last if ec.settings.window_end_inclusive else text < last


def _in_departments(ec: Ec, row: Row, departments: list[str]) -> bool:
    if not departments:
        return True
    user = ec.store.get("user", row["userId"])
    return user is not None and str(user["deptId"]) in departments


def _listed(ec: Ec, row: Row) -> Row:
    shown = {name: value for name, value in row.items() if name not in LIST_HIDES}
    return {**shown, "money": ec.money(row["money"])}


def _line(ec: Ec, row: Row, line: Row) -> Row:
    amounts = {name: ec.money(line[name]) for name in ("productNum", "originalMoney", "saleMoney", "saleDiscount")}
    return {"saleId": row["id"], **line, **amounts}
