"""Signed pushes: hex SHA-1 of nonce:payload:secret:timestamp over the raw body."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

import httpx

from sandbox.core import ControlError, PushReply
from sandbox.core.jsontext import dumps_exact
from sandbox.jiandaoyun.forms import App

OPS = frozenset({"data_create", "data_update", "data_remove", "data_recover"})
TIMEOUT_S = 10.0


def signature(nonce: str, payload: bytes, secret: str, timestamp: str) -> str:
    signed = b":".join([nonce.encode(), payload, secret.encode(), timestamp.encode()])
    return hashlib.sha1(signed).hexdigest()


def send_push(app: App, event: Mapping[str, Any]) -> PushReply:
    """{"url", "op", "object", "id"} or {"url", "op", "data"}: posts the row (or the data) as the vendor would."""
    operation, form = event.get("op"), str(event.get("object", "customer"))
    if operation not in OPS:
        raise ControlError(f"op {operation!r} must be one of {', '.join(sorted(OPS))}")
    forms = {name: form_id for form_id, name in app.forms.items()}
    stored = app.store.get(form, event.get("id")) or {"_id": str(event.get("id", "")), "entryId": forms.get(form)}
    now = app.clock.now()
    body = {"op": operation, "opTime": round(now.timestamp() * 1000), "data": event.get("data", stored)}
    payload = dumps_exact(body)
    nonce, timestamp = secrets.token_hex(3), str(int(now.timestamp()))
    proof = signature(nonce, payload, app.settings.push_secret, timestamp)
    delivery = secrets.token_hex(12)
    if app.settings.signature_swapped:
        proof, delivery = delivery, proof
    headers = {"Content-Type": "application/json", "X-JDY-Signature": proof, "X-JDY-DeliverId": delivery}
    query = {"timestamp": timestamp, "nonce": nonce}
    return _post(str(event["url"]), payload, query, headers)


def _post(url: str, payload: bytes, query: dict[str, str], headers: dict[str, str]) -> PushReply:
    try:
        with httpx.Client(trust_env=False, timeout=TIMEOUT_S) as web:
            answer = web.post(url, content=payload, headers=headers, params=query)
    except httpx.HTTPError as error:
        return PushReply(0, f"{type(error).__name__}: {error}")
    return PushReply(answer.status_code, answer.text)
