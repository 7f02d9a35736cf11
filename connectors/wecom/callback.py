"""What 企业微信 pushes: signature first, then decryption, then XML. Unknown events give no hint and no error."""

import hashlib
from datetime import datetime
from xml.etree import ElementTree

from pydantic import BaseModel

from connectors.wecom.config import WecomConfig
from hub.connector.contract import Hint, WebhookReply, WebhookRequest
from hub.connector.envelope import Box, verified
from hub.errors import BadInput

MOST_BYTES = 1_000_000
# Event -> the entity to look at again and the element that names it.
EVENTS = {
    "change_external_contact": ("contact", "ExternalUserID"),
    "change_contact": ("employee", "UserID"),
}


def callback(config: BaseModel, request: WebhookRequest, now: datetime) -> WebhookReply:
    """GET is the URL check (the answer is the decrypted echostr, nothing else); POST brings one event.

    The vendor repeats deliveries and its own event fields collide within a second: a delivery's key is the hash of the
    decrypted XML. Raises BadInput for anything not signed with this app's token.
    """
    assert isinstance(config, WecomConfig)
    box = Box(config.callback_token.get_secret_value(), config.callback_aes_key.get_secret_value(), config.corp_id)
    if not (box.token and box.aes_key):
        raise BadInput(
            "没有设置回调 Token 和 EncodingAESKey", "Callback token and AES key are not set", field="callback_token"
        )
    encrypted = request.query.get("echostr", "") if request.method == "GET" else _envelope(request.body)
    plain = verified(
        box,
        request.query.get("msg_signature", ""),
        timestamp=request.query.get("timestamp", ""),
        nonce=request.query.get("nonce", ""),
        encrypted=encrypted,
    )
    if request.method == "GET":
        return WebhookReply(body=plain.decode("utf-8", "replace"))
    return WebhookReply(_hints(plain))


def _envelope(body: bytes) -> str:
    return _parsed(body).findtext("Encrypt") or ""


def _hints(plain: bytes) -> list[Hint]:
    event = _parsed(plain)
    entity, element = EVENTS.get(event.findtext("Event") or "", ("", ""))
    if not entity:
        return []
    change = event.findtext("ChangeType") or ""
    found = event.findtext("NewUserID") or event.findtext(element) or ""
    return [Hint(entity, found, change, hashlib.sha256(plain).hexdigest())]


def _parsed(xml: bytes) -> ElementTree.Element:
    """The root element. Document types are refused: they are how XML is made to explode, and the vendor sends none."""
    if len(xml) > MOST_BYTES or b"<!" in xml.replace(b"<![CDATA[", b""):
        raise BadInput("回调内容不是有效的 XML", "The callback is not acceptable XML")
    try:
        return ElementTree.fromstring(xml)  # noqa: S314 - no document type gets this far
    except ElementTree.ParseError as error:
        raise BadInput("回调内容不是有效的 XML", "The callback is not XML") from error
