"""The group robot: webhook/send (wecom.md section 4.5). The key in the address is its only credential."""

from sandbox.wecom.content import robot_content
from sandbox.wecom.corp import Call, Corp
from sandbox.wecom.errors import ApiError, JsonObject
from sandbox.wecom.sending import find_media


def check_robot(corp: Corp, call: Call) -> str:
    """The key of a usable robot; ApiError 93000 unknown, 93004 disabled, 93008 no longer in the group."""
    robot = corp.store.get("robot", call.query.get("key", ""))
    if robot is None:
        raise ApiError(93000)
    if not robot["enabled"]:
        raise ApiError(93004)
    if not robot["in_group"]:
        raise ApiError(93008)
    return str(robot["key"])


def webhook_send(corp: Corp, call: Call) -> JsonObject:
    """POST webhook/send: no msgid in the answer; over the limit per minute 45009."""
    key = check_robot(corp, call)
    content = robot_content(call.body)
    msgtype = str(call.body["msgtype"])
    if msgtype in {"file", "voice"}:
        find_media(corp, str(content["media_id"]), robot=key)
    if not corp.memory.robots.allows(key, call.now, (60.0, corp.settings.robot_per_minute)):
        raise ApiError(45009)
    number = corp.number("robot")
    data = {"robot": key, "msgtype": msgtype, "content": content}
    row = {"id": f"robot-{number}", "user": "", "msgid": "", **data, "at": corp.clock.now().isoformat()}
    corp.store.create("messages", row)
    corp.journal.append("message", "robot", id=f"robot-{number}", data=data)
    return {}
