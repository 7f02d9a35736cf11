"""The pull: one scan in id order over what changed since the last mark, resumable at every page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.kingdee import filters
from connectors.kingdee.plan import Plan
from connectors.kingdee.reader import Ask, Reader
from connectors.kingdee.records import newest_stamp, oldest_change_first, remote_of
from hub.connector import EntityManifest, Native, Page
from hub.errors import BadInput

# Server times are local without a zone (at most UTC+14); a day of grace for wrong clocks. Later ones are typing errors.
_FUTURE = timedelta(hours=14, days=1)


@dataclass(frozen=True)
class Scan:
    """Where a pull stands. `since` is the mark of the last finished scan in server-local time ("" = everything),
    `after` the
    last id seen, `mark` what becomes `since` when this scan is done."""

    since: str = ""
    after: int = 0
    mark: str = ""

    @classmethod
    def parse(cls, checkpoint: Mapping[str, Any] | None) -> "Scan":
        """Raises BadInput for a checkpoint that is not one of this connector."""
        given = dict(checkpoint or {})
        since, mark, after = given.get("since", ""), given.get("mark", ""), given.get("after", 0)
        texts = all(isinstance(text, str) and (not text or filters.stamp(text) == text) for text in (since, mark))
        if not texts or not isinstance(after, int) or after < 0:
            raise BadInput(
                "金蝶的断点格式不对，请全量重拉", "Not a checkpoint of this connector; pull everything again"
            )
        return cls(since, after, mark)

    def as_json(self) -> dict[str, Any]:
        if not self.after:
            return {"since": self.since}
        return {"since": self.since, "after": self.after, "mark": self.mark}


class Puller:
    """Pages of one entity. The mark comes from the server's own times, so no clock or zone of the hub decides what is
    read.

    The mark is the newest time seen before the scan has begun to miss anything: a change after that moment carries a
    later
    time, and one that was stamped earlier but committed later falls into the overlap.
    """

    def __init__(self, reader: Reader, *, scope: str, now: datetime) -> None:
        self._reader = reader
        self._scope = scope
        self._not_after = (now.replace(tzinfo=None) + _FUTURE).isoformat(timespec="seconds")

    def pages(self, plan: Plan, entity: str, manifest: EntityManifest, scan: Scan) -> Iterator[Page]:
        since = filters.earlier(scan.since, manifest.overlap_s) if scan.since else ""
        where = filters.both(self._scope, filters.changed_since(plan.stamps, since))
        if not scan.mark:
            scan = Scan(scan.since, scan.after, self._first_mark(plan, entity, scan))
        again = True
        while True:
            rows, more = self._reader.page(entity, Ask(where, scan.after, manifest.page_size))
            if not rows and again:
                # The record that gave the mark should be here; an answer without any is asked for once more.
                again = False
                continue
            scan = self._advanced(plan, scan, rows)
            done = Scan(since=scan.mark or scan.since)
            yield Page(self._remotes(plan, rows), (scan if more else done).as_json(), more)
            if not more:
                return
            again = True

    def _first_mark(self, plan: Plan, entity: str, scan: Scan) -> str:
        """For a scan of everything the newest time of all; an incremental scan takes it from its first page, for
        free."""
        if scan.since:
            return ""
        return newest_stamp(plan, self._reader.newest(entity, self._scope), not_after=self._not_after)

    def _advanced(self, plan: Plan, scan: Scan, rows: list[Native]) -> Scan:
        mark = scan.mark or max(scan.since, newest_stamp(plan, rows, not_after=self._not_after))
        after = int(rows[-1][plan.pk]) if rows else scan.after
        return Scan(scan.since, after, mark)

    def _remotes(self, plan: Plan, rows: list[Native]) -> list[Any]:
        return [remote_of(plan, native) for native in oldest_change_first(plan, rows)]
