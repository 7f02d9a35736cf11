"""A small vendor that is whatever a test wants: it checks proofs with its own code and pages its rows as told."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import yaml

from connectors.rest.client import RestClient
from connectors.rest.config import RestConfig, config_model
from connectors.rest.source import read_system
from connectors.rest.spec.system import System
from hub.connector.link import Link

Answer = tuple[int, Any, dict[str, str]]
OPENED: list[RestClient] = []
"""Clients that the test made; conftest closes them."""


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body or b"null")

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass
class Vendor:
    """`guard` says whether a request is proved; `pager` makes the reply of GET /things; `extra` are other paths."""

    guard: Callable[[Asked], bool] = lambda _asked: True
    pager: Callable[[Asked], Any] = lambda _asked: {"data": [{"id": 1}]}
    extra: Mapping[str, Callable[[Asked], Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/api"

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        path = asked.path.removeprefix("/api")
        if path in self.extra:
            return self.extra[path](asked)
        if not self.guard(asked):
            return 401, {"code": "401", "msg": "who are you"}, {}
        found = self.pager(asked)
        return found if isinstance(found, tuple) else (200, found, {})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def run(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, data, more = owner.answer(Asked(self.command, parts.path, query, headers, body))
                sent = json.dumps(data).encode()
                self.send_response(status)
                for name, value in {
                    "content-type": "application/json",
                    "content-length": str(len(sent)),
                    **more,
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(sent)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = run

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - inherited
                return

        return Handler

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def system(auth: str = "{kind: none}", paging: str = "{kind: none}", *, query: str = "{}", **more: Any) -> System:
    """A manifest with one entity; `more` lays other parts over it."""
    text = f"""
system: small
name: {{zh: 小, en: small}}
kind: [crm]
settings:
  user: {{title: {{zh: 用户, en: User}}, default: hub}}
  secret: {{type: secret, title: {{zh: 密钥, en: Secret}}, default: s3cr3t-s3cr3t}}
auth: {auth}
errors: {{code: code, message: msg, ok: {{at: data}}}}
entities:
  customer:
    id: id
    list: {{request: {{path: things, query: {query}}}, rows: data, paging: {paging}}}
"""
    made, found = read_system(yaml.safe_dump(merged(yaml.safe_load(text), more), allow_unicode=True), file="small.yaml")
    assert made is not None, [str(finding.whole) for finding in found]
    return made


def merged(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{name: merged(below.get(name), value) for name, value in above.items()}}
    return above


def config(made: System, url: str, **given: Any) -> RestConfig:
    return config_model(made).model_validate({"base_url": url, **given})


def client(made: System, url: str, link: Link | None = None, transport: Any = None, **given: Any) -> RestClient:
    OPENED.append(RestClient(made, config(made, url, **given), link or Link(timeout_s=5), transport))
    return OPENED[-1]


def ids(opened: RestClient, entity: str = "customer") -> list[str]:
    return [row.id for page in opened.pull(entity, None) for row in page.rows]


def digest(name: str, text: bytes, key: bytes = b"") -> "hmac.HMAC | Any":
    """A digest by the standard library alone, to compare recipes with."""
    return hmac.new(key, text, name) if key else hashlib.new(name, text)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
