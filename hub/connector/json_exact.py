"""JSON without floats: numbers with a fraction are Decimal both ways, digit for digit."""

import json
import re
import secrets
from decimal import Decimal
from typing import Any, NoReturn

from hub.errors import BadInput

_MARK = f"#{secrets.token_hex(8)}#"  # unguessable, so that no text of a record can be taken for a number
_MARKED = re.compile(rf'"{_MARK}(-?[0-9]+(?:\.[0-9]+)?)"')


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


def _no_floats(value: object) -> None:
    if isinstance(value, float):
        raise BadInput(
            f"金额和数量不能使用浮点数：{value}", f"Floats are not exact, use Decimal: {value}", value=str(value)
        )
    if isinstance(value, dict):
        for item in value.values():
            _no_floats(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _no_floats(item)
