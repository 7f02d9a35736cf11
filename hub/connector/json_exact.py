"""JSON without floats: numbers with a fraction are Decimal both ways, digit for digit."""

import json
import re
import secrets
from collections.abc import Collection
from decimal import Decimal
from typing import Any, NoReturn

import orjson

from hub.errors import BadInput

_MARK = f"#{secrets.token_hex(8)}#"  # unguessable, so that no text of a record can be taken for a number
_MARKED = re.compile(rf'"{_MARK}(-?[0-9]+(?:\.[0-9]+)?)"')

_AS_JSON = orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
"""Only what the standard library writes too: dates, dataclasses and the like are refused, not guessed at."""

_PLAIN = frozenset((str, int, bool, type(None), Decimal))


def decode(text: str | bytes) -> Any:
    """Parsed JSON. Raises ValueError for anything that is not JSON (NaN and Infinity included)."""
    if isinstance(text, bytes):
        text = text.decode("utf-8-sig")
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def encode(value: Any) -> str:
    """JSON text, compact, UTF-8 as it is; Decimal becomes a plain JSON number. Raises BadInput for a float or
    unknown type."""
    _no_floats(value)
    try:
        return orjson.dumps(value, default=_fragment, option=_AS_JSON).decode()
    except (
        TypeError
    ):  # integers over 64 bits, broken text, keys that are no text: the standard library writes them, or refuses
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_marked)
        return _MARKED.sub(r"\1", text) if _MARK in text else text


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _marked(value: object) -> str:
    if isinstance(value, Decimal) and value.is_finite():
        return f"{_MARK}{value:f}"
    raise BadInput(
        f"无法写成 JSON：{type(value).__name__} 类型的值 {value!r:.80}",
        f"Cannot be written as JSON: {value!r:.80} of type {type(value).__name__}",
    )


def _fragment(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(f"{value:f}")
    raise TypeError


def _no_floats(value: object) -> None:
    """Nothing but JSON's own types and exact numbers."""
    if isinstance(value, float):
        raise BadInput(
            f"金额和数量不能使用浮点数：{value}", f"Floats are not exact, use Decimal: {value}", value=str(value)
        )
    if isinstance(value, dict):
        _none_among(value.values())
    elif isinstance(value, (list, tuple)):
        _none_among(value)
    elif not isinstance(value, (str, int, Decimal, type(None))):
        _marked(value)


def _none_among(values: Collection[object]) -> None:
    """Most records hold plain values only, which their types show without a look at each."""
    if not _PLAIN.issuperset(map(type, values)):
        for item in values:
            _no_floats(item)
