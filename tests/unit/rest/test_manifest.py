"""What a manifest may say, what is told about one that is wrong, and that the shipped ones and their schema are current."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from connectors.rest import load_all
from connectors.rest.config import config_model
from connectors.rest.names import filled, names_in, text
from connectors.rest.paths import MISSING, at, put
from connectors.rest.source import read_system
from connectors.rest.spec.system import schema_text
from hub.connector.discovery import discover
from hub.connector.form import describe

ROOT = Path(__file__).parents[3]
SHIPPED = sorted((ROOT / "connectors/rest/systems").glob("*.yaml"))
GOOD = """system: small
name: {zh: 小, en: small}
kind: [crm]
settings:
  key: {type: secret, title: {zh: 密钥, en: Key}}
auth: {kind: bearer, token: "{key}"}
entities:
  customer:
    id: id
    list:
      request: {path: things, query: {page: "{page}"}}
      rows: data
      paging: {kind: page, size: 10}
    create: {request: {method: POST, path: things, body: "{data}"}, id: id}
"""


def test_a_good_manifest_says_nothing() -> None:
    made, found = read_system(GOOD, file="crm.yaml")
    assert found == []
    assert made is not None
    assert made.system == "small"


# what is changed, into what, the line it is told at, words that must be told
WRONG = [
    ("kind: bearer", "kind: bearre", 6, "bearer"),
    ("token: ", "tokn: ", 6, "tokn"),
    ("{key}\"", "{kee}\"", 6, "{key}"),
    ("rows: data", "row: data", 12, "rows"),
    ("    id: id\n", "", 8, "id"),
    ("system: small", "system: Small CRM", 1, "system"),
    ("kind: [crm]", "kind: [shop]", 3, "crm"),
    ("size: 10", "size: zehn", 13, "size"),
    ("{page: \"{page}\"}", "{page: \"{{page}}\"}", 11, "{page}"),
    ("body: \"{data}\"}, id: id", "body: \"{data}\"}", 14, "confirm"),
    ("body: \"{data}\"}, id: id", "body: \"{data}\"}, empty: true", 14, "id"),
    ("path: things, query", "path: \"things/{id}\", query", 11, "{id}"),
    ("    id: id\n", "    id: id\n    key: hub_key\n", 8, "find"),
    ("auth:", "auth: &a\nx: *a\nauth:", 7, "aliases"),
    ("kind: [crm]", "kind: [crm]\nkind: [erp]", 4, "twice"),
    ("customer:", "customers:", 8, "customer"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "word"), WRONG)
def test_what_is_wrong_is_told_with_file_line_and_fix(old: str, new: str, line: int, word: str) -> None:
    assert old in GOOD
    made, found = read_system(GOOD.replace(old, new, 1), file="crm.yaml")
    assert made is None
    told = found[0].whole
    assert told.en.startswith(f"crm.yaml:{line}:"), told.en
    assert word in told.en
    assert any("一" <= sign <= "鿿" for sign in told.zh)


def test_code_is_no_part_of_the_vocabulary() -> None:
    for bad in ("{data.__class__}", "{ key }", "{key|upper}", "{% if x %}", "${key}{", "{0}"):
        made, _found = read_system(GOOD.replace('"{key}"', json.dumps(bad)), file="crm.yaml")
        assert made is None, bad


def test_an_entity_takes_over_what_another_has() -> None:
    more = GOOD + "  contact: {like: customer, list: {request: {path: persons}}}\n"
    made, found = read_system(more, file="crm.yaml")
    assert made is not None, found
    assert made.entities["contact"].list.request.path == "persons"
    assert made.entities["contact"].list.request.query == {"page": "{page}"}
    for bad in ("like: nobody", "like: contact"):
        made, found = read_system(GOOD + f"  contact: {{{bad}}}\n", file="crm.yaml")
        assert made is None
        assert "like" in found[0].text.en


def test_names_are_put_in_and_nothing_else() -> None:
    given = {"a": 1, "b": None, "c": {"x": "√"}, "d": "2"}
    assert filled({"n": "{a}", "none": "{b}", "o": "{c}", "t": "{a}/{d}", "l": ["{b}", "{a}"]}, given) == {
        "n": 1, "o": {"x": "√"}, "t": "1/2", "l": [1],
    }  # fmt: skip
    assert filled({"$json": {"q": "{c}", "n": "{b}"}}, given) == '{"q":{"x":"√"}}'
    assert filled({"kept": None}, given) == {"kept": None}
    assert text("{{a}} {a}", given) == "{a} 1"
    assert list(names_in(["{a}", {"k{b}": "{{x}}"}])) == ["a", "b"]


def test_paths() -> None:
    data = {"a": {"b": [{"c": None}, {"c": 2}]}}
    assert at(data, "a.b[1].c") == at(data, "a.b[-1].c") == 2
    assert at(data, "a.b[0].c") is None
    assert at(data, "a.b[7].c") is at(data, "x") is at([], "a") is MISSING
    assert at(data, "") is data
    assert put({"a": {"b": 1}, "c": 2}, "a.d", 3) == {"a": {"b": 1, "d": 3}, "c": 2}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_manifests_are_good_and_fit_the_schema(path: Path) -> None:
    made, found = read_system(path.read_text("utf-8"), file=path.name)
    assert made is not None, [str(finding.whole) for finding in found]
    schema = json.loads((ROOT / "docs/rest.schema.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(yaml.safe_load(path.read_text("utf-8")))
    for field in describe(config_model(made)):
        assert field["title"]["zh"] != field["title"]["en"], field["name"]


def test_the_schema_is_current() -> None:
    """Renew it with: python -c "from connectors.rest.spec.system import schema_text as t; open('docs/rest.schema.json','w').write(t())"."""
    assert (ROOT / "docs/rest.schema.json").read_text("utf-8") == schema_text()


def test_a_company_keeps_manifests_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "broken.yaml").write_text("system: [", "utf-8")
    (tmp_path / "other.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "small").mkdir()
    found = load_all(tmp_path)
    assert {"small", "jiandaoyun", "nocobase"} <= set(found.connectors)
    assert set(found.broken) == {"broken", "other"}
    assert "other.yaml" in found.broken["other"].text.en
    assert found.connectors["small"].mappings == tmp_path / "small"
    assert set(found.connectors["small"].manifest.entities["customer"].can) == {"pull", "read", "create"}


def test_a_file_cannot_take_the_name_of_an_installed_connector(tmp_path: Path) -> None:
    (tmp_path / "ec.yaml").write_text(GOOD.replace("system: small", "system: ec"), "utf-8")
    (tmp_path / "small.yaml").write_text(GOOD, "utf-8")
    found = discover(tmp_path)
    assert found.connectors["ec"].manifest.name.en == "EC CRM"
    assert "ec" in found.broken
    assert "small" in found.connectors
