"""Runs a sandbox on uvicorn, in the foreground or for `start`, with a protocol that can cut a connection."""

import asyncio
import importlib
import json
import os
import socket
import threading
from collections.abc import Mapping
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import uvicorn
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from sandbox import SYSTEMS
from sandbox.core.system import Sandbox

BACKLOG = 128


class CuttingProtocol(H11Protocol):
    """HTTP/1.1 whose requests can close their connection unanswered: scope["state"]["close_connection"]()."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, {**app_state, "close_connection": self._cut}, _loop)

    def _cut(self) -> None:
        if self.cycle is not None:
            self.cycle.disconnected = True  # or uvicorn would answer 500 for the missing reply
        self.transport.close()


def load_sandbox(system: str, settings: Mapping[str, object] | None = None) -> Sandbox:
    """Makes the sandbox of a system named in SYSTEMS; KeyError lists the known ones."""
    if system not in SYSTEMS:
        raise KeyError(f"no sandbox {system!r}; known: {', '.join(sorted(SYSTEMS))}")
    module, _, factory = SYSTEMS[system].partition(":")
    made: Sandbox = getattr(importlib.import_module(module), factory)(settings)
    return made


def make_server(sandbox: Sandbox) -> uvicorn.Server:
    """A uvicorn server for one sandbox; give its `run` a listening socket."""
    speaks_websocket = any(isinstance(route, WebSocketRoute) for route in sandbox.routes)
    config = Config(
        _dated(sandbox),
        date_header=False,
        http=CuttingProtocol,
        ws="websockets-sansio" if speaks_websocket else "none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def _dated(sandbox: Sandbox) -> ASGIApp:
    """The sandbox's app; every reply carries the sandbox's own time in the header Date, as a vendor's does."""
    app = sandbox.app()

    async def dated(scope: Scope, receive: Receive, send: Send) -> None:
        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = format_datetime(sandbox.clock.now(), usegmt=True)
                message = {**message, "headers": [*message.get("headers", []), (b"date", date.encode())]}
            await send(message)

        await app(scope, receive, tell if scope["type"] == "http" else send)

    return dated


def listen(port: int, host: str = "127.0.0.1") -> socket.socket:
    """A listening TCP socket; port 0 takes a free one. Whoever calls before the server runs waits, and is not refused."""
    # The protocol must be named: asyncio sets TCP_NODELAY only then, and without it every answer waits 40 ms.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound


def serve(
    system: str,
    port: int = 0,
    host: str = "127.0.0.1",
    data: str | Path | None = None,
    *,
    settings: Mapping[str, object] | None = None,
    parent_fd: int | None = None,
) -> None:
    """Runs one sandbox until interrupted, or until the pipe parent_fd closes because the parent died.

    `data` names a JSON file {object: [records]} to start with. Prints one line with the address when ready.
    """
    sandbox = load_sandbox(system, settings)
    if data is not None:
        _load_records(sandbox, Path(data))
    bound = listen(port, host)
    server = make_server(sandbox)
    if parent_fd is not None:
        threading.Thread(target=_stop_with_parent, args=(parent_fd, server), daemon=True).start()
    print(f"sandbox {system} listening on http://{host}:{bound.getsockname()[1]}", flush=True)
    server.run(sockets=[bound])


def _load_records(sandbox: Sandbox, path: Path) -> None:
    for name, records in json.loads(path.read_text("utf-8")).items():
        prepare = sandbox.store.kind(name).prepare
        for record in records:
            sandbox.store.create(name, prepare(record, None))


def _stop_with_parent(parent_fd: int, server: uvicorn.Server) -> None:
    while os.read(parent_fd, 1024):
        pass
    server.should_exit = True
