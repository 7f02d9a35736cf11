"""ENGINE section 8 for stages: another wanted stage moves documents that exist only where the admin says so, from counts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.setup import authority
from hub.setup.flows import FlowChange
from hub.setup.rebase import Mode
from hub.store.core import audit, binding
from tests.sync.memory import MemorySystem
from tests.sync.test_mapping_change import Needs
from tests.sync.world import World, memory_url

STAGES = ("saved", "submitted", "audited")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two orders that the hub wrote to the ERP and left saved, and one that somebody entered there."""
    crm, erp = MemorySystem("crm"), MemorySystem("erp", key="number", stages=STAGES)
    made = World(memory_url(tmp_path), [crm, erp], entities=("customer", "order"), master="crm")
    made.set_flow("erp", "order", wanted_stage="saved")
    made.set_flow("crm", "order", create=False)
    buyer = crm.add("customer", name="甲公司", mobile="13800000001")
    for number in range(2):
        crm.add("order", customer=buyer, date="2026-11-01", tag=f"O{number}", lines=[])
    made.go_live()
    erp.add("order", customer=next(iter(erp.table("customer"))), date="2026-11-02", tag="theirs", lines=[])
    made.settle()
    assert stages(made) == {"O0": "saved", "O1": "saved", "theirs": "saved"}
    yield made
    made.close()


def stages(world: World) -> dict[str, str]:
    return {row["tag"]: row["stage"] for row in world.systems["erp"].table("order").values()}


def set_stage(world: World, stage: str, mode: Mode) -> None:
    change = FlowChange(wanted_stage=stage)
    authority.change_flow(Needs(world), world.flows[("erp", "order")], change, mode, who="ada")


def test_the_preview_counts_what_is_behind_and_writes_nothing(world: World) -> None:
    flow_id, change = world.flows[("erp", "order")], FlowChange(wanted_stage="audited")
    found = authority.preview_change(Needs(world), flow_id, change, "push")
    assert found.fields == {"erp": {"stage": 2}}
    assert found.counts["erp"]["due"] == 2
    assert found.lines == {"erp": {"stage": ["saved", "audited"]}}
    assert [(s["field"], s["before"], s["after"]) for s in found.samples] == [("stage", "saved", "audited")] * 2
    later = authority.preview_change(Needs(world), flow_id, change, "future")
    assert (later.fields, later.counts["erp"]["due"]) == ({"erp": {"stage": 2}}, 0)
    assert world.settle() == 0
    assert set(stages(world).values()) == {"saved"}


def test_by_itself_it_holds_for_the_future_only(world: World) -> None:
    set_stage(world, "audited", "future")
    assert world.rows(binding, binding.c.due_at.is_not(None)) == []
    crm = world.systems["crm"]
    crm.add("order", customer=next(iter(crm.table("customer"))), date="2026-11-03", tag="new", lines=[])
    world.settle()
    assert stages(world) == {"O0": "saved", "O1": "saved", "theirs": "saved", "new": "audited"}


def test_where_the_admin_says_so_existing_documents_go_on(world: World) -> None:
    set_stage(world, "audited", "push")
    assert len(world.rows(binding, binding.c.due_at.is_not(None))) == 2
    world.settle()
    assert stages(world) == {"O0": "audited", "O1": "audited", "theirs": "saved"}, "theirs is theirs to submit"
    assert world.settle() == 0
    noted = [row.data for row in world.rows(audit, audit.c.action == "flow.reconcile")]
    assert noted[-1]["fields"] == {"erp": {"stage": 2}}


def test_what_is_further_is_never_taken_back(world: World) -> None:
    set_stage(world, "audited", "push")
    world.settle()
    set_stage(world, "saved", "push")
    assert world.settle() == 0
    assert stages(world) == {"O0": "audited", "O1": "audited", "theirs": "saved"}


def test_before_its_release_nothing_is_due(world: World) -> None:
    world.set_flow("erp", "order", released_at=None)
    set_stage(world, "submitted", "push")
    assert world.rows(binding, binding.c.due_at.is_not(None)) == []


def test_what_was_not_created_yet_takes_the_new_stage(world: World) -> None:
    crm, erp = world.systems["crm"], world.systems["erp"]
    erp.reject = lambda row: "资料不全" if row.get("tag") == "late" else ""
    crm.add("order", customer=next(iter(crm.table("customer"))), date="2026-11-03", tag="late", lines=[])
    world.settle()
    set_stage(world, "submitted", "future")
    erp.reject = lambda _row: ""
    (item,) = world.inbox("rejected")
    world.engine.replay(item.id, who="ada")
    world.settle()
    assert stages(world)["late"] == "submitted"
