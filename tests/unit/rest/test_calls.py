"""Calls that the shipped manifests do not use: upsert, scans, several ids at once, an order by modified time."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.rest.loading import manifest_of
from connectors.rest.times import START, parsed, written
from hub.connector.contract import Write, Written
from hub.connector.link import Link
from hub.errors import BadInput, Unreachable
from tests.unit.rest.vendor import Asked, Vendor, client, ids, system

NOW = datetime(2026, 11, 22, 2, 3, 4, 567000, tzinfo=UTC)
UPSERT = {
    "request": {"method": "PUT", "path": "things", "query": {"match": "hub_key={key}"}, "body": {"data": "{data}", "t": "{transaction}"}},
    "id": "data.id",
}  # fmt: skip


class Table:
    """Rows by hub_key: an upsert changes the one that has the key, or makes it."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.transactions: list[str] = []

    def answer(self, asked: Asked) -> Any:
        if asked.method == "GET":
            return {"data": list(self.rows.values())}
        key = asked.query["match"].removeprefix("hub_key=")
        row = self.rows.setdefault(key, {"id": f"i{len(self.rows) + 1}"})
        row |= asked.json["data"]
        self.transactions.append(asked.json["t"])
        return {"data": row}


@pytest.fixture
def table() -> Iterator[tuple[Table, Vendor]]:
    made = Table()
    with Vendor(pager=made.answer) as vendor:
        yield made, vendor


def test_an_upsert_twice_makes_one_record(table: tuple[Table, Vendor]) -> None:
    rows, vendor = table
    made = system(entities={"customer": {"key": "hub_key", "find": "scan", "upsert": UPSERT}})
    opened = client(made, vendor.url)
    first = opened.create("customer", [Write("HUB-1", {"name": "甲"})])[0]
    again = opened.create("customer", [Write("HUB-1", {"name": "甲"})])[0]
    assert isinstance(first, Written)
    assert first == again
    assert len(rows.rows) == 1
    assert rows.transactions[0] == rows.transactions[1]
    assert opened.update("customer", [Write("HUB-1", {"name": "乙"}, id=first.id)]) == [first]
    opened.create("customer", [Write("HUB-2", {"name": "丙"})])
    assert [row.id for row in opened.find("customer", Write("HUB-1", {}))] == [first.id]
    assert opened.find("customer", Write("HUB-3", {})) == []
    assert set(opened.read("customer", [first.id, "i9"])) == {first.id}
    assert manifest_of(made).entities["customer"].can == ("pull", "read", "find", "create", "update")


def test_a_find_that_the_vendor_ignores_finds_nothing_wrong() -> None:
    find = {"request": {"path": "things", "query": {"k": "{key}"}}, "rows": "data"}
    everything = {"data": [{"id": 1, "hub_key": "HUB-1"}, {"id": 2, "hub_key": "HUB-2"}, {"id": 3}]}
    with Vendor(pager=lambda _asked: everything) as vendor:
        opened = client(system(entities={"customer": {"key": "hub_key", "find": find}}), vendor.url)
        assert [row.id for row in opened.find("customer", Write("HUB-2", {}))] == ["2"]


def test_several_ids_go_into_one_call() -> None:
    read = {
        "request": {"path": "things", "query": {"f": {"$json": {"id": {"in": "{ids}"}}}}},
        "rows": "data",
        "batch": 3,
    }

    def answer(asked: Asked) -> Any:
        return {
            "data": [{"id": one} for one in json.loads(asked.query["f"])["id"]["in"] if one != "4"] + [{"id": "99"}]
        }

    with Vendor(pager=answer) as vendor:
        opened = client(system(entities={"customer": {"read": read}}), vendor.url)
        assert set(opened.read("customer", ["1", "2", "3", "4", "5"])) == {"1", "2", "3", "5"}
        assert len(vendor.asked) == 2


def by_time(asked: Asked) -> Any:
    since = asked.query.get("since", "")
    after = json.loads(asked.query.get("after", '["", 0]'))
    rows = [{"id": n, "at": f"2026-11-2{n // 4}T00:00:0{n % 4}.000Z"} for n in range(1, 10)]
    fit = [row for row in rows if [row["at"], row["id"]] > after and str(row["at"]) >= since]
    return {"data": fit[:4]}


def timed() -> Any:
    listed = {
        "changed": {"query": {"since": "{since}"}},
        "order": "modified",
        "paging": {
            "kind": "keyset", "columns": ["at", "id"], "size": 4,
            "after": {"query": {"after": {"$json": ["{after_1}", "{after_2}"]}}},
        },
    }  # fmt: skip
    return system(entities={"customer": {"modified": "at", "list": listed}})


def test_a_pull_that_broke_off_goes_on_where_it_was() -> None:
    broken = False

    def answer(asked: Asked) -> Any:
        return (502, {}, {}) if broken and "after" in asked.query else by_time(asked)

    with Vendor(pager=answer) as vendor:
        opened = client(timed(), vendor.url, Link(now=lambda: NOW, timeout_s=5))
        broken = True
        pages = opened.pull("customer", None)
        first = next(pages)
        assert first.checkpoint is not None
        assert first.checkpoint["since"] == "2026-11-21T00:00:00+00:00"
        with pytest.raises(Unreachable):
            next(pages)
        broken = False
        rest = [row.id for page in opened.pull("customer", first.checkpoint) for row in page.rows]
        assert {row.id for row in first.rows} | set(rest) == {str(n) for n in range(1, 10)}
        assert ids(opened) == [str(n) for n in range(1, 10)]


def test_an_entity_that_is_not_there_is_named() -> None:
    with pytest.raises(BadInput, match="order"):
        client(system(), "http://127.0.0.1:9").read("order", ["1"])


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("iso", "2026-11-22T02:03:04Z"),
        ("iso_ms", "2026-11-22T02:03:04.567Z"),
        ("local", "2026-11-22 10:03:04"),
        ("ms", 1795312984567),
        ("s", 1795312984),
    ],
)
def test_times_in_every_form(form: Any, text: Any) -> None:
    assert written(NOW, form, "Asia/Shanghai") == text
    back = parsed(text, form, "Asia/Shanghai")
    assert back is not None
    assert timedelta(0) <= NOW - back < timedelta(seconds=1)
    assert parsed("soon", form, "Asia/Shanghai") is None
    assert START.tzinfo is UTC
