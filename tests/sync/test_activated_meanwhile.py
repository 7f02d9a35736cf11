"""A mapping version that is put to use while a run is in hand: what the old version read or sent is no agreement under the new one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.sync.pull import Reader
from tests.sync.memory import MemorySystem
from tests.sync.test_mapping_change import activate, note_elsewhere
from tests.sync.world import World, memory_url


@pytest.fixture
def world(tmp_path: Path) -> World:
    """One customer on both sides, at rest. At the ERP the remark will be read from another place, which holds something else."""
    crm, erp = MemorySystem("crm"), MemorySystem("erp")
    made = World(memory_url(tmp_path), [crm, erp], master="crm")
    crm.add("customer", name="甲公司", mobile="13800000001", note="主")
    made.go_live()
    (key,) = erp.table("customer")
    erp.edit("customer", key, memo="别的")
    assert made.settle() == 0
    return made


def agreed(world: World) -> tuple[Any, Any, Any]:
    """The remark: golden, and at the ERP in its old and its new place."""
    (row,) = world.systems["erp"].table("customer").values()
    return world.records()[0].data["remark"], row["note"], row["memo"]


def before_landing(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    real, todo = Reader._apply, [act]

    def late(reader: Reader, *args: Any) -> Any:
        if todo:
            todo.pop()()
        return real(reader, *args)

    monkeypatch.setattr(Reader, "_apply", late)


def test_a_page_that_was_read_before_lands_by_the_new_version(world, monkeypatch):
    (key,) = world.systems["erp"].table("customer")
    world.systems["erp"].edit("customer", key, level="B")
    before_landing(monkeypatch, lambda: activate(world, "erp", note_elsewhere, mode="future"))
    world.pull("erp")
    world.settle()
    world.pull("erp", full=True)
    world.settle()
    assert agreed(world) == ("主", "主", "主"), "first contact: the master's value wins, and is sent there"


def test_a_write_that_was_sent_before_is_no_agreement_about_the_new_place(world):
    crm, erp = world.systems["crm"], world.systems["erp"]
    (key,) = crm.table("customer")
    crm.edit("customer", key, note="新")
    world.pull("crm")
    erp.edit_before_write.append(lambda: activate(world, "erp", note_elsewhere, mode="future"))
    world.push("erp")
    world.settle()
    world.pull("erp", full=True)
    world.settle()
    golden, _old, new = agreed(world)
    assert (golden, new) == ("新", "新")


def test_a_write_whose_reply_was_lost_is_looked_up_by_the_new_version(world):
    crm, erp = world.systems["crm"], world.systems["erp"]
    (key,) = crm.table("customer")
    crm.edit("customer", key, note="新")
    world.pull("crm")
    erp.faults.before_write = ["commit_then_drop"]
    world.push("erp")
    activate(world, "erp", note_elsewhere, mode="future")
    world.settle()
    world.pull("erp", full=True)
    world.settle()
    golden, _old, new = agreed(world)
    assert (golden, new) == ("新", "新")
