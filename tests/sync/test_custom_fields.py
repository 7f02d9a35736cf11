"""Custom fields that people edit are checked against the type that the mapping declares."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from hub.errors import BadInput
from hub.mapping.schema import MappingSpec
from hub.store.core import mapping
from tests.sync.memory import MemorySystem
from tests.sync.world import World, memory_url

LINES = [
    {"field": "custom.discount", "native": "discount", "type": "decimal"},
    {"field": "custom.since", "native": "since", "type": "date"},
    {"field": "custom.tier", "native": "tier", "type": "enum", "choices": ["gold", "tin"]},
    {"field": "custom.vip", "native": "vip", "type": "bool"},
]


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(memory_url(tmp_path), [MemorySystem("crm")], master="crm")
    with made.db.write() as db:
        row = db.execute(select(mapping)).one()
        spec = row.spec | {"fields": [*row.spec["fields"], *LINES]}
        db.execute(update(mapping).values(spec=spec, hash=MappingSpec.model_validate(spec).version))
    made.systems["crm"].add("customer", name="甲公司", mobile="13800000001")
    made.go_live()
    return made


def edit(world: World, **changes: object) -> None:
    row = world.records()[0]
    custom = {f"custom.{name}": value for name, value in changes.items()}
    world.engine.edit(row.id, custom, who="ada", version=row.version)


def test_values_of_the_declared_type_are_brought_to_their_form_and_sent(world):
    edit(world, discount="0.50", since="2026-01-31", tier="gold", vip=True)
    world.settle()
    sent = next(iter(world.systems["crm"].table("customer").values()))
    assert (sent["discount"], sent["since"], sent["tier"], sent["vip"]) == ("0.5", "2026-01-31", "gold", True)


@pytest.mark.parametrize(
    ("name", "value"),
    [("discount", "much"), ("since", "31.1.2026"), ("tier", "silver"), ("vip", "yes"), ("discount", 0.5)],
)
def test_another_type_is_refused_with_field_value_and_fix_in_both_languages(world, name, value):
    with pytest.raises(BadInput) as refused:
        edit(world, **{name: value})
    assert (refused.value.field, refused.value.value) == (f"custom.{name}", str(value))
    assert f"custom.{name}" in refused.value.text.zh
    assert f"custom.{name}" in refused.value.text.en
    assert f"custom.{name}" not in world.records()[0].data


def test_a_field_that_no_mapping_declares_takes_plain_values_and_may_be_emptied(world):
    edit(world, note="随便")
    edit(world, note=None, tier=None)
    assert world.records()[0].data.get("custom.note") is None
    with pytest.raises(BadInput):
        edit(world, note=1.5)
