"""Stream mode: events down a WebSocket that we open; no public address, no crypto (vendor note section 5.3)."""

import json
import logging
import time
from collections.abc import Callable, Sequence
from threading import Event
from typing import Any
from urllib.parse import quote

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

from connectors.dingtalk.client import DingtalkCalls
from connectors.dingtalk.events import hints
from hub.connector.contract import Hint
from hub.connector.hosts import check_url
from hub.errors import HubError, TryLater, Unreachable, Vendor

# At DEBUG the library writes the address with its ticket.
logging.getLogger("websockets").setLevel(logging.WARNING)

SUBSCRIPTIONS = ({"type": "EVENT", "topic": "*"},)
LOOK_S = 0.5
SILENT_S = 120.0
"""The vendor says something every 20 to 30 seconds; a connection silent for so long is half open."""
OPEN_S = 10.0
MOST_BYTES = 1_000_000
Frame = dict[str, Any]


class Stream:
    """One connection at a time; `keep` stores hints durably before their event is acknowledged."""

    def __init__(self, calls: DingtalkCalls, keep: Callable[[Sequence[Hint]], None]) -> None:
        self._calls = calls
        self._keep = keep

    def run(self, stop: Event) -> None:
        """Until `stop`, or until the vendor asks for a new connection. Raises Unreachable, SetupError."""
        endpoint, ticket = self._calls.open_stream(SUBSCRIPTIONS)
        check_url(endpoint.replace("ws", "http", 1), allow_private=self._calls.link.allow_private_hosts)
        try:
            with connect(
                f"{endpoint}?ticket={quote(ticket, safe='')}", open_timeout=OPEN_S, max_size=MOST_BYTES, proxy=None
            ) as socket:
                self._keep([])
                self._serve(socket, stop)
        except (WebSocketException, OSError) as error:
            raise _broken(type(error).__name__) from None

    def _serve(self, socket: ClientConnection, stop: Event) -> None:
        heard = time.monotonic()
        while not stop.is_set():
            try:
                text = socket.recv(timeout=LOOK_S)
            except TimeoutError:
                if time.monotonic() - heard > SILENT_S:
                    raise _broken("silent") from None
                continue
            except ConnectionClosed as error:
                raise _broken(type(error).__name__) from None
            heard = time.monotonic()
            if not self._answered(socket, text):
                return

    def _answered(self, socket: ClientConnection, text: str | bytes) -> bool:
        """False when the vendor wants another connection. What is no frame cannot be answered and is left alone."""
        frame = _parsed(text)
        kind, headers = frame.get("type"), _headers(frame)
        if kind == "SYSTEM" and headers.get("topic") == "disconnect":
            return False
        if not headers.get("messageId"):
            return True
        if kind == "SYSTEM":
            socket.send(_answer(headers, 200, str(frame.get("data") or "")))
        elif kind == "EVENT":
            socket.send(_answer(headers, 200, json.dumps({"status": self._kept(headers, frame)})))
        else:
            socket.send(_answer(headers, 404, "{}"))
        return True

    def _kept(self, headers: Frame, frame: Frame) -> str:
        """SUCCESS once stored; LATER brings the event again."""
        data = str(frame.get("data") or "{}")
        kind, key = str(headers.get("eventType") or ""), str(headers.get("eventId") or "")
        found = hints(_parsed(data), self._calls.config.process_code, plain=data.encode(), kind=kind, key=key)
        try:
            if found:
                self._keep(found)
        except TryLater:
            return "LATER"
        return "SUCCESS"


def _parsed(text: str | bytes) -> Frame:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _headers(frame: Frame) -> Frame:
    """One sample of the vendor writes `header`."""
    found = frame.get("headers") or frame.get("header")
    return found if isinstance(found, dict) else {}


def _answer(headers: Frame, code: int, data: str) -> str:
    back = {"messageId": str(headers["messageId"]), "contentType": "application/json"}
    return json.dumps({"code": code, "message": "OK" if code == 200 else "not found", "headers": back, "data": data})


def _broken(how: str) -> HubError:
    return Unreachable(
        f"钉钉 Stream 连接中断（{how}），稍后重连",
        f"The stream of DingTalk broke ({how}); connecting again",
        after=5,
        vendor=Vendor("dingtalk", "stream", how),
    )
