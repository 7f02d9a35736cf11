"""An engine that does nothing but remember, for tests of what surrounds it."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from dramatiq import Message

from hub.queue.actors import Work
from hub.queue.queue import Queue
from hub.store.database import Database
from hub.sync.tasks import RunReport, Task


class FakeEngine:
    """`reports` answers the next runs (default: nothing done); `due_tasks` is what due() says until it is run."""

    def __init__(self) -> None:
        self.ran: list[Task] = []
        self.reports: list[RunReport] = []
        self.due_tasks: list[Task] = []
        self.intakes = 0
        self.released: list[str] = []
        self.on_run: Callable[[Task], object] = lambda _task: None
        self._lock = threading.Lock()

    def run(self, task: Task) -> RunReport:
        self.on_run(task)
        with self._lock:
            self.ran.append(task)
            return self.reports.pop(0) if self.reports else RunReport(None, "idle")

    def due(self) -> list[Task]:
        return list(self.due_tasks)

    def intake(self) -> int:
        self.intakes += 1
        return 0

    def release_worker(self, worker: str) -> int:
        self.released.append(worker)
        return 1


class Chores:
    """plan and deliver of hub.alerts, counted."""

    def __init__(self) -> None:
        self.planned = 0
        self.delivered = 0
        self.to_plan = 0
        self.to_deliver = 0

    def plan(self, _now: datetime) -> int:
        self.planned += 1
        made, self.to_plan = self.to_plan, 0
        return made

    def deliver(self, _now: datetime, limit: int) -> int:
        self.delivered += 1
        sent = min(self.to_deliver, limit)
        self.to_deliver -= sent
        return sent


def make_work(engine: FakeEngine, queue: Queue, db: Database, chores: Chores | None = None) -> Work:
    chores = chores or Chores()
    return Work(
        engine=engine, db=db, queue=queue, plan=chores.plan, deliver=chores.deliver, now=lambda: datetime.now(UTC)
    )


def messages(queue: Queue, name: str) -> list[tuple[str, dict[str, object]]]:
    """What waits in a queue: (actor, arguments), oldest first."""
    client = queue.broker.client
    ids = client.lrange(f"hub:{name}", 0, -1)
    found = [Message.decode(client.hget(f"hub:{name}.msgs", one)) for one in ids]
    return [(message.actor_name, dict(message.kwargs)) for message in found]


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Fails when the condition does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.005)
