"""The bench's vendor: one process with a source that serves pages and a target that stores batches. Plain ASGI on uvicorn.

`python -m bench.server RECORDS PORT_FILE`. GET /pages?offset=&since= · POST /batch[?wait_ms=] · GET /counts · POST /reset ·
POST /edit (moves every record) · GET /one?ids= · POST /chat (notes when a text came) · GET /heard. The target keeps no rows, only
what a test of doubles needs: the keys it has seen.
"""

import asyncio
import json
import socket
import sys
import time
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import uvicorn

from bench.customers import PAGE, page_text, record_text

#: Pages kept rendered, so that rendering does not hold up the bare loops (beyond this many they are rendered on demand).
KEPT = 400

_rendered = lru_cache(maxsize=KEPT)(page_text)
_JSON = [(b"content-type", b"application/json; charset=utf-8")]


class Vendor:
    """An ASGI app; `records` is what the source holds."""

    def __init__(self, records: int) -> None:
        self.records = records
        self.wait_s = 0.0
        self.reset()
        self._warm()

    def reset(self) -> None:
        self.tick, self.note = 1, "无"
        self.keys: set[str] = set()
        self.heard: dict[str, float] = {}
        self.calls: dict[str, int] = {}
        self.in_flight = self.most_in_flight = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"]
        query = dict(parse_qsl(scope["query_string"].decode()))
        self.calls[path] = self.calls.get(path, 0) + 1
        body = await _body(receive) if scope["method"] == "POST" else b""
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        if self.wait_s and path in ("/batch", "/pages"):
            await asyncio.sleep(self.wait_s)
        reply = getattr(self, "on_" + path.strip("/"))(query, body)
        self.in_flight -= 1
        await send({"type": "http.response.start", "status": 200, "headers": _length(reply)})
        await send({"type": "http.response.body", "body": reply})

    def on_pages(self, query: dict[str, str], _body: bytes) -> bytes:
        """Changed records after `since` from `offset` on; every record carries the tick of the last edit."""
        first = int(query["offset"])
        last = min(self.records, first + PAGE) if int(query["since"]) < self.tick else first
        return self._page(first, last)

    def _page(self, first: int, last: int) -> bytes:
        return _rendered(first, last, note=self.note, tick=self.tick, more=first < last < self.records)

    def _warm(self) -> None:
        for first in range(0, min(self.records, KEPT * PAGE), PAGE):
            self._page(first, min(self.records, first + PAGE))

    def on_batch(self, _query: dict[str, str], body: bytes) -> bytes:
        """Stores records {key, id?, data}; the reply gives the ids, and each record back as it is stored."""
        rows = json.loads(body)["rows"]
        self.keys.update(row["key"] for row in rows)
        ids = json.dumps([row.get("id") or f"T{row['key']}" for row in rows])
        return b'{"ids":' + ids.encode() + b"," + body[1:]

    def on_one(self, query: dict[str, str], _body: bytes) -> bytes:
        """Records by id, as they are at this moment: each read finds another remark, as after a user's edit."""
        self.tick += 1
        rows = [record_text(int(key[1:]), f"第 {self.tick} 次修改", self.tick) for key in query["ids"].split(",")]
        return f'{{"rows":[{",".join(rows)}]}}'.encode()

    def on_chat(self, _query: dict[str, str], body: bytes) -> bytes:
        """A message {text}: when each text came first."""
        self.heard.setdefault(json.loads(body)["text"], time.time())
        return b'{"errcode":0,"msgid":"1"}'

    def on_heard(self, _query: dict[str, str], _body: bytes) -> bytes:
        return json.dumps(self.heard).encode()

    def on_counts(self, _query: dict[str, str], _body: bytes) -> bytes:
        counts = {"keys": len(self.keys), "calls": self.calls, "most_in_flight": self.most_in_flight}
        return json.dumps(counts).encode()

    def on_reset(self, query: dict[str, str], _body: bytes) -> bytes:
        self.reset()
        self.records = int(query.get("records", self.records))
        self.wait_s = int(query.get("wait_ms", 0)) / 1000
        self._warm()
        return b"{}"

    def on_edit(self, _query: dict[str, str], _body: bytes) -> bytes:
        """Every record gets another remark: what a mass update at the vendor looks like."""
        self.tick += 1
        self.note = f"第 {self.tick} 次修改"
        self._warm()
        return b"{}"


async def _body(receive: Any) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _length(reply: bytes) -> list[tuple[bytes, bytes]]:
    return [*_JSON, (b"content-length", str(len(reply)).encode())]


def main() -> None:
    records, port_file = int(sys.argv[1]), Path(sys.argv[2])
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    config = uvicorn.Config(Vendor(records), log_level="warning", access_log=False, lifespan="off")
    port_file.with_suffix(".tmp").write_text(str(listening.getsockname()[1]))
    port_file.with_suffix(".tmp").rename(port_file)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
