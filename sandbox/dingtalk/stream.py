"""Stream mode: tickets, frames down, answers up, redelivery of what was not answered (dingtalk.md section 5.3)."""

import asyncio
import json
import random
import secrets
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from sandbox.dingtalk.errors import JsonObject, NewError
from sandbox.dingtalk.tenant import Call, Event, Record, Tenant

SWEEP_S = 0.05
KEPT = 10_000
EVENTS = "*"


def open_connection(tenant: Tenant, call: Call) -> JsonObject:
    """POST /v1.0/gateway/connections/open without a token: endpoint and a ticket for one connection; 401 authFailed."""
    pair = (call.given("clientId"), call.given("clientSecret"))
    if pair != (tenant.settings.app_key, tenant.settings.app_secret):
        raise NewError("authFailed", "鉴权失败", status=401)
    topics = frozenset(str(one.get("topic")) for one in call.rows("subscriptions") if isinstance(one, dict))
    if not topics:
        raise NewError("param.error", "subscriptions不能为空")
    ticket = str(uuid.uuid4())
    tenant.memory.tickets[ticket] = (call.now + tenant.settings.ticket_lifetime_s, topics)
    tenant.base_url = call.base_url
    return {"endpoint": f"{call.base_url.replace('http', 'ws', 1)}/connect", "ticket": ticket}


@dataclass
class Connection:
    """One open socket. state: open, draining (a disconnect was sent), silent (half open: nothing comes any more)."""

    id: str
    socket: WebSocket
    topics: frozenset[str]
    state: str = "open"
    queue: asyncio.Queue[str] = field(default_factory=asyncio.Queue)


@dataclass
class Waiting:
    """An event frame that was sent and not yet answered with success; `at` is unix seconds of the sandbox."""

    frame: Record
    at: float


