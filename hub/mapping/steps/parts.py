"""Steps that take one value apart or put several together: split, join, region."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from hub.mapping.steps.base import Law, Step, StepOptions, refuse
from hub.mapping.steps.text import as_text
from hub.model.regions import COUNTRY, Region, full_city, full_province, join_region, short_province, split_region


class SplitStep(StepOptions):
    """One native text -> one golden field per part; the last field takes what is left."""

    title_zh: ClassVar[str] = "一个文本拆成几个字段"
    title_en: ClassVar[str] = "split: one text into several fields"
    step: Literal["split"] = "split"
    separator: str = Field(default="|", min_length=1, max_length=8)

    def build(self, paths: int = 1, fields: int = 1) -> Step:
        separator = self.separator

        def pull(value: Any) -> list[str | None]:
            return take_apart(value, separator, fields)

        def push(values: Sequence[str | None]) -> str | None:
            return put_together(values, separator)

        return Step("split", Law.NORMALISING, pull, push, gives="text", many_golden=True, takes_null=True)


class JoinStep(StepOptions):
    """Several native paths -> one golden text; or `take: first`, the first not blank (written to the first path)."""

    title_zh: ClassVar[str] = "几个原始字段合成一个，或取第一个非空"
    title_en: ClassVar[str] = "join: several native fields into one, or the first that is not blank"
    step: Literal["join"] = "join"
    separator: str = Field(default=" ", min_length=1, max_length=8)
    take: Literal["all", "first"] = "all"

    def build(self, paths: int = 1, fields: int = 1) -> Step:
        if self.take == "first":
            return Step("join", Law.NORMALISING, first_filled, _listed, many_native=True, takes_null=True)
        separator = self.separator

        def pull(values: Sequence[Any]) -> str | None:
            return put_together(values, separator)

        def push(value: str | None) -> list[str | None]:
            return take_apart(value, separator, paths)

        return Step("join", Law.NORMALISING, pull, push, gives="text", many_native=True, takes_null=True)


class RegionStep(StepOptions):
    """One native text <-> province, city, district (`country` first, `rest` = street last); or one `part` alone."""

    title_zh: ClassVar[str] = "省市区：拆分、合并、补全后缀"
    title_en: ClassVar[str] = "region: province, city, district from one text and back"
    step: Literal["region"] = "region"
    separator: str = Field(default="", max_length=3)
    country: bool = False
    rest: bool = False
    part: Literal["province", "city"] | None = None
    suffix: Literal["full", "short"] = "full"

    def build(self, paths: int = 1, fields: int = 1) -> Step:
        if self.part:
            return Step("region", Law.NORMALISING, self._one, self._one_back, gives="text")
        return Step(
            "region", Law.NORMALISING, self._pull, self._push, gives="text", many_golden=True, takes_null=True
        )  # fmt: skip

    @property
    def golden_count(self) -> int | None:
        return 1 if self.part else 3 + self.country + self.rest

    def _pull(self, value: Any) -> list[str | None]:
        if value is None:
            return [None] * (3 + self.country + self.rest)
        region = split_region(as_text(value), country_first=self.country)
        if region.rest and not self.rest:
            raise refuse(
                f"“{value}”里的“{region.rest}”不是省市区。请改正，或在 region 步骤写 rest: true",
                f"“{region.rest}” in “{value}” is no region; correct it or set rest: true in the region step",
            )
        country = region.country or (COUNTRY if region.province else None)
        parts = (country, *region.parts()[1:]) if self.country else region.parts()[1:]
        return [*parts, region.rest] if self.rest else list(parts)

    def _push(self, values: Sequence[str | None]) -> str | None:
        if not any(values):
            return None
        rest = values[-1] if self.rest else None
        parts = list(values[:-1]) if self.rest else list(values)
        country, province, city, district = parts if self.country else (None, *parts)
        if self.suffix == "short" and country in (None, COUNTRY):
            province, city = short_province(province or ""), _short_city(city)
        text = join_region(Region(country, province, city, district), self.separator, country=self.country)
        return self.separator.join(part for part in (text, rest) if part) or None

    def _one(self, value: Any) -> str:
        text = as_text(value).strip()
        if self.part == "city":
            return full_city(text)
        province = full_province(text)
        if province is None:
            raise refuse(f"“{value}”不是省级行政区", f"“{value}” is no Chinese province")
        return province

    def _one_back(self, value: str) -> str:
        if self.suffix == "full":
            return value
        return short_province(value) if self.part == "province" else _short_city(value) or value


def take_apart(value: Any, separator: str, count: int) -> list[str | None]:
    """Exactly `count` parts, blank ones as None; the last holds what is left."""
    if value is None:
        return [None] * count
    parts = [None if not part or part.isspace() else part for part in as_text(value).split(separator, count - 1)]
    return parts + [None] * (count - len(parts))


def put_together(values: Sequence[Any], separator: str) -> str | None:
    """Joined text without empty parts at the end. Only the last part may hold the separator itself."""
    parts = ["" if value is None else as_text(value) for value in values]
    broken = next((part for part in parts[:-1] if separator in part), None)
    if broken is not None:
        raise refuse(
            f"“{broken}”里有分隔符“{separator}”，无法合并", f"“{broken}” holds the separator “{separator}”"
        )  # fmt: skip
    while parts and not parts[-1]:
        parts.pop()
    return separator.join(parts) or None


def first_filled(values: Sequence[Any]) -> Any:
    """The first value that is not null or blank text."""
    return next((value for value in values if value is not None and value != "" and not _is_blank(value)), None)


def _listed(value: Any) -> list[Any]:
    return [value]


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and value.isspace()


def _short_city(city: str | None) -> str | None:
    """The city without its suffix where that can be put back."""
    short = (city or "").removesuffix("市")
    return short if short and full_city(short) == city else city
