"""Money as both products compute it: exact numbers in, tax taken out of the total, cents half up."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

ZERO = Decimal(0)
CENT = Decimal("0.01")
HUNDRED = Decimal(100)


class Invalid(ValueError):  # noqa: N818 - reads as a statement: raise Invalid("…")
    """What a vendor's server or its user interface would not store; the text is what it says."""


@dataclass(frozen=True)
class Taxed:
    """An amount with tax, without, and the tax between them."""

    total: Decimal
    bare: Decimal
    tax: Decimal


def exact(value: object, name: str = "") -> Decimal:
    """A number sent as JSON number or text; None and "" are 0. Invalid names the field."""
    if value in (None, ""):
        return ZERO
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if isinstance(value, bool) or not found.is_finite():
        raise Invalid(f"{name}的值“{value}”不是有效的数字")
    return found


def cents(value: Decimal) -> Decimal:
    """Two decimals, half up."""
    return value.quantize(CENT, ROUND_HALF_UP)


def with_tax(total: Decimal, rate: Decimal) -> Taxed:
    """Takes the tax of `rate` percent out of a total."""
    bare = cents(total / (1 + rate / HUNDRED))
    return Taxed(total, bare, total - bare)


def price_without_tax(price: Decimal, rate: Decimal) -> Decimal:
    """A price of one unit without tax, six decimals."""
    return (price / (1 + rate / HUNDRED)).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def plain(value: Decimal) -> str:
    """A number as text without exponent."""
    return f"{value:f}"
