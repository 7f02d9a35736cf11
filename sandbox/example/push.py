"""Signed pushes: hex HMAC-SHA256 of timestamp, a line feed and the raw body."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any

import httpx

from sandbox.core import PushReply
from sandbox.core.jsontext import dumps_exact
from sandbox.example.firms import App

TIMEOUT_S = 10.0


def signature(secret: str, timestamp: str, payload: bytes) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"\n" + payload, hashlib.sha256).hexdigest()


def send_push(app: App, event: Mapping[str, Any]) -> PushReply:
    """{"url", "event", "id"}: tells that the firm was changed."""
    body = {
        "event": event.get("event", "firm.updated"),
        "id": str(event.get("id", "")),
        "delivery": secrets.token_hex(8),
    }
    payload, timestamp = dumps_exact(body), str(int(app.clock.now().timestamp()))
    query = {"timestamp": timestamp, "sign": signature(app.settings.push_secret, timestamp, payload)}
    try:
        with httpx.Client(trust_env=False, timeout=TIMEOUT_S) as web:
            answer = web.post(str(event["url"]), content=payload, params=query)
    except httpx.HTTPError as error:
        return PushReply(0, f"{type(error).__name__}: {error}")
    return PushReply(answer.status_code, answer.text)
