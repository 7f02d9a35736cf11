"""The shipped mappings on what the connectors really read from the sandboxes, and write to them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
import pytest

from connectors.ec import CONNECTOR as EC
from connectors.kingdee import CONNECTOR as KINGDEE
from connectors.wecom import CONNECTOR as WECOM
from hub.connector import Client, Connector, Link, Remote, Write, Written
from hub.mapping.compile import Compiled, compile_mapping
from hub.mapping.load import load_shipped
from hub.model.totals import derive, totals_differ
from sandbox.core.start import Running, start_sandbox

TAX_CODE = "91440300708461136T"


@dataclass
class System:
    """A sandbox with the connector opened on it and its mappings."""

    connector: Connector
    running: Running
    client: Client
    bound: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)

    def seed(self, kind: str, *records: Mapping[str, Any]) -> list[dict[str, Any]]:
        answer = httpx.post(f"{self.running.url}/_sandbox/records/{kind}", json=list(records), trust_env=False)
        assert answer.is_success, answer.text
        return list(answer.json()["records"])

    def mapping(self, entity: str) -> Compiled:
        return compile_mapping(load_shipped(self.connector.system, entity))

    def rows(self, entity: str) -> list[Remote]:
        return [row for page in self.client.pull(entity, None, full=True) for row in page.rows]

    def one(self, entity: str) -> dict[str, Any]:
        """The only record in scope, as golden data with its rows."""
        mapping = self.mapping(entity)
        (row,) = [row for row in self.rows(entity) if mapping.in_scope(row.data)]
        return self.golden(entity, row.data)

    def golden(self, entity: str, native: Mapping[str, Any]) -> dict[str, Any]:
        mapping = self.mapping(entity)
        pulled = mapping.pull(native)
        assert pulled.problems == []
        if mapping.rows is None or pulled.rows is None:
            return pulled.values
        return {**pulled.values, mapping.rows.field: [{"id": row.native_id, **row.values} for row in pulled.rows]}

    def target(self, entity: str, record_id: int) -> tuple[str, str] | None:
        return self.bound.get((entity, record_id))

    def create(self, entity: str, golden: Mapping[str, Any], key: str) -> Remote:
        pushed = self.mapping(entity).push(golden, None, self)
        assert pushed.problems == []
        (outcome,) = self.client.create(entity, [Write(key, pushed.native)])
        assert isinstance(outcome, Written), outcome
        return self.client.read(entity, [outcome.id])[outcome.id]

    def update(self, entity: str, golden: Mapping[str, Any], fields: set[str], remote: Remote) -> Remote:
        pushed = self.mapping(entity).push(golden, fields, self)
        assert pushed.problems == []
        (outcome,) = self.client.update(entity, [Write("K", pushed.native, id=remote.id, number=remote.number)])
        assert isinstance(outcome, Written), outcome
        return self.client.read(entity, [remote.id])[remote.id]


def opened(connector: Connector, settings: Mapping[str, object] | None = None, **config: Any) -> Iterator[System]:
    running = start_sandbox(connector.system, settings)
    given = {**running.credentials, **config}
    client = connector.open(connector.config.model_validate(given), Link())
    yield System(connector, running, client)
    client.close()
    running.stop()


@pytest.fixture
def crm() -> Iterator[System]:
    yield from opened(EC, order_details=True)


@pytest.fixture
def erp() -> Iterator[System]:
    for system in opened(KINGDEE):
        number = {"FNumber": "100"}
        system.seed(
            "BD_Empinfo", {"FNumber": "YG1", "FName": "陈晨", "FMobile": "13800005002", "FEmail": "c@example.com"}
        )
        system.seed("BD_Saler", {"FNumber": "YG1_GW1_1", "FName": "陈晨", "FEmpNumber": "YG1", "FBizOrgId": number})
        system.seed(
            "BD_MATERIAL",
            {"FNumber": "CH1", "FName": "智能网关", "FSpecification": "X1", "FCreateOrgId": number, "FUseOrgId": number,
             "FBaseUnitId": {"FNumber": "TAI"}},
        )  # fmt: skip
        system.bound |= {("employee", 2): ("", "YG1_GW1_1"), ("product", 3): ("", "CH1")}
        yield system


def customer_of_crm(crm: System) -> dict[str, Any]:
    (user,) = crm.seed("user", {"userName": "陈晨", "account": "13800005002", "deptId": 102})
    crm.seed(
        "customer",
        {"crmType": 1, "name": "李伟", "company": "深圳华星贸易有限公司", "mobile": "13900139000", "phone": "0755-88888888",
         "prefecture": "中国|广东|深圳|南山区", "companyAddress": "科技园 1 号", "followUserId": user["userId"],
         "fields": {"81010002": TAX_CODE}, "memo": "第一行\n第二行"},
    )  # fmt: skip
    return crm.one("customer")


def test_employees_meet_by_their_mobile(crm: System, erp: System) -> None:
    crm.seed("user", {"userName": "陈晨", "account": "13800005002", "email": "C@example.com"})
    mapping = crm.mapping("employee")
    in_crm = [mapping.pull(row.data).values for row in crm.rows("employee")]
    in_erp = erp.one("employee")
    assert in_erp["number"] == "YG1_GW1_1"
    assert in_erp["mobile"] == "+8613800005002"
    assert any(one["name"] == in_erp["name"] and one["mobile"] == in_erp["mobile"] for one in in_crm)


def test_a_customer_goes_from_the_crm_to_the_erp_and_comes_back_the_same(crm: System, erp: System) -> None:
    golden = customer_of_crm(crm)
    assert golden["tax_code"] == TAX_CODE
    assert golden["region.city"] == "深圳市"
    remote = erp.create("customer", {**golden, "owner": 2}, "HUB-1")
    assert remote.number == "HUB-1"
    back = erp.golden("customer", remote.data)
    shared = {"name", "phone", "tax_code", "address"}
    assert {name: back[name] for name in shared} == {name: golden[name] for name in shared}
    assert back["remark"] == "第一行 第二行"
    assert back["owner"]["$ref"]["value"] == "YG1_GW1_1"
    pushed = erp.mapping("customer").push({**golden, "owner": 2}, None, erp)
    natives = erp.mapping("customer").pull(remote.data).natives
    assert {name: natives[name] for name in pushed.natives} == pushed.natives


def test_an_emptied_field_is_emptied_on_both_sides(crm: System, erp: System) -> None:
    golden = {**customer_of_crm(crm), "owner": 2}
    remote = erp.create("customer", golden, "HUB-2")
    emptied = {**golden, "phone": None, "owner": None}
    changed = erp.golden("customer", erp.update("customer", emptied, {"phone", "owner"}, remote).data)
    assert (changed["phone"], changed["owner"]) == (None, None)
    assert changed["name"] == golden["name"]
    (row,) = crm.rows("customer")
    assert crm.golden("customer", crm.update("customer", emptied, {"phone"}, row).data)["phone"] is None


def test_a_customer_of_the_erp_is_created_in_the_crm(crm: System, erp: System) -> None:
    erp.seed("BD_Customer", {"FNumber": "C9", "FName": "宁波宏远机械有限公司", "FTEL": "0574-87654321",
                             "FTAXREGISTERCODE": TAX_CODE, "FCreateOrgId": {"FNumber": "100"}})  # fmt: skip
    golden = erp.one("customer")
    remote = crm.create("customer", {**golden, "kind": "enterprise"}, "HUB-3")
    back = crm.golden("customer", remote.data)
    assert (back["name"], back["phone"], back["kind"], back["tax_code"]) == (
        "宁波宏远机械有限公司", "+8657487654321", "enterprise", TAX_CODE,
    )  # fmt: skip
    assert remote.data["name"] == "宁波宏远机械有限公司"


def order_of_crm(crm: System) -> dict[str, Any]:
    customer_of_crm(crm)
    (product,) = crm.seed(
        "product", {"productName": "智能网关", "productUnit": "台", "specs": "X1", "money": "1200.50"}
    )
    (row,) = crm.rows("customer")
    line = {"productId": product["productId"], "productNum": "3", "saleMoney": "1200.50"}
    crm.seed(
        "sale",
        {"crmId": int(row.id), "userId": int(row.data["followUserId"]), "projectName": "网关", "status": "2",
         "dealDate": "2026-11-20 00:00:00", "product": [line, {**line, "productNum": "1", "saleMoney": "99.99"}]},
        {"crmId": int(row.id), "userId": int(row.data["followUserId"]), "projectName": "跟进", "status": "1"},
    )  # fmt: skip
    return crm.one("order")


def test_an_order_goes_to_the_erp_and_totals_tie_to_the_cent(crm: System, erp: System) -> None:
    golden = order_of_crm(crm)
    assert golden["total"] == "3701.49"
    assert not totals_differ(golden["total"], golden)
    customer = erp.create("customer", {"name": "深圳华星贸易有限公司"}, "HUB-C1")
    for step in ("submit", "audit"):
        erp.client.step("customer", step, [customer.id])
    erp.bound[("customer", 1)] = (customer.id, customer.number)
    ready = {**golden, "customer": 1, "owner": 2, "lines": [{**line, "product": 3} for line in golden["lines"]]}
    remote = erp.create("order", ready, "HUB-O1")
    back = erp.golden("order", remote.data)
    assert back["total"] == golden["total"]
    assert [(line["quantity"], line["price"], line["unit"]) for line in back["lines"]] == [
        ("3", "1200.5", "台"), ("1", "99.99", "台"),
    ]  # fmt: skip
    assert derive("order", back)["tax_total"] == back["tax_total"]
    assert back["status"] == "open"
    edited = {**ready, "lines": [
        {"id": "1", "$native_id": back["lines"][0]["id"], "product": 3, "quantity": "5", "price": "1200.5"},
    ]}  # fmt: skip
    again = erp.golden("order", erp.update("order", edited, {"lines"}, remote).data)
    assert [(line["id"], line["quantity"]) for line in again["lines"]] == [(back["lines"][0]["id"], "5")]
    assert again["total"] == "6002.5"


def test_receivables_receipts_and_settlements_come_with_their_references(erp: System) -> None:
    number = {"FNumber": "100"}
    erp.seed("BD_Customer", {"FNumber": "C1", "FName": "甲", "FCreateOrgId": number})
    bill = {
        "FCUSTOMERID": {"FNumber": "C1"},
        "FDATE": "2026-11-01",
        "FENDDATE_H": "2026-12-01",
        "FSALEERID": {"FNumber": "YG1_GW1_1"},
    }
    detail = {
        "FMATERIALID": {"FNumber": "CH1"},
        "FPRICEUNITID": {"FNumber": "TAI"},
        "FPriceQty": "1",
        "FTaxPrice": "100.10",
    }
    erp.seed("AR_receivable", {**bill, "FEntityDetail": [detail]})
    row = {"FRECTOTALAMOUNTFOR": "40.05", "FRECAMOUNTFOR_E": "40.05", "FSETTLETYPEID": {"FNumber": "JSFS04_SYS"}}
    erp.seed("AR_RECEIVEBILL", {"FDATE": "2026-11-05", "FCONTACTUNIT": {"FNumber": "C1"}, "FRECEIVEBILLENTRY": [row]})
    receivable, receipt = erp.rows("receivable")[0], erp.rows("receipt")[0]
    golden = erp.golden("receivable", receivable.data)
    assert (golden["amount"], golden["currency"], golden["date"], golden["due_date"]) == (
        "100.1",
        "CNY",
        "2026-11-01",
        "2026-12-01",
    )
    assert golden["customer"]["$ref"] == {"entity": "customer", "by": "number", "value": "C1"}
    assert [line["amount"] for line in golden["instalments"]] == ["100.1"]
    paid = erp.golden("receipt", receipt.data)
    assert (paid["amount"], paid["method"]) == ("40.05", "电汇")


def test_external_contacts_of_the_chat() -> None:
    for chat in opened(WECOM):
        chat.seed("member", {"userid": "ChenChen", "name": "陈晨", "department": [1], "mobile": "13800005002"})
        chat.seed(
            "external_contact",
            {"external_userid": "wm1", "name": "敏敏", "type": 1, "gender": 2,
             "follow_user": [{"userid": "ChenChen", "remark": "张敏", "description": "", "remark_mobiles": ["13700137000"]}]},
        )  # fmt: skip
        contact = chat.one("contact")
        assert (contact["name"], contact["mobile"], contact["gender"], contact["remark"]) == (
            "敏敏",
            "+8613700137000",
            "female",
            None,
        )
        (row,) = chat.rows("contact")
        remarked = chat.update("contact", {"remark": "华星采购"}, {"remark"}, row)
        assert chat.golden("contact", remarked.data)["remark"] == "华星采购"
        members = [chat.golden("employee", member.data) for member in chat.rows("employee")]
        assert [member["status"] for member in members if member["name"] == "陈晨"] == ["active"]


def test_every_decimal_from_the_wire_is_exact(crm: System) -> None:
    order = order_of_crm(crm)
    (row,) = [row for row in crm.rows("order") if crm.mapping("order").in_scope(row.data)]
    assert isinstance(row.data["money"], Decimal | int | str)
    assert [line["price"] for line in order["lines"]] == ["1200.5", "99.99"]
