"""Where something stands in a reply or record: names with dots, [0] for a place in a list, "" for the whole."""

import re
from collections.abc import Mapping
from typing import Any, Final

_PART = re.compile(r"([^.\[\]]+)|\[(-?[0-9]+)\]|\.")
FORM: Final = r"^(?:[^.\[\]\s]+(?:\[-?[0-9]+\])*(?:\.[^.\[\]\s]+(?:\[-?[0-9]+\])*)*)?$"


class Missing:
    """What stands where nothing stands; null is something."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


def at(value: Any, path: str) -> Any:
    """The part of `value` at `path`, or MISSING."""
    for name, index in _PART.findall(path):
        if name:
            value = value.get(name, MISSING) if isinstance(value, Mapping) else MISSING
        elif index:
            place = int(index)
            fits = isinstance(value, list) and -len(value) <= place < len(value)
            value = value[place] if fits else MISSING
    return value


def text_at(value: Any, path: str) -> str:
    """The text of what stands there; "" for nothing, null, and what is no single value."""
    found = at(value, path) if path else MISSING
    return "" if found is None or isinstance(found, (Missing, Mapping, list)) else str(found)


def put(value: Mapping[str, Any], path: str, part: Any) -> dict[str, Any]:
    """A copy of `value` with `part` at a path of names."""
    name, _, rest = path.partition(".")
    inner = value.get(name)
    return {**value, name: put(inner if isinstance(inner, Mapping) else {}, rest, part) if rest else part}
