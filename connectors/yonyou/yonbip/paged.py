"""The gateway's numbered lists: totals as numbers or text, rows that move while they are read."""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.yonyou.yonbip.calls import Calls
from hub.connector import Native
from hub.connector.http import Reply, untrusted
from hub.connector.paging import Numbered, counted


def rows_of(reply: Reply) -> list[Native]:
    """The rows of a paged object."""
    rows = reply.at("data", "recordList", kind=list)
    if not all(isinstance(row, dict) and row.get("id") not in (None, "") for row in rows):
        raise untrusted(reply, "recordList 的行没有 id", "rows without id in recordList")
    return rows


def total_of(reply: Reply) -> int:
    """recordCount, sent as number or text."""
    total = reply.at("data", kind=dict).get("recordCount")
    if isinstance(total, bool) or not str(total).isdigit():
        raise untrusted(reply, "缺少 recordCount", "no recordCount")
    return int(str(total))


def listed(calls: Calls, path: str, body: Mapping[str, Any], *, size: int, key: str = "id") -> Iterator[list[Native]]:
    """All rows, each once."""

    def fetch(number: int) -> Numbered:
        reply = calls.read(path, {**body, "pageIndex": number, "pageSize": size})
        total = total_of(reply)
        return Numbered(rows_of(reply), total, -(-total // size))

    return counted(fetch, lambda row: str(row[key]), what=path)
