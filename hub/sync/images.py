"""Is what the vendor stored an image of what was sent (trimmed, cut, rounded), or did somebody edit it meanwhile? Pure."""

import unicodedata
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any


def is_image(sent: Any, stored: Any) -> bool:
    """Whether `stored` can come from `sent` by a vendor's own tidying: white space, width, case, cut at the end, rounding,
    a time cut to its day. Anything else was done by somebody."""
    if sent == stored:
        return True
    if isinstance(sent, str) and isinstance(stored, str):
        number = _rounded(sent, stored)
        return number if number is not None else _same_text(sent, stored)
    return isinstance(sent, str) and stored is None and not _plain(sent)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _same_text(sent: str, stored: str) -> bool:
    left, right = _plain(sent), _plain(stored)
    return left == right or (len(right) >= 2 and left.startswith(right))


def _rounded(sent: str, stored: str) -> bool | None:
    """For two decimal texts: whether one rounds to the other. None when they are not both decimals."""
    try:
        left, right = Decimal(sent), Decimal(stored)
    except InvalidOperation:
        return None
    if not (left.is_finite() and right.is_finite()):
        return None
    step = Decimal(1).scaleb(min(0, int(right.as_tuple().exponent)))
    modes = (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN, ROUND_FLOOR, ROUND_CEILING)
    return any(left.quantize(step, mode) == right for mode in modes) if abs(left - right) < 1 else left == right
