"""Checks of files against samples, the way people meet them."""

import json
from pathlib import Path
from typing import Any

import pytest

from hub.errors import BadInput, MappingInvalid
from hub.mapping.check import check_file, check_source
from hub.mapping.load import load_file, load_samples, load_shipped, shipped, shipped_samples, shipped_text
from hub.mapping.source import read_mapping

FILE = """\
system: erp
entity: order
object: Order
fields:
  - field: number
    native: FBillNo
    steps: [trim]
  - field: total
    native: FTotal
    direction: pull
    steps: [decimal]
  - native: FTitle
    direction: push
    steps: [{template: {text: "{number}"}}]
rows:
  field: lines
  native: FEntry
  key: FEntryID
  fields:
    - field: quantity
      native: FQty
      steps: [{decimal: {places: 2}}]
"""
SAMPLE: dict[str, Any] = {"FBillNo": "SO1", "FTotal": 5, "FEntry": [{"FEntryID": 1, "FQty": 2}]}


def write(folder: Path, text: str, samples: Any = None) -> Path:
    path = folder / "order.yaml"
    path.write_text(text, encoding="utf-8")
    if samples is not None:
        (folder / "order.sample.json").write_text(json.dumps(samples), encoding="utf-8")
    return path


def test_a_good_file_has_no_findings(tmp_path: Path) -> None:
    assert check_file(write(tmp_path, FILE, SAMPLE)) == []
    assert load_file(tmp_path / "order.yaml").entity == "order"


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "en"),
    [
        ("field: number", "field: numbr", 5, "numbr", "did you mean number"),
        ("field: quantity", "field: quantty", 20, "quantty", "did you mean quantity"),
        ("{number}", "{numbr}", 12, "numbr", "no field"),
        ("field: lines", "field: instalments", 16, "instalments", "no rows field"),
        ("steps: [trim]", "steps: [decimal]", 5, "number", "has type text"),
        ("native: FTotal", "native: FBillNo", 8, "total", "no number"),
    ],
)
def test_findings_name_file_line_field_and_sample(
    tmp_path: Path, old: str, new: str, line: int, field: str, en: str
) -> None:
    path = write(tmp_path, FILE.replace(old, new, 1), SAMPLE)
    found = check_file(path)[0]
    assert (found.file, found.line, found.field, found.severity) == (str(path), line, field, "error")
    assert en in found.text.en
    assert found.as_json()["zh"]


def test_a_path_that_no_sample_has_is_a_warning_with_the_nearest_key(tmp_path: Path) -> None:
    found = check_file(write(tmp_path, FILE.replace("FTotal", "FTotl").replace("FQty", "FQti"), SAMPLE))
    assert [(finding.severity, finding.sample) for finding in found] == [("warning", "FTotl"), ("warning", "FQti")]
    assert "是否为 FTotal" in found[0].text.zh
    assert "did you mean FQty" in found[1].text.en


def test_refused_sample_values_are_shown(tmp_path: Path) -> None:
    bad = {**SAMPLE, "FTotal": "viel", "FEntry": [{"FEntryID": 1, "FQty": "x"}]}
    found = check_file(write(tmp_path, FILE), [SAMPLE, bad])
    assert [(finding.field, finding.sample) for finding in found] == [("total", "viel"), ("quantity", "x")]
    assert "viel" in found[0].in_language("zh")


def test_laws_are_proved_on_samples() -> None:
    text = FILE.replace("steps: [trim]", "steps: [{lookup: {table: {SO1: A}}}, {case: {to: lower}}]")
    found = check_source(read_mapping(text, file="m.yaml"), [SAMPLE])
    assert [(finding.line, finding.field, finding.sample) for finding in found] == [(5, "number", "SO1")]
    assert "推不回去" in found[0].text.zh


def test_sample_files_are_exact_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text('{"a": 0.10}', encoding="utf-8")
    assert str(load_samples(path)[0]["a"]) == "0.10"
    for bad in ("[1]", "{", '"x"'):
        path.write_text(bad, encoding="utf-8")
        with pytest.raises(BadInput, match=r"s\.json"):
            load_samples(path)
    findings = check_file(write(tmp_path, FILE, samples="x"))
    assert "order.sample.json" in findings[0].file


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert "无法读取" in check_file(tmp_path / "nothing.yaml")[0].text.zh
    with pytest.raises(BadInput, match="cannot read"):
        load_file(tmp_path / "nothing.yaml")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    assert check_file(tmp_path / "b.yaml")[0].severity == "error"


def test_every_shipped_mapping_passes_its_own_check_without_a_warning() -> None:
    root = Path(__file__).parents[3] / "mappings"
    names = sorted(shipped())
    assert {("ec", "order"), ("kingdee", "settlement"), ("wecom", "contact")} <= set(names)
    for system, entity in names:
        assert check_file(root / system / f"{entity}.yaml") == [], (system, entity)
        spec = load_shipped(system, entity)
        assert (spec.system, spec.entity) == (system, entity)
        assert shipped_samples(system, entity), (system, entity)
        assert "#" in shipped_text(system, entity)


def test_an_unknown_shipped_mapping_is_an_error_with_words() -> None:
    with pytest.raises(MappingInvalid, match="no mapping ec/nothing"):
        load_shipped("ec", "nothing")
    assert shipped_samples("ec", "nothing") == []
