"""The preview shows what the worker would do, line by line."""

import json
from decimal import Decimal
from typing import Any

import pytest

from hub.mapping.compile import compile_mapping
from hub.mapping.load import load_shipped, shipped, shipped_samples
from hub.mapping.preview import PreviewResult, preview, preview_golden
from tests.unit.mapping.samples import compiled

MAPPING = compiled(
    {"field": "name", "native": "n", "steps": ["trim"]},
    {"field": "short_name", "native": "s", "steps": [{"text": {"max": 2, "long": "cut"}}]},
    {"field": "status", "native": "st", "steps": [{"lookup": {"table": {"A": "active"}}}]},
    {"field": "owner", "native": "o", "steps": [{"reference": {"entity": "employee"}}]},
    {"field": "mobile", "native": "m", "steps": ["phone"]},
    {"field": "fax", "native": "f", "direction": "pull"},
    {"field": "email", "native": "e", "steps": ["trim"]},
    {"field": "remark", "native": "r"},
    {"field": "custom.secret", "type": "text", "native": "x", "sensitive": True},
)
SAMPLE = {"n": " 甲 ", "s": "长名字", "st": "Z", "o": 5, "m": "问他", "f": "1", "r": " ", "x": "6217"}


def verdicts(result: PreviewResult) -> dict[str, str]:
    return {line.field: line.verdict for line in result.lines}


def test_each_line_gets_its_verdict() -> None:
    result = preview(MAPPING, SAMPLE)
    assert verdicts(result) == {
        "name": "normalised", "short_name": "lossy", "status": "refused", "owner": "same", "mobile": "as_given",
        "fax": "one_way", "email": "missing", "remark": "empty", "custom.secret": "same",
    }  # fmt: skip
    assert not result.ok
    assert result.golden["name"] == "甲"
    assert result.native["n"] == "甲"
    name = next(line for line in result.lines if line.field == "name")
    assert (name.native, name.golden, name.sent, name.native_path) == (" 甲 ", "甲", "甲", "n")


def test_a_preview_is_json_and_hides_what_is_sensitive() -> None:
    shown = preview(MAPPING, SAMPLE).as_json()
    lines = {line["field"]: line for line in json.loads(json.dumps(shown))["lines"]}
    assert lines["custom.secret"]["native"] == "***"
    assert lines["status"]["problem"]["zh"]
    assert lines["name"]["problem"] is None


def test_from_golden_to_the_vendor_and_back() -> None:
    golden: dict[str, Any] = {
        "name": "甲",
        "short_name": "长名字",
        "status": "disabled",
        "owner": 7,
        "remark": None,
        "email": "a@b.cn",
    }
    result = preview_golden(MAPPING, golden)
    assert verdicts(result) == {
        "name": "same", "short_name": "lossy", "status": "refused", "owner": "same", "mobile": "missing", "email": "same",
        "remark": "empty", "custom.secret": "missing",
    }  # fmt: skip
    assert result.native == {"n": "甲", "s": "长名", "o": "7", "e": "a@b.cn"}


def test_rows_are_previewed_one_by_one() -> None:
    mapping = compile_mapping(load_shipped("kingdee", "order"))
    native = shipped_samples("kingdee", "order")[0]
    result = preview(mapping, native)
    rows = {line.field: line for line in result.lines if line.row == "600001"}
    assert rows["quantity"].verdict == "same"
    assert rows["quantity"].native == "3"
    assert rows["amount"].verdict == "one_way"
    assert result.golden["lines"][0]["price"] == "1200.5"
    bad = {**native, "FSaleOrderEntry": [{"FEntryID": 1, "FQty": "x"}]}
    assert {line.field: line.verdict for line in preview(mapping, bad).lines if line.row == "1"}[
        "quantity"
    ] == "refused"


@pytest.mark.parametrize(("system", "entity"), list(shipped()))
def test_shipped_samples_preview_without_loss(system: str, entity: str) -> None:
    for sample in shipped_samples(system, entity):
        result = preview(compile_mapping(load_shipped(system, entity)), sample)
        assert result.ok
        assert result.in_scope
        json.dumps(result.as_json())


def test_decimals_are_shown_exactly() -> None:
    mapping = compiled({"field": "custom.limit", "type": "money", "native": "l", "steps": ["decimal"]})
    line = preview(mapping, {"l": Decimal("0.10")}).as_json()["lines"][0]
    assert (line["native"], line["golden"], line["sent"]) == ("0.1", "0.1", "0.1")
