"""A vendor answers "not there" to a create: the record itself cannot be meant, so a person hears of it (an applicant who left, say)."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from hub.connector.contract import Write, WriteOutcome
from hub.errors import RecordGone
from tests.sync.memory import MemorySystem
from tests.sync.wire import MemoryClient
from tests.sync.world import World

NOBODY = "成员不存在或已离职"


@pytest.fixture
def world(any_database_url: str) -> Iterator[World]:
    crm, erp = MemorySystem("crm"), MemorySystem("erp", key="number")
    made = World(any_database_url, [crm, erp], master="crm")
    erp.add("customer", name="早就有的公司", mobile="13900000000")
    made.go_live()
    yield made
    made.close()


def gone(row: Any) -> RecordGone | None:
    return RecordGone(NOBODY, "no such member") if "甲公司" in str(row) else None


def one_by_one(given: Any) -> Any:
    def _one(self: MemoryClient, entity: str, write: Write, *, create: bool) -> WriteOutcome:
        return (gone(write.data) if create else None) or given(self, entity, write, create=create)

    return _one


def whole_call(given: Any) -> Any:
    def create(self: MemoryClient, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        for write in writes:
            if error := gone(write.data):
                raise error
        done: Sequence[WriteOutcome] = given(self, entity, writes)
        return done

    return create


@pytest.mark.parametrize(("name", "spoil"), [("_one", one_by_one), ("create", whole_call)])
def test_a_create_that_is_gone_waits_for_a_person_and_the_others_are_written(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, spoil: Any
) -> None:
    with monkeypatch.context() as spoiled:
        spoiled.setattr(MemoryClient, name, spoil(getattr(MemoryClient, name)))
        for company in ("甲公司", "乙公司", "丙公司"):
            world.systems["crm"].add("customer", name=company, mobile=f"138000{ord(company[0]):05}")
        world.settle()
        (item,) = world.inbox("rejected")
        assert NOBODY in item.zh
        assert "甲公司" in item.zh
        assert "处理：" in item.zh
        assert sorted(names(world)) == ["丙公司", "乙公司", "早就有的公司"]
    world.engine.replay(item.id, who="alice")
    world.settle()
    assert world.inbox() == []
    assert sorted(names(world)) == ["丙公司", "乙公司", "早就有的公司", "甲公司"]


def names(world: World) -> list[str]:
    return [row["name"] for row in world.systems["erp"].table("customer").values()]
