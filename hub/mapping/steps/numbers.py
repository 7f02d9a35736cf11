"""Steps on numbers: decimal (with rounding) and tax in and out of a price. Never float."""

from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import Field

from hub.mapping.steps.base import Law, Step, StepOptions, refuse
from hub.model.money import decimal_text, divided, round_half_up, tax_in, tax_out, times, to_decimal

_DECIMAL = r"^-?[0-9]+(\.[0-9]+)?$"


class DecimalStep(StepOptions):
    """A number: golden = native x `factor`, rounded half-up to `places`; sent as a JSON number or as text."""

    title_zh: ClassVar[str] = "数字：倍率与四舍五入"
    title_en: ClassVar[str] = "decimal: factor and rounding"
    step: Literal["decimal"] = "decimal"
    places: int | None = Field(default=None, ge=0, le=20)
    factor: str = Field(default="1", pattern=_DECIMAL)
    send: Literal["number", "text"] = "number"

    def build(self, paths: int = 1, fields: int = 1) -> Step:
        factor = Decimal(self.factor)
        if not factor:
            raise refuse("factor 不能为 0", "factor must not be 0")
        if self.places is None and not _is_power_of_ten(factor):
            raise refuse("factor 不是 10 的幂时要写 places", "a factor that is no power of ten needs places")
        plain = self.places is None and factor == 1
        return Step(
            "decimal",
            Law.LOSSLESS if plain else Law.NORMALISING,
            as_decimal if plain else self._pull,
            as_number if plain and self.send == "number" else self._push,
            gives="decimal",
            narrows=not plain,
        )

    def _pull(self, value: Any) -> str | None:
        text = as_decimal(value)
        if text is None:
            return None
        number = times(Decimal(text), Decimal(self.factor))
        return decimal_text(number if self.places is None else round_half_up(number, self.places))

    def _push(self, value: str) -> Any:
        number = Decimal(value)
        if self.places is not None:
            number = round_half_up(number, self.places)
        if self.factor != "1":
            number = divided(number, Decimal(self.factor))
        text = decimal_text(number)
        return text if self.send == "text" else as_number(text)


class TaxStep(StepOptions):
    """Price without tax at the vendor <-> with tax here. The line has two paths and two fields: price, rate (%)."""

    title_zh: ClassVar[str] = "含税价与不含税价互换"
    title_en: ClassVar[str] = "tax: put tax into a price and take it out"
    step: Literal["tax"] = "tax"
    places: int = Field(default=6, ge=0, le=20)
    rate: str | None = Field(default=None, pattern=_DECIMAL)

    def build(self, paths: int = 1, fields: int = 1) -> Step:
        return Step(
            "tax", Law.NORMALISING, self._pull, self._push, gives="decimal", narrows=True, takes_null=True,
            many_native=True, many_golden=True,
        )  # fmt: skip

    @property
    def golden_count(self) -> int | None:
        return 2

    def _pull(self, pair: list[Any]) -> list[Any]:
        price, rate = pair
        return [self._in(price, rate), as_decimal(rate) if rate is not None else None]

    def _push(self, pair: list[Any]) -> list[Any]:
        price, rate = pair
        if price is None:
            return [None, rate]
        net = round_half_up(tax_out(Decimal(price), self._rate(rate)), self.places)
        return [decimal_text(net), rate]

    def _in(self, price: Any, rate: Any) -> str | None:
        if price is None:
            return None
        return decimal_text(round_half_up(tax_in(to_decimal(price), self._rate(rate)), self.places))

    def _rate(self, rate: Any) -> Decimal:
        used = self.rate if rate is None else rate
        if used is None:
            raise refuse(
                "税率为空，无法换算含税价。请补填税率，或在映射的 tax 步骤写 rate",
                "the tax rate is empty, so the price cannot be converted; fill it in or set rate in the tax step",
            )
        number = to_decimal(used)
        if number <= -100:
            raise refuse(f"税率 {used} 无效", f"the tax rate {used} cannot be")
        return number


def as_decimal(value: Any) -> str | None:
    """Canonical decimal text; blank text is empty. A float is refused."""
    if value.__class__ is str and (not value or value.isspace()):
        return None
    return decimal_text(value)


def as_number(value: Any) -> int | Decimal:
    """A decimal as a JSON number: int when whole, else Decimal."""
    text = decimal_text(value)
    return Decimal(text) if "." in text else int(text)


def _is_power_of_ten(factor: Decimal) -> bool:
    return abs(factor).normalize().as_tuple().digits == (1,)
