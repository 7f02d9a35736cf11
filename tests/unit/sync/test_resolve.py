"""A person's decision on a conflict: both sides hold the choice once what is due has been sent."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import BadInput
from hub.sync.decide import decide, hub_changed
from hub.sync.resolve import accepted, as_agreed, resolve_conflict, still_true
from tests.unit.sync.builders import agreed, line_base, read, rules

LINE = {"quantity": "1", "price": "2", "remark": "r"}


def shown(golden: Any, incoming: Any, base: Any) -> Any:
    (conflict,) = decide(base, golden, incoming, rules("level")).conflicts
    return conflict.unit, {"golden": conflict.golden, "remote": conflict.remote, "natives": conflict.natives}


@given(choice=st.sampled_from(["golden", "remote", "value"]))
def test_after_a_decision_the_conflict_is_over_and_the_choice_is_sent(choice: str) -> None:
    base, golden, incoming = agreed(level="old"), {"level": "mine"}, read(level="theirs")
    unit, data = shown(golden, incoming, base)
    done = resolve_conflict(golden, base, data, unit=unit, choice=choice, value="third")
    chosen = {"golden": "mine", "remote": "theirs", "value": "third"}[choice]
    assert done.data == {"level": chosen}
    assert decide(done.base, done.data, incoming, rules("level")).outcome == "unchanged"
    due = hub_changed(done.base, done.data, rules("level"))
    assert due == (frozenset() if choice == "remote" else {"level"})


@pytest.mark.parametrize(("choice", "kept"), [("golden", ["1", "2"]), ("remote", ["1"])])
def test_a_line_removed_there_and_edited_here(choice: str, kept: list[str]) -> None:
    base = {"fields": {}, "rows": {"1": line_base("e1", **LINE), "2": line_base("e2", **LINE)}}
    golden = {"lines": [{"id": "1", **LINE}, {"id": "2", **LINE, "price": "7"}]}
    unit, data = shown(golden, read([("e1", LINE)]), base)
    done = resolve_conflict(golden, base, data, unit=unit, choice=choice)
    assert [line["id"] for line in done.data["lines"]] == kept
    assert ("lines" in hub_changed(done.base, done.data, rules())) == (choice == "golden")


def test_a_field_of_a_line() -> None:
    base = {"fields": {}, "rows": {"1": line_base("e1", **LINE)}}
    golden = {"lines": [{"id": "1", **LINE, "remark": "mine"}]}
    unit, data = shown(golden, read([("e1", {**LINE, "remark": "theirs"})]), base)
    assert unit == "lines.1.remark"
    done = resolve_conflict(golden, base, data, unit=unit, choice="remote")
    assert done.data["lines"] == [{"id": "1", **LINE, "remark": "theirs"}]
    assert hub_changed(done.base, done.data, rules()) == frozenset()


def test_a_choice_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadInput, match="both"):
        resolve_conflict({}, {}, {"golden": {}, "remote": {}}, unit="level", choice="both")


def test_what_was_shown_may_have_changed_since() -> None:
    item = {"golden": {"level": "mine"}, "remote": {"level": "theirs"}}
    assert still_true({"level": "mine"}, item, "level")
    assert not still_true({"level": "newer"}, item, "level")
    line = {"golden": {"price": "2"}, "remote": {}}
    assert still_true({"lines": [{"id": "1", "price": "2"}]}, line, "lines.1")
    assert not still_true({"lines": [{"id": "1", "price": "3"}]}, line, "lines.1")
    assert not still_true({"lines": []}, line, "lines.1")
    assert still_true({"lines": []}, {"golden": {}, "remote": {"price": "3"}}, "lines.1")


def test_a_stage_conflict_is_taken_back_or_let_stand() -> None:
    base = {**agreed(remark="old"), "rows": {"1": line_base("e1", **LINE)}}
    data = {"remark": "new", "lines": [{"id": "1", **LINE, "price": "9"}, {"id": "2", **LINE}]}
    names = ["lines", "remark"]
    assert as_agreed(data, base, names, "lines") == {"remark": "old", "lines": [{"id": "1", **LINE}]}
    taken = accepted(data, base, names, "lines")
    assert hub_changed(taken, {**data, "lines": data["lines"][:1]}, rules("remark")) == frozenset()
    assert accepted(data, base, ["remark"], "lines")["rows"] == base["rows"]
