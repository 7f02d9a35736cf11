"""The pull: one scan in id order over what changed since the last mark, resumable at every page."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.kingdee import filters
from connectors.kingdee.plan import Plan
from connectors.kingdee.reader import Ask, Reader
from connectors.kingdee.records import oldest_change_first, remote_of
from hub.connector import EntityManifest, Native, Page, Remote
from hub.connector.link import Link
from hub.connector.scan import Scan


class Puller:
    """Pages of one entity. `offset` is how far the server's local time is from UTC; how far its clock is from ours is seen
    from the rows.

    A change after the next mark carries a later time; one that was stamped earlier but committed later is what the manifest's
    overlap is for.
    """

    def __init__(self, reader: Reader, link: Link, *, scope: str, offset: timedelta) -> None:
        self._reader = reader
        self._scope = scope
        self._link = link
        self._offset = offset

    def pages(self, plan: Plan, entity: str, manifest: EntityManifest, scan: Scan) -> Iterator[Page]:
        where = filters.both(self._scope, filters.changed_since(plan.stamps, scan.from_moment(manifest.overlap_s)))
        begun = self._now().replace(tzinfo=None).isoformat(timespec="seconds")
        scan = replace(scan, mark=scan.mark or begun)
        more, asked_again = True, False
        while more:
            rows, more = self._reader.page(entity, Ask(where, scan.after, manifest.page_size))
            if not rows and scan.after and not asked_again:
                # The page before this one was full; an empty one after it is asked for once more.
                more = asked_again = True
                continue
            asked_again = False
            scan = replace(scan, after=int(rows[-1][plan.pk]) if rows else scan.after)
            scan = scan.saw((_changed(plan, row) for row in rows), self._now())
            yield Page(self._remotes(plan, rows), (scan if more else self._done(plan, scan)).as_json(), more)

    def _now(self) -> datetime:
        """Our idea of the server's local time."""
        return self._link.now() + self._offset

    def _done(self, plan: Plan, scan: Scan) -> Scan:
        """The mark of a finished scan; a form without any time field is read whole every time."""
        return scan.done_by_rows(self._link.lag) if plan.stamps else Scan()

    def _remotes(self, plan: Plan, rows: list[Native]) -> list[Remote]:
        return [remote_of(plan, native) for native in oldest_change_first(plan, rows)]


def _changed(plan: Plan, native: Native) -> str:
    """When a record changed: the latest of its time fields, "" where it has none."""
    return max((str(native.get(key) or "") for key in plan.stamps), default="")
