"""What EC pushes. Its body and signature are not public: the token in the URL proves the sender, the body is only a
hint."""

import hashlib
import hmac
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from connectors.ec.config import EcConfig
from hub.connector.contract import Hint, WebhookReply, WebhookRequest
from hub.connector.json_exact import decode
from hub.errors import BadInput

_IDS = (("contactId", "contact"), ("saleId", "order"), ("crmId", "customer"))


def callback(config: BaseModel, request: WebhookRequest, now: datetime) -> WebhookReply:
    """Compares the token before the body is looked at. Raises BadInput for a request that is not the vendor's."""
    assert isinstance(config, EcConfig)
    expected = config.webhook_token.get_secret_value()
    given = request.query.get("token", "")
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise BadInput("推送地址中的 token 不正确", "The token in the push URL is wrong", field="token")
    body = _body(request.body)
    # Two edits of one record may push the very same bytes: the minute tells a second edit from a repeated delivery.
    stamp = f"{int(now.timestamp()) // 60}:".encode()
    return WebhookReply([_hint(body, hashlib.sha256(stamp + request.body).hexdigest())])


def _body(raw: bytes) -> dict[str, Any]:
    try:
        body = decode(raw)
    except ValueError:
        body = {}
    return body if isinstance(body, dict) else {}


def _hint(body: dict[str, Any], key: str) -> Hint:
    """The record the body names, else "look at the customers". Contacts are re-read with their customer."""
    event = str(body.get("event") or "")[:64]
    for name, entity in _IDS:
        found = str(body.get(name) or "")
        if found.isdigit():
            crm_id = str(body.get("crmId") or "")
            if entity == "contact":
                return Hint("contact", f"{crm_id}-{found}" if crm_id.isdigit() else "", event, key)
            return Hint(entity, found, event, key)
    return Hint("customer", "", event, key)
