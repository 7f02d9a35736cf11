"""What stands under the hub's own key is ours, or plainly another record."""

import pytest

from hub.sync.identity import is_stranger

CODE, OTHER = "913301065898765431", "91440300708461136T"


@pytest.mark.parametrize(
    ("ours", "theirs", "stranger"),
    [
        ({"name": "甲公司"}, {"name": "甲公司"}, False),
        ({"name": "甲公司"}, {"name": "甲（公司）"}, True),
        ({"name": "甲公司", "mobile": "+8613800130000"}, {"name": "新名字", "mobile": "+8613800130000"}, False),
        ({"name": "甲公司", "tax_code": CODE}, {"name": "改过的名字", "tax_code": CODE}, False),
        ({"name": "甲公司", "tax_code": CODE}, {"name": "甲公司", "tax_code": OTHER}, True),
        ({"name": "甲公司", "tax_code": CODE}, {"name": "甲公司"}, False),
        ({"name": "甲公司"}, {}, False),
    ],
)
def test_customers(ours: dict[str, str], theirs: dict[str, str], stranger: bool) -> None:
    assert is_stranger("customer", ours, theirs) is stranger


@pytest.mark.parametrize(
    ("ours", "theirs", "stranger"),
    [
        ({"customer": 1, "total": "10"}, {"customer": 1, "total": "10"}, False),
        ({"customer": 1, "total": "10"}, {"customer": 2, "total": "10"}, True),
        ({"customer": 1, "total": "10"}, {"customer": 1, "total": "11"}, True),
        ({"customer": 1, "total": "10"}, {"customer": {"$ref": {}}}, False),
    ],
)
def test_documents(ours: dict[str, object], theirs: dict[str, object], stranger: bool) -> None:
    assert is_stranger("order", ours, theirs) is stranger
