"""Alerts from a business event to the salesperson's chat, through the real connector and the sandbox of 企业微信."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, insert, select, update

from connectors.wecom import CONNECTOR
from hub.alerts.again import send_again
from hub.alerts.deliver import deliver
from hub.alerts.outbox import LEASE_S
from hub.alerts.overdue import overdue_events
from hub.alerts.plan import plan
from hub.alerts.rules import list_rules, parse_rule, save_rules
from hub.store.core import alert, alert_rule, binding, business_event, connection, record
from hub.store.pending import pending
from hub.sync.clients import Clients
from sandbox.core.start import Running, start_sandbox
from tests.e2e.small_hub import SmallHub
from tests.records import put

ORDER = {"number": "XSDD001", "total": "12345.5", "currency": "CNY", "date": "2026-11-21"}


class Chat:
    """The sandbox as its users see it."""

    def __init__(self, running: Running) -> None:
        self.web = httpx.Client(base_url=running.url, timeout=20, trust_env=False)

    def make(self, name: str, *rows: dict[str, Any]) -> None:
        assert self.web.post(f"/_sandbox/records/{name}", json=list(rows)).status_code == 200

    def edit(self, name: str, key: str, changes: dict[str, Any]) -> None:
        assert self.web.put(f"/_sandbox/records/{name}/{key}", json=changes).status_code == 200

    def remove(self, name: str, key: str) -> None:
        assert self.web.delete(f"/_sandbox/records/{name}/{key}").status_code == 200

    def fault(self, kind: str, **more: Any) -> None:
        assert self.web.post("/_sandbox/faults", json={"kind": kind, **more}).status_code == 200

    def read(self, user: str) -> list[str]:
        """What stands in the chat of a member ("" = the group)."""
        rows = self.web.get("/_sandbox/records/messages", params={"user": user}).json()["records"]
        return [row["content"].get("content") or row["content"].get("description") for row in rows]


class Office:
    """A hub with 企业微信 and three salespeople that were pulled from there."""

    def __init__(self, folder: Path, running: Running) -> None:
        self.chat = Chat(running)
        self.chat.make(
            "member",
            {"userid": "WangWei", "name": "王伟", "department": [1], "mobile": "13800000001"},
            {"userid": "lina", "name": "李娜", "department": [1], "mobile": "13800000002"},
        )
        self.hub = SmallHub(folder, {"wecom": CONNECTOR})
        known = {name: value for name, value in running.credentials.items() if name in CONNECTOR.config.model_fields}
        self.at = self.hub.connect("chat", "wecom", known)
        self.hub.pull(self.at, "employee", full=True)
        with self.hub.db.write() as tx:
            tx.execute(delete(alert_rule))

    def rules(self, *given: dict[str, Any]) -> None:
        template = {"title": "订单 {{ record.number }}", "body": "{{ customer.name }} {{ record.total | money }}"}
        base = {"name": "r1", "event": "order.created", "to": ["owner"], "template": template}
        save_rules(self.hub.db, [parse_rule({**base, **one}) for one in given or ({},)], "test", self.hub.now())

    def employee(self, name: str) -> int:
        with self.hub.db.read() as tx:
            return int(tx.scalars(select(record.c.id).where(record.c.title == name)).one())

    def order(self, owner: int | None, *, kind: str = "order.created", times: int = 1, **data: Any) -> None:
        """An order, and the business event that its arrival made."""
        customer = put(self.hub.db, "customer", {"name": "杭州华星贸易有限公司", "owner": owner})
        for _ in range(times):
            key = put(self.hub.db, "order", {**ORDER, "owner": owner, "customer": customer, **data})
            event = {"kind": kind, "entity": "order", "record_id": key, "data": {"fields": ["total"]}, "state": "new"}
            with self.hub.db.write() as tx:
                tx.execute(insert(business_event).values(key=f"{kind}:{key}:1", at=self.hub.now(), **event))

    def plan(self) -> int:
        return plan(self.hub.db, self.hub.now(), connectors=self.hub.connectors)

    def deliver(self, limit: int = 100, clients: Any = None) -> int:
        return deliver(self.hub.db, clients or self.hub.clients, self.hub.now(), limit)

    def run(self) -> None:
        self.plan()
        self.deliver()

    def later(self, seconds: float) -> None:
        """Both clocks."""
        self.hub.advance(seconds)
        self.chat.web.post("/_sandbox/clock", json={"advance_s": seconds})

    def alerts(self) -> list[Any]:
        with self.hub.db.read() as tx:
            return list(tx.execute(select(alert).order_by(alert.c.id)))

    def states(self) -> list[str]:
        return [row.state for row in self.alerts()]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start_sandbox("wecom") as running:
        yield running


@pytest.fixture
def office(tmp_path: Path, sandbox: Running) -> Iterator[Office]:
    assert httpx.post(f"{sandbox.url}/_sandbox/reset", trust_env=False).status_code == 200
    made = Office(tmp_path, sandbox)
    yield made
    made.hub.close()
    made.chat.web.close()


def test_an_order_is_told_to_its_salesperson_once(office: Office) -> None:
    office.rules()
    office.order(office.employee("王伟"))
    office.run()
    office.run()
    assert office.chat.read("WangWei") == ["订单 XSDD001\n杭州华星贸易有限公司 12,345.50"]
    assert office.chat.read("lina") == []
    row = office.alerts()[0]
    assert (row.state, row.recipient, row.due_at, bool(row.receipt["id"])) == ("delivered", "WangWei", None, True)


def test_the_shipped_rules_came_with_the_first_chat_connection(tmp_path: Path) -> None:
    with start_sandbox("wecom") as running:
        hub = SmallHub(tmp_path, {"wecom": CONNECTOR})
        known = {name: value for name, value in running.credentials.items() if name in CONNECTOR.config.model_fields}
        hub.connect("chat", "wecom", known)
        names = [rule.name for rule in list_rules(hub.db)]
        assert "receivable-overdue" in names
        with hub.db.write() as tx:
            tx.execute(delete(alert_rule))
        hub.connect("chat2", "wecom", known)
        assert list_rules(hub.db) == [], "an admin deleted them: they stay deleted"
        hub.close()


def test_a_second_worker_sends_nothing_twice(office: Office) -> None:
    office.rules()
    office.order(office.employee("王伟"), times=5)
    office.plan()
    with Second(office) as other:
        assert office.deliver(3) + office.deliver(3, other) + office.deliver(3) == 5
    assert len(office.chat.read("WangWei")) == 5


class Second:
    """Another process' clients."""

    def __init__(self, office: Office) -> None:
        hub = office.hub
        self.clients = Clients(hub.db, hub.secrets, hub.connectors, now=hub.now)

    def __enter__(self) -> Clients:
        return self.clients

    def __exit__(self, *_exc: object) -> None:
        self.clients.close()


