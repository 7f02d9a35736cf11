"""customer/…: create, change, hand over, give up and merge; a row refused stays inside an answer with code 200."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.ec.kinds import CUSTOMER_TEXTS, new_customer
from sandbox.ec.state import LOCKED, Ec
from sandbox.ec.wire import Call, RefusedError, Row, comma_ids

MOST_CREATED = 50
MOST_MOVED = 200
MOST_NAME = 50
FLAGS = ("isBirthdayLunar", "birthdayLunarLeap")
GENDER_WORDS = {"e3": {"0": "未知", "1": "男", "2": "女"}, "e2": {"0": "未知", "1": "女", "2": "男"}}


def add_customers(ec: Ec, call: Call) -> object:
    """customer/addCustomer: up to 50 at once; `repeat` permits duplicates."""
    asked = call.fields
    operator, items = ec.operator(asked), asked.get("list")
    if not isinstance(items, list) or not items:
        raise RefusedError("参数list不能为空")
    if len(items) > MOST_CREATED:
        raise RefusedError(f"参数list最多{MOST_CREATED}个，收到{len(items)}个")
    made: list[Row] = []
    failed: list[Row] = []
    for index, item in enumerate(items):
        try:
            row = _add(ec, call, item, operator=operator, repeat=bool(asked.get("repeat", False)))
            made.append({"crmId": row["crmId"], "index": index})
        except RefusedError as error:
            failed.append({"index": index, "failureCause": str(error)})
    return {"failureList": failed, "successIdList": ec.ids(made)}


def update_customer(ec: Ec, call: Call) -> object:
    """customer/updateCustomer: the named fields of one customer; an absent field stays, an empty text clears."""
    _update(ec, call, call.fields)
    return None


def batch_update(ec: Ec, call: Call) -> object:
    """customer/batchUpdateCustomer: the body is an array of updates."""
    if not isinstance(call.body, list) or not call.body:
        raise RefusedError("请求体必须是非空数组")
    done: list[Row] = []
    failed: list[Row] = []
    for index, item in enumerate(call.body):
        crm_id = item.get("crmId") if isinstance(item, dict) else None
        try:
            _update(ec, call, item)
            done.append({"crmId": crm_id, "index": index})
        except RefusedError as error:
            failed.append({"crmId": crm_id, "index": index, "failureCause": str(error)})
    return {"failureList": failed, "successList": ec.ids(done)}


def change_user(ec: Ec, call: Call) -> object:
    """customer/change/user: hands customers (comma string) to another employee; one code per customer."""
    asked = call.fields
    ec.operator(asked)
    owner = ec.existing("user", asked.get("followUserId"), "跟进人followUserId")

    def hand_over(row: Row) -> None:
        ec.updated("customer", row["crmId"], {"followUserId": owner["userId"], "publicPondId": None})

    return _each(ec, call, asked, hand_over)


def abandon(ec: Ec, call: Call) -> object:
    """customer/change/abandon: type 0 gives customers back to the group pond, above 0 to a company pond."""
    asked = call.fields
    ec.operator(asked)
    pond = asked.get("type", 0)
    if pond not in (0, "0"):
        ec.existing("pond", pond, "公海type")

    def give_up(row: Row) -> None:
        ec.updated("customer", row["crmId"], {"followUserId": None, "publicPondId": pond or None})

    return _each(ec, call, asked, give_up)


def update_step(ec: Ec, call: Call) -> object:
    """customer/step/update: the stage of customers."""
    asked = call.fields
    ec.operator(asked)

    def move(row: Row) -> None:
        ec.updated("customer", row["crmId"], {"step": str(asked.get("step", "1"))})

    return _each(ec, call, asked, move)


def combine(ec: Ec, call: Call) -> object:
    """customer/combine: merges customers; the smallest id survives and is returned."""
    asked = call.fields
    ec.operator(asked)
    ids = sorted({int(found) for found in _numeric(comma_ids(asked.get("crmIds"), "crmIds"))})
    rows = [ec.existing("customer", crm_id, "客户crmId") for crm_id in ids]
    if len(rows) < 2:
        raise RefusedError("合并至少需要两个客户")
    owner = ec.existing("user", asked.get("followUserId"), "跟进人followUserId")
    survivor, others = rows[0], rows[1:]
    named = {"name": asked["name"]} if asked.get("name") else {}
    for row in others:
        _merge_children(ec, row["crmId"], survivor["crmId"])
        ec.store.update("customer", row["crmId"], {"mergedInto": survivor["crmId"]}, bump=False)
        ec.deleted("customer", row["crmId"])
    merged = {**_filled(survivor, others), **named, "followUserId": owner["userId"]}
    ec.updated("customer", survivor["crmId"], merged)
    return survivor["crmId"]


def _numeric(ids: list[str]) -> list[str]:
    wrong = [found for found in ids if not found.isdigit()]
    if wrong:
        raise RefusedError(f"参数crmIds不正确：{wrong[0]!r}")
    return ids


def _merge_children(ec: Ec, old: object, new: object) -> None:
    for name in ("contact", "sale"):
        for child in ec.store.find(name, "crmId", old):
            ec.store.update(name, child["id"], {"crmId": new})


def _filled(survivor: Row, others: list[Row]) -> Row:
    """Texts the survivor lacks, from the first of the others that has them."""
    return {
        name: next(row[name] for row in others if row[name])
        for name in CUSTOMER_TEXTS
        if not survivor[name] and any(row[name] for row in others)
    }


def _each(ec: Ec, call: Call, asked: Mapping[str, Any], act: Callable[[Row], None]) -> Row:
    """Runs one action over the customers of a comma string and counts as change/user does."""
    wanted = comma_ids(asked.get("crmIds"), "crmIds", most=MOST_MOVED)
    if not wanted:
        raise RefusedError("参数crmIds不能为空")
    outcome = [_one(ec, call, crm_id, act) for crm_id in wanted]
    errors = sum(item["code"] != 200 for item in outcome)
    return {"nums": len(outcome), "success": len(outcome) - errors, "errors": errors, "list": outcome}


def _one(ec: Ec, call: Call, crm_id: str, act: Callable[[Row], None]) -> Row:
    row = ec.store.get("customer", crm_id)
    if row is None:
        return {"crmId": crm_id, "name": "", "code": ec.settings.error_code, "msg": "客户不存在"}
    if ec.is_locked(call, row["crmId"]):
        return {"crmId": row["crmId"], "name": row["name"], "code": ec.settings.error_code, "msg": LOCKED}
    act(row)
    return {"crmId": row["crmId"], "name": row["name"], "code": 200, "msg": "成功"}


def _add(ec: Ec, call: Call, item: object, *, operator: Row, repeat: bool) -> Row:
    if not isinstance(item, dict):
        raise RefusedError(f"客户必须是对象：{item!r}")
    data = {**new_customer(), **_written(ec, call, item)}
    if not (data["name"] or data["mobile"] or data["company"]):
        raise RefusedError("客户姓名、手机和公司不能同时为空")
    if not repeat:
        _refuse_duplicate(ec, data)
    if ec.is_locked(call, data["mobile"] or data["name"]):
        raise RefusedError(LOCKED)
    places = _places(ec, item)
    return ec.created("customer", {**data, **places, "createUserId": operator["userId"]})


def _places(ec: Ec, item: Row) -> Row:
    """Owner or pond and the type, which only a create may set."""
    kind = item.get("createCrmType", 0)
    if str(kind) not in {"0", "1"}:
        raise RefusedError(f"参数createCrmType只能是0或1：{kind!r}")
    owner = item.get("followUserId")
    if owner in (None, ""):
        return {"crmType": int(kind), "publicPondId": item.get("publicPondId", 301), "followUserId": None}
    user = ec.existing("user", owner, "跟进人followUserId")
    return {"crmType": int(kind), "followUserId": user["userId"], "lastFollowUserId": user["userId"]}


def _refuse_duplicate(ec: Ec, data: Row) -> None:
    for name in ec.settings.duplicate_by:
        same = ec.store.find("customer", name, data[name]) if data[name] else []
        if same:
            raise RefusedError(f"客户已存在，{name}重复：{data[name]}")


def _update(ec: Ec, call: Call, item: object) -> None:
    if not isinstance(item, dict):
        raise RefusedError(f"客户必须是对象：{item!r}")
    ec.operator(item)
    row = ec.existing("customer", item.get("crmId"), "客户crmId")
    if ec.is_locked(call, row["crmId"]):
        raise RefusedError(LOCKED)
    ec.edit_first(call, "customer", row["crmId"])
    changes = _written(ec, call, item)
    if "fields" in changes:
        stored = ec.existing("customer", row["crmId"], "客户crmId")
        changes["fields"] = {**stored["fields"], **changes["fields"]}
    ec.updated("customer", row["crmId"], changes)


def _written(ec: Ec, call: Call, item: Row) -> Row:
    """The fields a write may set, checked and as EC stores them; names EC does not know are dropped silently."""
    data: Row = {name: _text(name, item[name]) for name in CUSTOMER_TEXTS if item.get(name) is not None}
    if len(data.get("name", "")) > MOST_NAME:
        raise RefusedError(f"客户姓名不能超过{MOST_NAME}个字：{data['name']}")
    data |= {name: int(bool(item[name])) for name in FLAGS if item.get(name) is not None}
    if item.get("gender") is not None:
        data["gender"] = _gender(ec, item["gender"])
    if item.get("channelId") is not None:
        data["channelId"] = ec.existing("channel", item["channelId"], "来源channelId")["id"]
    if item.get("groupId") is not None:
        data["groupId"] = item["groupId"]
    if item.get("fields") is not None:
        data["fields"] = custom_fields(ec, "customer_field", item["fields"])
    return ec.as_stored(call, data)


def _text(name: str, value: object) -> str:
    if isinstance(value, dict | list | bool):
        raise RefusedError(f"参数{name}必须是文本：{value!r}")
    return str(value)


def _gender(ec: Ec, value: object) -> str:
    word = GENDER_WORDS[ec.settings.gender_codes].get(str(value))
    if word is None:
        raise RefusedError(f"参数gender只能是0、1、2：{value!r}")
    return word


def custom_fields(ec: Ec, object: str, given: object) -> dict[str, str]:
    """Values of custom fields by field id, as texts."""
    if not isinstance(given, dict):
        raise RefusedError(f"参数fields必须是对象：{given!r}")
    unknown = [key for key in given if ec.store.get(object, key) is None]
    if unknown and ec.settings.unknown_field == "refuse":
        raise RefusedError(f"自定义字段不存在：{unknown[0]}")
    return {str(key): "" if value is None else str(value) for key, value in given.items() if key not in unknown}
