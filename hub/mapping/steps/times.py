"""Steps on dates and times: vendor formats, epoch numbers, zones."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import field_validator

from hub.mapping.steps.base import Law, Step, StepOptions, refuse
from hub.model.canonical import canonical_time

DayFormat = Literal["date", "datetime", "iso", "slash", "compact", "utc", "epoch_s", "epoch_ms"]
TimeFormat = Literal["datetime", "iso", "utc", "epoch_s", "epoch_ms"]
_DAY = re.compile(r"(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?\Z")
_DAY_FORMATS = {
    "date": "%Y-%m-%d",
    "datetime": "%Y-%m-%d 00:00:00",
    "iso": "%Y-%m-%dT00:00:00",
    "slash": "%Y/%m/%d",
    "compact": "%Y%m%d",
}
_TIME_FORMATS = {"datetime": "%Y-%m-%d %H:%M:%S", "iso": "%Y-%m-%dT%H:%M:%S"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What ERPs store for "no date".
_NO_DAY = frozenset({"0001-01-01", "1900-01-01", "0000-00-00"})


class _Zoned(StepOptions):
    zone: str = "Asia/Shanghai"

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise refuse(f"没有时区 {zone}，例如 Asia/Shanghai", f"no time zone {zone}; write Asia/Shanghai") from error
        return zone


class DateStep(_Zoned):
    """A day. Reads all common spellings; writes `format`; `zone` tells the day of an epoch number and of a moment in UTC (`utc`:
    2025-01-30T16:00:00.000Z is the 31st in Shanghai)."""

    title_zh: ClassVar[str] = "日期格式"
    title_en: ClassVar[str] = "date: formats of days"
    step: Literal["date"] = "date"
    format: DayFormat = "date"

    def build(self, paths: int = 1, fields: int = 1) -> Step:
        return Step("date", Law.NORMALISING, self._pull, self._push, gives="date")

    def _pull(self, value: Any) -> str | None:
        if self.format.startswith("epoch"):
            return _from_epoch(value, self.format).astimezone(ZoneInfo(self.zone)).date().isoformat()
        if self.format == "utc" and "T" in str(value):
            moment = _parse(value)
            return (moment.astimezone(ZoneInfo(self.zone)) if moment.tzinfo else moment).date().isoformat()
        return _day_of_text(value) if value.__class__ is str else day_of(value)

    def _push(self, value: str) -> Any:
        if self.format == "date":
            return value
        day = date.fromisoformat(value)
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone))
        if self.format.startswith("epoch"):
            return _to_epoch(midnight, self.format)
        if self.format == "utc":
            return midnight.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return day.strftime(_DAY_FORMATS[self.format]) if day.year > 999 else value


class TimeStep(_Zoned):
    """A moment. The vendor writes local time of `zone` (or UTC, or an epoch number); the hub keeps UTC."""

    title_zh: ClassVar[str] = "时间与时区"
    title_en: ClassVar[str] = "time: moments and zones"
    step: Literal["time"] = "time"
    format: TimeFormat = "datetime"

    def build(self, paths: int = 1, fields: int = 1) -> Step:
        return Step("time", Law.NORMALISING, self._pull, self._push, gives="time", narrows=self.format != "utc")

    def _pull(self, value: Any) -> str:
        if self.format.startswith("epoch"):
            return canonical_time(_from_epoch(value, self.format))
        moment = _parse(value)
        return canonical_time(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(self.zone)))

    def _push(self, value: str) -> Any:
        if self.format == "utc":
            return value
        moment = datetime.fromisoformat(value)
        if self.format.startswith("epoch"):
            return _to_epoch(moment, self.format)
        return moment.astimezone(ZoneInfo(self.zone)).strftime(_TIME_FORMATS[self.format])


def day_of(value: Any) -> str | None:
    """ "YYYY-MM-DD" of any common spelling, with or without a time of day; None for the "no date" of ERPs."""
    found = _DAY.match(str(value).strip()) if not isinstance(value, bool | float) else None
    if found is None:
        raise refuse(f"“{value}”不是日期，应如 2025-01-31", f"“{value}” is no date; write 2025-01-31")
    text = f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}"
    return None if text in _NO_DAY else _checked(text, value)


# Documents share few days: the look-up costs a tenth of the parsing.
_day_of_text = lru_cache(maxsize=8192)(day_of)


def _checked(text: str, value: Any) -> str:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise refuse(f"没有这一天：{value}", f"there is no such day: {value}") from error
    return text


def _parse(value: Any) -> datetime:
    try:
        return datetime.fromisoformat(str(value).strip())
    except ValueError as error:
        raise refuse(f"“{value}”不是时间，应如 2025-01-31 08:00:00", f"“{value}” is no time") from error


def _from_epoch(value: Any, unit: str) -> datetime:
    text = str(value).strip()
    if isinstance(value, bool | float) or not text.lstrip("-").isdigit() or len(text) > 15:
        raise refuse(f"“{value}”不是时间戳", f"“{value}” is no epoch number")
    number = int(text)
    step = timedelta(seconds=number) if unit == "epoch_s" else timedelta(milliseconds=number)
    try:
        return _EPOCH + step
    except OverflowError as error:
        raise refuse(f"时间戳 {value} 过大，是否应为毫秒？", f"the epoch {value} is out of range") from error


def _to_epoch(moment: datetime, unit: str) -> int:
    """Whole seconds or milliseconds, without going through float."""
    return (moment - _EPOCH) // (timedelta(seconds=1) if unit == "epoch_s" else timedelta(milliseconds=1))
