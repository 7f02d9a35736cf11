"""Laws of keyed lines."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sync.decide import decide, hub_changed
from hub.sync.rows import align, next_line_id
from tests.unit.sync.builders import Line, line_base, read, rules

LINE = {"quantity": "1", "price": "2", "remark": "r"}
BASE = {"fields": {}, "rows": {"1": line_base("e1", **LINE), "2": line_base("e2", **LINE)}}
GOLDEN = {"lines": [{"id": "1", **LINE}, {"id": "2", **LINE}]}


def lines_after(golden: Any, remote: list[tuple[str, dict[str, Any]]], base: Any = BASE, **given: Any) -> Any:
    decision = decide(base, golden, read(remote), rules(**given))
    return {**golden, **decision.updates}["lines"], decision


@given(order=st.permutations(["e1", "e2"]))
def test_the_order_in_which_lines_come_changes_nothing(order: list[str]) -> None:
    lines, decision = lines_after(GOLDEN, [(key, LINE) for key in order])
    assert lines == GOLDEN["lines"]
    assert decision.outcome == "unchanged"
    assert decision.base["rows"] == BASE["rows"]


def test_edits_of_different_lines_and_fields_merge() -> None:
    golden = {"lines": [{"id": "1", **LINE, "remark": "mine"}, {"id": "2", **LINE}]}
    lines, decision = lines_after(golden, [("e1", {**LINE, "price": "9"}), ("e2", {**LINE, "remark": "theirs"})])
    assert lines == [{"id": "1", **LINE, "remark": "mine", "price": "9"}, {"id": "2", **LINE, "remark": "theirs"}]
    assert decision.conflicts == ()


def test_an_added_line_gets_a_number_of_its_own() -> None:
    lines, decision = lines_after(GOLDEN, [("e1", LINE), ("e2", LINE), ("e3", {**LINE, "remark": "new"})])
    assert lines[2] == {"id": "3", **LINE, "remark": "new"}
    assert decision.base["rows"]["3"]["native_id"] == "e3"
    assert next_line_id(lines, decision.base["rows"]) == 4


def test_a_line_removed_there_goes_and_what_was_edited_here_is_a_conflict() -> None:
    lines, decision = lines_after(GOLDEN, [("e1", LINE)])
    assert [line["id"] for line in lines] == ["1"]
    assert "2" not in decision.base["rows"]
    edited = {"lines": [{"id": "1", **LINE}, {"id": "2", **LINE, "price": "7"}]}
    lines, decision = lines_after(edited, [("e1", LINE)])
    assert len(lines) == 2
    assert [c.unit for c in decision.conflicts] == ["lines.2"]


@pytest.mark.parametrize(("winner", "kept"), [("here", ["1"]), ("elsewhere", ["1", "2"])])
def test_a_removal_against_an_edit_goes_by_the_owner(winner: Any, kept: list[str]) -> None:
    edited = {"lines": [{"id": "1", **LINE}, {"id": "2", **LINE, "price": "7"}]}
    lines, decision = lines_after(edited, [("e1", LINE)], winner=winner)
    assert [line["id"] for line in lines] == kept
    assert (decision.lost.get("lines.2.price") == "7") == (winner == "here")


def test_a_line_removed_here_stays_away_unless_it_was_edited_there() -> None:
    golden = {"lines": [{"id": "1", **LINE}]}
    lines, decision = lines_after(golden, [("e1", LINE), ("e2", LINE)])
    assert len(lines) == 1
    assert decision.conflicts == ()
    assert "lines" in hub_changed(decision.base, golden, rules())
    _lines, decision = lines_after(golden, [("e1", LINE), ("e2", {**LINE, "price": "8"})])
    assert [c.unit for c in decision.conflicts] == ["lines.2"]


def test_lines_without_known_ids_match_by_content_then_in_order() -> None:
    golden = [{"id": "1", "remark": "a"}, {"id": "2", "remark": "b"}]
    found = [Line("e7", {"remark": "b"}, {}), Line("e8", {"remark": "a"}, {})]
    assert align(found, {}, golden) == {0: "2", 1: "1"}
    assert align([Line("e9", {"remark": "z"}, {})], {}, golden) == {0: "1"}
    products = [{"id": "1", "product": 5}, {"id": "2", "product": 6}]
    assert align([Line("e9", {"product": 6, "remark": "z"}, {})], {}, products) == {0: "2"}


def test_two_new_lines_are_two_lines() -> None:
    """One was added here and not sent yet, the other there."""
    golden = {"lines": [*GOLDEN["lines"], {"id": "3", **LINE, "remark": "mine"}]}
    lines, decision = lines_after(golden, [("e1", LINE), ("e2", LINE), ("e3", {**LINE, "remark": "theirs"})])
    assert [line["remark"] for line in lines] == ["r", "r", "mine", "theirs"]
    assert "lines" in hub_changed(decision.base, {"lines": lines}, rules())


def test_a_line_that_was_sent_and_never_seen_there_is_a_question() -> None:
    base = {"fields": {}, "rows": {**BASE["rows"], "2": line_base("", **LINE)}}
    lines, decision = lines_after(GOLDEN, [("e1", LINE)], base, winner="elsewhere")
    assert lines == GOLDEN["lines"]
    assert [c.unit for c in decision.conflicts] == ["lines.2"]


@given(ids=st.lists(st.sampled_from(["e1", "e2", "e3", "e4"]), unique=True))
def test_no_line_matches_two_and_none_matches_twice(ids: list[str]) -> None:
    matched = align([Line(key, LINE, {}) for key in ids], BASE["rows"], GOLDEN["lines"])
    assert len(set(matched.values())) == len(matched)
    for position, line in matched.items():
        assert {"e1": "1", "e2": "2"}.get(ids[position], line) == line


@given(remote=st.lists(st.tuples(st.sampled_from(["e1", "e2", "e3"]), st.sampled_from("xy")), unique_by=lambda t: t[0]))
def test_reading_the_same_lines_twice_changes_nothing(remote: Any) -> None:
    rows = [(key, {**LINE, "remark": remark}) for key, remark in remote]
    lines, first = lines_after(GOLDEN, rows, winner="here")
    again, second = lines_after({"lines": lines}, rows, first.base, winner="here")
    assert again == lines
    assert second.base == first.base
