"""Values that no vendor should send, and some do: one such row never stops the others of its page (I13)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sync.memory import MemorySystem
from tests.sync.world import World

ODD: dict[str, Any] = {
    "a NUL": "甲\x00乙",
    "half an emoji": "甲\ud83d乙",
    "other control characters": "甲\x01\x1f\x7f\u2028\ufeff乙",
    "an emoji of many parts": "👨‍👩‍👧‍👦" * 10,
    "a very long text": "长" * 200_000,
    "a list": ["甲", {"乙": 1}],
    "an object": {"甲": {"乙": None}},
    "a large integer": 10**40,
    "a float": 1.5,
    "truth": True,
    "NaN": "NaN",
    "infinity": "-Infinity",
    "an exponent": "1e999999",
    "blanks": " \u3000\t ",
    "a bidirectional override": "\u202e公司\u202c",
}
FIELDS = ("name", "mobile", "note", "tax", "level", "bank")
LINE_FIELDS = ("what", "qty", "price", "memo")


@pytest.fixture
def world(any_database_url: str) -> Iterator[World]:
    crm, erp = MemorySystem("crm"), MemorySystem("erp")
    made = World(any_database_url, [crm, erp], entities=("customer", "order"), master="crm")
    made.go_live()
    yield made
    made.close()


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_value_in_a_field_stops_nobody_else(world: World, odd: str) -> None:
    crm, erp = world.systems["crm"], world.systems["erp"]
    for number, field in enumerate(FIELDS):
        row = {"name": f"客户{number}号{number * 7919}", "mobile": f"{13900000000 + number}"}
        crm.add("customer", **{**row, field: ODD[odd]})
    good = crm.add("customer", name="好公司", mobile="13800000001")
    world.settle()
    assert "好公司" in {row.get("name") for row in erp.table("customer").values()}
    buyer = {"customer": good, "date": "2026-11-01"}
    for number, field in enumerate(LINE_FIELDS):
        lines = [{"what": "茶", "qty": "1", "price": "2", field: ODD[odd]}]
        crm.add("order", **buyer, tag=f"O{number}", lines=lines)
    crm.add("order", customer=ODD[odd], date="2026-11-01", tag="whose", lines=[])
    crm.add("order", customer=good, date=ODD[odd], tag="when", lines=[])
    crm.add("order", **buyer, tag="odd note", lines=[], note=ODD[odd])
    crm.add("order", **buyer, tag="good", lines=[{"what": "茶", "qty": "1", "price": "2"}])
    world.settle()
    assert "good" in {row["tag"] for row in erp.table("order").values()}
    assert world.settle() == 0
    assert world.pull("crm", full=True).state == "ok"
    assert world.settle() == 0


def test_lines_that_share_an_id_are_not_lost(world: World) -> None:
    crm, erp = world.systems["crm"], world.systems["erp"]
    buyer = crm.add("customer", name="好公司", mobile="13800000001")
    twice = [{"lid": "1", "what": what, "qty": "1", "price": "2"} for what in ("茶", "酒")]
    key = crm.add("order", customer=buyer, date="2026-11-01", tag="O1", lines=twice)
    world.settle()
    for note in ("一", "二"):
        crm.edit("order", key, note=note)
        world.settle()
        (row,) = erp.table("order").values()
        assert (sorted(line["what"] for line in row["lines"]), row["note"]) == (["茶", "酒"], note)


def test_ten_thousand_lines(world: World) -> None:
    crm, erp = world.systems["crm"], world.systems["erp"]
    buyer = crm.add("customer", name="好公司", mobile="13800000001")
    lines = [{"what": f"茶{n}", "qty": str(n % 7), "price": "-0.01"} for n in range(10_000)]
    key = crm.add("order", customer=buyer, date="2026-11-01", tag="O1", lines=lines)
    world.settle()
    crm.edit_line("order", key, crm.table("order")[key]["lines"][5_000]["lid"], memo="改过")
    world.settle()
    (row,) = erp.table("order").values()
    assert (len(row["lines"]), row["lines"][5_000]["memo"]) == (10_000, "改过")
