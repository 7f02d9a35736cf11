"""The main promises on the real engine with two systems in memory: plain stories, one each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.connector.contract import Written
from hub.sync.outcome import BACKOFF_S
from hub.sync.pushplan import MAX_ATTEMPTS
from tests.sync.memory import MemorySystem
from tests.sync.wire import MemoryClient
from tests.sync.world import World, memory_url

TAX = "91310000MA1FL5E751"


@pytest.fixture
def world(any_database_url: str) -> Iterator[World]:
    """Every story on SQLite and on PostgreSQL."""
    crm, erp = MemorySystem("crm"), MemorySystem("erp")
    made = World(any_database_url, [crm, erp], master="crm")
    yield made
    made.close()


def test_a_customer_of_the_crm_is_created_once_in_the_erp(world: World) -> None:
    crm, erp = world.systems["crm"], world.systems["erp"]
    key = crm.add("customer", name="杭州西湖茶业有限公司", mobile="13800000001", level="A")
    world.go_live()
    assert [r["name"] for r in erp.table("customer").values()] == ["杭州西湖茶业有限公司"]
    assert erp.creates("customer") == 1
    crm.edit("customer", key, level="B")
    world.settle()
    assert [r["level"] for r in erp.table("customer").values()] == ["B"]
    assert world.settle() == 0


def test_disjoint_edits_of_both_sides_merge(world: World) -> None:
    crm, erp = world.systems["crm"], world.systems["erp"]
    key = crm.add("customer", name="甲公司", mobile="13800000001", level="A", note="x")
    world.go_live()
    other = next(iter(erp.table("customer")))
    crm.edit("customer", key, level="B")
    erp.edit("customer", other, note="来自财务")
    world.settle()
    assert crm.table("customer")[key]["note"] == "来自财务"
    assert erp.table("customer")[other]["level"] == "B"
    assert world.inbox() == []


def test_first_contact_links_equals_and_asks_about_doubtful_ones(world: World) -> None:
    crm, erp = world.systems["crm"], world.systems["erp"]
    crm.add("customer", name="乙公司", mobile="13800000002")
    crm.add("customer", name="丙公司", mobile="13800000003")
    erp.add("customer", name="乙 公司", mobile="13800000002")
    erp.add("customer", name="丙公司", mobile="13900000009")
    world.go_live()
    assert len(world.inbox("possible_duplicate")) == 1
    assert len(world.records()) == 2
    assert len(crm.table("customer")) == 2
    assert len(erp.table("customer")) == 2, "nothing is created while the doubt is open"


def test_a_lost_reply_makes_no_duplicate(world: World) -> None:
    crm, erp = world.systems["crm"], world.systems["erp"]
    crm.add("customer", name="丁公司", mobile="13800000004")
    erp.faults.before_write = ["commit_then_drop"]
    world.go_live()
    assert len(erp.table("customer")) == 1
    assert erp.creates("customer") == 1


def test_a_write_that_never_arrived_is_made_again(world: World) -> None:
    crm, erp = world.systems["crm"], world.systems["erp"]
    erp.add("customer", name="已有公司", mobile="13800000009")
    crm.add("customer", name="戊公司", mobile="13800000005")
    erp.faults.before_write = ["drop_before_commit"]
    world.go_live()
    assert sorted(r["name"] for r in erp.table("customer").values()) == ["已有公司", "戊公司"]


def test_a_true_conflict_on_a_manual_field_waits_for_a_person(world: World) -> None:
    crm, erp = world.systems["crm"], world.systems["erp"]
    key = crm.add("customer", name="己公司", mobile="13800000006", industry="茶")
    world.go_live()
    other = next(iter(erp.table("customer")))
    crm.edit("customer", key, industry="咖啡")
    erp.edit("customer", other, industry="可可")
    world.pull("crm")
    world.pull("erp")
    (item,) = world.inbox("conflict")
    assert item.data["golden"] == {"industry": "咖啡"}
    assert item.data["remote"] == {"industry": "可可"}
    world.settle()
    assert erp.table("customer")[other]["industry"] == "可可", "held at that binding only"
    world.engine.resolve(item.id, choice="remote", revision=item.revision, who="alice")
    world.settle()
    assert crm.table("customer")[key]["industry"] == "可可"
    assert world.inbox() == []


def test_orders_wait_for_their_customer_and_keep_their_lines(tmp_path: Path) -> None:
    crm, erp = MemorySystem("crm"), MemorySystem("erp", stages=("saved", "submitted", "audited"))
    world = World(memory_url(tmp_path), [crm, erp], entities=("customer", "order"), master="crm")
    buyer = crm.add("customer", name="庚公司", mobile="13800000007")
    crm.add(
        "order",
        customer=buyer,
        date="2026-11-01",
        lines=[{"what": "茶", "qty": "3", "price": "10.5"}, {"what": "杯", "qty": "1", "price": "20"}],
    )
    world.go_live()
    (order,) = erp.table("order").values()
    assert order["customer"] == next(iter(erp.table("customer")))
    assert [line["what"] for line in order["lines"]] == ["茶", "杯"]
    assert order["stage"] == "audited"
    (golden,) = world.records("order")
    assert golden.data["total"] == "51.5"


def test_a_step_that_leaves_the_document_where_it_was_ends_in_the_inbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A vendor that says yes and does nothing is asked less and less often, not for ever."""
    crm, erp = MemorySystem("crm"), MemorySystem("erp", stages=("saved", "submitted", "audited"))
    world = World(memory_url(tmp_path), [crm, erp], entities=("customer", "order"), master="crm")
    buyer = crm.add("customer", name="丑公司", mobile="13800000009")
    crm.add("order", customer=buyer, date="2026-11-01", lines=[{"what": "茶", "qty": "3", "price": "10.5"}])
    asked: list[str] = []

    def does_nothing(client: MemoryClient, entity: str, step: str, key: str) -> Written:
        asked.append(step)
        row = client.system.table(entity)[key]
        return Written(key, row["number"], row["stage"])

    monkeypatch.setattr(MemoryClient, "_stepped", does_nothing)
    world.go_live()
    for _ in range(MAX_ATTEMPTS + 2):
        world.advance(BACKOFF_S[-1] + 1)
        world.settle()
    assert len(asked) == MAX_ATTEMPTS
    assert [item.kind for item in world.inbox()] == ["rejected"]
    world.close()


