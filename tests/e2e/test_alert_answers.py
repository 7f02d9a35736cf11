"""“我知道了” from the chat to the alert: verified, kept once, recorded, the card changed; through real connector and sandbox."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from connectors.wecom import CONNECTOR
from hub.alerts.answers import take_answers
from hub.api.inbound import inbound_row
from hub.connector.testing import Receiver
from hub.store.alertlog import list_alerts
from hub.store.core import alert_answer
from hub.store.inbound import keep
from hub.store.paging import PageRequest
from hub.store.pending import pending
from hub.store.scope import EVERYTHING
from sandbox.core.start import Running, start_sandbox
from tests.e2e.test_alerts_wecom import Office


class Asking(Office):
    """An office whose rule asks for a confirmation. `config` is what the callback is verified with."""

    def __init__(self, folder: Path, running: Running) -> None:
        super().__init__(folder, running)
        known = {name: value for name, value in running.credentials.items() if name in CONNECTOR.config.model_fields}
        self.config = CONNECTOR.config.model_validate(known)
        self.rules({"channel": {"kind": "confirm"}})

    def tell(self, name: str = "王伟", number: str = "XSDD001") -> str:
        """One alert, delivered; the key of its card."""
        self.order(self.employee(name), number=number)
        self.run()
        journal = self.chat.web.get("/_sandbox/journal", params={"object": "message"}).json()["entries"]
        return str(journal[-1]["data"]["content"]["task_id"])

    def press(self, task: str, *, times: int = 1, **more: str) -> None:
        """Pressed in the chat; what arrives is verified and kept, as the webhook route does it. `more`: other elements of the event."""
        fields = {
            "FromUserName": "WangWei",
            "EventKey": "confirm",
            "TaskId": task,
            "CardType": "button_interaction",
            **more,
        }
        with Receiver() as receiver:
            asked = {"url": receiver.url, "event": "template_card_event", "fields": fields, "times": times}
            assert self.chat.web.post("/_sandbox/push", json=asked).status_code == 200
        assert CONNECTOR.callback is not None
        for request in receiver.requests:
            reply = CONNECTOR.callback(self.config, request, self.hub.now())
            with self.hub.db.write() as tx:
                keep(tx, [inbound_row(self.at, reply.hints, self.hub.now(), answers=reply.answers)])

    def take(self) -> int:
        return take_answers(self.hub.db, self.hub.clients, self.hub.now(), 50)

    def answers(self) -> list[Any]:
        with self.hub.db.read() as tx:
            return list(tx.execute(select(alert_answer).order_by(alert_answer.c.id)))

    def updates(self) -> int:
        found = self.chat.web.get("/_sandbox/journal", params={"object": "template_card"}).json()["entries"]
        return len(found)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start_sandbox("wecom") as running:
        yield running


@pytest.fixture
def office(tmp_path: Path, sandbox: Running) -> Iterator[Asking]:
    assert httpx.post(f"{sandbox.url}/_sandbox/reset", trust_env=False).status_code == 200
    made = Asking(tmp_path, sandbox)
    yield made
    made.hub.close()
    made.chat.web.close()


def test_who_acknowledged_and_when_is_on_the_alert_and_on_the_card(office: Asking) -> None:
    task = office.tell()
    office.press(task, times=3)
    with office.hub.db.read() as tx:
        assert pending(tx, office.hub.now()).alerts
    assert office.take() == 1, "the vendor repeats deliveries"
    with office.hub.db.read() as tx:
        assert not pending(tx, office.hub.now()).alerts
        (shown,) = list_alerts(tx, EVERYTHING, PageRequest()).rows
    (row,) = office.alerts()
    assert (row.state, row.acknowledged_by) == ("delivered", "WangWei")
    assert row.sent_at <= row.acknowledged_at <= office.hub.now()
    assert (shown["acknowledged_by"], shown["acknowledged_at"]) == ("WangWei", row.acknowledged_at)
    assert office.updates() == 1
    assert [(one.state, one.handle, one.reason) for one in office.answers()] == [("done", "", None)]


def test_the_first_press_counts(office: Asking) -> None:
    task = office.tell()
    office.press(task)
    office.take()
    first = office.alerts()[0].acknowledged_at
    office.later(60)
    office.press(task)
    office.take()
    assert office.alerts()[0].acknowledged_at == first


def test_what_does_not_belong_to_the_alert_changes_nothing(office: Asking) -> None:
    task = office.tell()
    office.press(task, FromUserName="lina")
    for other in (task + "0", "alert-1", "something else"):
        office.press(other, ResponseCode="of-another-card")
    office.press(task, EventKey="delete")
    assert office.take() == 5
    assert [one.state for one in office.answers()] == ["ignored"] * 5
    assert all(one.reason["zh"] and one.reason["en"] for one in office.answers())
    assert office.alerts()[0].acknowledged_at is None
    assert office.updates() == 0


def test_a_card_that_cannot_be_changed_now_is_changed_later(office: Asking) -> None:
    task = office.tell()
    office.press(task)
    office.chat.fault("rate_limited", match={"write": True})
    office.take()
    assert office.alerts()[0].acknowledged_by == "WangWei", "it is recorded whatever becomes of the card"
    assert (office.updates(), office.answers()[0].state) == (0, "new")
    assert office.take() == 0
    office.later(601)
    assert office.take() == 1
    assert (office.updates(), office.answers()[0].state) == (1, "done")


def test_a_card_whose_time_is_over_stays_as_it_is(office: Asking) -> None:
    task = office.tell()
    office.press(task)
    office.later(73 * 3600)
    office.take()
    (answer,) = office.answers()
    assert (answer.state, answer.reason["zh"]) == ("done", "卡片已过期，不能再更新")
    assert office.alerts()[0].acknowledged_by == "WangWei"


def test_an_answer_proves_that_a_message_with_a_lost_reply_arrived(office: Asking) -> None:
    office.order(office.employee("王伟"))
    office.plan()
    office.chat.fault("commit_then_drop", match={"object": "message"})
    office.deliver()
    journal = office.chat.web.get("/_sandbox/journal", params={"object": "message"}).json()["entries"]
    office.later(24 * 3600)
    office.deliver()
    assert office.states() == ["unknown"]
    office.press(str(journal[-1]["data"]["content"]["task_id"]))
    office.take()
    assert office.states() == ["delivered"]
