"""The demo waits as long as something moves, says how much is left, and gives up on what stands still or never rests."""

import pytest

from demo import hubapi
from demo.hubapi import DemoFailed, Watch


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(hubapi, "time", clock)
    return clock


def test_it_waits_while_work_gets_less_and_tells_how_much_is_left(clock: Clock) -> None:
    told: list[str] = []
    watch = Watch("first sync", 60, told.append)
    for due in range(40, 0, -1):
        clock.now += 20
        watch.see({"hub_bindings_due": due})
    assert len(told) == 40
    assert "还有 40 条" in told[0]


def test_what_stands_still_is_given_up_with_what_is_left(clock: Clock) -> None:
    watch = Watch("first sync", 60, None)
    watch.see({"hub_bindings_due": 3})
    clock.now += 61
    with pytest.raises(DemoFailed, match=r"first sync.*hub_bindings_due': 3"):
        watch.see({"hub_bindings_due": 3})


def test_a_pause_between_two_works_is_no_standstill(clock: Clock) -> None:
    watch = Watch("alerts", 60, None)
    watch.see({"runs": 7})
    clock.now += 50
    watch.see({})
    clock.now += 50
    watch.see({"runs": 7})


def test_systems_that_never_come_to_rest_are_given_up(clock: Clock) -> None:
    watch = Watch("everything", 60, None)
    with pytest.raises(DemoFailed, match="no rest"):
        for run in range(100):
            clock.now += 30
            watch.see({"runs": run})
