"""The guards of tests/guards.py see what they are there for, and let through what the hub does."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.databases import sqlite_at
from tests.guards import GUARDS
from tests.sync.memory import MemorySystem
from tests.sync.world import World, memory_url

WRONG: dict[str, str] = {
    "a binding changed without its version": "UPDATE binding SET record_id = 2 WHERE id = 1",
    "a binding's version went back": "UPDATE binding SET version = 0 WHERE id = 1",
    "an alias or a tombstone is due": "UPDATE binding SET role = 'alias', version = 9, due_at = 1 WHERE id = 1",
    "a read, a write or a lease of a binding went back": "UPDATE binding SET read_seq = -1 WHERE id = 1",
    "the key of something that exists at the vendor changed": "UPDATE binding SET key = 'X' WHERE id = 1",
    "a record changed without its version": "UPDATE record SET data = '{}' WHERE id = 1",
    "a record's version went back": "UPDATE record SET version = 0 WHERE id = 1",
    "an intent that was over lives again": "UPDATE intent SET state = 'open' WHERE id = 1",
    "an inbox item that was over is open again": "UPDATE inbox_item SET state = 'open' WHERE id = 1",
    "a lease of a flow went back": "UPDATE flow SET fence = fence - 1 WHERE id = 1",
    "a read mark went back": "UPDATE read_mark SET seq = seq - 1",
}


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A database in which something has happened to every table that is guarded."""
    folder = tmp_path_factory.mktemp("guards")
    world = World(memory_url(folder), [MemorySystem("crm"), MemorySystem("erp")], master="crm")
    world.systems["crm"].add("customer", name="甲公司", mobile="13800000001")
    world.go_live()
    for side, industry in (("crm", "茶"), ("erp", "酒")):
        (key,) = world.systems[side].table("customer")
        world.systems[side].edit("customer", key, industry=industry)
    world.pull("crm")
    world.pull("erp")
    (item,) = world.inbox("conflict")
    world.engine.resolve(item.id, choice="golden", revision=None, who="ada")
    world.settle()
    yield world
    world.close()


@pytest.mark.parametrize("text_of", GUARDS)
def test_a_guard_sees_what_it_is_there_for(used: Any, text_of: str) -> None:
    with pytest.raises(IntegrityError, match=text_of), used.db.write() as db:
        db.execute(text(WRONG[text_of]))


def test_other_databases_are_as_the_product_makes_them(tmp_path: Path) -> None:
    """The guard stands on connections: nothing of it is in the file."""
    db = sqlite_at(tmp_path / "hub.db")
    with db.read() as tx:
        assert tx.scalar(text("SELECT count(*) FROM main.sqlite_master WHERE type = 'trigger'")) == 0
    db.close()
