"""Money and decimals: exact, canonical, never float."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Text
from hub.model.money import Money, decimal_text, digits, divided, round_half_up, tax_in, tax_out, to_decimal

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)


@pytest.mark.parametrize(
    ("given_value", "text"),
    [
        ("100.0000000000", "100"),
        (Decimal("100.0000000000"), "100"),
        (Decimal("0E-10"), "0"),
        (Decimal("-0.00"), "0"),
        ("-0", "0"),
        (Decimal("1E+3"), "1000"),
        ("007.10", "7.1"),
        (" 1.5 ", "1.5"),
        ("+2", "2"),
        (3, "3"),
        (Decimal("123456789012345678901234567890.123456789"), "123456789012345678901234567890.123456789"),
        ("0.1", "0.1"),
    ],
)
def test_decimals_have_one_spelling(given_value: Decimal | int | str, text: str) -> None:
    assert decimal_text(given_value) == text


@given(DECIMALS)
def test_canonical_text_is_exact_and_stable(value: Decimal) -> None:
    text = decimal_text(value)
    assert Decimal(text) == value
    assert "E" not in text.upper()
    assert decimal_text(text) == text
    assert not ("." in text and text.endswith("0"))


@given(DECIMALS, st.integers(0, 12))
def test_zeros_at_the_end_do_not_matter(value: Decimal, zeros: int) -> None:
    text = decimal_text(value)
    padded = text + ("" if "." in text else ".0") + "0" * zeros
    assert decimal_text(Decimal(padded)) == text


@pytest.mark.parametrize(
    "bad", [1.5, 0.0, True, None, "", "1e5", "1,000", "NaN", Decimal("NaN"), Decimal("Infinity"), "1.", [1]]
)
def test_what_is_no_exact_number_is_refused_in_two_languages(bad: object) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        decimal_text(bad)  # type: ignore[arg-type]
    text = caught.value.args[0]
    assert isinstance(text, Text)
    assert text.zh
    assert text.en


def test_a_float_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="浮点数") as caught:
        to_decimal(0.1)
    assert "float" in caught.value.args[0].en
    with pytest.raises(ValueError, match="float"):
        Money(0.1, "CNY")  # type: ignore[arg-type]


def test_an_absurd_exponent_is_refused_instead_of_filling_memory() -> None:
    with pytest.raises(ValueError, match="out of range"):
        decimal_text(Decimal("1E+999999"))


@pytest.mark.parametrize(
    ("value", "places", "rounded"), [("0.005", 2, "0.01"), ("2.5", 0, "3"), ("-2.5", 0, "-3"), ("1.004999", 2, "1.00")]
)
def test_half_goes_up(value: str, places: int, rounded: str) -> None:
    assert round_half_up(Decimal(value), places) == Decimal(rounded)


def test_currencies_have_their_own_digits() -> None:
    assert [digits(code) for code in ("CNY", "JPY", "KWD", "CLF")] == [2, 0, 3, 4]
    for bad in ("cny", "人民币", "", "RMBX"):
        with pytest.raises(ValueError, match="ISO"):
            digits(bad)


def test_currencies_are_never_summed() -> None:
    yuan = Money(Decimal("0.1"), "CNY")
    assert yuan + Money(Decimal("0.2"), "CNY") == Money(Decimal("0.3"), "CNY")
    assert str(yuan - Money(Decimal("1"), "CNY")) == "-0.9 CNY"
    assert Money(Decimal("10.5"), "JPY").rounded().amount == 11
    with pytest.raises(ValueError, match="two currencies"):
        yuan + Money(Decimal("1"), "USD")


def test_tax_goes_in_and_out() -> None:
    assert tax_in(Decimal("100"), Decimal("13")) == Decimal("113")
    assert round_half_up(tax_out(Decimal("1200.5"), Decimal("13")), 6) == Decimal("1062.389381")


@given(st.decimals(min_value="0.01", max_value=10**9, places=2), st.sampled_from(["0", "1", "3", "6", "9", "13"]))
def test_a_price_with_tax_survives_six_places_without(price: Decimal, rate: str) -> None:
    bare = round_half_up(tax_out(price, Decimal(rate)), 6)
    assert round_half_up(tax_in(bare, Decimal(rate)), 2) == price


def test_division_by_zero_is_an_error_with_words() -> None:
    with pytest.raises(ValueError, match="division by zero"):
        divided(Decimal(1), Decimal(0))
