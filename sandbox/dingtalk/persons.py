"""The app's robot writing to persons and groups by template (dingtalk.md section 2.3)."""

import secrets

from sandbox.dingtalk.content import check_template
from sandbox.dingtalk.errors import JsonObject, NewError
from sandbox.dingtalk.tenant import Call, Record, Tenant

MOST_USERS = 20
DAY_S = 86400


def batch_send(tenant: Tenant, call: Call) -> JsonObject:
    """POST /v1.0/robot/oToMessages/batchSend: the three lists say who did not get it, with HTTP 200.

    400 invalidParameter.*, miss.param.*; staffId.notExisted when nobody given exists.
    """
    _check_robot(tenant, call)
    users = list(dict.fromkeys(call.listed("userIds")))
    if not users:
        raise NewError("invalidParameter.userIds.empty", "userIds不能为空")
    if len(users) > MOST_USERS:
        raise NewError("invalidParameter.userIds.overMax", f"userIds超过最大限制{MOST_USERS}")
    key, param = call.given("msgKey"), call.given("msgParam")
    check_template(key, param)
    invalid = [one for one in users if one not in tenant.directory.members]
    if len(invalid) == len(users):
        raise NewError("staffId.notExisted", "员工不存在")
    reachable = [one for one in users if one not in invalid and _reachable(tenant, one)]
    slowed = [one for one in reachable if _slowed(tenant, one)]
    delivered = [one for one in reachable if one not in slowed]
    query = _sent(tenant, delivered, key, param)
    rest = [one for one in users if one not in invalid and one not in reachable]
    lists = {"invalidStaffIdList": invalid, "flowControlledStaffIdList": slowed, "filteredStaffIdList": rest}
    return {"processQueryKey": query, **lists}


def read_status(tenant: Tenant, call: Call) -> JsonObject:
    """GET /v1.0/robot/oToMessages/readStatus: SUCCESS or RECALLED, and who has read it."""
    sent = tenant.memory.queries.get(call.query.get("processQueryKey", ""))
    if sent is None or call.query.get("robotCode") != tenant.settings.app_key:
        raise NewError("invalidParameter.processQueryKey.invalid", "processQueryKey无效")
    rows = tenant.store.find("messages", "task_id", sent["key"])
    people = tenant.directory.members
    infos = [
        {
            "name": people[row["user"]]["name"] if row["user"] in people else "",
            "userId": row["user"],
            "readStatus": "READ" if row["read"] else "UNREAD",
        }
        for row in rows
    ]
    return {"sendStatus": "RECALLED" if sent["recalled"] else "SUCCESS", "messageReadInfoList": infos}


def batch_recall(tenant: Tenant, call: Call) -> JsonObject:
    """POST /v1.0/robot/otoMessages/batchRecall (lower-case oto): within a day."""
    _check_robot(tenant, call)
    done: list[str] = []
    failed: dict[str, str] = {}
    for key in call.listed("processQueryKeys"):
        sent = tenant.memory.queries.get(key)
        if sent is None or call.now - sent["at"] > DAY_S:
            failed[key] = "processQueryKey无效或已超过24小时"
            continue
        sent["recalled"] = True
        for row in tenant.store.find("messages", "task_id", key):
            tenant.store.update("messages", row["id"], {"recalled": True})
        done.append(key)
    return {"successResult": done, "failedResult": failed}


def group_send(tenant: Tenant, call: Call) -> JsonObject:
    """POST /v1.0/robot/groupMessages/send into a group that the robot is in."""
    _check_robot(tenant, call)
    key, param = call.given("msgKey"), call.given("msgParam")
    check_template(key, param)
    group = tenant.store.get("group", call.given("openConversationId"))
    if group is None:
        raise NewError("invalidParameter.openConversationId.invalid", "openConversationId无效")
    return {"processQueryKey": _sent(tenant, [], key, param, group=group["title"])}


def _check_robot(tenant: Tenant, call: Call) -> None:
    code = call.given("robotCode")
    if not code:
        raise NewError("invalidParameter.robotCode.empty", "robotCode不能为空")
    if code != tenant.settings.app_key:
        raise NewError("invalidParameter.robotCode.notExsit", "robotCode不存在")


def _reachable(tenant: Tenant, userid: str) -> bool:
    row = tenant.directory.members[userid]
    return tenant.directory.sees(userid) and bool(row["active"]) and not row["disabled"]


def _slowed(tenant: Tenant, userid: str) -> bool:
    if tenant.directory.members[userid]["flow_controlled"]:
        return True
    most = tenant.settings.robot_to_user_per_minute
    return bool(most) and not tenant.memory.persons.allows(userid, tenant.now, (60.0, most))


def _sent(tenant: Tenant, users: list[str], key: str, param: str, *, group: str = "") -> str:
    query = secrets.token_urlsafe(24)
    sent: Record = {"key": query, "at": tenant.now, "recalled": False}
    tenant.memory.queries[query] = sent
    message = {"msgKey": key, "msgParam": param}
    row = {"task_id": query, "msg": message, "via": "robot", "read": False, "recalled": False, "group": group}
    for userid in users or ([""] if group else []):
        tenant.store.create("messages", {**row, "user": userid})
    data = {"touser": users, "group": group, **message, "processQueryKey": query}
    tenant.journal.append("message", "robot_message", id=query, data=data)
    return query
