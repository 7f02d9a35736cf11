"""Lists that come in pages: numbered ones, read so that rows which move meanwhile are not skipped, and those with a cursor."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from hub.connector.contract import Native
from hub.errors import Unreachable

Row = TypeVar("Row")
ROUNDS = 3
PASSES = 6
TIMES_PER_CURSOR = 3
"""A vendor may repeat a page; one that never moves on must not be asked for ever."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """One numbered page with the totals of that moment."""

    rows: list[Native]
    total: int
    last: int


class _Seen:
    """Each row once."""

    def __init__(self, key: Callable[[Native], str]) -> None:
        self._key = key
        self.ids: set[str] = set()

    def fresh(self, rows: list[Native]) -> list[Native]:
        new = {key: row for row in rows if (key := self._key(row)) not in self.ids}
        self.ids.update(new)
        return list(new.values())


def counted(fetch: Callable[[int], Numbered], key: Callable[[Native], str], *, what: str) -> Iterator[list[Native]]:
    """Rows of a list that says how many there are, by page number, each once.

    Read from the last page to the first: a row that leaves the list moves the rows behind it towards pages that are still
    to be read, so none is skipped; rows that came in behind meanwhile are looked for at the end. Pages that do not add up
    to the total are read again. Raises Unreachable when they never do.
    """
    seen = _Seen(key)
    page = fetch(1)
    if page.last <= 1:
        yield seen.fresh(page.rows)
    for _round in range(ROUNDS):
        for number in range(page.last, 0, -1) if page.last > 1 or len(seen.ids) < page.total else ():
            page = fetch(number)
            yield seen.fresh(page.rows)
        for number in range(page.last, 1, -1):
            page = fetch(number)
            if not (rows := seen.fresh(page.rows)):
                break
            yield rows
        if len(seen.ids) >= page.total:
            return
    raise unstable(what)


def agreed(
    fetch: Callable[[int], tuple[list[Native], bool]], key: Callable[[Native], str], *, what: str
) -> Iterator[list[Native]]:
    """Rows of a list of which only is known whether a page is the last, each once.

    Nothing tells whether rows moved between two pages, so the whole list is read until two passes show the same rows in
    the same order. Raises Unreachable when they never do.
    """
    seen = _Seen(key)
    before: list[str] | None = None
    for _pass in range(PASSES):
        now: list[str] = []
        number, last = 0, False
        while not last:
            number += 1
            rows, last = fetch(number)
            now += [key(row) for row in rows]
            yield seen.fresh(rows)
        if now == before or (number == 1 and before is None):
            return
        before = now
    raise unstable(what)


def unstable(what: str) -> Unreachable:
    """The pages of a list contradict each other; `what` is the list in the vendor's words."""
    return Unreachable(
        f"{what} 的分页结果前后不一致，稍后重新读取", f"The pages of {what} do not add up; they will be read again"
    )


def by_cursor(ask: Callable[[str], tuple[list[Row], str]]) -> Iterator[list[Row]]:
    """Pages of a list with a cursor: `ask("")` gives the first page and the cursor of the next, "" at the end. Rows of a page that
    comes again come again. Raises Unreachable when the cursor does not move on."""
    asked: Counter[str] = Counter()
    cursor = ""
    while asked[cursor] < TIMES_PER_CURSOR:
        asked[cursor] += 1
        rows, cursor = ask(cursor)
        yield rows
        if not cursor:
            return
    raise Unreachable("分页游标不前进，稍后重新读取", "The cursor of the list does not move; it will be read again")
