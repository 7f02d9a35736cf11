"""Batches whose replies tell what became of each record, and what was deleted, in every form of the vocabulary."""

from typing import Any

import pytest

from connectors.rest.source import read_system
from hub.connector.contract import Write, Written
from hub.connector.link import Link
from hub.errors import BadInput, DuplicateInSystem, HubError, OutcomeUnknown, RecordRejected, Unreachable
from tests.unit.rest.test_manifest import GOOD
from tests.unit.rest.vendor import Asked, Vendor, client, ids, system

CREATE = {"request": {"method": "POST", "path": "things", "body": {"list": "{rows}"}}, "batch": 10}
ORDERED = {"rows": "data", "ok": {"at": "code", "equals": 0}, "id": "id", "code": "code", "message": "msg"}
KEYED = {**ORDERED, "key": "hub"}
FAILED = {"rows": "data.bad", "lists": "failed", "place": "line", "first": 1, "code": "code", "message": "msg"}
RULES = {"rules": [{"code": "D", "means": "duplicate"}]}


def create(each: dict[str, Any], answer: Any, **more: Any) -> list[object]:
    made = system(errors=RULES, entities={"customer": {"create": {**CREATE, "each": each, **more}}})
    with Vendor(pager=lambda _asked: answer) as vendor:
        return list(client(made, vendor.url).create("customer", [Write(f"HUB-{n}", {"n": n}) for n in range(3)]))


def told(outcomes: list[object]) -> list[object]:
    """Ids of good records, names of errors of the others."""
    return [one.id if isinstance(one, Written) else type(one).__name__ for one in outcomes]