def test_a_member_outside_the_app_is_refused_with_the_reason(office: Office) -> None:
    office.rules({"to": ["owner", {"employee": "李娜"}]})
    office.order(office.employee("王伟"))
    office.chat.remove("member", "WangWei")
    office.run()
    assert office.states() == ["refused", "delivered"]
    row = office.alerts()[0]
    assert "WangWei: 成员不存在、已离职或不在应用可见范围" in row.receipt["reason"]["zh"]
    assert office.chat.read("lina") != []


def test_a_lost_reply_is_repeated_only_because_the_vendor_drops_the_repeat(office: Office) -> None:
    office.rules()
    office.order(office.employee("王伟"))
    office.chat.fault("commit_then_drop", match={"write": True})
    office.run()
    assert office.states() == ["due"], "the manifest says for how long a repeat is dropped"
    assert office.alerts()[0].receipt["lost_tries"] == 1
    assert office.deliver() == 0, "not before a minute has passed"
    office.later(61)
    office.deliver()
    assert office.states() == ["delivered"]
    assert len(office.chat.read("WangWei")) == 1


def test_a_message_that_never_arrived_arrives_by_the_repeat(office: Office) -> None:
    office.rules()
    office.order(office.employee("王伟"))
    office.chat.fault("drop_before_commit", match={"write": True})
    office.run()
    assert office.chat.read("WangWei") == []
    office.later(61)
    office.deliver()
    assert (office.states(), len(office.chat.read("WangWei"))) == (["delivered"], 1)


