"""What one message does, and what it asks for next."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.queue.actors import DELIVER_BATCH, lane_of
from hub.queue.budget import current_lane
from hub.queue.queue import DELIVER, INTAKE, PLAN, Queue
from hub.store.core import business_event, flow, inbound_event
from hub.store.database import Database
from hub.sync.tasks import LANE_ALERT, LANE_BACKFILL, LANE_INCREMENTAL, LANE_PERSON, RunReport, Task
from tests.unit.queue.fake_engine import Chores, FakeEngine, make_work, messages

PULL = Task("pull", 7)


def flow_row(**values: object) -> dict[str, object]:
    return {
        "connection_id": values["id"],
        "entity": "customer",
        "pull": True,
        "push": False,
        "create": True,
        "master": False,
        "every_s": 60,
        "sweep_s": 86400,
        "freshness_s": 30,
        "wanted_stage": "",
        "delete_policy": "ignore",
        "filter": [],
        "authority": {},
        "lease_owner": "",
        "fence": 0,
        "hint_seq": 0,
        **values,
    }


def names(queue: Queue) -> list[str]:
    return [actor for name in ("sync", "push", "alerts") for actor, _ in messages(queue, name)]


def test_a_run_clears_the_mark_before_it_begins(queue: Queue, db: Database) -> None:
    engine = FakeEngine()
    queue.enqueue(PULL)
    engine.on_run = queue.enqueue
    make_work(engine, queue, db).flow(PULL)
    assert names(queue) == ["flow.pull", "flow.pull"]


def test_more_to_do_is_asked_for_again(queue: Queue, db: Database) -> None:
    engine = FakeEngine()
    engine.reports = [RunReport(1, "ok", {"updated": 500}, more=True)]
    make_work(engine, queue, db).flow(PULL)
    assert messages(queue, "sync") == [("flow.pull", {"flow_id": 7, "full": False, "trigger": "schedule"})]


def test_what_a_run_made_due_follows_at_once(queue: Queue, db: Database) -> None:
    engine = FakeEngine()
    engine.reports = [RunReport(1, "ok", {"updated": 3})]
    engine.due_tasks = [Task("push", 8)]
    make_work(engine, queue, db).flow(PULL)
    assert names(queue) == ["flow.push"]


def test_a_run_that_did_nothing_starts_no_loop(queue: Queue, db: Database) -> None:
    engine = FakeEngine()
    engine.reports = [RunReport(1, "failed")]
    engine.due_tasks = [PULL]
    make_work(engine, queue, db).flow(PULL)
    assert names(queue) == []


def test_a_busy_flow_puts_the_task_off_until_its_holder_is_done(queue: Queue, db: Database) -> None:
    engine = FakeEngine()
    engine.reports = [RunReport(None, "busy"), RunReport(1, "ok", {"unchanged": 2})]
    work = make_work(engine, queue, db)
    full = Task("pull", 7, full=True)
    work.flow(full)
    assert names(queue) == []
    work.flow(PULL)
    assert messages(queue, "sync") == [("flow.pull", {"flow_id": 7, "full": True, "trigger": "schedule"})]


def test_what_the_database_calls_due_anyway_is_not_put_off(queue: Queue, db: Database) -> None:
    engine = FakeEngine()
    engine.reports = [RunReport(None, "busy"), RunReport(None, "busy")]
    work = make_work(engine, queue, db)
    work.flow(PULL)
    assert queue.take_again() == []
    by_hand = Task("pull", 7, trigger="person")
    work.flow(by_hand)
    assert queue.take_again() == [by_hand]


def test_a_pull_by_schedule_that_was_done_meanwhile_is_not_done_again(queue: Queue, db: Database) -> None:
    now = datetime.now(UTC)
    engine = FakeEngine()
    work = make_work(engine, queue, db)
    with db.write() as connection:
        connection.execute(flow.insert(), flow_row(id=7, next_pull_at=now + timedelta(seconds=60)))
        connection.execute(flow.insert(), flow_row(id=8, next_pull_at=now))
    for task in (PULL, Task("pull", 8), Task("pull", 7, trigger="person"), Task("pull", 7, full=True), Task("push", 7)):
        work.flow(task)
    assert [(task.kind, task.flow_id, task.trigger, task.full) for task in engine.ran] == [
        ("pull", 8, "schedule", False),
        ("pull", 7, "person", False),
        ("pull", 7, "schedule", True),
        ("push", 7, "schedule", False),
    ]


def test_new_business_events_are_planned_after_the_run(queue: Queue, db: Database) -> None:
    engine = FakeEngine()
    engine.reports = [RunReport(1, "ok", {"created": 1})]
    with db.write() as connection:
        connection.execute(
            business_event.insert(),
            {
                "key": "order.created:1",
                "kind": "order.created",
                "entity": "order",
                "record_id": 1,
                "at": datetime.now(UTC),
                "data": {},
                "state": "new",
            },
        )
    make_work(engine, queue, db).flow(PULL)
    assert names(queue) == [PLAN]


def test_unseen_webhooks_are_taken_in(queue: Queue, db: Database) -> None:
    with db.write() as connection:
        connection.execute(
            inbound_event.insert(),
            {"connection_id": 1, "key": "k", "received_at": datetime.now(UTC), "hints": [], "state": "new"},
        )
    assert make_work(FakeEngine(), queue, db).enqueue_due() == 1
    assert names(queue) == [INTAKE]


def test_a_plan_that_made_alerts_delivers_them_at_once(queue: Queue, db: Database) -> None:
    chores = Chores()
    work = make_work(FakeEngine(), queue, db, chores)
    work.plan_alerts()
    assert (chores.planned, chores.delivered) == (1, 0)
    chores.to_plan = 2
    work.plan_alerts()
    assert (chores.planned, chores.delivered, names(queue)) == (2, 1, [])


def test_delivery_goes_on_in_batches_until_none_is_left(queue: Queue, db: Database) -> None:
    chores = Chores()
    chores.to_deliver = DELIVER_BATCH + 1
    work = make_work(FakeEngine(), queue, db, chores)
    work.deliver_alerts()
    assert names(queue) == [DELIVER]
    work.deliver_alerts()
    assert len(names(queue)) == 1
    assert chores.to_deliver == 0


@pytest.mark.parametrize(
    ("task", "lane"),
    [
        (Task("pull", 1, full=True, trigger="person"), LANE_PERSON),
        (Task("pull", 1), LANE_INCREMENTAL),
        (Task("pull", 1, full=True), LANE_BACKFILL),
        (Task("sweep", 1), LANE_BACKFILL),
        (Task("push", 1), LANE_INCREMENTAL),
    ],
)
def test_calls_of_a_run_are_made_in_its_lane(queue: Queue, db: Database, task: Task, lane: int) -> None:
    engine = FakeEngine()
    seen: list[int] = []
    engine.on_run = lambda _task: seen.append(current_lane())
    make_work(engine, queue, db).flow(task)
    assert lane_of(task) == lane
    assert seen == [lane]
    assert current_lane() == LANE_INCREMENTAL


def test_alerts_are_sent_in_their_own_lane(queue: Queue, db: Database) -> None:
    seen: list[int] = []
    work = make_work(FakeEngine(), queue, db)
    object.__setattr__(work, "deliver", lambda _now, _limit: seen.append(current_lane()) or 0)
    work.deliver_alerts()
    assert seen == [LANE_ALERT]
