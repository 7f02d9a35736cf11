"""What no modified time tells: open documents are read again by id, and the delete feed is followed after each pull."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from hub.store.core import flow, record, run
from hub.store.marks import with_marks
from hub.sync.golden import is_open
from hub.sync.rolling import RollingRun
from hub.sync.tasks import Task
from tests.sync.memory import MemorySystem
from tests.sync.world import World

HOUR = 3600


class Place(NamedTuple):
    id: int
    read_seq: int


@pytest.fixture
def world(any_database_url: str) -> Iterator[World]:
    """A customer with three orders that both systems have; the ERP's orders are to be read again within the hour."""
    crm, erp = MemorySystem("crm", feed=True), MemorySystem("erp", key="number")
    made = World(any_database_url, [crm, erp], entities=("customer", "order"), master="crm")
    buyer = crm.add("customer", name="甲公司", mobile="13800000001")
    for number in range(3):
        crm.add("order", customer=buyer, date="2026-11-01", note=f"原话{number}", lines=[])
    made.go_live()
    made.set_flow("erp", "order", reread_s=HOUR, next_reread_at=made.now)
    yield made
    made.close()


def read_seq(world: World, external_id: str) -> int:
    """The number of the last read of an order, marks included."""
    bound = world.binding_of("erp", external_id, "order")
    with world.db.read() as db:
        return int(with_marks(db, {external_id: Place(bound.id, bound.read_seq)})[external_id].read_seq)


def orders(world: World) -> list[str]:
    return sorted(world.systems["erp"].table("order"))


def rolling(world: World) -> list[Task]:
    """What is due besides pulls, which come first."""
    world.set_flow("erp", "order", next_pull_at=world.now + timedelta(days=1))
    return [task for task in world.engine.due() if task.kind == "rolling"]


def reads(world: World) -> int:
    return world.systems["erp"].calls.count("read order")


def hours_pass(world: World, hours: float) -> None:
    """The scheduler looks every quarter of an hour: first at what changed, then at what may have."""
    for _ in range(int(hours * 4)):
        world.advance(HOUR / 4)
        world.tick()
        world.tick()


def test_an_edit_without_a_modified_time_arrives_within_the_interval(world: World) -> None:
    erp, key = world.systems["erp"], orders(world)[0]
    erp.edit("order", key, bump=False, note="悄悄改的")
    world.pull("erp", "order")
    assert "悄悄改的" not in str([r.data for r in world.records("order")]), "a pull does not see it"
    hours_pass(world, 1)
    assert "悄悄改的" in str([r.data for r in world.records("order")])
    world.settle()
    assert "悄悄改的" in str(world.systems["crm"].table("order")), "and it goes where every edit goes"


def test_without_the_setting_nothing_is_read_again(world: World) -> None:
    world.set_flow("erp", "order", reread_s=0)
    before = reads(world)
    hours_pass(world, 3)
    assert (rolling(world), reads(world)) == ([], before)


def test_each_open_document_is_read_once_an_hour_and_a_closed_one_never(world: World) -> None:
    closed = world.records("order")[0]
    world.engine.edit(closed.id, {"status": "closed"}, who="alice", version=closed.version)
    world.settle()
    asked: list[str] = []
    client = world.clients.get(2)
    real = client.read

    def noted(entity: str, ids: list[str]) -> Any:
        asked.extend(ids)
        return real(entity, ids)

    client.read = noted  # type: ignore[method-assign, assignment]
    for _ in range(8):  # two hours without a pull
        world.advance(HOUR / 4)
        for task in rolling(world):
            world.engine.run(task)
    assert len(set(asked)) == 2, "two of the three are still open"
    assert 4 <= len(asked) <= 6, f"each once within each hour, and hardly more often: {asked}"


def test_the_oldest_reads_go_first_and_a_turn_ends_after_its_calls(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RollingRun, "_limit", lambda _self: 1)
    first = orders(world)[1]
    world.advance(10)
    for key in orders(world):
        if key != first:
            world.webhook("erp", "order", key)
    world.engine.intake()
    world.run("reread", "erp", "order")
    world.advance(HOUR)
    seq = read_seq(world, first)
    assert world.run("rolling", "erp", "order").counts["fetched"] == 1
    assert read_seq(world, first) > seq
    assert [task.flow_id for task in rolling(world)] == [world.flows[("erp", "order")]], "the rest is due at once"


