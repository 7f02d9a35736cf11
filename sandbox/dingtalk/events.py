"""Events out of changes of the store, in the keys of Stream frames and of the HTTP form (dingtalk.md section 5.2)."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.core import Change
from sandbox.dingtalk.tenant import Event, Record, Tenant

ENDED = {"COMPLETED": "finish", "TERMINATED": "terminate"}
TASK_ENDED = {"COMPLETED": "finish", "CANCELED": "cancel"}
MEMBER = {"create": "user_add_org", "update": "user_modify_org", "delete": "user_leave_org"}
DEPARTMENT = {"create": "org_dept_create", "update": "org_dept_modify", "delete": "org_dept_remove"}
# Events of the contacts, whose keys were captured in capitals and are documented in small letters.
CONTACT_EVENTS = frozenset({*MEMBER.values(), *DEPARTMENT.values(), "user_active_org", "label_user_change"})


def watch(tenant: Tenant) -> None:
    """From now on changes of members, departments and approvals become events."""
    told: Mapping[str, Callable[[Tenant, Change], None]] = {
        "member": _member,
        "department": _department,
        "approval": _approval,
    }

    def changed(change: Change) -> None:
        if change.object in told:
            told[change.object](tenant, change)

    tenant.store.hooks.append(changed)


def plain_event(tenant: Tenant, event: Event) -> Record:
    """What is encrypted for HTTP: the envelope and the keys in the case of the setting."""
    settings = tenant.settings
    body = event.body if settings.event_key_case == "documented" else event.captured
    if event.kind in CONTACT_EVENTS:
        stamp = "TimeStamp" if settings.event_key_case == "captured" else "timeStamp"
        envelope = {stamp: str(tenant.now_ms), "CorpId": settings.corp_id}
        return {**envelope, **body, "EventType": event.kind, "eventId": event.id}
    return {**body, "EventType": event.kind, "corpId": settings.corp_id, "eventId": event.id}


def contact_event(tenant: Tenant, kind: str, field: str, ids: list[Any]) -> None:
    """user_* with userId and org_dept_* with deptId."""
    small = field[0].lower() + field[1:]
    tenant.tell(kind, {"timeStamp": str(tenant.now_ms), small: ids}, {field: ids})


def _member(tenant: Tenant, change: Change) -> None:
    contact_event(tenant, MEMBER[change.kind], "UserId", [change.id])


def _department(tenant: Tenant, change: Change) -> None:
    contact_event(tenant, DEPARTMENT[change.kind], "DeptId", [int(change.id)])


def _approval(tenant: Tenant, change: Change) -> None:
    before, after = change.before or {}, change.after
    if after is None:
        body = _instance_body(before, "delete")
        tenant.tell("bpms_instance_change", body, body)
        return
    if not before:
        body = _instance_body(after, "start")
        tenant.tell("bpms_instance_change", body, body)
    _tasks(tenant, before, after)
    if before.get("status") != after["status"] and after["status"] in ENDED:
        kind = ENDED[after["status"]]
        result = {"result": after["result"]} if kind == "finish" else {}
        body = {**_instance_body(after, kind), "finishTime": after["finished"], **result}
        tenant.tell("bpms_instance_change", body, body)


def _tasks(tenant: Tenant, before: Record, after: Record) -> None:
    known = {one["taskId"]: one["status"] for one in before.get("tasks", [])}
    for task in after["tasks"]:
        if task["taskId"] not in known:
            _task(tenant, after, task, "start")
        if known.get(task["taskId"]) != task["status"] and task["status"] in TASK_ENDED:
            _task(tenant, after, task, TASK_ENDED[task["status"]])


def _task(tenant: Tenant, row: Record, task: Record, kind: str) -> None:
    body = {**_instance_body(row, kind), "taskId": task["taskId"], "staffId": task["userId"]}
    body["createTime"] = task["created"]
    if kind != "start":
        body["finishTime"] = task["finished"]
    if kind == "finish":
        body |= {"result": str(task["result"]).lower(), "remark": task.get("remark", "")}
    tenant.tell("bpms_task_change", body, body)


def _instance_body(row: Record, kind: str) -> Record:
    return {
        "processInstanceId": row["processInstanceId"],
        "processCode": row["processCode"],
        "businessId": row["businessId"],
        "title": row["title"],
        "staffId": row["originatorUserId"],
        "createTime": row["created"],
        "url": f"https://aflow.dingtalk.com/dingtalk/mobile/homepage.htm?procInstId={row['processInstanceId']}",
        "bizCategoryId": "",
        "businessType": "",
        "type": kind,
    }
