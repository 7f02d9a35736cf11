"""The kinds of record a test or a user of 钉钉 edits through the control interface, and what completes them."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from sandbox.core import ControlError, ObjectKind
from sandbox.core.switches import SettingError
from sandbox.dingtalk.approval_flow import decide, decide_all, new_instance, open_tasks, terminate
from sandbox.dingtalk.approval_forms import complete_components
from sandbox.dingtalk.settings import Settings
from sandbox.dingtalk.tenant import Tenant
from sandbox.dingtalk.texts import union_id

Data = dict[str, Any]
Prepare = Callable[[Data, Data | None], Data]

MEMBER_DEFAULTS: Data = {
    "name": "",
    "avatar": "",
    "state_code": "86",
    "mobile": "",
    "hide_mobile": False,
    "telephone": "",
    "job_number": "",
    "title": "",
    "email": "",
    "org_email": "",
    "work_place": "",
    "remark": "",
    "extension": "{}",
    "active": True,
    "real_authed": True,
    "senior": False,
    "admin": False,
    "boss": False,
    "role_list": [],
    "manager_userid": "",
    "exclusive_account": False,
    "dept_id_list": [1],
    "disabled": False,  # sandbox flag: the account is stopped; nothing reaches it, no mobile finds it
    "flow_controlled": False,  # sandbox flag: one-to-one robot messages come back as flow-controlled
}
DEPARTMENT_DEFAULTS: Data = {
    "parent_id": 1,
    "create_dept_group": False,
    "auto_add_user": False,
    "order": 0,
    "dept_manager_userid_list": [],
    "source_identifier": "",
    "code": "",
    "hide_dept": False,
}
ROBOT_DEFAULTS: Data = {
    "name": "",
    "secret": "",
    "keywords": [],
    "ips": [],
    "enabled": True,
    "in_group": True,
    "group_exists": True,
}


def define_objects(tenant: Tenant) -> None:
    """Make room in the store for every kind of record."""
    for kind in _kinds(tenant):
        tenant.store.define(kind)


def seed(tenant: Tenant) -> None:
    """What exists in every organisation: root department, one group robot, one approval template, the settings."""
    chosen = tenant.settings
    root = {"dept_id": 1, "name": "沙箱公司", "parent_id": 0}
    tenant.store.create("department", _department(tenant)(root, None))
    robot = {"token": chosen.robot_token, "name": "沙箱群机器人", "secret": chosen.robot_secret}
    tenant.store.create("robot", _robot(robot, None))
    template = {"processCode": chosen.process_code, "name": "销售订单审批"}
    tenant.store.create("approval_template", _template(template, None))
    for setting in fields(Settings):
        tenant.store.create("setting", {"name": setting.name, "value": getattr(chosen, setting.name)})


def _kinds(tenant: Tenant) -> list[ObjectKind]:
    return [
        ObjectKind(name="department", id_field="dept_id", prepare=_department(tenant)),
        ObjectKind(name="member", id_field="userid", indexed=("mobile", "unionid"), prepare=_member(tenant)),
        ObjectKind(name="robot", id_field="token", prepare=_robot),
        ObjectKind(name="group", id_field="openConversationId", new_id=lambda number: f"cidSandbox{number:08d}=="),
        ObjectKind(name="todo", indexed=("sourceId",)),
        ObjectKind(name="approval_template", id_field="processCode", new_id=_code, prepare=_template),
        ObjectKind(name="approval", id_field="processInstanceId", indexed=("processCode",), prepare=_approval(tenant)),
        ObjectKind(name="messages", indexed=("user", "task_id", "group")),
        ObjectKind(name="setting", id_field="name", prepare=_setting),
    ]


def _code(number: int) -> str:
    return f"PROC-SANDBOX-{number:08d}"


def _department(tenant: Tenant) -> Prepare:
    def prepare(data: Data, stored: Data | None) -> Data:
        row = data if stored else {**DEPARTMENT_DEFAULTS, **data}
        if not stored and not row.get("name"):
            raise ControlError("department needs a name")
        parent = row.get("parent_id", 0)
        if parent and tenant.store.get("department", parent) is None:
            raise ControlError(f"department.parent_id {parent!r} does not exist; the root department is 1")
        return row

    return prepare


def _member(tenant: Tenant) -> Prepare:
    def prepare(data: Data, stored: Data | None) -> Data:
        wanted = data.get("dept_id_list", [] if stored else [1])
        if not isinstance(wanted, list) or any(tenant.store.get("department", one) is None for one in wanted):
            raise ControlError(f"member.dept_id_list {wanted!r} must be a list of existing department ids")
        if stored:
            return data
        userid = data.get("userid")
        if not isinstance(userid, str) or not userid:
            raise ControlError("member needs a userid (text)")
        return _new_member(userid, data)

    return prepare


def _new_member(userid: str, data: Data) -> Data:
    row = {**MEMBER_DEFAULTS, "unionid": union_id(userid), **data}
    departments = row["dept_id_list"]
    return {
        "leader_in_dept": [{"dept_id": one, "leader": False} for one in departments],
        "dept_order_list": [{"dept_id": one, "order": 0} for one in departments],
        **row,
    }


def _robot(data: Data, stored: Data | None) -> Data:
    if not stored and not data.get("token"):
        raise ControlError("robot needs a token (64 hexadecimal characters)")
    return data if stored else {**ROBOT_DEFAULTS, **data}


def _template(data: Data, stored: Data | None) -> Data:
    """Without `components` it is the order form of the README; `approvers` are the user ids of its own flow."""
    if stored and "components" not in data:
        return data
    if not stored and not data.get("name"):
        raise ControlError("approval_template needs a name")
    components = complete_components(data.get("components"))
    return {**({} if stored else {"approvers": []}), **data, "components": components}


def _approval(tenant: Tenant) -> Prepare:
    """POST starts one; PUT {"result": agree|refuse, "by"?, "remark"?, "task"?} or {"status": "TERMINATED"} ends it."""

    def prepare(data: Data, stored: Data | None) -> Data:
        if stored is None:
            return new_instance(tenant, data)
        by, remark = str(data.get("by", "")), str(data.get("remark", ""))
        if stored["status"] != "RUNNING" and ("result" in data or "status" in data):
            raise ControlError(f"approval {stored['processInstanceId']} is {stored['status']}; it stays so", 409)
        if data.get("status") == "TERMINATED":
            return terminate(tenant, stored, by=by or stored["originatorUserId"], remark=remark)
        if "result" in data:
            return _decided(tenant, stored, data, by=by, remark=remark)
        return data

    return prepare


def _decided(tenant: Tenant, stored: Data, data: Data, *, by: str, remark: str) -> Data:
    result = data["result"]
    if result not in ("agree", "refuse"):
        raise ControlError(f"approval.result {result!r} must be agree or refuse")
    if "task" not in data:
        return decide_all(tenant, stored, result=result, by=by, remark=remark)
    found = [one for one in open_tasks(stored) if str(one["taskId"]) == str(data["task"])]
    if not found:
        raise ControlError(f"approval.task {data['task']!r} is not open", 404)
    return decide(tenant, stored, found[0], result=result, remark=remark)


def _setting(data: Data, stored: Data | None) -> Data:
    if stored is None:
        raise ControlError('settings are fixed; change one with PUT /_sandbox/records/setting/NAME {"value": ...}')
    try:
        Settings().change(stored["name"], data.get("value"))
    except SettingError as error:
        raise ControlError(str(error)) from error
    return {"value": data["value"]}
