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
from hub.errors import ConfigInvalid, RecordLocked, RecordRejected
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
PRODUCTS = Sample(
    object="product.product",
    seed=lambda n: {"name": f"螺丝 {n}", "code": f"P-{n}", "list_price": "0.10"},
    edit=lambda n: {"name": f"螺母 {n}"},
    has=lambda data, n: data["name"] == f"螺母 {n}",
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
