"""The pull of one line whatever its shape: several paths, several fields, defaults, refused values."""

from collections.abc import Callable
from typing import Any

from hub.errors import Problem
from hub.mapping.chains import fills_missing, pull_value, raw_of_line
from hub.mapping.paths import MISSING, reader
from hub.mapping.plan import LinePlan, is_constant
from hub.mapping.refused import BAD, Refused

PullInto = Callable[[Any, dict[str, Any], dict[str, Any], list[Problem]], None]


def pull_line(plan: LinePlan) -> PullInto:
    """A function that fills values, natives and problems from a native record."""
    readers = [reader(path) for path in plan.native]
    pull, native_of, refused = pull_value(plan), raw_of_line(plan), Refused(plan)
    names, constant, fills = plan.names, is_constant(plan), fills_missing(plan)

    def line(native: Any, values: dict[str, Any], natives: dict[str, Any], problems: list[Problem]) -> None:
        found = [read(native) for read in readers]
        if not constant and not fills and all(value is MISSING for value in found):
            return
        present = [None if value is MISSING else value for value in found]
        seen = native_of(_one_or_all(present))
        for name in names:
            natives[name] = seen
        value = _one_or_all([None if _is_blank(value) else value for value in present])
        try:
            result = pull(value)
        except BAD as error:
            refused(error, value, values, problems)
        else:
            values.update(zip(names, result if len(names) > 1 else [result], strict=True))

    return line


def _one_or_all(values: list[Any]) -> Any:
    """The value of a line with one path, the list of one with several; null where a constant has no path."""
    if len(values) > 1:
        return values
    return values[0] if values else None


def _is_blank(value: Any) -> bool:
    return value.__class__ is str and (not value or value.isspace())
