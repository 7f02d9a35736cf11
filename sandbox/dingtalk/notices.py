"""Work notifications: accepted at once, dropped in silence, found out by asking (dingtalk.md section 2.1)."""

from collections.abc import Mapping
from typing import Any

from sandbox.core.switches import comma_list
from sandbox.dingtalk.content import check_notice, words_of
from sandbox.dingtalk.errors import JsonObject, OapiError
from sandbox.dingtalk.tenant import Call, Record, Tenant
from sandbox.dingtalk.texts import canonical

DAY_S = 86400
MOST_USERS, MOST_DEPARTMENTS = 100, 20
RESULT_MOST = 100
DAILY_CAP, DUPLICATE, MINUTE_CAP = "143105", "143106", "143103"
NOBODY, BANNED = "1430000", "1430002"


def send(tenant: Tenant, call: Call) -> JsonObject:
    """POST corpconversation/asyncsend_v2: a task id, whatever becomes of the message for each member."""
    _check_agent(tenant, call)
    message = call.part("msg")
    if not message:
        raise OapiError(40035, "缺少参数 msg")
    kind = check_notice(message)
    task: Record = {
        "id": 256_271_000_000 + tenant.number("notice"),
        "at": call.now,
        "msg": message,
        "invalid_users": [],
        "invalid_departments": [],
        "failed": [],
        "forbidden": [],
        "delivered": [],
        "recalled": False,
    }
    users = _recipients(tenant, call, task)
    if message[kind] and kind == "oa" and message["oa"].get("status_bar") and len(users) > 5:
        raise OapiError(400002, "无效的参数: status_bar allows 5 users")
    for userid in users:
        _deliver(tenant, task, userid)
    tenant.memory.tasks[task["id"]] = task
    _note(tenant, task, users)
    return {"task_id": task["id"]}


def progress(tenant: Tenant, call: Call) -> JsonObject:
    """POST corpconversation/getsendprogress: status 0 not started, 1 running, 2 done."""
    share = _share_done(tenant, _task(tenant, call, "task_id"), call)
    status = 2 if share >= 1 else 1 if share > 0.25 else 0
    return {"progress": {"progress_in_percent": int(share * 100), "status": status}}


def result(tenant: Tenant, call: Call) -> JsonObject:
    """POST corpconversation/getsendresult: who got it, read it, was left out and why; 41052 over 100 recipients."""
    task = _task(tenant, call, "task_id")
    done = _share_done(tenant, task, call) >= 1
    if sum(len(task[name]) for name in ("delivered", "forbidden", "failed")) > RESULT_MOST:
        raise OapiError(41052)
    read = {row["user"] for row in tenant.store.find("messages", "task_id", task["id"]) if row["read"]}
    seen = {
        "invalid_user_id_list": task["invalid_users"],
        "forbidden_user_id_list": [row["userid"] for row in task["forbidden"] if "userid" in row],
        "failed_user_id_list": task["failed"],
        "read_user_id_list": [one for one in task["delivered"] if one in read],
        "unread_user_id_list": [one for one in task["delivered"] if one not in read],
        "invalid_dept_id_list": task["invalid_departments"],
        "forbidden_list": task["forbidden"],
    }
    return {"send_result": seen if done else {name: [] for name in seen}}


def recall(tenant: Tenant, call: Call) -> JsonObject:
    """POST corpconversation/recall {agent_id, msg_task_id} within 24 hours; 400002."""
    task = _task(tenant, call, "msg_task_id")
    task["recalled"] = True
    for row in tenant.store.find("messages", "task_id", task["id"]):
        tenant.store.update("messages", row["id"], {"recalled": True})
    tenant.journal.append("recall", "message", id=task["id"], data={"users": task["delivered"]})
    return {}


def status_bar(tenant: Tenant, call: Call) -> JsonObject:
    """POST corpconversation/status_bar/update: of an oa message only."""
    task = _task(tenant, call, "task_id")
    if task["msg"]["msgtype"] != "oa":
        raise OapiError(400002, "无效的参数: only oa messages have a status bar")
    bar = {"status_value": call.text("status_value"), "status_bg": call.given("status_bg")}
    task["msg"] = {**task["msg"], "oa": {**task["msg"]["oa"], "status_bar": bar}}
    for row in tenant.store.find("messages", "task_id", task["id"]):
        tenant.store.update("messages", row["id"], {"msg": task["msg"]})
    return {}


