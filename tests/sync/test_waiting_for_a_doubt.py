"""An order that waits for a customer which may be a duplicate says so, and names the question that has to be answered first."""

from collections.abc import Iterator

import pytest

from tests.sync.memory import MemorySystem
from tests.sync.world import World


@pytest.fixture
def world(any_database_url: str) -> Iterator[World]:
    crm, erp = MemorySystem("crm"), MemorySystem("erp", key="number")
    made = World(any_database_url, [crm, erp], entities=("customer", "order"), master="crm")
    yield made
    made.close()


def test_the_question_is_named_and_linked(world: World) -> None:
    crm, erp = world.systems["crm"], world.systems["erp"]
    erp.add("customer", name="丙公司", mobile="13900000009")
    buyer = crm.add("customer", name="丙公司", mobile="13800000003")
    crm.add("order", customer=buyer, date="2026-11-01", tag="O1", lines=[])
    world.go_live()
    (doubt,) = world.inbox("possible_duplicate")
    (item,) = world.inbox("waiting_parent")
    assert item.data["item"] == doubt.id
    for text in (item.zh, item.en):
        assert f"#{doubt.id}" in text
        assert "丙公司" in text
    world.engine.resolve(doubt.id, choice="link", revision=None, who="alice")
    world.settle()
    assert [row["tag"] for row in erp.table("order").values()] == ["O1"]
    assert world.inbox() == []


def test_a_parent_that_is_only_late_names_no_question(world: World) -> None:
    crm, erp = world.systems["crm"], world.systems["erp"]
    world.go_live()
    erp.reject = lambda row: "客户资料不全" if row.get("name") else ""
    buyer = crm.add("customer", name="丁公司", mobile="13800000004")
    crm.add("order", customer=buyer, date="2026-11-01", tag="O2", lines=[])
    world.settle()
    (item,) = world.inbox("waiting_parent")
    assert "item" not in item.data
