"""Derived amounts tie to the cent."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model.totals import derive, totals_differ


def order(*lines: dict[str, Any], **head: Any) -> dict[str, Any]:
    return {"currency": "CNY", **head, "lines": [{"id": str(number), **line} for number, line in enumerate(lines, 1)]}


def test_amounts_are_half_up_per_line_and_then_added() -> None:
    derived = derive("order", order({"quantity": "3", "price": "0.335"}, {"quantity": "1", "price": "0.005"}))
    assert [line["amount"] for line in derived["lines"]] == ["1.01", "0.01"]
    assert derived["total"] == "1.02"


def test_tax_is_taken_out_of_the_amount() -> None:
    derived = derive("order", order({"quantity": "3", "price": "1200.5", "tax_rate": "13"}))
    assert (derived["total"], derived["tax_total"]) == ("3601.5", "414.33")


def test_without_tax_included_tax_is_added_to_the_rounded_net() -> None:
    lines = ({"quantity": "7", "price": "1.13", "tax_rate": "13", "discount_rate": "10"},)
    derived = derive("order", order(*lines, tax_included=False))
    assert (derived["total"], derived["tax_total"]) == ("7.12", "0.82")


def test_discounts_and_currencies_without_cents() -> None:
    derived = derive("order", order({"quantity": "3", "price": "99", "discount_rate": "10"}, currency="JPY"))
    assert derived["total"] == "267"


def test_a_line_without_price_leaves_totals_alone() -> None:
    given_order = order({"quantity": "3", "price": "1"}, {"quantity": "1"}, total="9")
    assert derive("order", given_order)["total"] == "9"
    assert derive("order", order({"amount": "5"}, {"quantity": "1", "price": "2"}))["total"] == "7"


def test_the_given_record_is_not_changed() -> None:
    given_order = order({"quantity": "3", "price": "1"})
    derive("order", given_order)
    assert "amount" not in given_order["lines"][0]
    assert derive("customer", {"name": "甲"}) == {"name": "甲"}
    assert derive("order", {"number": "1"}) == {"number": "1"}


def test_vendor_totals_are_compared_with_the_lines() -> None:
    one = order({"quantity": "3", "price": "1"})
    assert not totals_differ("3.00", one)
    assert not totals_differ(Decimal("3"), one)
    assert totals_differ("3.01", one)
    assert not totals_differ(None, one)
    assert not totals_differ("3.01", {"number": "1"})


AMOUNTS = st.decimals(min_value="0.000001", max_value=10**8, places=6)


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS, st.sampled_from(["0", "6", "13"])), min_size=1, max_size=8), st.booleans())
def test_total_is_the_sum_of_lines_and_tax_is_inside(lines: list[tuple[Decimal, Decimal, str]], net: bool) -> None:
    rows = [{"quantity": str(q), "price": str(p), "tax_rate": rate} for q, p, rate in lines]
    derived = derive("order", order(*rows, tax_included=not net))
    assert Decimal(derived["total"]) == sum(Decimal(row["amount"]) for row in derived["lines"])
    assert 0 <= Decimal(derived["tax_total"]) <= Decimal(derived["total"])
    assert derive("order", derived) == derived


def test_the_default_currency_has_cents() -> None:
    assert derive("order", {"lines": [{"quantity": "1", "price": "0.005"}]})["total"] == "0.01"


@pytest.mark.parametrize("currency", ["rmb", "人民币"])
def test_a_currency_that_is_none_is_refused(currency: str) -> None:
    with pytest.raises(ValueError, match="ISO"):
        derive("order", order({"quantity": "1", "price": "1"}, currency=currency))
