"""The generated world: the same every time, valid where it must be, awkward where it should be."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from stdnum.cn import uscc

from sandbox.seed import make_world
from sandbox.seed.model import World
from sandbox.seed.populations import respelled
from sandbox.seed.receivables import LineFact, OrderFact, Receivable, make_receivables
from sandbox.seed.taxcode import credit_code, organisation_code
from sandbox.seed.truth import lookalike_table, truth_table

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(7, customers=1200, orders=400, today=TODAY)


def test_the_same_seed_makes_the_same_world(world: World) -> None:
    assert make_world(7, customers=1200, orders=400, today=TODAY) == world
    assert make_world(8, customers=1200, orders=400, today=TODAY) != world


def test_the_sizes_asked_for_are_made(world: World) -> None:
    assert (len(world.companies), len(world.orders), len(world.truth)) == (1200, 400, 1200)
    tiny = make_world(1, customers=1, orders=0, today=TODAY)
    assert (len(tiny.companies), len(tiny.orders)) == (1, 0)
    with pytest.raises(ValueError, match="customers 0"):
        make_world(1, customers=0, today=TODAY)


def test_tax_codes_are_valid_by_a_third_party_and_not_shared(world: World) -> None:
    codes = [company.tax_code for company in world.companies.values() if company.tax_code]
    assert all(uscc.is_valid(code) for code in codes)
    assert len(codes) == len(set(codes))
    assert 0.02 < 1 - len(codes) / len(world.companies) < 0.12


def test_known_codes_come_out() -> None:
    """The example of GB 11714, and the one in python-stdnum's manual."""
    assert organisation_code("D2143569") == "D2143569X"
    assert credit_code("110000", "60003734") == "91110000600037341L"


def test_the_awkward_names_are_among_the_companies(world: World) -> None:
    names = {company.name for company in world.companies.values()}
    for wanted in ("老王", "小确幸☕烘焙工作室🍰", "上海８８８商贸有限公司", "广州A&B“鑫源”<华南>贸易有限公司", "null"):
        assert wanted in names
    assert max(len(name) for name in names) > 50


def test_both_populations_overlap_in_every_way(world: World) -> None:
    how = Counter(row.how for row in world.truth)
    kinds = {"tax_code", "tax_code_respelled", "name_phone", "respelled_phone", "name_only", "crm_only", "erp_only"}
    assert set(how) == kinds
    assert len(list(world.of_system("crm"))) > len(list(world.of_system("erp"))) > 400


def test_the_truth_names_every_customer_once(world: World) -> None:
    named = [key for row in world.truth for key in (*row.crm, *row.erp)]
    assert sorted(named) == sorted(customer.key for customer in world.customers)
    assert any(len(row.crm) == 2 for row in world.truth)
    assert any(len(row.erp) == 2 for row in world.truth)
    assert not any(row.certain and max(len(row.crm), len(row.erp)) > 1 for row in world.truth)


def test_what_the_truth_says_about_ties_holds(world: World) -> None:
    customers = {customer.key: customer for customer in world.customers}
    for row in world.truth:
        if not (row.crm and row.erp):
            continue
        crm, erp = customers[row.crm[0]], customers[row.erp[0]]
        assert (crm.tax_code is not None and crm.tax_code == erp.tax_code) == row.how.startswith("tax_code")
        if row.how in {"name_phone", "respelled_phone"}:
            assert crm.phone == erp.phone
        if row.how in {"respelled_phone", "tax_code_respelled"}:
            assert crm.name != erp.name


def test_lookalikes_share_a_phone_and_are_two_companies(world: World) -> None:
    customers = {customer.key: customer for customer in world.customers}
    assert world.lookalikes
    for pair in world.lookalikes:
        first, second = customers[pair.first], customers[pair.second]
        assert first.phone == second.phone
        assert first.company != second.company


def test_an_import_left_more_than_a_page_with_one_modified_time(world: World) -> None:
    times = Counter(customer.modified for customer in world.of_system("crm"))
    assert times.most_common(1)[0][1] >= 230
    assert all(customer.modified.tzinfo is not None for customer in world.customers)
    ordered = [customer.modified for customer in world.of_system("crm")]
    assert ordered == sorted(ordered)


def test_respelling_always_changes_the_name(world: World) -> None:
    random = Random(1)
    assert all(respelled(random, company.name) != company.name for company in world.companies.values())


def test_orders_add_up_exactly_and_use_every_tax_rate(world: World) -> None:
    rates = set()
    for order in world.orders:
        assert 1 <= len(order.lines) <= 6
        assert order.total == sum(line.amount for line in order.lines)
        assert order.total == order.total.quantize(Decimal("0.01"))
        assert order.made.date() < TODAY
        rates |= {line.tax_rate for line in order.lines}
    assert rates == {Decimal(13), Decimal(9), Decimal(6), Decimal(0)}
    assert any(line.discount != 100 for order in world.orders for line in order.lines)
    assert any(line.quantity % 1 for order in world.orders for line in order.lines)
    assert len({order.number for order in world.orders}) == 400


def test_tables_speak_in_native_ids(world: World) -> None:
    row = next(row for row in truth_table(world) if row["ec"] and row["kingdee"])
    assert isinstance(row["ec"][0], int)
    assert row["kingdee"][0].startswith("KH")
    assert {"first", "second", "why"} == set(lookalike_table(world)[0])


def facts(count: int) -> list[OrderFact]:
    line = LineFact("WL-00001", Decimal(3), Decimal("33.37"), Decimal(13))
    start = TODAY - timedelta(days=120)
    return [
        OrderFact(f"XS{n}", f"KH{n % 9}", "XSY0001", start + timedelta(days=n % 118), Decimal("100.11"), (line,))
        for n in range(count)
    ]


def owed() -> list[Receivable]:
    return list(make_receivables(facts(600), TODAY))


def test_instalments_add_up_and_receipts_never_exceed_the_total() -> None:
    for one in owed():
        assert sum(part.amount for part in one.instalments) == one.order.total
        assert sum(part.percent for part in one.instalments) == 100
        assert [part.due for part in one.instalments] == sorted(part.due for part in one.instalments)
        assert 0 <= one.open <= one.order.total
        assert all(one.day <= receipt.day <= TODAY for receipt in one.receipts)
        assert all(receipt.amount > 0 for receipt in one.receipts)


def test_receivables_are_paid_in_full_in_part_not_at_all_and_some_are_overdue() -> None:
    made = owed()
    assert made == owed()
    assert any(one.open == 0 for one in made)
    assert any(0 < one.open < one.order.total for one in made)
    assert any(one.open == one.order.total for one in made)
    assert any(not receipt.matched for one in made for receipt in one.receipts)
    assert any(len(one.instalments) == 3 for one in made)
    assert 50 < sum(one.overdue(TODAY) > 0 for one in made) < 500
    assert all(one.overdue(TODAY) <= one.open for one in made)


def test_an_order_without_amount_makes_no_receivable() -> None:
    free = OrderFact("XS", "KH", "XSY", TODAY, Decimal(0), ())
    assert list(make_receivables([free], TODAY)) == []
