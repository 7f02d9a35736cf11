"""The one form in which golden values are stored."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Text
from hub.model.canonical import CANONICAL, canonical, is_custom_name
from hub.model.fields import FIELDS, field_spec, is_field, row_field
from hub.model.spec import FieldSpec

CN = timezone(timedelta(hours=8))


def of(kind: Any, value: object, **more: Any) -> Any:
    return canonical(FieldSpec("x", kind, Text("x", "x"), **more), value)


def test_null_stays_null_and_blank_text_becomes_null() -> None:
    for kind in CANONICAL:
        assert of(kind, None) is None
    assert of("text", "") is None
    assert of("text", " \u3000\n") is None
    assert of("text", " a ") == " a "
    assert of("decimal", " ") is None
    assert of("identifier", "") is None


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("decimal", Decimal("1.50"), "1.5"),
        ("money", "100.00", "100"),
        ("bool", False, False),
        ("date", date(2025, 1, 31), "2025-01-31"),
        ("date", "2024-02-29", "2024-02-29"),
        ("time", datetime(2025, 1, 31, 8, 0, tzinfo=CN), "2025-01-31T00:00:00Z"),
        ("time", "2025-01-31T08:00:00.120000+08:00", "2025-01-31T00:00:00.12Z"),
        ("ref", 12, 12),
        (
            "ref",
            {"$ref": {"entity": "customer", "by": "id", "value": "1"}},
            {"$ref": {"entity": "customer", "by": "id", "value": "1"}},
        ),
    ],
)
def test_values_take_their_form(kind: str, value: object, expected: object) -> None:
    assert of(kind, value) == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 5),
        ("decimal", 0.1),
        ("money", 1.0),
        ("money", True),
        ("bool", 1),
        ("bool", "true"),
        ("date", "2025-02-30"),
        ("date", "31.1.2025"),
        ("date", datetime(2025, 1, 31, tzinfo=UTC)),
        ("time", datetime(2025, 1, 31)),
        ("time", "2025-01-31T08:00:00"),
        ("time", "soon"),
        ("ref", "12"),
        ("ref", 0),
        ("ref", True),
        ("ref", {"$ref": {"entity": "customer", "by": "name", "value": "1"}}),
        ("ref", {"$ref": {"entity": "customer", "by": "id", "value": ""}}),
        ("identifier", 91330106),
    ],
)
def test_wrong_types_are_refused_in_two_languages(kind: str, value: object) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        of(kind, value)
    assert isinstance(caught.value.args[0], Text)


def test_enums_name_what_is_allowed() -> None:
    assert of("enum", "open", choices=("open", "closed")) == "open"
    with pytest.raises(ValueError, match="open, closed"):
        of("enum", "Open", choices=("open", "closed"))


def test_rows_are_checked_field_by_field() -> None:
    lines = FIELDS["order"]["lines"]
    assert canonical(lines, [{"id": "1", "quantity": Decimal("3.00"), "custom.lot": "A"}]) == [
        {"id": "1", "quantity": "3", "custom.lot": "A"}
    ]
    with pytest.raises(ValueError, match="color"):
        canonical(lines, [{"color": "red"}])
    with pytest.raises(ValueError, match="float"):
        canonical(lines, [{"price": 1.5}])
    with pytest.raises(ValueError, match="list of rows"):
        canonical(lines, "x")
    with pytest.raises(ValueError, match="must be an object"):
        canonical(lines, ["x"])


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1900, 1, 1)))
def test_times_are_stable(moment: datetime) -> None:
    text = of("time", moment)
    assert of("time", text) == text
    assert datetime.fromisoformat(text) == moment


def test_custom_names_are_snake_case() -> None:
    assert is_custom_name("custom.credit_limit2")
    for bad in ("custom.", "custom.Level", "custom.a.b", "custom.级别", "level", "custom.1a"):
        assert not is_custom_name(bad)


def test_every_entity_of_the_design_is_there_with_its_types() -> None:
    documents = {"order", "receivable", "receipt", "settlement", "approval"}
    assert set(FIELDS) == {"customer", "contact", "product", "employee", *documents}
    customer = FIELDS["customer"]
    assert customer["tax_code"].type == "identifier"
    assert customer["owner"].entity == "employee"
    assert customer["kind"].choices == ("enterprise", "person")
    assert customer["region.province"].title == Text("省", "Province")
    assert FIELDS["order"]["lines"].rows["product"].entity == "product"
    assert [FIELDS["order"][name].derived for name in ("total", "tax_total", "number")] == [True, True, False]
    assert [row_field(entity) for entity in ("order", "receivable", "customer")] == ["lines", "instalments", ""]
    assert field_spec("customer", "nope") is None


def test_fields_are_known_by_entity() -> None:
    assert is_field("customer", "invoice.title")
    assert is_field("customer", "custom.level")
    assert not is_field("customer", "lines")
    assert not is_field("nothing", "name")
