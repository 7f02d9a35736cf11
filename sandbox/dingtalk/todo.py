"""To-do tasks: members are named by union id, one task per sourceId (dingtalk.md section 2.6)."""

import secrets

from sandbox.dingtalk.errors import JsonObject, NewError, request_id
from sandbox.dingtalk.tenant import Call, Record, Tenant

PAGE = 20
COPIED = (
    *("subject", "description", "dueTime", "executorIds", "participantIds", "detailUrl", "priority", "sourceId"),
    *("contentFieldList", "isOnlyShowExecutor", "notifyConfigs", "todoType", "reminderTimeStamp"),
)
PRIORITIES = ("", "10", "20", "30", "40")
BIZ_TAG = "todo"


def create(tenant: Tenant, call: Call) -> JsonObject:
    """POST /v1.0/todo/users/{unionId}/tasks; 400 todo.taskCreate.paramError says which field."""
    owner = call.args["unionId"]
    _check_person(tenant, owner, "unionId")
    if tenant.fault("locked", call):
        raise NewError("todo.taskCreate.lockError", "lock error")
    source = call.given("sourceId")
    first = tenant.store.find("todo", "sourceId", source) if source else []
    if first and tenant.settings.todo_on_duplicate == "first":
        return _shown(first[0])
    if first:
        raise NewError("todo.taskCreate.paramError", "task exist")
    _check_fields(tenant, call)
    now = tenant.now_ms
    row: Record = {name: call.body[name] for name in COPIED if call.body.get(name) is not None}
    creator = call.given("creatorId") or owner
    made = {"id": f"task{secrets.token_hex(14)}", "creatorId": creator, "modifierId": creator, "done": False}
    times = {"createdTime": now, "modifiedTime": now, "bizTag": BIZ_TAG, "source": tenant.settings.app_key}
    executors = call.listed("executorIds")
    row = tenant.store.create("todo", {"executorIds": [], "sourceId": "", **row, **made, **times, "done_by": []})
    tenant.journal.append("create", "todo", id=row["id"], data=row)
    _tell(tenant, "todo_task_create", row, executors)
    return _shown(row)


def update(tenant: Tenant, call: Call) -> JsonObject:
    """PUT …/tasks/{taskId}: the fields given; todo.taskUpdate.paramError."""
    row = _task(tenant, call)
    given = {name: call.body[name] for name in COPIED if call.body.get(name) is not None and name != "sourceId"}
    if call.given("done"):
        given["done"] = call.flag("done")
    return _changed(tenant, row, given)


def executor_status(tenant: Tenant, call: Call) -> JsonObject:
    """PUT …/tasks/{taskId}/executorStatus: done when every executor is."""
    row = _task(tenant, call)
    done = set(row["done_by"])
    for one in (row for row in call.rows("executorStatusList") if isinstance(row, dict)):
        (done.add if one.get("isDone") else done.discard)(str(one.get("id")))
    executors = set(row["executorIds"])
    return _changed(tenant, row, {"done_by": sorted(done), "done": bool(executors) and executors <= done})


def delete(tenant: Tenant, call: Call) -> JsonObject:
    """DELETE …/tasks/{taskId}."""
    row = _task(tenant, call)
    tenant.store.delete("todo", row["id"])
    tenant.journal.append("delete", "todo", id=row["id"], data=row)
    _tell(tenant, "todo_task_delete", row, row["executorIds"])
    return {"result": True, "requestId": request_id()}


def query(tenant: Tenant, call: Call) -> JsonObject:
    """POST /v1.0/todo/users/{unionId}/org/tasks/query {nextToken, isDone}: the tasks a member executes or made."""
    owner = call.args["unionId"]
    _check_person(tenant, owner, "unionId")
    rows = [row for row in tenant.store.all("todo") if owner in row["executorIds"] or owner == row["creatorId"]]
    if call.given("isDone"):
        rows = [row for row in rows if row["done"] is call.flag("isDone")]
    token = call.given("nextToken") or "0"
    if not token.isdigit():
        raise NewError("todo.taskQuery.paramError", "nextToken is invalid")
    start = int(token)
    cards = [{"taskId": row["id"], "isDone": row["done"], **_shown(row)} for row in rows[start : start + PAGE]]
    more = {"nextToken": str(start + PAGE)} if start + PAGE < len(rows) else {}
    return {"todoCards": cards, **more}


def by_source(tenant: Tenant, call: Call) -> JsonObject:
    """GET …/tasks/sources/{sourceId}."""
    found = tenant.store.find("todo", "sourceId", call.args["sourceId"])
    if not found:
        raise NewError("todo.taskQuery.paramError", "task not exist")
    return _shown(found[0])


def _shown(row: Record) -> JsonObject:
    return {**{name: value for name, value in row.items() if name != "done_by"}, "requestId": request_id()}


def _changed(tenant: Tenant, row: Record, changes: Record) -> JsonObject:
    made = tenant.store.update("todo", row["id"], {**changes, "modifiedTime": tenant.now_ms})
    tenant.journal.append("update", "todo", id=row["id"], data=made)
    _tell(tenant, "todo_task_update", made, made["executorIds"])
    return {"result": True, "requestId": request_id()}


def _tell(tenant: Tenant, kind: str, row: Record, people: list[str]) -> None:
    body = {"taskId": row["id"], "bizTag": BIZ_TAG, "UnionIdList": people}
    tenant.tell(kind, body, body)


def _task(tenant: Tenant, call: Call) -> Record:
    row = tenant.store.get("todo", call.args["taskId"])
    if row is None:
        raise NewError("todo.taskUpdate.paramError", "task not exist")
    return row


def _check_person(tenant: Tenant, union: str, field: str) -> None:
    if tenant.person("unionid", union) is None:
        raise NewError("todo.taskCreate.paramError", f"{field} is invalid: {union}")


def _check_fields(tenant: Tenant, call: Call) -> None:
    subject, due = call.given("subject"), call.given("dueTime")
    if not subject:
        raise NewError("todo.taskCreate.paramError", "subject is empty")
    if len(subject) > 1024:
        raise NewError("todo.taskCreate.paramError", "subject is oversize")
    if due and not due.isdigit():
        raise NewError("todo.taskCreate.paramError", "dueTime is invalid")
    if call.given("priority") not in PRIORITIES:
        raise NewError("todo.taskCreate.paramError", "priority is invalid")
    if not (call.part("detailUrl").get("appUrl") or call.part("detailUrl").get("pcUrl")):
        raise NewError("todo.taskCreate.paramError", "detailUrl is empty")
    for one in [*call.listed("executorIds"), *call.listed("participantIds")]:
        _check_person(tenant, one, "executorIds")
