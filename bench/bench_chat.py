"""Figure 13 end to end: from a signed webhook at the hub to the message at the chat, over C.

C is a bare FastAPI app that posts to the chat inside the webhook's request. The hub keeps the webhook, answers, reads the record
again, decides, plans the alert and delivers it. Run: .venv/bin/python -m bench.bench_chat [--rounds 3]. Nothing is asserted.
"""

import argparse
import asyncio
import json
import multiprocessing
import socket
import statistics
import time
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response

from bench.connector import sign
from bench.stack import Stack, Vendor, running_stack, running_vendor
from hub.alerts.rules import parse_rule, save_rules
from hub.setup.connections import NewConnection, add_connection
from hub.setup.flows import FlowChange, set_flow
from hub.sync.tasks import Task
from sandbox.core.server import listen

RATES = {1: 12, 20: 120, 200: 800}
"""Webhooks a second -> how many are sent in a round."""
LONGEST_S = 60.0
RULE = {
    "name": "bench",
    "event": "customer.updated",
    "to": [{"robot": "bench_chat"}],
    "template": {"body": "{{ record.number }} {{ record.remark }}", "url": ""},
}


def bare_app(chat: str) -> FastAPI:
    """C."""
    app, client = FastAPI(), httpx.AsyncClient(base_url=chat)

    @app.post("/webhooks/{connection}")
    async def receive(connection: str, request: Request) -> Response:
        given = await request.json()
        await client.post("/chat", json={"text": f"KH{int(given['id'][1:]):07d} {given['key']}"})
        return Response("success", media_type="text/plain")

    return app


def serve_bare(chat: str, pipe: Any) -> None:
    """C as a process of its own, on a free port, which it reports."""
    bound = listen(0)
    pipe.send(bound.getsockname()[1])
    uvicorn.Server(uvicorn.Config(bare_app(chat), log_level="error", access_log=False)).run(sockets=[bound])


@dataclass
class Lane:
    """Where one kind of webhook goes."""

    name: str
    url: str


async def send_all(lane: Lane, rate: int, count: int, mark: str) -> dict[str, float]:
    """Webhooks at a steady rate, each about another customer. Returns when each was sent, by the customer's number."""
    sent: dict[str, float] = {}
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=64)) as client:

        async def one(number: int) -> None:
            body = json.dumps({"id": f"S{number}", "key": f"{mark}-{number}"}).encode()
            sent[f"KH{number:07d}"] = time.time()
            reply = await client.post(lane.url, content=body, headers={"x-signature": sign(body)})
            if reply.status_code != 200:
                raise RuntimeError(f"{lane.name}: {reply.status_code} {reply.text[:200]}")

        begun, tasks = time.monotonic(), []
        for number in range(count):
            await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
            tasks.append(asyncio.create_task(one(number)))
        await asyncio.gather(*tasks)
    return sent


def delays(lane: Lane, vendor: Vendor, rate: int, count: int, mark: str) -> list[float]:
    """Seconds from webhook to message. Raises RuntimeError when one never comes."""
    sent = asyncio.run(send_all(lane, rate, count, mark))
    deadline = time.monotonic() + LONGEST_S
    while True:
        heard: dict[str, float] = httpx.get(f"{vendor.url}/heard", timeout=30).json()
        found: dict[str, float] = {}
        for text, at in heard.items():
            number = text.split(" ")[0]
            if at >= sent.get(number, float("inf")):
                found[number] = min(at, found.get(number, at))
        if len(found) == count:
            return [found[number] - at for number, at in sent.items()]
        if time.monotonic() > deadline:
            raise RuntimeError(f"{lane.name}: {len(found)} of {count} messages arrived")
        time.sleep(0.05)


def prepared(stack: Stack, vendor: Vendor) -> None:
    """Customers are known; nothing is pushed; every change is told to the chat."""
    world = stack.world
    set_flow(world, world.target, FlowChange(push=False), who="bench")
    add_connection(world, NewConnection("bench_chat", "bench_chat", {"base_url": vendor.url}, {}), who="bench")
    save_rules(world.db, [parse_rule(RULE)], "bench", world.now())
    stack.work(Task("pull", world.source, full=True))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])


def until_up(url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=5).status_code < 500:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} never answered")


def measure(rounds: int) -> dict[tuple[str, int], list[list[float]]]:
    """Delays by (lane, rate), one list a round; rounds interleave."""
    found: dict[tuple[str, int], list[list[float]]] = {}
    port, context = _free_port(), multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    with (
        running_vendor(max(RATES.values())) as vendor,
        running_stack(vendor, roles=("api",), port=port) as stack,
    ):
        bare = context.Process(target=serve_bare, args=(vendor.url, far), daemon=True)
        bare.start()
        lanes = [
            Lane("C", f"http://127.0.0.1:{near.recv()}/webhooks/x"),
            Lane("hub", f"http://127.0.0.1:{port}/webhooks/bench_source"),
        ]
        until_up(f"http://127.0.0.1:{port}/healthz")
        prepared(stack, vendor)
        for number in range(rounds):
            for rate, count in RATES.items():
                for lane in lanes:
                    got = delays(lane, vendor, rate, count, f"{lane.name}{number}r{rate}")
                    found.setdefault((lane.name, rate), []).append(got)
        bare.terminate()
        bare.join()
    return found


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    found = measure(parser.parse_args().rounds)
    print("webhook to chat, ms (medians over rounds); floors: p50 5, p99 6 times C; goals 3 and 4")
    for rate in RATES:
        shown = {
            lane: [statistics.median(quantile(one, share) for one in found[lane, rate]) * 1000 for share in (0.5, 0.99)]
            for lane in ("C", "hub")
        }
        c, hub = shown["C"], shown["hub"]
        print(
            f"{rate:4} a second: C p50 {c[0]:7.1f} p99 {c[1]:7.1f} · hub p50 {hub[0]:7.1f} p99 {hub[1]:7.1f} · "
            f"figure 13: p50 {hub[0] / c[0]:.1f}, p99 {hub[1] / c[1]:.1f}"
        )


if __name__ == "__main__":
    main()
