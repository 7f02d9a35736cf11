"""POST /_sandbox/push: signs, encrypts and delivers callbacks, with the vendor's time limits and retries (8.1)."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from sandbox.core import ControlError, PushReply
from sandbox.wecom.corp import Corp
from sandbox.wecom.crypto import encrypt_message, sign
from sandbox.wecom.events import EventError, envelope_xml, event_xml, message_xml
from sandbox.wecom.sending import new_response_code

ATTEMPTS = 3
AGENT = "Mozilla/4.0"
CARD_EVENTS = frozenset({"template_card_event", "template_card_menu_event"})


@dataclass(frozen=True)
class Delivery:
    """One signed request, ready to be sent as often as needed."""

    url: str
    params: dict[str, str]
    body: str


def push(corp: Corp, request: Mapping[str, Any]) -> PushReply:
    """Deliver one callback or do the URL check.

    `request`: {"url", "verify": true} or {"url", "event", "fields", "change_type"?} ("event": "message" for an
    ordinary message); options: tamper ("signature"|"body"), age_s (a timestamp that old), timestamp, nonce,
    times (the same delivery so often), token, aes_key, receive_id (to sign as somebody else).
    """
    with httpx.Client(trust_env=False, headers={"User-Agent": AGENT}) as client:
        if request.get("verify"):
            return _verify(corp, client, request)
        plain = _plain(corp, request)
        delivery = _signed(corp, request, plain)
        replies = [_deliver(corp, client, delivery) for _ in range(_times(request))]
    extra = {"attempts": [attempt for _, attempts in replies for attempt in attempts], "plain": plain}
    return PushReply(*replies[-1][0], extra)


def _verify(corp: Corp, client: httpx.Client, request: Mapping[str, Any]) -> PushReply:
    """The GET with echostr; accepted only when the body is exactly the plain text, in time."""
    echo = str(request.get("echo") or secrets.randbelow(10**19))
    encrypt = _encrypt(corp, request, echo)
    limit = corp.settings.callback_verify_timeout_s
    started = time.monotonic()
    try:
        reply = client.get(
            str(request["url"]), params={**_params(corp, request, encrypt), "echostr": encrypt}, timeout=limit
        )
    except httpx.TransportError as error:
        return PushReply(0, repr(error), {"accepted": False, "reason": "openapi回调地址请求不通过"})
    in_time = time.monotonic() - started <= limit
    accepted = reply.status_code == 200 and reply.content == echo.encode() and in_time
    extra = {"accepted": accepted, "expected": echo}
    return PushReply(
        reply.status_code, reply.text, extra if accepted else {**extra, "reason": "openapi回调地址请求不通过"}
    )


def _plain(corp: Corp, request: Mapping[str, Any]) -> str:
    fields = request.get("fields") or {}
    if not isinstance(fields, Mapping):
        raise ControlError(f"fields {fields!r} must be an object of XML elements")
    if request.get("change_type"):
        fields = {"ChangeType": request["change_type"], **fields}
    event = str(request.get("event", ""))
    at, agent_id = int(corp.now), corp.settings.agent_id
    try:
        if event == "message":
            return message_xml(corp.settings.corp_id, fields, at=at, agent_id=agent_id)
        if event in CARD_EVENTS:
            fields = {"ResponseCode": _response_code(corp, str(fields.get("TaskId", ""))), **fields}
        return event_xml(corp.settings.corp_id, event, fields, at=at, agent_id=agent_id)
    except EventError as error:
        raise ControlError(str(error)) from error


def _response_code(corp: Corp, task_id: str) -> str:
    """A click on a card brings a fresh code for that card; "" when no such card was sent."""
    sent = next((row for row in list(corp.memory.response_codes.values()) if row["task_id"] == task_id), None)
    return new_response_code(corp, sent) if sent and task_id else ""


def _signed(corp: Corp, request: Mapping[str, Any], plain: str) -> Delivery:
    encrypt = _encrypt(corp, request, plain)
    params = _params(corp, request, encrypt)
    if request.get("tamper") == "body":
        encrypt = ("B" if encrypt[0] == "A" else "A") + encrypt[1:]
    body = envelope_xml(corp.settings.corp_id, encrypt, agent_id=corp.settings.agent_id)
    return Delivery(str(request["url"]), params, body)


def _encrypt(corp: Corp, request: Mapping[str, Any], plain: str) -> str:
    key = str(request.get("aes_key", corp.settings.callback_aes_key))
    receive_id = str(request.get("receive_id", corp.settings.corp_id))
    return encrypt_message(key, plain.encode(), receive_id, random16=secrets.token_hex(8).encode())


def _params(corp: Corp, request: Mapping[str, Any], encrypt: str) -> dict[str, str]:
    age = request.get("age_s", 0)
    if isinstance(age, bool) or not isinstance(age, int | float):
        raise ControlError(f"age_s {age!r} must be a number of seconds")
    timestamp = str(request.get("timestamp") or int(corp.now - age))
    nonce = str(request.get("nonce") or secrets.randbelow(10**10))
    signature = sign(str(request.get("token", corp.settings.callback_token)), timestamp, nonce, encrypt)
    if request.get("tamper") == "signature":
        signature = ("0" if signature[0] != "0" else "1") + signature[1:]
    return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}


def _times(request: Mapping[str, Any]) -> int:
    times = request.get("times", 1)
    if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= 1000:
        raise ControlError(f"times {times!r} must be a whole number from 1 to 1000")
    return times


def _deliver(corp: Corp, client: httpx.Client, delivery: Delivery) -> tuple[tuple[int, str], list[str]]:
    """Up to three attempts: always after a time-out or refused connection, after a non-200 answer only when set so."""
    attempts: list[str] = []
    last = (0, "")
    for number in range(ATTEMPTS):
        if number:
            time.sleep(corp.settings.callback_retry_wait_s)
        last = _attempt(client, delivery, corp.settings.callback_timeout_s)
        attempts.append(str(last[0] or last[1]))
        if last[0] == 200 or (last[0] and not corp.settings.callback_retry_non_200):
            break
    return last, attempts


def _attempt(client: httpx.Client, delivery: Delivery, timeout: float) -> tuple[int, str]:
    headers = {"Content-Type": "text/xml; charset=utf-8"}
    try:
        reply = client.post(
            delivery.url, params=delivery.params, content=delivery.body.encode(), headers=headers, timeout=timeout
        )
    except httpx.TransportError as error:
        return 0, repr(error)
    return reply.status_code, reply.text
