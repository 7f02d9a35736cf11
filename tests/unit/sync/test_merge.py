"""Laws of the three-way merge."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sync.decide import decide, hub_changed
from hub.sync.rules import Rules, Side
from tests.unit.sync.builders import agreed, native, read, rules

VALUES = st.one_of(st.none(), st.sampled_from(["a", "b", "c"]))
SIDES: st.SearchStrategy[Side] = st.sampled_from(["here", "elsewhere", "nobody"])
NAMES = ("level", "remark")
STATE = st.fixed_dictionaries({name: VALUES for name in NAMES})


def settled(base: dict[str, Any], golden: dict[str, Any], incoming: Any, ruled: Rules) -> tuple[dict[str, Any], Any]:
    decision = decide(base, golden, incoming, ruled)
    return {**golden, **decision.updates}, decision


@given(base=STATE, golden=STATE, remote=STATE, winner=SIDES)
def test_deciding_the_same_read_twice_changes_nothing(base: Any, golden: Any, remote: Any, winner: Side) -> None:
    ruled = rules(*NAMES, winner=winner)
    after, first = settled(agreed(**base), golden, read(**remote), ruled)
    again, second = settled(first.base, after, read(**remote), ruled)
    assert again == after
    assert second.base == first.base
    assert second.lost == {}


@given(base=STATE, golden=STATE, remote=STATE, winner=SIDES)
def test_the_same_input_gives_the_same_decision(base: Any, golden: Any, remote: Any, winner: Side) -> None:
    ruled = rules(*NAMES, winner=winner)
    assert decide(agreed(**base), golden, read(**remote), ruled) == decide(
        agreed(**base), golden, read(**remote), ruled
    )


@given(base=STATE, mine=st.sampled_from("xyz"), theirs=st.sampled_from("xyz"), winner=SIDES)
def test_disjoint_edits_commute_and_never_conflict(base: Any, mine: str, theirs: str, winner: Side) -> None:
    golden, remote = {**base, "level": mine}, {**base, "remark": theirs}
    after, decision = settled(agreed(**base), golden, read(**remote), rules(*NAMES, winner=winner))
    assert after == {"level": mine, "remark": theirs}
    assert decision.conflicts == ()
    assert decision.lost == {}


@given(base=STATE, value=VALUES, winner=SIDES)
def test_equal_edits_never_conflict(base: Any, value: Any, winner: Side) -> None:
    golden = {**base, "level": value}
    after, decision = settled(agreed(**base), golden, read(**golden), rules(*NAMES, winner=winner))
    assert after == golden
    assert decision.conflicts == ()
    assert decision.base == agreed(**golden)


@given(base=VALUES, mine=VALUES, theirs=VALUES, winner=SIDES)
def test_no_edit_disappears(base: Any, mine: Any, theirs: Any, winner: Side) -> None:
    """I3: a value that a read saw is in the result, among the losers, or in a conflict; a blank may be refilled."""
    after, decision = settled(agreed(level=base), {"level": mine}, read(level=theirs), rules("level", winner=winner))
    kept = [after["level"], decision.lost.get("level"), *(v for c in decision.conflicts for v in c.remote.values())]
    if theirs not in (base, None):
        assert theirs in kept
    kept += [v for c in decision.conflicts for v in c.golden.values()]
    if mine != base and mine is not None:
        assert mine in kept


@pytest.mark.parametrize(
    ("winner", "result", "lost"), [("here", "theirs", {"level": "mine"}), ("elsewhere", "mine", {"level": "theirs"})]
)
def test_a_true_conflict_goes_by_its_owner_and_the_loser_is_kept(winner: Side, result: str, lost: Any) -> None:
    ruled = rules("level", winner=winner)
    after, decision = settled(agreed(level="old"), {"level": "mine"}, read(level="theirs"), ruled)
    assert after == {"level": result}
    assert decision.lost == lost
    assert decision.send_back == (winner == "elsewhere")


def test_a_manual_conflict_holds_only_its_unit() -> None:
    ruled = rules(*NAMES)
    base = agreed(level="old", remark="r")
    after, decision = settled(base, {"level": "mine", "remark": "r"}, read(level="theirs", remark="new"), ruled)
    assert after == {"level": "mine", "remark": "new"}
    (conflict,) = decision.conflicts
    assert (conflict.unit, conflict.golden, conflict.remote) == ("level", {"level": "mine"}, {"level": "theirs"})
    assert decision.base["fields"]["level"] == ["old", "n:old"], "the base stays, so that the conflict stays visible"


def test_a_group_merges_as_one() -> None:
    ruled = rules(price="money", quantity="money", winner="elsewhere")
    base = agreed(price="1", quantity="1")
    after, decision = settled(base, {"price": "2", "quantity": "1"}, read(price="1", quantity="9"), ruled)
    assert after == {"price": "2", "quantity": "1"}, "a price of one side never meets a quantity of the other"
    assert decision.lost == {"price": "1", "quantity": "9"}


def test_a_blank_overwrites_only_where_blanks_count() -> None:
    base, golden = agreed(level="A"), {"level": "A"}
    kept, decision = settled(base, golden, read(level=None), rules("level"))
    assert kept == golden
    assert decision.send_back
    assert settled(base, golden, read(level=None), rules("level", blanks=True))[0] == {"level": None}


def test_a_value_that_was_cut_on_the_way_out_is_not_taken_back_silently() -> None:
    base = {"fields": {"remark": ["long text", "n:long", 1]}}
    _after, decision = settled(base, {"remark": "long text"}, read(remark="longer"), rules("remark"))
    assert decision.conflicts[0].remote == {"remark": "longer"}
    assert settled(base, {"remark": "long text"}, read(remark="long"), rules("remark"))[1].outcome == "unchanged"


@given(golden=STATE, remote=STATE, first=SIDES)
def test_first_contact_fills_blanks_and_follows_the_master(golden: Any, remote: Any, first: Side) -> None:
    after, decision = settled({}, golden, read(**remote), rules(*NAMES, first=first))
    for name in NAMES:
        mine, theirs = golden[name], remote[name]
        if mine is None or theirs is None or mine == theirs:
            assert after[name] == (mine if mine is not None else theirs)
        elif first == "nobody":
            assert name in {c.unit for c in decision.conflicts if c.first}
        else:
            assert after[name] == (theirs if first == "here" else mine)
            assert decision.lost[name] == (mine if first == "here" else theirs)


def test_a_field_that_is_not_pulled_is_noted_only() -> None:
    ruled = rules("level")
    one_way = Rules(fields={"level": dataclasses.replace(ruled.fields["level"], pull=False)})
    after, decision = settled(agreed(level="A"), {"level": "A"}, read(level="B"), one_way)
    assert after == {"level": "A"}
    assert decision.base["fields"]["level"] == ["A", native("B")]


def test_a_missing_field_is_neither_blank_nor_an_edit() -> None:
    assert settled(agreed(level="A"), {"level": "A"}, read(), rules("level", blanks=True))[1].base == agreed(level="A")


@given(base=STATE, golden=STATE)
def test_what_the_hub_changed_is_what_is_due(base: Any, golden: Any) -> None:
    changed = hub_changed(agreed(**base), golden, rules(*NAMES))
    assert changed == {n for n in NAMES if golden[n] != base[n] and golden[n] is not None}
    assert hub_changed(agreed(**base), golden, rules(*NAMES), held=NAMES) == frozenset()
    assert hub_changed(agreed(**golden), golden, rules(*NAMES)) == frozenset()