def test_after_a_pause_a_flow_reads_before_it_writes(world: World) -> None:
    """The edit made during the pause is met by the merge, not overwritten by what the hub had for it."""
    crm, erp = world.systems["crm"], world.systems["erp"]
    key = crm.add("customer", name="辛公司", mobile="13800000008", industry="茶")
    world.go_live()
    world.set_flow("crm", "customer", freshness_s=3600)
    world.engine.pause(1, reason="演示", who="alice")
    erp.edit("customer", next(iter(erp.table("customer"))), industry="可可")
    world.pull("erp")
    crm.edit("customer", key, industry="咖啡")
    world.engine.resume(1, who="alice")
    assert world.push("crm").state == "idle"
    world.tick()
    (item,) = world.inbox("conflict")
    assert crm.table("customer")[key]["industry"] == "咖啡"
    assert item.data["remote"] == {"industry": "咖啡"}


def test_linking_two_records_keeps_what_only_one_of_them_knew(world: World) -> None:
    crm, erp = world.systems["crm"], world.systems["erp"]
    crm.add("customer", name="壬公司", mobile="13800000011")
    erp.add("customer", name="壬公司", mobile="13900000012", note="只有财务知道")
    world.go_live()
    (item,) = world.inbox("possible_duplicate")
    world.engine.resolve(item.id, choice="link", revision=item.revision, who="alice")
    world.settle()
    (row,) = crm.table("customer").values()
    assert row["note"] == "只有财务知道"
    assert len(erp.table("customer")) == 1


def test_an_edit_on_the_second_row_of_one_customer_is_a_question_and_never_lost(world: World) -> None:
    """The alias is never pushed to, and tidying it up (renaming it) renames nothing elsewhere; but an edit there is an edit (I3)."""
    crm, erp = world.systems["crm"], world.systems["erp"]
    crm.add("customer", name="癸公司", tax=TAX, note="先建的")
    world.go_live()
    second = crm.add("customer", name="癸公司（二）", tax=TAX, note="后建的")
    world.settle()
    assert world.inbox("conflict") == [], "what was different from the start is no edit"
    crm.edit("customer", second, note="下周要货", name="癸公司（重复，勿用）")
    world.settle()
    items = {item.field: item for item in world.inbox("conflict")}
    assert items.keys() == {"remark", "name"}
    assert items["remark"].data["remote"] == {"remark": "下周要货"}
    (golden,) = world.records("customer")
    assert (golden.data["name"], golden.data["remark"]) == ("癸公司", "先建的")
    world.engine.resolve(items["remark"].id, choice="remote", revision=items["remark"].revision, who="alice")
    world.engine.resolve(items["name"].id, choice="golden", revision=items["name"].revision, who="alice")
    world.settle()
    assert world.inbox("conflict") == []
    (row,) = erp.table("customer").values()
    assert (row["name"], row["note"]) == ("癸公司", "下周要货")
    assert crm.table("customer")[second]["name"] == "癸公司（重复，勿用）", "an alias is never written to"


def test_a_question_about_an_alias_closes_itself_when_the_edit_is_taken_back(world: World) -> None:
    crm = world.systems["crm"]
    crm.add("customer", name="子公司", tax=TAX, note="甲")
    world.go_live()
    second = crm.add("customer", name="子公司", tax=TAX, note="乙")
    world.settle()
    crm.edit("customer", second, note="丙")
    world.settle()
    assert [item.field for item in world.inbox("conflict")] == ["remark"]
    crm.edit("customer", second, note="乙")
    world.settle()
    assert world.inbox("conflict") == []