def test_a_reply_that_is_lost_again_and_again_ends_unknown_and_not_doubled(office: Office) -> None:
    office.rules()
    office.order(office.employee("王伟"))
    office.chat.fault("commit_then_drop", match={"write": True}, count=10)
    for seconds in (0, 61, 301, 901, 4000):
        office.later(seconds)
        office.run()
    assert office.states() == ["unknown"]
    assert "核实" in office.alerts()[0].receipt["reason"]["zh"]
    assert len(office.chat.read("WangWei")) == 1
    office.chat.web.delete("/_sandbox/faults")
    office.later(100_000)
    office.run()
    assert len(office.chat.read("WangWei")) == 1, "nobody asked for a repeat"


def test_a_repeat_that_comes_too_late_is_not_made(office: Office) -> None:
    office.rules()
    office.order(office.employee("王伟"))
    office.chat.fault("commit_then_drop", match={"write": True})
    office.run()
    office.later(20_000)
    office.deliver()
    assert (office.states(), len(office.chat.read("WangWei"))) == (["unknown"], 1)


def test_the_group_robot_speaks_once_and_its_lost_reply_is_unknown(office: Office) -> None:
    office.rules({"to": ["robot"], "channel": {"kind": "markdown", "mention": True}})
    office.order(office.employee("王伟"))
    office.run()
    assert len(office.chat.read("")) == 1
    assert "<@WangWei>" in office.chat.read("")[0]
    office.order(office.employee("王伟"))
    office.chat.fault("commit_then_drop", match={"write": True})
    office.run()
    office.later(10_000)
    office.run()
    assert office.states() == ["delivered", "unknown"]
    assert len(office.chat.read("")) == 2


def test_over_the_limit_of_a_member_waits_and_loses_nothing(office: Office) -> None:
    office.rules()
    office.order(office.employee("王伟"), times=35)
    office.run()
    assert (office.states().count("delivered"), office.states().count("due")) == (30, 5)
    office.later(61)
    office.deliver()
    assert office.states().count("delivered") == 35
    assert len(office.chat.read("WangWei")) == 35


def test_a_vendor_that_says_later_is_asked_later(office: Office) -> None:
    office.rules()
    office.order(office.employee("王伟"))
    office.chat.fault("rate_limited", match={"write": True})
    office.run()
    row = office.alerts()[0]
    assert (row.state, "waiting" in row.receipt) == ("due", True)
    assert row.due_at > office.hub.now()
    office.later(61)
    office.deliver()
    assert (office.states(), len(office.chat.read("WangWei"))) == (["delivered"], 1)


def test_a_dead_process_leaves_its_message_unknown_or_repeats_it_safely(office: Office) -> None:
    office.rules({}, {"name": "r2", "to": ["robot"]})
    office.order(office.employee("王伟"))
    office.plan()

    class Killed(BaseException):
        pass

    class Dying:
        """Sends, and dies before anybody learns of it."""

        def connector(self, key: int) -> Any:
            return office.hub.clients.connector(key)

        def get(self, key: int) -> Any:
            real = office.hub.clients.get(key)

            class Client:
                def send(self, message: Any) -> Any:
                    real.send(message)
                    raise Killed

            return Client()

    for _ in range(2):
        with pytest.raises(Killed):
            deliver(office.hub.db, Dying(), office.hub.now(), 1)
    assert office.states() == ["sending", "sending"]
    assert office.deliver() == 0, "the lease may still be held by somebody alive"
    office.later(LEASE_S + 1)
    with office.hub.db.read() as tx:
        assert pending(tx, office.hub.now()).alerts, "the scheduler sees that there is something to look after"
    office.deliver()
    assert office.states() == ["due", "unknown"]
    office.later(61)
    office.deliver()
    assert office.states() == ["delivered", "unknown"]
    assert (len(office.chat.read("WangWei")), len(office.chat.read(""))) == (1, 1)


def test_who_was_not_pulled_is_found_by_mobile(office: Office) -> None:
    office.rules()
    office.chat.make("member", {"userid": "zhaomin", "name": "赵敏", "department": [1], "mobile": "13800000009"})
    zhao = put(office.hub.db, "employee", {"name": "赵敏", "mobile": "+8613800000009"})
    office.order(zhao)
    office.run()
    assert len(office.chat.read("zhaomin")) == 1
    assert office.alerts()[0].recipient == "zhaomin"


