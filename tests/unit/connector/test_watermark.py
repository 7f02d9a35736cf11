"""Checkpoints when two clocks differ: nothing that changes after a pull is older than the checkpoint it left."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.connector.link import Link
from hub.connector.reply import moment_of
from hub.connector.watermark import DAY, Seen, noted, safe_since

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Vendor:
    """Rows by number with their modified times; its clock is `apart` from the hub's."""

    def __init__(self, apart: timedelta) -> None:
        self.apart = apart
        self.rows: dict[int, tuple[datetime, int]] = {}

    def edit(self, row: int, now: datetime) -> None:
        self.rows[row] = (now + self.apart, self.rows.get(row, (now, 0))[1] + 1)

    def changed(self, since: datetime | None) -> dict[int, tuple[datetime, int]]:
        return {row: found for row, found in self.rows.items() if since is None or found[0] >= since}


@given(
    apart=st.integers(-86_000, 86_000),
    steps=st.lists(st.one_of(st.none(), st.tuples(st.integers(0, 5), st.integers(0, 20_000))), max_size=30),
    told=st.booleans(),
)
def test_every_edit_is_in_the_next_pull(apart: int, steps: list[tuple[int, int] | None], told: bool) -> None:
    """`steps`: a pull, or so many seconds later an edit of that row. `told`: the header Date says the vendor's time."""
    vendor, now, lag = Vendor(timedelta(seconds=apart)), NOW, timedelta(seconds=apart) if told else None
    landed: dict[int, int] = {}
    seen: Seen | None = None
    since: datetime | None = None
    for step in [*steps, None]:
        now += timedelta(seconds=step[1] if step else 60)
        if step:
            vendor.edit(step[0], now)
            continue
        read = vendor.changed(since)
        landed |= {row: count for row, (_stamp, count) in read.items()}
        seen = noted(seen, [stamp for stamp, _count in read.values()], now + timedelta(seconds=2))
        since = safe_since(now, seen, lag)
        assert since <= now
        assert landed == {row: count for row, (_stamp, count) in vendor.rows.items()}


def test_a_quiet_system_is_not_read_again_and_again() -> None:
    seen = noted(None, [NOW], NOW)
    assert safe_since(NOW + 7 * MINUTE, seen) == NOW + 7 * MINUTE
    slow = noted(None, [NOW - 10 * MINUTE], NOW)
    assert safe_since(NOW + 60 * MINUTE, slow) == NOW + 50 * MINUTE
    assert safe_since(NOW, noted(None, [NOW - 90 * DAY], NOW)) == NOW - DAY, "no clock is off by more"


def test_rows_without_a_time_leave_the_header_and_the_clock() -> None:
    blind = noted(None, [None, None], NOW)
    assert blind == Seen(None, NOW)
    assert safe_since(NOW, blind) == NOW
    assert safe_since(NOW, blind, -10 * MINUTE) == NOW - 10 * MINUTE
    assert safe_since(NOW, blind, 10 * MINUTE) == NOW
    assert safe_since(NOW, blind, -3 * DAY) == NOW, "a header that is days off is no clock"


def test_a_time_beyond_any_clock_is_a_mistake() -> None:
    seen = noted(None, [NOW - 10 * MINUTE], NOW)
    assert noted(seen, [NOW + 400 * DAY, None], NOW) == seen
    assert noted(seen, [NOW - 20 * MINUTE], NOW + MINUTE) == seen, "an older row says nothing new"
    assert noted(seen, [], NOW) == seen
    assert noted(None, [], NOW) is None


@pytest.mark.parametrize("seen", [Seen(NOW, NOW + MINUTE), Seen(None, NOW)])
def test_a_checkpoint_remembers(seen: Seen) -> None:
    assert Seen.parse({"since": "x", **seen.as_json()}) == seen
    assert Seen.parse({"since": "x"}) is None
    assert Seen.parse(None) is None


def test_a_signature_carries_the_time_of_the_vendor() -> None:
    link = Link(now=lambda: NOW)
    assert link.vendor_now() == NOW
    link.lag = timedelta(seconds=-2)
    assert link.vendor_now() == NOW, "whole seconds and the way here are no difference"
    link.lag = -10 * MINUTE
    assert link.vendor_now() == NOW - 10 * MINUTE
    assert link.behind_s() == 600
    link.lag = 10 * MINUTE
    assert link.behind_s() == 0
    link.lag = 2 * DAY
    assert link.vendor_now() == NOW
    assert link.behind_s() == 0


def test_dates_of_http() -> None:
    assert moment_of("Sun, 22 Nov 2026 02:00:00 GMT") == NOW
    assert moment_of("soon") is moment_of("") is None
