"""What every HTTP answer has in common: a request id, security headers, and a limit on what may be sent in."""

import re
import secrets
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT = 4 * 1024 * 1024
WEBHOOK_LIMIT = 256 * 1024
_GOOD_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'self'",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Edge:
    """ASGI middleware. A request's id is taken from X-Request-ID where that is harmless, and is in every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _GOOD_ID.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        limit = WEBHOOK_LIMIT if scope["path"].startswith("/webhooks/") else BODY_LIMIT
        answer = _with_headers(send, request_id, private=scope["path"].startswith("/api/"))
        await self.app(scope, _limited(receive, limit, headers.get("content-length", "")), answer)


def _with_headers(send: Send, request_id: str, *, private: bool) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update({**_HEADERS, "X-Request-ID": request_id})
            if private:
                headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return answer


def _limited(receive: Receive, limit: int, announced: str) -> Receive:
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
