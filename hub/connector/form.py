"""A connector's settings as a form: description, masking, and taking a masked form back."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from hub.connector.redact import MASK
from hub.errors import ConfigInvalid, Text

_MEANINGS = {  # pydantic's error type -> what to tell people
    "missing": ("必填", "is required"),
    "extra_forbidden": ("不是这个系统的设置项，可用：{known}", "is no setting of this system; known: {known}"),
    "int_parsing": ("应为整数", "must be a whole number"),
    "float_parsing": ("应为数字", "must be a number"),
    "bool_parsing": ("应为 true 或 false", "must be true or false"),
    "greater_than": ("应大于 {gt}", "must be greater than {gt}"),
    "greater_than_equal": ("不能小于 {ge}", "must be at least {ge}"),
    "less_than_equal": ("不能大于 {le}", "must be at most {le}"),
    "string_too_short": ("不能为空", "must not be empty"),
    "too_short": ("不能为空", "must not be empty"),
    "literal_error": ("应为 {expected} 之一", "must be one of {expected}"),
}

FieldType = Literal["text", "secret", "integer", "decimal", "boolean", "choice"]


def describe(config: type[BaseModel]) -> list[dict[str, Any]]:
    """The settings form, in order: {name, title {zh, en}, help {zh, en}, type, required, default, choices}."""
    return [_field(name, info) for name, info in config.model_fields.items()]


def masked(config: BaseModel) -> dict[str, Any]:
    """The settings as JSON values with every secret that is set shown as ***."""
    return {name: _plain(getattr(config, name), reveal=False) for name in type(config).model_fields}


def revealed(config: BaseModel) -> dict[str, Any]:
    """The settings as JSON values, secrets in plain text: for the encrypted column only."""
    return {name: _plain(getattr(config, name), reveal=True) for name in type(config).model_fields}


def parse(config: type[BaseModel], given: Mapping[str, Any], stored: Mapping[str, Any] | None = None) -> BaseModel:
    """Settings from a form. A secret that came back as *** keeps its value in `stored`. Raises ConfigInvalid naming
    every setting that is wrong, with its title (`field` is the first)."""
    values = {name: (stored or {}).get(name, "") if value == MASK else value for name, value in given.items()}
    try:
        return config.model_validate(values)
    except ValidationError as error:
        found = [_fault(config, problem) for problem in error.errors(include_input=False, include_url=False)]
        raise ConfigInvalid(
            "设置有误：" + "；".join(text.zh for _, text in found),
            "Wrong settings: " + "; ".join(text.en for _, text in found),
            field=found[0][0],
        ) from None


def _fault(config: type[BaseModel], problem: ErrorDetails) -> tuple[str, Text]:
    """(setting, what is wrong with it). Validators of ours write both languages, divided by " / "."""
    name = ".".join(map(str, problem["loc"])) or "settings"
    info = config.model_fields.get(name)
    title = _both((info.title if info else None) or name)
    named = {language: name if shown == name else f"{name} ({shown})" for language, shown in title.items()}
    said = _both(problem["msg"].removeprefix("Value error, "))
    in_chinese, in_english = _MEANINGS.get(problem["type"], (said["zh"], said["en"]))
    context = {name: str(value) for name, value in problem.get("ctx", {}).items()} | {
        "known": ", ".join(config.model_fields)
    }
    return name, Text(f"{named['zh']} {_filled(in_chinese, context)}", f"{named['en']} {_filled(in_english, context)}")


def _filled(text: str, context: Mapping[str, str]) -> str:
    for name, value in context.items():
        text = text.replace("{" + name + "}", value)
    return text


def _field(name: str, info: FieldInfo) -> dict[str, Any]:
    kind, choices = _kind(info.annotation)
    return {
        "name": name,
        "title": _both(info.title or name),
        "help": _both(info.description or ""),
        "type": kind,
        "required": info.is_required(),
        "default": None if info.is_required() else _plain(info.get_default(call_default_factory=True), reveal=False),
        "choices": choices,
    }


def _both(text: str) -> dict[str, str]:
    zh, _, en = text.partition(" / ")
    return {"zh": zh, "en": en or zh}


def _kind(annotation: Any) -> tuple[FieldType, list[str]]:
    if get_origin(annotation) is Literal:
        return "choice", [str(choice) for choice in get_args(annotation)]
    if get_origin(annotation) is Union or type(annotation).__name__ == "UnionType":
        return _kind(next(part for part in get_args(annotation) if part is not type(None)))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "choice", [str(member.value) for member in annotation]
    names: dict[Any, FieldType] = {SecretStr: "secret", bool: "boolean", int: "integer"}
    name = getattr(annotation, "__name__", "")
    return ("decimal" if name == "Decimal" else names.get(annotation, "text")), []


def _plain(value: Any, *, reveal: bool) -> Any:
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        return secret if reveal or not secret else MASK
    if isinstance(value, BaseModel):
        return revealed(value) if reveal else masked(value)
    if isinstance(value, Enum):
        return value.value
    return value if value is None or isinstance(value, (bool, int, str, list, dict)) else str(value)
