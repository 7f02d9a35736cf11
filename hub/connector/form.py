"""A connector's settings as a form: description, masking, and taking a masked form back."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from hub.connector.redact import MASK
from hub.errors import ConfigInvalid

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
    the field."""
    values = {name: (stored or {}).get(name, "") if value == MASK else value for name, value in given.items()}
    try:
        return config.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        name = ".".join(map(str, first["loc"])) or "settings"
        raise ConfigInvalid(
            f"设置项 {name} 有误：{first['msg']}", f"Setting {name} is not valid: {first['msg']}", field=name
        ) from None


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
