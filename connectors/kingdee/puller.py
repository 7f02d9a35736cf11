"""The pull: one scan in id order over what changed since the last mark, resumable at every page."""

from collections.abc import Iterator
from datetime import datetime

from connectors.kingdee import filters
from connectors.kingdee.plan import Plan
from connectors.kingdee.reader import Ask, Reader
from connectors.kingdee.records import oldest_change_first, remote_of
from hub.connector import EntityManifest, Native, Page, Remote
from hub.connector.scan import Scan


class Puller:
    """Pages of one entity. `now` is the server's local time when the pull begins: it becomes the next mark.

    A change after that moment carries a later time; one that was stamped earlier but committed later, and clocks that
    differ,
    are what the manifest's overlap is for.
    """

    def __init__(self, reader: Reader, *, scope: str, now: datetime) -> None:
        self._reader = reader
        self._scope = scope
        self._now = now.replace(tzinfo=None).isoformat(timespec="seconds")

    def pages(self, plan: Plan, entity: str, manifest: EntityManifest, scan: Scan) -> Iterator[Page]:
        where = filters.both(self._scope, filters.changed_since(plan.stamps, scan.from_moment(manifest.overlap_s)))
        scan = Scan(scan.since, scan.after, scan.mark or self._now)
        more, asked_again = True, False
        while more:
            rows, more = self._reader.page(entity, Ask(where, scan.after, manifest.page_size))
            if not rows and scan.after and not asked_again:
                # The page before this one was full; an empty one after it is asked for once more.
                more = asked_again = True
                continue
            asked_again = False
            scan = Scan(scan.since, int(rows[-1][plan.pk]) if rows else scan.after, scan.mark)
            yield Page(self._remotes(plan, rows), (scan if more else self._done(plan, scan)).as_json(), more)

    def _done(self, plan: Plan, scan: Scan) -> Scan:
        """The mark of a finished scan; a form without any time field is read whole every time."""
        return Scan(since=scan.mark if plan.stamps else "")

    def _remotes(self, plan: Plan, rows: list[Native]) -> list[Remote]:
        return [remote_of(plan, native) for native in oldest_change_first(plan, rows)]
