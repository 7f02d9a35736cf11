"""OA approvals in the new family: start, read, list by time, act, withdraw, comment (dingtalk.md section 4.1)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.dingtalk.approval_flow import add_remark, decide, new_instance, open_tasks, terminate
from sandbox.dingtalk.approval_forms import check_values, template_of
from sandbox.dingtalk.errors import JsonObject, NewError
from sandbox.dingtalk.tenant import CHINA, Call, Record, Tenant, texts_of

DAY_MS = 86_400_000
WINDOW_DAYS, BACK_DAYS = 120, 365
PAGE_MOST, USERS_MOST, APPROVERS_MOST = 20, 10, 20
DONE: JsonObject = {"result": True, "success": True}


def start(tenant: Tenant, call: Call) -> JsonObject:
    """POST /v1.0/workflow/processInstances: answers instanceId.

    400 processCodeError, processInstanceInvalidParameter, invalidAgentId, formConverterError, invalidParameter.
    """
    template = template_of(tenant, call.given("processCode"), "processCodeError")
    agent = call.given("microappAgentId")
    if agent and agent != str(tenant.settings.agent_id):
        raise NewError("invalidAgentId", "agentId错误")
    row = start_instance(tenant, template, call)
    return {"instanceId": row["processInstanceId"]}


def start_instance(tenant: Tenant, template: Record, call: Call) -> Record:
    """Checks a start of the new family's form, stores and journals the instance."""
    starter = _starter(tenant, call.given("originatorUserId"))
    nodes = _nodes(tenant, call.rows("approvers")) or template_nodes(template)
    department = _department(starter, call.given("deptId"), needed=not call.rows("approvers"))
    values = check_values(template, call.rows("formComponentValues"), tenant.settings.unknown_form_fields)
    return store_instance(
        tenant,
        {
            "processCode": template["processCode"],
            "originatorUserId": starter["userid"],
            "originatorDeptId": str(department),
            "nodes": nodes,
            "ccUserIds": call.listed("ccList"),
            "formComponentValues": values,
        },
    )


def store_instance(tenant: Tenant, given: Record) -> Record:
    row = tenant.store.create("approval", new_instance(tenant, given))
    tenant.journal.append("create", "approval", id=row["processInstanceId"], data=row)
    return row


def template_nodes(template: Record) -> list[Record]:
    """The template's own flow: one node, any of its approvers."""
    return [{"actionType": "OR", "userIds": template["approvers"]}] if template["approvers"] else []


def get(tenant: Tenant, call: Call) -> JsonObject:
    """GET /v1.0/workflow/processInstances?processInstanceId=; 400 processInstanceIdError, processInstanceNotExist."""
    row = _instance(tenant, call.query.get("processInstanceId", ""))
    if tenant.fault("hidden", call, record_id=row["processInstanceId"]):
        raise NewError("processInstanceNotExist", "审批实例不存在")
    return {"success": True, "result": shown(tenant, row)}


def list_ids(tenant: Tenant, call: Call) -> JsonObject:
    """POST /v1.0/workflow/processes/instanceIds/query: ids by start time; nextToken is absent at the end."""
    code = template_of(tenant, call.given("processCode"), "invalidProcessCode")["processCode"]
    since, until = _window(tenant, call)
    token, most = _whole(call, "nextToken", "invalidNextToken"), _whole(call, "maxResults", "invalidMaxResults")
    if not 1 <= most <= PAGE_MOST:
        raise NewError("invalidMaxResults", f"maxResults must be 1 to {PAGE_MOST}")
    users, statuses = call.listed("userIds"), call.listed("statuses")
    if len(users) > USERS_MOST:
        raise NewError("invalidUserIds", f"at most {USERS_MOST} userIds")
    rows = [row for row in instances(tenant, code, since, until) if not users or row["originatorUserId"] in users]
    rows = [row for row in rows if not statuses or row["status"] in statuses]
    ids, after = next_page(tenant, call, rows, start=token, size=most)
    return {"success": True, "result": {"list": ids, **({"nextToken": str(after)} if after else {})}}


def next_page(tenant: Tenant, call: Call, rows: list[Record], *, start: int, size: int) -> tuple[list[str], int | None]:
    """One page of ids and where the next begins; the faults empty_page, repeat_page and hidden strike here."""
    if tenant.fault("empty_page", call):
        return [], None
    after = start + size if start + size < len(rows) else None
    begin = max(0, start - size) if start and tenant.fault("repeat_page", call) else start
    ids = [str(row["processInstanceId"]) for row in rows[begin : begin + size]]
    return [one for one in ids if not tenant.fault("hidden", call, record_id=one)], after


def instances(tenant: Tenant, code: str, since: int, until: int) -> list[Record]:
    """Instances of a template started in a window of milliseconds, oldest first."""
    rows = [row for row in tenant.store.find("approval", "processCode", code) if since <= row["created"] <= until]
    return sorted(rows, key=lambda row: (row["created"], row["businessId"]))


def execute(tenant: Tenant, call: Call) -> JsonObject:
    """POST …/processInstances/execute: one task agreed or refused by its own user."""
    row = _running(tenant, call)
    result, user = call.given("result"), call.given("actionerUserId")
    if result not in ("agree", "refuse"):
        raise NewError("invalidParameter", "result must be agree or refuse")
    found = [one for one in open_tasks(row) if str(one["taskId"]) == call.given("taskId") and one["userId"] == user]
    if not found:
        raise NewError("processInstanceInvalidParameter", "taskId or actionerUserId错误")
    return _save(tenant, decide(tenant, row, found[0], result=result, remark=call.given("remark")))


