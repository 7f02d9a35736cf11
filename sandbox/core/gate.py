"""The fault gate: the ASGI layer that every call at a vendor path passes on its way in and out."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.core.faults import TRANSPORT_KINDS, Fault
from sandbox.core.system import Sandbox

CONTROL_PREFIX = "/_sandbox"
LATE_COMMIT_S = 2.0
TIMEOUT_S = 60.0
SLOW_S = 1.0
ERROR_PAGE = "<html><head><title>500 Internal Server Error</title></head><body><h1>服务器内部错误</h1></body></html>"
MAINTENANCE_PAGE = "<!DOCTYPE html><html><body><h2>系统维护中，请稍后再试</h2></body></html>"


@dataclass
class _Call:
    """One request with its body read, so that the handler can run now, later or never."""

    scope: Scope
    body: bytes
    send: Send
    replies: list[Message] = field(default_factory=list)

    async def receive(self) -> Message:
        return {"type": "http.request", "body": self.body, "more_body": False}

    async def keep(self, message: Message) -> None:
        self.replies.append(message)


class Gate:
    """Sends control paths to the control app and vendor paths through the armed faults to the vendor app."""

    def __init__(self, sandbox: Sandbox, *, control: ASGIApp, vendor: ASGIApp) -> None:
        self._sandbox = sandbox
        self._control = control
        self._vendor = vendor
        self._late: set[asyncio.Task[None]] = set()
        self._transport_faults = {
            "commit_then_drop": self._commit_then_drop,
            "late_commit": self._late_commit,
            "drop_before_commit": self._drop,
            "timeout": self._timeout,
            "http_500": self._http_500,
            "garbage": self._garbage,
            "slow": self._slow,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._vendor(scope, receive, send)  # faults strike requests; a vendor's frames are its own affair
        if scope["type"] != "http":
            return
        if scope["path"].startswith(CONTROL_PREFIX):
            await self._control(scope, receive, send)
            return
        call = _Call(scope, await _body(receive), send)
        try:
            await self._pass(call)
        except asyncio.CancelledError:
            _close(scope)  # the server is stopping: a fault that sleeps must not hold it up

    async def _pass(self, call: _Call) -> None:
        scope = call.scope
        text = call.body.decode("utf-8", "replace")
        facts = self._sandbox.classify(scope["method"], scope["path"], text)
        scope["sandbox.facts"] = facts
        self._sandbox.calls[facts.operation or scope["path"]] += 1
        fault = self._sandbox.faults.take(TRANSPORT_KINDS, facts)
        if fault is None:
            await self._vendor(scope, call.receive, call.send)
            return
        await self._transport_faults[fault.kind](call, fault)

    async def _commit_then_drop(self, call: _Call, fault: Fault) -> None:
        await self._vendor(call.scope, call.receive, call.keep)
        await self._drop(call, fault)

    async def _late_commit(self, call: _Call, fault: Fault) -> None:
        async def commit() -> None:
            await asyncio.sleep(LATE_COMMIT_S if fault.delay_s is None else fault.delay_s)
            await self._vendor(call.scope, call.receive, call.keep)

        task = asyncio.create_task(commit())
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        await self._drop(call, fault)

    async def _drop(self, call: _Call, fault: Fault) -> None:
        _close(call.scope)

    async def _timeout(self, call: _Call, fault: Fault) -> None:
        await asyncio.sleep(TIMEOUT_S if fault.delay_s is None else fault.delay_s)
        _close(call.scope)

    async def _slow(self, call: _Call, fault: Fault) -> None:
        await asyncio.sleep(SLOW_S if fault.delay_s is None else fault.delay_s)
        await self._vendor(call.scope, call.receive, call.send)

    async def _http_500(self, call: _Call, fault: Fault) -> None:
        await self._page(call, fault, status=500, page=ERROR_PAGE)

    async def _garbage(self, call: _Call, fault: Fault) -> None:
        """Something that is not the vendor's protocol: a maintenance page, or the `status`, `page` and `headers` that the fault names."""
        told = fault.options
        page = str(told.get("page", MAINTENANCE_PAGE))
        await self._page(call, fault, status=int(told.get("status", 200)), page=page, headers=told.get("headers"))

    async def _page(
        self, call: _Call, fault: Fault, *, status: int, page: str, headers: Mapping[str, str] | None = None
    ) -> None:
        if fault.commit:
            await self._vendor(call.scope, call.receive, call.keep)
        body = page.encode()
        given = {"content-type": "text/html; charset=utf-8", "content-length": str(len(body)), **(headers or {})}
        raw = [(name.lower().encode(), value.encode()) for name, value in given.items()]
        await call.send({"type": "http.response.start", "status": status, "headers": raw})
        await call.send({"type": "http.response.body", "body": body})


def _close(scope: Scope) -> None:
    """Closes the client's connection without a byte of reply (needs the sandbox's own server protocol)."""
    scope["state"]["close_connection"]()


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
