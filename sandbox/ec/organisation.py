"""org/… and config/…: employees, departments, custom fields and lists of choices."""

from sandbox.ec.state import Ec
from sandbox.ec.wire import Call, RefusedError, Row

FIELD_GROUP = {"groupId": 1, "groupName": "自定义字段"}


def struct_info(ec: Ec, call: Call) -> object:
    """org/struct/info: departments and employees; status 1 on, 0 off."""
    names = ("userId", "userName", "deptId", "title", "status")
    users = [{name: user[name] for name in names} for user in ec.visible("user", ec.store.all("user"), call)]
    return {"depts": ec.store.all("dept"), "users": ec.ids(users)}


def find_user(ec: Ec, call: Call) -> object:
    """org/user/findUserInfoById: by userId or by account (the login mobile)."""
    asked = call.fields
    user = _user(ec, asked)
    shown: Row = {
        "userId": user["userId"],
        "account": user["account"],
        "mobile": user["account"],
        "email": user["email"],
        "name": user["userName"],
        "faceUrl": "",
        "remark": user["remark"],
    }
    dept = ec.store.get("dept", user["deptId"]) if asked.get("deptInfo") else None
    return ec.ids([{**shown, **({"deptId": dept["deptId"], "deptName": dept["deptName"]} if dept else {})}])[0]


def customer_fields(ec: Ec, call: Call) -> object:
    """config/getFieldMapping: custom fields of customers; the key filedType is spelled so."""
    return [
        {
            "fieldId": field["fieldId"],
            "fieldName": field["fieldName"],
            "filedType": field.get("filedType", 1),
            **FIELD_GROUP,
            "fieldParam": field.get("fieldParam", []),
        }
        for field in ec.store.all("customer_field")
    ]


def public_ponds(ec: Ec, call: Call) -> object:
    """config/getPubicPond: spelled so."""
    return ec.store.all("pond")


def stages(ec: Ec, call: Call) -> object:
    """config/getStages: the steps of a customer."""
    names = ("潜在客户", "意向客户", "成交客户", "流失客户")
    return [{"stageId": str(number), "stageName": name} for number, name in enumerate(names, 1)]


def channels(ec: Ec, call: Call) -> object:
    """customer/getChannelSource."""
    return ec.store.all("channel")


def customer_groups(ec: Ec, call: Call) -> object:
    """customer/getCustomerGroup?userId=."""
    ec.existing("user", call.query.get("userId"), "用户userId")
    return ec.store.all("group")


def nothing(ec: Ec, call: Call) -> object:
    """Configuration reads this account has no values for: labels, areas, trades, contact fields."""
    return []


def _user(ec: Ec, asked: Row) -> Row:
    if asked.get("userId") not in (None, ""):
        return ec.existing("user", asked["userId"], "用户userId")
    found = ec.store.find("user", "account", asked.get("account")) if asked.get("account") else []
    if not found:
        raise RefusedError(f"用户不存在：{asked.get('account')!r}")
    return found[0]
