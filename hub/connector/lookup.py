"""Look-ups of members whose misses are remembered: vendors count them, and some lock the look-up for everybody."""

import hashlib
from collections.abc import Callable

from hub.connector.link import Link
from hub.errors import RecordGone

MISS_S = 86_400


def found_or_missed(link: Link, account: str, value: str, look: Callable[[str], str]) -> str:
    """What `look(value)` gives; "" when it raised RecordGone, and for a day after that without asking. `account` tells apart
    accounts (and kinds of value) that share the link."""
    digest = hashlib.sha256(f"{account}:{value}".encode()).hexdigest()[:16]
    missed = f"missed:{digest}"
    if link.tokens.get(missed):
        return ""
    try:
        return look(value)
    except RecordGone:
        link.tokens.put(missed, "1", MISS_S)
        return ""
