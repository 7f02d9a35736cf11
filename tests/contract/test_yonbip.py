"""The contract kit against the YonBIP sandbox, with the new finance."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from connectors.yonyou.yonbip import CONNECTOR
from connectors.yonyou.yonbip.client import YonbipClient
from connectors.yonyou.yonbip.config import YonbipConfig
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
"""Small pages, so that paging is tested with dozens of records instead of a thousand."""
ADDRESSES = {"gateway_url": "/iuap-api-gateway", "token_url": "/iuap-api-auth"}
"""As in a private deployment: so the kit's proxy sees every call."""


def opened(config: YonbipConfig, link: Link) -> YonbipClient:
    return YonbipClient(config, link, SMALL)


def says(key: str) -> Any:
    return lambda data, n: data[key] == f"备注 {n}"


def note(key: str) -> Any:
    return lambda n: {key: f"备注 {n}"}


def line(n: int, price: object = "19.99") -> Native:
    return {"productId": "M1", "qty": f"{n % 7 + 1}", "oriTaxUnitPrice": price, "taxRate": "13"}


def order(n: int) -> Native:
    head = {"vouchdate": "2025-02-01", "agentId": "C1", "corpContact": "YG001", "memo": f"备注 {n}"}
    return {**head, "orderDetails": [line(n), line(n + 1)]}


def bill(n: int, amount: object = "100") -> Native:
    head = {"billDate": "2025-02-01", "customer": "C1", "remarks": f"备注 {n}"}
    return {**head, "bodyItem": [{"oriTaxIncludedAmount": amount, "taxRate": "13"}]}


CUSTOMER = Sample(
    object="merchant",
    seed=lambda n: {"name": f"杭州云栖{n}有限公司", "code": f"KH{n:04d}"},
    edit=note("website"),
    has=says("website"),
    write=lambda n: {"name": f"杭州华星{n}有限公司", "professSalesman": "YG001"},
    change=note("website"),
    changed=says("website"),
    bad=lambda n: {"name": ""},
    seed_text=lambda text: {"name": text},
    write_text=lambda text: {"name": text},
    text_of=lambda data: data["name"],
)
PRODUCT = Sample(
    object="product",
    seed=lambda n: {"code": f"P{n}", "name": f"螺丝{n}"},
    edit=note("modelDescription"),
    has=says("modelDescription"),
)
EMPLOYEE = Sample(
    object="staff", seed=lambda n: {"code": f"YG9{n}", "name": f"员工{n}"}, edit=note("email"), has=says("email")
)
ORDER = Sample(
    object="order",
    seed=order,
    edit=note("memo"),
    has=says("memo"),
    write=order,
    change=note("memo"),
    changed=says("memo"),
    bad=lambda n: {**order(n), "agentId": "no-such-customer"},
    seed_text=lambda text: {**order(1), "memo": text},
    write_text=lambda text: {**order(1), "memo": text},
    text_of=lambda data: data["memo"],
    seed_money=lambda money: {**order(1), "orderDetails": [{**line(0), "oriTaxUnitPrice": money}]},
    money_of=lambda data: data["payMoney"],
    pages=1.1,
)
RECEIVABLE = Sample(
    object="receivable",
    seed=bill,
    edit=note("remarks"),
    has=says("remarks"),
    seed_text=lambda text: {**bill(1), "remarks": text},
    text_of=lambda data: data["remarks"],
    seed_money=lambda money: bill(1, money),
    money_of=lambda data: data["oriTaxIncludedAmount"],
)
RECEIPT = Sample(
    object="collection",
    seed=bill,
    edit=note("remarks"),
    has=says("remarks"),
    seed_money=lambda money: bill(1, money),
    money_of=lambda data: data["oriTaxIncludedAmount"],
    write=lambda n: {"customer": "C1", "oriTaxIncludedAmount": "88.80", "remarks": f"备注 {n}"},
    bad=lambda n: {"customer": "no-such-customer", "oriTaxIncludedAmount": "88.80"},
)


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with start_sandbox("yonbip") as running:
        yield running.url


class TestYonbip(ConnectorContract):
    connector: ClassVar[Connector] = replace(CONNECTOR, manifest=SMALL, open=opened)
    settings: ClassVar[Mapping[str, Any]] = ADDRESSES
    credential = "app_secret"
    faults = frozenset({"token_expired", "repeat_page", "rate_limited", "locked"})
    unknown_code = '{"code":"77777","message":"新的说法","data":{"id":1,"recordList":[]}}'.encode()

    def prepare(self, control: SandboxControl) -> None:
        control.seed("staff", [{"code": "YG001", "name": "李伟"}])
        control.seed("merchant", [{"code": "C1", "name": "华星贸易有限公司"}])
        control.seed("product", [{"code": "M1", "name": "螺丝", "unitCode": "PCS"}])

    samples: ClassVar[Mapping[str, Sample]] = {
        "customer": CUSTOMER,
        "product": PRODUCT,
        "employee": EMPLOYEE,
        "order": ORDER,
        "receivable": RECEIVABLE,
        "receipt": RECEIPT,
    }
    push_events: ClassVar[Sequence[Mapping[str, Any]]] = (
        {"event": "YXYBASEDOC_AA_MERCHANT_UPDATE", "content": {"id": 123, "code": "C1"}},
        {"event": "SALE_AUDITORDER_NOTIFY_SENT", "content": {"BILL_INFO": {"billId": "77", "billCode": "SO1"}}},
    )
