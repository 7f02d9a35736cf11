"""Requests in, envelopes out: what every EC call shares on the wire."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.core import Facts

Row = dict[str, Any]
TIME_FORM = re.compile(r"(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})")


class RefusedError(ValueError):
    """A request whose content EC does not take; answered as an envelope with another code than 200."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Envelope:
    """An answer with keys beside `data` (sales/getSales) or with other names for code and msg (delcrms)."""

    data: object
    beside: Mapping[str, object]
    code_key: str = "code"
    message_key: str = "msg"


@dataclass(frozen=True)
class Call:
    """One signed request: parsed JSON body (or None), query parameters, and what faults match on."""

    body: Any
    query: Mapping[str, str]
    facts: Facts

    @property
    def fields(self) -> Row:
        """The body as an object; RefusedError when it is something else."""
        if not isinstance(self.body, dict):
            raise RefusedError("请求参数必须是JSON对象")
        return self.body


def envelope(answer: object) -> Row:
    """What goes out for an answer of a handler."""
    if isinstance(answer, Envelope):
        return {answer.code_key: 200, answer.message_key: "成功", "data": answer.data, **answer.beside}
    return {"code": 200, "msg": "成功", "data": answer}


def write_time(when: datetime, zone: ZoneInfo) -> str:
    """yyyy-MM-dd HH:mm:ss in local time, without a zone."""
    return when.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def read_time(text: object, zone: ZoneInfo) -> datetime:
    """The aware time of such a text; RefusedError for any other form."""
    found = TIME_FORM.fullmatch(text) if isinstance(text, str) else None
    try:
        if found is None:
            raise ValueError
        year, month, day, hour, minute, second = (int(part) for part in found.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        raise RefusedError(f"时间格式不正确：{text!r}，应为 yyyy-MM-dd HH:mm:ss") from None


def window(value: object, zone: ZoneInfo, *, max_days: int | None = None) -> tuple[datetime, datetime]:
    """(start, end) of {startTime, endTime}; RefusedError when malformed, reversed or longer than max_days."""
    if not isinstance(value, Mapping):
        raise RefusedError(f"时间范围必须包含 startTime 和 endTime：{value!r}")
    start, end = read_time(value.get("startTime"), zone), read_time(value.get("endTime"), zone)
    if end < start:
        raise RefusedError("结束时间不能早于开始时间")
    if max_days is not None and end - start > timedelta(days=max_days):
        raise RefusedError(f"时间跨度不能超过{max_days}天")
    return start, end


def comma_ids(value: object, name: str, *, most: int | None = None) -> list[str]:
    """Ids of a comma string such as "1,2"; RefusedError for a list (other calls take arrays, this kind does not)."""
    if value is None or value == "":
        return []
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RefusedError(f"参数{name}必须是逗号分隔的字符串：{value!r}")
    found = [part.strip() for part in str(value).split(",") if part.strip()]
    if most is not None and len(found) > most:
        raise RefusedError(f"参数{name}最多{most}个，收到{len(found)}个")
    return found


def array(value: object, name: str) -> list[str]:
    """The texts of an array parameter; RefusedError for a comma string."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise RefusedError(f"参数{name}必须是数组：{value!r}")
    return [str(part) for part in value]


def whole(value: object, name: str, default: int) -> int:
    """A positive whole number, given as number or text."""
    if value is None or value == "":
        return default
    text = str(value)
    if isinstance(value, bool) or not text.isdigit() or int(text) < 1:
        raise RefusedError(f"参数{name}必须是正整数：{value!r}")
    return int(text)


def amount(value: object, name: str) -> Decimal:
    """An amount given as number or text; RefusedError when it is not a finite number."""
    try:
        if isinstance(value, bool):
            raise InvalidOperation
        read = Decimal(repr(value) if isinstance(value, float) else str(value).strip())
        if not read.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        raise RefusedError(f"参数{name}必须是数字：{value!r}") from None
    return read


def page_of(rows: list[Row], page_no: int, page_size: int) -> tuple[list[Row], int]:
    """Rows of one page and the number of the last page."""
    first = (page_no - 1) * page_size
    return rows[first : first + page_size], max(1, -(-len(rows) // page_size))


def quoted(rows: Iterable[Row], names: frozenset[str]) -> list[Row]:
    """Rows with the named ids as texts."""
    return [{k: str(v) if k in names and v is not None else v for k, v in row.items()} for row in rows]
