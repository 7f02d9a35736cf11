"""What the delete policy does once a record is surely gone, and what a person takes back."""

from pathlib import Path
from typing import Any

import pytest

from hub.store.core import binding, change, record
from tests.sync.memory import MemorySystem
from tests.sync.world import World, memory_url


@pytest.fixture
def world(tmp_path: Path) -> World:
    crm, erp = MemorySystem("crm"), MemorySystem("erp")
    made = World(memory_url(tmp_path), [crm, erp], master="crm")
    crm.add("customer", name="甲公司", mobile="13800000001")
    made.go_live()
    made.set_flow("erp", "customer", delete_policy="disable")
    return made


def swept(world: World) -> None:
    for _ in range(2):
        world.run("sweep", "erp")
        world.settle()


def the_record(world: World) -> Any:
    return world.rows(record)[0]


def hide(world: World, key: str) -> None:
    world.systems["erp"].hidden.add(key)
    swept(world)


def test_disabling_is_a_version_of_the_record_with_its_reason(world):
    (key,) = world.systems["erp"].table("customer")
    hide(world, key)
    row = the_record(world)
    assert (row.state, row.version) == ("disabled", 2)
    (told,) = world.rows(change, change.c.version == 2)
    assert (told.who, told.why) == ("connection:erp", "deleted there, confirmed by id: disabled")


def test_restoring_it_brings_the_record_back_to_life(world):
    (key,) = world.systems["erp"].table("customer")
    hide(world, key)
    world.systems["erp"].hidden.clear()
    (item,) = world.inbox("gone")
    world.engine.resolve(item.id, choice="restore", revision=None, who="ada")
    world.settle()
    assert (the_record(world).state, world.binding_of("erp", key).state, world.inbox()) == ("live", "linked", [])


def test_a_second_id_that_is_tidied_away_disables_nobody(world):
    """The customer lives on under its first id."""
    first, second = world.records()[0].id, world.systems["erp"].add("customer", name="甲公司分部", mobile="13800000009")
    world.settle()
    other = next(row.id for row in world.records() if row.id != first)
    world.engine.merge(first, other, who="ada")
    world.settle()
    hide(world, second)
    assert (world.binding_of("erp", second).state, world.binding_of("erp", second).role) == ("gone", "alias")
    assert the_record(world).state == "live"
    assert [row.state for row in world.rows(binding, binding.c.role == "primary")] == ["linked", "linked"]


def test_creating_it_anew_brings_the_record_back_to_life(world):
    """It was edited elsewhere while it was being deleted."""
    crm, erp = world.systems["crm"], world.systems["erp"]
    (here,), (there,) = crm.table("customer"), erp.table("customer")
    world.run("sweep", "erp")
    erp.remove("customer", there)
    crm.edit("customer", here, note="改过")
    world.pull("crm")
    for _ in range(2):
        world.run("sweep", "erp")
    (item,) = world.inbox("delete_conflict")
    world.engine.resolve(item.id, choice="recreate", revision=None, who="ada")
    world.settle()
    assert [row["note"] for row in erp.table("customer").values()] == ["改过"]
    assert (the_record(world).state, world.inbox()) == ("live", [])
