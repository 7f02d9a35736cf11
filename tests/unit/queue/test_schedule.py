"""The scheduler finds what nobody asked for, clears up after the dead, and does daily jobs once."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.queue.broker import HubBroker
from hub.queue.presence import Presence
from hub.queue.queue import Queue
from hub.queue.schedule import Daily, Scheduler
from hub.store.database import Database
from hub.sync.tasks import Task
from tests.unit.queue.fake_engine import FakeEngine, make_work, messages, wait_for
from tests.unit.queue.test_presence import _HOLDER

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


Make = Callable[..., Scheduler]


@pytest.fixture
def make(queue: Queue, db: Database, tmp_path: Path) -> Make:
    def scheduler(engine: FakeEngine, *daily: Daily, clock: Clock | None = None, name: str = "one") -> Scheduler:
        work = make_work(engine, queue, db)
        object.__setattr__(work, "now", clock or Clock(NOON))
        presence = Presence(tmp_path / "run")
        return Scheduler(work, presence=presence, daily=daily, zone="Asia/Shanghai", process_id=name)

    return scheduler


def test_what_is_due_is_enqueued_though_nobody_asked(make: Make, queue: Queue) -> None:
    engine = FakeEngine()
    engine.due_tasks = [Task("pull", 1), Task("push", 2)]
    assert make(engine).tick()
    assert len(messages(queue, "sync")) == 1
    assert len(messages(queue, "push")) == 1


def test_a_broker_that_lost_everything_is_filled_again(make: Make, queue: Queue) -> None:
    engine = FakeEngine()
    engine.due_tasks = [Task("pull", 1)]
    scheduler = make(engine)
    scheduler.tick()
    queue.broker.client.flushall()
    scheduler.tick()
    assert len(messages(queue, "sync")) == 1


def test_two_schedulers_send_once(make: Make, queue: Queue) -> None:
    engine = FakeEngine()
    engine.due_tasks = [Task("pull", 1)]
    first, second = make(engine), make(engine, name="two")
    assert (first.tick(), second.tick(), first.tick()) == (True, False, True)
    assert len(messages(queue, "sync")) == 1


def test_a_scheduler_that_resigns_hands_over_at_once(make: Make) -> None:
    first, second = make(FakeEngine()), make(FakeEngine(), name="two")
    first.tick()
    second.resign()  # not its lead to give up
    assert not second.tick()
    first.resign()
    assert second.tick()


def test_a_leader_that_died_is_followed_after_its_lease(make: Make, queue: Queue) -> None:
    first, second = make(FakeEngine()), make(FakeEngine(), name="two")
    first.tick()
    assert 0 < queue.broker.client.pttl("hub:leader") <= 5000
    queue.broker.client.pexpire("hub:leader", 1)
    wait_for(second.tick)


def test_tasks_put_off_are_sent_again(make: Make, queue: Queue) -> None:
    queue.again(Task("pull", 1, full=True))
    make(FakeEngine()).tick()
    assert [arguments["full"] for _, arguments in messages(queue, "sync")] == [True]


def test_a_dead_worker_is_released_and_its_messages_go_back(make: Make, queue: Queue, tmp_path: Path) -> None:
    engine = FakeEngine()
    scheduler = make(engine)
    holder = subprocess.Popen([sys.executable, "-c", _HOLDER, tmp_path / "run"], stdout=subprocess.PIPE, text=True)
    (tmp_path / "run").mkdir(exist_ok=True)
    assert holder.stdout is not None and holder.stdout.readline() == "ready\n"
    queue.enqueue(Task("pull", 1))
    assert len(HubBroker(queue.broker.client, "held").do_fetch("sync", 5)) == 1
    scheduler.tick()
    assert engine.released == []
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()
    wait_for(lambda: scheduler.tick() and engine.released == ["held"])
    assert len(HubBroker(queue.broker.client, "living").do_fetch("sync", 5)) == 1
    scheduler.tick()
    assert engine.released == ["held"]


def test_daily_jobs_run_once_a_local_day_from_their_hour(make: Make) -> None:
    clock = Clock(NOON - timedelta(hours=3, minutes=1))  # 08:59 in Shanghai: yesterday's nine o'clock was missed
    ran: list[datetime] = []
    job = Daily("overdue", 9, lambda now: ran.append(now) or 1)
    scheduler = make(FakeEngine(), job, clock=clock)
    scheduler.tick()
    scheduler.tick()
    assert len(ran) == 1
    clock.now += timedelta(minutes=2)
    scheduler.tick()
    scheduler.tick()
    assert len(ran) == 2
    clock.now += timedelta(hours=20)
    scheduler.tick()
    assert len(ran) == 2
    clock.now += timedelta(hours=4)
    scheduler.tick()
    assert len(ran) == 3


def test_a_repeated_job_runs_on_until_midnight(make: Make) -> None:
    clock = Clock(NOON)
    ran: list[datetime] = []
    job = Daily("overdue", 9, lambda now: ran.append(now) or 1, again_s=3600)
    scheduler = make(FakeEngine(), job, clock=clock)
    for _ in range(24 * 4):
        scheduler.tick()
        clock.now += timedelta(minutes=15)
    assert [(moment.hour + 8) % 24 for moment in ran] == [*range(12, 24), 9, 10, 11]


def test_two_schedulers_share_the_daily_claim(make: Make) -> None:
    ran: list[str] = []
    for name in ("one", "two"):
        scheduler = make(FakeEngine(), Daily("x", 0, lambda _now: ran.append("x") or 0), name=name)
        scheduler.tick()
        scheduler.resign()
    assert ran == ["x"]


def test_a_tick_that_fails_does_not_end_the_loop(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    engine = FakeEngine()
    stop = threading.Event()
    ticks: list[int] = []

    def due() -> list[Task]:
        ticks.append(1)
        if len(ticks) == 2:
            stop.set()
        raise OSError("disk")

    engine.due = due  # type: ignore[method-assign]
    make(engine).run(stop)
    assert len(ticks) == 2
    assert "tick failed" in caplog.text
