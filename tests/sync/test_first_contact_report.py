"""ENGINE section 5: what first contact found, in one report, before and after the release; settled by field for either side."""

from pathlib import Path

import pytest

from hub.errors import BadInput
from hub.setup import firstcontact
from tests.sync.memory import MemorySystem
from tests.sync.test_mapping_change import Needs, golden
from tests.sync.world import World, memory_url

TAX = "91330106MA27XW8D2L"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Both sides hold 甲 (levels differ, a note only there) and 乙 (a manual field differs); each holds one that the other lacks."""
    crm, erp = MemorySystem("crm"), MemorySystem("erp")
    made = World(memory_url(tmp_path), [crm, erp], master="crm")
    crm.add("customer", name="甲公司", mobile="13800000001", level="A", industry="钢")
    erp.add("customer", name="甲公司", mobile="13800000001", level="B", note="老客户", industry="钢")
    crm.add("customer", name="乙公司", mobile="13800000002", level="A", note="只在中枢")
    erp.add("customer", name="乙公司", mobile="13800000002", level="A", industry="铁", note=None)
    crm.add("customer", name="丙公司", mobile="13800000003")
    erp.add("customer", name="丁公司", mobile="13800000004")
    erp.add("customer", name="甲公司", mobile="13900000009")
    for name in ("crm", "erp"):
        made.pull(name, full=True)
    return made


def report(world: World, system: str = "erp") -> firstcontact.Report:
    return firstcontact.report(Needs(world), world.engine, world.flows[(system, "customer")])


def settle(world: World, field: str, side: firstcontact.Side) -> object:
    flow_id = world.flows[("erp", "customer")]
    return firstcontact.settle(Needs(world), world.engine, flow_id, field, side, who="ada")


def test_the_report_counts_what_was_read_linked_and_missing(world):
    found = report(world)
    assert found.read["counts"]["fetched"] == 4
    assert (found.both, dict(found.linked_by)) == (2, {"name+phone": 2})
    assert (found.only_here, [row["title"] for row in found.only_here_samples]) == (1, ["丙公司"])
    assert "丁公司" in [row["title"] for row in found.only_there_samples]
    assert found.duplicates["count"] == 1
    assert found.release == world.engine.release_counts(world.flows[("erp", "customer")])


def test_differences_come_by_field_with_both_values_and_who_wins(world):
    fields = report(world).fields
    level = fields["level"]
    assert (level.differ, level.wins) == (1, "hub")
    assert level.samples[0] | {"record": 0} == {
        "record": 0, "title": "甲公司", "golden": "A", "remote": "B", "wins": "hub",
    }  # fmt: skip
    assert (fields["remark"].filled, fields["remark"].blank_there) == (1, 1)
    assert fields["industry"].filled == 1


def test_the_report_is_json_and_reads_nothing_at_the_vendor(world):
    calls = world.writes()
    shown = report(world).as_json()
    assert list(shown["fields"]) == sorted(shown["fields"])
    assert shown["linked_by"] == {"name+phone": 2}
    assert world.writes() == calls


def test_the_other_side_may_be_chosen_for_one_field_in_bulk(world):
    preview = firstcontact.preview_settle(Needs(world), world.flows[("erp", "customer")], "level", "remote")
    assert preview.fields == {"erp": {"level": 1}}
    assert settle(world, "level", "remote").fields == {"erp": {"level": 1}}
    for name in ("crm", "erp"):
        world.release(name)
    world.settle()
    assert golden(world, "level")["甲公司"] == "B"
    levels = {row["mobile"]: row.get("level") for row in world.systems["crm"].table("customer").values()}
    assert levels["13800000001"] == "B"


def test_the_hubs_side_goes_out_with_the_release(world):
    assert settle(world, "level", "hub").fields == {"erp": {"level": 1}}
    world.release("erp")
    world.settle()
    assert [row["level"] for row in world.systems["erp"].table("customer").values() if row["mobile"][-1] == "1"] == [
        "A"
    ]


def test_after_the_release_the_report_says_what_first_contact_filled(world):
    for name in ("crm", "erp"):
        world.release(name)
    world.settle()
    found = report(world)
    assert found.released_at is not None
    assert found.fields["remark"].filled == 1
    assert "level" not in found.fields
    assert found.release == {"due": 0, "wanted": 0}


def test_an_unread_flow_says_why_it_cannot_be_released(tmp_path):
    empty = World(memory_url(tmp_path), [MemorySystem("crm")], master="crm")
    found = report(empty, "crm")
    assert (found.read, found.release["due"]) == ({}, None)
    assert "--full" in found.release["en"]


@pytest.mark.parametrize(("field", "side", "wrong"), [("nix", "hub", "field"), ("level", "both", "side")])
def test_what_cannot_be_settled_is_named(world, field, side, wrong):
    with pytest.raises(BadInput) as refused:
        settle(world, field, side)
    assert refused.value.field == wrong
