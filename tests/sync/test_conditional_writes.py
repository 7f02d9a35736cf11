"""A vendor that refuses a write decided on an older version: nothing is overwritten, and the next try knows what is there."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from hub.connector.contract import Connector, Remote, Write, WriteOutcome
from hub.errors import RecordLocked
from tests.sync import world as world_module
from tests.sync.memory import MemorySystem
from tests.sync.wire import MemoryClient, connector_of
from tests.sync.world import World


class LockingClient(MemoryClient):
    """The modified time is the version."""

    def _remote(self, entity: str, row: Mapping[str, Any]) -> Remote:
        found = super()._remote(entity, row)
        return replace(found, version=found.modified)

    def _one(self, entity: str, write: Write, *, create: bool) -> WriteOutcome:
        row = self.system.table(entity).get(write.id, {})
        if not create and write.version != str(row.get("modified", "")):
            return RecordLocked("已被修改", "modified meanwhile", after=1)
        return super()._one(entity, write, create=create)


def locking(system: MemorySystem, entities: Any) -> Connector:
    made = connector_of(system, entities)
    if system.name != "erp":
        return made
    strict = {name: one.model_copy(update={"conditional_writes": True}) for name, one in made.manifest.entities.items()}
    return replace(
        made,
        manifest=made.manifest.model_copy(update={"entities": strict}),
        open=lambda _config, _link: LockingClient(system),
    )


@pytest.fixture
def world(any_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(world_module, "connector_of", locking)
    crm, erp = MemorySystem("crm"), MemorySystem("erp", key="number")
    crm.add("customer", name="甲公司", mobile="13800000001")
    made = World(any_database_url, [crm, erp], master="crm")
    made.go_live()
    yield made
    made.close()


def only(world: World, name: str) -> tuple[str, dict[str, Any]]:
    [(key, row)] = world.systems[name].table("customer").items()
    return key, row


def test_both_edits_survive_although_no_pull_came_between(world: World) -> None:
    crm, erp = world.systems["crm"], world.systems["erp"]
    crm.edit("customer", only(world, "crm")[0], name="甲公司（新）")
    world.pull("crm")
    erp.edit("customer", only(world, "erp")[0], mobile="13900000009")
    before = len(erp.calls)
    assert world.push("erp").counts["later"] == 1
    assert only(world, "erp")[1]["name"] == "甲公司"
    world.advance(60)
    assert world.push("erp").counts["updated"] == 1
    assert [call for call in erp.calls[before:] if call.startswith("pull")] == []
    row = only(world, "erp")[1]
    assert (row["name"], row["mobile"]) == ("甲公司（新）", "13900000009")
    assert any("13900000009" in str(record.data) for record in world.records())
    assert world.inbox() == []


def test_what_nobody_moved_is_not_read_before_it_is_written(world: World) -> None:
    crm, erp = world.systems["crm"], world.systems["erp"]
    world.advance(3600)
    crm.edit("customer", only(world, "crm")[0], name="甲公司（新）")
    world.pull("crm")
    before = len(erp.calls)
    assert world.push("erp").counts["updated"] == 1
    assert erp.calls[before] == "update customer", "the vendor's own check makes a read beforehand needless"
