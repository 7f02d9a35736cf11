"""Reads of sales orders: the list has a row per line, read in id order so that nothing is skipped while orders move."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from connectors.yonyou.offers import parts
from connectors.yonyou.times import ZONE, mark, wire
from connectors.yonyou.yonbip import shapes
from connectors.yonyou.yonbip.calls import Calls
from connectors.yonyou.yonbip.paged import listed, rows_of, total_of
from hub.connector import EntityManifest, Native, Page, Remote, Write
from hub.connector.paging import unstable
from hub.connector.scan import Scan

LIST = "sd/voucherorder/list"
DETAIL = "sd/voucherorder/detail"
_TRIES = 3
_EVER = "2099-12-31 00:00:00"
_BY_ID = [{"field": "id", "order": "asc"}]


class OrderReader:
    """Of one connection."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._key = calls.config.order_key_field

    def pull(self, manifest: EntityManifest, scan: Scan) -> Iterator[Page]:
        """Pages in id order; each gives a point from which a later pull may go on."""
        moment = scan.from_moment(manifest.overlap_s)
        scan = replace(scan, mark=scan.mark or mark(self._calls.link.now()))
        window = [_between(wire(moment))] if moment else []
        more = True
        while more:
            remotes, more = self._page(window, scan.after, manifest.page_size)
            last = int(remotes[-1].id) if remotes else scan.after
            now = self._calls.link.now().astimezone(ZONE)
            scan = replace(scan, after=last).saw((row.modified for row in remotes), now)
            yield Page(remotes, (scan if more else scan.done_by_rows(self._calls.link.lag)).as_json(), more)

    def read(self, ids: Sequence[str], size: int) -> dict[str, Remote]:
        """By id; what is no id of this system is simply not found."""
        known = [one for one in dict.fromkeys(ids) if one.isdigit()]
        found: dict[str, Remote] = {}
        for some in parts(known, size):
            found |= self._by_ids(some)
        return found

    def find(self, write: Write) -> list[Remote]:
        """Orders that carry the hub's key in the field of the head that the settings name."""
        where = [{"field": f"headItem.{self._key}", "op": "eq", "value1": write.key}]
        rows = [row for page in self._lines(where) for row in page]
        return [one for one in self._grouped(rows) if one.key == write.key]

    def detail(self, record_id: str) -> Native:
        """The whole order with nested prices, for writes. Raises RecordGone."""
        return dict(self._calls.get(DETAIL, record_id).at("data", kind=dict))

    def heads(self, ids: Sequence[str]) -> dict[str, Remote]:
        return self.read(ids, 50)

    def _page(self, window: Sequence[Any], after: int, size: int) -> tuple[list[Remote], bool]:
        """Orders past an id. The last one of a full page may be cut: it comes with the next page, or is read by itself."""
        rows, more = self._rows_after(window, after, size)
        groups = [list(group) for _, group in groupby(rows, key=lambda row: int(row["id"]))]
        if more and len(groups) > 1:
            groups.pop()
        elif more:
            groups = [[row for page in self._lines(_any_of([str(rows[0]["id"])])) for row in page]]
        return self._grouped([row for group in groups for row in group]), more

    def _rows_after(self, window: Sequence[Any], after: int, size: int) -> tuple[list[Native], bool]:
        """Flat rows past an id, and whether there are more. A page that comes twice, or empty, is asked for again."""
        past = [*window, {"field": "id", "op": "gt", "value1": str(after)}] if after else list(window)
        body = {"pageIndex": 1, "pageSize": size, "isSum": False, "simpleVOs": past, "queryOrders": _BY_ID}
        for _ in range(_TRIES):
            reply = self._calls.read(LIST, body)
            rows, total = rows_of(reply), total_of(reply)
            fresh = sorted((row for row in rows if int(row["id"]) > after), key=lambda row: int(row["id"]))
            if len(fresh) == len(rows) and (rows or not total):
                return fresh, total > len(rows)
        raise unstable(LIST)

    def _by_ids(self, ids: Sequence[str]) -> dict[str, Remote]:
        rows = [row for page in self._lines(_any_of(ids)) for row in page]
        return {one.id: one for one in self._grouped(rows)}

    def _lines(self, where: Sequence[Any]) -> Iterator[list[Native]]:
        body = {"isSum": False, "simpleVOs": list(where), "queryOrders": _BY_ID}
        return listed(self._calls, LIST, body, size=500, key="orderDetailId")

    def _grouped(self, rows: Sequence[Native]) -> list[Remote]:
        """Orders of flat rows. One whose lines are not of one moment is read again: totals must tie."""
        ordered = sorted(rows, key=lambda row: int(row["id"]))
        groups = [list(group) for _, group in groupby(ordered, key=lambda row: int(row["id"]))]
        return [shapes.order(self._whole(group), self._key) for group in groups]

    def _whole(self, lines: list[Native]) -> list[Native]:
        if shapes.complete(lines):
            return lines
        again = [row for page in self._lines(_any_of([str(lines[0]["id"])])) for row in page]
        return again or lines


def _between(moment: str) -> Mapping[str, str]:
    return {"field": "pubts", "op": "between", "value1": moment, "value2": _EVER}


def _any_of(ids: Sequence[str]) -> list[Mapping[str, Any]]:
    conditions = [{"field": "id", "op": "eq", "value1": one} for one in ids]
    return [{"logicOp": "or", "conditions": conditions}]
