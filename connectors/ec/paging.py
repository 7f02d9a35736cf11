"""EC's two ways of paging, made safe against pages that shift, come twice or come empty."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from connectors.ec.client import EcCalls
from hub.connector.contract import Native
from hub.connector.paging import ROUNDS, Numbered, counted, unstable


def export(calls: EcCalls, start: datetime, end: datetime) -> Iterator[list[Native]]:
    """Pages of customers changed in the window, oldest change first.

    The cursor is a position in the order, so rows that move meanwhile are skipped by nobody. Only an empty page ends
    the
    export; it is asked for twice, since an empty page by mistake would silently end a pull.
    """
    sort: list[Any] = [0, 0]
    empty = stuck = 0
    while empty < 2:
        rows, after = calls.export_customers(start, end, sort)
        empty = empty + 1 if not rows else 0
        stuck = stuck + 1 if rows and after == sort else 0
        if stuck > ROUNDS:
            raise unstable("EC customer/queryCustomer")
        if rows:
            sort = after
            yield rows


def numbered(fetch: Callable[[int], Numbered], key: str, *, what: str) -> Iterator[list[Native]]:
    """Rows of a list by page number, each once, whatever its order (hub.connector.paging.counted)."""
    return counted(fetch, lambda row: str(row[key]), what=f"EC {what}")
