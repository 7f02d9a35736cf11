"""What both clients share: one record's refusal apart from the call's, numbered scans."""

from collections.abc import Callable, Iterator, Sequence

from connectors.yonyou.times import ZONE
from hub.connector import (
    Native,
    Page,
    Remote,
    WriteOutcome,
    Written,
)
from hub.connector.link import Link
from hub.connector.scan import Scan
from hub.errors import RecordGone, RecordLocked, RecordRejected


def alone(act: Callable[[], Written]) -> WriteOutcome:
    """The outcome of one record; what concerns the whole connection, and an unknown outcome, is raised."""
    try:
        return act()
    except (RecordRejected, RecordGone, RecordLocked) as refused:
        return refused


def scanned(
    pages: Iterator[list[Native]],
    remotes: Callable[[list[Native]], list[Remote]],
    scan: Scan,
    link: Link,
) -> Iterator[Page]:
    """Pages of a list that is only safe to leave at its end: the last, empty one carries the checkpoint."""
    for rows in pages:
        found = remotes(rows)
        scan = scan.saw((row.modified for row in found), link.now().astimezone(ZONE))
        yield Page(found)
    yield Page([], scan.done_by_rows(link.lag).as_json(), more=False)


def parts(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
