"""The models at the edges agree with the flat records inside."""

import pytest
from pydantic import ValidationError

from hub.model.entities import ENTITIES, Customer, Order
from hub.model.fields import FIELDS


def test_flat_records_go_in_and_come_out_unchanged() -> None:
    flat = {
        "number": "SO1",
        "customer": 7,
        "date": "2025-01-31",
        "tax_included": True,
        "remark": None,
        "custom.channel": "shop",
        "lines": [{"id": "1", "product": 12, "quantity": "3", "price": "0.1"}],
    }
    assert Order.of(flat).golden() == flat


def test_absent_and_null_stay_apart() -> None:
    assert Customer.of({"name": "甲", "fax": None}).golden() == {"name": "甲", "fax": None}
    assert "fax" not in Customer.of({"name": "甲"}).golden()


def test_grouped_fields_have_dotted_names_and_attributes() -> None:
    customer = Customer.of({"region.province": "浙江省"})
    assert customer.region_province == "浙江省"
    assert Customer(region_province="浙江省") == customer


@pytest.mark.parametrize(
    ("flat", "word"),
    [
        ({"nmae": "x"}, "nmae"),
        ({"kind": "robot"}, "enterprise"),
        ({"tax_code": "91330106MA27XL0E3E"}, "check digit"),
        ({"owner": "x"}, "reference"),
        ({"custom.Level": "x"}, "custom"),
    ],
)
def test_wrong_fields_are_refused(flat: dict[str, object], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        Customer.of(flat)


def test_models_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Customer.of({"name": "甲"}).name = "乙"


def test_json_schema_shows_the_dotted_names_and_choices() -> None:
    for entity, model in ENTITIES.items():
        properties = model.model_json_schema(mode="serialization")["properties"]
        assert set(properties) == set(FIELDS[entity])
    status = Customer.model_json_schema()["properties"]["status"]
    assert status["anyOf"][0]["enum"] == ["active", "disabled"]
