"""A manifest file -> a checked System. Everything wrong is told with file, line, field, value and what to do."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from connectors.rest.document import Document, Malformed, Place, read, taken_over
from connectors.rest.naming import wrong_names
from connectors.rest.spec.system import System
from hub.errors import ConfigInvalid, Text

_MEANINGS = {  # pydantic's error type -> what to tell people
    "missing": Text("必填，请补上", "is required: add it"),
    "extra_forbidden": Text("没有这个键{near}", "there is no such key{near}"),
    "literal_error": Text("应为 {expected} 之一", "must be one of {expected}"),
    "enum": Text("应为 {expected} 之一", "must be one of {expected}"),
    "string_type": Text("应为文字，数字请加引号", "must be text; put numbers in quotes"),
    "int_parsing": Text("应为整数", "must be a whole number"),
    "int_type": Text("应为整数", "must be a whole number"),
    "bool_parsing": Text("应为 true 或 false", "must be true or false"),
    "dict_type": Text("应为“键: 值”的列表", "must be a list of key: value"),
    "tuple_type": Text("应为列表", "must be a list"),
    "model_type": Text("应为“键: 值”的列表", "must be a list of key: value"),
    "greater_than": Text("应大于 {gt}", "must be greater than {gt}"),
    "greater_than_equal": Text("不能小于 {ge}", "must be at least {ge}"),
    "less_than_equal": Text("不能大于 {le}", "must be at most {le}"),
    "too_short": Text("不能为空", "must not be empty"),
    "string_too_short": Text("不能为空", "must not be empty"),
    "string_pattern_mismatch": Text("写法不对，应符合 {pattern}", "is not of the form {pattern}"),
    "union_tag_not_found": Text("请写明 kind", "say its kind"),
    "union_tag_invalid": Text("kind 应为 {expected_tags} 之一", "kind must be one of {expected_tags}"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    file: str
    line: int
    field: str
    text: Text
    value: str = ""

    @property
    def whole(self) -> Text:
        shown = f" = {self.value}" if self.value else ""
        where = f"{self.file}:{self.line}: {self.field}{shown}: "
        return Text(where + self.text.zh, where + self.text.en)


def read_system(text: str, *, file: str = "") -> tuple[System | None, list[Finding]]:
    """The system of a manifest text, or everything that is wrong with it."""
    try:
        document = read(text)
        data = taken_over(document.data)
    except Malformed as error:
        return None, [Finding(file, error.line, "-", error.text)]
    try:
        system = System.model_validate(data)
    except ValidationError as error:
        # A key that is spelt wrong comes before the one that is missing because of it.
        problems = sorted(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
        return None, [_finding(file, document, problem) for problem in problems]
    found = [
        Finding(file, document.line_of(place), _dotted(place), said, value)
        for place, said, value in wrong_names(system)
    ]
    return (None if found else system), found


def load_system(path: Path) -> System:
    """Raises ConfigInvalid naming file, line, field, value and fix of everything wrong."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"无法读取 {path}：{error}", f"cannot read {path}: {error}", field="path") from error
    system, found = read_system(text, file=str(path))
    if system is None:
        raise refused(found)
    return system


def refused(found: list[Finding]) -> ConfigInvalid:
    """All findings as one error."""
    zh = "\n".join(finding.whole.zh for finding in found)
    en = "\n".join(finding.whole.en for finding in found)
    return ConfigInvalid(
        f"连接器文件有误：\n{zh}", f"Wrong manifest:\n{en}", field=found[0].field, value=found[0].value
    )


def _finding(file: str, document: Document, problem: ErrorDetails) -> Finding:
    place = _in_document(tuple(problem["loc"]), document)
    context = {name: str(value) for name, value in problem.get("ctx", {}).items()}
    context["near"] = ""
    said = _MEANINGS.get(problem["type"]) or _both(problem["msg"].removeprefix("Value error, "))
    if problem["type"] == "extra_forbidden":
        near = _near(str(place[-1]), problem["loc"])
        texts = (said.zh.replace("{near}", near.zh), said.en.replace("{near}", near.en))
    else:
        texts = (_put(said.zh, context), _put(said.en, context))
    return Finding(file, document.line_of(place), _dotted(place), Text(*texts), _shown(problem))


def _in_document(place: tuple[str | int, ...], document: Document) -> Place:
    """The place without the names of union members that pydantic puts in between."""
    kept: Place = ()
    for part in place:
        if (*kept, part) in document.lines or part == place[-1]:
            kept = (*kept, part)
    return kept


def _near(key: str, place: tuple[str | int, ...]) -> Text:
    close = difflib.get_close_matches(key, sorted(_all_keys(System, set())), n=1, cutoff=0.7)
    return Text(f"，是否想写 {close[0]}", f"; did you mean {close[0]}?") if close else Text("，请删去", ": take it out")


def _all_keys(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[str]:
    if model in seen:
        return
    seen.add(model)
    for name, info in model.model_fields.items():
        yield name
        for inner in _models(info.annotation):
            yield from _all_keys(inner, seen)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models(part)


def _put(text: str, context: Mapping[str, str]) -> str:
    for name, value in context.items():
        text = text.replace("{" + name + "}", value)
    return text


def _shown(problem: ErrorDetails) -> str:
    value = problem["input"]
    return str(value)[:80] if isinstance(value, (str, int, float, bool)) else ""


def _both(text: str) -> Text:
    zh, _, en = text.partition(" / ")
    return Text(zh, en or zh)


def _dotted(place: Place) -> str:
    return ".".join(map(str, place)) or "-"