def test_a_turn_with_nothing_to_read_leaves_no_run_behind(world: World) -> None:
    before = len(world.rows(run))
    assert world.run("rolling", "erp", "order").state == "idle"
    assert len(world.rows(run)) == before
    (row,) = world.rows(flow, flow.c.id == world.flows[("erp", "order")])
    assert (row.next_reread_at - world.now).total_seconds() == HOUR / 4


def test_a_read_that_fails_is_not_tried_without_a_pause(world: World) -> None:
    world.advance(HOUR)
    world.tick()
    world.advance(HOUR)
    world.pull("erp", "order")
    world.systems["erp"].faults.before_read.append("unreachable")
    assert world.run("rolling", "erp", "order").state == "failed"
    assert rolling(world) == []


@pytest.mark.parametrize(
    ("entity", "data", "expected"),
    [
        ("order", {}, True),
        ("order", {"status": "open"}, True),
        ("order", {"status": "closed"}, False),
        ("order", {"status": "cancelled"}, False),
        ("receivable", {"status": "open", "amount": "10", "settled_amount": "4"}, True),
        ("receivable", {"status": "open", "amount": "10", "settled_amount": "10"}, False),
        ("receivable", {"status": "draft", "amount": "10", "settled_amount": "0"}, True),
        ("receipt", {"amount": "10"}, True),
        ("receipt", {"status": "settled"}, False),
        ("customer", {"status": "active"}, False),
        ("settlement", {"amount": "10"}, False),
    ],
)
def test_which_documents_are_open(entity: str, data: dict[str, Any], expected: bool) -> None:
    assert is_open(entity, data) is expected


def test_the_record_says_whether_it_is_open(world: World) -> None:
    assert {(r.entity, r.is_open) for r in world.rows(record)} == {("customer", False), ("order", True)}


# --- the delete feed ---


def test_a_delete_is_followed_after_the_next_pull_not_only_by_the_sweep(world: World) -> None:
    crm = world.systems["crm"]
    key = crm.add("customer", name="要删的公司", mobile="13800000002")
    world.settle()
    crm.remove("customer", key)
    world.pull("crm")
    assert world.binding_of("crm", key).reread, "one confirmation is left"
    world.run("reread", "crm")
    assert world.binding_of("crm", key).state == "gone"
    assert [item.kind for item in world.inbox()] == ["gone"]
    kinds = {row.kind for row in world.rows(run)}
    assert "sweep" not in kinds


def test_a_merge_at_the_vendor_is_followed_after_the_next_pull(world: World) -> None:
    crm = world.systems["crm"]
    first = crm.add("customer", name="合并甲公司", mobile="13800000003")
    second = crm.add("customer", name="被并乙公司", mobile="13800000004")
    world.settle()
    crm.remove("customer", second, merged_into=first)
    world.pull("crm")
    assert world.binding_of("crm", second).state == "merged"
    assert world.binding_of("crm", second).record_id == world.binding_of("crm", first).record_id


def test_a_feed_that_says_nothing_leaves_no_run_behind(world: World) -> None:
    before = len([row for row in world.rows(run) if row.kind == "deletes"])
    assert world.pull("crm").state == "ok"
    assert world.pull("crm").state == "ok"
    assert len([row for row in world.rows(run) if row.kind == "deletes"]) == before


def test_a_feed_that_fails_does_not_spoil_the_pull(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.errors import Unreachable

    def broken(*_given: Any) -> Any:
        raise Unreachable("连不上", "cannot connect", after=1)

    client = world.clients.get(1)
    monkeypatch.setattr(client, "deleted", broken)
    assert world.pull("crm").state == "ok"
    world.advance(60)
    assert world.pull("crm").state == "ok"


def test_the_interval_holds_in_a_folder_of_its_own(tmp_path: Path) -> None:
    """A document that came in between two turns is read within its own hour."""
    crm, erp = MemorySystem("crm"), MemorySystem("erp", key="number")
    made = World(f"sqlite:///{tmp_path / 'h.sqlite'}", [crm, erp], entities=("customer", "order"), master="crm")
    try:
        buyer = crm.add("customer", name="甲公司", mobile="13800000001")
        made.go_live()
        made.set_flow("erp", "order", reread_s=HOUR)
        hours_pass(made, 0.5)
        crm.add("order", customer=buyer, date="2026-11-01", note="x", lines=[])
        made.settle()
        (key,) = erp.table("order")
        erp.edit("order", key, bump=False, note="改")
        hours_pass(made, 1)
        assert [r.data["remark"] for r in made.records("order")] == ["改"]
    finally:
        made.close()
