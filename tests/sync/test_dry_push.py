"""A dry push shows payloads and reasons; it writes nothing and calls nobody."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from hub.store.core import attempt, binding, mapping
from tests.sync.memory import MemorySystem
from tests.sync.world import World, memory_url


@pytest.fixture
def world(tmp_path: Path) -> World:
    """One customer on both sides with another level, one that erp lacks."""
    crm, erp = MemorySystem("crm"), MemorySystem("erp")
    made = World(memory_url(tmp_path), [crm, erp], master="crm")
    crm.add("customer", name="甲公司", mobile="13800000001", level="A", bank="工行", account="62220001")
    erp.add("customer", name="甲公司", mobile="13800000001", level="B")
    crm.add("customer", name="乙公司", mobile="13800000002")
    for name in ("crm", "erp"):
        made.pull(name, full=True)
    return made


def preview(world: World, limit: int = 20) -> dict[str, dict[str, Any]]:
    rows = world.engine.preview_push(world.flows[("erp", "customer")], limit=limit)
    return {row["title"]: row for row in rows}


def state(world: World) -> list[Any]:
    return [*world.rows(binding), *world.rows(attempt), world.writes()]


def test_before_the_release_it_shows_what_that_would_send_and_create(world):
    before = state(world)
    rows = preview(world)
    assert {title: row["action"] for title, row in rows.items()} == {"甲公司": "update", "乙公司": "create"}
    assert rows["甲公司"]["payload"]["level"] == "A"
    assert rows["乙公司"]["payload"]["name"] == "乙公司"
    assert state(world) == before


def test_after_the_release_it_shows_what_is_due_and_then_nothing(world):
    world.release("erp")
    assert set(preview(world)) == {"甲公司", "乙公司"}
    assert len(preview(world, limit=1)) == 1
    world.settle()
    assert preview(world) == {}


def test_sensitive_fields_are_masked(world):
    with world.db.write() as db:
        row = db.execute(select(mapping).where(mapping.c.system == "erp")).one()
        fields = [one | ({"sensitive": True} if one["native"] == "account" else {}) for one in row.spec["fields"]]
        spec = row.spec | {"fields": fields}
        db.execute(update(mapping).where(mapping.c.id == row.id).values(spec=spec, hash="other"))
    payload = preview(world)["甲公司"]["payload"]
    assert (payload["bank"], payload["account"]) == ("工行", "***")


def test_a_row_that_would_wait_says_why(world):
    world.systems["erp"].add("customer", name="乙公司", mobile="13900000000")
    world.pull("erp", full=True)
    row = preview(world)["乙公司"]
    assert (row["action"], row["payload"]) == ("hold", None)
    assert "possible duplicate" in row["en"]
