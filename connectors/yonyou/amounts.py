"""Amounts of a line with tax, to the cent. Pure; Decimal only."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from hub.errors import ValidationFailed

CENT = Decimal("0.01")
PRICE = Decimal("0.000001")
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Taxed:
    """A line's total with tax, and what of it is tax."""

    total: Decimal
    bare: Decimal
    tax: Decimal


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def with_tax(total: Decimal, rate: Decimal) -> Taxed:
    """`rate` in percent; the tax lies inside the total."""
    bare = cents(total * HUNDRED / (HUNDRED + rate))
    return Taxed(total, bare, total - bare)


def price_without_tax(price: Decimal, rate: Decimal) -> Decimal:
    return (price * HUNDRED / (HUNDRED + rate)).quantize(PRICE, ROUND_HALF_UP)


def exact(value: Any, field: str) -> Decimal:
    """A number of a record. Raises ValidationFailed naming the field."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValidationFailed(
            f"{field} 的值“{value}”不是数字", f"{field} is not a number", field=field, value=str(value)
        )
    return number
