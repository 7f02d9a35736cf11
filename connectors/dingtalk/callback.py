"""What 钉钉 pushes over HTTP: signature first, then decryption, then the event; every answer is encrypted, too."""

import json
import secrets
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from connectors.dingtalk.config import DingtalkConfig
from connectors.dingtalk.events import hints
from hub.connector.contract import WebhookReply, WebhookRequest
from hub.connector.envelope import Box, encrypt, sign, verified
from hub.errors import BadInput

MOST_BYTES = 1_000_000
SIGNATURES = ("msg_signature", "signature")


def callback(config: BaseModel, request: WebhookRequest, now: datetime) -> WebhookReply:
    """One event, or the check of the address: both are answered with the word `success`, encrypted and signed.

    The vendor encrypts for the app key (set in the console) or for the corp id (registered through the API). Raises
    BadInput for anything not signed with this app's token.
    """
    assert isinstance(config, DingtalkConfig)
    token, key = config.callback_token.get_secret_value(), config.callback_aes_key.get_secret_value()
    if not (token and key):
        raise BadInput(
            "没有设置回调 Token 和 aes_key", "Callback token and AES key are not set", field="callback_token"
        )
    encrypted = _encrypted(request.body)
    box, plain = _opened(config, request, encrypted, token=token, key=key)
    event = _parsed(plain)
    return WebhookReply(
        hints(event, config.process_code, plain=plain),
        body=_success(box, str(int(now.timestamp() * 1000))),
        content_type="application/json",
    )


def _opened(
    config: DingtalkConfig, request: WebhookRequest, encrypted: str, *, token: str, key: str
) -> tuple[Box, bytes]:
    """Every signature that is given must be right; old and new receivers were told different names of it."""
    given = [request.query[name] for name in SIGNATURES if name in request.query] or [""]
    expected = {"timestamp": request.query.get("timestamp", ""), "nonce": request.query.get("nonce", "")}
    boxes = [Box(token, key, owner) for owner in (config.app_key, config.corp_id)]
    for box in boxes:
        try:
            plains = [verified(box, one, encrypted=encrypted, **expected) for one in given]
        except BadInput as error:
            if error.field != "receive_id" or box is boxes[-1]:
                raise
        else:
            return box, plains[0]
    raise AssertionError("the last receiver either fits or raises")


def _encrypted(body: bytes) -> str:
    found = _parsed(body).get("encrypt")
    if not isinstance(found, str) or not found.isascii():
        raise BadInput("回调内容没有 encrypt", "The callback has no encrypt", field="encrypt")
    return found


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text) if len(text) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadInput("回调内容不是 JSON 对象", "The callback is not a JSON object")
    return found


def _success(box: Box, timestamp: str) -> str:
    nonce = secrets.token_hex(8)
    sealed = encrypt(box, b"success", secrets.token_bytes(16))
    signature = sign(box.token, timestamp, nonce, sealed)
    return json.dumps({"msg_signature": signature, "timeStamp": timestamp, "nonce": nonce, "encrypt": sealed})
