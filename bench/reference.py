"""The bare loops that the hub is measured against. `python -m bench.reference KIND BASE_URL` prints seconds and CPU as JSON.

R: pages of 500 mapped on 15 fields, posted in batches of 100, 4 in flight, on httpx. `aiohttp`: the same on aiohttp.
P: the pages only, decoded. Nothing is kept, nothing is compared, nothing survives a crash.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from bench.customers import BATCH, PAGE, map_bare

IN_FLIGHT = 4
Get = Callable[[str], Awaitable[bytes]]
Post = Callable[[str, bytes], Awaitable[bytes]]


async def pages(get: Get, base: str, work: Callable[[list[dict[str, Any]]], Awaitable[None]]) -> int:
    """Every page of the source, one ahead; returns the records read."""
    offset = read = 0
    coming = asyncio.create_task(get(f"{base}/pages?offset=0&since=0"))
    while True:
        page = json.loads(await coming)
        offset += PAGE
        if page["more"]:
            coming = asyncio.create_task(get(f"{base}/pages?offset={offset}&since=0"))
        read += len(page["rows"])
        await work(page["rows"])
        if not page["more"]:
            return read


async def copy(get: Get, post: Post, base: str) -> int:
    """Reference R over whatever client `get` and `post` are."""
    slots, posting = asyncio.Semaphore(IN_FLIGHT), set[asyncio.Task[None]]()

    async def send(rows: list[dict[str, Any]]) -> None:
        async with slots:
            sent = {"rows": [{"key": row["编码"], "data": map_bare(row)} for row in rows]}
            body = json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode()
            stored = json.loads(await post(f"{base}/batch", body))["rows"]
            if len(stored) != len(rows):
                raise RuntimeError("the target lost rows")

    async def work(rows: list[dict[str, Any]]) -> None:
        for first in range(0, len(rows), BATCH):
            task = asyncio.create_task(send(rows[first : first + BATCH]))
            posting.add(task)
            task.add_done_callback(posting.discard)
        while len(posting) > 2 * PAGE // BATCH:
            await asyncio.wait(set(posting), return_when=asyncio.FIRST_COMPLETED)

    read = await pages(get, base, work)
    if posting:
        await asyncio.wait(set(posting))
    return read


async def read_only(get: Get, base: str) -> int:
    """Reference P: pull and decode."""

    async def nothing(_rows: list[dict[str, Any]]) -> None:
        return None

    return await pages(get, base, nothing)


async def on_httpx(kind: str, base: str) -> int:
    async with httpx.AsyncClient(timeout=60) as client:

        async def get(url: str) -> bytes:
            return (await client.get(url)).content

        async def post(url: str, body: bytes) -> bytes:
            return (await client.post(url, content=body, headers={"content-type": "application/json"})).content

        return await (read_only(get, base) if kind == "P" else copy(get, post, base))


async def on_aiohttp(base: str) -> int:
    import aiohttp

    async with aiohttp.ClientSession() as client:

        async def get(url: str) -> bytes:
            async with client.get(url) as reply:
                return await reply.read()

        async def post(url: str, body: bytes) -> bytes:
            async with client.post(url, data=body, headers={"content-type": "application/json"}) as reply:
                return await reply.read()

        return await copy(get, post, base)


def main() -> None:
    kind, base = sys.argv[1:3]
    began, cpu = time.perf_counter(), time.process_time()
    records = asyncio.run(on_aiohttp(base) if kind == "aiohttp" else on_httpx(kind, base))
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    print(json.dumps({"records": records, "seconds": seconds, "cpu_s": used}))


if __name__ == "__main__":
    main()
