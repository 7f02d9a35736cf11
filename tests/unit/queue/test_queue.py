"""Work is asked for once until it starts; nothing here raises when Redis is away."""

import pytest
import redis

from hub.queue.broker import HubBroker
from hub.queue.client import connect
from hub.queue.queue import DELIVER, INTAKE, Queue
from hub.sync.tasks import Task
from tests.unit.queue.fake_engine import messages

PULL = Task("pull", 7)


def test_a_task_becomes_one_message_of_ids_on_its_queue(queue: Queue) -> None:
    assert queue.enqueue(PULL)
    assert queue.enqueue(Task("push", 7, trigger="person"))
    assert messages(queue, "sync") == [("flow.pull", {"flow_id": 7, "full": False, "trigger": "schedule"})]
    assert messages(queue, "push") == [("flow.push", {"flow_id": 7, "full": False, "trigger": "person"})]


@pytest.mark.parametrize(
    ("kind", "where"),
    [("pull", "sync"), ("reread", "sync"), ("sweep", "sync"), ("push", "push"), ("settle", "push")],
)
def test_every_kind_has_a_queue(queue: Queue, kind: str, where: str) -> None:
    assert queue.enqueue(Task(kind, 1))  # type: ignore[arg-type]
    assert [actor for actor, _ in messages(queue, where)] == [f"flow.{kind}"]


def test_a_task_that_waits_is_not_sent_twice(queue: Queue) -> None:
    assert queue.enqueue(PULL)
    assert not queue.enqueue(PULL)
    assert len(messages(queue, "sync")) == 1


def test_a_hint_during_the_run_is_a_new_message(queue: Queue) -> None:
    queue.enqueue(PULL)
    queue.started(PULL)
    assert queue.enqueue(PULL)


def test_a_full_run_is_not_swallowed_by_a_waiting_incremental_one(queue: Queue) -> None:
    assert queue.enqueue(PULL)
    assert queue.enqueue(Task("pull", 7, full=True))
    assert [arguments["full"] for _, arguments in messages(queue, "sync")] == [False, True]


def test_what_a_person_asks_for_is_not_swallowed_by_the_schedule(queue: Queue) -> None:
    assert queue.enqueue(PULL)
    assert queue.enqueue(Task("pull", 7, trigger="person"))
    assert not queue.enqueue(Task("pull", 7, trigger="person"))


def test_the_mark_of_a_lost_message_runs_out(queue: Queue, client: redis.Redis) -> None:
    queue.enqueue(PULL)
    assert 0 < client.ttl("hub:queued:pull:7") <= 60


def test_chores_wait_once_too(queue: Queue) -> None:
    assert queue.chore(INTAKE)
    assert not queue.chore(INTAKE)
    queue.chore_started(INTAKE)
    assert queue.chore(INTAKE)
    assert queue.chore(DELIVER)
    assert [actor for actor, _ in messages(queue, "alerts")] == [INTAKE, INTAKE, DELIVER]


def test_put_off_tasks_are_handed_out_once_and_by_flow(queue: Queue) -> None:
    full = Task("pull", 7, full=True, trigger="person")
    queue.again(full)
    queue.again(full)
    queue.again(Task("push", 8))
    assert queue.take_again(7) == [full]
    assert queue.take_again(7) == []
    assert queue.take_again() == [Task("push", 8)]


def test_without_redis_nothing_raises_and_nothing_is_remembered() -> None:
    away = Queue(HubBroker(connect("redis://127.0.0.1:1/0"), "test"))
    assert not away.enqueue(PULL)
    assert not away.chore(INTAKE)
    away.started(PULL)
    away.again(PULL)
    assert away.take_again() == []


def test_a_message_that_could_not_be_sent_leaves_no_mark(
    queue: Queue, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_args: object) -> None:
        raise redis.ConnectionError("gone")

    monkeypatch.setattr(HubBroker, "do_enqueue", fails)
    assert not queue.enqueue(PULL)
    assert client.exists("hub:queued:pull:7") == 0
