"""The contract kit against a real Tryton server, its faults and journal kept by a gateway (tests/tryton/gateway.py)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from connectors.tryton import CONNECTOR, MANIFEST
from connectors.tryton.client import TrytonClient
from hub.connector import Connector, Link
from hub.connector.contract import Native, Write
from hub.connector.testing import ConnectorContract, Kit, Sample
from hub.connector.testing.kit import rows_of, written
from hub.errors import ConfigInvalid, DuplicateInSystem, RecordLocked, RecordRejected, ValidationFailed
from tests.tryton.environment import Template, running, template
from tests.tryton.gateway import open_gateway

pytestmark = pytest.mark.xdist_group("tryton")

PARTY, PRODUCT = 2, 1
"""What the template database holds."""
TODAY = datetime.now(UTC).date()
SMALL = MANIFEST.model_copy(
    update={
        "entities": {
            name: one.model_copy(update={"page_size": 4, "read_batch": 2, "create_batch": min(one.create_batch, 3)})
            for name, one in MANIFEST.entities.items()
        }
    }
)


def opened(config: Any, link: Link) -> TrytonClient:
    return TrytonClient(config, link, SMALL)


def seeded_party(n: int) -> Mapping[str, Any]:
    mobile = {"type": "mobile", "value": f"139{n:08d}"}
    return {
        "name": f"华星贸易{n}有限公司",
        "addresses": [["create", [{"city": "杭州"}]]],
        "contact_mechanisms": [["create", [mobile]]],
    }


def party(n: int) -> Native:
    mobile = {"type": "mobile", "value": f"138{n:08d}"}
    return {"name": f"长江机械{n}有限公司", "address": {"city": "武汉"}, "contact_mechanisms": [mobile]}


def seeded_sale(n: int, price: str = "100.10") -> Mapping[str, Any]:
    line = {"type": "line", "product": PRODUCT, "quantity": 1, "unit": 1, "unit_price": price}
    head = {"party": PARTY, "invoice_address": 2, "shipment_address": 2, "description": f"项目 {n}"}
    return {**head, "sale_date": TODAY.isoformat(), "lines": [["create", [line]]]}


def sale(n: int) -> Native:
    line = {"product": {"id": PRODUCT}, "quantity": 2, "unit_price": Decimal("88.5841"), "tax_rate": Decimal(13)}
    return {"party": PARTY, "sale_date": TODAY.isoformat(), "description": f"新项目 {n}", "lines": [line]}


def move(n: int, amount: str = "100.00") -> Mapping[str, Any]:
    due = (TODAY + timedelta(days=30)).isoformat()
    return {"party": PARTY, "description": f"期初 {n}", "lines": [{"debit": amount, "maturity_date": due}]}


CUSTOMER = Sample(
    object="party.party",
    seed=seeded_party,
    edit=lambda n: {"name": f"改名 {n}"},
    has=lambda data, n: data["name"] == f"改名 {n}",
    write=party,
    change=lambda n: {"contact_mechanisms": [{"type": "email", "value": f"a{n}@example.com"}]},
    changed=lambda data, n: (
        {"type": "email", "value": f"a{n}@example.com"}.items() <= data["contact_mechanisms"][-1].items()
    ),
    bad=lambda n: {**party(n), "identifiers": [{"type": "cn_vat", "code": "123"}]},
    seed_text=lambda text: {"name": text},
    write_text=lambda text: {"name": text},
    text_of=lambda data: data["name"],
)


def seeded_person(n: int) -> Mapping[str, Any]:
    return {"party": PARTY, "name": f"王芳{n}", "type": "mobile", "value": f"137{n:08d}"}


def person(n: int) -> Native:
    return {"party": PARTY, "name": f"赵敏{n}", "mobile": f"136{n:08d}"}


def product(n: int) -> Native:
    return {
        "name": f"新螺丝 {n}",
        "code": f"N-{n}",
        "unit": "Unit",
        "list_price": Decimal("0.10"),
        "tax_rate": Decimal(13),
    }


CONTACT = Sample(
    object="party.contact_mechanism",
    seed=seeded_person,
    edit=lambda n: {"value": f"135{n:08d}"},
    has=lambda data, n: data["mobile"] == f"135{n:08d}",
    write=person,
    change=lambda n: {"mobile": f"133{n:08d}"},
    changed=lambda data, n: data["mobile"] == f"133{n:08d}",
    seed_text=lambda text: {**seeded_person(1), "name": text},
    write_text=lambda text: {**person(1), "name": text},
    text_of=lambda data: data["name"],
    siblings=True,  # a row that lost its name changed a person that it does not name any more
)
EMPLOYEE = Sample(
    object="company.employee",
    seed=lambda n: {"name": f"员工{n}", "mobile": f"138{n:08d}"},
    edit=lambda n: {"name": f"员工改名{n}"},
    has=lambda data, n: data["name"] == f"员工改名{n}",
    seed_text=lambda text: {"name": text},
    text_of=lambda data: data["name"],
)
PRODUCTS = Sample(
    object="product.product",
    seed=lambda n: {"name": f"螺丝 {n}", "code": f"P-{n}", "list_price": "0.10"},
    edit=lambda n: {"name": f"螺母 {n}"},
    has=lambda data, n: data["name"] == f"螺母 {n}",
    write=product,
    change=lambda n: {"name": f"新螺母 {n}", "list_price": Decimal(n)},
    changed=lambda data, n: (data["name"], data["list_price"]) == (f"新螺母 {n}", n),
    bad=lambda n: {**product(n), "code": "M-1"},
    write_text=lambda text: {**product(1), "name": text},
    seed_text=lambda text: {"name": text},
    text_of=lambda data: data["name"],
    seed_money=lambda money: {"name": "x", "list_price": str(money)},
    money_of=lambda data: data["list_price"],
)
ORDER = Sample(
    object="sale.sale",
    seed=seeded_sale,
    edit=lambda n: {"comment": f"备注 {n}"},
    has=lambda data, n: data["comment"] == f"备注 {n}",
    write=sale,
    change=lambda n: {"comment": f"备注 {n}"},
    changed=lambda data, n: data["comment"] == f"备注 {n}",
    bad=lambda n: {**sale(n), "lines": [{**sale(n)["lines"][0], "quantity": Decimal("2.5")}]},
    seed_text=lambda text: {**seeded_sale(1), "comment": text},
    write_text=lambda text: {**sale(1), "comment": text},
    text_of=lambda data: data["comment"],
    seed_money=lambda money: seeded_sale(1, str(money)),
    money_of=lambda data: data["untaxed_amount"],
)
RECEIVABLE = Sample(
    object="move",
    seed=move,
    seed_text=lambda text: {**move(1), "description": text},
    text_of=lambda data: data["description"],
    seed_money=lambda money: move(1, str(money)),
    money_of=lambda data: data["amount"],
)


@pytest.fixture(scope="module")
def built() -> Template:
    return template()


@pytest.fixture(scope="module")
def sandbox_url(built: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("tryton")
    with running(built.python, built.database, folder) as url, open_gateway(url, built) as gateway:
        yield gateway.url


class TestTryton(ConnectorContract):
    connector: ClassVar[Connector] = replace(CONNECTOR, manifest=SMALL, open=opened)
    samples: ClassVar[Mapping[str, Sample]] = {
        "customer": CUSTOMER,
        "contact": CONTACT,
        "employee": EMPLOYEE,
        "product": PRODUCTS,
        "order": ORDER,
        "receivable": RECEIVABLE,
    }
    faults = frozenset({"token_expired", "locked"})
    url_field = "server_url"
    credential = "password"
    unknown_code = b'{"id":1,"error":["SomethingNewException","?"]}'

    def test_a_version_that_is_not_the_newest_is_refused(self, kit: Kit) -> None:
        client = kit.client()
        one = kit.seed("customer", 1)[0]
        seen = client.read("customer", [one])[one]
        kit.edit("customer", one, 4)
        refused = client.update("customer", [Write("K", {"name": "hub"}, id=one, version=seen.version)])[0]
        assert isinstance(refused, RecordLocked)
        now = client.read("customer", [one])[one]
        assert now.data["name"] == "改名 4"
        written(client.update("customer", [Write("K", {"name": "hub"}, id=one, version=now.version)])[0])
        assert client.read("customer", [one])[one].data["name"] == "hub"

    def test_a_part_that_somebody_added_is_a_newer_version(self, kit: Kit) -> None:
        client = kit.client()
        one = kit.seed("customer", 1)[0]
        seen = client.read("customer", [one])[one]
        kit.control.seed("party.contact_mechanism", [{"party": int(one), "type": "email", "value": "b@example.com"}])
        change = {"contact_mechanisms": [{"type": "email", "value": "hub@example.com"}]}
        assert isinstance(
            client.update("customer", [Write("K", change, id=one, version=seen.version)])[0], RecordLocked
        )

    def test_parts_are_changed_made_and_taken_away_by_type(self, kit: Kit) -> None:
        client = kit.client()
        made = written(client.create("customer", [kit.write("customer")])[0])
        parts = [{"type": "mobile", "value": ""}, {"type": "email", "value": "c@example.com"}]
        address = {"street_unstructured": "解放大道 9 号"}
        code = {"type": "cn_vat", "code": "91330106MA27XL0E3N"}
        change = {"contact_mechanisms": parts, "address": address}
        written(client.update("customer", [Write("K", change, id=made)])[0])
        data = client.read("customer", [made])[made].data
        assert [(one["type"], one["value"]) for one in data["contact_mechanisms"]] == [("email", "c@example.com")]
        assert (data["address"]["street_unstructured"], data["address"]["city"]) == ("解放大道 9 号", "武汉")
        assert isinstance(client.update("customer", [Write("K", {"identifiers": [code]}, id=made)])[0], RecordRejected)

    def test_a_sale_goes_through_its_stages_once(self, kit: Kit) -> None:
        client = kit.client()
        made = written(client.create("order", [kit.write("order")])[0])
        stages = []
        for step in ("quote", "confirm", "process", "confirm"):
            outcome = client.step("order", step, [made])[0]
            stages.append(getattr(outcome, "stage", outcome))
        assert stages == ["quotation", "processing", "processing", "processing"]
        found = client.read("order", [made])[made]
        assert found.data["total_amount"] == Decimal("200.20")
        assert found.number

    def test_lines_that_are_not_sent_go(self, kit: Kit) -> None:
        client = kit.client()
        two = [sale(1)["lines"][0], {**sale(1)["lines"][0], "quantity": 5}]
        made = written(client.create("order", [kit.write("order", {**sale(1), "lines": two})])[0])
        before = client.read("order", [made])[made]
        kept = {"id": before.data["lines"][1]["id"], "quantity": 6}
        fresh = {"product": {"id": 2}, "quantity": 1, "unit_price": Decimal("10")}
        written(client.update("order", [Write("K", {"lines": [kept, fresh]}, id=made, version=before.version)])[0])
        lines = client.read("order", [made])[made].data["lines"]
        assert [(one["product"]["id"], one["quantity"], one["tax_rate"]) for one in lines] == [(1, 6, 13), (2, 1, 13)]

    def test_a_line_that_went_is_no_sale_that_went(self, kit: Kit) -> None:
        client = kit.client()
        two = [sale(1)["lines"][0], {**sale(1)["lines"][0], "quantity": 5}]
        made = written(client.create("order", [kit.write("order", {**sale(1), "lines": two})])[0])
        gone, kept = (one["id"] for one in client.read("order", [made])[made].data["lines"])
        kit.control.delete("sale.line", str(gone))
        change = {"lines": [{"id": gone, "quantity": 6}, {"id": kept, "quantity": 5}]}
        assert isinstance(client.update("order", [Write("K", change, id=made)])[0], RecordLocked)

    def test_settings_that_name_what_is_not_there(self, kit: Kit) -> None:
        for name in ("database", "company", "customer_category"):
            with kit.failing(ConfigInvalid) as caught:
                kit.client(kit.config(**{name: "nowhere"})).check()
            assert caught[0].field == name
        with kit.failing(ConfigInvalid) as caught:
            kit.client(kit.config(payment_term="nowhere")).create("order", [kit.write("order")])
        assert caught[0].field == "payment_term"

    def test_archived_parties_are_read_as_such(self, kit: Kit) -> None:
        one = kit.seed("customer", 1)[0]
        kit.control.edit("party.party", one, {"active": False})
        found = {row.id: row for row in rows_of(kit.client().pull("customer", None))}
        assert found[one].data["active"] is False
        assert "1" not in found, "the company itself is no customer of its own"

    def test_a_person_is_all_rows_of_one_name(self, kit: Kit) -> None:
        client = kit.client()
        made = written(client.create("contact", [kit.write("contact", {**person(1), "email": "a@example.com"})])[0])
        found = client.read("contact", [made])[made]
        assert (found.data["mobile"], found.data["email"]) == ("13600000001", "a@example.com")
        company = client.read("customer", [str(PARTY)])[str(PARTY)].data
        assert company["contact_mechanisms"] == [], "numbers of a person are not those of the company"
        twice = client.create("contact", [kit.write("contact", person(1))])[0]
        assert isinstance(twice, DuplicateInSystem)

    def test_a_person_keeps_its_id_whatever_becomes_of_its_numbers(self, kit: Kit) -> None:
        client = kit.client()
        made = written(client.create("contact", [kit.write("contact", {**person(1), "phone": "0571-88888888"})])[0])
        for change in (
            {"mobile": "", "email": "b@example.com"},
            {"name": "赵敏敏"},
            {"phone": "", "email": ""},
            {"name": "赵敏", "mobile": "13611112222"},
        ):
            before = client.read("contact", [made])[made]
            outcome = client.update("contact", [Write("K", change, id=made, version=before.version)])[0]
            assert written(outcome) == made
        data = client.read("contact", [made])[made].data
        assert data == {"id": int(made), "party": PARTY, "name": "赵敏", "mobile": "13611112222", "phone": None} | {
            "email": None,
            "active": True,
        }
        assert [row.id for row in rows_of(client.pull("contact", None))] == [made]

    def test_a_number_that_somebody_added_to_a_person_is_a_newer_version(self, kit: Kit) -> None:
        client = kit.client()
        [one] = kit.seed("contact", 1)
        seen = client.read("contact", [one])[one]
        added = {"party": PARTY, "name": seen.data["name"], "type": "email", "value": "c@example.com"}
        kit.control.seed("party.contact_mechanism", [added])
        change = Write("K", {"email": "hub@example.com"}, id=one, version=seen.version)
        assert isinstance(client.update("contact", [change])[0], RecordLocked)

    def test_who_works_here_is_an_employee_and_no_customer(self, kit: Kit) -> None:
        kit.control.seed("company.employee", [{"name": "离职", "end_date": "2020-01-31"}])
        [here] = kit.seed_rows("employee", [{"name": "张三", "mobile": "13800000001"}])
        client = kit.client()
        staff = {row.data["name"]: row.data for row in rows_of(client.pull("employee", None))}
        assert {name: one["active"] for name, one in staff.items()} == {"离职": False, "张三": True}
        assert (staff["张三"]["id"], staff["张三"]["mobile"]) == (int(here), "13800000001")
        assert [row.data["name"] for row in rows_of(client.pull("customer", None))] == ["杭州示例贸易有限公司"]

    def test_the_agent_of_a_sale_is_its_salesperson(self, kit: Kit) -> None:
        [seller] = kit.seed_rows("employee", [{"name": "张三", "agent": True}])
        plain, sold = kit.seed("order", 2)
        kit.control.edit("sale.sale", sold, {"agent": 1})
        found = kit.client().read("order", [plain, sold])
        assert found[sold].data["employee"] == int(seller)
        assert "employee" not in found[plain].data, "a sale without an agent says nothing about who sells"

    def test_who_was_chosen_as_contact_of_a_sale_is_read(self, kit: Kit) -> None:
        [person_at] = kit.seed("contact", 1)
        [one] = kit.seed("order", 1)
        kit.control.edit("sale.sale", one, {"contact": int(person_at)})
        data = kit.client().read("order", [one])[one].data
        assert data["contact_name"].startswith("王芳")
        assert data["contact_phone"].startswith("137")

    def test_a_product_gets_the_category_of_its_tax_and_keeps_its_unit(self, kit: Kit) -> None:
        client = kit.client()
        barcode = [{"type": "ean", "code": "6901234567892"}]
        made = written(client.create("product", [kit.write("product", {**product(1), "identifiers": barcode})])[0])
        data = client.read("product", [made])[made].data
        assert (data["category"], data["tax_rate"], data["unit"], data["code"]) == ("Goods 13%", 13, "Unit", "N-1")
        assert barcode[0].items() <= data["identifiers"][0].items()
        written(client.update("product", [Write("K", {"code": "N-2", "tax_rate": 13, "unit": "Unit"}, id=made)])[0])
        assert client.read("product", [made])[made].number == "N-2"
        for change, field in (({"unit": "Kilogram"}, "unit"), ({"tax_rate": 9}, "tax_rate")):
            refused = client.update("product", [Write("K", change, id=made)])[0]
            assert isinstance(refused, ValidationFailed)
            assert refused.field == field
        for missing, field in (({"unit": "麻袋"}, "unit"), ({"tax_rate": 9}, "tax_rate")):
            refused = client.create("product", [kit.write("product", {**product(3), **missing})])[0]
            assert isinstance(refused, ValidationFailed)
            assert refused.field == field

    def test_of_several_variants_code_and_price_of_its_own_are_those_of_one(self, kit: Kit) -> None:
        client = kit.client()
        [one] = kit.seed_rows("product", [{"name": "套筒", "code": "S", "list_price": "10"}])
        [other] = kit.control.seed("variant", [{"of": int(one), "suffix_code": "-2", "list_price": "12"}])
        written(client.update("product", [Write("K", {"code": "S-3", "list_price": Decimal(13)}, id=other)])[0])
        written(client.update("product", [Write("K", {"list_price": Decimal(11)}, id=one)])[0])
        found = client.read("product", [one, other])
        assert [(row.number, row.data["list_price"]) for row in found.values()] == [("S", 11), ("S-3", 13)]
        refused = client.update("product", [Write("K", {"code": "X"}, id=other)])[0]
        assert isinstance(refused, ValidationFailed)

    def test_receipts_are_read_to_the_cent_and_those_of_other_journals_are_not(self, kit: Kit) -> None:
        kit.seed("receivable", 1)
        paid = {"party": PARTY, "credit": "1234567.89", "description": "收款 <b> 一"}
        [made] = kit.control.seed("receipt", [paid])
        client = kit.client()
        [found] = rows_of(client.pull("receipt", None))
        assert (found.id, found.data["amount"], found.data["description"]) == (
            made,
            Decimal("1234567.89"),
            "收款 <b> 一",
        )
        assert client.read("receipt", [made, "999", "x"]) == {made: found}
