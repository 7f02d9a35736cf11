"""Two records merged by a person, and the merge taken back: ids, documents, keys and blanks return; nothing is created twice."""

from pathlib import Path
from typing import Any

import pytest

from hub.errors import BadInput
from hub.store.core import binding, identity_key, merge_log, record
from tests.sync.memory import MemorySystem
from tests.sync.world import World, memory_url


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two customers on both sides; the second has an order and a note that the first lacks."""
    crm, erp = MemorySystem("crm"), MemorySystem("erp")
    made = World(memory_url(tmp_path), [crm, erp], entities=("customer", "order"), master="crm")
    crm.add("customer", name="甲公司", mobile="13800000001")
    second = crm.add("customer", name="乙公司", mobile="13800000002", note="老客户")
    crm.add("order", customer=second, date="2026-11-01", lines=[])
    made.go_live()
    assert made.settle() == 0
    return made


def named(world: World, name: str) -> Any:
    return next(row for row in world.records() if row.data["name"] == name)


def places(world: World, record_id: int) -> set[tuple[int, str, str]]:
    where = (binding.c.record_id == record_id, binding.c.external_id != "")
    return {(row.connection_id, row.external_id, row.role) for row in world.rows(binding, *where)}


def merged(world: World) -> tuple[int, int, int]:
    first, second = named(world, "甲公司").id, named(world, "乙公司").id
    return first, second, world.engine.merge(first, second, who="ada", reason="同一家")


def test_everything_of_the_loser_follows_the_survivor(world):
    first, second, merge_id = merged(world)
    assert len(places(world, first)) == 4
    assert {row.data["customer"] for row in world.records("order")} == {first}
    assert named(world, "甲公司").data["remark"] == "老客户"
    row = world.rows(merge_log, merge_log.c.id == merge_id)[0]
    assert (row.survivor, row.loser, row.who, row.why) == (first, second, "ada", "merged by hand: 同一家")


def test_taking_it_back_restores_both(world):
    before = {name: places(world, named(world, name).id) for name in ("甲公司", "乙公司")}
    first, second, merge_id = merged(world)
    assert world.engine.split(merge_id, who="ada", reason="两家") == second
    assert {"甲公司": places(world, first), "乙公司": places(world, second)} == before
    assert {row.data["customer"] for row in world.records("order")} == {second}
    assert named(world, "甲公司").data.get("remark") is None
    keys = {(row.record_id, row.value) for row in world.rows(identity_key, identity_key.c.kind == "phone")}
    assert len({record_id for record_id, _ in keys}) == 2
    creates = {name: system.creates("customer") for name, system in world.systems.items()}
    world.settle()
    assert {name: system.creates("customer") for name, system in world.systems.items()} == creates
    assert {row.data["name"]: row.data.get("remark") for row in world.records()} == {"甲公司": None, "乙公司": "老客户"}
    assert world.inbox() == []


def test_a_merge_that_came_to_rest_is_taken_back_too_and_edits_flow_again(world):
    first, second, merge_id = merged(world)
    world.settle()
    world.engine.split(merge_id, who="ada")
    world.settle()
    crm = world.systems["crm"]
    key = next(row["id"] for row in crm.table("customer").values() if row["name"] == "乙公司")
    crm.edit("customer", key, level="A")
    world.settle()
    levels = {row["name"]: row.get("level") for row in world.systems["erp"].table("customer").values()}
    assert levels["乙公司"] == "A"
    assert levels["甲公司"] is None
    assert (first, second) == (named(world, "甲公司").id, named(world, "乙公司").id)


def test_a_merge_is_taken_back_once(world):
    _first, _second, merge_id = merged(world)
    world.engine.split(merge_id, who="ada")
    for wrong in (merge_id, merge_id + 1, 999):
        with pytest.raises(BadInput) as refused:
            world.engine.split(wrong, who="ada")
        assert (refused.value.field, refused.value.value) == ("merge", str(wrong))


def test_what_cannot_be_merged_is_named(world):
    first, order = named(world, "甲公司").id, world.records("order")[0].id
    for survivor, loser in ((first, first), (first, order), (first, 99), (order, first)):
        with pytest.raises(BadInput) as refused:
            world.engine.merge(survivor, loser, who="ada")
        assert refused.value.field == "record"
    assert world.rows(record, record.c.state == "merged") == []


def test_a_question_about_a_second_id_is_shown_anew_after_the_record_moved(world):
    """Nothing else reads that row again: without it the person would be refused for ever."""
    first, _second, _merge = merged(world)
    world.settle()
    erp = world.systems["erp"]
    other = next(key for _at, key, role in places(world, first) if role == "alias" and key in erp.table("customer"))
    erp.edit("customer", other, level="B")
    for number in range(3, 6):  # pulls begin behind the row in question now
        erp.add("customer", name=f"客户{number}号", mobile=f"1380000000{number}")
    world.settle()
    (item,) = world.inbox("conflict")
    golden = next(row for row in world.records() if row.id == first)
    world.engine.edit(first, {"level": "C"}, who="ada", version=golden.version)
    with pytest.raises(BadInput, match="changed since"):
        world.engine.resolve(item.id, choice="golden", revision=item.revision, who="ada")
    world.settle()
    (item,) = world.inbox("conflict")
    assert item.data["golden"] == {"level": "C"}
    world.engine.resolve(item.id, choice="golden", revision=item.revision, who="ada")
    world.settle()
    assert world.inbox() == []


def test_a_candidate_that_was_merged_since_stands_for_the_record_it_went_into(world):
    world.systems["erp"].add("customer", name="甲公司", mobile="13900000009")
    world.settle()
    (item,) = world.inbox("possible_duplicate")
    first, second = item.data["candidates"][0], named(world, "乙公司").id
    world.engine.merge(second, first, who="ada")
    world.engine.resolve(item.id, choice="link", value=first, revision=None, who="ada")
    world.settle()
    owners = {row.record_id for row in world.rows(binding)}
    assert owners & {row.id for row in world.rows(record, record.c.state == "merged")} == set()
    assert [row.merged_into for row in world.rows(record, record.c.id == item.record_id)] == [second]
