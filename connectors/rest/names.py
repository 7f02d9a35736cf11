"""Named substitution, the only thing that a manifest can do with text: {name} stands for a value that the caller gives.

A text that is nothing but one {name} becomes the value itself, with its type; a value that is not given (None) takes its
key or list item with it. {{ and }} are braces. {"$json": x} becomes the JSON text of x. There is nothing else: no
expressions, no conditions, no code.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hub.connector.json_exact import encode

_NAME = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]*(?:\.[A-Za-z0-9_.-]+)?)\}|[{}]")
_WHOLE = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[A-Za-z0-9_.-]+)?)\}\Z")
JSON_TEXT = "$json"

Given = Mapping[str, Any]


def names_in(value: Any) -> Iterator[str]:
    """Every name used anywhere in `value`; a brace that belongs to no name comes as it is."""
    if isinstance(value, str):
        found = (match for match in _NAME.finditer(value) if match.group() not in ("{{", "}}"))
        yield from (match.group(1) or match.group() for match in found)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from names_in(key)
            yield from names_in(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from names_in(item)


def filled(value: Any, given: Given) -> Any:
    """`value` with its names replaced; None where the value is one name that is not given."""
    if isinstance(value, str):
        whole = _WHOLE.match(value)
        return given[whole.group(1)] if whole else text(value, given)
    if isinstance(value, Mapping):
        if set(value) == {JSON_TEXT}:
            return encode(filled(value[JSON_TEXT], given))
        return {text(key, given): new for key, item in value.items() if not _absent(item, new := filled(item, given))}
    if isinstance(value, (list, tuple)):
        return [new for item in value if not _absent(item, new := filled(item, given))]
    return value


def text(template: str, given: Given, escape: Callable[[str], str] = lambda part: part) -> str:
    """A text with its names replaced by the text of their values; `escape` is applied to what is put in."""

    def put(match: re.Match[str]) -> str:
        if match.group() in ("{{", "}}"):
            return match.group()[0]
        return escape(as_text(given[match.group(1)]))

    return _NAME.sub(put, template)


def as_text(value: Any) -> str:
    """How a value stands in a query, a header or a text: JSON's words for true and false, nothing for what is not given."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return encode(value) if isinstance(value, (dict, list)) else str(value)


def _absent(before: Any, after: Any) -> bool:
    return after is None and before is not None
