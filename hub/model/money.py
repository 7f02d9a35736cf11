"""Money with its currency, exact decimals as text, half-up rounding, tax in and out of a price."""

import re
from dataclasses import dataclass
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_HALF_UP, Context, Decimal, DecimalException

from hub.errors import Text

# ISO 4217: minor units that are not 2.
_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
_CANONICAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?\Z")
_PLAIN = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?\Z")
_MAX_PLACES = 100
# Sums, products and quantizing of any amount are exact; divisions get a fixed number of digits instead.
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
_DIVISION = Context(prec=60, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount of one currency (ISO 4217). Sums of two currencies are refused."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.amount, float):
            raise ValueError(_float_refused(self.amount))
        digits(self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(_EXACT.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(_EXACT.subtract(self.amount, self._same(other)), self.currency)

    def rounded(self) -> "Money":
        """Half-up to the currency's minor unit."""
        return Money(round_half_up(self.amount, digits(self.currency)), self.currency)

    def __str__(self) -> str:
        return f"{decimal_text(self.amount)} {self.currency}"

    def _same(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            pair = f"{self.currency} ≠ {other.currency}"
            raise ValueError(Text(f"不同币别不能相加：{pair}", f"amounts of two currencies cannot be added: {pair}"))
        return other.amount


def digits(currency: str) -> int:
    """Minor-unit digits of an ISO 4217 code (CNY 2, JPY 0, KWD 3). Raises ValueError for what is no code."""
    if len(currency) != 3 or not (currency.isascii() and currency.isupper() and currency.isalpha()):
        raise ValueError(
            Text(f"币别“{currency}”应为三位大写 ISO 代码，如 CNY", f"currency “{currency}” is no ISO code like CNY")
        )
    return _DIGITS.get(currency, 2)


def decimal_text(value: Decimal | int | str) -> str:
    """Canonical text: plain notation, no exponent, no trailing zeros, "-0" is "0". Exact for any length.

    Raises ValueError for a float, a bool, NaN, infinities, and text that is no plain decimal number.
    """
    if value.__class__ is Decimal:
        text = str(value)
        if len(text) <= _MAX_PLACES and _PLAIN.match(text):
            return _stripped(text)
    elif value.__class__ is str and _CANONICAL.match(value) and value != "-0":
        return value
    number = to_decimal(value)
    if number.adjusted() > _MAX_PLACES or number.adjusted() < -_MAX_PLACES:
        raise ValueError(Text(f"数值过大或过小：{value}", f"the number is out of range: {value}"))
    return _stripped(format(number, "f"))


def to_decimal(value: object) -> Decimal:
    """A finite Decimal, exactly. Raises ValueError (a float is refused whatever it holds)."""
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and _PLAIN.match(value.strip()):
        return _parse(value.strip())
    if isinstance(value, float):
        raise ValueError(_float_refused(value))
    raise ValueError(Text(f"“{value}”不是数字。请填写如 100 或 0.5", f"“{value}” is no number; write 100 or 0.5"))


def round_half_up(value: Decimal, places: int) -> Decimal:
    """Commercial rounding, away from zero at the half, whatever the number of digits."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=_EXACT)


def times(left: Decimal, right: Decimal) -> Decimal:
    """The exact product."""
    return _EXACT.multiply(left, right)


def divided(left: Decimal, right: Decimal) -> Decimal:
    """The quotient to 60 significant digits. Raises ValueError for a zero divisor."""
    try:
        return _DIVISION.divide(left, right)
    except DecimalException as error:
        raise ValueError(Text("不能除以 0", "division by zero")) from error


def tax_in(price: Decimal, rate: Decimal) -> Decimal:
    """Price with tax from the price without; `rate` in percent (13 = 13 %). Exact."""
    return times(price, _EXACT.add(1, rate.scaleb(-2, context=_EXACT)))


def tax_out(price: Decimal, rate: Decimal) -> Decimal:
    """Price without tax from the price with; to 60 digits: round it."""
    return divided(price, _EXACT.add(1, rate.scaleb(-2, context=_EXACT)))


def _stripped(text: str) -> str:
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _parse(text: str) -> Decimal:
    if len(text) > 2 * _MAX_PLACES:
        raise ValueError(Text("数字过长", "the number is too long"))
    return Decimal(text)


def _float_refused(value: float) -> Text:
    return Text(
        f"浮点数 {value!r} 不能用作金额或数量：请用 Decimal 或文本",
        f"the float {value!r} cannot be an amount or a quantity: use Decimal or text",
    )
