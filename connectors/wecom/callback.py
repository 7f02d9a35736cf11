"""What 企业微信 pushes: signature first, then decryption, then XML. Unknown events give no hint and no error."""

from datetime import datetime
from xml.etree import ElementTree

from pydantic import BaseModel

from connectors.wecom.config import WecomConfig
from connectors.wecom.events import answers_of, hints_of
from hub.connector.contract import WebhookReply, WebhookRequest
from hub.connector.envelope import Box, verified
from hub.errors import BadInput

MOST_BYTES = 1_000_000


def callback(config: BaseModel, request: WebhookRequest, now: datetime) -> WebhookReply:
    """GET is the URL check (the answer is the decrypted echostr, nothing else); POST brings one event.

    Raises BadInput for anything not signed with this app's token.
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
    event = _parsed(plain)
    return WebhookReply(hints_of(config, event, plain), answers=answers_of(event, plain))


def _envelope(body: bytes) -> str:
    return _parsed(body).findtext("Encrypt") or ""


def _parsed(xml: bytes) -> ElementTree.Element:
    """The root element. Document types are refused: they are how XML is made to explode, and the vendor sends none."""
    if len(xml) > MOST_BYTES or b"<!" in xml.replace(b"<![CDATA[", b""):
        raise BadInput("回调内容不是有效的 XML", "The callback is not acceptable XML")
    try:
        return ElementTree.fromstring(xml)  # noqa: S314 - no document type gets this far
    except ElementTree.ParseError as error:
        raise BadInput("回调内容不是有效的 XML", "The callback is not XML") from error
