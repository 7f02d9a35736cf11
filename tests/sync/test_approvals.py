"""Orders that need an approval: asked for once, written after it was given, and held with a question when it was not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.errors import BadInput
from hub.sync.engine import Engine
from tests.sync.memory import MemorySystem
from tests.sync.world import World, memory_url

BIG = [{"field": "total", "op": "gt", "value": "100"}]
OFF = {"pull": False, "push": False, "create": False}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    systems = [MemorySystem("crm"), MemorySystem("erp"), MemorySystem("oa")]
    made = World(memory_url(tmp_path), systems, entities=("customer", "order", "approval"), master="crm")
    made.systems["crm"].add("customer", name="甲公司", mobile="13800000001")
    for name, entity in (("crm", "approval"), ("erp", "approval"), ("oa", "order"), ("oa", "customer")):
        made.set_flow(name, entity, **OFF, master=False)
    made.set_flow("oa", "approval", master=True)
    made.set_flow("erp", "order", needs_approval=True, approval_when=BIG)
    made.go_live()
    yield made
    made.close()


def order(world: World, price: str) -> str:
    crm = world.systems["crm"]
    (buyer,) = crm.table("customer")
    key = crm.add("order", customer=buyer, date="2026-11-01", lines=[{"what": "茶", "qty": "2", "price": price}])
    world.settle()
    return key


def asked(world: World) -> tuple[str, dict[str, str]]:
    (found,) = [(key, row) for key, row in world.systems["oa"].table("approval").items() if row.get("status") is None]
    return found


def test_a_small_order_needs_nobody(world: World) -> None:
    order(world, "50")
    assert len(world.systems["erp"].table("order")) == 1
    assert world.systems["oa"].table("approval") == {}


def test_a_big_one_is_asked_for_once_and_written_when_it_was_approved(world: World) -> None:
    order(world, "50.01")
    assert world.systems["erp"].table("order") == {}
    key, row = asked(world)
    assert (row["sum"], row["memo"]) == ("100.02", "茶 × 2  = 100.02")
    assert "甲公司" in row["title"]
    assert world.inbox() == [], "waiting for an approver is no trouble"
    world.settle()
    assert len(world.systems["oa"].table("approval")) == 1
    world.systems["oa"].edit("approval", key, status="approved")
    world.settle()
    (written,) = world.systems["erp"].table("order").values()
    assert written["lines"][0]["price"] == "50.01"
    assert [r.data["status"] for r in world.records("approval")] == ["approved"]


def test_a_worker_that_has_made_no_record_yet_can_ask(world: World) -> None:
    """Its ids are fetched before the transaction that uses them: SQLite has one writer."""
    crm = world.systems["crm"]
    (buyer,) = crm.table("customer")
    crm.add("order", customer=buyer, date="2026-11-01", lines=[{"what": "茶", "qty": "2", "price": "60"}])
    world.pull("crm", "order")
    fresh = Engine(world.db, world.clients, now=lambda: world.now, worker="w3")
    assert fresh.push(world.flows[("erp", "order")]).state == "ok"
    world.settle()
    asked(world)


def test_an_approval_holds_for_its_amount_only(world: World) -> None:
    key = order(world, "60")
    first, _ = asked(world)
    crm = world.systems["crm"]
    crm.edit_line("order", key, crm.table("order")[key]["lines"][0]["lid"], price="70")
    world.settle()
    world.systems["oa"].edit("approval", first, status="approved")
    world.settle()
    assert world.systems["erp"].table("order") == {}
    second, row = asked(world)
    assert row["sum"] == "140"
    world.systems["oa"].edit("approval", second, status="approved")
    world.settle()
    assert [o["lines"][0]["price"] for o in world.systems["erp"].table("order").values()] == ["70"]


@pytest.mark.parametrize("choice", ["again", "approve"])
def test_a_refused_one_waits_for_a_person(world: World, choice: str) -> None:
    order(world, "60")
    key, _ = asked(world)
    world.systems["oa"].edit("approval", key, status="rejected")
    world.settle()
    assert world.systems["erp"].table("order") == {}
    (item,) = world.inbox("approval_refused")
    with pytest.raises(BadInput, match="approve"):
        world.engine.resolve(item.id, choice="link", revision=item.revision, who="boss")
    world.engine.resolve(item.id, choice=choice, revision=item.revision, who="boss")
    world.settle()
    if choice == "again":
        second, _ = asked(world)
        assert second != key
        world.systems["oa"].edit("approval", second, status="approved")
        world.settle()
    assert len(world.systems["erp"].table("order")) == 1
    assert world.inbox() == []


def test_a_lost_reply_of_the_request_makes_no_second_approval(world: World) -> None:
    world.systems["oa"].faults.before_write.append("commit_then_drop")
    order(world, "60")
    world.settle()
    assert len(world.systems["oa"].table("approval")) == 1


def test_a_dry_push_says_which_orders_wait_for_an_approval_and_names_them(world: World) -> None:
    crm, flow = world.systems["crm"], world.flows[("erp", "order")]
    (buyer,) = crm.table("customer")
    crm.add("order", customer=buyer, date="2026-11-01", lines=[{"what": "茶", "qty": "2", "price": "60"}])
    world.pull("crm", "order")
    (row,) = world.engine.preview_push(flow, limit=5)
    assert (row["title"], row["action"]) == ("2026-11-01 120 甲公司", "wait")
    assert "审批" in row["zh"]
    assert world.systems["oa"].table("approval") == {}, "a dry push asks nobody"
    world.settle()
    (row,) = world.engine.preview_push(flow, limit=5)
    assert row["zh"].startswith("等待审批")


def test_an_order_without_a_customer_is_asked_for_once_too(world: World) -> None:
    lines = [{"what": "茶", "qty": "2", "price": "60"}]
    world.systems["crm"].add("order", date="2026-11-01", lines=lines)
    world.settle()
    key, _row = asked(world)
    world.systems["oa"].edit("approval", key, status="approved")
    world.settle()
    assert (len(world.systems["oa"].table("approval")), len(world.systems["erp"].table("order"))) == (1, 1)
