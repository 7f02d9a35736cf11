"""The filter of a list call: conditions joined by and, or."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.jiandaoyun.forms import RefusedError, Row

MOST_VALUES = 200
Test = Callable[[Any, list[Any]], bool]


def _text(value: Any) -> str:
    return "" if value is None else str(value["username"] if isinstance(value, dict) and "username" in value else value)


def _range(value: Any, wanted: list[Any]) -> bool:
    low, high = [*wanted, None][:2]
    return value is not None and (low is None or value >= low) and (high is None or value <= high)


METHODS: dict[str, Test] = {
    "eq": lambda value, wanted: _text(value) in map(_text, wanted[:1]),
    "ne": lambda value, wanted: _text(value) not in map(_text, wanted[:1]),
    "in": lambda value, wanted: _text(value) in map(_text, wanted),
    "nin": lambda value, wanted: _text(value) not in map(_text, wanted),
    "like": lambda value, wanted: any(_text(one) in _text(value) for one in wanted),
    "range": _range,
    "gt": lambda value, wanted: value is not None and value > wanted[0],
    "lt": lambda value, wanted: value is not None and value < wanted[0],
    "empty": lambda value, _wanted: value in (None, "", []),
    "not_empty": lambda value, _wanted: value not in (None, "", []),
}


def matcher(asked: object, *, needs_type: bool) -> Callable[[Row], bool]:
    """The test that a `filter` means; RefusedError for one that the vendor does not take."""
    if asked is None:
        return lambda _row: True
    if not isinstance(asked, Mapping) or asked.get("rel") not in ("and", "or"):
        raise RefusedError(1, "filter.rel 应为 and 或 or")
    tests = [_condition(one, needs_type=needs_type) for one in asked.get("cond", [])]
    whole = all if asked["rel"] == "and" else any
    return lambda row: whole(test(row) for test in tests) if tests else True


def _condition(asked: Any, *, needs_type: bool) -> Callable[[Row], bool]:
    method, field = asked.get("method"), asked.get("field")
    wanted = asked.get("value", [])
    wanted = wanted if isinstance(wanted, list) else [wanted]
    if method not in METHODS or not isinstance(field, str):
        raise RefusedError(1, f"不支持的过滤条件：{asked!r}")
    if needs_type and not asked.get("type"):
        raise RefusedError(1, f"过滤条件 {field} 缺少 type")
    if len(wanted) > MOST_VALUES:
        raise RefusedError(1, f"过滤条件最多 {MOST_VALUES} 个值")
    test = METHODS[method]
    return lambda row: test(row.get(field), wanted)
