"""EC's two ways of paging, made safe against pages that shift, come twice or come empty."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.ec.client import EcCalls
from hub.connector.contract import Native
from hub.errors import Unreachable

ROUNDS = 3


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
            raise _unstable("customer/queryCustomer")
        if rows:
            sort = after
            yield rows


@dataclass(frozen=True, slots=True)
class Numbered:
    """One numbered page with the totals of that moment."""

    rows: list[Native]
    total: int
    last: int


def numbered(fetch: Callable[[int], Numbered], key: str, *, what: str) -> Iterator[list[Native]]:
    """Rows of a list by page number, each once, whatever its order.

    Read from the last page to the first: a row that leaves the list moves the rows behind it towards pages that are still
    to be read, so none is skipped; rows that came in behind meanwhile are looked for at the end. Pages that do not add up
    to the total are read again. Raises Unreachable when they never do.
    """
    seen: set[str] = set()

    def fresh(page: Numbered) -> list[Native]:
        rows = [row for row in page.rows if str(row[key]) not in seen]
        seen.update(str(row[key]) for row in rows)
        return rows

    page = fetch(1)
    if page.last <= 1:
        yield fresh(page)
    for _round in range(ROUNDS):
        for number in range(page.last, 0, -1) if page.last > 1 or len(seen) < page.total else ():
            page = fetch(number)
            yield fresh(page)
        for number in range(page.last, 1, -1):
            page = fetch(number)
            if not (rows := fresh(page)):
                break
            yield rows
        if len(seen) >= page.total:
            return
    raise _unstable(what)


def _unstable(what: str) -> Unreachable:
    return Unreachable(
        f"EC 的 {what} 分页结果前后不一致，稍后重新读取",
        f"The pages of EC's {what} do not add up; they will be read again",
    )
