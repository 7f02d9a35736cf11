"""OA approvals in the old family: create, get, listids (dingtalk.md section 4.2)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sandbox.dingtalk.approvals import PAGE_MOST, instances, next_page, start_instance
from sandbox.dingtalk.errors import JsonObject, NewError, OapiError
from sandbox.dingtalk.tenant import CHINA, Call, Record, Tenant, china_text


def create(tenant: Tenant, call: Call) -> JsonObject:
    """POST topapi/processinstance/create; 830001 bad processCode, 820001 with the reason, 40056 agent."""
    template = _template(tenant, call)
    if call.number("agent_id", tenant.settings.agent_id) != tenant.settings.agent_id:
        raise OapiError(40056)
    body = {
        "originatorUserId": call.text("originator_user_id"),
        "deptId": call.text("dept_id"),
        "approvers": _approvers(call),
        "ccList": call.listed("cc_list"),
        "formComponentValues": [_value(one) for one in call.rows("form_component_values")],
    }
    try:
        row = start_instance(tenant, template, replace(call, body=body))
    except NewError as error:
        raise OapiError(820001, f"发起审批流程失败: {error.message}") from error
    return {"process_instance_id": row["processInstanceId"]}


def get(tenant: Tenant, call: Call) -> JsonObject:
    """POST topapi/processinstance/get; times are China's, to the second."""
    row = tenant.store.get("approval", call.text("process_instance_id"))
    if row is None:
        raise OapiError(400002, "无效的参数: process_instance_id")
    return {"process_instance": _shown(row)}


def list_ids(tenant: Tenant, call: Call) -> JsonObject:
    """POST topapi/processinstance/listids; next_cursor is missing at the end."""
    code = _template(tenant, call)["processCode"]
    since, until = call.number("start_time"), call.number("end_time", tenant.now_ms)
    start, size = call.number("cursor", 0), call.number("size", 10)
    if not 1 <= size <= PAGE_MOST:
        raise OapiError(400002, f"无效的参数: size 1 to {PAGE_MOST}")
    users = call.listed("userid_list")
    rows = [row for row in instances(tenant, code, since, until) if not users or row["originatorUserId"] in users]
    ids, after = next_page(tenant, call, rows, start=start, size=size)
    return {"result": {"list": ids, **({"next_cursor": after} if after else {})}}


def _template(tenant: Tenant, call: Call) -> Record:
    row = tenant.store.get("approval_template", call.text("process_code"))
    if row is None:
        raise OapiError(830001)
    return row


def _approvers(call: Call) -> list[Record]:
    """approvers_v2 with its relations, or the plain list: one after the other."""
    rows = [one if isinstance(one, dict) else {} for one in call.rows("approvers_v2")]
    if rows:
        return [{"actionType": one.get("task_action_type"), "userIds": one.get("user_ids")} for one in rows]
    return [{"actionType": "NONE", "userIds": [one]} for one in call.listed("approvers")]


def _value(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    return {**given, "extValue": given["ext_value"]} if given.get("ext_value") else given


def _shown(row: Record) -> Record:
    tasks = [
        {
            "taskid": str(one["taskId"]),
            "userid": one["userId"],
            "task_status": one["status"],
            "task_result": one["result"],
            "activity_id": one["activityId"],
            "create_time": _at(one["created"]),
            **({"finish_time": _at(one["finished"])} if one["finished"] else {}),
        }
        for one in row["tasks"]
    ]
    records = [
        {
            "userid": one["userId"],
            "date": _at(one["date"]),
            "operation_type": one["type"],
            "operation_result": one["result"],
            "remark": one["remark"],
        }
        for one in row["operationRecords"]
    ]
    values = [
        {"id": one["id"], "name": one["name"], "value": one["value"], "component_type": one["componentType"]}
        for one in row["formComponentValues"]
    ]
    return {
        "title": row["title"],
        "create_time": _at(row["created"]),
        **({"finish_time": _at(row["finished"])} if row["finished"] else {}),
        "originator_userid": row["originatorUserId"],
        "originator_dept_id": row["originatorDeptId"],
        "originator_dept_name": row["originatorDeptName"],
        "status": row["status"],
        "result": row["result"],
        "business_id": row["businessId"],
        "approver_userids": list(dict.fromkeys(one["userId"] for one in row["tasks"])),
        "cc_userids": row["ccUserIds"],
        "form_component_values": values,
        "tasks": tasks,
        "operation_records": records,
        "biz_action": "NONE",
        "attached_process_instance_ids": [],
    }


def _at(milliseconds: int) -> str:
    return china_text(datetime.fromtimestamp(milliseconds / 1000, CHINA))
