"""The life of an approval: nodes of approvers one after the other, decisions, the end (dingtalk.md section 4.1).

Rows are values: every step takes a row and gives a new one; events come from the store's change hook.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from sandbox.dingtalk.tenant import CHINA, Record, Tenant

RESULTS = {"agree": "AGREE", "refuse": "REFUSE"}
OPEN_TASKS = ("NEW", "RUNNING")
ENDED_AT = {"status": "TERMINATED", "result": ""}


def new_instance(tenant: Tenant, given: Mapping[str, Any]) -> Record:
    """A whole instance from its given parts: ids, title, the tasks of its first node.

    `nodes` is [{"actionType": AND|OR|NONE, "userIds": […]}]; without any, nobody's task is open until a person
    decides through the control interface.
    """
    now, template = tenant.clock.now(), tenant.store.get("approval_template", given.get("processCode", "")) or {}
    starter = tenant.directory.members.get(given.get("originatorUserId", ""), {})
    number = tenant.number("approval")
    row: Record = {
        "processInstanceId": f"{secrets.token_urlsafe(12)}{number:010d}",
        "processCode": "",
        "businessId": f"{now.astimezone(CHINA):%Y%m%d%H%M}{number:09d}",
        "title": f"{starter.get('name', '')}提交的{template.get('name', '审批')}",
        "originatorUserId": "",
        "originatorDeptId": "-1",
        "originatorDeptName": _department_name(tenant, str(given.get("originatorDeptId", "-1"))),
        "status": "RUNNING",
        "result": "",
        "created": tenant.now_ms,
        "finished": None,
        "nodes": [],
        "node": 0,
        "ccUserIds": [],
        "formComponentValues": [],
        "operationRecords": [],
        "tasks": [],
        **given,
    }
    record = _operation(tenant, row["originatorUserId"], "START_PROCESS_INSTANCE")
    return _open_node(tenant, {**row, "operationRecords": [record]})


def decide(tenant: Tenant, row: Record, task: Record, *, result: str, remark: str = "") -> Record:
    """One approver's word: a refusal ends the instance, an agreement the node (or, for AND, only the task)."""
    done = {**task, "status": "COMPLETED", "result": RESULTS[result], "finished": tenant.now_ms, "remark": remark}
    tasks = [done if one["taskId"] == task["taskId"] else one for one in row["tasks"]]
    record = _operation(tenant, task["userId"], "EXECUTE_TASK_NORMAL", result=RESULTS[result], remark=remark)
    row = {**row, "tasks": tasks, "operationRecords": [*row["operationRecords"], record]}
    if result == "refuse":
        return _finish(tenant, _cancel_open(tenant, row), "refuse")
    if row["nodes"][row["node"]]["actionType"] == "AND" and open_tasks(row):
        return row
    return _open_node(tenant, {**_cancel_open(tenant, row), "node": row["node"] + 1})


def decide_all(tenant: Tenant, row: Record, *, result: str, by: str, remark: str) -> Record:
    """The whole instance decided at once: every open task in turn, the first one in the name of `by`."""
    while row["status"] == "RUNNING":
        waiting = open_tasks(row)
        if not waiting:
            record = _operation(tenant, by, "EXECUTE_TASK_NORMAL", result=RESULTS[result], remark=remark)
            return _finish(tenant, {**row, "operationRecords": [*row["operationRecords"], record]}, result)
        task = next((one for one in waiting if one["userId"] == by), waiting[0])
        row = decide(tenant, row, task, result=result, remark=remark)
    return row


def terminate(tenant: Tenant, row: Record, *, by: str, remark: str = "") -> Record:
    """Withdrawn: open tasks are cancelled, there is no result."""
    record = _operation(tenant, by, "TERMINATE_PROCESS_INSTANCE", remark=remark)
    row = _cancel_open(tenant, {**row, "operationRecords": [*row["operationRecords"], record]})
    return {**row, **ENDED_AT, "finished": tenant.now_ms}


def add_remark(tenant: Tenant, row: Record, *, by: str, text: str) -> Record:
    record = _operation(tenant, by, "ADD_REMARK", remark=text)
    return {**row, "operationRecords": [*row["operationRecords"], record]}


def open_tasks(row: Record) -> list[Record]:
    """Tasks that wait for somebody."""
    return [one for one in row["tasks"] if one["status"] in OPEN_TASKS]


def _department_name(tenant: Tenant, department: str) -> str:
    """-1 is the root, whose id elsewhere is 1."""
    wanted = 1 if department == "-1" else int(department)
    return str(tenant.directory.departments.get(wanted, {}).get("name", ""))


def _open_node(tenant: Tenant, row: Record) -> Record:
    """Tasks of the present node; past the last one the instance is agreed."""
    if not row["nodes"]:
        return row
    if row["node"] >= len(row["nodes"]):
        return _finish(tenant, row, "agree")
    users = row["nodes"][row["node"]]["userIds"]
    activity = f"{secrets.token_hex(2)}_{secrets.token_hex(2)}"
    tasks = [_task(tenant, user, activity) for user in users]
    return {**row, "tasks": [*row["tasks"], *tasks]}


def _task(tenant: Tenant, user: str, activity: str) -> Record:
    number = 70_000_000_000 + tenant.number("approval_task")
    times = {"created": tenant.now_ms, "finished": None}
    return {"taskId": number, "userId": user, "status": "RUNNING", "result": "NONE", **times, "activityId": activity}


def _cancel_open(tenant: Tenant, row: Record) -> Record:
    ended = {"status": "CANCELED", "finished": tenant.now_ms}
    return {**row, "tasks": [{**one, **ended} if one["status"] in OPEN_TASKS else one for one in row["tasks"]]}


def _finish(tenant: Tenant, row: Record, result: str) -> Record:
    return {**row, "status": "COMPLETED", "result": result, "finished": tenant.now_ms}


def _operation(tenant: Tenant, user: str, kind: str, *, result: str = "NONE", remark: str = "") -> Record:
    return {"userId": user, "date": tenant.now_ms, "type": kind, "result": result, "remark": remark}
