"""Reads: archives by their change counter, documents by their date; `get` for the rows of orders."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from connectors.yonyou.times import mark
from connectors.yonyou.u8.calls import Calls
from connectors.yonyou.u8.resources import RESOURCES, Resource, entries, without_rows
from hub.connector import EntityManifest, Native, Page, Remote
from hub.connector.http import Reply, untrusted
from hub.connector.paging import Numbered, counted
from hub.errors import BadInput, RecordGone


class Reader:
    """Of one connection."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def pull(self, entity: str, manifest: EntityManifest, checkpoint: Mapping[str, Any] | None) -> Iterator[Page]:
        """Pages of one scan; the last, empty one carries the checkpoint."""
        resource = RESOURCES[entity]
        since = _since(checkpoint)
        if resource.marked:
            return self._by_counter(resource, manifest.page_size, int(since or 0))
        begin = self._window_start() if resource.lined and checkpoint else ""
        return self._whole(resource, manifest.page_size, {"date_begin": begin} if begin else {})

    def read(self, entity: str, ids: Sequence[str]) -> dict[str, Remote]:
        """By number."""
        found: dict[str, Remote] = {}
        for one in dict.fromkeys(ids):
            if one and (remote := self.one(entity, one)) is not None:
                found[one] = remote
        return found

    def one(self, entity: str, number: str) -> Remote | None:
        resource = RESOURCES[entity]
        row = self._row(resource, number)
        if row is None or resource.key_of(row) != number:
            return None
        return resource.remote(_shaped(resource, row))

    def _row(self, resource: Resource, number: str) -> Native | None:
        try:
            reply = self._calls.read(f"{resource.name}/get", id=number)
        except RecordGone:
            return None
        return dict(reply.at(resource.name, kind=dict))

    def _window_start(self) -> str:
        today = date.fromisoformat(mark(self._calls.link.now())[:10])
        return (today - timedelta(days=self._calls.config.window_days)).isoformat()

    def _by_counter(self, resource: Resource, size: int, since: int) -> Iterator[Page]:
        """Rows past a value of the change counter. The next scan begins at the largest value of the very first answer: what
        changes while the pages are read carries a larger one."""
        first: list[int] = []
        asked = {"timestamp_begin": str(since + 1)} if since else {}
        for rows in self._list(resource, asked, size, first):
            yield Page([resource.remote(row) for row in rows])
        yield Page([], {"since": str(max([since, *first]))}, more=False)

    def _whole(self, resource: Resource, size: int, asked: Mapping[str, str]) -> Iterator[Page]:
        for rows in self._list(resource, asked, size, []):
            yield Page([one for row in rows if (one := self._remote(resource, row)) is not None])
        yield Page([], {"since": mark(self._calls.link.now())[:10]}, more=False)

    def _remote(self, resource: Resource, row: Native) -> Remote | None:
        """Heads come with the list; the rows of an order need one call, which may find it gone."""
        if not resource.lined:
            return resource.remote(_shaped(resource, row))
        whole = self._row(resource, resource.key_of(row))
        return resource.remote(_shaped(resource, whole)) if whole is not None else None

    def _list(
        self, resource: Resource, asked: Mapping[str, str], size: int, first: list[int]
    ) -> Iterator[list[Native]]:
        def fetch(number: int) -> Numbered:
            paged = {"page_index": str(number), "rows_per_page": str(size)}
            try:
                reply = self._calls.read(f"{resource.list_name}/batch_get", **asked, **paged)
            except RecordGone:  # nothing found is an error there
                return Numbered([], 0, 1)
            rows, total = _rows(reply, resource), _total(reply)
            if not first:
                first.extend([0, *(int(str(row.get("timestamp") or 0)) for row in rows)])
            return Numbered(rows, total, -(-total // size))

        return counted(fetch, resource.key_of, what=resource.list_name)


def _shaped(resource: Resource, row: Native) -> Native:
    return {**row, "entry": entries(row)} if resource.lined else without_rows(row)


def _rows(reply: Reply, resource: Resource) -> list[Native]:
    rows = reply.at(resource.list_name, kind=list)
    if not all(isinstance(row, dict) and row.get(resource.key) for row in rows):
        raise untrusted(reply, f"行没有 {resource.key}", f"rows without {resource.key}")
    return rows


def _total(reply: Reply) -> int:
    total = str(reply.data.get("row_count"))
    if not total.isdigit():
        raise untrusted(reply, "缺少 row_count", "no row_count")
    return int(total)


def _since(checkpoint: Mapping[str, Any] | None) -> str:
    """A counter for archives, a day for documents (which only says that a scan was finished)."""
    since = (checkpoint or {}).get("since", "")
    if not isinstance(since, str):
        raise BadInput("断点格式不对，请全量重拉", "Not a checkpoint of this connector; pull everything again")
    return since if since.isdigit() else ""
