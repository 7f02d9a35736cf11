"""The contract kit against the Kingdee sandbox, once with signed headers and once with a login session."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from pydantic import Field

from connectors.kingdee import CONNECTOR
from connectors.kingdee.client import KingdeeClient
from connectors.kingdee.config import AuthKind, KingdeeConfig
from hub.connector import Connector, Link, Native
from hub.connector.testing import ConnectorContract, Sample, SandboxControl
from sandbox.core.start import start_sandbox

SMALL = CONNECTOR.manifest.model_copy(
    update={
        "entities": {
            name: entity.model_copy(update={"page_size": 40, "read_batch": 40})
            for name, entity in CONNECTOR.manifest.entities.items()
        }
    }
)
"""Small pages, so that paging is tested with a hundred records instead of a thousand."""


def opened(config: KingdeeConfig, link: Link) -> KingdeeClient:
    return KingdeeClient(config, link, SMALL)


class PasswordConfig(KingdeeConfig):
    auth: AuthKind = Field("validate_user", title="登录方式 / how to sign in")


def number(value: str) -> dict[str, str]:
    return {"FNumber": value}


def line(n: int, price: object = "19.99") -> Native:
    given = {"FMaterialId": number("M1"), "FUnitID": number("Pcs"), "FQty": f"{n % 7 + 1}", "FTaxPrice": price}
    return {**given, "FEntryTaxRate": "13", "FDeliveryDate": "2025-03-01"}


def order(n: int) -> Native:
    head = {"FDate": "2025-02-01", "FCustId": number("C1"), "FSalerId": number("S1"), "FNote": f"备注 {n}"}
    return {**head, "FSaleOrderEntry": [line(n), line(n + 1)]}


def seeded_order(n: int) -> Native:
    return {**order(n), "FSaleOrgId": number("100")}


def receivable(n: int, price: object = "100") -> Native:
    row = {"FMATERIALID": number("M1"), "FPRICEUNITID": number("Pcs"), "FPriceQty": "1", "FTaxPrice": price}
    head = {"FCUSTOMERID": number("C1"), "FDATE": "2025-02-01", "FENDDATE_H": "2025-03-01", "FREMARK": f"备注 {n}"}
    return {**head, "FEntityDetail": [row]}


def receipt(n: int, amount: object = "100") -> Native:
    head = {"FDATE": "2025-02-01", "FCONTACTUNIT": number("C1"), "FREMARK": f"备注 {n}"}
    return {**head, "FRECEIVEBILLENTRY": [{"FRECTOTALAMOUNTFOR": amount, "FRECAMOUNTFOR_E": amount}]}


def says(key: str) -> Any:
    return lambda data, n: data[key] == f"备注 {n}"


def note(key: str) -> Any:
    return lambda n: {key: f"备注 {n}"}


def named(n: int) -> Native:
    return {"FName": f"杭州云栖{n}有限公司"}


CUSTOMER = Sample(
    object="BD_Customer",
    seed=lambda n: {**named(n), "FCreateOrgId": number("100")},
    edit=note("FDescription"),
    has=says("FDescription"),
    write=named,
    change=note("FDescription"),
    changed=says("FDescription"),
    bad=lambda n: {"FName": f"坏{n}", "FGroup": number("no-such-group")},
    seed_text=lambda text: {"FName": text},
    write_text=lambda text: {"FName": text},
    text_of=lambda data: data["FName"],
)
CONTACT = Sample(
    object="BD_CommonContact",
    seed=lambda n: {"FName": f"王芳{n}", "FCompany": number("C1")},
    edit=note("FDescription"),
    has=says("FDescription"),
    write=lambda n: {"FName": f"赵敏{n}", "FCustId": number("C1"), "FMobile": "13800000000"},
    change=note("FDescription"),
    changed=says("FDescription"),
    bad=lambda n: {"FName": f"坏{n}", "FCustId": number("no-such-customer")},
    seed_text=lambda text: {"FName": text},
    write_text=lambda text: {"FName": text},
    text_of=lambda data: data["FName"],
)
PRODUCT = Sample(
    object="BD_MATERIAL",
    seed=lambda n: {"FName": f"螺丝{n}"},
    edit=note("FDescription"),
    has=says("FDescription"),
    write=lambda n: {"FName": f"螺母{n}", "FBaseUnitId": number("Pcs"), "FBARCODE": "690"},
    change=note("FDescription"),
    changed=says("FDescription"),
    bad=lambda n: {"FName": f"坏{n}", "FBaseUnitId": number("no-such-unit")},
    text_of=lambda data: data["FName"],
    write_text=lambda text: {"FName": text},
)
EMPLOYEE = Sample(
    object="BD_Saler",
    seed=lambda n: {"FName": f"销售员{n}"},
    edit=lambda n: {"FEmpNumber": f"YG{n}", "force": True},
    has=lambda data, n: data["FEmpNumber"] == f"YG{n}",
)
ORDER = Sample(
    object="SAL_SaleOrder",
    seed=seeded_order,
    edit=note("FNote"),
    has=says("FNote"),
    write=order,
    change=note("FNote"),
    changed=says("FNote"),
    bad=lambda n: {**order(n), "FCustId": number("no-such-customer")},
    seed_text=lambda text: {**seeded_order(1), "FNote": text},
    write_text=lambda text: {**order(1), "FNote": text},
    text_of=lambda data: data["FNote"],
    seed_money=lambda money: {**seeded_order(1), "FSaleOrderEntry": [{**line(0), "FQty": "1", "FTaxPrice": money}]},
    money_of=lambda data: data["FBillAllAmount"],
)
RECEIVABLE = Sample(
    object="AR_receivable",
    seed=receivable,
    edit=note("FREMARK"),
    has=says("FREMARK"),
    seed_text=lambda text: {**receivable(1), "FREMARK": text},
    text_of=lambda data: data["FREMARK"],
    seed_money=lambda money: receivable(1, money),
    money_of=lambda data: data["FALLAMOUNTFOR"],
)
RECEIPT = Sample(
    object="AR_RECEIVEBILL",
    seed=receipt,
    edit=note("FREMARK"),
    has=says("FREMARK"),
    write=receipt,
    change=note("FREMARK"),
    changed=says("FREMARK"),
    bad=lambda n: {**receipt(n), "FCONTACTUNIT": number("no-such-customer")},
    seed_money=lambda money: receipt(1, money),
    money_of=lambda data: data["FREALRECAMOUNTFOR"],
)


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with start_sandbox("kingdee") as running:
        yield running.url


class KingdeeContract(ConnectorContract):
    samples: ClassVar[Mapping[str, Sample]] = {
        "customer": CUSTOMER,
        "contact": CONTACT,
        "product": PRODUCT,
        "employee": EMPLOYEE,
        "order": ORDER,
        "receivable": RECEIVABLE,
        "receipt": RECEIPT,
    }
    faults = frozenset({"token_expired", "repeat_page", "rate_limited", "locked"})
    url_field = "server_url"
    empty_replies = frozenset({"list"})  # a query that finds nothing answers []
    unknown_code = (
        b'{"Result":{"ResponseStatus":{"ErrorCode":500,"IsSuccess":false,"MsgCode":77,"SuccessEntitys":[],'
        b'"Errors":[{"FieldName":null,"Message":"\xe6\x96\xb0\xe9\x94\x99\xe8\xaf\xaf","DIndex":0}]}}}'
    )

    def prepare(self, control: SandboxControl) -> None:
        control.seed("BD_Customer", [{"FName": "华星贸易有限公司", "FNumber": "C1", "audited": True}])
        control.seed("BD_MATERIAL", [{"FName": "螺丝", "FNumber": "M1", "audited": True}])
        control.seed("BD_Saler", [{"FName": "李伟", "FNumber": "S1"}])


class TestSigned(KingdeeContract):
    connector: ClassVar[Connector] = replace(CONNECTOR, manifest=SMALL, open=opened)
    credential = "app_secret"


class TestSession(KingdeeContract):
    connector: ClassVar[Connector] = replace(CONNECTOR, manifest=SMALL, open=opened, config=PasswordConfig)
    credential = "password"
    samples: ClassVar[Mapping[str, Sample]] = {"customer": CUSTOMER, "order": ORDER}
