"""Approvals read back: numbers by submission time and one form in detail (wecom.md sections 7.3 and 7.4)."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.wecom.controls import read_value
from sandbox.wecom.corp import Call, Corp, rows_of
from sandbox.wecom.cursors import Paging, next_page
from sandbox.wecom.errors import ApiError, JsonObject
from sandbox.wecom.scope import Record

WINDOW_S = 31 * 86400
INTERNAL = ("summary_list",)
FILTERS: Mapping[str, Callable[[Record], str]] = {
    "template_id": lambda row: str(row["template_id"]),
    "creator": lambda row: str(row["applyer"]["userid"]),
    "department": lambda row: str(row["applyer"]["partyid"]),
    "sp_status": lambda row: str(row["sp_status"]),
    "record_type": lambda row: str(row.get("record_type", "")),
}


def approval_numbers(corp: Corp, call: Call) -> JsonObject:
    """POST oa/getapprovalinfo: `new_next_cursor` is absent when finished; a page may be shorter than asked.

    Errors: 301025 bad argument, 301112 window over 31 days, 50100 bad cursor. The deprecated whole-number cursor
    still works.
    """
    start, end = _seconds(call, "starttime"), _seconds(call, "endtime")
    if end <= start:
        raise ApiError(301025, "endtime must be after starttime")
    if end - start > WINDOW_S:
        raise ApiError(301112)
    wanted = _filters(call.body.get("filters") or call.body.get("filter"))
    rows = [row for row in corp.store.all("approval") if start <= row["apply_time"] <= end and _fits(row, wanted)]
    rows.sort(key=lambda row: (row["apply_time"], row["sp_no"]))
    return _old_page(call, rows) if "new_cursor" not in call.body else _page(corp, call, rows)


def approval_detail(corp: Corp, call: Call) -> JsonObject:
    """POST oa/getapprovaldetail: the form under `info`; 301025 for a number that does not exist."""
    row = corp.store.get("approval", call.text("sp_no", 301025))
    if row is None:
        raise ApiError(301025)
    contents = [{**one, "value": read_value(one["value"])} for one in row["apply_data"]["contents"]]
    shown = {name: value for name, value in row.items() if name not in INTERNAL}
    return {"info": {**shown, "apply_data": {"contents": contents}}}


def _seconds(call: Call, name: str) -> int:
    """Unix seconds, sent as text or as a number."""
    given = str(call.body.get(name, ""))
    if not given.isdigit():
        raise ApiError(301025, f"{name} invalid")
    return int(given)


def _filters(given: object) -> dict[str, set[str]]:
    wanted: dict[str, set[str]] = {}
    for row in rows_of(given):
        name, value = str(row.get("key")), str(row.get("value"))
        if name not in FILTERS or (name in wanted and name != "department"):
            raise ApiError(301025, f"filter {name} unknown or repeated")
        wanted.setdefault(name, set()).add(value)
    return wanted


def _fits(row: Record, wanted: dict[str, set[str]]) -> bool:
    return all(FILTERS[name](row) in values for name, values in wanted.items())


def _size(call: Call) -> int:
    size = call.body.get("size")
    if isinstance(size, bool) or not str(size).isdigit() or not 1 <= int(str(size)) <= 100:
        raise ApiError(301025, "size must be 1 to 100")
    return int(str(size))


def _page(corp: Corp, call: Call, rows: list[Record]) -> JsonObject:
    size = _size(call)
    if corp.settings.approval_short_pages:
        size = max(1, size - 1)
    paging = Paging(lambda row: [row["apply_time"], row["sp_no"]], 100, 100, "new_cursor", "size")
    body: dict[str, Any] = {**call.body, "size": size}
    asked = Call(call.query, body, call.raw, call.facts, call.now, call.ip)
    page, after = next_page(corp, asked, rows, paging)
    numbers: JsonObject = {"sp_no_list": [row["sp_no"] for row in page]}
    return {**numbers, "new_next_cursor": after} if after else numbers


def _old_page(call: Call, rows: list[Record]) -> JsonObject:
    cursor = call.body.get("cursor")
    if not isinstance(cursor, int):
        raise ApiError(301025, "new_cursor missing")
    size = _size(call)
    page = [row["sp_no"] for row in rows[cursor : cursor + size]]
    more = cursor + size < len(rows)
    return {"sp_no_list": page, "next_cursor": cursor + size} if more else {"sp_no_list": page}
