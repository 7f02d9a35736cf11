"""Figures 13 (the queue's part), 14 and 16 of docs/performance.md: delay, recovery of a killed worker, idle CPU.

Run: .venv/bin/python -m bench.bench_queue [--rounds N]. Prints ratios of medians over interleaved rounds; asserts nothing.
Reference: one process that pops a plain Redis list and does nothing else ("bare"). Beside the hub: Dramatiq's defaults.
"""

import argparse
import contextlib
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dramatiq
import psutil
from dramatiq.brokers.redis import RedisBroker

from bench.queue_worker import HOLD, SENT, STARTED
from hub.queue.broker import HubBroker
from hub.queue.client import connect
from hub.queue.queue import Queue
from hub.queue.valkey import Valkey
from hub.store.database import Database
from hub.sync.tasks import Task

RATES = {1: 8, 20: 60, 200: 400}
"""Messages a second -> how many are sent in a round."""
LONGEST_KILL_S = 20.0
IDLE_S = 10.0
Send = Callable[[int], object]


class Bench:
    """One server, one empty database, and ways to send to each kind of worker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = Valkey(folder)
        self.url = self.server.ensure()
        self.client = connect(self.url)
        self.database = f"sqlite:///{folder / 'hub.db'}"
        db = Database(self.database)
        db.create_all()
        db.close()

    def senders(self) -> dict[str, Send]:
        queue = Queue(HubBroker(self.client, "bench"))
        plain = RedisBroker(url=self.url, namespace="plain")
        actor = dramatiq.actor(lambda number: None, actor_name="run", queue_name="sync", broker=plain)
        return {
            "bare": lambda number: self.client.rpush("bench:bare", number),
            "hub": lambda number: queue.enqueue(Task("pull", number)),
            "plain": lambda number: actor.send(str(number)),
        }

    @contextlib.contextmanager
    def worker(self, role: str, name: str) -> Iterator["subprocess.Popen[str]"]:
        command = [
            sys.executable,
            "-m",
            "bench.queue_worker",
            role,
            self.url,
            self.database,
            str(self.folder / "run"),
            name,
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def started(self, count: int, timeout_s: float) -> list[tuple[str, float]]:
        """What workers noted, as soon as there are `count` notes; [] when there never are."""
        deadline = time.monotonic() + timeout_s
        while self.client.llen(STARTED) < count:
            if time.monotonic() > deadline:
                return []
            time.sleep(0.002)
        notes = [note.decode().split() for note in self.client.lrange(STARTED, 0, -1)]
        return [(name, float(seconds)) for name, seconds in notes]

    def close(self) -> None:
        self.client.close()
        self.server.stop()


def delays(bench: Bench, role: str, rate: int, count: int) -> list[float]:
    """Seconds between sending and starting, at a steady rate."""
    bench.client.flushall()
    send = bench.senders()[role]
    with bench.worker(role, role):
        time.sleep(1.5)  # idle long enough for whatever backs off to have backed off
        begun = time.perf_counter()
        for number in range(count):
            time.sleep(max(0.0, begun + number / rate - time.perf_counter()))
            bench.client.hset(SENT, str(number), time.perf_counter())
            send(number)
        return [seconds for _, seconds in bench.started(count, 30)]


def redone_after(bench: Bench, role: str, *, with_scheduler: bool) -> float | None:
    """Seconds from kill -9 of a worker with work in hand until another one starts it; None = not within LONGEST_KILL_S."""
    bench.client.flushall()
    shutil.rmtree(bench.folder / "run", ignore_errors=True)  # those killed before are not this round's dead
    with contextlib.ExitStack() as running:
        first = running.enter_context(bench.worker(role, "first"))
        bench.senders()[role](HOLD)
        bench.started(1, 10)
        running.enter_context(bench.worker(role, "second"))
        if with_scheduler:
            running.enter_context(bench.worker("scheduler", "scheduler"))
        bench.client.set("bench:quick", 1)
        os.kill(first.pid, signal.SIGKILL)
        killed = time.monotonic()
        found = bench.started(2, LONGEST_KILL_S)
        return time.monotonic() - killed if found else None


def idle_share(bench: Bench, role: str) -> float:
    """CPU of an idle worker process, as a share of one core."""
    bench.client.flushall()
    with bench.worker(role, role) as process:
        time.sleep(2)
        watched = psutil.Process(process.pid)
        before = watched.cpu_times()
        time.sleep(IDLE_S)
        after = watched.cpu_times()
    return (after.user + after.system - before.user - before.system) / IDLE_S


def p99(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.99))]


def print_delays(bench: Bench, rounds: int) -> None:
    print("13 (queue): from sending to starting, ms; ratio to a bare list in brackets")
    print(f"{'rate':>6} {'worker':>7} {'p50':>16} {'p99':>16}")
    for rate, count in RATES.items():
        seen: dict[str, list[list[float]]] = {"bare": [], "hub": [], "plain": []}
        for _ in range(rounds):
            for role, runs in seen.items():
                runs.append(delays(bench, role, rate, count))
        middle = {
            role: [statistics.median(map(f, runs)) for f in (statistics.median, p99)] for role, runs in seen.items()
        }
        for role, figures in middle.items():
            cells = [f"{x * 1000:8.2f} ({x / y:5.1f})" for x, y in zip(figures, middle["bare"], strict=True)]
            print(f"{rate:>4}/s {role:>7} {cells[0]:>16} {cells[1]:>16}", flush=True)


def print_kills(bench: Bench, rounds: int) -> None:
    print("14: worker killed with work in hand, redone within, s (median)")
    cases = {"hub": ("hub", True), "hub without scheduler": ("hub", False), "Dramatiq's defaults": ("plain", False)}
    for title, (role, with_scheduler) in cases.items():
        runs = [
            redone_after(bench, role, with_scheduler=with_scheduler) for _ in range(1 if role == "plain" else rounds)
        ]
        done = [run for run in runs if run is not None]
        print(
            f"{title:>24}: " + (f"{statistics.median(done):.1f}" if done else f"not within {LONGEST_KILL_S:.0f}"),
            flush=True,
        )


def print_idle(bench: Bench, rounds: int) -> None:
    print("16: idle CPU of one worker process, share of a core")
    for role in ("hub", "plain"):
        shares = [idle_share(bench, role) for _ in range(rounds)]
        print(f"{role:>24}: {statistics.median(shares):.2%}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            print_delays(bench, rounds)
            print_kills(bench, rounds)
            print_idle(bench, rounds)
        finally:
            bench.close()


if __name__ == "__main__":
    main()
