"""Message templates: a small Liquid with exact amounts, checked when saved. No I/O, no code of users is run."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from liquid import Environment, StrictDefaultUndefined
from liquid.exceptions import LiquidError

from hub.errors import BadInput
from hub.model.money import digits, round_half_up
from hub.model.phones import national

LONGEST_SOURCE = 4000
DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")
# fmt: off
FILTERS = frozenset({
    "append", "capitalize", "compact", "default", "downcase", "first", "join", "last", "lstrip", "map", "newline_to_br",
    "prepend", "remove", "replace", "reverse", "rstrip", "size", "slice", "split", "squish", "strip", "strip_newlines",
    "truncate", "uniq", "upcase", "where",
})
# fmt: on
"""Of the standard ones; all arithmetic is left out, because it takes a Decimal for 0."""
LEFT_OUT_TAGS = frozenset(["cycle", "decrement", "include", "increment", "liquid", "render", "tablerow", "ifchanged"])


class _Limited(Environment):
    """A template cannot run long or grow large."""

    context_depth_limit = 12
    block_nesting_limit = 12
    loop_iteration_limit = 500
    local_namespace_limit = 20_000
    output_stream_limit = 20_000


def money(value: Any, currency: Any = "CNY") -> str:
    """12345.5 -> 12,345.50: half-up to the currency's digits. Nothing for nothing; text that is no amount stays."""
    number = _number(value)
    if number is None:
        return _shown(value)
    code = str(currency or "CNY")
    try:
        places = digits(code)
    except ValueError:
        places = 2
    return f"{round_half_up(number, places):,f}"


def day(value: Any, form: Any = "%Y-%m-%d") -> str:
    """A golden date or a time (shown in the company's zone) in a strftime form."""
    moment = value if isinstance(value, date) else _moment(_shown(value))
    return moment.strftime(str(form)) if isinstance(moment, date) else moment


def phone(value: Any) -> str:
    """As people at home write it: 13800000000, 0571-88888888-12."""
    text = _shown(value)
    return national(text) if text.startswith("+") else text


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _moment(text: str) -> date | str:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-11-21") else datetime.fromisoformat(text)
    except ValueError:
        return text


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


@lru_cache(maxsize=8)
def _environment(zone: ZoneInfo) -> Environment:
    environment = _Limited(undefined=StrictDefaultUndefined)
    environment.filters = {name: call for name, call in environment.filters.items() if name in FILTERS}

    def zoned(value: Any, form: Any = "%Y-%m-%d") -> str:
        moment = value if isinstance(value, date) else _moment(_shown(value))
        if isinstance(moment, datetime):
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)
        return day(moment, form)

    environment.filters |= {"money": money, "date": zoned, "phone": phone}
    for name in LEFT_OUT_TAGS:
        environment.tags.pop(name, None)
    return environment


@lru_cache(maxsize=512)
def _parsed(source: str, zone: ZoneInfo) -> Any:
    return _environment(zone).from_string(source)


def render(source: str, facts: Mapping[str, Any], *, field: str, zone: ZoneInfo = DEFAULT_ZONE) -> str:
    """The text of `source` over `facts`. Raises BadInput naming `field`, the line and what is wrong with it."""
    if len(source) > LONGEST_SOURCE:
        raise BadInput(
            f"{field} 有 {len(source)} 个字，最多 {LONGEST_SOURCE} 个",
            f"{field} has {len(source)} characters; the most is {LONGEST_SOURCE}",
            field=field,
        )
    try:
        return str(_parsed(source, zone).render(**facts)).strip()
    except LiquidError as error:
        raise _refused(error, field) from error
    except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError) as error:
        raise BadInput(f"{field} 无法生成：{error}", f"{field} cannot be rendered: {error}", field=field) from error


def _refused(error: LiquidError, field: str) -> BadInput:
    found = _position(error)
    line, text = found if found else (0, "")
    at_zh, at_en = (f"第 {line} 行“{text}”", f"line {line} “{text}”") if line else ("", "")
    why = str(error.message)
    return BadInput(
        f"{field} {at_zh}有误：{_in_chinese(why)}",
        f"{field} {at_en}: {why}".replace(" :", ":"),
        field=field,
        value=text,
    )


def _position(error: LiquidError) -> tuple[int, str] | None:
    try:
        found = error.context()
    except ValueError:  # an error at the very end of the text has no position in it
        return None
    return None if found is None else (found[0], found[3].strip()[:80])


def _in_chinese(why: str) -> str:
    known = {
        "unknown filter": "没有这个过滤器（可用 money、date、phone、default 等）",
        "unexpected tag": "没有这个标签",
        "is undefined": "没有这个变量或字段",
        "loop iteration limit": "循环次数过多",
        "output stream limit": "生成的内容过长",
        "local namespace limit": "变量占用过多",
    }
    return next((f"{zh}（{why}）" for en, zh in known.items() if en in why), why)
