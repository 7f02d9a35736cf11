"""Approval templates and the values of a form: labels must match and every value is a text (section 4.1)."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.dingtalk.errors import JsonObject, NewError
from sandbox.dingtalk.tenant import Call, Record, Tenant

MOST_VALUES = 150
DATE_FORMS = ("%Y-%m-%d", "%Y-%m-%d %H:%M")
ORDER_FORM: tuple[Record, ...] = (
    {"label": "订单编号", "componentType": "TextField", "required": True},
    {"label": "客户", "componentType": "TextField", "required": True},
    {"label": "金额", "componentType": "MoneyField", "required": True},
    {"label": "币种", "componentType": "DDSelectField", "options": ["CNY", "USD", "EUR"]},
    {"label": "下单日期", "componentType": "DDDateField"},
    {"label": "备注", "componentType": "TextareaField"},
    {"label": "集成编号", "componentType": "TextField"},
)


def template_of(tenant: Tenant, code: str, error: str) -> Record:
    """The template of a processCode; NewError 400 with the call's own code when it is unknown."""
    row = tenant.store.get("approval_template", code)
    if row is None:
        raise NewError(error, f"processCode错误: {code}")
    return row


def schema(tenant: Tenant, call: Call) -> JsonObject:
    """GET /v1.0/workflow/forms/schemas/processCodes?processCode=: labels, kinds and ids of the form's fields."""
    row = template_of(tenant, call.query.get("processCode", ""), "invalidProcessCode")
    items = [_item(one) for one in row["components"]]
    content = {"title": row["name"], "icon": "common", "items": items}
    shown = {"formCode": row["processCode"], "formUuid": f"FORM-{row['processCode']}", "name": row["name"]}
    return {"result": {**shown, "status": "PUBLISHED", "appType": 0, "schemaContent": content}}


def _item(component: Record) -> Record:
    props: Record = {"id": component["id"], "label": component["label"], "required": component["required"]}
    if component.get("options"):
        # the vendor sends each option as JSON text
        props["options"] = [
            json.dumps({"key": f"option_{place}", "value": text}, ensure_ascii=False)
            for place, text in enumerate(component["options"])
        ]
    return {"componentName": component["componentType"], "props": props, "children": []}


def complete_components(given: object) -> list[Record]:
    """Components of a template with the ids and kinds that were left out."""
    rows = given if isinstance(given, list) else [dict(one) for one in ORDER_FORM]
    defaults = {"componentType": "TextField", "required": False}
    return [
        {**defaults, "id": f"{one.get('componentType', 'TextField')}-SANDBOX{place:03d}", **one}
        for place, one in enumerate(rows, 1)
    ]


def check_values(template: Record, given: list[Any], unknown: str) -> list[Record]:
    """Values as an instance keeps them: {id, name, value, componentType, …}; NewError 400 formConverterError."""
    if not 1 <= len(given) <= MOST_VALUES:
        raise NewError("invalidParameter", f"formComponentValues needs 1 to {MOST_VALUES} entries")
    known = {one["label"]: one for one in template["components"]}
    values = [_value(known, one, unknown) for one in given]
    kept = [one for one in values if one is not None]
    filled = {one["name"] for one in kept if one["value"]}
    for one in template["components"]:
        if one["required"] and one["label"] not in filled:
            raise _bad(one["label"])
    return kept


def _value(known: Mapping[str, Record], given: object, unknown: str) -> Record | None:
    name = given.get("name") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(name, str) or not isinstance(given.get("value"), str):
        raise _bad(str(name))
    component = known.get(name)
    if component is None:
        if unknown == "ignore":
            return None
        raise _bad(name)
    kind, value = component["componentType"], given["value"]
    if value and kind in CHECKS and not CHECKS[kind](value, component):
        raise _bad(name)
    kept = {"id": component["id"], "name": name, "value": value, "componentType": kind}
    return {**kept, **{one: given[one] for one in ("extValue", "bizAlias") if given.get(one)}}


def _bad(name: str) -> NewError:
    return NewError("formConverterError", f"表单数据校验失败，失败控件：{name}")


def _is_number(value: str, _component: Record) -> bool:
    try:
        return Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _is_date(value: str, _component: Record) -> bool:
    return any(_parses(value, form) for form in DATE_FORMS)


def _parses(value: str, form: str) -> bool:
    try:
        return bool(datetime.strptime(value, form))  # noqa: DTZ007 - only whether it is a date
    except ValueError:
        return False


def _is_option(value: str, component: Record) -> bool:
    return value in component.get("options", [value])


def _is_list(value: str, _component: Record) -> bool:
    try:
        return isinstance(json.loads(value), list)
    except ValueError:
        return False


CHECKS: Mapping[str, Callable[[str, Record], bool]] = {
    "NumberField": _is_number,
    "MoneyField": _is_number,
    "DDDateField": _is_date,
    "DDSelectField": _is_option,
    "DDMultiSelectField": _is_list,
    "DDDateRangeField": _is_list,
    "TableField": _is_list,
    "InnerContactField": _is_list,
    "DDPhotoField": _is_list,
    "DDAttachment": _is_list,
    "RelateField": _is_list,
}
