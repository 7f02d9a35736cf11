"""A vendor without unique numbers or searchable fields: a create whose reply was lost is a person's question, never a second create."""

from collections.abc import Iterator
from typing import Any

import pytest

from hub.errors import BadInput
from tests.sync.memory import MemorySystem
from tests.sync.world import World


@pytest.fixture
def world(any_database_url: str) -> Iterator[World]:
    crm, erp = MemorySystem("crm"), MemorySystem("erp", key="none", lines="replace")
    made = World(any_database_url, [crm, erp], entities=("customer", "order"), master="crm")
    erp.add("customer", name="早就有的公司", mobile="13900000000")
    made.go_live()
    yield made
    made.close()


def new_customer(world: World, fault: str) -> str:
    key = world.systems["crm"].add("customer", name="甲公司", mobile="13800000001", level="A")
    world.systems["erp"].faults.before_write = [fault]
    world.settle()
    return key


def new_order(world: World, fault: str) -> str:
    crm = world.systems["crm"]
    buyer = crm.add("customer", name="甲公司", mobile="13800000001")
    world.settle()
    key = crm.add(
        "order", customer=buyer, date="2026-11-01", tag="O1", lines=[{"what": "茶", "qty": "1", "price": "2"}]
    )
    world.systems["erp"].faults.before_write = [fault]
    world.settle()
    return key


def the_question(world: World) -> Any:
    (item,) = world.inbox("unknown_outcome")
    return item


@pytest.mark.parametrize("fault", ["commit_then_drop", "drop_before_commit", "late_commit"])
def test_a_lost_create_waits_for_a_person(world: World, fault: str) -> None:
    new_customer(world, fault)
    assert the_question(world).entity == "customer"
    world.advance(3600)
    world.settle()
    assert sum(row["name"] == "甲公司" for row in world.systems["erp"].table("customer").values()) <= 1


def test_it_is_found_and_goes_on(world: World) -> None:
    key = new_customer(world, "commit_then_drop")
    erp = world.systems["erp"]
    found = next(i for i, row in erp.table("customer").items() if row["name"] == "甲公司")
    world.engine.resolve(the_question(world).id, choice="found", value=found, revision=None, who="alice")
    world.systems["crm"].edit("customer", key, level="B")
    world.settle()
    assert erp.table("customer")[found]["level"] == "B"
    assert (erp.creates("customer"), world.inbox()) == (1, [])


def test_it_never_arrived_and_is_made_once(world: World) -> None:
    new_customer(world, "drop_before_commit")
    world.engine.resolve(the_question(world).id, choice="replay", revision=None, who="alice")
    world.settle()
    assert (world.systems["erp"].creates("customer"), world.inbox()) == (1, [])


def test_a_lost_order_that_is_read_meanwhile_is_not_a_second_order(world: World) -> None:
    """The document cannot be told from a new one of the ERP's own until somebody has looked; it must not travel back (I7)."""
    new_order(world, "commit_then_drop")
    crm, erp = world.systems["crm"], world.systems["erp"]
    world.pull("erp", "order")
    world.pull("erp", "order", full=True)
    world.settle()
    assert (len(crm.table("order")), len(erp.table("order")), len(world.records("order"))) == (1, 1, 1)
    (found,) = erp.table("order")
    world.engine.resolve(the_question(world).id, choice="found", value=found, revision=None, who="alice")
    world.settle()
    assert (len(crm.table("order")), len(erp.table("order")), len(world.records("order"))) == (1, 1, 1)
    assert world.inbox() == []


def test_an_order_of_another_customer_lands_while_the_question_is_open(world: World) -> None:
    new_order(world, "drop_before_commit")
    erp = world.systems["erp"]
    other = next(i for i, row in erp.table("customer").items() if row["name"] == "早就有的公司")
    erp.add("order", customer=other, date="2026-11-02", tag="E1", lines=[{"what": "杯", "qty": "1", "price": "9"}])
    world.settle()
    assert sorted(r.data["contact_name"] for r in world.records("order")) == ["E1", "O1"]
    assert len(world.systems["crm"].table("order")) == 2


