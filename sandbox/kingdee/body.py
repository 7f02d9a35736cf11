"""Request bodies a to f of kingdee.md 1.1, brought to one shape whatever the Content-Type says. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs


class BodyError(Exception):
    """A body that no shape fits; the server answers HTTP 500 with `text`."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True)
class Call:
    """One request: positional values (login family), the form, the operation number, the data object and the rest."""

    values: tuple[Any, ...] = ()
    form: str = ""
    operation: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    named: Mapping[str, Any] = field(default_factory=dict)


def parse(raw: bytes) -> Call:
    """A `Call` from the raw body. Raises `BodyError` for a bare array and for text that is neither JSON nor a form."""
    text = raw.decode("utf-8", "replace").strip().lstrip("\ufeff")
    if not text:
        return Call()
    if text[0] == "[":
        raise BodyError(f"Additional text found in JSON string after finishing deserializing object. {text[:40]}")
    named = _json_object(text) if text[0] == "{" else _form_object(text)
    return _call(named)


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise BodyError(f"Invalid JSON in request: {error}") from error
    if not isinstance(value, dict):
        raise BodyError("Invalid JSON in request: an object is expected")
    return value


def _form_object(text: str) -> dict[str, Any]:
    pairs = parse_qs(text, keep_blank_values=True)
    if not pairs or "=" not in text:
        raise BodyError("Request body is neither JSON nor a form")
    return {key: values[0] for key, values in pairs.items()}


def _call(named: dict[str, Any]) -> Call:
    lower = {key.lower(): value for key, value in named.items()}
    if "parameters" in lower:
        return _positional(_loaded(lower["parameters"]), lower)
    return Call(
        values=(),
        form=str(lower.get("formid") or ""),
        operation=str(lower.get("opnumber") or ""),
        data=_as_object(lower.get("data")),
        named=lower,
    )


def _positional(values: Any, named: dict[str, Any]) -> Call:
    """Shapes c and d: [data], [form, data] or [form, operation, data]; data is JSON text or an object."""
    items = list(values) if isinstance(values, list) else [values]
    words = [item for item in items[:-1] if isinstance(item, str)]
    data = _as_object(items[-1]) if items else {}
    form = words[0] if words else ""
    operation = words[1] if len(words) > 1 else ""
    return Call(tuple(items), form, operation, data, named)


def _loaded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_float=Decimal)
    except ValueError:
        return value


def _as_object(value: Any) -> dict[str, Any]:
    loaded = _loaded(value)
    return loaded if isinstance(loaded, dict) else {}


def flag(value: Any, default: bool = False) -> bool:
    """A boolean option sent as true, "true", 1 or "1"."""
    if value is None or value == "":
        return default
    return str(value).strip().lower() in {"true", "1"}


def id_list(value: Any) -> list[int]:
    """Internal ids sent as "1,2", [1,2], [] or 0. Raises ValueError for text that is no id."""
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    ids = [int(str(item).strip()) for item in items if str(item or "").strip()]
    return [number for number in ids if number > 0]


def text_list(value: Any) -> list[str]:
    """Numbers sent as a list or as one comma-separated text."""
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return [str(item).strip() for item in items if str(item).strip()]