def end(tenant: Tenant, call: Call) -> JsonObject:
    """POST …/processInstances/terminate: not in the first seconds, by the one who started it or the system."""
    row = _running(tenant, call)
    if tenant.now_ms - row["created"] < tenant.settings.terminate_after_s * 1000:
        raise NewError("aflowProcessInstStatusException", "审批实例刚发起，请稍后再撤销")
    user = call.given("operatingUserId")
    if not call.flag("isSystem") and user != row["originatorUserId"]:
        raise NewError("processInstanceInvalidParameter", "operatingUserId错误")
    return _save(tenant, terminate(tenant, row, by=user, remark=call.given("remark")))


def comment(tenant: Tenant, call: Call) -> JsonObject:
    """POST …/processInstances/comments."""
    row = _instance(tenant, call.given("processInstanceId"))
    user = _starter(tenant, call.given("commentUserId"))["userid"]
    return _save(tenant, add_remark(tenant, row, by=user, text=call.given("text")))


def shown(tenant: Tenant, row: Record) -> Record:
    """An instance as the new family shows it."""
    at = _clock_text(tenant.settings.approval_times)
    copied = ("title", "businessId", "originatorUserId", "originatorDeptId", "originatorDeptName", "status", "result")
    tasks = [
        {
            **{name: one[name] for name in ("taskId", "userId", "status", "result", "activityId")},
            "createTime": at(one["created"]),
            **({"finishTime": at(one["finished"])} if one["finished"] else {}),
            "processInstanceId": row["processInstanceId"],
        }
        for one in row["tasks"]
    ]
    return {
        **{name: row[name] for name in (*copied, "ccUserIds", "formComponentValues")},
        "createTime": at(row["created"]),
        **({"finishTime": at(row["finished"])} if row["finished"] else {}),
        "approverUserIds": list(dict.fromkeys(one["userId"] for one in row["tasks"])),
        "operationRecords": [{**one, "date": at(one["date"])} for one in row["operationRecords"]],
        "tasks": tasks,
        "bizAction": "NONE",
        "attachedProcessInstanceIds": [],
    }


def _clock_text(times: str) -> Callable[[int], str]:
    """Minutes only and a Z; whether the clock behind it is UTC is a setting."""
    zone = CHINA if times == "china" else UTC
    return lambda at: f"{datetime.fromtimestamp(at / 1000, zone):%Y-%m-%dT%H:%MZ}"


def _instance(tenant: Tenant, wanted: str) -> Record:
    if not wanted:
        raise NewError("processInstanceIdError", "processInstanceId错误")
    row = tenant.store.get("approval", wanted)
    if row is None:
        raise NewError("processInstanceNotExist", "审批实例不存在")
    return row


def _running(tenant: Tenant, call: Call) -> Record:
    row = _instance(tenant, call.given("processInstanceId"))
    if row["status"] != "RUNNING":
        raise NewError("aflowProcessInstStatusException", "审批实例状态异常")
    return row


def _save(tenant: Tenant, row: Record) -> JsonObject:
    tenant.store.update("approval", row["processInstanceId"], row)
    tenant.journal.append("update", "approval", id=row["processInstanceId"], data=row)
    return DONE


def _starter(tenant: Tenant, userid: str) -> Record:
    row = tenant.directory.members.get(userid)
    if row is None:
        raise NewError("processInstanceInvalidParameter", f"用户不存在: {userid}")
    return row


def _nodes(tenant: Tenant, given: list[Any]) -> list[Record]:
    if len(given) > APPROVERS_MOST:
        raise NewError("invalidParameter", f"at most {APPROVERS_MOST} approvers")
    nodes = []
    for one in given:
        part = one if isinstance(one, dict) else {}
        users = texts_of(part.get("userIds"))
        if part.get("actionType") not in ("AND", "OR", "NONE") or not users:
            raise NewError("invalidParameter", "approvers need actionType AND, OR or NONE and userIds")
        for user in users:
            _starter(tenant, user)
        nodes.append({"actionType": part["actionType"], "userIds": users})
    return nodes


def _department(starter: Record, given: str, *, needed: bool) -> int:
    """The starter's department; a member of the root must say -1, not 1."""
    own = [-1 if int(one) == 1 else int(one) for one in starter["dept_id_list"]]
    if not given and not needed:
        return own[0] if own else -1
    if not given or not given.lstrip("-").isdigit() or int(given) not in own:
        raise NewError("processInstanceInvalidParameter", f"deptId错误: {given or '缺少'}")
    return int(given)


def _whole(call: Call, name: str, error: str) -> int:
    """A number sent as a number (as text it is refused)."""
    value = call.body.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise NewError(error, f"{name} must be a number")
    return value


def _window(tenant: Tenant, call: Call) -> tuple[int, int]:
    since = _whole(call, "startTime", "invalidParameter")
    until = _whole(call, "endTime", "invalidEndTime") if call.body.get("endTime") is not None else tenant.now_ms
    if until < since or until - since > WINDOW_DAYS * DAY_MS:
        raise NewError("invalidEndTime", f"startTime to endTime must be within {WINDOW_DAYS} days")
    if since < tenant.now_ms - BACK_DAYS * DAY_MS:
        raise NewError("invalidParameter", f"startTime must be within {BACK_DAYS} days")
    return since, until