GOOD_1 = {"code": 0, "id": 1}
BAD = {"code": 7, "msg": "名称不能为空"}
CASES: list[tuple[str, dict[str, Any], Any, dict[str, Any], list[object]]] = [
    ("in order", ORDERED, [GOOD_1, BAD, {"code": 0, "id": 3}], {}, ["1", "RecordRejected", "3"]),
    ("a rule knows the code", ORDERED, [GOOD_1, {"code": "D"}, {"code": 0, "id": 3}], {}, ["1", "DuplicateInSystem", "3"]),
    ("good without an id", ORDERED, [GOOD_1, {"code": 0}, {"code": 0, "id": 3}], {}, ["1", "OutcomeUnknown", "3"]),
    (
        "by key",
        KEYED,
        [{**BAD, "hub": "HUB-2"}, {**GOOD_1, "hub": "HUB-0"}],
        {},
        ["1", "OutcomeUnknown", "RecordRejected"],
    ),
    ("refused ones by place", FAILED, {"ok": ["a", "c"], "bad": [{**BAD, "line": 2}]}, {"ids": "data.ok"}, ["a", "RecordRejected", "c"]),
    ("none refused", FAILED, {"ok": ["a", "b", "c"]}, {"ids": "data.ok"}, ["a", "b", "c"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("each", "data", "more", "expected"), [case[1:] for case in CASES], ids=[one[0] for one in CASES]
)
def test_each_record_of_a_batch_is_judged_alone(
    each: dict[str, Any], data: Any, more: dict[str, Any], expected: list[object]
) -> None:
    outcomes = create(each, {"data": data}, **more)
    assert told(outcomes) == expected
    for refused in outcomes:
        if isinstance(refused, RecordRejected) and not isinstance(refused, DuplicateInSystem):
            assert "名称不能为空" in refused.text.zh
            assert refused.vendor.code == "7"
            assert refused.remedy is not None


@pytest.mark.parametrize(
    ("each", "data"),
    [
        (ORDERED, [GOOD_1] * 4),
        (ORDERED, [GOOD_1, {"code": 0, "id": 3}]),
        (ORDERED, {}),
        (ORDERED, [1, 2, 3]),
        (KEYED, [{**GOOD_1, "hub": "HUB-9"}]),
        (KEYED, [{**GOOD_1, "hub": "HUB-1"}] * 2),
        (FAILED, {"ok": ["a", "b", "c"], "bad": [{**BAD, "line": 2}]}),
        (FAILED, {"ok": ["a", "b"], "bad": [{**BAD, "line": 0}]}),
        (FAILED, {"ok": ["a", "b"], "bad": [{**BAD, "line": "x"}]}),
        (FAILED, {"ok": ["a", "a"], "bad": [{**BAD, "line": 2}]}),
    ],
)
def test_a_reply_that_does_not_fit_the_batch_proves_nothing(each: dict[str, Any], data: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        create(each, {"data": data}, ids="data.ok")


# what is added to the create or the entity of GOOD, and words that must be told
WRONG = [
    ("batch: 5, each: {rows: data}", "id"),
    ("batch: 5, each: {rows: data, lists: failed, ok: {at: x}}", "place"),
    ("batch: 5, each: {rows: data, lists: failed, place: n}", "ids"),
    ("each: {rows: data, id: id}", "batch"),
    ("batch: 5, each: {rows: data, id: id, place: n, first: 2}", "at most 1"),
]


@pytest.mark.parametrize(("more", "word"), WRONG)
def test_what_does_not_fit_is_told(more: str, word: str) -> None:
    made, found = read_system(GOOD.replace('body: "{data}"}, id: id', f'body: "{{rows}}"}}, {more}'), file="crm.yaml")
    assert made is None
    assert word in found[0].whole.en
    assert found[0].line == 14


def test_changes_need_the_rows_own_time() -> None:
    made, found = read_system(
        GOOD.replace("rows: data", "changed: {query: {s: '{since}'}}\n      rows: data"), file="crm.yaml"
    )
    assert made is None
    assert "modified" in found[0].whole.en


ARCHIVE: list[dict[str, Any]] = [
    {"id": 1, "gone": False, "at": "2026-11-20T00:00:00.000Z"},
    {"id": 2, "gone": True, "at": "2026-11-21T00:00:00.000Z"},
    {"id": 3, "gone": True, "at": "2026-11-22T00:00:00.000Z", "into": 9},
]
MARKED = {
    "request": {"path": "archive", "query": {"page": "{page}"}},
    "rows": "data",
    "paging": {"kind": "page", "size": 2},
    "id": "id",
    "modified": "at",
    "only": {"at": "gone", "equals": True},
    "merged_into": "into",
}


def archive(asked: Asked) -> Any:
    begun = (int(asked.query["page"]) - 1) * 2
    rows = [row for row in ARCHIVE if str(row["at"]) >= asked.query.get("since", "")]
    return 200, {"data": rows[begun : begun + 2]}, {}


@pytest.mark.parametrize("changed", [{}, {"changed": {"query": {"since": "{since}"}}}])
def test_records_with_a_mark_are_a_delete_feed(changed: dict[str, Any]) -> None:
    made = system(entities={"customer": {"deleted": {**MARKED, **changed}}})
    with Vendor(extra={"/archive": archive}) as vendor:
        opened = client(made, vendor.url, Link(timeout_s=5))
        rows = [row for page in opened.deleted("customer", None) for row in page.rows]
        assert [(row.id, row.deleted, row.merged_into) for row in rows] == [("2", True, ""), ("3", True, "9")]
        pages = list(opened.deleted("customer", {"since": "2026-11-21T12:00:00+00:00"}))
        assert [row.id for page in pages for row in page.rows] == ["3"], "what is older is not told again"
        assert pages[-1].checkpoint is not None
        assert not pages[-1].more
        assert ids(opened) == ["1"]
        with pytest.raises(BadInput):
            list(client(system(), vendor.url).deleted("customer", None))


def test_a_feed_that_cannot_be_read_is_not_an_empty_one() -> None:
    made = system(entities={"customer": {"deleted": MARKED}})
    with (
        Vendor(extra={"/archive": lambda _asked: (200, {"data": None}, {})}) as vendor,
        pytest.raises(HubError) as caught,
    ):
        list(client(made, vendor.url).deleted("customer", None))
    assert isinstance(caught.value, Unreachable)
