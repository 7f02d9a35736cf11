"""EC reads and writes the same record in different shapes: here is the difference, pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hub.connector.contract import Native, Remote
from hub.errors import ValidationFailed

ENTERPRISE = "1"
SALE_FIELDS = {"projectName": "1", "status": "3", "money": "4"}
"""Field numbers in writes that are the same in every account."""
SALE_TITLES = {"guessTime": "预计成交时间", "dealDate": "成交日期", "productDes": "产品描述", "remark": "备注"}
"""Their numbers are not public: looked up by title in the account's own list of fields."""

_READ_ONLY = frozenset({
    "crmId", "channel", "fieldInfos", "crmType", "mobiles", "emails", "wechats", "modifyTime", "contactTime",
    "createTime", "lastFollowUserId", "createUserId", "storageTime", "apiAdd", "shareUserId", "lastContactTime", "stars",
    "step", "customFieldValues",
})  # fmt: skip
_SALE_READ_ONLY = frozenset({
    "id", "userName", "createTime", "changeTime", "crmId", "name", "productId", "changeUser", "doUserid", "userId",
    "groupId",
})  # fmt: skip
_GENDERS = {"male_1": {"未知": 0, "男": 1, "女": 2}, "male_2": {"未知": 0, "男": 2, "女": 1}}


def is_enterprise(row: Mapping[str, Any]) -> bool:
    return str(row.get("crmType", "")) == ENTERPRISE


def customer(row: Native, key_field: str | None) -> Remote:
    return Remote(
        str(row["crmId"]), row, modified=str(row.get("modifyTime", "")), key=custom(row, "fieldInfos", key_field)
    )


def contact(row: Native, crm_id: str) -> Remote:
    """A contact has no address without its customer: both ids make the id."""
    return Remote(f"{crm_id}-{row['id']}", {**row, "crmId": row.get("crmId", int(crm_id))})


def sale(row: Native, lines: list[Native], key_field: str | None) -> Remote:
    return Remote(
        str(row["id"]),
        {**row, "products": lines},
        modified=str(row.get("changeTime", "")),
        key=custom(row, "customFieldValues", key_field),
    )


def custom(row: Mapping[str, Any], where: str, field_id: str | None) -> str:
    """The value of a custom field ("" when the row does not show it)."""
    found = (one for one in row.get(where) or () if isinstance(one, dict) and str(one.get("fieldId")) == field_id)
    return str(next(found, {}).get("fieldValue") or "")


def contact_ids(contact_id: str) -> tuple[str, str]:
    crm_id, _, own = contact_id.partition("-")
    return crm_id, own


def customer_write(data: Native, channels: Mapping[str, int], gender_codes: str) -> Native:
    """A customer as addCustomer and batchUpdateCustomer take it. Raises ValidationFailed for a value EC has no code
    for."""
    row = {name: value for name, value in data.items() if name not in _READ_ONLY}
    if data.get("channel"):
        row["channelId"] = _looked_up(channels, "channel", str(data["channel"]))
    if row.get("gender") is not None:
        row["gender"] = _looked_up({**_GENDERS[gender_codes], "0": 0, "1": 1, "2": 2}, "gender", str(row["gender"]))
    if "fieldInfos" in data:
        row["fields"] = {**row.get("fields", {}), **_custom_values(data["fieldInfos"])}
    return row


def new_customer(row: Native, data: Native, key: Mapping[str, str]) -> Native:
    """What only a create says: person or enterprise, and the hub's key."""
    return {**row, "createCrmType": int(data.get("crmType") or 0), "fields": {**row.get("fields", {}), **key}}


def only_at_creation(data: Mapping[str, Any], names: tuple[str, ...]) -> None:
    """Raises ValidationFailed for a field that EC never changes afterwards: dropping it silently would lose an edit."""
    for name in names:
        if name in data:
            raise ValidationFailed(
                f"EC 中的 {name} 只能在新建时写入，不能改成“{data[name]}”",
                f"EC takes {name} only when a record is created and not the change to '{data[name]}'",
                field=name,
                value=str(data[name]),
            ).put_right_by(
                "hub_admin",
                f"在 EC 里直接修改，或在映射 ec 里把 {name} 这一行改为 direction: pull",
                f"change it in EC itself, or make the line {name} of the mapping ec pull only",
            )


def contact_write(data: Native) -> Native:
    return {name: value for name, value in data.items() if name not in {"id", "crmId", "createTime", "modifyTime"}}


def sale_write(data: Native, field_ids: Mapping[str, str]) -> Native:
    """A sale as addSales and updateSales take it: numeric field ids are the keys, `product` holds the lines.

    `field_ids` are the account's fields by title; a native key that is neither standard nor a title passes as it is
    (numeric ids do). Raises ValidationFailed for a name that EC cannot store.
    """
    row: Native = {}
    for name, value in data.items():
        if name == "products":
            row["product"] = [_line_write(line) for line in value]
        elif name == "customFieldValues":
            row |= _custom_values(value)
        elif name not in _SALE_READ_ONLY:
            row[_sale_field(name, field_ids)] = value
    return row


def _sale_field(name: str, field_ids: Mapping[str, str]) -> str:
    found = SALE_FIELDS.get(name) or field_ids.get(SALE_TITLES.get(name, name)) or (name if name.isdigit() else "")
    if not found:
        title = SALE_TITLES.get(name, name)
        raise ValidationFailed(
            f"EC 的销售金额没有字段“{title}”",
            f"Sales in EC have no field '{title}'",
            field=name,
        ).put_right_by(
            "hub_admin",
            f"在 EC 后台给销售金额加上“{title}”，或从映射 ec/order.yaml 中去掉 {name}",
            f"add '{title}' to sales in EC, or take {name} out of the mapping ec/order.yaml",
        )
    return found


def _line_write(line: Native) -> Native:
    return {name: value for name, value in line.items() if name not in {"saleId", "del", "onOff"}}


def _custom_values(given: object) -> dict[str, str]:
    rows = given if isinstance(given, list) else []
    return {str(one["fieldId"]): _as_text(one.get("fieldValue")) for one in rows if isinstance(one, dict)}


def _as_text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return "" if value is None else str(value)


def _looked_up(table: Mapping[str, int], field: str, value: str) -> int:
    if value not in table:
        known = "、".join(list(table)[:10])
        raise ValidationFailed(
            f"EC 没有 {field} 的选项“{value}”，可选：{known}",
            f"EC has no {field} '{value}'; known: {known}",
            field=field,
            value=value,
        ).put_right_by(
            "hub_admin",
            f"在 EC 后台添加选项“{value}”，或在映射 ec 里用 lookup 换成已有的",
            f"add '{value}' in EC, or translate it with a lookup in the mapping ec",
        )
    return table[value]
