"""Native records to golden values: what is missing, null, blank, refused, and what is compared next time."""

import copy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import Problem
from hub.mapping.load import load_shipped, shipped, shipped_samples
from tests.unit.mapping.samples import compiled

DECIMAL_LINE = {"field": "custom.limit", "type": "money", "native": "limit", "steps": ["decimal"]}
STATUS = {"field": "status", "native": "st", "steps": [{"lookup": {"table": {"A": "active", "B": "disabled"}}}]}


def only_problem(problems: list[Problem]) -> Problem:
    assert len(problems) == 1
    return problems[0]


def test_missing_null_and_blank_are_three_things() -> None:
    mapping = compiled(
        {"field": "name", "native": "n", "steps": ["trim"]}, {"field": "fax", "native": "f", "steps": ["phone"]}
    )
    missing, null, blank = (mapping.pull(native) for native in ({}, {"n": None}, {"n": " "}))
    assert (missing.values, missing.natives) == ({}, {})
    assert (null.values, null.natives) == ({"name": None}, {"name": None})
    assert (blank.values, blank.natives) == ({"name": None}, {"name": " "})
    assert not (missing.problems or null.problems or blank.problems)


@pytest.mark.parametrize("blank", [None, "", " ", "\u3000"])
@pytest.mark.parametrize(
    "line",
    [
        DECIMAL_LINE,
        {"field": "custom.limit", "type": "date", "native": "limit", "steps": ["date"]},
        {"field": "custom.limit", "type": "time", "native": "limit", "steps": ["time"]},
        {"field": "mobile", "native": "limit", "steps": ["phone"]},
        {"field": "status", "native": "limit", "steps": [{"lookup": {"table": {"A": "active"}}}]},
        {"field": "owner", "native": "limit", "steps": [{"reference": {"entity": "employee"}}]},
        {"field": "tax_code", "native": "limit"},
        {"field": "name", "native": "limit"},
    ],
)
def test_blank_is_empty_whatever_the_type(line: dict[str, Any], blank: object) -> None:
    pulled = compiled(line).pull({"limit": blank})
    assert list(pulled.values.values()) == [None]
    assert pulled.problems == []


def test_natives_are_raw_and_compare_whatever_the_vendor_spells() -> None:
    mapping = compiled(
        DECIMAL_LINE,
        {"field": "owner", "native": "owner", "steps": [{"reference": {"entity": "employee"}}]},
        {"field": "name", "native": "name", "steps": ["trim"]},
    )
    spellings = [
        {"limit": Decimal("100.0000000000"), "owner": 5002, "name": " 甲 "},
        {"limit": 100, "owner": "5002", "name": " 甲 "},
        {"limit": "100.00", "owner": Decimal("5002"), "name": " 甲 "},
    ]
    seen = [mapping.pull(native).natives for native in spellings]
    assert seen[0] == seen[1] == seen[2] == {"custom.limit": "100", "owner": "5002", "name": " 甲 "}


def test_natives_of_one_field_do_not_depend_on_others() -> None:
    mapping = compiled({"field": "name", "native": "n", "steps": ["trim"]}, DECIMAL_LINE)
    both = mapping.pull({"n": "x", "limit": Decimal("1")})
    assert (
        mapping.pull({"n": "x", "limit": "?"}).natives["name"]
        == both.natives["name"]
        == mapping.pull({"n": "x"}).natives["name"]
    )


def test_float_money_is_refused() -> None:
    problem = only_problem(compiled(DECIMAL_LINE).pull({"limit": 0.1}).problems)
    assert problem.kind == "invalid"
    assert problem.details == {"action": "reject", "native": "limit"}
    assert "浮点数" in problem.text.zh
    assert "float" in problem.text.en


