"""YAML text of a mapping -> checked spec, with the line of everything in it. Pure: reading files is load's part.

The YAML is a plain subset: no aliases, no duplicate keys, no floats (0.1 stays text), no dates, no yes/no booleans.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from pydantic import ValidationError

from hub.errors import MappingInvalid, Text
from hub.mapping.findings import Finding
from hub.mapping.refused import shown
from hub.mapping.schema import MappingSpec
from hub.mapping.steps.base import text_of

Place = tuple[str | int, ...]
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\Z")
_WORDS = {"null": None, "~": None, "": None, "true": True, "false": False}
_LONGEST, _DEEPEST = 500_000, 20


@dataclass(slots=True)
class Source:
    """`spec` is None when there are errors. `places` maps a path into the document to its line."""

    file: str = ""
    spec: MappingSpec | None = None
    findings: list[Finding] = field(default_factory=list)
    places: dict[Place, int] = field(default_factory=dict)

    def line_of(self, *place: str | int) -> int:
        """The line of a path into the document, or of the nearest thing around it."""
        while place and place not in self.places:
            place = place[:-1]
        return self.places.get(place, 0)


def read_mapping(text: str, *, file: str = "") -> Source:
    """Parse and validate; everything wrong is in `findings`, nothing is raised."""
    source = Source(file)
    try:
        data = _data(text, source)
    except _MalformedError as error:
        source.findings.append(Finding(error.text, file, error.line))
        return source
    try:
        source.spec = MappingSpec.model_validate(data)
    except ValidationError as error:
        source.findings += [_finding(source, data, details) for details in error.errors(include_url=False)]
    return source


def parse_mapping(text: str, *, file: str = "") -> MappingSpec:
    """The spec, or MappingInvalid naming file, line and field of the first error and the number of others."""
    source = read_mapping(text, file=file)
    if source.spec is None:
        raise_first(source.findings)
        raise AssertionError("a source without spec has findings")
    return source.spec


def raise_first(findings: Sequence[Finding]) -> None:
    """Raise MappingInvalid for the first error, if there is one."""
    errors = [finding for finding in findings if finding.severity == "error"]
    if not errors:
        return
    more = len(errors) - 1
    zh, en = errors[0].in_language("zh"), errors[0].in_language("en")
    raise MappingInvalid(
        zh + (f"（另有 {more} 处错误）" if more else ""),
        en + (f" (and {more} more)" if more else ""),
        field=errors[0].field,
        value=errors[0].sample,
    )


class _MalformedError(Exception):
    def __init__(self, zh: str, en: str, line: int) -> None:
        super().__init__(zh, en)
        self.text, self.line = Text(zh, en), line


class _Loader(yaml.SafeLoader):
    """SafeLoader that refuses aliases: a mapping needs none, and they can blow up."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]  # PyYAML stubs stop here
            raise _MalformedError("不支持 YAML 引用（*）", "YAML aliases (*) are not supported", line)
        return super().compose_node(parent, index)


def _data(text: str, source: Source) -> Any:
    if len(text) > _LONGEST:
        raise _MalformedError("文件过大", "the file is too large", 0)
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise _MalformedError(f"YAML 格式错误：{error.problem}", f"malformed YAML: {error.problem}", line) from error
    except yaml.YAMLError as error:
        raise _MalformedError(f"YAML 格式错误：{error}", f"malformed YAML: {error}", 0) from error
    if not isinstance(node, yaml.MappingNode):
        raise _MalformedError(
            "文件应以 system:、entity: 等键开头", "the file must be a mapping with system:, entity: …", 1
        )
    return _built(node, (), source.places)


def _built(node: yaml.Node, place: Place, places: dict[Place, int]) -> Any:
    places[place] = node.start_mark.line + 1
    if len(place) > _DEEPEST:
        raise _MalformedError("嵌套过深", "nested too deeply", places[place])
    if isinstance(node, yaml.MappingNode):
        return _object(node, place, places)
    if isinstance(node, yaml.SequenceNode):
        return [_built(item, (*place, index), places) for index, item in enumerate(node.value)]
    return _scalar(node)


def _object(node: yaml.MappingNode, place: Place, places: dict[Place, int]) -> dict[str, Any]:
    built: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise _MalformedError("键应为文本", "a key must be text", line)
        key = str(key_node.value)
        if key in built:
            raise _MalformedError(f"键 {key} 重复", f"the key {key} is there twice", line)
        built[key] = _built(value_node, (*place, key), places)
        places[(*place, key)] = line
    return built


def _scalar(node: yaml.Node) -> Any:
    """Quoted scalars are text; plain ones may be null, true/false or a whole number, and are text otherwise."""
    text = str(node.value)
    if getattr(node, "style", None):
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _WHOLE.match(text) else text


def _finding(source: Source, data: Any, details: Mapping[str, Any]) -> Finding:
    place = tuple(details["loc"])
    sample = "" if details["type"] == "missing" else shown(details["input"])
    return Finding(_said(details), source.file, source.line_of(*place), _field_at(data, place), sample)


def _field_at(data: Any, place: Place) -> str:
    """The golden field of the line a path leads into, else the path itself."""
    dotted = ".".join(str(part) for part in place)
    for part in place:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return dotted
        named = data.get("field") if isinstance(data, dict) else None
        if named and part != "rows":
            return named if isinstance(named, str) else ", ".join(map(str, named))
    return dotted


def _said(details: Mapping[str, Any]) -> Text:
    """pydantic's error types in our own words, both languages."""
    name, context = str(details["loc"][-1]) if details["loc"] else "", details.get("ctx", {})
    if details["type"] == "value_error":
        return text_of(context["error"])
    if details["type"] == "extra_forbidden":
        return Text(f"未知的键“{name}”，请删去或改正拼写", f"unknown key “{name}”; remove it or correct its spelling")
    if details["type"] == "missing":
        return Text(f"缺少“{name}”", f"“{name}” is missing")
    if details["type"] == "literal_error":
        return Text(f"“{name}”只能是 {context['expected']}", f"“{name}” must be {context['expected']}")
    if details["type"] == "string_type":
        return Text(f"“{name}”应为文本（请加引号）", f"“{name}” must be text (put it in quotes)")
    return Text(f"“{name}”的值无效：{details['msg']}", f"the value of “{name}” is refused: {details['msg']}")
