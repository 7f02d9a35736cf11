"""The generated world in running sandboxes: everything arrives, totals agree, the receivables tie."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.core.start import Running, start_sandbox
from sandbox.seed import make_world
from sandbox.seed.__main__ import main
from sandbox.seed.ec import crm_id, sale_id
from sandbox.seed.kingdee import customer_number
from sandbox.seed.model import World
from sandbox.seed.post import Desk, SeedError, seed_receivables

TODAY = date(2026, 11, 21)
SIZE = ["--customers", "60", "--orders", "40", "--today", TODAY.isoformat()]


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(1, customers=60, orders=40, today=TODAY)


@pytest.fixture(scope="module")
def systems(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Running]]:
    running = {name: start_sandbox(name) for name in ("ec", "kingdee", "wecom")}
    addresses = [part for name, one in running.items() for part in (f"--{name}", one.url)]
    truth = tmp_path_factory.getbasetemp() / "truth.json"
    assert main([*SIZE, *addresses, "--truth", str(truth)]) == 0
    yield running
    for one in running.values():
        one.stop()


def records(running: Running, name: str) -> list[dict[str, Any]]:
    with Desk(running.url) as desk:
        return list(desk.all(name))


def test_every_customer_is_where_the_world_has_it(systems: dict[str, Running], world: World) -> None:
    ec = {row["crmId"]: row for row in records(systems["ec"], "customer")}
    kingdee = {row["FNumber"]: row for row in records(systems["kingdee"], "BD_Customer")}
    for customer in world.customers:
        if customer.system == "crm":
            row = ec.pop(crm_id(customer.key))
            assert (row["company"], row["phone"]) == (customer.name, customer.phone)
            assert row["fields"].get("81010002") == customer.tax_code
        else:
            row = kingdee.pop(customer_number(customer.key))
            assert (row["FSOCIALCRECODE"] or None) == customer.tax_code
            assert (row["FName"], row["FDocumentStatus"]) == (customer.name, "C")
    assert (ec, kingdee) == ({}, {})


def test_totals_of_orders_agree_to_the_cent(systems: dict[str, Running], world: World) -> None:
    sales = {row["id"]: Decimal(row["money"]) for row in records(systems["ec"], "sale")}
    assert sales == {sale_id(order.key): order.total for order in world.orders}


def test_salespeople_are_the_same_people_everywhere(systems: dict[str, Running], world: World) -> None:
    wanted = {(person.name, person.mobile) for person in world.salespeople}
    assert wanted <= {(row["userName"], row["account"]) for row in records(systems["ec"], "user")}
    assert wanted == {(row["FName"], row["FMobile"]) for row in records(systems["kingdee"], "BD_Empinfo")}
    assert wanted <= {(row["name"], row["mobile"]) for row in records(systems["wecom"], "member")}


def test_products_carry_one_number_in_both_systems(systems: dict[str, Running]) -> None:
    numbers = {row["FNumber"] for row in records(systems["kingdee"], "BD_MATERIAL")}
    assert numbers == {row["specs"] for row in records(systems["ec"], "product")}
    assert len(numbers) == 200


def put_orders(kingdee: Running, count: int) -> None:
    """Orders as they stand in 金蝶 after the hub has pushed and audited them."""
    orders = [
        {
            "audited": number > 0,
            "FDate": f"2026-{8 + number % 3:02d}-{1 + number % 28:02d}",
            "FCustId": records(kingdee, "BD_Customer")[number % 20]["FNumber"],
            "FSalerId": f"XSY{1 + number % 20:04d}",
            "FSaleOrderEntry": [
                {"FMaterialId": f"WL-{1 + number:05d}", "FQty": "3", "FTaxPrice": "33.37", "FEntryTaxRate": "13"},
                {"FMaterialId": "WL-00002", "FQty": "1.5", "FTaxPrice": "0.99", "FEntryTaxRate": "9"},
            ],
        }
        for number in range(count)
    ]
    with Desk(kingdee.url) as desk:
        desk.put("SAL_SaleOrder", orders)


def test_receivables_and_receipts_follow_the_orders_and_tie(systems: dict[str, Running]) -> None:
    kingdee = systems["kingdee"]
    put_orders(kingdee, 40)
    made = seed_receivables(kingdee.url, today=TODAY)
    assert made["AR_receivable"] == 39  # one order is not audited yet
    bills = records(kingdee, "AR_receivable")
    orders = {row["FBillNo"]: row for row in records(kingdee, "SAL_SaleOrder")}
    for bill in bills:
        order = orders[bill["FSourceBillNo"]]
        assert Decimal(bill["FALLAMOUNTFOR"]) == Decimal(order["FBillAllAmount"])
        assert sum(Decimal(row["FPAYAMOUNTFOR"]) for row in bill["FEntityPlan"]) == Decimal(bill["FALLAMOUNTFOR"])
        assert bill["FSALEERID.FNumber"] == order["FSalerId.FNumber"]
        assert bill["FDOCUMENTSTATUS"] == "C"
    figures = httpx.get(f"{kingdee.url}/_sandbox/records/_finance?as_of=2026-11-21", trust_env=False).json()
    still_open = sum(Decimal(bill["FNOTWRITTENOFFAMOUNTFOR"]) for bill in bills)
    assert Decimal(figures["totals"][0]["total"]) == still_open > 0
    assert Decimal(figures["totals"][0]["not_due"]) < still_open  # some are overdue
    assert seed_receivables(kingdee.url, today=TODAY)["AR_receivable"] == 0


def test_the_command_books_receivables_too(systems: dict[str, Running], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--kingdee", systems["kingdee"].url, "--receivables"]) == 0
    assert "AR_MATCHRECORD" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--receivables"])


def test_a_refusal_says_which_object_and_why(systems: dict[str, Running], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SIZE, "--ec", systems["ec"].url]) == 1  # the same ids a second time
    assert "user: HTTP 409" in capsys.readouterr().err
    with Desk(systems["ec"].url) as desk, pytest.raises(SeedError, match="customer"):
        desk.put("customer", [{"nam": "x"}])


def test_the_truth_file_is_machine_readable(
    systems: dict[str, Running], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path: Path = tmp_path_factory.getbasetemp() / "truth.json"
    table = json.loads(path.read_text("utf-8"))
    assert len(table["truth"]) == 60
    held = {row["FNumber"] for row in records(systems["kingdee"], "BD_Customer")}
    assert {number for row in table["truth"] for number in row["kingdee"]} == held
