"""The comparison at the end of the demo finds what is missing, doubled or different, whichever ERP it is at."""

from dataclasses import replace

from demo import compare
from demo.roles import Bill, Party

TAX = "91330100MA27XY1234"


def party(key: str, name: str = "华星贸易有限公司", *, number: str = "", tax: str = TAX) -> Party:
    return Party(key, number or key, name, ("", tax), {})


CRM = party("1", "华星贸易（杭州）有限公司")
ERP = party("900", "华星贸易(杭州)有限公司 ", number="KH1")
TRUTH = [{"company": "K1", "crm": [1], "erp": ["KH1"]}]
SALE = Bill("1", "2026-11-01", "226", (("WL-1", "2", "113"),))
AT_ERP = replace(SALE, customer="KH1")


def test_the_truth_names_the_twin_and_width_is_no_difference() -> None:
    found = compare.customers([CRM], [ERP], TRUTH)
    assert (found.matched, found.problems, found.twins) == (1, [], {"1": "KH1"})


def test_a_customer_that_the_truth_expects_elsewhere_is_missing() -> None:
    found = compare.customers([CRM], [party("900", CRM.name, number="KH2")], TRUTH)
    assert found.matched == 0
    assert "不在 ERP" in found.problems[0]


def test_of_two_records_of_one_company_the_older_one_is_in_use() -> None:
    truth = [{"company": "K1", "crm": [1], "erp": ["KH1", "KH2"]}]
    older, newer = party("10", CRM.name, number="KH2"), party("11", CRM.name, number="KH1")
    assert compare.customers([CRM], [older, newer], truth).twins == {"1": "KH2"}


def test_a_customer_of_the_crm_alone_is_found_by_name_and_tax_code() -> None:
    other = party("901", number="KH8", tax="另一家")
    twin = party("902", number="KH9")
    assert compare.customers([party("5")], [other, twin], []).twins == {"5": "KH9"}


def test_another_tax_code_is_told() -> None:
    found = compare.customers([CRM], [party("900", CRM.name, number="KH1", tax="别的")], TRUTH)
    assert "税号" in found.problems[0]


def test_orders_are_at_one_of_the_erps_once() -> None:
    twins = {"a": {"1": "KH1"}, "b": {"1": "C-77"}}
    at_b = replace(SALE, customer="C-77", final=False)
    assert compare.orders([SALE, SALE], {"a": [AT_ERP], "b": [at_b]}, twins).problems == []
    doubled = compare.orders([SALE], {"a": [AT_ERP], "b": [at_b]}, twins)
    assert doubled.matched == 1
    assert "ERP 多出订单 1 张" in doubled.problems[0]


def test_an_order_with_another_price_is_missing_and_too_many() -> None:
    wrong = replace(AT_ERP, lines=(("WL-1", "2", "112.99"),))
    found = compare.orders([SALE], {"a": [wrong]}, {"a": {"1": "KH1"}})
    assert found.matched == 0
    assert len(found.problems) == 2


def test_numbers_agree_whatever_zeros_they_carry() -> None:
    assert compare.plain_number("100.00") == compare.plain_number(100) == "100"
