"""Worker processes for bench_queue: `python -m bench.queue_worker hub|plain|bare URL DATABASE FOLDER NAME`.

Each pushes "<name> <seconds between sending and starting>" to the list bench:started.
"""

import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker

from hub.cli.process import stop_on_signal
from hub.queue.actors import Work
from hub.queue.broker import HubBroker
from hub.queue.client import connect
from hub.queue.presence import Presence
from hub.queue.queue import Queue
from hub.queue.schedule import Scheduler
from hub.queue.worker import WorkerProcess
from hub.settings import load_settings
from hub.store.database import Database
from hub.sync.tasks import RunReport, Task

STARTED = "bench:started"
SENT = "bench:sent"
HOLD = 999_999
"""A task of this flow is held for an hour unless bench:quick is set: something to kill."""


class Engine:
    """Notes when each task starts; nothing is ever due but what was held by somebody who died."""

    def __init__(self, client: redis.Redis, name: str) -> None:
        self.client, self.name = client, name
        self.lost: list[Task] = []

    def run(self, task: Task) -> RunReport:
        note(self.client, self.name, str(task.flow_id))
        if task.flow_id == HOLD and not self.client.exists("bench:quick"):
            time.sleep(3600)
        return RunReport(None, "idle")

    def due(self) -> list[Task]:
        lost, self.lost = self.lost, []
        return lost

    def intake(self) -> int:
        return 0

    def release_worker(self, worker: str) -> int:
        self.lost.append(Task("pull", HOLD))
        return 1


def note(client: redis.Redis, name: str, number: str) -> None:
    now = time.perf_counter()
    sent = client.hget(SENT, number)
    client.rpush(STARTED, f"{name} {now - float(sent or now)}")


def make_work(client: redis.Redis, database: str, name: str) -> Work:
    queue = Queue(HubBroker(client, name))
    return Work(
        engine=Engine(client, name),
        db=Database(database),
        queue=queue,
        plan=lambda _now: 0,
        deliver=lambda _now, _limit: 0,
        now=lambda: datetime.now(UTC),
    )


def hub(url: str, database: str, folder: str, name: str, stop: threading.Event) -> None:
    """The hub's own worker process."""
    with Presence(Path(folder)).hold(name):
        process = WorkerProcess(make_work(connect(url), database, name), load_settings(data_dir=folder, stop_s=1))
        print("ready", flush=True)
        process.run(stop)


def scheduler(url: str, database: str, folder: str, name: str, stop: threading.Event) -> None:
    """The hub's own scheduler."""
    work = make_work(connect(url), database, name)
    print("ready", flush=True)
    Scheduler(work, presence=Presence(Path(folder)), daily=[], zone="UTC", process_id=name).run(stop)


def plain(url: str, _database: str, _folder: str, name: str, stop: threading.Event) -> None:
    """Dramatiq as it comes: its broker, middleware and worker with their defaults."""
    client = connect(url)
    broker = RedisBroker(url=url, namespace="plain")

    def run(number: str) -> None:
        note(client, name, number)
        if number == str(HOLD) and not client.exists("bench:quick"):
            time.sleep(3600)

    dramatiq.actor(run, actor_name="run", queue_name="sync", broker=broker)
    worker = dramatiq.Worker(broker)
    worker.start()
    print("ready", flush=True)
    stop.wait()
    worker.stop(1000)


def bare(url: str, _database: str, _folder: str, name: str, stop: threading.Event) -> None:
    """A list and a loop: the least that Redis asks for."""
    client = connect(url)
    print("ready", flush=True)
    while not stop.is_set():
        found = client.blpop(["bench:bare"], timeout=1)
        if found:
            note(client, name, found[1].decode())


ROLES: dict[str, Callable[[str, str, str, str, threading.Event], None]] = {
    "hub": hub,
    "scheduler": scheduler,
    "plain": plain,
    "bare": bare,
}

if __name__ == "__main__":
    role, *rest = sys.argv[1:]
    ROLES[role](rest[0], rest[1], rest[2], rest[3], stop_on_signal())
