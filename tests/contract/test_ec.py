"""The contract kit against the EC sandbox."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel

from connectors.ec import CONNECTOR
from connectors.ec.config import EcConfig
from hub.connector.contract import Native
from hub.connector.testing import ConnectorContract, Sample, SandboxControl
from sandbox.core.start import start_sandbox

FIRM = 4017000001
"""The first customer that a fresh sandbox makes; `prepare` makes it, contacts and orders belong to it."""
PRODUCT = 7000001


def firm(n: int) -> Mapping[str, Any]:
    return {
        "name": f"李伟{n}",
        "company": f"华星贸易{n}有限公司",
        "crmType": 1,
        "followUserId": 5001,
        "mobile": f"139{n:08d}",
    }


def new_firm(n: int) -> Native:
    return {**firm(900_000 + n), "gender": "男", "channel": "官网"}


def memo(n: int) -> Mapping[str, Any]:
    return {"memo": f"备注 {n}"}


def says_memo(data: Native, n: int) -> bool:
    return data.get("memo") == f"备注 {n}"


def line(n: int) -> Native:
    return {"productId": PRODUCT, "productNum": Decimal("2.5"), "saleMoney": Decimal("19.99") + n}


def deal(n: int) -> Mapping[str, Any]:
    return {"projectName": f"项目 {n}", "crmId": FIRM, "userId": 5001, "product": [line(n), line(n + 1)]}


def new_deal(n: int) -> Native:
    return {"projectName": f"新项目 {n}", "crmId": FIRM, "userId": 5001, "status": "1", "products": [line(n)]}


CUSTOMER = Sample(
    object="customer",
    seed=firm,
    edit=memo,
    has=says_memo,
    write=new_firm,
    change=lambda n: {"memo": f"备注 {n}"},
    changed=says_memo,
    bad=lambda n: {**new_firm(800_000 + n), "name": "长" * 51},
    seed_text=lambda text: {**firm(1), "memo": text},
    write_text=lambda text: {**new_firm(700_000), "memo": text},
    text_of=lambda data: data["memo"],
)
CONTACT = Sample(
    object="contact",
    seed=lambda n: {"crmId": FIRM, "name": f"王芳{n}", "mobile": f"137{n:08d}"},
    edit=memo,
    has=says_memo,
    write=lambda n: {"crmId": FIRM, "name": f"赵敏{n}", "mobile": f"136{n:08d}"},
    change=lambda n: {"memo": f"备注 {n}"},
    changed=says_memo,
    bad=lambda n: {"crmId": FIRM, "name": "", "mobile": f"135{n:08d}"},
    seed_text=lambda text: {"crmId": FIRM, "name": text},
    write_text=lambda text: {"crmId": FIRM, "name": text},
    text_of=lambda data: data["name"],
    id_of=lambda given: f"{FIRM}-{given}",
    locks=None,
    siblings=True,
    pages=0.02,
)
ORDER = Sample(
    object="sale",
    seed=deal,
    edit=lambda n: {"remark": f"备注 {n}"},
    has=lambda data, n: data["remark"] == f"备注 {n}",
    write=new_deal,
    change=lambda n: {"projectName": f"改名 {n}"},
    changed=lambda data, n: data["projectName"] == f"改名 {n}",
    bad=lambda n: {**new_deal(n), "status": "99"},
    seed_text=lambda text: {**deal(1), "projectName": text},
    write_text=lambda text: {**new_deal(1), "projectName": text},
    text_of=lambda data: data["projectName"],
    seed_money=lambda money: {**deal(1), "product": [{"productId": PRODUCT, "productNum": 1, "saleMoney": money}]},
    money_of=lambda data: data["money"],
)
PRODUCTS = Sample(
    object="product",
    seed=lambda n: {"productName": f"螺丝 {n}", "money": Decimal("0.10")},
    edit=lambda n: {"productName": f"螺母 {n}"},
    has=lambda data, n: data["productName"] == f"螺母 {n}",
    seed_text=lambda text: {"productName": text},
    text_of=lambda data: data["productName"],
    seed_money=lambda money: {"productName": "x", "money": money},
    money_of=lambda data: data["money"],
)
EMPLOYEE = Sample(
    object="user",
    seed=lambda n: {"userName": f"员工{n}", "account": f"138{n:08d}"},
    edit=lambda n: {"title": f"经理 {n}"},
    has=lambda data, n: data["title"] == f"经理 {n}",
    seed_text=lambda text: {"userName": text},
    text_of=lambda data: data["userName"],
    pages=0.1,
)


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with start_sandbox("ec") as running:
        yield running.url


@pytest.fixture(scope="module")
def quoted_url() -> Iterator[str]:
    switches = {"ids_as": "string", "money_as": "string", "list_order": "crmId", "sign_error": "code"}
    with start_sandbox("ec", {**switches, "rate_limit_answer": "code", "window_end_inclusive": False}) as running:
        yield running.url


class TestEc(ConnectorContract):
    connector = CONNECTOR
    samples: ClassVar[Mapping[str, Sample]] = {
        "customer": CUSTOMER,
        "contact": CONTACT,
        "order": ORDER,
        "product": PRODUCTS,
        "employee": EMPLOYEE,
    }
    settings: ClassVar[Mapping[str, Any]] = {"order_details": True}
    faults = frozenset({"token_expired", "rate_limited", "repeat_page", "empty_page", "locked"})
    credential = "app_secret"
    unknown_code = '{"code":77012,"msg":"未知","data":null}'.encode()
    push_events = ({"event": "customer.update", "crmId": FIRM}, {"event": "sale.update", "saleId": 90000001})
    signed = ("token",)
    body_signed = False

    def prepare(self, control: SandboxControl) -> None:
        assert control.seed("customer", [firm(999_999)]) == [str(FIRM)]
        assert control.seed("product", [{"productName": "螺丝", "money": Decimal("19.99")}]) == [str(PRODUCT)]

    def push_url(self, url: str, config: BaseModel) -> str:
        assert isinstance(config, EcConfig)
        return f"{url}/?token={config.webhook_token.get_secret_value()}"


class TestEcWithQuotedIds(TestEc):
    """The same account where EC quotes ids and money, and lists in another order."""

    samples: ClassVar[Mapping[str, Sample]] = {"customer": replace(CUSTOMER, pages=1.1), "order": ORDER}

    @pytest.fixture
    def sandbox_url(self, quoted_url: str) -> str:
        return quoted_url
