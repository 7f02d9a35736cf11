"""What a vendor's own tidying looks like, and what an edit looks like."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sync.images import is_image


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("甲 公司", "甲公司"),
        ("ｗｉｄｅ", "wide"),
        ("Long remark that is cut", "Long rem"),
        ("1.005", "1.01"),
        ("1.005", "1"),
    ],
)
def test_tidied_values_are_images(sent: str, stored: str) -> None:
    assert is_image(sent, stored)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [("甲公司", "乙公司"), ("A", "B"), ("10", "11.5"), ("abc", "abcd"), ("abc", None), (5, 6), (None, "x")],
)
def test_edited_values_are_not(sent: object, stored: object) -> None:
    assert not is_image(sent, stored)


@given(st.one_of(st.text(), st.integers(), st.none()))
def test_everything_is_an_image_of_itself(value: object) -> None:
    assert is_image(value, value)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-999, max_value=999), st.integers(0, 4))
def test_a_rounded_number_is_an_image(value: Decimal, places: int) -> None:
    assert is_image(format(value, "f"), format(round(value, places), "f"))
