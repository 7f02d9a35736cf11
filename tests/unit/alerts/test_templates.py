"""Message templates: exact amounts, known names only, bounded, and errors that name the line."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.alerts.facts import Custom, fields_of
from hub.alerts.templates import LONGEST_SOURCE, money, phone, render
from hub.errors import BadInput
from hub.model.money import round_half_up

D = Decimal


def shown(source: str, **facts: object) -> str:
    return render(source, facts, field="body")


@pytest.mark.parametrize(
    ("source", "facts", "text"),
    [
        ("{{ a | money }}", {"a": D("12345.5")}, "12,345.50"),
        ("{{ a | money: 'JPY' }}", {"a": D("12345.5")}, "12,346"),
        ("{{ a | money: 'KWD' }}", {"a": "0.0005"}, "0.001"),
        ("{{ a | money }}", {"a": D("-0.005")}, "-0.01"),
        ("{{ a | money }}", {"a": D("123456789012345678.125")}, "123,456,789,012,345,678.13"),
        ("{{ a | money }}|", {"a": None}, "|"),
        ("{{ a | money: c }}", {"a": "1", "c": None}, "1.00"),
        ("{{ a | money: 'dollars' }}", {"a": "1"}, "1.00"),
        ("{{ a | money }}", {"a": "面议"}, "面议"),
        ("{{ a | date }}", {"a": "2026-11-21"}, "2026-11-21"),
        ("{{ a | date: '%Y年%m月%d日' }}", {"a": "2026-11-01"}, "2026年11月01日"),
        ("{{ a | date: '%m-%d %H:%M' }}", {"a": "2026-11-21T18:30:00Z"}, "11-22 02:30"),
        ("{{ a | date: '%m-%d %H:%M' }}", {"a": datetime(2026, 11, 21, 1, tzinfo=UTC)}, "11-21 09:00"),
        ("{{ a | date }}|", {"a": None}, "|"),
        ("{{ a | date }}", {"a": "下周"}, "下周"),
        ("{{ a | phone }}", {"a": "+8613800000001"}, "13800000001"),
        ("{{ a | phone }}", {"a": "+8657188888888;ext=12"}, "0571-88888888-12"),
        ("{{ a | phone }}|", {"a": None}, "|"),
        ("{% if a > 100 %}大{% else %}小{% endif %}", {"a": D("100.01")}, "大"),
        ("{{ a.b | default: '无' }}", {"a": {}}, "无"),
        ("{{ a }}", {"a": "{{ b }}<script>"}, "{{ b }}<script>"),
    ],
)  # fmt: skip
def test_what_templates_show(source: str, facts: dict[str, object], text: str) -> None:
    assert shown(source, **facts) == text


@given(st.decimals(min_value="-1e15", max_value="1e15", places=6))
def test_money_is_exact_and_half_up(amount: Decimal) -> None:
    assert D(money(amount).replace(",", "")) == round_half_up(amount, 2)


def test_zones_are_the_companys() -> None:
    facts = {"a": "2026-11-21T18:30:00Z"}
    assert render("{{ a | date: '%H:%M' }}", facts, field="body", zone=ZoneInfo("Asia/Urumqi")) == "00:30"


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("一\n{{ nosuch }}", "第 2 行", "没有这个变量"),
        ("{{ a | plus: 1 }}", "第 1 行", "没有这个过滤器"),
        ("{{ a | divided_by: 3 }}", "第 1 行", "没有这个过滤器"),
        ("a\nb\n{% include 'x' %}", "第 3 行", "没有这个标签"),
        ("{% render 'x' %}", "第 1 行", "没有这个标签"),
        ("{% if %}", "第 1 行", "有误"),
        ("{% if a %}", "", "有误"),
        ("{{ 'open }}", "第 1 行", "有误"),
        ("{% for i in (1..1000000) %}x{% endfor %}", "第 1 行", "循环次数过多"),
        ("{% for i in (1..400) %}{{ long }}{% endfor %}", "第 1 行", "内容过长"),
        ("{% if a > 3 %}{% endif %}", "第 1 行", "有误"),
    ],
)
def test_errors_name_the_line_and_what_is_wrong(source: str, line: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        shown(source, a="text", long="x" * 100)
    assert refused.value.field == "body"
    assert line in refused.value.text.zh
    assert said in refused.value.text.zh
    assert refused.value.text.en.startswith("body")


def test_growing_text_is_stopped() -> None:
    doubling = "{% assign a = 'xxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 20 + "{{ a | size }}"
    with pytest.raises(BadInput):
        shown(doubling)


def test_a_template_has_a_longest_length() -> None:
    with pytest.raises(BadInput, match=str(LONGEST_SOURCE)):
        shown("x" * (LONGEST_SOURCE + 1))


@pytest.mark.parametrize("source", ["{{ a.__class__ }}", "{{ a.__class__.__mro__ }}", "{{ a['__init__'] }}"])
def test_python_is_not_reachable(source: str) -> None:
    with pytest.raises(BadInput):
        shown(source, a={"b": 1})


def test_golden_names_are_nested_and_all_there() -> None:
    found = fields_of("customer", {"name": "甲", "region.province": "浙江省", "custom.level": "A"})
    assert (found["region"]["province"], found["region"]["city"], found["custom"]["level"]) == ("浙江省", None, "A")
    assert found["custom"]["unknown"] is None
    assert isinstance(found["custom"], Custom)
    line = {"id": "1", "quantity": "3", "product_name": "茶"}
    order = fields_of("order", {"total": "12.50", "lines": [line]})
    assert (order["total"], order["lines"][0]["quantity"], order["lines"][0]["price"]) == (D("12.50"), D(3), None)


def test_phone_leaves_what_is_no_canonical_number() -> None:
    assert phone("转 12 找老王") == "转 12 找老王"