def test_a_bad_tax_code_is_refused_with_field_value_and_fix() -> None:
    line = {"field": "tax_code", "native": "FTax", "steps": ["trim"], "on_error": "inbox"}
    pulled = compiled(line).pull({"FTax": "91440300708461136A"})
    problem = only_problem(pulled.problems)
    assert "tax_code" not in pulled.values
    assert pulled.natives == {"tax_code": "91440300708461136A"}
    assert (problem.field, problem.value, problem.details["action"]) == ("tax_code", "91440300708461136A", "inbox")
    assert "FTax" in problem.text.zh
    assert "营业执照" in problem.text.zh


@pytest.mark.parametrize(
    ("on_error", "values"),
    [("reject", {}), ("keep", {}), ("inbox", {}), ("default", {"status": "disabled"})],
)
def test_on_error_says_what_becomes_of_a_refused_value(on_error: str, values: dict[str, str]) -> None:
    fallback = {"fallback": "disabled"} if on_error == "default" else {}
    pulled = compiled({**STATUS, "on_error": on_error, **fallback}).pull({"st": "Z"})
    assert pulled.values == values
    assert only_problem(pulled.problems).details["action"] == on_error


def test_the_rest_of_the_record_is_pulled_although_one_value_is_refused() -> None:
    pulled = compiled(STATUS, {"field": "name", "native": "n", "steps": ["trim"]}).pull({"st": "Z", "n": "甲"})
    assert pulled.values == {"name": "甲"}
    assert only_problem(pulled.problems).value == "Z"


def test_an_unreadable_phone_stays_as_given_with_a_problem() -> None:
    line = {"field": "mobile", "native": "m", "steps": ["trim", "phone"]}
    pulled = compiled(line).pull({"m": "问张三 "})
    assert pulled.values == {"mobile": "问张三"}
    assert only_problem(pulled.problems).details["action"] == "as_given"
    strict = compiled({**line, "steps": [{"phone": {"otherwise": "refuse"}}]}).pull({"m": "问张三"})
    assert strict.values == {}
    assert only_problem(strict.problems).details["action"] == "reject"


def test_sensitive_values_are_masked_everywhere_in_the_problem() -> None:
    line = {"field": "custom.limit", "type": "money", "native": "l", "steps": ["decimal"], "sensitive": True}
    problem = only_problem(compiled(line).pull({"l": "六千万"}).problems)
    assert "六千万" not in repr(problem)


def test_references_are_always_emitted_unresolved() -> None:
    line = {"field": "owner", "native": "o", "steps": [{"reference": {"entity": "employee", "by": "number"}}]}
    assert compiled(line).pull({"o": " S01 "}).values == {
        "owner": {"$ref": {"entity": "employee", "by": "number", "value": "S01"}}
    }
    assert compiled(line).pull({"o": "0"}).values == {"owner": None}


def test_several_paths_and_several_fields() -> None:
    mapping = compiled(
        {"field": "name", "native": ["a", "b"], "steps": [{"join": {"take": "first"}}, "trim"]},
        {"field": ["region.province", "region.city", "region.district"], "native": "r", "steps": ["region"]},
        {"field": "remark", "native": ["x", "y"], "steps": [{"join": {"separator": "/"}}]},
    )
    pulled = mapping.pull({"a": " ", "b": " 甲 ", "r": "浙江杭州市西湖区", "y": "2"})
    assert pulled.values == {
        "name": "甲", "region.province": "浙江省", "region.city": "杭州市", "region.district": "西湖区", "remark": "/2",
    }  # fmt: skip
    assert pulled.natives["name"] == " 甲 "
    assert pulled.natives["region.city"] == pulled.natives["region.province"] == "浙江杭州市西湖区"
    assert pulled.natives["remark"] == [None, "2"]
    assert mapping.pull({"c": 1}).values == {}


def test_constants_and_defaults_on_pull() -> None:
    mapping = compiled(
        {"field": "currency", "direction": "pull", "steps": [{"constant": {"value": "CNY"}}]},
        {"field": "level", "native": "l", "steps": ["trim", {"default": {"pull": "C"}}]},
        {"field": "industry", "native": "i", "steps": [{"default": {"pull": "其他", "missing": True}}]},
    )
    assert mapping.pull({}).values == {"currency": "CNY", "industry": "其他"}
    assert mapping.pull({"l": " ", "i": "贸易"}).values == {"currency": "CNY", "level": "C", "industry": "贸易"}


