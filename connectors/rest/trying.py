"""What `hub rest` runs: check a manifest file, and show each request and reply of one dry read."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import httpx

from connectors.rest.calls import Calls
from connectors.rest.config import config_model
from connectors.rest.loading import connector_of
from connectors.rest.reading import Reader
from connectors.rest.source import Finding, load_system, read_system
from hub.connector.contract import Remote
from hub.connector.form import describe, parse
from hub.connector.json_exact import decode, encode
from hub.connector.link import Link
from hub.connector.manifest import Manifest
from hub.connector.redact import MASK, Redactor
from hub.errors import BadInput

SHOWN = 2000
"""Characters of a request or a reply that are shown."""
_SECRET_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization"})
_WORD = re.compile(r"(?<=\")[A-Za-z0-9+/=_.~:-]{12,}(?=\"(?!\s*:))")
"""A value of a login's reply that may be a token: long, in one word."""
_DULL_HEADERS = frozenset({"accept", "accept-encoding", "connection", "host", "user-agent", "content-length"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its reply as text, secrets masked."""

    request: str
    reply: str


class Tools:
    """The entry point `hub.tools`."""

    @staticmethod
    def check(path: Path) -> tuple[Manifest | None, list[Finding]]:
        """What the manifest can do, or everything that is wrong with it. Raises BadInput for a file that cannot be read."""
        system, found = read_system(_read(path), file=str(path))
        return (None if system is None else connector_of(system).manifest), found

    @staticmethod
    def form(path: Path) -> list[dict[str, Any]]:
        """The settings that a try needs (hub.connector.form.describe)."""
        return describe(config_model(load_system(path)))

    @staticmethod
    def attempt(
        path: Path, entity: str, settings: Mapping[str, Any], *, limit: int, tell: Callable[[Exchange], None]
    ) -> list[Remote]:
        """Read up to `limit` records and tell every exchange on the way. Nothing is written: only the list call (and the
        login) is sent. Raises ConfigInvalid, BadInput, and what a pull raises."""
        system = load_system(path)
        config = parse(config_model(system), settings)
        shown = _Shown(httpx.HTTPTransport(trust_env=False), tell)
        calls = Calls(system, config, Link(timeout_s=30), transport=shown)
        shown.redactor, shown.login_path = calls.redactor, calls.login_path
        try:
            return list(islice(_rows(Reader(calls), entity), limit))
        finally:
            calls.close()
            shown.flush()


TOOLS: Final = Tools


class _Shown(httpx.BaseTransport):
    """The network, with everything that passes told. An exchange is told when the next one begins: what it gave away (a token under
    whatever name) is known as a secret by then."""

    def __init__(self, network: httpx.BaseTransport, tell: Callable[[Exchange], None]) -> None:
        self._network = network
        self._tell = tell
        self._last: tuple[str, str] | None = None
        self.redactor = Redactor()
        self.login_path = ""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.flush()
        asked = f"{request.method} {request.url}\n{_headers(request.headers)}{_body(request.content)}"
        try:
            response = self._network.handle_request(request)
        except httpx.TransportError as error:
            self._last = (asked, f"({type(error).__name__})")
            raise
        response.read()
        body = _body(response.content)
        shown = _WORD.sub(MASK, body) if self.login_path and request.url.path == self.login_path else body
        self._last = (asked, f"HTTP {response.status_code}\n{shown}")
        return response

    def flush(self) -> None:
        """Tell what has not been told yet."""
        if self._last is not None:
            asked, answered = self._last
            self._tell(Exchange(_cut(self.redactor.text(asked)), _cut(self.redactor.text(answered))))
        self._last = None

    def close(self) -> None:
        self._network.close()


def _rows(reader: Reader, entity: str) -> Iterator[Remote]:
    for page in reader.pull(entity, None):
        yield from page.rows


def _headers(headers: httpx.Headers) -> str:
    lines = (
        f"{name}: {MASK if name in _SECRET_HEADERS else value}"
        for name, value in headers.items()
        if name not in _DULL_HEADERS
    )
    return "".join(f"{line}\n" for line in lines)


def _body(content: bytes) -> str:
    try:
        text = encode(decode(content)) if content else ""
    except (ValueError, BadInput):
        text = content.decode("utf-8", "replace")
    return text


def _cut(text: str) -> str:
    """Only what is masked already is cut: half a secret would be recognised by nobody."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} … ({len(text)})"


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"无法读取 {path}：{error}", f"cannot read {path}: {error}", field="MANIFEST") from error
