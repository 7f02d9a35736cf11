"""The lane of a run is the lane of its calls, whichever thread makes them."""

from collections.abc import Iterator

from hub.connector.contract import Page
from hub.queue.budget import current_lane, in_lane
from hub.sync.pull import ahead
from hub.sync.tasks import LANE_BACKFILL


def test_pages_read_ahead_are_asked_for_in_the_lane_of_the_run() -> None:
    lanes: list[int] = []

    def pages() -> Iterator[Page]:
        for more in (True, True, False):
            lanes.append(current_lane())
            yield Page([], more=more)

    with in_lane(LANE_BACKFILL):
        assert len(list(ahead(lambda: 1, pages()))) == 3
    assert lanes == [LANE_BACKFILL] * 3
