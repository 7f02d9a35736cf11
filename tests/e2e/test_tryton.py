"""The main job against a real ERP: EC -> hub -> Tryton -> hub, edits at Tryton made by its own client, figures taken from Tryton itself."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hub.finance.aging import aging
from hub.finance.tie_out import tie_out
from hub.setup.flows import FlowChange, set_flow
from sandbox.core.start import Running
from tests.e2e.stage import speaks_both
from tests.tryton.environment import Template, running, template
from tests.tryton.gateway import open_gateway
from tests.tryton.stage import TrytonStage

pytestmark = pytest.mark.xdist_group("tryton")

OWN_PARTIES = 2
"""The company itself and one customer, which the template database holds."""


@pytest.fixture(scope="module")
def built() -> Template:
    return template()


@pytest.fixture(scope="module")
def gateway(built: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with (
        running(built.python, built.database, tmp_path_factory.mktemp("tryton")) as url,
        open_gateway(url, built) as made,
    ):
        yield made


@pytest.fixture
def stage(tmp_path: Path, gateway: Running, built: Template) -> Iterator[TrytonStage]:
    assert gateway.sandbox is not None
    gateway.sandbox.reset()
    made = TrytonStage(tmp_path, gateway, built)
    yield made
    made.close()


def today() -> date:
    return datetime.now(UTC).date()


def settled_down(stage: TrytonStage, rounds: int = 4) -> None:
    for _ in range(rounds):
        stage.wait(90)
        stage.poll()


def new_parties(stage: TrytonStage) -> list[dict[str, Any]]:
    return stage.found("party.party", [["id", ">", OWN_PARTIES]], "name", "code", "identifiers.code")


def linked(stage: TrytonStage, entity: str) -> dict[int, int]:
    """Record -> id at Tryton."""
    return {row.record_id: int(row.external_id) for row in stage.bindings("erp", entity) if row.state == "linked"}


@pytest.mark.parametrize("fault", ["commit_then_drop", "drop_before_commit", "late_commit", "garbage"])
def test_customers_and_orders_are_made_once_whatever_becomes_of_the_replies(stage: TrytonStage, fault: str) -> None:
    [known] = stage.customers("老客户")
    stage.sale(known)
    stage.first_contact("customer", "order")
    stage.work()
    settled_down(stage, 1)
    [customer] = stage.customers("甲公司")
    stage.sale(customer, number="2")
    commit = {"commit": True} if fault == "garbage" else {}
    delay = {"delay_s": 0.2} if fault == "late_commit" else {}
    for model in ("party.party", "sale.sale"):
        stage.fault("erp", fault, count=1, match={"body": f"model.{model}.create"}, **commit, **delay)
    stage.poll()
    settled_down(stage)
    fired = stage.control("erp", "GET", "faults")["fired"]
    assert [one["kind"] for one in fired] == [fault, fault], "both replies were lost"
    assert [one["name"] for one in new_parties(stage)] == ["老客户", "甲公司"]
    party = new_parties(stage)[1]["id"]
    sales = stage.found("sale.sale", [], "party", "state", "total_amount")
    assert [(one["party"], one["state"]) for one in sales] == [(party - 1, "processing"), (party, "processing")]
    assert sales[1]["total_amount"] == {"__class__": "Decimal", "decimal": "200.20"}
    assert party in linked(stage, "customer").values()
    assert stage.inbox() == []


def test_edits_on_both_sides_merge_and_one_field_edited_twice_is_a_question(stage: TrytonStage) -> None:
    nobody_leads = FlowChange(master=False)
    set_flow(stage.hub, stage.flow_id("crm", "customer"), nobody_leads, who="test")
    customer, other = stage.customers("甲公司", "乙公司")
    stage.first_contact("customer", crm=("customer",))
    stage.work()
    settled_down(stage, 1)
    by_name = {one["name"]: one["id"] for one in new_parties(stage)}
    stage.clerk(
        ["mechanism", by_name["甲公司"], "email", "info@jia.example.com"],
        ["mechanism", by_name["乙公司"], "mobile", "13911112222"],
    )
    stage.edit("crm", "customer", customer["crmId"], companyAddress="文二路 8 号")
    stage.edit("crm", "customer", other["crmId"], mobile="13933334444")
    settled_down(stage, 3)
    rows = {str(row["crmId"]): row for row in stage.rows("crm", "customer")}
    assert rows[str(customer["crmId"])]["email"] == "info@jia.example.com"
    [address] = stage.found("party.address", [["party", "=", by_name["甲公司"]]], "street_unstructured")
    assert address["street_unstructured"] == "文二路 8 号"
    [question] = stage.inbox()
    assert question.kind == "conflict"
    assert {"13911112222", "13933334444"} <= set(str(question.data).replace("+86", "").replace("'", " ").split())
    [mobile] = stage.found(
        "party.contact_mechanism", [["party", "=", by_name["乙公司"]], ["type", "=", "mobile"]], "value"
    )
    assert (mobile["value"], rows[str(other["crmId"])]["mobile"]) == ("13911112222", "13933334444"), (
        "both keep what they typed"
    )


def test_what_somebody_changed_since_the_hub_looked_is_read_before_it_is_written(stage: TrytonStage) -> None:
    """The optimistic lock: the hub decides on what it read, Tryton refuses, the hub reads and decides again."""
    [customer] = stage.customers("甲公司")
    stage.first_contact("customer")
    stage.work()
    stage.wait(120)
    stage.edit("crm", "customer", customer["crmId"], companyAddress="文二路 8 号")
    stage.pull("crm", "customer")
    [party] = new_parties(stage)
    stage.clerk(["mechanism", party["id"], "email", "info@jia.example.com"])
    refused = stage.push("erp", "customer")
    assert refused.counts["later"] == 1
    stage.wait(60)
    stage.work()
    [address] = stage.found("party.address", [["party", "=", party["id"]]], "street_unstructured")
    assert address["street_unstructured"] == "文二路 8 号"
    [record] = [row for row in stage.records("customer") if row.title == "甲公司"]
    assert record.data["email"] == "info@jia.example.com"
    assert stage.inbox() == []


def test_a_contact_of_the_crm_is_a_named_number_of_the_party_and_comes_back_changed(stage: TrytonStage) -> None:
    [customer] = stage.customers("甲公司")
    person = {"crmId": customer["crmId"], "name": "王芳", "mobile": "13700137000"}
    stage.seed("crm", "contact", person)
    stage.first_contact("customer")
    stage.work()
    for name in ("crm", "erp"):
        assert stage.pull(name, "contact", full=True).state == "ok"
    for name in ("erp", "crm"):
        stage.hub.engine.release_flow(stage.flow_id(name, "contact"), who="test")
    stage.work()
    [party] = new_parties(stage)
    named = [["party", "=", party["id"]], ["name", "=", "王芳"]]
    [row] = stage.found("party.contact_mechanism", named, "type", "value", "comment")
    assert (row["type"], row["value"]) == ("mobile", "13700137000")
    stage.wait(120)
    stage.clerk(["person", party["id"], "王芳", "email", "wang@jia.example.com"])
    stage.pull("erp", "contact")
    stage.work()
    [theirs] = [one for one in stage.rows("crm", "contact") if one["name"] == "王芳"]
    assert (theirs["email"], theirs["mobile"]) == ("wang@jia.example.com", "13700137000")
    assert len(stage.found("party.contact_mechanism", named, "value")) == 2
    assert stage.inbox() == []


def drafted(stage: TrytonStage, quantity: str = "3") -> tuple[dict[str, Any], dict[str, Any], int, int]:
    """A customer and an order of the CRM, and the party and the draft sale that the hub made of them; nobody leads."""
    for entity in ("customer", "order"):
        set_flow(stage.hub, stage.flow_id("crm", entity), FlowChange(master=False), who="test")
    [customer] = stage.customers("甲公司")
    order = stage.sale(customer, number=quantity)
    stage.first_contact("customer", "order", stage="draft")
    stage.work()
    settled_down(stage, 1)
    [party] = new_parties(stage)
    [sale] = stage.found("sale.sale", [], "state")
    assert sale["state"] == "draft"
    return customer, order, party["id"], sale["id"]


def order_line(order: dict[str, Any], quantity: str) -> list[dict[str, Any]]:
    [line] = order["product"]
    return [{**line, "productNum": quantity}]


def lines_of(stage: TrytonStage, sale: int) -> list[tuple[int, float]]:
    rows = stage.found("sale.line", [["sale", "=", sale]], "product", "quantity")
    return [(row["product"], row["quantity"]) for row in rows]


def test_what_somebody_types_between_the_hubs_read_and_its_write_stays(stage: TrytonStage) -> None:
    """I4 on a real server: the same number of a party and the same quantity of a line, changed on both sides at the same moment."""
    customer, order, party, sale = drafted(stage)
    stage.wait(120)
    stage.edit("crm", "customer", customer["crmId"], mobile="13933334444")
    stage.edit("crm", "sale", order["id"], product=order_line(order, "5"))
    for entity in ("customer", "order"):
        stage.pull("crm", entity)
    met = stage.meanwhile(
        party_party_write=["mechanism", party, "mobile", "13911112222"],
        sale_sale_write=["line", sale, 0, {"quantity": 7}],
    )
    stage.work()
    settled_down(stage, 3)
    assert sorted(met) == ["party_party_write", "sale_sale_write"]
    [mobile] = stage.found("party.contact_mechanism", [["party", "=", party], ["type", "=", "mobile"]], "value")
    assert (mobile["value"], lines_of(stage, sale)) == ("13911112222", [(1, 7.0)]), "nobody overwrote them"
    assert sorted(item.field for item in stage.inbox("conflict")) == ["lines.1.quantity", "mobile"]
    [theirs] = stage.rows("crm", "sale")
    assert [str(one["productNum"]) for one in theirs["product"]] == ["5"], "and the CRM's stay too"


def test_what_somebody_adds_while_the_hub_writes_stays_beside_it(stage: TrytonStage) -> None:
    customer, order, party, sale = drafted(stage)
    stage.wait(120)
    stage.edit("crm", "customer", customer["crmId"], companyAddress="文二路 8 号")
    stage.edit("crm", "sale", order["id"], product=order_line(order, "5"))
    for entity in ("customer", "order"):
        stage.pull("crm", entity)
    met = stage.meanwhile(
        party_party_write=["mechanism", party, "email", "info@jia.example.com"],
        sale_sale_write=["line", sale, 1, {"product": 2, "quantity": 2}],
    )
    stage.work()
    settled_down(stage, 3)
    assert sorted(met) == ["party_party_write", "sale_sale_write"]
    [email] = stage.found("party.contact_mechanism", [["party", "=", party], ["type", "=", "email"]], "value")
    [address] = stage.found("party.address", [["party", "=", party]], "street_unstructured")
    assert (email["value"], address["street_unstructured"]) == ("info@jia.example.com", "文二路 8 号")
    assert lines_of(stage, sale) == [(1, 5.0), (2, 2.0)]


def test_a_line_that_somebody_takes_away_while_the_hub_writes_it_is_not_the_end_of_the_sale(stage: TrytonStage) -> None:
    _, order, _, sale = drafted(stage)
    stage.clerk(["line", sale, 1, {"product": 2, "quantity": 2}])
    settled_down(stage, 2)
    stage.edit("crm", "sale", order["id"], product=order_line(order, "5"))
    stage.pull("crm", "order")
    met = stage.meanwhile(sale_sale_write=["line", sale, 0, None])
    stage.work()
    settled_down(stage, 3)
    assert met == ["sale_sale_write"]
    assert (2, 2.0) in lines_of(stage, sale)
    [bound] = stage.bindings("erp", "order")
    assert (bound.external_id, bound.state) == (str(sale), "linked"), "the sale is there still"


def test_what_tryton_refuses_waits_with_its_reason_and_the_others_go_on(stage: TrytonStage) -> None:
    [customer] = stage.customers("甲公司")
    stage.sale(customer, number="2.5")
    stage.sale(customer, number="3")
    stage.first_contact("customer", "order")
    stage.work()
    settled_down(stage, 1)
    [sale] = stage.found("sale.sale", [], "total_amount")
    assert sale["total_amount"] == {"__class__": "Decimal", "decimal": "300.30"}
    [item] = stage.inbox()
    assert item.kind == "rejected"
    speaks_both(item, "Quantity", "2.5")


def test_receivables_and_receipts_come_back_and_tie_to_trytons_own_figures(stage: TrytonStage) -> None:
    first, second = stage.customers("甲公司", "乙公司")
    stage.sale(first, number="36", price="113.00")
    stage.sale(second, number="3", price="100.10")
    stage.first_contact("customer", "order")
    stage.work()
    settled_down(stage, 2)
    sales = {one["party"]: one["id"] for one in stage.found("sale.sale", [], "party")}
    [jia, yi] = [one["id"] for one in new_parties(stage)]
    [[[invoice, number, total]], [[credited, _number, _total]]] = stage.clerk(
        ["post_invoices", sales[jia]], ["post_invoices", sales[yi]]
    )
    assert total == "4068.00"
    settled_down(stage, 1)
    ties(stage, {jia: "4068.00", yi: "300.30"})
    [bill] = [row for row in stage.records("receivable") if row.number == number]
    assert [row["amount"] for row in bill.data["instalments"]] == ["2034", "2034"]
    assert bill.data["order"] in linked(stage, "order")

    stage.clerk(["pay", invoice, "1000.00"])
    settled_down(stage, 1)
    ties(stage, {jia: "3068.00", yi: "300.30"})
    [receipt] = stage.records("receipt")
    assert (receipt.data["amount"], receipt.data["status"]) == ("1000", "open")

    [state, cancelled] = stage.clerk(["pay", invoice, "3068.00"], ["credit", credited])
    assert (state, cancelled) == ("paid", "cancelled")
    settled_down(stage, 1)
    ties(stage, {})
    statuses = {row.number: row.data["status"] for row in stage.records("receivable")}
    assert set(statuses.values()) == {"settled"}
    assert stage.inbox() == []


def ties(stage: TrytonStage, expected: dict[int, str]) -> None:
    """Per customer to the cent: the hub's aging, Tryton's own `party.receivable`, and what the test knows."""
    [theirs] = stage.clerk(["receivable"])
    parties = linked(stage, "customer")
    report = aging(stage.hub.db, today())
    ours: dict[int, Decimal] = {}
    for item in report.items:
        assert item.customer.id is not None
        at = parties[item.customer.id]
        ours[at] = ours.get(at, Decimal(0)) + item.outstanding
    assert {str(at): f"{amount:.2f}" for at, amount in ours.items()} == {
        at: f"{Decimal(amount):.2f}" for at, amount in theirs.items()
    }
    assert {at: f"{amount:.2f}" for at, amount in ours.items()} == expected
    assert [one.as_json() for one in tie_out(stage.hub.db)] == []
    assert report.advances == [] or all(not one.unmatched for one in report.advances)
