"""Mapping files: everything malformed is named with file, line and field."""

import pytest

from hub.errors import MappingInvalid
from hub.mapping.source import parse_mapping, read_mapping

GOOD = """\
system: erp
entity: customer
object: Customer   # comment
fields:
  - field: name
    native: FName
    steps: [trim, {text: {max: 80}}]
  - field: status
    native: FStatus
    steps:
      - lookup:
          table: {1: active, 0: disabled}
          send: int
"""


def test_a_good_file_is_read_with_its_lines() -> None:
    source = read_mapping(GOOD, file="m.yaml")
    assert source.findings == []
    assert source.spec is not None
    assert source.spec.fields[1].field == ("status",)
    assert source.line_of("fields", 1) == 8
    assert source.line_of("fields", 1, "steps", 0, "nothing") == 11
    assert source.line_of("nowhere") == 1


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "zh", "en"),
    [
        ("field: name\n", "field: name\n    colour: red\n", 6, "name", "未知的键“colour”", "unknown key “colour”"),
        ("entity: customer", "entity: custmer", 2, "entity", "只能是", "must be"),
        ("object: Customer", "objekt: Customer", 3, "objekt", "未知的键", "unknown key"),
        ("steps: [trim, ", "steps: [trimm, ", 7, "name", "没有步骤“trimm”", "no step “trimm”"),
        ("{text: {max: 80}}", "{text: {max: many}}", 7, "name", "max", "max"),
        ("{text: {max: 80}}", "{text: {maxx: 80}}", 7, "name", "maxx", "maxx"),
        ("{text: {max: 80}}", "{text: {max: 80}, trim: {}}", 7, "name", "步骤应写作", "a step is written"),
        ("{text: {max: 80}}", "{text: 80}", 7, "name", "键值对", "must be a mapping"),
        ("native: FName", "native: FName\n    native: FOther", 7, "", "键 native 重复", "native is there twice"),
        ("native: FName", "native: FName\n    direction: up", 7, "name", "direction", "direction"),
        ("    native: FName", "   native: FName", 6, "", "YAML 格式错误", "malformed YAML"),
        ("system: erp", "system: 'ERP 1'", 1, "system", "system", "system"),
        ("[trim, {text: {max: 80}}]", "[{lookup: {table: {}}}]", 7, "name", "table", "table"),
        ("steps: [trim, ", "steps: [&a trim, *a, ", 7, "", "引用", "aliases"),
    ],
)
def test_malformed_files_name_line_and_field(old: str, new: str, line: int, field: str, zh: str, en: str) -> None:
    assert old in GOOD
    source = read_mapping(GOOD.replace(old, new), file="m.yaml")
    assert source.spec is None
    found = [finding for finding in source.findings if zh in finding.text.zh]
    assert found, source.findings
    assert (found[0].file, found[0].line, found[0].field) == ("m.yaml", line, field)
    assert en in found[0].text.en
    assert f"m.yaml:{line}: " in str(found[0])


@pytest.mark.parametrize("text", ["", "- a\n", "x", "{", "\t", "a: !!python/object:os.system x\n", "a: {b: {c: " * 30])
def test_what_is_no_mapping_at_all_is_refused(text: str) -> None:
    source = read_mapping(text, file="m.yaml")
    assert source.spec is None
    assert source.findings


def test_an_enormous_file_is_refused() -> None:
    assert "too large" in read_mapping("a" * 600_000).findings[0].text.en


def test_plain_yaml_words_stay_what_people_mean() -> None:
    """0.1 is no float, no and 2025-01-31 are text, 007 keeps its zeros."""
    text = GOOD.replace("{text: {max: 80}}", "{lookup: {table: {no: 2025-01-31, 007: 0.1, on: yes}}}")
    spec = parse_mapping(text)
    assert spec.fields[0].steps[1].model_dump()["table"] == {"no": "2025-01-31", "007": "0.1", "on": "yes"}


def test_the_first_error_is_raised_with_the_number_of_others() -> None:
    broken = GOOD.replace("entity: customer", "entity: custmer").replace("[trim, ", "[trimm, ")
    with pytest.raises(MappingInvalid) as caught:
        parse_mapping(broken, file="m.yaml")
    assert "m.yaml:2" in caught.value.text.zh
    assert "(and 1 more)" in caught.value.text.en
    assert caught.value.field == "entity"
