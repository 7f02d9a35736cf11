"""Every kind of paging over HTTP, and as a property: rows that move between two pages are neither lost nor doubled."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import HubError, Unreachable
from tests.unit.rest.vendor import Asked, Vendor, client, ids, system

ALL = [str(one) for one in range(1, 24)]
Pager = Callable[[Asked], Any]


class Listed:
    """Rows by id, ascending, and the ways to page over them."""

    def __init__(self, rows: list[int], size: int = 5) -> None:
        self.rows, self.size = rows, size
        self.on_page: Callable[[], None] = lambda: None
        self.link = "/api/things"

    def _page(self, start: int, **beside: Any) -> Any:
        found = {"data": [{"id": one, "at": one // 3} for one in self.rows[start : start + self.size]], **beside}
        self.on_page()
        return found

    def counted(self, asked: Asked) -> Any:
        total = len(self.rows)
        return self._page((int(asked.query["p"]) - 1) * self.size, total=total, pages=-(-total // self.size))

    def offset(self, asked: Asked) -> Any:
        return self._page(int(asked.query["o"]), total=str(len(self.rows)))

    def cursor(self, asked: Asked) -> Any:
        """An opaque position: the last id given."""
        after = int(asked.query.get("c") or "0")
        rows = [one for one in self.rows if one > after][: self.size]
        self.on_page()
        more = rows[-1] if rows and rows[-1] != self.rows[-1:] else None
        return {"data": [{"id": one} for one in rows], "next": {"cursor": str(more) if more else None}}

    def keyset(self, asked: Asked) -> Any:
        after = json.loads(asked.query.get("after", "[-1, -1]"))
        rows = sorted([one // 3, one] for one in self.rows)
        some = [row for row in rows if row > after][: self.size]
        self.on_page()
        return {"data": [{"id": one, "at": at} for at, one in some]}

    def linked(self, asked: Asked) -> Any:
        start = int(asked.query.get("start", "0"))
        more = start + self.size < len(self.rows)
        return self._page(start, next=f"{self.link}?start={start + self.size}" if more else None)

    def link_header(self, asked: Asked) -> Any:
        start = int(asked.query.get("start", "0"))
        found = self._page(start)
        more = start + self.size < len(self.rows)
        url = f"http://{asked.headers['host']}/api/things?start={start + self.size}"
        return 200, found, {"Link": f'<{url}>; rel="next", <x>; rel="last"'} if more else {}


NUMBERED = "{{kind: page, size: 5{more}}}"
KEYSET = "{kind: keyset, columns: [at, id], size: 5, after: {query: {after: {$json: ['{after_1}', '{after_2}']}}}}"
KINDS: dict[str, tuple[str, str, Callable[[Listed], Pager]]] = {
    "page, total, ascending": (
        NUMBERED.format(more=", total: total, ascending: true"),
        "{p: '{page}'}",
        lambda v: v.counted,
    ),
    "page, number of pages": (NUMBERED.format(more=", pages: pages"), "{p: '{page}'}", lambda v: v.counted),
    "page, nothing said": (NUMBERED.format(more=""), "{p: '{page}', n: '{limit}'}", lambda v: v.counted),
    "offset, total as text": ("{kind: offset, size: 5, total: total}", "{o: '{offset}'}", lambda v: v.offset),
    "offset, nothing said": ("{kind: offset, size: 5}", "{o: '{offset}'}", lambda v: v.offset),
    "cursor": ("{kind: cursor, at: next.cursor, size: 5}", "{c: '{cursor}'}", lambda v: v.cursor),
    "key set by two columns": (KEYSET, "{}", lambda v: v.keyset),
}
LINKS: dict[str, tuple[str, str, Callable[[Listed], Pager]]] = {
    "next link": ("{kind: next_link, at: next}", "{}", lambda v: v.linked),
    "link header": ("{kind: next_link}", "{}", lambda v: v.link_header),
}


@pytest.mark.parametrize("kind", {**KINDS, **LINKS})
@pytest.mark.parametrize("count", [0, 5, 23])
def test_every_row_comes_once(kind: str, count: int) -> None:
    paging, query, pick = {**KINDS, **LINKS}[kind]
    with Vendor(pager=pick(Listed([int(one) for one in ALL[:count]]))) as vendor:
        found = ids(client(system(paging=paging, query=query), vendor.url))
    assert sorted(found, key=int) == ALL[:count]


@pytest.mark.parametrize("link", ["", "things", "/api/things"])
def test_a_next_link_may_be_relative(link: str) -> None:
    listed = Listed([int(one) for one in ALL])
    listed.link = link
    paging, query, _pick = LINKS["next link"]
    with Vendor(pager=listed.linked) as vendor:
        assert ids(client(system(paging=paging, query=query), vendor.url)) == ALL


def test_pages_of_a_vendor_that_counts_from_zero() -> None:
    listed = Listed([int(one) for one in ALL])
    with Vendor(pager=lambda asked: listed._page(int(asked.query["p"]) * 5)) as vendor:
        made = system(paging="{kind: page, first: 0, size: 5}", query="{p: '{page}'}")
        assert ids(client(made, vendor.url)) == ALL


@pytest.mark.parametrize("kind", ["cursor", "key set by two columns", "next link"])
def test_a_cursor_that_does_not_move_ends_with_an_error(kind: str) -> None:
    paging, query, _pick = {**KINDS, **LINKS}[kind]
    stuck = {"data": [{"id": one, "at": 1} for one in range(5)], "next": {"cursor": "x"}}
    if kind == "next link":
        stuck["next"] = "/api/things?start=5"  # type: ignore[assignment]
    with Vendor(pager=lambda _asked: stuck) as vendor, pytest.raises(Unreachable):
        ids(client(system(paging=paging, query=query), vendor.url))
    assert len(vendor.asked) < 20


def test_a_next_page_at_another_address_is_never_asked() -> None:
    with Vendor() as thief:
        away = {"data": [{"id": 1}], "next": f"{thief.url}/things"}
        with Vendor(pager=lambda _asked: away) as vendor, pytest.raises(HubError):
            ids(client(system("{kind: bearer, token: '{secret}'}", "{kind: next_link, at: next}"), vendor.url))
    assert thief.asked == []


def test_a_list_that_is_not_there_is_not_an_empty_list() -> None:
    with Vendor(pager=lambda _asked: {"data": {"rows": []}}) as vendor, pytest.raises(Unreachable):
        ids(client(system(), vendor.url))


def test_an_empty_first_page_is_asked_for_twice() -> None:
    paging, query, _pick = KINDS["key set by two columns"]
    replies = iter([{"data": []}, {"data": [{"id": 1, "at": 0}]}])
    with Vendor(pager=lambda _asked: next(replies)) as vendor:
        assert ids(client(system(paging=paging, query=query), vendor.url)) == ["1"]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(count=st.integers(0, 17), moves=st.lists(st.tuples(st.integers(0, 14), st.integers(-1, 16)), max_size=3))
def test_rows_that_move_between_pages(kind: str, count: int, moves: list[tuple[int, int]]) -> None:
    """`moves`: after the n-th page the row at that place is deleted, or (-1) a new one comes in at the end."""
    paging, query, pick = KINDS[kind]
    listed = Listed(list(range(1, count + 1)))
    gone: set[int] = set()
    pages = 0

    def move() -> None:
        nonlocal pages
        for when, place in moves:
            if when == pages and place == -1:
                listed.rows = [*listed.rows, max([*listed.rows, count]) + 1]
            elif when == pages and place < len(listed.rows):
                gone.add(listed.rows[place])
                listed.rows = [row for row in listed.rows if row != listed.rows[place]]
        pages += 1

    listed.on_page = move
    answer = pick(listed)

    def handle(request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        return httpx.Response(200, json=answer(Asked("GET", request.url.path, query, {}, b"")))

    opened = client(system(paging=paging, query=query), "http://127.0.0.1:9", transport=httpx.MockTransport(handle))
    found = [int(one) for one in ids(opened)]
    opened.close()
    assert len(found) == len(set(found)), "a row came twice"
    assert set(range(1, count + 1)) - gone <= set(found), "a row was skipped because another one moved"


def test_a_naive_reader_would_lose_a_row_here() -> None:
    """The moves above have teeth: page after page from the first on, one deletion hides a row."""
    listed = Listed(list(range(1, 12)))
    seen: list[int] = []
    for page in (1, 2, 3):
        seen += [row["id"] for row in listed.counted(Asked("GET", "", {"p": str(page)}, {}, b""))["data"]]
        listed.rows = listed.rows[1:] if page == 1 else listed.rows
    assert 6 not in seen
