"""The number that the hub gives a new record belongs to a stranger there, as after a backup was put back."""

from collections.abc import Iterator

import pytest

from hub.store.core import binding
from tests.sync.memory import MemorySystem
from tests.sync.world import World

STRANGER = {"name": "别人家的公司", "mobile": "13911112222"}


@pytest.fixture
def world(any_database_url: str) -> Iterator[World]:
    """A customer of the CRM that waits for its creation in the ERP, which was refused so far."""
    crm, erp = MemorySystem("crm"), MemorySystem("erp", key="number")
    made = World(any_database_url, [crm, erp], master="crm")
    erp.add("customer", name="早就有的公司", mobile="13900000000")
    made.go_live()
    erp.reject = lambda _row: "资料不全 incomplete"
    crm.add("customer", name="甲公司", mobile="13800000001")
    made.settle()
    erp.reject = lambda _row: ""
    yield made
    made.close()


def key(world: World) -> str:
    (row,) = world.rows(binding, binding.c.external_id == "")
    return str(row.key)


def replay(world: World) -> None:
    (item,) = world.inbox("rejected")
    world.engine.replay(item.id, who="alice")
    world.settle()


def numbers(world: World) -> dict[str, str]:
    return {row["name"]: row["number"] for row in world.systems["erp"].table("customer").values()}


def test_a_replay_takes_a_new_number(world: World) -> None:
    old = key(world)
    world.systems["erp"].add("customer", number=old, **STRANGER)
    replay(world)
    (item,) = world.inbox("rejected")
    assert STRANGER["name"] in item.zh
    assert "新编号" in item.zh
    assert "new number" in item.en
    assert key(world) == old, "nothing changes by itself"
    replay(world)
    assert world.inbox() == []
    assert numbers(world)["甲公司"] == f"{old}-2"
    assert numbers(world)[STRANGER["name"]] == old, "the stranger's record was not touched"
    assert world.settle() == 0


def test_as_often_as_numbers_are_taken(world: World) -> None:
    old = key(world)
    for number, name in ((old, "别人家的公司"), (f"{old}-2", "又一家的公司")):
        world.systems["erp"].add("customer", number=number, name=name, mobile="")
    for _ in range(3):
        replay(world)
    assert numbers(world)["甲公司"] == f"{old}-3"
    assert len(world.records()) == 4


def test_a_replay_of_what_was_refused_otherwise_keeps_the_number(world: World) -> None:
    old = key(world)
    replay(world)
    assert numbers(world)["甲公司"] == old
