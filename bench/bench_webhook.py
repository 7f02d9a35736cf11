"""Figure 12: durable webhook acknowledgement (verify, decrypt, commit) over W, a bare FastAPI POST on the same server.

Run: .venv/bin/python bench/bench_webhook.py [--rounds 5] [--requests 3000] [--connections 64]
Rounds of both servers are interleaved; printed are medians and their ratio. Nothing is asserted.
"""

import argparse
import asyncio
import hashlib
import multiprocessing
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from sqlalchemy import func, select

from connectors.wecom import CONNECTOR
from hub.api.app import create_app
from hub.setup.connections import NewConnection, add_connection
from hub.store import core
from hub.store.database import Database
from hub.store.secrets import SecretBox
from sandbox.core.server import listen
from sandbox.wecom.crypto import encrypt_message, sign

TOKEN, KEY, CORP = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7"
SETTINGS = {
    "corp_id": CORP,
    "agent_id": 1000002,
    "secret": "s",
    "callback_token": TOKEN,
    "callback_aes_key": KEY,
}


@dataclass
class Runtime:
    """What the webhook route needs; the rest of the product is not part of the figure."""

    db: Database
    secrets: SecretBox = field(default_factory=lambda: SecretBox(b"k" * 32))
    connectors: dict[str, Any] = field(default_factory=lambda: {"wecom": CONNECTOR})

    def now(self) -> datetime:
        return datetime.now(UTC)

    def tell_intake(self) -> None:
        """The queue's part."""


def bare_app() -> FastAPI:
    """W."""
    app = FastAPI()

    @app.post("/webhooks/{connection}")
    async def receive(connection: str, request: Request) -> Response:
        await request.body()
        return Response("success", media_type="text/plain")

    return app


def serve(kind: str, path: str, pipe: Any) -> None:
    """One server process on a free port, which it reports."""
    bound = listen(0)
    pipe.send(bound.getsockname()[1])
    app = bare_app() if kind == "bare" else create_app(Runtime(Database(f"sqlite:///{path}")))  # type: ignore[arg-type]
    uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)).run(sockets=[bound])


def deliveries(count: int, start: int) -> list[bytes]:
    """Signed and encrypted events as whole HTTP requests, each of another contact."""
    return [_request(number) for number in range(start, start + count)]


def _request(number: int) -> bytes:
    event = (
        f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><MsgType>event</MsgType><Event>change_external_contact</Event>"
        f"<ChangeType>edit_external_contact</ChangeType><UserID>zhangsan</UserID><ExternalUserID>wm{number}</ExternalUserID>"
        f"<CreateTime>{1700000000 + number}</CreateTime></xml>"
    )
    random16 = hashlib.md5(str(number).encode()).digest()
    encrypted = encrypt_message(KEY, event.encode(), CORP, random16=random16)
    body = f"<xml><ToUserName>{CORP}</ToUserName><Encrypt>{encrypted}</Encrypt></xml>".encode()
    signature = sign(TOKEN, "1700000000", str(number), encrypted)
    path = f"/webhooks/wecom?msg_signature={signature}&timestamp=1700000000&nonce={number}"
    head = f"POST {path} HTTP/1.1\r\nHost: hub\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def load(port: int, requests: list[bytes], connections: int) -> float:
    """Requests a second, each connection one at a time. Raises RuntimeError when one is not acknowledged."""
    waiting = iter(requests)
    began = time.perf_counter()
    await asyncio.gather(*(_connection(port, waiting) for _ in range(connections)))
    return len(requests) / (time.perf_counter() - began)


async def _connection(port: int, waiting: Any) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in waiting:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        if b" 200 " not in head[:20] or body != b"success":
            raise RuntimeError(f"not acknowledged: {head[:80]!r} {body[:200]!r}")
    writer.close()
    await writer.wait_closed()


def measure(ports: dict[str, int], rounds: int, requests: int, connections: int) -> dict[str, list[float]]:
    """Rates by server, rounds interleaved; the first round warms up and is not counted."""
    rates: dict[str, list[float]] = {kind: [] for kind in ports}
    for number in range(rounds + 1):
        batch = deliveries(requests, number * requests)
        for kind, port in ports.items():
            rate = asyncio.run(load(port, batch, connections))
            if number:
                rates[kind].append(rate)
                print(f"round {number} {kind:8} {rate:8.0f} req/s")
    return rates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--connections", type=int, default=64)
    given = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "hub.db"))
        db = Database(f"sqlite:///{path}")
        db.create_all()
        add_connection(Runtime(db), NewConnection("wecom", "wecom", SETTINGS), who="bench")
        ports, servers = {}, []
        for kind in ("bare", "durable"):
            near, far = context.Pipe()
            server = context.Process(target=serve, args=(kind, path, far), daemon=True)
            server.start()
            ports[kind] = near.recv()
            servers.append(server)
        time.sleep(3)
        rates = measure(ports, given.rounds, given.requests, given.connections)
        with db.read() as tx:
            kept = tx.scalar(select(func.count()).select_from(core.inbound_event))
        for server in servers:
            server.terminate()
            server.join()
        db.close()
    medians = {kind: statistics.median(values) for kind, values in rates.items()}
    print(f"kept {kept} of {(given.rounds + 1) * given.requests} deliveries")
    print(f"W {medians['bare']:.0f} req/s, durable {medians['durable']:.0f} req/s")
    print(f"figure 12: {medians['durable'] / medians['bare']:.2f} (floor 0.30, goal 0.45)")


if __name__ == "__main__":
    main()
