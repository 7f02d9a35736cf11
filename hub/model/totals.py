"""Amounts that follow from other fields: line amounts and document totals. They are derived, never merged."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hub.model.money import decimal_text, digits, divided, round_half_up, tax_in, tax_out, times

_HUNDRED = Decimal(100)
_DEFAULT_CURRENCY = "CNY"


def derive(entity: str, golden: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a golden record with its derived fields computed: for an order, line amounts, total and tax_total.

    Line price is with tax. `tax_included: false` means that the document is kept without tax, so that tax is added
    to the rounded net amount of each line; else tax is taken out of the rounded amount. Half-up to the currency's
    digits.
    A line without quantity or price keeps the amount it has; unless every line has an amount, totals are left alone.
    """
    if entity != "order" or not isinstance(golden.get("lines"), list):
        return dict(golden)
    places = digits(golden.get("currency") or _DEFAULT_CURRENCY)
    net = golden.get("tax_included") is False
    results = [_line(row, places, net=net) for row in golden["lines"]]
    derived = {**golden, "lines": [row for row, _ in results]}
    amounts = [Decimal(row["amount"]) for row, _ in results if row.get("amount") is not None]
    if len(amounts) == len(results):
        derived["total"] = decimal_text(sum(amounts, Decimal(0)))
        derived["tax_total"] = decimal_text(sum((tax for _, tax in results), Decimal(0)))
    return derived


def totals_differ(vendor_total: str | Decimal | None, golden: Mapping[str, Any]) -> bool:
    """Whether the total that a vendor states is not the one its own lines add up to. Unknown totals do not differ."""
    total = derive("order", golden).get("total")
    return vendor_total is not None and total is not None and decimal_text(vendor_total) != total


def _line(row: Mapping[str, Any], places: int, *, net: bool) -> tuple[dict[str, Any], Decimal]:
    """The row with its amount, and the tax inside that amount."""
    rate = Decimal(row.get("tax_rate") or 0)
    if row.get("quantity") is None or row.get("price") is None:
        return dict(row), _tax_inside(row.get("amount"), rate, places)
    gross = times(times(Decimal(row["quantity"]), Decimal(row["price"])), _share(row.get("discount_rate")))
    if net:
        base = round_half_up(tax_out(gross, rate), places)
        tax = round_half_up(tax_in(base, rate) - base, places)
        return {**row, "amount": decimal_text(base + tax)}, tax
    amount = round_half_up(gross, places)
    return {**row, "amount": decimal_text(amount)}, _tax_inside(decimal_text(amount), rate, places)


def _tax_inside(amount: str | None, rate: Decimal, places: int) -> Decimal:
    if amount is None or not rate:
        return Decimal(0)
    gross = Decimal(amount)
    return round_half_up(divided(times(gross, rate), _HUNDRED + rate), places)


def _share(discount_rate: str | None) -> Decimal:
    return 1 - divided(Decimal(discount_rate or 0), _HUNDRED)
