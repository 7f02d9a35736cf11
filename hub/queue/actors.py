"""The actors, named noun.verb. Each takes ids only, may run twice without harm, and leaves failures to the due rows."""
# mypy: disallow-untyped-calls=False

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, get_args

from dramatiq import Actor
from sqlalchemy.exc import OperationalError

from hub.errors import HubError
from hub.queue.broker import HubBroker
from hub.queue.budget import in_lane
from hub.queue.queue import DELIVER, INTAKE, PLAN, QUEUE_OF_KIND, Queue
from hub.store.database import Database
from hub.store.migrate import unreachable
from hub.store.pending import pending, pulls_later
from hub.sync.tasks import LANE_ALERT, LANE_BACKFILL, LANE_INCREMENTAL, LANE_PERSON, RunReport, Task, TaskKind

log = logging.getLogger(__name__)

#: Messages that one alerts.deliver sends before it makes room for others.
DELIVER_BATCH = 50


class Engine(Protocol):
    """What the queue asks of hub.sync.engine.Engine."""

    def run(self, task: Task) -> RunReport: ...
    def due(self) -> list[Task]: ...
    def intake(self) -> int: ...
    def release_worker(self, worker: str) -> int: ...


@dataclass(frozen=True)
class Work:
    """What the actors do, for one process. `plan(now)` and `deliver(now, limit)` are hub.alerts bound to it."""

    engine: Engine
    db: Database
    queue: Queue
    plan: Callable[[datetime], int]
    deliver: Callable[[datetime, int], int]
    now: Callable[[], datetime]

    def flow(self, task: Task) -> None:
        """One run, then what it made due."""
        self.queue.started(task)
        if self._done_meanwhile(task):
            return
        begun = time.monotonic()
        with in_lane(lane_of(task)):
            report = self.engine.run(task)
        log.info(
            "flow.%s %s: %s %s %.2fs", task.kind, task.flow_id, report.state, report.counts, time.monotonic() - begun
        )
        if report.state == "busy":
            if task.full or task.trigger != "schedule":  # the rest the database still calls due when the holder is done
                self.queue.again(task)
            return
        for put_off in self.queue.take_again(task.flow_id):
            self.queue.enqueue(put_off)
        if report.more:
            self.queue.enqueue(task)
        if report.more or any(report.counts.values()):
            self.enqueue_due()

    def _done_meanwhile(self, task: Task) -> bool:
        """A scheduled pull was asked for while the one before it had just begun: what was due then is done by now."""
        if task.kind != "pull" or task.full or task.trigger != "schedule":
            return False
        with self.db.read() as connection:
            return pulls_later(connection, task.flow_id, self.now())

    def intake(self) -> None:
        """Webhook deliveries become re-read marks; what they name is fetched at once."""
        self.queue.chore_started(INTAKE)
        if self.engine.intake():
            self.enqueue_due()

    def plan_alerts(self) -> None:
        self.queue.chore_started(PLAN)
        if self.plan(self.now()):
            self.deliver_alerts()  # at once: the way through the queue takes longer than a message

    def deliver_alerts(self) -> None:
        self.queue.chore_started(DELIVER)
        with in_lane(LANE_ALERT):
            sent = self.deliver(self.now(), DELIVER_BATCH)
        if sent >= DELIVER_BATCH:
            self.queue.chore(DELIVER)

    def enqueue_due(self) -> int:
        """Puts whatever the database says is due into the queue. Returns how many messages went out."""
        sent = [self.queue.enqueue(task) for task in self.engine.due()]
        with self.db.read() as connection:
            todo = pending(connection, self.now())
        chores = ((todo.inbound, INTAKE), (todo.events, PLAN), (todo.alerts, DELIVER))
        sent += [self.queue.chore(actor) for wanted, actor in chores if wanted]
        return sum(sent)


def lane_of(task: Task) -> int:
    """The lane in which a task's calls take their permits."""
    if task.trigger == "person":
        return LANE_PERSON
    return LANE_BACKFILL if task.full or task.kind in ("rolling", "sweep") else LANE_INCREMENTAL


def declare(broker: HubBroker, work: Work) -> None:
    """Declares every actor on the broker of a worker process."""
    actors: dict[str, tuple[str, Callable[..., None]]] = {
        INTAKE: ("alerts", work.intake),
        PLAN: ("alerts", work.plan_alerts),
        DELIVER: ("alerts", work.deliver_alerts),
    }
    for kind in get_args(TaskKind):
        actors[f"flow.{kind}"] = (QUEUE_OF_KIND[kind], _flow_actor(kind, work))
    for name, (queue, fn) in actors.items():
        Actor(_telling(fn, work.db), broker=broker, actor_name=name, queue_name=queue, priority=0, options={})


def _flow_actor(kind: TaskKind, work: Work) -> Callable[..., None]:
    def run(flow_id: int, full: bool = False, trigger: str = "schedule") -> None:
        work.flow(Task(kind, flow_id, full=full, trigger=trigger))

    return run


def _telling(fn: Callable[..., None], db: Database) -> Callable[..., None]:
    """What fails (a full disk, a lock, a flow that is no more) is told in words; the due rows bring the work back."""

    def run(**arguments: Any) -> None:
        try:
            fn(**arguments)
        except OperationalError as error:
            log.error("%s", unreachable(db, error))
        except HubError as error:
            log.error("%s", error)

    return run
