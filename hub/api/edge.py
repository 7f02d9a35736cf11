"""What every HTTP answer has in common: a request id, security headers, and a limit on what may be sent in."""

import random
import re
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT = 4 * 1024 * 1024
WEBHOOK_LIMIT = 256 * 1024
_GOOD_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'self'; frame-ancestors 'none'; base-uri 'self'"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_PRIVATE = ((b"cache-control", b"no-store"),)


class Edge:
    """ASGI middleware. A request's id is taken from X-Request-ID where that is harmless, and is in every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        request_id = _request_id(headers.get(b"x-request-id"))
        scope.setdefault("state", {})["request_id"] = request_id
        limit = WEBHOOK_LIMIT if scope["path"].startswith("/webhooks/") else BODY_LIMIT
        answer = _with_headers(send, request_id, private=scope["path"].startswith("/api/"))
        await self.app(scope, _limited(receive, limit, headers.get(b"content-length", b"")), answer)


def _request_id(given: bytes | None) -> str:
    """Sixteen hexadecimal digits, unless the caller gave one. Not a secret, so not worth the system's entropy."""
    text = given.decode("latin-1") if given else ""
    return text if _GOOD_ID.fullmatch(text) else f"{random.getrandbits(64):016x}"


def _with_headers(send: Send, request_id: str, *, private: bool) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = (b"x-request-id", request_id.encode())
            message["headers"] = [*message["headers"], *_HEADERS, own, *(_PRIVATE if private else ())]
        await send(message)

    return answer


def _limited(receive: Receive, limit: int, announced: bytes) -> Receive:
    refused = too_large(limit)
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        if announced.isdigit() and int(announced) > limit:
            raise refused()
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise refused()
        return message

    return counted


def too_large(limit: int) -> Callable[[], HTTPException]:
    return lambda: HTTPException(413, f"limit {limit}")
