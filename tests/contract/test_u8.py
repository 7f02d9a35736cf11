"""The contract kit against the U8 sandbox: asynchronous adds, numbers as text, no call that edits."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from connectors.yonyou.u8 import CONNECTOR
from connectors.yonyou.u8.client import U8Client
from connectors.yonyou.u8.config import U8Config
from hub.connector import Connector, Link, Native
from hub.connector.testing import ConnectorContract, Sample, SandboxControl
from sandbox.core.start import start_sandbox

SMALL = CONNECTOR.manifest.model_copy(
    update={
        "entities": {
            name: entity.model_copy(update={"page_size": 20, "read_batch": 20})
            for name, entity in CONNECTOR.manifest.entities.items()
        }
    }
)


def opened(config: U8Config, link: Link) -> U8Client:
    return U8Client(config, link, SMALL)


def says(key: str) -> Any:
    return lambda data, n: data[key] == f"备注 {n}"


def note(key: str) -> Any:
    return lambda n: {key: f"备注 {n}"}


def order(n: int) -> Native:
    row = {"inventorycode": "M1", "quantity": f"{n % 7 + 1}", "taxunitprice": "19.99", "taxrate": "13"}
    return {"date": "2025-02-01", "custcode": "C1", "personcode": "P1", "memo": f"备注 {n}", "entry": [row]}


def receipt(n: int) -> Native:
    return {"vouchdate": "2025-02-01", "customercode": "C1", "originalamount": "88.80", "digest": f"备注 {n}"}


def receivable(n: int) -> Native:
    head = {"code": f"AR{n:04d}", "date": "2025-02-01", "cust_vendor_code": "C1", "digest": f"备注 {n}"}
    return {**head, "personcode": "P1", "amount": "100"}


CUSTOMER = Sample(
    object="customer",
    seed=lambda n: {"code": f"KH{n:04d}", "name": f"杭州云栖{n}有限公司"},
    edit=note("memo"),
    has=says("memo"),
    write=lambda n: {"name": f"杭州华星{n}有限公司"},
    bad=lambda n: {"memo": "没有名称"},
    seed_text=lambda text: {"code": "T1", "name": text},
    write_text=lambda text: {"name": text, "abbrname": "简称"},
    text_of=lambda data: data["name"],
)
PRODUCT = Sample(
    object="inventory", seed=lambda n: {"code": f"P{n:04d}", "name": f"螺丝{n}"}, edit=note("specs"), has=says("specs")
)
EMPLOYEE = Sample(
    object="person", seed=lambda n: {"code": f"YG{n:04d}", "name": f"员工{n}"}, edit=note("name"), has=says("name")
)
ORDER = Sample(
    object="saleorder",
    seed=order,
    edit=note("memo"),
    has=says("memo"),
    write=order,
    bad=lambda n: {**order(n), "custcode": "no-such-customer"},
    seed_text=lambda text: {**order(1), "memo": text},
    write_text=lambda text: {**order(1), "memo": text},
    text_of=lambda data: data["memo"],
    seed_money=lambda money: {**order(1), "entry": [{**order(1)["entry"][0], "quantity": "1", "taxunitprice": money}]},
    money_of=lambda data: data["sum"],
)
RECEIVABLE = Sample(
    object="oughtreceive",
    seed=receivable,
    edit=note("digest"),
    has=says("digest"),
    seed_money=lambda money: {**receivable(1), "amount": money},
    money_of=lambda data: data["amount"],
)
RECEIPT = Sample(
    object="accept",
    seed=receipt,
    edit=note("digest"),
    has=says("digest"),
    write=receipt,
    bad=lambda n: {**receipt(n), "customercode": "no-such-customer"},
    seed_money=lambda money: {**receipt(1), "originalamount": money},
    money_of=lambda data: data["originalamount"],
)


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with start_sandbox("u8", {"ping_after": "0"}) as running:
        yield running.url


class TestU8(ConnectorContract):
    connector: ClassVar[Connector] = replace(CONNECTOR, manifest=SMALL, open=opened)
    settings: ClassVar[Mapping[str, Any]] = {"window_days": 3650}
    credential = "app_secret"
    faults = frozenset({"token_expired", "repeat_page", "rate_limited"})
    unknown_code = '{"errcode":"77777","errmsg":"新的说法","token":{"id":"x"},"id":"1"}'.encode()
    samples: ClassVar[Mapping[str, Sample]] = {
        "customer": CUSTOMER,
        "product": PRODUCT,
        "employee": EMPLOYEE,
        "order": ORDER,
        "receivable": RECEIVABLE,
        "receipt": RECEIPT,
    }

    def prepare(self, control: SandboxControl) -> None:
        control.seed("person", [{"code": "P1", "name": "李伟", "cdept_num": "0101"}])
        control.seed("customer", [{"code": "C1", "name": "华星贸易有限公司"}])
        control.seed("inventory", [{"code": "M1", "name": "螺丝", "ccomunitname": "件", "tax_rate": "13"}])


class TestU8ByTradeid(TestU8):
    """For platforms that do not know biz_id: a number fetched for each add."""

    settings: ClassVar[Mapping[str, Any]] = {"window_days": 3650, "guard": "tradeid"}
    samples: ClassVar[Mapping[str, Sample]] = {"order": ORDER}
