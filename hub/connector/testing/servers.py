"""Tiny servers of the kit: a vendor that gives one answer, one that starts to after a while, a receiver of webhooks."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import httpx

from hub.connector.contract import WebhookRequest

_HOP_BY_HOP = {"host", "connection", "content-length", "accept-encoding"}


class _Server:
    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                status, kind, sent = owner.answer(self.command, self.path, dict(self.headers.items()), body)
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            do_GET = answer  # noqa: N815 - the base class looks for these names
            do_POST = answer  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is inherited
                return

        return Handler

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class StubVendor(_Server):
    """Answers every request the same."""

    def __init__(self, body: bytes, *, status: int = 200, content_type: str = "application/json") -> None:
        super().__init__()
        self._reply = (status, content_type, body)
        self.calls: list[str] = []

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        self.calls.append(f"{method} {path}")
        return self._reply


class Proxy(_Server):
    """The sandbox, until `foreign` is set: from then on that (status, body) answers everything."""

    def __init__(self, upstream: str) -> None:
        super().__init__()
        self.foreign: tuple[int, bytes] | None = None
        self._upstream = httpx.Client(base_url=upstream, trust_env=False, timeout=30)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        if self.foreign is not None:
            return self.foreign[0], "application/json", self.foreign[1]
        kept = {name: value for name, value in headers.items() if name.lower() not in _HOP_BY_HOP}
        reply = self._upstream.request(method, path, headers=kept, content=body)
        return reply.status_code, reply.headers.get("content-type", ""), reply.content

    def __exit__(self, *exc: object) -> None:
        super().__exit__(*exc)
        self._upstream.close()


class Receiver(_Server):
    """Keeps what is pushed to it, as the hub's own webhook route would hand it to a callback parser."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[WebhookRequest] = []

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        query = dict(parse_qsl(urlsplit(path).query, keep_blank_values=True))
        lowered = {name.lower(): value for name, value in headers.items()}
        self.requests.append(WebhookRequest(method, query, lowered, body))
        return 200, "text/plain", b"success"
