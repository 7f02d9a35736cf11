"""ENGINE section 8 on the real engine: what activating a mapping version does, and above all what it does not."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.connector import Connector
from hub.mapping.source import read_mapping
from hub.setup import activation, mappings
from hub.setup.rebase import Mode
from hub.store.database import Database
from hub.store.secrets import SecretBox
from tests.sync.memory import MemorySystem
from tests.sync.world import World, memory_url, spec_of


@dataclass
class Needs:
    """What the use-cases ask for, taken from a world."""

    world: World

    @property
    def db(self) -> Database:
        return self.world.db

    @property
    def secrets(self) -> SecretBox:
        return self.world.clients.secrets

    @property
    def connectors(self) -> Mapping[str, Connector]:
        return self.world.connectors

    def now(self) -> datetime:
        return self.world.now


def activate(
    world: World, system: str, change: Callable[[dict[str, Any]], None], *, mode: Mode, entity: str = "customer"
) -> activation.Activation:
    """Change the shipped mapping of a system and put it to use."""
    spec = copy.deepcopy(spec_of(system, entity))
    change(spec)
    source = read_mapping(yaml.safe_dump(spec, allow_unicode=True))
    assert source.spec is not None, source.findings
    kept = mappings.save(Needs(world), source, [], who="ada")
    return activation.activate(Needs(world), kept.id, mode, who="ada")


def line(spec: dict[str, Any], field: str) -> dict[str, Any]:
    return next(one for one in spec["fields"] if one["field"] == field)


def lower_level(spec: dict[str, Any]) -> None:
    line(spec, "level")["steps"] = [{"case": {"to": "lower"}}]


def note_elsewhere(spec: dict[str, Any]) -> None:
    line(spec, "remark")["native"] = "memo"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two customers on both sides, at rest; the second has its level in lower case already."""
    crm, erp = MemorySystem("crm"), MemorySystem("erp")
    made = World(memory_url(tmp_path), [crm, erp], master="crm")
    crm.add("customer", name="甲公司", mobile="13800000001", level="A", note="旧")
    crm.add("customer", name="乙公司", mobile="13800000002", level="b", note="旧")
    made.go_live()
    assert made.settle() == 0
    return made


def of(world: World, system: str, name: str) -> dict[str, Any]:
    return next(row for row in world.systems[system].table("customer").values() if row["name"] == name)


def golden(world: World, field: str) -> dict[str, Any]:
    return {row.data["name"]: row.data.get(field) for row in world.records()}


@pytest.mark.parametrize("change", [lower_level, note_elsewhere])
def test_for_the_future_nothing_is_written_and_no_edit_is_imagined(world, change):
    before = golden(world, "level"), golden(world, "remark")
    found = activate(world, "crm", change, mode="future")
    assert found.counts["crm"] == {"linked": 2, "reread": 0, "due": 0, "changed": 0}
    assert world.settle() == 0
    assert (golden(world, "level"), golden(world, "remark")) == before
    assert world.inbox() == []


def test_for_the_future_the_next_edit_goes_the_new_way(world):
    activate(world, "crm", lower_level, mode="future")
    world.systems["crm"].edit("customer", of(world, "crm", "甲公司")["id"], level="C")
    world.settle()
    assert golden(world, "level") == {"甲公司": "c", "乙公司": "b"}
    assert of(world, "erp", "甲公司")["level"] == "c"


def test_reading_in_again_changes_what_the_new_steps_change_and_nothing_else(world):
    found = activate(world, "crm", lower_level, mode="pull")
    assert found.counts["crm"] == {"linked": 2, "reread": 1, "due": 0, "changed": 1}
    assert world.settle() == 1
    assert golden(world, "level") == {"甲公司": "a", "乙公司": "b"}
    assert of(world, "erp", "甲公司")["level"] == "a"
    assert of(world, "crm", "甲公司")["level"] == "A", "what was read is not written back"
    assert world.settle() == 0


def test_reading_in_again_meets_an_edit_of_the_other_side_as_a_conflict_by_policy(world):
    """The hub holds an edit that crm has not been sent yet: both sides changed, and the master's value stands."""
    world.systems["erp"].edit("customer", of(world, "erp", "甲公司")["id"], level="Z")
    world.pull("erp")
    activate(world, "crm", lower_level, mode="pull")
    world.settle()
    assert golden(world, "level")["甲公司"] == "a"
    assert world.settle() == 0


def test_sending_out_again_writes_only_where_the_new_steps_send_something_else(world):
    found = activate(world, "erp", lower_level, mode="push")
    assert found.counts["erp"] == {"linked": 2, "reread": 0, "due": 1, "changed": 0}
    assert found.samples[0]["before"] == "A"
    assert found.samples[0]["after"] == "a"
    assert world.settle() == 1
    assert of(world, "erp", "甲公司")["level"] == "a"
    assert golden(world, "level")["甲公司"] == "A", "the hub keeps its own value"
    assert of(world, "crm", "甲公司")["level"] == "A"
    assert world.settle() == 0


@pytest.mark.parametrize("mode", ["pull", "push"])
def test_a_line_read_from_another_place_is_first_contact(world, mode):
    """Equal is agreed, blank is filled, different is the master's (crm)."""
    world.systems["erp"].edit("customer", of(world, "erp", "乙公司")["id"], bump=False, memo="别的")
    found = activate(world, "erp", note_elsewhere, mode=mode)
    assert found.counts["erp"]["reread"] == 2
    world.settle()
    assert golden(world, "remark") == {"甲公司": "旧", "乙公司": "旧"}
    assert (of(world, "erp", "甲公司")["memo"], of(world, "erp", "乙公司")["memo"]) == ("旧", "旧")
    assert of(world, "erp", "甲公司")["note"] == "旧", "the old place is left alone"
    assert world.settle() == 0


def test_a_new_line_at_the_master_comes_in(world):
    world.systems["crm"].edit("customer", of(world, "crm", "甲公司")["id"], bump=False, city="杭州")

    def with_city(spec: dict[str, Any]) -> None:
        spec["fields"] = [*spec["fields"], {"field": "region.city", "native": "city"}]

    activate(world, "crm", with_city, mode="pull")
    world.settle()
    assert golden(world, "region.city")["甲公司"] == "杭州"


def test_lines_of_a_document_are_sent_again(tmp_path):
    crm, erp = MemorySystem("crm"), MemorySystem("erp")
    world = World(memory_url(tmp_path), [crm, erp], entities=("customer", "order"), master="crm")
    buyer = crm.add("customer", name="丙公司", mobile="13800000003")
    crm.add("order", customer=buyer, date="2026-11-01", lines=[{"what": "Tea", "qty": "3", "price": "10"}])
    world.go_live()

    def upper(spec: dict[str, Any]) -> None:
        next(one for one in spec["rows"]["fields"] if one["field"] == "product_name")["steps"] = [
            {"case": {"to": "upper"}}
        ]

    found = activate(world, "erp", upper, mode="push", entity="order")
    assert found.counts["erp"]["due"] == 1
    world.settle()
    (order,) = erp.table("order").values()
    assert [one["what"] for one in order["lines"]] == ["TEA"]
    assert world.settle() == 0
