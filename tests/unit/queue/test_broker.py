"""The broker wakes at once, gives back what a dead process held, and heals when the server comes back empty."""
# mypy: disallow-untyped-calls=False

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from dramatiq import Worker

from hub.queue.actors import declare
from hub.queue.broker import HubBroker
from hub.queue.client import connect
from hub.queue.queue import DELIVER, INTAKE, PLAN, Queue
from hub.queue.valkey import Valkey
from hub.store.database import Database
from hub.sync.tasks import Task
from tests.unit.queue.fake_engine import Chores, FakeEngine, make_work, wait_for


@contextmanager
def working(engine: FakeEngine, queue: Queue, db: Database, *, queues: set[str], threads: int = 2) -> Iterator[Chores]:
    chores = Chores()
    declare(queue.broker, make_work(engine, queue, db, chores))
    worker = Worker(queue.broker, queues=queues, worker_timeout=50, worker_threads=threads)
    worker.start()
    yield chores
    worker.stop(5000)


def test_no_middleware_means_nothing_is_retried_here(queue: Queue, db: Database) -> None:
    assert queue.broker.middleware == []
    engine = FakeEngine()

    def fails(_task: Task) -> None:
        engine.ran.append(_task)
        raise RuntimeError("no")

    engine.on_run = fails
    with working(engine, queue, db, queues={"sync"}):
        queue.enqueue(Task("pull", 1))
        wait_for(lambda: len(engine.ran) == 1)
        wait_for(lambda: queue.broker.client.hlen("hub:sync.msgs") == 0)
    assert len(engine.ran) == 1


def test_an_idle_worker_starts_within_milliseconds(queue: Queue, db: Database) -> None:
    engine = FakeEngine()
    begun: list[float] = []
    engine.on_run = lambda _task: begun.append(time.perf_counter())
    with working(engine, queue, db, queues={"sync"}):
        time.sleep(0.3)  # both consumers sleep by now
        waits = []
        for number in range(20):
            sent = time.perf_counter()
            queue.enqueue(Task("pull", number))
            wait_for(lambda wanted=number + 1: len(begun) == wanted)  # type: ignore[misc]
            waits.append(begun[-1] - sent)
            time.sleep(0.02)
    assert sorted(waits)[len(waits) // 2] < 0.2  # Dramatiq's own polling: up to a second


def test_every_actor_reaches_what_it_names(queue: Queue, db: Database) -> None:
    engine = FakeEngine()
    with working(engine, queue, db, queues={"sync", "push", "alerts"}) as chores:
        for kind in ("pull", "push", "reread", "settle", "sweep"):
            queue.enqueue(Task(kind, 3, trigger="person"))
        for chore in (INTAKE, PLAN, DELIVER):
            queue.chore(chore)
        wait_for(lambda: len(engine.ran) == 5 and engine.intakes == chores.planned == chores.delivered == 1)
    assert {(task.kind, task.flow_id, task.trigger) for task in engine.ran} == {
        (kind, 3, "person") for kind in ("pull", "push", "reread", "settle", "sweep")
    }


def test_more_messages_than_threads_all_get_done(queue: Queue, db: Database) -> None:
    engine = FakeEngine()
    engine.on_run = lambda _task: time.sleep(0.002)
    with working(engine, queue, db, queues={"sync"}):
        for number in range(100):
            queue.enqueue(Task("pull", number))
        wait_for(lambda: len(engine.ran) == 100)
    assert {task.flow_id for task in engine.ran} == set(range(100))


def test_stopping_gives_back_what_was_not_begun(queue: Queue, db: Database) -> None:
    engine = FakeEngine()
    release = threading.Event()
    engine.on_run = lambda _task: release.wait(5)
    declare(queue.broker, make_work(engine, queue, db))
    worker = Worker(queue.broker, queues={"sync"}, worker_timeout=50, worker_threads=1)
    worker.start()
    for number in range(3):
        queue.enqueue(Task("pull", number))
    wait_for(lambda: not worker.work_queue.empty())
    threading.Timer(0.2, release.set).start()
    worker.stop(5000)
    assert [task.flow_id for task in engine.ran] == [0]
    assert queue.broker.client.hlen("hub:sync.msgs") == 2
    assert queue.broker.depth("sync") == 2


def test_a_dead_process_gives_back_at_once_when_its_death_is_announced(client: redis.Redis) -> None:
    dead, living = HubBroker(client, "dead"), HubBroker(client, "living")
    Queue(dead).enqueue(Task("pull", 1))
    taken = dead.do_fetch("sync", 10)
    assert len(taken) == 1
    assert living.do_fetch("sync", 10) == []
    living.announce_dead("dead")
    assert len(living.do_fetch("sync", 10)) == 1


def test_announcing_a_stranger_adds_nobody(client: redis.Redis) -> None:
    HubBroker(client, "living").announce_dead("never-heard-of")
    assert client.zscore("hub:__heartbeats__", "never-heard-of") is None


def test_how_long_the_oldest_message_waits(queue: Queue) -> None:
    assert queue.broker.waiting_since("sync") is None
    before = time.time() * 1000
    queue.enqueue(Task("pull", 1))
    queue.enqueue(Task("pull", 2))
    since = queue.broker.waiting_since("sync")
    assert since is not None and before - 1000 <= since <= time.time() * 1000
    assert queue.broker.depth("sync") == 2


def test_a_server_that_comes_back_empty_is_used_again(tmp_path: Path, db: Database) -> None:
    server = Valkey(tmp_path)
    queue = Queue(HubBroker(connect(server.ensure()), "test"))
    engine = FakeEngine()
    with working(engine, queue, db, queues={"sync"}):
        queue.enqueue(Task("pull", 1))
        wait_for(lambda: len(engine.ran) == 1)
        _lose_everything(server)
        server.ensure()
        _until(lambda: queue.enqueue(Task("pull", 2)))
        wait_for(lambda: Task("pull", 2) in engine.ran)
    queue.broker.client.close()
    server.stop()


def _lose_everything(server: Valkey) -> None:
    import os
    import shutil
    import signal

    os.kill(server.pid(), signal.SIGKILL)
    wait_for(lambda: not server.alive())
    shutil.rmtree(server.folder / "appendonlydir")


def _until(call: Callable[[], bool]) -> None:
    wait_for(call)