def test_tax_is_put_into_the_price() -> None:
    line = {"field": ["price", "tax_rate"], "native": ["p", "r"], "steps": ["decimal", {"tax": {"places": 6}}]}
    mapping = compiled(line, entity="product")
    assert mapping.pull({"p": Decimal("100.00"), "r": 13}).values == {"price": "113", "tax_rate": "13"}
    assert mapping.pull({"p": None, "r": 13}).values == {"price": None, "tax_rate": "13"}
    assert "税率" in only_problem(mapping.pull({"p": 1, "r": None}).problems).text.zh
    assert only_problem(mapping.pull({"p": 1, "r": -100}).problems).kind == "invalid"
    assumed = compiled({**line, "steps": ["decimal", {"tax": {"rate": "6"}}]}, entity="product")
    assert assumed.pull({"p": 100, "r": None}).values == {"price": "106", "tax_rate": None}


def test_filter_says_what_is_in_scope() -> None:
    name = {"field": "name", "native": "n"}
    conditions = [
        {"native": "type", "op": "in", "value": ["1", "2"]},
        {"native": "org.FNumber", "value": "100"},
        {"native": "gone", "op": "blank"},
        {"native": "n", "op": "filled"},
        {"native": "type", "op": "ne", "value": 2},
        {"native": "flag", "op": "not_in", "value": [True, "x"]},
    ]
    mapping = compiled(name, filter=conditions)
    inside = {"type": 1, "org.FNumber": "100", "gone": " ", "n": "甲", "flag": False}
    assert mapping.in_scope(inside)
    for change in ({"type": 3}, {"type": "2"}, {"org.FNumber": None}, {"gone": "x"}, {"n": ""}, {"flag": True}):
        assert not mapping.in_scope({**inside, **change})
    assert compiled(name).in_scope({})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
SHIPPED = list(shipped())


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_native_value_whatever_makes_a_pull_raise(data: st.DataObject) -> None:
    system, entity = data.draw(st.sampled_from(SHIPPED))
    mapping = compiled_shipped(system, entity)
    sample = copy.deepcopy(data.draw(st.sampled_from(shipped_samples(system, entity))))
    for key in data.draw(st.lists(st.sampled_from(sorted(sample)), max_size=6)):
        sample[key] = data.draw(JSON)
    pulled = mapping.pull(sample)
    assert pulled == mapping.pull(copy.deepcopy(sample))
    assert_json_safe([pulled.values, pulled.natives, [[row.values, row.natives] for row in pulled.rows or []]])
    assert all(problem.text.zh and problem.text.en for problem in pulled.problems)


_COMPILED: dict[tuple[str, str], Any] = {}


def compiled_shipped(system: str, entity: str) -> Any:
    if (system, entity) not in _COMPILED:
        from hub.mapping.compile import compile_mapping

        _COMPILED[(system, entity)] = compile_mapping(load_shipped(system, entity))
    return _COMPILED[(system, entity)]


def assert_json_safe(value: object) -> None:
    """No Decimal, no float, no tuple: what may be stored."""
    if isinstance(value, dict):
        assert all(isinstance(key, str) for key in value)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            assert_json_safe(item)
    else:
        assert value is None or type(value) in (str, bool, int)


@settings(deadline=None)
@given(st.permutations(["FName", "FNumber", "FTEL", "FSELLER.FNumber", "FForbidStatus"]))
def test_the_order_of_native_keys_does_not_matter(order: list[str]) -> None:
    sample = shipped_samples("kingdee", "customer")[0]
    mapping = compiled_shipped("kingdee", "customer")
    shuffled = {**{key: sample[key] for key in order}, **sample}
    assert mapping.pull(shuffled) == mapping.pull(sample)