def test_a_mobile_that_nobody_has_there_is_shown(office: Office) -> None:
    office.rules()
    office.order(put(office.hub.db, "employee", {"name": "钱多", "mobile": "+8613800000077"}))
    office.run()
    row = office.alerts()[0]
    assert row.state == "refused"
    assert "钱多" in row.receipt["reason"]["zh"]
    assert "chat" in row.receipt["reason"]["en"]


def test_an_order_of_nobody_is_shown_and_goes_out_when_it_has_an_owner(office: Office) -> None:
    office.rules()
    office.order(None)
    office.run()
    row = office.alerts()[0]
    assert (row.state, "没有负责人" in row.receipt["reason"]["zh"]) == ("refused", True)
    with office.hub.db.write() as tx:
        data = {**ORDER, "owner": office.employee("李娜")}
        tx.execute(update(record).where(record.c.id == row.record_id).values(data=data, version=record.c.version + 1))
    send_again(office.hub.db, row.id, who="admin", now=office.hub.now())
    office.run()
    assert office.states() == ["delivered"]
    assert len(office.chat.read("lina")) == 1


def test_a_template_that_fails_for_one_order_is_shown(office: Office) -> None:
    office.rules({"template": {"body": "{% if record.custom.score > 5 %}high{% endif %}ok"}})
    office.order(office.employee("王伟"), **{"custom.score": "many"})
    office.order(office.employee("王伟"), **{"custom.score": 9})
    office.run()
    assert office.states() == ["refused", "delivered"]
    assert "template.body" in office.alerts()[0].receipt["reason"]["en"]
    assert office.chat.read("WangWei") == ["highok"]
    assert office.plan() == 0


def test_wrong_settings_pause_the_connection_and_the_message_waits(office: Office) -> None:
    office.rules()
    office.order(office.employee("王伟"))
    office.chat.edit("setting", "trusted_ips", {"value": "203.0.113.9"})
    office.run()
    with office.hub.db.read() as tx:
        at = tx.execute(select(connection).where(connection.c.id == office.at)).one()
    assert (at.state, "IP" in at.reason["zh"], office.states()) == ("paused", True, ["due"])
    office.later(1000)
    assert office.deliver() == 0
    office.chat.edit("setting", "trusted_ips", {"value": ""})
    office.hub.engine.resume(office.at, who="admin")
    office.later(1000)
    office.deliver()
    assert (office.states(), len(office.chat.read("WangWei"))) == (["delivered"], 1)


def test_an_overdue_receivable_is_one_alert(office: Office) -> None:
    office.rules(
        {
            "name": "late",
            "event": "receivable.overdue",
            "template": {
                "title": "逾期 {{ days_overdue }} 天",
                "body": "{{ record.number }} {{ outstanding | money: record.currency }}",
            },
        }
    )
    wang = office.employee("王伟")
    today = office.hub.now().date()
    due = (today - timedelta(days=8)).isoformat()
    customer = put(office.hub.db, "customer", {"name": "甲公司"})
    owed = {"number": "AR1", "customer": customer, "owner": wang, "currency": "CNY", "amount": "100", "status": "open"}
    key = put(office.hub.db, "receivable", {**owed, "date": "2026-01-01", "due_date": due})
    put(office.hub.db, "settlement", {"receivable": key, "amount": "30", "date": "2026-01-02"})
    for _ in range(3):
        overdue_events(office.hub.db, today, office.hub.now())
        office.run()
    assert office.chat.read("WangWei") == ["逾期 8 天\nAR1 70.00"]
    assert overdue_events(office.hub.db, today + timedelta(days=7), office.hub.now()) == 1
    office.run()
    assert office.chat.read("WangWei")[1:] == ["逾期 15 天\nAR1 70.00"]


def test_employees_that_left_are_not_told(office: Office) -> None:
    office.rules()
    office.order(put(office.hub.db, "employee", {"name": "旧人", "mobile": "+8613800000001", "status": "disabled"}))
    office.run()
    assert office.states() == ["refused"]
    assert office.chat.read("WangWei") == []


def test_bindings_that_are_gone_reach_nobody(office: Office) -> None:
    office.rules()
    wang = office.employee("王伟")
    with office.hub.db.write() as tx:
        tx.execute(update(binding).where(binding.c.record_id == wang).values(state="gone"))
        tx.execute(
            update(record).where(record.c.id == wang).values(data={"name": "王伟"}, version=record.c.version + 1)
        )
    office.order(wang)
    office.run()
    assert office.states() == ["refused"]
