"""The delete feed out of Tryton's log of events. The log keeps what was deleted but no longer shows it; searching still finds it. Only
an administrator of Tryton may search the log: to other users the feed says nothing, and the full comparison finds what is gone."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.tryton.calls import Calls
from hub.connector import Page, Remote
from hub.connector.scan import Scan
from hub.errors import PermissionMissing

LOG = "ir.model.log"
_DIGITS = "0123456789"


class DeleteLog:
    """Deletions of one model, in the order of the log. The checkpoint is the last log id seen."""

    def __init__(self, calls: Calls, model: str) -> None:
        self._calls, self._model = calls, model

    def readable(self) -> bool:
        """Whether the user may search the log."""
        try:
            self._last()
        except PermissionMissing:
            return False
        return True

    def pages(self, checkpoint: Mapping[str, Any] | None, size: int) -> Iterator[Page]:
        """Without a checkpoint the feed begins now: what was deleted before is nothing that the hub knows."""
        try:
            yield from self._pages(checkpoint, size)
        except PermissionMissing:
            yield Page([], None, more=False)

    def _pages(self, checkpoint: Mapping[str, Any] | None, size: int) -> Iterator[Page]:
        if checkpoint is None:
            yield Page([], {"after": self._last()}, more=False)
            return
        after, more = Scan.parse(checkpoint).after, True
        while more:
            entries = self._entries([["id", ">", after]], size)
            more = len(entries) >= size
            after = entries[-1] if entries else after
            rows = [Remote(str(one), {}, deleted=True) for one in self._named(entries)]
            yield Page(rows, {"after": after}, more)

    def _last(self) -> int:
        rows = self._calls.read(f"model.{LOG}.search", [], 0, 1, [["id", "DESC"]])
        return int(rows[0]) if rows else 0

    def _entries(self, domain: Sequence[Any], limit: int | None) -> list[int]:
        mine = [["event", "=", "delete"], ["resource", "like", f"{self._model},%"], *domain]
        return [int(one) for one in self._calls.read(f"model.{LOG}.search", mine, 0, limit, [["id", "ASC"]])]

    def _named(self, entries: Sequence[int]) -> list[int]:
        """Ids of the deleted records. Nobody shows them any more, so they are asked for digit by digit: at most ten calls per digit,
        however many entries share it."""
        return sorted(self._under("", list(entries))) if entries else []

    def _under(self, prefix: str, entries: list[int]) -> Iterator[int]:
        if prefix:
            exact = self._entries([["id", "in", entries], ["resource", "=", f"{self._model},{prefix}"]], None)
            if exact:
                yield int(prefix)
            entries = [one for one in entries if one not in exact]
        for digit in _DIGITS if prefix else _DIGITS[1:]:
            if not entries:
                return
            longer = [["id", "in", entries], ["resource", "like", f"{self._model},{prefix}{digit}%"]]
            found = self._entries(longer, None)
            if found:
                yield from self._under(prefix + digit, found)
                entries = [one for one in entries if one not in found]
