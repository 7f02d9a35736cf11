"""YAML text -> plain data, with the line of everything in it. No aliases, no double keys."""

from dataclasses import dataclass, field
from typing import Any

import yaml

from hub.errors import Text

Place = tuple[str | int, ...]
LONGEST = 500_000


class Malformed(Exception):  # noqa: N818 - it says what the file is
    """Raised when a file is not the YAML that manifests are written in."""

    def __init__(self, text: Text, line: int) -> None:
        super().__init__(str(text))
        self.text, self.line = text, line


@dataclass
class Document:
    data: Any
    lines: dict[Place, int] = field(default_factory=dict)

    def line_of(self, place: Place) -> int:
        """The line of a path into the document, or of the nearest thing around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 0)


class _Loader(yaml.SafeLoader):
    """Aliases are refused: a manifest needs none, and they can blow up."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]  # PyYAML's stubs stop here
            raise Malformed(
                Text("不支持 YAML 引用（*），请写全", "YAML aliases (*) are not supported; write it out"), line
            )
        return super().compose_node(parent, index)


def read(text: str) -> Document:
    """Raises Malformed."""
    if len(text) > LONGEST:
        raise Malformed(Text("文件过大", "the file is too large"), 0)
    try:
        node = yaml.compose(text, Loader=_Loader)
        document = Document(yaml.load(text, Loader=_Loader))  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise Malformed(Text(f"YAML 格式错误：{error.problem}", f"malformed YAML: {error.problem}"), line) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Malformed(Text(f"YAML 格式错误：{error}", f"malformed YAML: {error}"), 0) from error
    if not isinstance(node, yaml.MappingNode):
        raise Malformed(Text("文件应以 system:、auth: 等键开头", "the file must be a mapping with system:, auth: …"), 1)
    _walk(node, (), document)
    return document


def _walk(node: yaml.Node, place: Place, document: Document) -> None:
    document.lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        _keys(node, place, document)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(item, (*place, index), document)


def _keys(node: yaml.MappingNode, place: Place, document: Document) -> None:
    for key, item in node.value:
        inner = (*place, str(key.value))
        line = key.start_mark.line + 1
        if inner in document.lines:
            raise Malformed(Text(f"{key.value} 写了两次", f"{key.value} is there twice"), line)
        document.lines[inner] = line
        _walk(item, inner, document)


def taken_over(data: Any) -> Any:
    """The same document with every `like` of an entity followed. A name that leads nowhere, or in a circle, raises Malformed."""
    entities = data.get("entities") if isinstance(data, dict) else None
    if not isinstance(entities, dict):
        return data
    return {**data, "entities": {name: _whole(entities, name, ()) for name in entities}}


def _whole(entities: dict[str, Any], name: str, trail: tuple[str, ...]) -> Any:
    own = entities.get(name)
    like = own.get("like") if isinstance(own, dict) else None
    if not isinstance(own, dict) or not isinstance(like, str) or not like:
        return own
    if like not in entities or like in (*trail, name):
        raise Malformed(
            Text(
                f"entities.{name}.like：没有可沿用的 {like}", f"entities.{name}.like: there is no {like} to take over"
            ),
            0,
        )
    return _merged(_whole(entities, like, (*trail, name)), own)


def _merged(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{name: _merged(below.get(name), value) for name, value in above.items()}}
    return above
