"""JSON with exact amounts: fractions are read as Decimal and Decimals are written as plain number text."""

import json
import re
from decimal import Decimal
from typing import Any

# A NUL cannot stand in a vendor's text, so a quoted text between two of them can only be a Decimal of ours.
_MARKED = re.compile(r'"\\u0000([-0-9.]+)\\u0000"')


def loads_exact(raw: bytes | str) -> Any:
    """Reads JSON; numbers with a fraction or exponent become Decimal. ValueError when it is not JSON."""
    return json.loads(raw, parse_float=Decimal)


def dumps_exact(data: object) -> bytes:
    """Writes JSON as UTF-8; a Decimal becomes a number with all its digits, trailing zeros included."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_mark)
    return (_MARKED.sub(r"\1", text) if "\\u0000" in text else text).encode()


def _mark(value: object) -> str:
    if isinstance(value, Decimal) and value.is_finite():
        return f"\x00{value:f}\x00"
    raise TypeError(f"{type(value).__name__} does not go into JSON")
