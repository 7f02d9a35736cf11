"""Lists by page number and by sort cursor, with the page faults in one place."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.ec.state import Ec
from sandbox.ec.wire import Call, RefusedError, Row, page_of, whole

Keyed = tuple[tuple[Any, ...], Row]


def page_size(ec: Ec, asked: Mapping[str, Any], limit: int) -> int:
    """The page size to serve; above the limit it is refused or clamped, as the settings say."""
    size = whole(asked.get("pageSize"), "pageSize", min(20, limit))
    if size > limit and ec.settings.page_size_over == "refuse":
        raise RefusedError(f"参数pageSize不能超过{limit}：{size}")
    return min(size, limit)


def numbered(ec: Ec, call: Call, asked: Mapping[str, Any], *, rows: list[Row], size: int) -> tuple[list[Row], Row]:
    """(rows of the page, {pageSize, pageNo, total, maxPageNo}); empty_page and repeat_page strike here."""
    page_no = whole(asked.get("pageNo"), "pageNo", 1)
    fault = ec.page_fault(call)
    shown = max(1, page_no - 1) if fault and fault.kind == "repeat_page" else page_no
    page, last = page_of(rows, shown, size)
    facts = {"pageSize": size, "pageNo": page_no, "total": len(rows), "maxPageNo": last}
    return ([] if fault and fault.kind == "empty_page" else page), facts


def sorted_once(ec: Ec, key: str, rows: Callable[[], list[Keyed]]) -> list[Keyed]:
    """Rows in the order of their cursor value, computed once per key and state of the store (exports ask often)."""
    stamp = (key, ec.store.version)
    if ec.sorted_rows is None or ec.sorted_rows[0] != stamp:
        ec.sorted_rows = (stamp, rows())
    return ec.sorted_rows[1]


def after_cursor(ec: Ec, call: Call, *, ordered: list[Keyed], after: tuple[Any, ...] | None, size: int) -> list[Keyed]:
    """The next rows strictly after a cursor value; rows that tie with it are passed over, as a search engine does."""
    fault = ec.page_fault(call)
    if fault:
        return ec.last_pages.get(call.facts.path, []) if fault.kind == "repeat_page" else []
    first = 0 if after is None else bisect_right(ordered, after, key=lambda entry: entry[0])
    page = ordered[first : first + size]
    ec.last_pages[call.facts.path] = page
    return page


def page_of_sales(ec: Ec, call: Call, asked: Row, rows: list[Row]) -> tuple[list[Row], Row]:
    """A page of sales/getSales, which takes no page size."""
    return numbered(ec, call, asked, rows=rows, size=ec.settings.sales_page_size)
