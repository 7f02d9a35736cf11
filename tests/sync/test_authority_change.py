"""ENGINE section 8: a change of whose word counts marks nothing by itself; the admin picks from counts with samples."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from hub.errors import BadInput
from hub.setup import authority
from hub.setup.effects import Activation
from hub.setup.flows import FlowChange
from hub.setup.rebase import Mode
from hub.store.core import audit, binding, flow
from tests.sync.memory import MemorySystem
from tests.sync.test_mapping_change import Needs, activate, golden, line, of
from tests.sync.world import World, memory_url

ERP = [("甲公司", "A", "x"), ("乙公司", "B", "y")]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two customers on both sides. crm is the master; erp was only read, so its levels and notes differ still."""
    crm, erp = MemorySystem("crm"), MemorySystem("erp")
    made = World(memory_url(tmp_path), [crm, erp], master="crm")
    for number, (name, level, note) in enumerate(ERP):
        crm.add("customer", name=name, mobile=f"1380000000{number}", level=level, note="旧")
        erp.add("customer", name=name, mobile=f"1380000000{number}", level=level, note=note)
    made.set_flow("erp", "customer", push=False)
    for name in ("crm", "erp"):
        made.pull(name, full=True)
    made.release("crm")
    made.set_flow("erp", "customer", released_at=made.now)
    assert made.settle() == 0
    assert golden(made, "remark") == {"甲公司": "旧", "乙公司": "旧"}
    return made


def set_flow(world: World, system: str, mode: Mode, **values: Any) -> Activation:
    return authority.change_flow(Needs(world), world.flows[(system, "customer")], FlowChange(**values), mode, who="ada")


def notes(world: World, system: str) -> dict[str, Any]:
    return {row["name"]: row["note"] for row in world.systems[system].table("customer").values()}


def test_a_new_master_marks_nothing_by_itself(world):
    assert set_flow(world, "erp", "future", master=True).counts == {}
    assert world.rows(binding, binding.c.reread | binding.c.due_at.is_not(None)) == []
    assert world.settle() == 0
    assert notes(world, "crm") == {"甲公司": "旧", "乙公司": "旧"}


def test_the_preview_counts_by_field_with_both_values_and_writes_nothing(world):
    flow_id = world.flows[("erp", "customer")]
    found = authority.preview_change(Needs(world), flow_id, FlowChange(master=True), "pull")
    assert found.counts["erp"] == {"linked": 2, "reread": 2, "due": 0, "changed": 2}
    assert found.fields == {"crm": {}, "erp": {"remark": 2}}
    sample = next(one for one in found.samples if one["title"] == "甲公司")
    assert (sample["connection"], sample["field"], sample["before"], sample["after"]) == ("erp", "remark", "旧", "x")
    assert [row.master for row in world.rows(flow)] == [True, False]
    assert world.rows(binding, binding.c.reread) == []


def test_reading_in_takes_the_new_masters_values_and_sends_them_on(world):
    done = set_flow(world, "erp", "pull", master=True)
    assert done.fields["erp"] == {"remark": 2}
    world.settle()
    assert golden(world, "remark") == {"甲公司": "x", "乙公司": "y"}
    assert notes(world, "crm") == {"甲公司": "x", "乙公司": "y"}
    assert world.inbox() == []
    assert world.settle() == 0


def test_sending_out_gives_the_masters_values_to_the_one_that_differs(world):
    world.set_flow("erp", "customer", push=True)
    with world.db.write() as db:
        db.execute(update(flow).values(master=False))
    found = set_flow(world, "crm", "push", master=True)
    assert found.counts["erp"]["due"] == 2
    assert found.counts["crm"]["due"] == 0
    world.settle()
    assert notes(world, "erp") == {"甲公司": "旧", "乙公司": "旧"}
    assert golden(world, "remark") == {"甲公司": "旧", "乙公司": "旧"}


def test_opening_a_direction_reads_or_sends_only_when_picked(world):
    assert set_flow(world, "erp", "future", push=True).fields == {}
    assert world.settle() == 0
    set_flow(world, "erp", "future", push=False)
    assert set_flow(world, "erp", "push", push=True).fields["erp"] == {"remark": 2}
    world.settle()
    assert notes(world, "erp") == {"甲公司": "旧", "乙公司": "旧"}


def test_a_new_owner_of_one_field_in_the_mapping_counts_that_field_only(world):
    world.systems["erp"].edit("customer", of(world, "erp", "甲公司")["id"], level="Z")
    world.set_flow("erp", "customer", pull=False)

    def own_the_note(spec: dict[str, Any]) -> None:
        line(spec, "remark")["owner"] = "erp"

    world.set_flow("erp", "customer", pull=True)
    found = activate(world, "erp", own_the_note, mode="pull")
    assert found.lines["authority"] == ["remark"]
    assert found.fields == {"erp": {"remark": 2}}
    world.settle()
    assert golden(world, "remark") == {"甲公司": "x", "乙公司": "y"}


def test_a_new_owner_for_the_future_settles_only_later_edits(world):
    def own_the_note(spec: dict[str, Any]) -> None:
        line(spec, "remark")["owner"] = "erp"

    assert activate(world, "erp", own_the_note, mode="future").fields == {"erp": {}}
    assert world.settle() == 0
    assert golden(world, "remark") == {"甲公司": "旧", "乙公司": "旧"}


def test_what_was_picked_stands_in_the_audit(world):
    set_flow(world, "erp", "pull", master=True)
    with world.db.read() as db:
        rows = {row.action: row for row in db.execute(select(audit))}
    assert rows["flow.set"].data == {"master": True}
    assert rows["flow.reconcile"].target == "erp.customer"
    assert rows["flow.reconcile"].data["fields"]["erp"] == {"remark": 2}


def test_an_unknown_mode_is_refused_before_anything_is_written(world):
    with pytest.raises(BadInput) as refused:
        set_flow(world, "erp", "later", master=True)  # a word that is no mode
    assert (refused.value.field, refused.value.value) == ("mode", "later")
    assert [row.master for row in world.rows(flow)] == [True, False]