def _check_agent(tenant: Tenant, call: Call) -> None:
    if call.number("agent_id") != tenant.settings.agent_id:
        raise OapiError(40056)


def _recipients(tenant: Tenant, call: Call, task: Record) -> list[str]:
    """Who is meant, in order; what is unknown or out of the app's range goes into the task's lists."""
    directory = tenant.directory
    if call.flag("to_all_user"):
        return [one for one in directory.members if directory.sees(one)]
    users, departments = call.listed("userid_list"), call.listed("dept_id_list")
    if not (users or departments):
        raise OapiError(40035, "缺少参数 userid_list or dept_id_list")
    if len(users) > MOST_USERS or len(departments) > MOST_DEPARTMENTS:
        raise OapiError(400002, f"无效的参数: at most {MOST_USERS} users and {MOST_DEPARTMENTS} departments")
    task["invalid_users"] = [one for one in users if not directory.sees(one)]
    found = dict.fromkeys(one for one in users if directory.sees(one))
    for department in departments:
        if not department.isdigit() or int(department) not in directory.visible_departments:
            task["invalid_departments"].append(int(department) if department.isdigit() else department)
            continue
        for below in sorted(directory.below(int(department))):
            found.update(dict.fromkeys(directory.members_in.get(below, [])))
    return list(found)


def _deliver(tenant: Tenant, task: Record, userid: str) -> None:
    row = tenant.directory.members[userid]
    if row["disabled"] or not row["active"]:
        _left_out(tenant, task, userid)
        return
    code = _forbidden(tenant, task["msg"], userid)
    if code:
        task["forbidden"].append({"code": code, "count": 1, "userid": userid})
        return
    task["delivered"].append(userid)
    content = {"msg": task["msg"], "via": "notice", "read": False, "recalled": False}
    tenant.store.create("messages", {"user": userid, "task_id": task["id"], **content})


def _left_out(tenant: Tenant, task: Record, userid: str) -> None:
    """A member who cannot receive anything: the vendor does not say which list, so a setting does."""
    if tenant.settings.inactive_members == "failed":
        task["failed"].append(userid)
    elif tenant.settings.inactive_members == "forbidden":
        task["forbidden"].append({"code": NOBODY, "count": 1, "userid": userid})


def _forbidden(tenant: Tenant, message: Mapping[str, Any], userid: str) -> str:
    """The code of a silent drop, "" when the member gets it. The same content counts once per member and day."""
    if any(word in words_of(message) for word in comma_list(tenant.settings.banned_words)):
        return BANNED
    memory, key = tenant.memory, (userid, canonical(message), tenant.day)
    if key in memory.notices:
        return DUPLICATE
    counted = (userid, tenant.day)
    if memory.notice_counts.get(counted, 0) >= tenant.settings.notices_per_day:
        return DAILY_CAP
    if not memory.notice_minute.allows("app", tenant.now, (60.0, tenant.settings.notices_per_minute)):
        return MINUTE_CAP
    memory.notices.add(key)
    memory.notice_counts[counted] = memory.notice_counts.get(counted, 0) + 1
    return ""


def _note(tenant: Tenant, task: Record, users: list[str]) -> None:
    data = {
        "touser": users,
        "delivered": task["delivered"],
        "dropped": task["forbidden"],
        "msgtype": task["msg"]["msgtype"],
        "content": task["msg"],
        "task_id": task["id"],
    }
    tenant.journal.append("message", "message", id=task["id"], data=data)


def _task(tenant: Tenant, call: Call, name: str) -> Record:
    """The task of one call; 40056, 400002 unknown or older than a day."""
    _check_agent(tenant, call)
    task = tenant.memory.tasks.get(call.number(name))
    if task is None or call.now - task["at"] > DAY_S:
        raise OapiError(400002, f"无效的参数: {name}")
    return task


def _share_done(tenant: Tenant, task: Record, call: Call) -> float:
    takes = tenant.settings.notice_takes_s
    return 1.0 if takes <= 0 else min(1.0, (call.now - task["at"]) / takes)
