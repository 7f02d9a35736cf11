"""Alerts from a business event to the salesperson's 钉钉: what the vendor drops in silence is found, said, and sent again on demand."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import delete

from connectors.dingtalk import CONNECTOR
from hub.alerts.again import send_again
from hub.store.core import alert_rule
from sandbox.core.start import Running, start_sandbox
from tests.e2e.small_hub import SmallHub
from tests.e2e.test_alerts_wecom import Chat, Office

LINK = {"title": "订单", "body": "{{ record.number }}", "url": "https://hub.example/orders"}


class DingChat(Chat):
    def read(self, user: str) -> list[str]:
        """What stands in the chat of a member ("" = the group)."""
        rows = self.web.get("/_sandbox/records/messages", params={"user": user}).json()["records"]
        return [str(row["msg"]) for row in rows]

    def todos(self) -> list[str]:
        return [row["subject"] for row in self.web.get("/_sandbox/records/todo").json()["records"]]


class DingOffice(Office):
    """A hub with 钉钉 and two salespeople that were pulled from there."""

    chat: DingChat

    def __init__(self, folder: Path, running: Running) -> None:
        self.chat = DingChat(running)
        people = {"16301": ("王伟", "13800000001"), "16302": ("李娜", "13800000002")}
        self.chat.make("member", *({"userid": u, "name": n, "mobile": m} for u, (n, m) in people.items()))
        self.hub = SmallHub(folder, {"dingtalk": CONNECTOR})
        self.at = self.hub.connect("chat", "dingtalk", running.credentials)
        self.hub.pull(self.at, "employee", full=True)
        with self.hub.db.write() as tx:
            tx.execute(delete(alert_rule))

    def set(self, name: str, value: Any) -> None:
        self.chat.edit("setting", name, {"value": value})


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start_sandbox("dingtalk", {"qps": 0}) as running:
        yield running


@pytest.fixture
def office(tmp_path: Path, sandbox: Running) -> Iterator[DingOffice]:
    assert httpx.post(f"{sandbox.url}/_sandbox/reset", trust_env=False).status_code == 200
    made = DingOffice(tmp_path, sandbox)
    yield made
    made.hub.close()
    made.chat.web.close()


def test_an_order_is_told_to_its_salesperson_once(office: DingOffice) -> None:
    office.rules()
    office.order(office.employee("王伟"))
    office.run()
    office.run()
    (text,) = office.chat.read("16301")
    assert "订单 XSDD001\\n杭州华星贸易有限公司 12,345.50" in text
    assert office.chat.read("16302") == []
    row = office.alerts()[0]
    assert (row.state, row.recipient, bool(row.receipt["id"])) == ("delivered", "16301", True)


def test_two_alerts_with_the_same_words_both_arrive(office: DingOffice) -> None:
    office.rules()
    office.order(office.employee("王伟"), times=2)
    office.run()
    assert office.states() == ["delivered", "delivered"]
    assert len(office.chat.read("16301")) == 2


def test_what_was_dropped_in_silence_is_refused_with_its_reason_and_can_be_sent_again(office: DingOffice) -> None:
    office.set("notices_per_day", 1)
    office.rules()
    office.order(office.employee("王伟"), times=2)
    office.run()
    assert sorted(office.states()) == ["delivered", "refused"]
    (row,) = [one for one in office.alerts() if one.state == "refused"]
    assert "143105" in row.receipt["reason"]["zh"]
    office.set("notices_per_day", 500)
    send_again(office.hub.db, row.id, who="boss", now=office.hub.now())
    office.run()
    assert office.states() == ["delivered", "delivered"]


@pytest.fixture
def slow(office: DingOffice, monkeypatch: pytest.MonkeyPatch) -> DingOffice:
    """The vendor takes ten minutes to say what became of a message."""
    monkeypatch.setattr("connectors.dingtalk.messages.WAITS_S", (0.0,))
    office.set("notice_takes_s", 600.5)
    office.rules()
    office.order(office.employee("王伟"))
    return office


def test_what_the_vendor_confirms_later_is_asked_again_and_not_sent_again(slow: DingOffice) -> None:
    slow.run()
    assert slow.states() == ["due"]
    for seconds, state in ((61, "due"), (301, "due"), (901, "delivered")):
        slow.later(seconds)
        slow.deliver()
        assert slow.states() == [state]
    assert len(slow.chat.web.get("/_sandbox/journal", params={"kind": "message"}).json()["entries"]) == 1


def test_a_drop_that_shows_later_is_refused(slow: DingOffice) -> None:
    slow.set("banned_words", "XSDD001")
    slow.run()
    slow.later(700)
    slow.deliver()
    (row,) = slow.alerts()
    assert row.state == "refused"
    assert "1430002" in row.receipt["reason"]["zh"]


def test_what_the_vendor_never_confirms_is_not_called_delivered(slow: DingOffice) -> None:
    slow.set("notice_takes_s", 80_000.5)
    slow.run()
    for seconds in (61, 301, 901):
        slow.later(seconds)
        slow.deliver()
    (row,) = slow.alerts()
    assert row.state == "unknown"
    assert "没有确认" in row.receipt["reason"]["zh"]


def told_at(office: DingOffice, clock: time, fault: str, **rule: Any) -> None:
    """One order, told at that time in China; its work notification meets the fault."""
    now = office.hub.now().astimezone(ZoneInfo("Asia/Shanghai"))
    then = datetime.combine(now.date() + timedelta(days=1), clock, now.tzinfo)
    office.later((then - now).total_seconds())
    office.rules(rule)
    office.order(office.employee("王伟"))
    office.chat.fault(fault, match={"write": True})
    office.run()


@pytest.mark.parametrize("fault", ["commit_then_drop", "drop_before_commit", "late_commit"])
def test_a_lost_reply_is_repeated_on_the_same_day_and_arrives_once(office: DingOffice, fault: str) -> None:
    """The vendor drops what a member got before on the same day, and tells so: the repeat says whether the first arrived."""
    told_at(office, time(12), fault)
    assert office.states() == ["due"]
    office.later(61)
    office.deliver()
    assert office.states() == ["delivered"]
    assert len(office.chat.read("16301")) == 1


def test_a_long_message_whose_reply_was_lost_arrives_once_and_whole(office: DingOffice) -> None:
    lines = [f"第{n}行：应收账款已逾期，请尽快跟进。" for n in range(100)]
    told_at(office, time(12), "commit_then_drop", template={"title": "订单", "body": "\n".join(lines)})
    office.later(61)
    office.deliver()
    assert office.states() == ["delivered"]
    parts = office.chat.read("16301")
    assert len(parts) > 1
    assert [sum(line in part for part in parts) for line in lines] == [1] * 100


def test_a_reply_lost_before_midnight_is_left_to_a_person(office: DingOffice) -> None:
    """On the next day the vendor would not know the repeat. Sent in time by a person, it is known."""
    told_at(office, time(23, 56), "commit_then_drop")
    (row,) = office.alerts()
    assert row.state == "unknown"
    send_again(office.hub.db, row.id, who="boss", now=office.hub.now())
    office.run()
    assert office.states() == ["delivered"]
    assert len(office.chat.read("16301")) == 1, "the repeat was known by its mark"


@pytest.mark.parametrize("by", ["person", "todo"])
def test_a_rule_chooses_how_a_person_is_told(office: DingOffice, by: str) -> None:
    office.rules({"channel": {"by": by}, "template": LINK})
    office.order(office.employee("王伟"))
    office.run()
    assert office.states() == ["delivered"]
    told = office.chat.todos() if by == "todo" else office.chat.read("16301")
    assert len(told) == 1
    assert "订单" in told[0]


def test_a_to_do_whose_reply_was_lost_is_made_once(office: DingOffice) -> None:
    office.rules({"channel": {"by": "todo"}, "template": LINK})
    office.order(office.employee("王伟"))
    office.chat.fault("commit_then_drop", match={"write": True})
    office.run()
    assert office.states() == ["due"], "the vendor knows the repeat by its sourceId"
    office.later(61)
    office.deliver()
    assert (office.states(), len(office.chat.todos())) == (["delivered"], 1)


def test_the_group_robots_limit_loses_nothing(office: DingOffice) -> None:
    office.rules({"to": ["robot"]})
    office.order(office.employee("王伟"), times=23)
    office.run()
    assert office.states().count("due") == 3
    office.later(601)
    office.deliver()
    assert office.states() == ["delivered"] * 23
    assert len(office.chat.read("")) == 23


def test_who_left_is_named(office: DingOffice) -> None:
    office.rules()
    office.chat.remove("member", "16301")
    office.order(office.employee("王伟"))
    office.run()
    (row,) = office.alerts()
    assert row.state == "refused"
    assert "16301" in row.receipt["reason"]["zh"]
