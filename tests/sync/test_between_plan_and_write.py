"""What happens between the plan of a write and its intent, or its call: somebody else moves, takes over, pauses."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from hub.store.core import intent, pending_ref
from hub.sync.pull import Reader
from hub.sync.push import PushRun
from tests.sync.memory import MemorySystem
from tests.sync.world import World


@pytest.fixture
def world(any_database_url: str) -> Iterator[World]:
    made = World(any_database_url, [MemorySystem("crm"), MemorySystem("erp")], master="crm")
    made.systems["crm"].add("customer", name="甲公司", mobile="13800000001", industry="茶")
    made.systems["crm"].add("customer", name="乙公司", mobile="13800000002")
    made.go_live()
    yield made
    made.close()


def before(monkeypatch: pytest.MonkeyPatch, step: str, act: Callable[[], object]) -> None:
    """`act` happens once, just before the next such step of a push."""
    real, todo = getattr(PushRun, step), [act]

    def late(run: PushRun, *args: Any, **given: Any) -> Any:
        if todo:
            todo.pop()()
        return real(run, *args, **given)

    monkeypatch.setattr(PushRun, step, late)


def named(world: World, name: str) -> Any:
    return next(row for row in world.records() if row.data["name"] == name)


def id_at(world: World, system: str, name: str) -> str:
    return next(key for key, row in world.systems[system].table("customer").items() if row["name"] == name)


def test_a_record_that_is_merged_before_it_is_created_is_not_created(world, monkeypatch):
    world.systems["crm"].add("customer", name="甲公司（新）", mobile="13800000009")
    world.pull("crm")
    survivor, loser = named(world, "甲公司").id, named(world, "甲公司（新）").id
    before(monkeypatch, "_open_intents", lambda: world.other.merge(survivor, loser, who="ada"))
    world.push("erp")
    world.settle()
    assert len(world.systems["erp"].table("customer")) == 2


def test_a_conflict_that_is_read_before_the_write_holds_its_field(world, monkeypatch):
    """Nobody wins by rule: the write that was planned before the read must not decide it, and close the question (I3)."""
    crm, erp = world.systems["crm"], world.systems["erp"]
    here, there = id_at(world, "crm", "甲公司"), id_at(world, "erp", "甲公司")
    crm.edit("customer", here, industry="茶叶")
    world.pull("crm")

    def the_other_side() -> None:
        erp.edit("customer", there, industry="食品")
        world.other.pull(world.flows[("erp", "customer")])

    before(monkeypatch, "_open_intents", the_other_side)
    world.push("erp")
    world.settle()
    assert erp.table("customer")[there]["industry"] == "食品"
    (item,) = world.inbox("conflict")
    assert (item.data["golden"]["industry"], item.data["remote"]["industry"]) == ("茶叶", "食品")


def test_a_worker_that_was_stalled_leaves_the_intents_of_its_successor_alone(world, monkeypatch):
    """The machine slept: by the time the first worker would call, its lease is over, and another one's call is under way."""
    erp = world.systems["erp"]
    world.systems["crm"].add("customer", name="丙公司", mobile="13800000003")
    world.pull("crm")
    flow_id = world.flows[("erp", "customer")]
    stalled: list[Any] = []
    real = PushRun._call_all

    def first_sleeps(run: PushRun, jobs: Any) -> None:
        if stalled:
            real(run, jobs)
            return
        stalled.append(run)
        mine = run._open_intents([job for job in jobs if job.action == "create"])
        world.now += timedelta(hours=1)
        for _ in range(3):
            world.run("settle", "erp")
            world.now += timedelta(minutes=1)
        erp.during_call.append(lambda: run._not_sent(mine))
        erp.faults.before_write = ["commit_then_drop"]
        world.other.push(flow_id)
        run.until = world.now

    monkeypatch.setattr(PushRun, "_call_all", first_sleeps)
    world.push("erp")
    assert [row.state for row in world.rows(intent)][-1] == "unknown"
    world.settle()
    assert erp.creates("customer") == 3


def test_a_pause_stops_a_push_that_has_many_batches_to_go(world, monkeypatch):
    crm, erp = world.systems["crm"], world.systems["erp"]
    for number in range(200):
        crm.add("customer", name=f"客户{number}号{number * 7919}", mobile=f"{13900000000 + number}")
    world.pull("crm")
    erp.during_call.append(lambda: world.other.pause(2, reason="对账", who="ada"))
    monkeypatch.setattr("hub.sync.push.BATCHES_PER_LEASE", 1)
    world.push("erp")
    assert 0 < erp.creates("customer") - 2 < 200
    world.settle()
    assert erp.creates("customer") - 2 < 200
    world.engine.resume(2, who="ada")
    world.settle()
    assert erp.creates("customer") == 202


def test_a_parent_that_arrives_while_its_child_is_decided_is_found_at_the_end_of_the_pull(
    any_database_url, monkeypatch
):
    """Two workers pull customers and orders at once: the order was compared before the customer was there, and is kept after it."""
    made = World(
        any_database_url, [MemorySystem("crm"), MemorySystem("erp")], entities=("customer", "order"), master="crm"
    )
    try:
        made.go_live()
        customer = made.systems["crm"].add("customer", name="甲公司", mobile="13800000001")
        made.systems["crm"].add("order", customer=customer, date="2026-11-01", lines=[])
        real, todo = Reader._apply, [lambda: made.other.pull(made.flows[("crm", "customer")])]

        def late(reader: Reader, *args: Any) -> None:
            if todo:
                todo.pop()()
            real(reader, *args)

        monkeypatch.setattr(Reader, "_apply", late)
        made.pull("crm", "order")
        (order,), (parent,) = made.records("order"), made.records()
        assert order.data["customer"] == parent.id
        assert made.rows(pending_ref) == []
        made.settle()
        assert made.systems["erp"].creates("order") == 1
    finally:
        made.close()


def test_a_write_whose_record_is_merged_before_it_is_looked_up_is_not_written_again(any_database_url):
    """Its binding is the second id of the survivor by then: read, never written to."""
    crm, erp = MemorySystem("crm", feed=True), MemorySystem("erp")
    world = World(any_database_url, [crm, erp], master="crm")
    first, second = (crm.add("customer", name=f"{n}公司", mobile=f"1380000000{i}") for i, n in enumerate("甲乙", 1))
    world.go_live()
    crm.edit("customer", second, note="改过")
    world.pull("crm")
    erp.faults.before_write = ["drop_before_commit"]
    world.push("erp")
    assert [row.state for row in world.open_intents()] == ["unknown"]
    crm.remove("customer", second, merged_into=first)
    world.pull("crm")
    world.settle()
    there = id_at(world, "erp", "乙公司")
    bound = world.binding_of("erp", there)
    assert (bound.role, bound.due_at, world.open_intents()) == ("alias", None, [])
    assert erp.table("customer")[there].get("note") is None
    world.close()
