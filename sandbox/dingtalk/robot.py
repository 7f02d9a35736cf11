"""The group robot's webhook and the reply address of a conversation (dingtalk.md sections 2.2 and 2.4)."""

import hmac
from typing import Any

from sandbox.dingtalk.content import check_robot, words_of
from sandbox.dingtalk.errors import JsonObject, OapiError
from sandbox.dingtalk.tenant import Call, Record, Tenant
from sandbox.dingtalk.texts import robot_sign

SKEW_MS = 3600 * 1000
MOST_BYTES = 20_000


def webhook_send(tenant: Tenant, call: Call) -> JsonObject:
    """POST robot/send?access_token=&timestamp=&sign=: 20 a minute, then refused for ten minutes."""
    robot = _robot(tenant, call)
    _check_type(call)
    kind = check_robot(call.body)
    _check_security(robot, call)
    if len(words_of(call.body).encode()) > MOST_BYTES:
        raise OapiError(400002, f"message too long, exceed {MOST_BYTES} bytes")
    used = (robot["token"], call.given("msgUuid"))
    if used[1] and used in tenant.memory.robot_uuids and tenant.settings.robot_uuid_replay == "accept":
        return {}
    _check_pace(tenant, robot["token"], call.now)
    tenant.memory.robot_uuids.add(used)
    data = {"robot": robot["token"], "msgtype": kind, "content": call.body[kind], "at": call.body.get("at") or {}}
    _keep(tenant, robot["name"], call.body)
    tenant.journal.append("message", "robot", id=robot["token"], data=data)
    return {}


def session_send(tenant: Tenant, call: Call) -> JsonObject:
    """POST robot/sendBySession?session=: answers in the conversation that a robot message came from; 300001."""
    expires, title = tenant.memory.sessions.get(call.query.get("session", ""), (0.0, ""))
    if call.now >= expires:
        raise OapiError(300001)
    kind = check_robot(call.body)
    _keep(tenant, title, call.body)
    tenant.journal.append("message", "session", id=title, data={"msgtype": kind, "content": call.body[kind]})
    return {}


def _keep(tenant: Tenant, group: str, message: Any) -> None:
    row = {"user": "", "group": group, "msg": dict(message), "via": "group", "task_id": "", "read": False}
    tenant.store.create("messages", {**row, "recalled": False})


def _robot(tenant: Tenant, call: Call) -> Record:
    token = call.query.get("access_token", "")
    if not token:
        raise OapiError(40035, "缺少参数 access_token")
    robot = tenant.store.get("robot", token)
    if robot is None:
        raise OapiError(300005)
    for field, code in (("group_exists", 400013), ("enabled", 400102), ("in_group", 400106)):
        if not robot[field]:
            raise OapiError(code)
    return robot


def _check_type(call: Call) -> None:
    if "json" not in call.headers.get("content-type", ""):
        raise OapiError(43004)
    if not call.body:
        raise OapiError(40035, "缺少参数 json")


def _check_security(robot: Record, call: Call) -> None:
    """The three kinds of protection, each only where the robot has it; 310000 with the one that failed."""
    if robot["keywords"] and not any(word in words_of(call.body) for word in robot["keywords"]):
        raise OapiError(310000, "keywords not in content")
    if robot["secret"]:
        _check_sign(robot["secret"], call)
    if robot["ips"] and call.ip not in robot["ips"]:
        raise OapiError(310000, f"ip {call.ip} not in whitelist")


def _check_sign(secret: str, call: Call) -> None:
    timestamp = call.query.get("timestamp", "")
    if not timestamp.isdigit() or abs(int(timestamp) - call.now * 1000) > SKEW_MS:
        raise OapiError(310000, "invalid timestamp")
    expected = robot_sign(secret, timestamp)
    if not hmac.compare_digest(expected.encode(), call.query.get("sign", "").encode()):
        raise OapiError(310000, "sign not match")


def _check_pace(tenant: Tenant, token: str, now: float) -> None:
    """Over the limit starts a penalty; what is sent during it is refused and does not prolong it."""
    settings, penalties = tenant.settings, tenant.memory.penalties
    if now < penalties.get(token, 0.0):
        raise OapiError(settings.robot_throttle_code)
    if not tenant.memory.robots.allows(token, now, (60.0, settings.robot_per_minute)):
        penalties[token] = now + settings.robot_penalty_s
        raise OapiError(settings.robot_throttle_code)
