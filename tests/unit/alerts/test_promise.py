"""I20 under any order of replies, losses, deaths and waits: one message, or one visible failure or unknown."""

from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.alerts.again import send_again
from hub.alerts.outbox import LEASE_S
from hub.connector.contract import Delivery
from tests.databases import sqlite_at
from tests.unit.alerts.fakes import Desk, connector
from tests.unit.alerts.test_deliver import AWAY, BUSY, LOST, die, told

SECONDS, DAILY = {"messages_once_s": {"app": 1500}}, {"messages_once_daily": ("app",)}
STEPS = st.sampled_from(["ok", "lost", "never", "busy", "away", "refused", "die", "wait", "long", "again"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, max_size=14), st.integers(1, 3), st.sampled_from([{}, SECONDS, DAILY]))
def test_each_event_is_in_one_message_or_one_visible_failure_or_unknown(
    tmp_path: Any, steps: list[str], count: int, known: dict[str, Any]
) -> None:
    """I20, whatever the vendor and the machine do, as long as no person asks for a repeat of an unknown one."""
    db = sqlite_at(tmp_path / f"{uuid4().hex}.sqlite")
    desk = Desk(db)
    desk.connectors["chat"] = connector(**known)
    told(desk, count)
    for step in steps:
        _step(desk, step)
    desk.chat.outcomes = []
    for wait in (LEASE_S + 1, 1000, 5000, 5000):
        desk.later(wait)
        desk.deliver()
    arrived = [int(message.key.split("-")[1]) for message in desk.chat.arrived]
    assert len(arrived) == len(set(arrived)), "nothing arrives twice, not even under another key"
    for row in desk.alerts():
        assert row.state in ("delivered", "refused", "unknown")
        if row.state == "delivered":
            assert row.id in arrived
        if row.state == "refused":
            assert row.id not in arrived
    assert len(desk.alerts()) == count
    db.close()


def _step(desk: Desk, step: str) -> None:
    outcomes: dict[str, Any] = {
        "ok": Delivery("m"),
        "lost": ("arrives", LOST),
        "never": LOST,
        "busy": BUSY,
        "away": AWAY,
        "refused": Delivery("", {"wang": "invaliduser"}),
    }
    if step in outcomes:
        desk.chat.outcomes = [outcomes[step]]
        desk.deliver(1)
    elif step == "die":
        desk.chat.outcomes = []
        if any(row.state == "due" and row.due_at <= desk.now and row.lease_until is None for row in desk.alerts()):
            _killed(desk)
    elif step == "again":
        for row in desk.alerts():
            if row.state == "refused":
                send_again(desk.db, row.id, who="admin", now=desk.now)
    else:
        desk.later(70 if step == "wait" else 1000)


def _killed(desk: Desk) -> None:
    before = len(desk.chat.arrived)
    try:
        die(desk)
    except BaseException as error:  # nothing was due after all, so nobody was killed
        if type(error).__name__ != "Failed":
            raise
        assert len(desk.chat.arrived) == before
        desk.chat.outcomes = []