def test_lines_that_are_replaced_as_a_whole_keep_what_the_other_side_changed(world: World) -> None:
    key = new_order(world, "")
    crm, erp = world.systems["crm"], world.systems["erp"]
    (there,) = erp.table("order")
    (line,) = erp.table("order")[there]["lines"]
    erp.edit_line("order", there, line["lid"], memo="仓库备注")
    (mine,) = crm.table("order")[key]["lines"]
    crm.edit_line("order", key, mine["lid"], qty="7", price="2")
    world.settle()
    (after,) = erp.table("order")[there]["lines"]
    assert (after["qty"], after["memo"], after["lid"]) == ("7", "仓库备注", line["lid"])


def test_what_a_user_made_of_it_before_it_was_found_is_kept(world: World) -> None:
    """The value that was sent is older than the edit of it, and must not be written over it (I9)."""
    new_customer(world, "commit_then_drop")
    erp = world.systems["erp"]
    found = next(i for i, row in erp.table("customer").items() if row["name"] == "甲公司")
    erp.edit("customer", found, level="C")
    world.engine.resolve(the_question(world).id, choice="found", value=found, revision=None, who="alice")
    world.settle()
    assert erp.table("customer")[found]["level"] == "C"
    assert [row["level"] for row in world.systems["crm"].table("customer").values() if row["name"] == "甲公司"] == ["C"]
    assert world.inbox() == []


def test_lines_of_a_found_order_are_told_apart_from_what_a_user_made_of_them(world: World) -> None:
    new_order(world, "commit_then_drop")
    crm, erp = world.systems["crm"], world.systems["erp"]
    (found,) = erp.table("order")
    (line,) = erp.table("order")[found]["lines"]
    erp.edit_line("order", found, line["lid"], qty="5", price="2")
    erp.edit("order", found, note="仓库说")
    world.engine.resolve(the_question(world).id, choice="found", value=found, revision=None, who="alice")
    world.settle()
    (row,) = crm.table("order").values()
    assert (row["note"], [one["qty"] for one in row["lines"]]) == ("仓库说", ["5"])
    assert [one["qty"] for one in erp.table("order")[found]["lines"]] == ["5"]
    assert world.inbox() == []


def test_without_an_id_nothing_is_found(world: World) -> None:
    new_customer(world, "commit_then_drop")
    with pytest.raises(BadInput, match="give the id"):
        world.engine.resolve(the_question(world).id, choice="found", value="", revision=None, who="alice")


def test_a_golden_edit_made_while_the_question_was_open_travels_once_it_is_found(world: World) -> None:
    new_customer(world, "commit_then_drop")
    (golden,) = [row for row in world.records() if row.data["name"] == "甲公司"]
    world.engine.edit(golden.id, {"remark": "改过"}, who="alice", version=golden.version)
    world.settle()
    erp = world.systems["erp"]
    found = next(i for i, row in erp.table("customer").items() if row["name"] == "甲公司")
    world.engine.resolve(the_question(world).id, choice="found", value=found, revision=None, who="alice")
    world.settle()
    assert erp.table("customer")[found]["note"] == "改过"


def test_what_waited_for_it_goes_on_once_it_is_found(world: World) -> None:
    key = new_customer(world, "commit_then_drop")
    crm, erp = world.systems["crm"], world.systems["erp"]
    crm.add("order", customer=key, date="2026-11-01", tag="O1", lines=[{"what": "茶", "qty": "1", "price": "2"}])
    world.settle()
    assert [item.kind for item in world.inbox()] == ["unknown_outcome", "waiting_parent"]
    found = next(i for i, row in erp.table("customer").items() if row["name"] == "甲公司")
    world.engine.resolve(the_question(world).id, choice="found", value=found, revision=None, who="alice")
    world.settle()
    assert ([row["customer"] for row in erp.table("order").values()], world.inbox()) == ([found], [])


def test_what_refers_to_it_there_is_resolved_once_it_is_found(world: World) -> None:
    """Orders of the vendor's own name it by its id there, which the hub only learns now."""
    new_customer(world, "commit_then_drop")
    crm, erp = world.systems["crm"], world.systems["erp"]
    found = next(i for i, row in erp.table("customer").items() if row["name"] == "甲公司")
    erp.add("order", customer=found, date="2026-11-02", tag="E1", lines=[{"what": "杯", "qty": "1", "price": "9"}])
    world.settle()
    world.engine.resolve(the_question(world).id, choice="found", value=found, revision=None, who="alice")
    world.settle()
    assert ([row["tag"] for row in crm.table("order").values()], world.inbox()) == (["E1"], [])
