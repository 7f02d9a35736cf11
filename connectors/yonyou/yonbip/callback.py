"""Events that 用友 pushes: signature first, then decryption, then JSON twice (yonyou.md 3). Unknown types are a plain success."""

import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from connectors.yonyou.yonbip.config import YonbipConfig
from connectors.yonyou.yonbip.signing import event_key, sign_event, sign_event_old
from hub.connector.contract import Hint, WebhookReply, WebhookRequest
from hub.connector.envelope import Box, decrypt, encrypt
from hub.connector.json_exact import decode
from hub.errors import BadInput

_MOST_BYTES = 1_000_000
_TYPES = (  # spellings vary by product version: prefixes tell
    ("YXYBASEDOC_AA_MERCHANT", "customer", ("id", "billId")),
    ("YXYBASEDOC_PC_PRODUCT", "product", ("id", "billId")),
    ("SALE_", "order", ("billId", "id")),
    ("STAFF_", "employee", ("id", "staffId")),
)


def callback(config: BaseModel, request: WebhookRequest, now: datetime) -> WebhookReply:
    """One event, CHECK_URL among them. Raises BadInput for anything that is not signed with this app's secret."""
    assert isinstance(config, YonbipConfig)
    envelope = _object(request.body)
    plain = _verified(config, envelope)
    event = _object(plain)
    return WebhookReply(_hints(event), body=_answer(config, now))


def _verified(config: YonbipConfig, envelope: Mapping[str, Any]) -> bytes:
    secret = config.app_secret.get_secret_value()
    stamp, nonce, encrypted = (str(envelope.get(name) or "") for name in ("timestamp", "nonce", "encrypt"))
    given, sign = str(envelope.get("signature") or ""), sign_event
    if not given:
        given, sign = str(envelope.get("msgSignature") or ""), sign_event_old
    if not hmac.compare_digest(given.encode(), sign(secret, stamp, nonce, encrypted).encode()):
        raise BadInput("事件签名不正确", "The event's signature is wrong", field="signature")
    return decrypt(_box(config), encrypted)


def _box(config: YonbipConfig) -> Box:
    secret = config.encoding_aes_key.get_secret_value() or config.app_secret.get_secret_value()
    return Box("", event_key(secret), config.app_key)


def _hints(event: Mapping[str, Any]) -> list[Hint]:
    kind, key = str(event.get("type") or "")[:64], str(event.get("eventId") or "")
    content = _content(event.get("content"))
    for prefix, entity, names in _TYPES:
        if kind.startswith(prefix):
            found = next((str(content[name]) for name in names if str(content.get(name) or "").isdigit()), "")
            return [Hint(entity, found, kind, key)]
    return []


def _content(text: Any) -> Mapping[str, Any]:
    """The business fields: JSON inside JSON; those of orders lie one deeper."""
    try:
        content = decode(text) if isinstance(text, str) else text
    except ValueError:
        content = None
    if not isinstance(content, Mapping):
        return {}
    inner = content.get("BILL_INFO")
    return inner if isinstance(inner, Mapping) else content


def _answer(config: YonbipConfig, now: datetime) -> str:
    """`success`, plain or in an envelope of its own as the guide wants it."""
    if config.answer == "plain":
        return "success"
    secret, nonce, stamp = config.app_secret.get_secret_value(), secrets.token_hex(8), str(int(now.timestamp() * 1000))
    encrypted = encrypt(_box(config), b"success", secrets.token_bytes(16))
    signature = sign_event(secret, stamp, nonce, encrypted)
    return json.dumps({"signature": signature, "timestamp": int(stamp), "nonce": nonce, "encrypt": encrypted})


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        found = decode(raw) if len(raw) <= _MOST_BYTES else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, Mapping):
        raise BadInput("事件内容不是 JSON 对象", "The event is no JSON object")
    return found
