"""An order above a limit waits for its approval, whichever system it is asked for at: the office and what must hold in each."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from hub.api.inbound import inbound_row
from hub.connector import Connector, Hint
from hub.connector.testing import Receiver
from hub.setup.connections import NewConnection, add_connection
from hub.setup.flows import FlowChange, set_flow
from hub.store.inbound import keep
from tests.e2e.stage import UNLIMITED, Row, Stage

LIMIT = {"needs_approval": True, "approval_when": [{"field": "total", "op": "gt", "value": "1000"}]}


class ApprovalOffice(Stage):
    """CRM and ERP as ever, and a chat system with the salesperson, the boss and one approval template. A subclass starts its sandbox
    in `open_chat`."""

    connector: ClassVar[Connector]
    form_id: ClassVar[str]
    """Where a form's id stands."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        super().__init__(folder)
        given = {**self.open_chat(), **settings}
        self.settings = self.connector.config.model_validate(given)
        self.ids["chat"] = add_connection(
            self.hub, NewConnection("chat", self.connector.system, given, UNLIMITED), who="test"
        )
        (self.buyer,) = self.customers("杭州华星贸易有限公司")

    def open_chat(self) -> dict[str, Any]:
        """Starts the sandbox with its people and the template. Returns the connection's settings."""
        raise NotImplementedError

    def answer(self, form: Row, answer: str) -> None:
        """The boss decides: agree or refuse."""
        raise NotImplementedError

    def event(self, form: Row) -> Row:
        """What the vendor pushes about a form (POST /_sandbox/push, without url)."""
        raise NotImplementedError

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
        assert self.sold() == 0
        (form,) = self.forms()
        return form

    def sold(self) -> int:
        return len(self.rows("erp", "SAL_SaleOrder"))

    def keep(self, hints: Sequence[Hint]) -> None:
        with self.hub.db.write() as tx:
            keep(tx, [inbound_row(self.ids["chat"], hints, self.hub.now())])

    def told(self, form: Row, *, times: int = 1) -> None:
        """The vendor pushes the event; the delivery is verified and kept as the webhook route does it."""
        with Receiver() as receiver:
            self.control("chat", "POST", "push", {"url": receiver.url, "times": times, **self.event(form)})
        assert self.connector.callback is not None
        for request in receiver.requests:
            self.keep(self.connector.callback(self.settings, request, self.hub.now()).hints)


class ApprovalStories:
    """Collected by a class `Test...` of each system's file, with its fixture `office`."""

    def test_a_small_order_goes_straight_on(self, office: ApprovalOffice) -> None:
        office.sale(office.buyer)
        office.poll()
        assert (office.sold(), office.forms()) == (1, [])

    def test_a_big_order_is_asked_for_once_and_written_when_it_was_approved(self, office: ApprovalOffice) -> None:
        form = office.waiting()
        office.poll()
        assert len(office.forms()) == 1, "asked for once"
        office.answer(form, "agree")
        office.told(form, times=3)
        office.work()
        assert office.sold() == 1
        (approval,) = office.records("approval")
        people = {row.data["name"]: row.id for row in office.records("employee")}
        assert approval.data["status"] == "approved"
        assert approval.data["decided_by"] == people["钱总"]
        assert approval.data["decided_at"] >= approval.data["started_at"]
        office.poll()
        assert len(office.forms()) == office.sold() == 1

    def test_a_refused_one_leaves_the_decision_to_a_person(self, office: ApprovalOffice) -> None:
        form = office.waiting()
        office.answer(form, "refuse")
        office.told(form)
        office.work()
        assert office.sold() == 0
        (item,) = office.inbox("approval_refused")
        assert "被拒绝" in item.zh
        office.hub.engine.resolve(item.id, choice="approve", revision=item.revision, who="lead")
        office.work()
        assert office.sold() == 1

    def test_a_lost_callback_is_made_up_for_by_the_next_pull(self, office: ApprovalOffice) -> None:
        office.answer(office.waiting(), "agree")
        office.work()
        assert office.sold() == 0
        office.pull("chat", "approval")
        office.work()
        assert office.sold() == 1

    def test_a_start_whose_reply_was_lost_is_found_by_its_key(self, office: ApprovalOffice) -> None:
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
        assert (bound.external_id, bound.state) == (form[office.form_id], "linked")
        assert office.inbox() == []
