"""Export, JSON Schema and documentation agree with the code."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from hub.mapping.export import export
from hub.mapping.load import load_shipped, shipped
from hub.mapping.schema import LineSpec, MappingSpec, json_schema, schema_text
from hub.mapping.source import parse_mapping, read_mapping
from hub.mapping.steps import STEPS
from tests.unit.mapping.samples import compiled, spec_of

DOCS = Path(__file__).parents[3] / "docs"
GUIDE = (DOCS / "mapping.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("system", "entity"), list(shipped()))
def test_an_export_reads_as_the_same_mapping(system: str, entity: str) -> None:
    spec = load_shipped(system, entity)
    text = export(spec)
    assert parse_mapping(text) == spec
    assert export(parse_mapping(text)) == text
    assert parse_mapping(text).version == spec.version


def test_an_export_quotes_what_could_be_misread() -> None:
    table = {"1": "yes", "true": "no", "0.1": "2025-01-31", "": "null", "a: b": "#x"}
    spec = spec_of({"field": "level", "native": "n", "steps": [{"lookup": {"table": table}}], "empty": ""})
    assert parse_mapping(export(spec)) == spec
    assert yaml.safe_load(export(spec))["fields"][0]["steps"][0]["lookup"]["table"] == table


def test_a_stored_spec_comes_back_as_it_was() -> None:
    for system, entity in shipped():
        spec = load_shipped(system, entity)
        assert MappingSpec.model_validate(json.loads(spec.model_dump_json())) == spec
        assert MappingSpec.model_validate(spec.model_dump(mode="json", exclude_defaults=True)).version == spec.version


def test_the_schema_file_is_up_to_date() -> None:
    """Renew it with: python -c "from hub.mapping.schema import schema_text as t; open('docs/mapping.schema.json','w').write(t())"."""
    assert (DOCS / "mapping.schema.json").read_text(encoding="utf-8") == schema_text()


def as_json(spec: MappingSpec) -> Any:
    return spec.model_dump(mode="json", exclude_defaults=True)


@pytest.mark.parametrize(("system", "entity"), list(shipped()))
def test_the_schema_accepts_what_ships(system: str, entity: str) -> None:
    jsonschema.Draft202012Validator(json_schema()).validate(as_json(load_shipped(system, entity)))


@pytest.mark.parametrize(
    "change",
    [
        {"colour": "red"},
        {"steps": ["trimm"]},
        {"steps": [{"text": {"maxx": 1}}]},
        {"steps": [{"text": {}, "trim": {}}]},
        {"steps": ["lookup"]},
        {"direction": "up"},
        {"on_error": "panic"},
    ],
)
def test_the_schema_refuses_what_the_code_refuses(change: dict[str, Any]) -> None:
    written = as_json(spec_of({"field": "name", "native": "n"}))
    written["fields"][0] |= change
    assert list(jsonschema.Draft202012Validator(json_schema()).iter_errors(written))
    assert read_mapping(yaml.safe_dump(written)).spec is None


def test_every_step_is_documented_with_an_example_that_compiles() -> None:
    sections = dict(re.findall(r"^### ([a-z]+)\n(.*?)(?=^##|\Z)", GUIDE, re.MULTILINE | re.DOTALL))
    assert set(sections) == set(STEPS)
    for name, section in sections.items():
        example = re.search(r"```yaml\n(.*?)```", section, re.DOTALL)
        assert example, name
        assert f"{name}" in example[1]
        assert re.search("无损|规范化|单向", section), name
        examples_compile(example[1])


def examples_compile(text: str) -> None:
    lines = parse_mapping(f"system: s\nentity: customer\nobject: O\nfields:\n{text}").fields
    for line in lines:
        written = line.model_dump(mode="json", exclude_defaults=True)
        entity = next((e for e in ("customer", "order", "product", "receipt") if fits(line, e)), "")
        compiled(written, entity=entity)


def fits(line: LineSpec, entity: str) -> bool:
    from hub.model.fields import is_field

    return all(is_field(entity, name) for name in line.field)


def test_every_key_of_a_line_is_documented() -> None:
    for name in LineSpec.model_fields:
        assert f"`{name}`" in GUIDE, name
    for step, options in STEPS.items():
        assert options.title_zh, step
        assert options.title_en, step
