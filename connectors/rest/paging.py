"""Pages of a list call, by each kind of paging of the vocabulary."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.rest.calls import Ask, Calls
from connectors.rest.paths import MISSING, at, text_at
from connectors.rest.spec.base import Request
from connectors.rest.spec.paging import Cursor, KeySet, NextLink, NoPages
from connectors.rest.spec.paging import Numbered as ByNumber
from connectors.rest.spec.system import DeletedCall, ListCall
from hub.connector.contract import Native
from hub.connector.paging import ROUNDS, Numbered, agreed, counted, unstable
from hub.connector.reply import Reply, untrusted

_NEXT = re.compile(r'<([^>]+)>\s*;[^,]*\brel="?next"?', re.IGNORECASE)
Rows = list[Native]


@dataclass(frozen=True, slots=True)
class Listing:
    """One list to be read: the call, its request (base and whatever was laid over it), what its names stand for, how a row
    is told from another. `certain`: an empty first page is asked for twice, since it would look like an empty system."""

    operation: str
    call: ListCall | DeletedCall
    request: Request
    given: Mapping[str, Any]
    key: Callable[[Native], str]
    certain: bool = False


def pages(calls: Calls, listing: Listing) -> Iterator[Rows]:
    """Pages of rows. A row that moves while pages are read may come twice, but is not skipped."""
    kinds: dict[str, Callable[[Calls, Listing], Iterator[Rows]]] = {
        "none": _single,
        "page": _numbered,
        "offset": _numbered,
        "cursor": _cursor,
        "keyset": _keyset,
        "next_link": _links,
    }
    return kinds[listing.call.paging.kind](calls, listing)


def size_of(call: ListCall | DeletedCall) -> int:
    return 500 if isinstance(call.paging, NoPages) else call.paging.size


def rows_in(reply: Reply, path: str) -> Rows:
    """The list of objects at `path`. Raises like `untrusted` when something else stands there."""
    found = at(reply.data, path)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise untrusted(reply, f"缺少列表 {path}", f"no list at {path}")
    return found


def _ask(listing: Listing, request: Request, **given: Any) -> Ask:
    return Ask(listing.operation, request, {**listing.given, "limit": size_of(listing.call), **given})


def _fetch(calls: Calls, listing: Listing, request: Request | None = None, **given: Any) -> tuple[Reply, Rows]:
    reply = calls.call(_ask(listing, request or listing.request, **given))
    return reply, rows_in(reply, listing.call.rows)


def _single(calls: Calls, listing: Listing) -> Iterator[Rows]:
    rows = _fetch(calls, listing)[1]
    yield rows or _fetch(calls, listing)[1] if listing.certain else rows


def _numbered(calls: Calls, listing: Listing) -> Iterator[Rows]:
    paging = listing.call.paging
    assert isinstance(paging, ByNumber)
    if paging.ascending and (paging.total or paging.pages):
        return counted(lambda n: _counted_page(calls, listing, paging, n), listing.key, what=listing.operation)
    return agreed(lambda n: _page(calls, listing, paging, n), listing.key, what=listing.operation)


def _given(paging: ByNumber, number: int) -> dict[str, Any]:
    begun = (number - 1) * paging.size
    first = 0 if paging.kind == "offset" and paging.first == 1 else paging.first
    return {"page": first + number - 1, "offset": first + begun if paging.kind == "offset" else begun}


def _counted_page(calls: Calls, listing: Listing, paging: ByNumber, number: int) -> Numbered:
    reply, rows = _fetch(calls, listing, **_given(paging, number))
    total = _whole(reply, paging.total) if paging.total else 0
    last = _whole(reply, paging.pages) if paging.pages else -(-total // paging.size)
    return Numbered(rows, total, max(1, last))


def _page(calls: Calls, listing: Listing, paging: ByNumber, number: int) -> tuple[Rows, bool]:
    reply, rows = _fetch(calls, listing, **_given(paging, number))
    if paging.pages or paging.total:
        last = _whole(reply, paging.pages) if paging.pages else -(-_whole(reply, paging.total) // paging.size)
        return rows, number >= last
    return rows, len(rows) < paging.size


def _cursor(calls: Calls, listing: Listing) -> Iterator[Rows]:
    paging = listing.call.paging
    assert isinstance(paging, Cursor)
    cursor: Any = paging.start
    stuck = 0
    while True:
        reply, rows = _fetch(calls, listing, cursor=cursor)
        yield rows
        after = at(reply.data, paging.at)
        if after is MISSING or after is None or after == "":
            return
        stuck = stuck + 1 if after == cursor else 0
        if stuck > ROUNDS:
            raise unstable(listing.operation)
        cursor = after


def _keyset(calls: Calls, listing: Listing) -> Iterator[Rows]:
    """The cursor is a position in the order, so rows that move meanwhile are skipped by nobody."""
    paging = listing.call.paging
    assert isinstance(paging, KeySet)
    after: dict[str, Any] = {}
    stuck = empty = 0
    while True:
        request = listing.request.over(paging.after) if after else listing.request
        reply, rows = _fetch(calls, listing, request, **after)
        if not rows and empty == 0 and (after or listing.certain):
            empty = 1
            continue
        here = _position(reply, paging, rows[-1]) if rows else after
        stuck = stuck + 1 if rows and here == after else 0
        if stuck > ROUNDS:
            raise unstable(listing.operation)
        yield rows
        if len(rows) < paging.size and not stuck:
            return
        after, empty = here, 0


def _position(reply: Reply, paging: KeySet, row: Native) -> dict[str, Any]:
    found = {f"after_{number + 1}": at(row, column) for number, column in enumerate(paging.columns)}
    if any(value is MISSING or value is None for value in found.values()):
        where = "、".join(paging.columns)
        raise untrusted(reply, f"行里没有 {where}", f"no {where} in a row")
    return found


def _links(calls: Calls, listing: Listing) -> Iterator[Rows]:
    paging = listing.call.paging
    assert isinstance(paging, NextLink)
    ask = _ask(listing, listing.request)
    reply = calls.call(ask)
    seen: set[str] = set()
    while True:
        yield rows_in(reply, listing.call.rows)
        url = text_at(reply.data, paging.at) if paging.at else _linked(reply.headers.get("link", ""))
        if not url:
            return
        if url in seen:
            raise unstable(listing.operation)
        seen.add(url)
        reply = calls.follow(ask, url)


def _linked(header: str) -> str:
    found = _NEXT.search(header)
    return found.group(1) if found else ""


def _whole(reply: Reply, path: str) -> int:
    text = text_at(reply.data, path)
    if not text.isdigit():
        raise untrusted(reply, f"缺少数字 {path}", f"no number at {path}")
    return int(text)
