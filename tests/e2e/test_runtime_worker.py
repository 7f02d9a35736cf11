"""Real worker processes on a real queue: killed, stopped, and left without a broker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hub.queue.broker import HubBroker
from hub.queue.client import connect
from hub.queue.presence import Presence, alive
from hub.queue.queue import Queue
from hub.queue.schedule import Scheduler
from hub.store.database import Database
from hub.sync.tasks import Task
from tests.unit.queue.fake_engine import FakeEngine, make_work, messages, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.serial]

SCRIPT = Path(__file__).parent / "worker_process.py"


@dataclass
class Site:
    """A place where workers run."""

    url: str
    folder: Path
    db: Database
    queue: Queue
    engine: FakeEngine = field(default_factory=FakeEngine)
    started: list["subprocess.Popen[str]"] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def lines(self) -> list[str]:
        return self.log.read_text("utf-8").splitlines() if self.log.exists() else []

    def worker(self, name: str) -> "subprocess.Popen[str]":
        database = self.db.url.render_as_string(hide_password=False)
        process = subprocess.Popen(
            [sys.executable, SCRIPT, self.url, database, str(self.folder / "run"), str(self.log), name],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        self.started.append(process)
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        return process

    def scheduler(self) -> Scheduler:
        work = make_work(self.engine, self.queue, self.db)
        return Scheduler(work, presence=Presence(self.folder / "run"), daily=[], zone="UTC", process_id="scheduler")


@pytest.fixture
def site(redis_url: str, tmp_path: Path) -> Iterator[Site]:
    db = Database(f"sqlite:///{tmp_path / 'hub.db'}")
    db.create_all()
    client = connect(redis_url)
    made = Site(redis_url, tmp_path, db, Queue(HubBroker(client, "test")))
    yield made
    for process in made.started:
        if process.poll() is None:
            process.kill()
        process.communicate()
    db.close()
    client.close()


def test_a_killed_worker_is_replaced_within_seconds(site: Site) -> None:
    scheduler = site.scheduler()
    first = site.worker("first")
    site.queue.enqueue(Task("pull", 4))
    wait_for(lambda: site.lines() == ["begin 4 first"])
    (site.folder / "quick").touch()
    site.worker("second")
    os.kill(first.pid, signal.SIGKILL)
    killed = time.monotonic()
    wait_for(lambda: scheduler.tick() and "end 4 second" in site.lines(), 20)
    assert time.monotonic() - killed < 5
    assert site.engine.released == ["first"]


def test_without_a_scheduler_the_heartbeat_still_brings_it_back(site: Site) -> None:
    first = site.worker("first")
    site.queue.enqueue(Task("pull", 4))
    wait_for(lambda: site.lines() == ["begin 4 first"])
    (site.folder / "quick").touch()
    site.worker("second")
    os.kill(first.pid, signal.SIGKILL)
    wait_for(lambda: "end 4 second" in site.lines(), 20)


def test_sigterm_lets_the_page_in_hand_finish(site: Site) -> None:
    worker = site.worker("only")
    site.queue.enqueue(Task("pull", 2))
    wait_for(lambda: site.lines() == ["begin 2 only"])
    worker.terminate()
    assert worker.wait(15) == 0
    assert site.lines() == ["begin 2 only", "end 2 only"]
    assert Presence(site.folder / "run").dead() == [], "a clean end leaves nothing to clear up"
    assert alive(site.queue.broker.client) == []


def test_sigterm_waits_up_to_its_limit_and_the_work_goes_back(site: Site) -> None:
    worker = site.worker("only")
    site.queue.enqueue(Task("pull", 3))
    site.queue.enqueue(Task("pull", 3, full=True))
    wait_for(lambda: len(site.lines()) == 2)
    site.queue.enqueue(Task("pull", 1))
    stopped = time.monotonic()
    worker.terminate()
    assert worker.wait(20) == 0
    assert 1.5 < time.monotonic() - stopped < 12
    assert "end 3 only" not in site.lines()
    (site.folder / "quick").touch()
    site.worker("next")
    wait_for(lambda: sum(line == "end 3 next" for line in site.lines()) == 2 and "end 1 next" in site.lines(), 20)


def test_alerts_and_pushes_do_not_wait_for_long_pulls(site: Site) -> None:
    site.worker("only")
    for number in (3, 30, 31, 32):
        site.queue.enqueue(Task("pull", number))
    wait_for(lambda: len(site.lines()) == 2)
    site.queue.enqueue(Task("push", 1))
    wait_for(lambda: "end 1 only" in site.lines(), 5)
    assert len(messages(site.queue, "push")) == 0


def test_workers_tell_that_they_live(site: Site) -> None:
    process = site.worker("only")
    wait_for(lambda: [one.pid for one in alive(site.queue.broker.client, "worker")] == [process.pid])
