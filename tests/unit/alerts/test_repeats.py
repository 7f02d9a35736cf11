"""Until when a message whose reply was lost may be sent again, where the vendor knows a repeat only on the same day."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.connector.contract import Delivery
from hub.connector.manifest import DAY_MARGIN
from hub.errors import OutcomeUnknown
from tests.unit.alerts.fakes import ChatClient, Desk, connector

CHINA = ZoneInfo("Asia/Shanghai")
LOST = OutcomeUnknown("没有答复", "no reply")


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-21 {clock}").replace(tzinfo=CHINA).astimezone(UTC)


@pytest.mark.parametrize(
    ("sent", "until"),
    [
        ("12:00:00", "23:55:00"),
        ("00:05:00", "23:55:00"),
        ("23:54:59", "23:55:00"),
        ("23:57:00", "23:57:00"),
        ("00:04:59", "00:04:59"),
    ],
)
def test_a_repeat_is_known_on_the_same_day_but_not_around_midnight(sent: str, until: str) -> None:
    manifest = connector(messages_once_daily=("app",)).manifest
    assert manifest.repeat_until("app", at(sent)) == at(until)
    assert manifest.repeat_until("robot", at(sent)) == at(sent)


def test_the_longer_of_two_promises_counts() -> None:
    manifest = connector(messages_once_s={"app": 1800}, messages_once_daily=("app",)).manifest
    assert manifest.repeat_until("app", at("12:00:00")) == at("23:55:00")
    assert manifest.repeat_until("app", at("23:50:00")) == at("23:50:00") + timedelta(seconds=1800)


def test_the_day_is_the_vendors() -> None:
    manifest = connector(messages_once_daily=("app",), zone="UTC").manifest
    assert manifest.repeat_until("app", at("09:00:00")) == datetime(2026, 11, 22, tzinfo=UTC) - DAY_MARGIN


def daily(desk: Desk, clock: str) -> Desk:
    """One order, planned, at a chat that knows repeats of the day."""
    desk.connectors["chat"] = connector(messages_once_daily=("app",))
    desk.now = at(clock)
    desk.rule()
    desk.event(desk.order(desk.employee("王伟", "wang")))
    desk.plan()
    return desk


@pytest.mark.parametrize(("clock", "state", "calls"), [("12:00:00", "delivered", 2), ("23:54:30", "unknown", 1)])
def test_a_lost_reply_is_repeated_on_the_same_day_only(desk: Desk, clock: str, state: str, calls: int) -> None:
    daily(desk, clock).chat.outcomes = [("arrives", LOST)]
    desk.deliver()
    desk.later(61)
    desk.deliver()
    assert (desk.states(), len(desk.chat.seen), len(desk.chat.arrived)) == ([state], calls, 1)


def test_a_repeat_held_up_over_midnight_is_not_sent(desk: Desk) -> None:
    daily(desk, "12:00:00").chat.outcomes = [("arrives", LOST)]
    desk.deliver()
    desk.later(13 * 3600)
    desk.deliver()
    assert (desk.states(), len(desk.chat.seen)) == (["unknown"], 1)


def test_what_became_of_a_repeat_is_asked_even_on_the_next_day(desk: Desk) -> None:
    """Asking sends nothing, so it is never too late for it."""

    class Later(ChatClient):
        def receipt(self, _message: Any, delivery: str) -> Delivery:
            return Delivery(delivery)

    key = min(desk.clients)
    desk.clients[key] = Later(outcomes=[("arrives", LOST), Delivery("task", uncertain=("wang",))])
    daily(desk, "12:00:00").deliver()
    desk.later(61)
    desk.deliver()
    assert desk.states() == ["due"]
    desk.later(13 * 3600)
    desk.deliver()
    assert (desk.states(), len(desk.chat.seen), desk.alerts()[0].receipt["id"]) == (["delivered"], 2, "task")
