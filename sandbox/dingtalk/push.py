"""POST /_sandbox/push: an event by HTTP or Stream, the URL check, a message to the robot, and mishaps of both ways."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

import httpx

from sandbox.core import ControlError, PushReply
from sandbox.dingtalk.delivery import attempt, sealed
from sandbox.dingtalk.events import CONTACT_EVENTS, plain_event
from sandbox.dingtalk.stream import StreamHub
from sandbox.dingtalk.tenant import Event, Record, Tenant
from sandbox.dingtalk.texts import robot_sign

STREAM = "stream"
BOT_TOPIC = "/v1.0/im/bot/messages/get"
SYSTEM_KINDS = ("ping", "disconnect", "abort", "silence")
SESSION_S = 5400


def push(tenant: Tenant, hub: StreamHub, request: Mapping[str, Any]) -> PushReply:
    """Deliver one thing. `url` is the receiver's address, or "stream" for the open Stream connections.

    {"check": true} is the URL check; {"event", "fields"} an event, whose contact fields are UserId or DeptId;
    {"event": "robot_message", "fields": {"text", "userid"}} a message to the robot; for Stream also {"system": ping |
    disconnect | abort | silence}. Options: times (the same delivery again), event_id and those of `sealed`.
    """
    if request["url"] == STREAM and "system" in request:
        return _system(hub, str(request["system"]))
    if request.get("check"):
        return _http(tenant, request, json.dumps({"EventType": "check_url"}))
    if request.get("event") == "robot_message":
        return _robot_message(tenant, hub, request)
    event = _event(tenant, request)
    if request["url"] == STREAM:
        hub.offer(event, _times(request))
        return PushReply(200, "", {"connections": len(hub.connections), "event_id": event.id})
    return _http(tenant, request, json.dumps(plain_event(tenant, event), ensure_ascii=False))


def _system(hub: StreamHub, kind: str) -> PushReply:
    if kind not in SYSTEM_KINDS:
        raise ControlError(f"system {kind!r} must be one of {', '.join(SYSTEM_KINDS)}")
    return PushReply(200, "", {"connections": hub.system(kind)})


def _event(tenant: Tenant, request: Mapping[str, Any]) -> Event:
    kind, fields = str(request.get("event", "")), request.get("fields") or {}
    if not kind or not isinstance(fields, Mapping):
        raise ControlError('push needs {"url", "event": a name, "fields": an object}, or "check": true')
    small = {name[:1].lower() + name[1:]: value for name, value in fields.items()}
    if kind in CONTACT_EVENTS:
        small = {"timeStamp": str(tenant.now_ms), **small}
    return Event(kind, small, fields, str(request.get("event_id") or secrets.token_hex(16)))


def _http(tenant: Tenant, request: Mapping[str, Any], plain: str) -> PushReply:
    """The same sealed request `times` over; accepted when the last answer was a proper success."""
    try:
        delivery = sealed(tenant, str(request["url"]), plain, request)
    except (TypeError, ValueError) as error:
        raise ControlError(f"push options are wrong: {error}") from error
    done = [attempt(tenant, delivery) for _ in range(_times(request))]
    last = done[-1]
    told = {"accepted": not last.reason, "reason": last.reason, "attempts": [str(one.status) for one in done]}
    return PushReply(last.status, last.body, {**told, "plain": plain})


def _robot_message(tenant: Tenant, hub: StreamHub, request: Mapping[str, Any]) -> PushReply:
    body = _robot_body(tenant, request.get("fields") or {})
    if request["url"] == STREAM:
        hub.call_back(BOT_TOPIC, body)
        return PushReply(200, "", {"connections": len(hub.connections)})
    timestamp = str(tenant.now_ms - int(float(request.get("age_s", 0)) * 1000))
    signature = robot_sign(tenant.settings.app_secret, timestamp)
    if request.get("tamper") == "signature":
        signature = ("A" if signature[0] != "A" else "B") + signature[1:]
    headers = {"timestamp": timestamp, "sign": signature}
    reply = httpx.post(str(request["url"]), json=body, headers=headers, timeout=5, trust_env=False)
    return PushReply(reply.status_code, reply.text)


def _robot_body(tenant: Tenant, fields: Mapping[str, Any]) -> Record:
    """What a member wrote to the robot, with an address to answer to for 90 minutes."""
    userid = str(fields.get("userid", ""))
    person = tenant.directory.members.get(userid, {"name": "", "unionid": ""})
    session, now = secrets.token_hex(16), tenant.now_ms
    title = str(fields.get("conversation", "单聊"))
    tenant.memory.sessions[session] = (tenant.now + SESSION_S, title)
    return {
        "conversationId": f"cid{secrets.token_hex(8)}==",
        "conversationType": str(fields.get("type", "1")),
        "conversationTitle": title,
        "msgId": f"msg{secrets.token_hex(8)}",
        "msgtype": "text",
        "text": {"content": f" {fields.get('text', '')}"},
        "senderId": f"$:LWCP_v1:${secrets.token_hex(8)}",
        "senderStaffId": userid,
        "senderUnionId": person["unionid"],
        "senderNick": person["name"],
        "senderCorpId": tenant.settings.corp_id,
        "isAdmin": False,
        "chatbotUserId": "$:LWCP_v1:$robot",
        "chatbotCorpId": tenant.settings.corp_id,
        "robotCode": tenant.settings.app_key,
        "createAt": now,
        "sessionWebhook": f"{tenant.base_url}/robot/sendBySession?session={session}",
        "sessionWebhookExpiredTime": now + SESSION_S * 1000,
    }


def _times(request: Mapping[str, Any]) -> int:
    times = request.get("times", 1)
    if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= 1000:
        raise ControlError(f"times {times!r} must be a whole number from 1 to 1000")
    return times
