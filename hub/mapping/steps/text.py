"""Steps on text: text, trim, width, case, phone."""

from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import Field

from hub.errors import Text
from hub.mapping.steps.base import AsGiven, Law, Step, StepOptions, refuse
from hub.model.money import decimal_text
from hub.model.phones import canonical_phone, national

_TO_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_TO_WIDE = {half: wide for wide, half in _TO_HALF.items()}
BLANKS = "".join(map(chr, range(0x1D))) + (
    "\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029"
    "\u202f\u205f\u3000\u200b\u200c\u200d\u2060\ufeff"
)
"""What trim takes off: what str.strip does, control characters, and what cannot be seen (zero width, byte-order mark)."""


class TextStep(StepOptions):
    """Text from text or number; at most `max` characters on push, and one line where `lines` is "space"."""

    title_zh: ClassVar[str] = "文本：限制长度、合并换行"
    title_en: ClassVar[str] = "text: limit the length, join lines"
    step: Literal["text"] = "text"
    max: int | None = Field(default=None, ge=1, le=100_000)
    long: Literal["refuse", "cut"] = "refuse"
    lines: Literal["keep", "space"] = "keep"

    def build(self, paths: int = 1, fields: int = 1) -> Step:
        narrows = self.lines == "space" or (self.max is not None and self.long == "cut")
        law = Law.NORMALISING if narrows else Law.LOSSLESS
        return Step("text", law, as_text, self._push if narrows or self.max else _same, gives="text", narrows=narrows)

    def _push(self, value: str) -> str:
        if self.lines == "space":
            value = " ".join(value.splitlines())
        if self.max is None or len(value) <= self.max:
            return value
        if self.long == "cut":
            return value[: self.max]
        raise refuse(
            f"“{value[:30]}…”有 {len(value)} 个字符，最多 {self.max} 个。请缩短，或在映射中设 long: cut",
            f"“{value[:30]}…” has {len(value)} characters, at most {self.max} fit; shorten it or set long: cut",
        )


class TrimStep(StepOptions):
    """Blanks off both ends; `inner` also makes runs of blanks inside one space."""

    title_zh: ClassVar[str] = "去掉首尾空白"
    title_en: ClassVar[str] = "trim: blanks off both ends"
    step: Literal["trim"] = "trim"
    inner: bool = False

    def build(self, paths: int = 1, fields: int = 1) -> Step:
        function = squeezed if self.inner else trimmed
        return Step("trim", Law.NORMALISING, function, function, gives="text")


class WidthStep(StepOptions):
    """Full-width letters, digits and signs become half-width (or the other way round on both sides)."""

    title_zh: ClassVar[str] = "全角转半角"
    title_en: ClassVar[str] = "width: full-width to half-width"
    step: Literal["width"] = "width"
    to: Literal["half", "full"] = "half"

    def build(self, paths: int = 1, fields: int = 1) -> Step:
        table = _TO_HALF if self.to == "half" else _TO_WIDE

        def change(value: Any) -> str:
            return as_text(value).translate(table)

        return Step("width", Law.NORMALISING, change, change, gives="text")


class CaseStep(StepOptions):
    """Upper or lower case on both sides."""

    title_zh: ClassVar[str] = "统一大小写"
    title_en: ClassVar[str] = "case: upper or lower"
    step: Literal["case"] = "case"
    to: Literal["upper", "lower"] = "upper"

    def build(self, paths: int = 1, fields: int = 1) -> Step:
        upper = self.to == "upper"

        def change(value: Any) -> str:
            text = as_text(value)
            return text.upper() if upper else text.lower()

        return Step("case", Law.NORMALISING, change, change, gives="text")


class PhoneStep(StepOptions):
    """Canonical phone text on pull, the usual `form` on push. `otherwise` says what becomes of what is no number."""

    title_zh: ClassVar[str] = "电话号码统一格式"
    title_en: ClassVar[str] = "phone: one spelling for numbers"
    step: Literal["phone"] = "phone"
    form: Literal["national", "international"] = "national"
    region: str = Field(default="CN", pattern="^[A-Z]{2}$")
    otherwise: Literal["keep", "refuse"] = "keep"

    def build(self, paths: int = 1, fields: int = 1) -> Step:
        return Step("phone", Law.NORMALISING, self._pull, self._push, gives="text")

    def _pull(self, value: Any) -> str:
        text = as_text(value)
        phone = canonical_phone(text, self.region)
        if phone is not None:
            return phone
        reason = Text(f"“{text}”不是有效的电话号码，请核对", f"“{text}” is no valid phone number; check it")
        if self.otherwise == "keep":
            raise AsGiven(text, reason)
        raise ValueError(reason)

    def _push(self, value: str) -> str:
        return national(value, self.region) if self.form == "national" and value.startswith("+") else value


def as_text(value: Any) -> str:
    """Text from text or a whole or decimal number; anything else is refused."""
    if value.__class__ is str:
        return str(value)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return decimal_text(value)
    raise refuse(f"应为文本，实为 {value!r}", f"text expected, got {value!r}")


def trimmed(value: Any) -> str | None:
    return as_text(value).strip(BLANKS) or None


def squeezed(value: Any) -> str | None:
    return " ".join((trimmed(value) or "").split()) or None


def _same(value: Any) -> Any:
    return value
