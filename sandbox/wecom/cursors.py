"""Opaque cursors that remember the last row given, so that rows which go in between shift nothing."""

import base64
import binascii
import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sandbox.wecom.corp import Call, Corp
from sandbox.wecom.errors import ApiError

Key = Callable[[Any], list[Any]]
Row = TypeVar("Row")


@dataclass(frozen=True)
class Paging:
    """How one call pages: the sort key of its rows, page sizes, and its names for cursor and size."""

    key: Key
    default: int
    most: int
    cursor: str = "cursor"
    size: str = "limit"


def next_page(corp: Corp, call: Call, rows: Sequence[Row], paging: Paging) -> tuple[list[Row], str]:
    """One page of `rows` (sorted by the paging's key) and the cursor after it, "" at the end.

    ApiError 50100 for a bad cursor. Faults: empty_page gives nothing and no cursor, repeat_page gives the cursor of
    the same page again.
    """
    after = read_cursor(call.facts.operation, call.body.get(paging.cursor))
    size = _size(call.body.get(paging.size), paging)
    if corp.fault("empty_page", call):
        return [], ""
    start = 0 if after is None else bisect_right(rows, after, key=paging.key)
    page, cursor = list(rows[start : start + size]), ""
    if len(rows) > start + size:
        cursor = make_cursor(call.facts.operation, paging.key(page[-1]))
    if corp.fault("repeat_page", call):
        cursor = make_cursor(call.facts.operation, after if after is not None else [])
    return page, cursor


def make_cursor(operation: str, after: list[Any]) -> str:
    """An opaque text for "after this key" that only the same operation understands."""
    text = json.dumps([operation, after], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode()


def read_cursor(operation: str, cursor: object) -> list[Any] | None:
    """The key in a cursor, None for the first page; ApiError 50100 when it is not one of ours."""
    if cursor in (None, ""):
        return None
    try:
        name, after = json.loads(base64.urlsafe_b64decode(str(cursor).encode()))
    except (ValueError, TypeError, binascii.Error) as error:
        raise ApiError(50100) from error
    if name != operation or not isinstance(after, list):
        raise ApiError(50100)
    return after


def _size(given: object, paging: Paging) -> int:
    if isinstance(given, str) and given.isdigit():
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int) or given <= 0:
        return paging.default
    return min(given, paging.most)
