"""The shipped 用友 mappings on what the connectors really read from the sandboxes, and write to them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from connectors.yonyou.u8 import CONNECTOR as U8
from connectors.yonyou.yonbip import CONNECTOR as YONBIP
from hub.connector import Client, Connector, Link, Remote, Write, Written
from hub.errors import ValidationFailed
from hub.mapping.compile import Compiled, compile_mapping
from hub.mapping.load import load_shipped
from sandbox.core.start import Running, start_sandbox

CUSTOMER = {
    "name": "深圳华星贸易有限公司", "tax_code": "91440300708461136T", "phone": "+8675588888888", "address": "科技园 1 号",
    "owner": 2,
}  # fmt: skip
LINES = [
    {"id": "1", "product": 3, "quantity": "3", "price": "1200.5", "tax_rate": "13"},
    {"id": "2", "product": 3, "quantity": "1", "price": "99.99", "tax_rate": "13"},
]
ORDER = {"customer": 1, "owner": 2, "date": "2026-11-20", "currency": "CNY", "remark": "送货上门", "lines": LINES}


@dataclass
class Erp:
    """A sandbox with the connector opened on it and its mappings. `bound`: (entity, record) -> (id, number)."""

    connector: Connector
    running: Running
    client: Client
    bound: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)

    def seed(self, kind: str, *records: Mapping[str, Any]) -> None:
        answer = httpx.post(f"{self.running.url}/_sandbox/records/{kind}", json=list(records), trust_env=False)
        assert answer.is_success, answer.text

    def mapping(self, entity: str) -> Compiled:
        return compile_mapping(load_shipped(self.connector.system, entity))

    def rows(self, entity: str) -> list[Remote]:
        return [row for page in self.client.pull(entity, None, full=True) for row in page.rows]

    def golden(self, entity: str, remote: Remote) -> dict[str, Any]:
        mapping = self.mapping(entity)
        pulled = mapping.pull(remote.data)
        assert pulled.problems == []
        if mapping.rows is None or pulled.rows is None:
            return pulled.values
        return {**pulled.values, mapping.rows.field: [{"id": row.native_id, **row.values} for row in pulled.rows]}

    def target(self, entity: str, record_id: int) -> tuple[str, str] | None:
        return self.bound.get((entity, record_id))

    def push(
        self, entity: str, golden: Mapping[str, Any], key: str, *, only: set[str] | None = None, to: str = ""
    ) -> Any:
        pushed = self.mapping(entity).push(golden, only, self)
        assert pushed.problems == []
        write = Write(key, pushed.native, id=to)
        return (self.client.update if to else self.client.create)(entity, [write])[0]

    def made(self, entity: str, golden: Mapping[str, Any], key: str) -> Remote:
        outcome = self.push(entity, golden, key)
        assert isinstance(outcome, Written), outcome
        return self.client.read(entity, [outcome.id])[outcome.id]

    def bind(self, entity: str, place: int) -> Remote:
        (remote,) = self.rows(entity)
        self.bound[(entity, place)] = (remote.id, remote.number)
        return remote


def opened(connector: Connector, settings: Mapping[str, object] | None = None) -> Iterator[Erp]:
    with start_sandbox(connector.system, settings) as running:
        client = connector.open(connector.config.model_validate(running.credentials), Link())
        yield Erp(connector, running, client)
        client.close()


@pytest.fixture
def bip() -> Iterator[Erp]:
    for erp in opened(YONBIP):
        erp.seed("staff", {"code": "YG1", "name": "陈晨", "mobile": "13800005002", "email": "C@example.com"})
        erp.seed("product", {"code": "CH1", "name": "智能网关", "modelDescription": "X1", "unitCode": "TAI"})
        erp.bind("employee", 2)
        erp.bind("product", 3)
        yield erp


@pytest.fixture
def u8() -> Iterator[Erp]:
    for erp in opened(U8, {"ping_after": "0"}):
        erp.seed("person", {"code": "YG1", "name": "陈晨", "cdept_num": "0101", "cpsnmobilephone": "13800005002"})
        erp.seed(
            "inventory", {"code": "CH1", "name": "智能网关", "specs": "X1", "ccomunitname": "台", "tax_rate": "13"}
        )
        erp.bind("employee", 2)
        erp.bind("product", 3)
        yield erp


def test_a_customer_comes_back_from_yonbip_as_it_went(bip: Erp) -> None:
    remote = bip.made("customer", CUSTOMER, "HUB-1")
    assert remote.number == "HUB-1"
    back = bip.golden("customer", remote)
    assert {name: back[name] for name in CUSTOMER if name != "owner"} == {
        name: value for name, value in CUSTOMER.items() if name != "owner"
    }
    assert back["owner"]["$ref"]["value"] == bip.bound[("employee", 2)][0]


def test_emptied_fields_and_the_salesman_are_emptied_in_yonbip(bip: Erp) -> None:
    remote = bip.made("customer", CUSTOMER, "HUB-1")
    emptied = {**CUSTOMER, "phone": None, "owner": None}
    assert isinstance(bip.push("customer", emptied, "HUB-1", only={"phone", "owner"}, to=remote.id), Written)
    back = bip.golden("customer", bip.client.read("customer", [remote.id])[remote.id])
    assert (back["phone"], back["owner"], back["name"]) == (None, None, CUSTOMER["name"])


def test_an_order_ties_to_the_cent_in_yonbip_and_its_lines_change(bip: Erp) -> None:
    bip.made("customer", CUSTOMER, "HUB-1")
    bip.bind("customer", 1)
    remote = bip.made("order", ORDER, "HUB-O1")
    assert remote.key == "HUB-O1"
    back = bip.golden("order", remote)
    assert (back["total"], back["date"], back["currency"], back["status"]) == ("3701.49", "2026-11-20", "CNY", "open")
    kept = {**LINES[1], "$native_id": back["lines"][1]["id"], "quantity": "7"}
    changed = {**ORDER, "lines": [kept, {**LINES[0], "id": "9", "quantity": "1"}]}
    assert isinstance(bip.push("order", changed, "HUB-O1", only={"lines"}, to=remote.id), Written)
    again = bip.golden("order", bip.client.read("order", [remote.id])[remote.id])
    assert [(line["quantity"], line["price"], line["amount"]) for line in again["lines"]] == [
        ("7", "99.99", "699.93"), ("1", "1200.5", "1200.5"),
    ]  # fmt: skip
    assert again["lines"][0]["id"] == back["lines"][1]["id"], "the line that stayed is the line it was"
    assert again["total"] == "1900.43"


@pytest.mark.parametrize("change", [{"discount_rate": "10"}, {"tax_rate": "7.5"}])
def test_what_yonbip_cannot_take_exactly_is_refused_before_it_is_sent(bip: Erp, change: dict[str, str]) -> None:
    bip.made("customer", CUSTOMER, "HUB-1")
    bip.bind("customer", 1)
    outcome = bip.push("order", {**ORDER, "lines": [{**LINES[0], **change}]}, "HUB-O1")
    assert isinstance(outcome, ValidationFailed)
    assert outcome.remedy is not None
    assert outcome.remedy.job in ("hub_admin", "author")
    assert outcome.remedy.press.zh
    assert bip.rows("order") == []


@pytest.mark.parametrize("finance", ["efi", "fi"])
def test_receivables_receipts_and_settlements_of_both_finances(finance: str) -> None:
    for erp in opened(YONBIP, {"finance": finance}):
        erp.seed("merchant", {"code": "C1", "name": "甲"})
        body = {"customer": "C1", "bodyItem": [{"oriTaxIncludedAmount": "100.10", "taxRate": "13"}], "audited": True}
        erp.seed("receivable", {**body, "code": "AR1", "billDate": "2026-11-01", "dueDate": "2026-12-01"})
        erp.seed("receivable", {**body, "code": "AR2", "billDate": "2026-11-01", "audited": False})
        erp.seed("collection", {**body, "code": "SK1", "billDate": "2026-11-05"})
        erp.seed("writeoff", {"receivable": "AR1", "receipt": "SK1", "amount": "40.00", "date": "2026-11-06"})
        first, draft = (erp.golden("receivable", remote) for remote in erp.rows("receivable"))
        assert (first["amount"], first["settled_amount"], first["status"], first["date"], first["currency"]) == (
            "100.1", "40", "open", "2026-11-01", "CNY",
        )  # fmt: skip
        assert draft["status"] == "draft"
        (receipt,) = erp.rows("receipt")
        (settled,) = (erp.golden("settlement", remote) for remote in erp.rows("settlement"))
        assert (settled["amount"], settled["currency"]) == ("40", "CNY")
        assert settled["receipt"]["$ref"] == {"entity": "receipt", "by": "id", "value": receipt.id}
        assert erp.golden("receipt", receipt)["settled_amount"] == "40"


def test_a_customer_and_an_order_go_to_u8_and_come_back(u8: Erp) -> None:
    customer = u8.made("customer", CUSTOMER, "HUB-1")
    back = u8.golden("customer", customer)
    assert {name: back[name] for name in ("name", "phone", "address", "tax_code")} == {
        name: CUSTOMER[name] for name in ("name", "phone", "address", "tax_code")
    }
    u8.bind("customer", 1)
    remote = u8.made("order", ORDER, "HUB-O1")
    order = u8.golden("order", remote)
    assert (order["total"], order["number"], order["status"]) == ("3701.49", "HUB-O1", "open")
    assert [(line["quantity"], line["price"], line["unit"]) for line in order["lines"]] == [
        ("3", "1200.5", "台"), ("1", "99.99", "台"),
    ]  # fmt: skip
    assert [one.stage for one in u8.client.step("order", "verify", [remote.id]) if isinstance(one, Written)] == [
        "approved"
    ]


@pytest.mark.parametrize("system", ["bip", "u8"])
def test_a_line_without_a_tax_rate_takes_the_products_own(system: str, request: pytest.FixtureRequest) -> None:
    erp: Erp = request.getfixturevalue(system)
    erp.made("customer", CUSTOMER, "HUB-1")
    erp.bind("customer", 1)
    bare = [{name: value for name, value in line.items() if name != "tax_rate"} for line in LINES]
    back = erp.golden("order", erp.made("order", {**ORDER, "lines": bare}, "HUB-O1"))
    assert (back["total"], [line["tax_rate"] for line in back["lines"]]) == ("3701.49", ["13", "13"])


def test_the_amounts_that_u8_swaps_are_not_swapped(u8: Erp) -> None:
    u8.made("customer", CUSTOMER, "HUB-1")
    u8.seed("oughtreceive", {"code": "AR1", "date": "2026-11-01", "cust_vendor_code": "HUB-1", "amount": "100.10",
                             "currency_name": "美元", "currency_rate": "7.1"})  # fmt: skip
    u8.seed("accept", {"vouchcode": "SK1", "vouchdate": "2026-11-05", "customercode": "HUB-1", "originalamount": "50",
                       "foreigncurrency": "美元", "currencyrate": "7.1"})  # fmt: skip
    for entity, amount, local in (("receivable", "100.1", "710.71"), ("receipt", "50", "355")):
        (remote,) = u8.rows(entity)
        golden = u8.golden(entity, remote)
        assert (golden["amount"], golden["book_amount"], golden["currency"]) == (amount, local, "USD")
