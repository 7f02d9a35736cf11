"""The generated world in both 用友 sandboxes: the numbers of 金蝶, receivables that tie to the orders."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sandbox.core.start import Running, start_sandbox
from sandbox.seed import make_world
from sandbox.seed.__main__ import main
from sandbox.seed.kingdee import customer_number
from sandbox.seed.model import World
from sandbox.seed.post import Desk, seed_receivables

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(1, customers=60, orders=0, today=TODAY)


@pytest.fixture(scope="module")
def systems() -> Iterator[dict[str, Running]]:
    running = {name: start_sandbox(name) for name in ("yonbip", "u8")}
    addresses = [part for name, one in running.items() for part in (f"--{name}", one.url)]
    assert main(["--customers", "60", "--orders", "0", "--today", TODAY.isoformat(), *addresses]) == 0
    yield running
    for one in running.values():
        one.stop()


def records(running: Running, name: str) -> list[dict[str, Any]]:
    with Desk(running.url) as desk:
        return list(desk.all(name))


def test_customers_have_one_number_in_every_erp(systems: dict[str, Running], world: World) -> None:
    wanted = {customer_number(one.key): (one.name.strip(), one.tax_code or "") for one in world.of_system("erp")}
    bip = {
        row["code"]: (row["name"]["simplifiedName"].strip(), row["creditCode"])
        for row in records(systems["yonbip"], "merchant")
    }
    u8 = {row["code"]: (row["name"], row["self_define1"]) for row in records(systems["u8"], "customer")}
    assert bip == wanted
    assert u8 == wanted


def test_salespeople_and_products_are_the_worlds(systems: dict[str, Running], world: World) -> None:
    people = {(person.number, person.mobile) for person in world.salespeople}
    assert people == {(row["code"], row["mobile"]) for row in records(systems["yonbip"], "staff")}
    assert people == {(row["code"], row["cpsnmobilephone"]) for row in records(systems["u8"], "person")}
    numbers = {product.number for product in world.products.values()}
    assert numbers == {row["code"] for row in records(systems["yonbip"], "product")}
    assert numbers == {row["code"] for row in records(systems["u8"], "inventory")}


def test_receivables_of_yonbip_follow_the_audited_orders_and_tie(systems: dict[str, Running]) -> None:
    lines = [
        {"productId": "WL-00001", "qty": "3", "oriTaxUnitPrice": "33.37"},
        {"productId": "WL-00002", "qty": "1.5", "oriTaxUnitPrice": "0.99"},
    ]
    orders = [
        {
            "agentId": "KH000001",
            "vouchdate": f"2026-{8 + place % 3:02d}-03",
            "audited": place > 0,
            "orderDetails": lines,
        }
        for place in range(40)
    ]
    with Desk(systems["yonbip"].url) as desk:
        totals = {row["code"]: Decimal(row["payMoney"]) for row in desk.put("order", orders)}
    made = seed_receivables(systems["yonbip"].url, today=TODAY, system="yonbip")
    bills = records(systems["yonbip"], "receivable")
    assert made["receivable"] == len(bills) == 39
    assert all(Decimal(bill["oriTaxIncludedAmount"]) == totals[bill["srcBillNo"]] for bill in bills)
    matched = sum(Decimal(row["oriSum"]) for row in records(systems["yonbip"], "writeoff"))
    owed, still_open = (sum(Decimal(bill[name]) for bill in bills) for name in ("oriTaxIncludedAmount", "oriBalance"))
    assert owed - still_open == matched > 0
    assert seed_receivables(systems["yonbip"].url, today=TODAY, system="yonbip")["receivable"] == 0


def test_receivables_of_u8_name_their_order(systems: dict[str, Running], capsys: pytest.CaptureFixture[str]) -> None:
    line = {"inventorycode": "WL-00001", "quantity": "3", "taxunitprice": "33.37"}
    order = {"custcode": "KH000001", "date": "2026-08-03", "entry": [line], "audited": True}
    with Desk(systems["u8"].url) as desk:
        made = desk.put("saleorder", [order] * 20)
    assert main(["--u8", systems["u8"].url, "--receivables", "--today", TODAY.isoformat()]) == 0
    assert "oughtreceive" in capsys.readouterr().out
    owed = {row["relatevouchercode"]: row["amount"] for row in records(systems["u8"], "oughtreceive")}
    assert owed == {row["code"]: "100.11" for row in made}
    assert records(systems["u8"], "accept")
