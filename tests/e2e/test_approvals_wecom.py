"""An order above a limit waits for its approval in 企业微信: started once, decided there, told by callback, written at the ERP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.wecom import CONNECTOR
from hub.api.inbound import inbound_row
from hub.connector.testing import Receiver
from hub.setup.connections import NewConnection, add_connection
from hub.setup.flows import FlowChange, set_flow
from hub.store.inbound import keep
from sandbox.core.start import start_sandbox
from tests.contract.test_wecom_approvals import TEMPLATE, template
from tests.e2e.stage import UNLIMITED, Row, Stage

ORDER_CONTROLS = {"订单编号": "Text", "客户": "Text", "币种": "Text"}


def order_template() -> Row:
    """The template of the page docs/approvals.md."""
    made = template()
    for n, (title, kind) in enumerate(ORDER_CONTROLS.items(), 20):
        named = {"control": kind, "id": f"{kind}-{n}", "title": [{"text": title, "lang": "zh_CN"}], "require": 0}
        made["template_content"]["controls"].append({"property": named, "config": {}})
    return made


class Office(Stage):
    """CRM and ERP as ever, and 企业微信 with the salesperson, the boss and one approval template."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        chat = self.sandboxes["chat"] = start_sandbox("wecom", {"legacy_contact_fields": True})
        person = {"userid": "ZhangSan", "name": "张三", "mobile": "13800000001"}
        self.seed("chat", "member", person, {"userid": "boss", "name": "钱总", "mobile": "13900000000"})
        self.seed("chat", "approval_template", order_template())
        known = {name: value for name, value in chat.credentials.items() if name in CONNECTOR.config.model_fields}
        new = NewConnection("chat", "wecom", {**known, "approval_template": TEMPLATE}, UNLIMITED)
        self.ids["chat"] = add_connection(self.hub, new, who="test")
        self.settings = CONNECTOR.config.model_validate({**known, "approval_template": TEMPLATE})
        (self.buyer,) = self.customers("杭州华星贸易有限公司")

    def go_live(self) -> None:
        self.first_contact("customer", "order")
        for entity in ("employee", "approval"):
            assert self.pull("chat", entity, full=True).state == "ok"
        self.work()
        self.hub.engine.release_flow(self.flow_id("chat", "approval"), who="test")
        limit: dict[str, Any] = {
            "needs_approval": True,
            "approval_when": [{"field": "total", "op": "gt", "value": "1000"}],
        }
        set_flow(self.hub, self.flow_id("erp", "order"), FlowChange.model_validate(limit), who="test")
        self.poll()

    def forms(self) -> list[Row]:
        return self.rows("chat", "approval")

    def value(self, form: Row, title: str) -> str:
        rows = {row["title"][0]["text"]: row["value"] for row in form["apply_data"]["contents"]}
        return str(next(iter(rows[title].values())))

    def told(self, form: Row, *, times: int = 1) -> None:
        """The vendor pushes the form's change; the delivery is verified and kept as the webhook route does it."""
        info = {"SpNoStr": form["sp_no"], "TemplateId": TEMPLATE, "StatuChangeEvent": 2}
        with Receiver() as receiver:
            event = {
                "url": receiver.url,
                "event": "sys_approval_change",
                "times": times,
                "fields": {"ApprovalInfo": info},
            }
            self.control("chat", "POST", "push", event)
        assert CONNECTOR.callback is not None
        for request in receiver.requests:
            reply = CONNECTOR.callback(self.settings, request, self.hub.now())
            with self.hub.db.write() as tx:
                keep(tx, [inbound_row(self.ids["chat"], reply.hints, self.hub.now())])


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
    office.sale(office.buyer, number="100")
    office.poll()
    assert office.rows("erp", "SAL_SaleOrder") == []
    (form,) = office.forms()
    assert form["applyer"]["userid"] == "ZhangSan", "in the name of the salesperson"
    assert (office.value(form, "金额"), office.value(form, "客户")) == ("10010", "杭州华星贸易有限公司")
    assert office.value(form, "明细").startswith("轴承")
    office.poll()
    assert len(office.forms()) == 1, "asked for once"
    office.edit("chat", "approval", form["sp_no"], sp_status=2)
    office.told(form, times=3)
    office.work()
    assert len(office.rows("erp", "SAL_SaleOrder")) == 1
    (approval,) = office.records("approval")
    people = {row.data["name"]: row.id for row in office.records("employee")}
    assert (approval.data["status"], approval.data["number"]) == ("approved", form["sp_no"])
    assert approval.data["decided_by"] == people["钱总"]
    assert approval.data["decided_at"] >= approval.data["started_at"]
    office.poll()
    assert len(office.forms()) == len(office.rows("erp", "SAL_SaleOrder")) == 1


def test_a_lost_callback_is_made_up_for_by_the_next_pull(office: Office) -> None:
    office.sale(office.buyer, number="100")
    office.poll()
    (form,) = office.forms()
    office.edit("chat", "approval", form["sp_no"], sp_status=2)
    office.work()
    assert office.rows("erp", "SAL_SaleOrder") == []
    office.pull("chat", "approval")
    office.work()
    assert len(office.rows("erp", "SAL_SaleOrder")) == 1


def test_a_rejected_one_leaves_the_decision_to_a_person(office: Office) -> None:
    office.sale(office.buyer, number="100")
    office.poll()
    (form,) = office.forms()
    office.edit("chat", "approval", form["sp_no"], sp_status=3)
    office.told(form)
    office.work()
    assert office.rows("erp", "SAL_SaleOrder") == []
    (item,) = office.inbox("approval_refused")
    assert form["sp_no"] in item.zh
    office.hub.engine.resolve(item.id, choice="approve", revision=item.revision, who="lead")
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
    assert (bound.external_id, bound.state) == (form["sp_no"], "linked")
    assert office.inbox() == []