class StreamHub:
    """All connections of the app: each message goes to one of them, at random."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unheard: deque[Record] = deque(maxlen=KEPT)
        self._waiting: dict[str, Waiting] = {}
        self.connections: list[Connection] = []
        tenant.listeners.append(self.offer)

    def forget(self) -> None:
        """As after a restart of the vendor: no connection, nothing waiting, nobody ever heard."""
        for connection in list(self.connections):
            self.cut(connection)
        self._unheard.clear()
        self._waiting.clear()
        self._loop = None

    def offer(self, event: Event, times: int = 1) -> None:
        """Sends an event to one of the connections; any thread. Nothing happens while events go by HTTP."""
        callback_url = self._tenant.memory.callback or self._tenant.settings.callback_url
        if self._loop is None or callback_url:
            return
        frame = self._event_frame(event)
        for _ in range(times):
            self._loop.call_soon_threadsafe(self._send_event, frame)

    def call_back(self, topic: str, data: Mapping[str, Any]) -> None:
        """Sends a CALLBACK frame once to a connection that subscribed to the topic; it never comes again."""
        frame = {"specVersion": "1.0", "type": "CALLBACK", "headers": self._headers(topic), "data": _text(data)}
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._send, frame, topic)

    def system(self, kind: str) -> int:
        """Acts on every open connection: ping, disconnect, abort (TCP closed), silence; how many were there."""
        loop, chosen = self._loop, [one for one in self.connections if one.state == "open"]
        for connection in chosen:
            if loop is not None:
                loop.call_soon_threadsafe(self._system, kind, connection)
        return len(chosen)

    def cut(self, connection: Connection) -> None:
        """Closes the TCP connection without a word."""
        connection.state = "draining"
        connection.socket.scope["state"]["close_connection"]()

    async def serve(self, socket: WebSocket) -> None:
        """GET /connect?ticket=: an unknown, used or expired ticket is refused before the upgrade."""
        expires, topics = self._tenant.memory.tickets.pop(socket.query_params.get("ticket", ""), (0.0, frozenset()))
        if self._tenant.now >= expires:
            await socket.close()
            return
        await socket.accept()
        connection = Connection(secrets.token_hex(8), socket, topics)
        self._loop = asyncio.get_running_loop()
        self.connections.append(connection)
        helpers = [asyncio.create_task(work(connection)) for work in (self._write, self._ping, self._sweep)]
        try:
            self._send_unheard()
            await self._read(connection)
        finally:
            self.connections.remove(connection)
            for helper in helpers:
                helper.cancel()

    async def _read(self, connection: Connection) -> None:
        while True:
            try:
                text = await connection.socket.receive_text()
            except (WebSocketDisconnect, KeyError):
                return
            self._answered(text)

    async def _write(self, connection: Connection) -> None:
        while True:
            text = await connection.queue.get()
            try:
                await connection.socket.send_text(text)
            except (WebSocketDisconnect, RuntimeError):
                return  # the other side has gone: what was not answered comes again

    async def _ping(self, connection: Connection) -> None:
        while connection.state == "open":
            await asyncio.sleep(self._tenant.settings.stream_ping_s)
            if connection.state == "open":
                self._system("ping", connection)

    async def _sweep(self, connection: Connection) -> None:
        """Redelivers what has waited too long; every connection looks, the first one to see it sends it."""
        while True:
            await asyncio.sleep(SWEEP_S)
            oldest = self._tenant.now - self._tenant.settings.stream_redeliver_s
            late = [one for one in self._waiting.values() if one.at <= oldest]
            for waiting in late:
                self._send_event(waiting.frame)

    def _system(self, kind: str, connection: Connection) -> None:
        if kind == "abort":
            self.cut(connection)
        elif kind == "silence":
            connection.state = "silent"
        else:
            self._system_frame(kind, connection)

    def _system_frame(self, kind: str, connection: Connection) -> None:
        data = {"reason": "connection is expired"} if kind == "disconnect" else {"opaque": secrets.token_hex(8)}
        frame = {"specVersion": "1.0", "type": "SYSTEM", "headers": self._headers(kind), "data": _text(data)}
        self._queue(connection, frame)
        if kind == "disconnect":
            connection.state = "draining"
            wait = self._tenant.settings.stream_close_after_s
            asyncio.get_running_loop().call_later(wait, self.cut, connection)

    def _send_event(self, frame: Record) -> None:
        self._waiting[frame["headers"]["messageId"]] = Waiting(frame, self._tenant.now)
        if not self._send(frame, EVENTS):
            del self._waiting[frame["headers"]["messageId"]]
            if self._tenant.settings.stream_keeps_unheard:
                self._unheard.append(frame)

    def _send_unheard(self) -> None:
        frames = list(self._unheard)
        self._unheard.clear()
        for frame in frames:
            self._send_event(frame)

    def _send(self, frame: Record, topic: str) -> bool:
        """To one connection that wants the topic; False when there is none. A silent one loses it."""
        wanting = [one for one in self.connections if topic in one.topics and one.state != "draining"]
        if not wanting:
            return False
        self._queue(random.choice(wanting), frame)
        return True

    def _queue(self, connection: Connection, frame: Record) -> None:
        headers = {**frame["headers"], "connectionId": connection.id}
        if connection.state == "open":
            connection.queue.put_nowait(_text({**frame, "headers": headers}))

    def _answered(self, text: str) -> None:
        """An answer consumes its event unless it says LATER or failed; 200 without a status counts as success."""
        try:
            told = json.loads(text)
            message, code = str(told["headers"]["messageId"]), int(told["code"])
            data = json.loads(told.get("data") or "{}")
        except (ValueError, KeyError, TypeError):
            return
        waiting = self._waiting.get(message)
        if waiting is None:
            return
        status = str(data.get("status", "SUCCESS")) if isinstance(data, dict) else "SUCCESS"
        consumed = code == 200 and status != "LATER"
        if consumed:
            del self._waiting[message]
        headers = waiting.frame["headers"]
        told = {"code": code, "status": status, "event": headers["eventType"], "eventId": headers["eventId"]}
        self._tenant.journal.append("ack", "stream", id=message, data={**told, "consumed": consumed})

    def _headers(self, topic: str) -> Record:
        return {
            "topic": topic,
            "messageId": f"{secrets.token_hex(8)}_{self._tenant.number('frame')}",
            "contentType": "application/json",
            "time": str(self._tenant.now_ms),
            "appId": "sandbox-app-id",
        }

    def _event_frame(self, event: Event) -> Record:
        settings = self._tenant.settings
        told = {
            "eventId": event.id,
            "eventType": event.kind,
            "eventCorpId": settings.corp_id,
            "eventBornTime": str(self._tenant.now_ms),
            "eventUnifiedAppId": "sandbox-unified-app-id",
        }
        headers = {**self._headers(EVENTS), **told}
        return {"specVersion": "1.0", "type": "EVENT", "headers": headers, "data": _text(event.body)}


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
