"""An order above a limit waits for its approval in 钉钉: started there once, decided there, told by callback or by Stream, then
written at the ERP."""

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from connectors.dingtalk import CONNECTOR
from hub.api.inbound import inbound_row
from hub.connector import Hint, Listening
from hub.connector.testing import Receiver
from hub.setup.connections import NewConnection, add_connection
from hub.setup.flows import FlowChange, set_flow
from hub.store.inbound import keep
from sandbox.core.start import start_sandbox
from tests.e2e.stage import UNLIMITED, Row, Stage

LIMIT = {"needs_approval": True, "approval_when": [{"field": "total", "op": "gt", "value": "1000"}]}


class Office(Stage):
    """CRM and ERP as ever, and 钉钉 with the salesperson, the boss and one approval template."""

    def __init__(self, folder: Path, events: str = "callback") -> None:
        super().__init__(folder)
        chat = self.sandboxes["chat"] = start_sandbox("dingtalk", {"qps": 0})
        person = {"userid": "16301", "name": "张三", "mobile": "13800000001"}
        self.seed("chat", "member", person, {"userid": "boss", "name": "钱总", "mobile": "13900000000"})
        more = {"process_code": "PROC-SANDBOX-ORDER-0001", "events": events}
        self.settings = CONNECTOR.config.model_validate({**chat.credentials, **more})
        new = NewConnection("chat", "dingtalk", {**chat.credentials, **more}, UNLIMITED)
        self.ids["chat"] = add_connection(self.hub, new, who="test")
        (self.buyer,) = self.customers("杭州华星贸易有限公司")

    def go_live(self) -> None:
        self.first_contact("customer", "order")
        for entity in ("employee", "approval"):
            assert self.pull("chat", entity, full=True).state == "ok"
        self.work()
        self.hub.engine.release_flow(self.flow_id("chat", "approval"), who="test")
        set_flow(self.hub, self.flow_id("erp", "order"), FlowChange.model_validate(LIMIT), who="test")
        self.poll()

    def forms(self) -> list[Row]:
        return self.rows("chat", "approval")

    def waiting(self) -> Row:
        """One big order that waits, and its approval."""
        self.sale(self.buyer, number="100")
        self.poll()
        assert self.rows("erp", "SAL_SaleOrder") == []
        (form,) = self.forms()
        return form

    def decide(self, form: Row, result: str) -> None:
        self.edit("chat", "approval", form["processInstanceId"], result=result, by="boss", remark="看过了")

    def keep(self, hints: Sequence[Hint]) -> None:
        with self.hub.db.write() as tx:
            keep(tx, [inbound_row(self.ids["chat"], hints, self.hub.now())])

    def told(self, form: Row, *, times: int = 1) -> None:
        """The vendor pushes the event; the delivery is verified and kept as the webhook route does it."""
        fields = {"processInstanceId": form["processInstanceId"], "processCode": form["processCode"], "type": "finish"}
        with Receiver() as receiver:
            event = {"url": receiver.url, "event": "bpms_instance_change", "times": times, "fields": fields}
            self.control("chat", "POST", "push", event)
        assert CONNECTOR.callback is not None
        for request in receiver.requests:
            self.keep(CONNECTOR.callback(self.settings, request, self.hub.now()).hints)


def values(form: Row) -> dict[str, str]:
    return {one["name"]: one["value"] for one in form["formComponentValues"]}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    made.go_live()
    yield made
    made.close()


def test_a_small_order_goes_straight_on(office: Office) -> None:
    office.sale(office.buyer)
    office.poll()
    assert len(office.rows("erp", "SAL_SaleOrder")) == 1
    assert office.forms() == []


def test_a_big_order_waits_for_its_approval_and_is_written_when_it_came(office: Office) -> None:
    form = office.waiting()
    shown = values(form)
    assert form["originatorUserId"] == "16301", "in the name of the salesperson"
    assert (shown["金额"], shown["客户"], shown["币种"]) == ("10010", "杭州华星贸易有限公司", "CNY")
    assert shown["订单编号"]
    assert shown["备注"].startswith("轴承")
    office.poll()
    assert len(office.forms()) == 1, "asked for once"
    office.decide(form, "agree")
    office.told(form, times=3)
    office.work()
    assert len(office.rows("erp", "SAL_SaleOrder")) == 1
    (approval,) = office.records("approval")
    people = {row.data["name"]: row.id for row in office.records("employee")}
    assert (approval.data["status"], approval.data["number"]) == ("approved", form["businessId"])
    assert approval.data["decided_by"] == people["钱总"]
    assert approval.data["decided_at"] >= approval.data["started_at"]
    office.poll()
    assert len(office.forms()) == len(office.rows("erp", "SAL_SaleOrder")) == 1


@pytest.mark.parametrize("how", ["refuse", "withdraw"])
def test_a_refused_or_withdrawn_one_leaves_the_decision_to_a_person(office: Office, how: str) -> None:
    form = office.waiting()
    if how == "refuse":
        office.decide(form, "refuse")
    else:
        office.edit("chat", "approval", form["processInstanceId"], status="TERMINATED")
    office.told(form)
    office.work()
    assert office.rows("erp", "SAL_SaleOrder") == []
    (item,) = office.inbox("approval_refused")
    assert ("被拒绝" if how == "refuse" else "被撤回") in item.zh
    office.hub.engine.resolve(item.id, choice="approve", revision=item.revision, who="lead")
    office.work()
    assert len(office.rows("erp", "SAL_SaleOrder")) == 1


def test_a_lost_callback_is_made_up_for_by_the_next_pull(office: Office) -> None:
    office.decide(office.waiting(), "agree")
    office.work()
    assert office.rows("erp", "SAL_SaleOrder") == []
    office.pull("chat", "approval")
    office.work()
    assert len(office.rows("erp", "SAL_SaleOrder")) == 1


def test_a_start_whose_reply_was_lost_is_found_by_its_key(office: Office) -> None:
    office.sale(office.buyer, number="100")
    for name in ("crm", "erp"):
        office.pull(name, "order")
    office.fault("chat", "commit_then_drop", match={"write": True, "object": "approval"})
    office.poll()
    assert office.fired("chat", "commit_then_drop") == 1
    for _ in range(3):
        office.wait()
        office.control("chat", "POST", "clock", {"advance_s": 180})
        office.poll()
    (form,) = office.forms()
    (bound,) = office.bindings("chat", "approval")
    assert (bound.external_id, bound.state) == (form["processInstanceId"], "linked")
    assert office.inbox() == []


def test_the_same_by_stream(tmp_path: Path) -> None:
    office = Office(tmp_path, events="stream")
    office.go_live()
    form = office.waiting()
    client = office.hub.clients.get(office.ids["chat"])
    assert isinstance(client, Listening)
    stop = threading.Event()
    ear = threading.Thread(target=client.listen, args=(office.keep, stop))
    ear.start()
    try:
        while not office.control("chat", "POST", "push", {"url": "stream", "system": "ping"})["connections"]:
            time.sleep(0.05)
        office.decide(form, "agree")
        end = time.monotonic() + 20
        while not office.rows("erp", "SAL_SaleOrder"):
            assert time.monotonic() < end, "the event did not come"
            office.work()
    finally:
        stop.set()
        ear.join()
        office.close()
