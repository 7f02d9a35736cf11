"""What a configured system pushes: proved over the raw bytes first, parsed after that, and only ever a hint."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NoReturn

from pydantic import BaseModel

from connectors.rest import times
from connectors.rest.auth import render
from connectors.rest.config import values_of
from connectors.rest.names import text
from connectors.rest.paths import text_at
from connectors.rest.signing import joined, signature
from connectors.rest.spec.system import System
from connectors.rest.spec.webhook import Place, SignatureProof, TokenProof, Webhook
from hub.connector.contract import CallbackParser, Hint, WebhookReply, WebhookRequest
from hub.connector.json_exact import decode
from hub.errors import BadInput


def parser_of(system: System) -> CallbackParser | None:
    """The parser of the system's pushes; None where it sends none."""
    webhook = system.webhook
    if webhook is None:
        return None

    def parse(config: BaseModel, request: WebhookRequest, now: datetime) -> WebhookReply:
        settings = values_of(config)
        if isinstance(webhook.proof, TokenProof):
            _check_token(webhook.proof, request, settings)
        else:
            _check_signature(webhook.proof, request, settings, now)
        hints = _hints(system, webhook, request, settings=settings, now=now)
        return WebhookReply(hints, body=webhook.reply)

    return parse


def _check_token(proof: TokenProof, request: WebhookRequest, settings: Mapping[str, Any]) -> None:
    expected, given = text(proof.secret, settings), _given(proof.given, request)
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        _refuse("令牌不正确", "the token is wrong")


def _check_signature(
    proof: SignatureProof, request: WebhookRequest, settings: Mapping[str, Any], now: datetime
) -> None:
    secret = text(proof.secret, settings)
    if not secret:
        _refuse("没有设置推送密钥", "no push secret is set")
    made = signature(
        joined([render(part, _Sent(request, settings), request.body) for part in proof.parts], proof.join),
        digest=proof.digest,
        secret=secret.encode(),
        encoding=proof.encoding,
    )
    given = _given(proof.given, request).removeprefix(proof.prefix)
    if not hmac.compare_digest(given.encode(), made.encode()):
        _refuse("签名不正确", "the signature is wrong")
    if proof.timestamp is not None:
        _check_age(proof, _given(proof.timestamp, request), now)


def _check_age(proof: SignatureProof, stamp: str, now: datetime) -> None:
    sent = times.moment(stamp, proof.clock)
    if sent is None or abs(now - sent) > timedelta(seconds=proof.fresh_s):
        _refuse("时间戳过旧或无效", "the timestamp is old or not valid")


class _Sent(Mapping[str, Any]):
    """What the parts of a signature may name: settings, {query.NAME}, {header.NAME}. What was not sent is empty."""

    def __init__(self, request: WebhookRequest, settings: Mapping[str, Any]) -> None:
        self._request = request
        self._settings = settings

    def __getitem__(self, name: str) -> Any:
        if name.startswith("query."):
            return self._request.query.get(name.removeprefix("query."), "")
        if name.startswith("header."):
            return self._request.headers.get(name.removeprefix("header.").lower(), "")
        return self._settings[name]

    def __iter__(self) -> Any:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)


def _given(place: Place, request: WebhookRequest) -> str:
    return request.headers.get(place.header, "") if place.header else request.query.get(place.query, "")


def _hints(
    system: System, webhook: Webhook, request: WebhookRequest, *, settings: Mapping[str, Any], now: datetime
) -> list[Hint]:
    """The record that the body names, else "look at everything"."""
    body = _body(request.body)
    key = (_given(webhook.key, request) if webhook.key else "") or _key(request.body, now)
    event, record = text_at(body, webhook.event)[:64], text_at(body, webhook.id)
    named = {text(value, settings): entity for value, entity in webhook.entities.items()}
    entity = named.get(text_at(body, webhook.entity)) if webhook.entity else None
    if entity is None and len(system.entities) == 1:
        entity = next(iter(system.entities))
    if entity is not None:
        return [Hint(entity, record, event, key)]
    return [Hint(name, "", event, f"{key}:{name}") for name in system.entities]


def _key(body: bytes, now: datetime) -> str:
    """Two edits of one record may push the very same bytes: the minute tells a second edit from a repeated delivery."""
    return hashlib.sha256(f"{int(now.timestamp()) // 60}:".encode() + body).hexdigest()


def _body(raw: bytes) -> Any:
    try:
        return decode(raw)
    except ValueError:
        return {}


def _refuse(zh: str, en: str) -> NoReturn:
    raise BadInput(f"推送未通过验证：{zh}", f"The push is not proved: {en}", field="signature")
