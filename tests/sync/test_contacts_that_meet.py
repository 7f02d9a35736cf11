"""Two customers turn out to be one: their contacts, until then people of two companies, are compared again."""

from collections.abc import Iterator

import pytest

from hub.store.core import binding, merge_log, record
from tests.sync.memory import MemorySystem
from tests.sync.world import World

PHONE = "13700000001"


@pytest.fixture
def world(any_database_url: str) -> Iterator[World]:
    """One company under two names: 甲公司 in the CRM, 甲（新）公司 in the ERP."""
    crm, erp = MemorySystem("crm", feed=True), MemorySystem("erp", key="number")
    made = World(any_database_url, [crm, erp], entities=("customer", "contact"), master="crm")
    yield made
    made.close()


def company(world: World, at: str, phone: str = "13800000001") -> str:
    return world.systems[at].add("customer", name={"crm": "甲公司"}.get(at, "甲公司"), mobile=phone)


def live(world: World, crm_person: dict[str, str], erp_person: dict[str, str]) -> None:
    """The same name with other phones: a person has to decide about the company, and its people wait."""
    buyers = {"crm": company(world, "crm"), "erp": company(world, "erp", "13900000009")}
    for at, person in (("crm", crm_person), ("erp", erp_person)):
        world.systems[at].add("contact", customer=buyers[at], **person)
    world.go_live()


def link_the_companies(world: World) -> None:
    (item,) = [i for i in world.inbox("possible_duplicate") if i.entity == "customer"]
    world.engine.resolve(item.id, choice="link", revision=None, who="alice")


def people(world: World, at: str) -> list[str]:
    return sorted(str(row["name"]) for row in world.systems[at].table("contact").values())


def test_the_same_name_and_phone_is_one_person(world: World) -> None:
    live(world, {"name": "王芳", "mobile": PHONE}, {"name": "王芳", "mobile": PHONE, "job": "采购"})
    assert len(world.records("contact")) == 2
    link_the_companies(world)
    world.settle()
    (person,) = world.records("contact")
    assert person.data["title"] == "采购", "what only one of them knew is kept"
    assert (people(world, "crm"), people(world, "erp")) == (["王芳"], ["王芳"])
    assert [row.entity for row in world.rows(merge_log)] == ["customer", "contact"]
    assert world.inbox() == []
    assert world.settle() == 0


def test_the_same_name_alone_is_a_question_and_is_created_nowhere(world: World) -> None:
    live(world, {"name": "王芳", "mobile": PHONE}, {"name": "王芳"})
    link_the_companies(world)
    world.settle()
    (item,) = world.inbox("possible_duplicate")
    assert item.entity == "contact"
    assert "王芳" in item.zh
    assert "王芳" in item.en
    assert (people(world, "crm"), people(world, "erp")) == (["王芳"], ["王芳"])
    world.engine.resolve(item.id, choice="link", revision=None, who="alice")
    world.settle()
    assert (people(world, "crm"), people(world, "erp")) == (["王芳"], ["王芳"])
    assert (len(world.records("contact")), world.inbox()) == (1, [])


def test_kept_apart_they_are_created_at_each_other_s_system(world: World) -> None:
    live(world, {"name": "王芳", "mobile": PHONE}, {"name": "王芳"})
    link_the_companies(world)
    world.settle()
    (item,) = world.inbox("possible_duplicate")
    world.engine.resolve(item.id, choice="separate", revision=None, who="alice")
    world.settle()
    assert (people(world, "crm"), people(world, "erp")) == (["王芳"] * 2, ["王芳"] * 2)


def test_other_people_stay_other_people(world: World) -> None:
    live(world, {"name": "王芳", "mobile": PHONE}, {"name": "李雷", "mobile": "13700000002"})
    link_the_companies(world)
    world.settle()
    assert (people(world, "crm"), people(world, "erp")) == (["李雷", "王芳"], ["李雷", "王芳"])
    assert world.inbox() == []


def test_two_rows_of_one_system_are_never_linked_without_a_person(world: World) -> None:
    crm = world.systems["crm"]
    for number in (1, 2):
        buyer = crm.add("customer", name=f"分公司{number}号{number * 7919}", mobile=f"1380000001{number}")
        crm.add("contact", customer=buyer, name="王芳", mobile=PHONE)
    world.go_live()
    first, second = sorted(crm.table("customer"))
    moved = max(crm.table("contact"))
    crm.edit("contact", moved, customer=first)
    crm.remove("customer", second, merged_into=first)
    world.pull("crm")
    (item,) = world.inbox("possible_duplicate")
    assert item.entity == "contact"
    assert len(crm.table("contact")) == 2
    assert len(world.rows(record, record.c.entity == "contact", record.c.state == "live")) == 2
    assert {row.state for row in world.rows(binding, binding.c.entity == "contact")} <= {"linked", "wanted"}
