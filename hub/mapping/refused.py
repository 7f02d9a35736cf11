"""What becomes of a value that a step refuses: a Problem, and what the line's `on_error` says."""

from typing import Any

from hub.errors import Problem, Text
from hub.mapping.plan import LinePlan
from hub.mapping.steps import AsGiven
from hub.mapping.steps.base import remedy_of, text_of

BAD = (ValueError, TypeError, ArithmeticError, AsGiven)
"""What a step may raise for bad data; nothing else is caught."""
_MASK = "***"
_SHOWN = 120


class Refused:
    """Called with the error of one line; records the problem and does what `on_error` asks."""

    __slots__ = ("_names", "_plan")

    def __init__(self, plan: LinePlan) -> None:
        self._plan = plan
        self._names = plan.names

    def __call__(self, error: Exception, value: Any, values: dict[str, Any], problems: list[Problem]) -> None:
        spec = self._plan.spec
        action: str = spec.on_error
        if isinstance(error, AsGiven):
            action = "as_given"
            values[self._names[0]] = error.value
        elif action == "default":
            values.update(dict.fromkeys(self._names, spec.fallback))
        problems.append(problem(self._plan, error, value, action=action))


def problem(plan: LinePlan, error: Exception, value: Any, *, action: str, line: str = "") -> Problem:
    """The Problem of a refused value; its value is masked on sensitive lines."""
    field = plan.names[0] if plan.fields else ""
    text = error.text if isinstance(error, AsGiven) else text_of(error)
    if plan.spec.sensitive:
        text = Text(f"{field} 的值无效（内容已隐藏）", f"the value of {field} is refused (content hidden)")
    path = ", ".join(plan.native or plan.write)
    return Problem(
        "invalid",
        field,
        Text(f"{field}（{path}）：{text.zh}", f"{field} ({path}): {text.en}"),
        value=_MASK if plan.spec.sensitive else shown(value),
        line=line,
        details={"action": action, "native": path},
        remedy=remedy_of(error),
    )


def shown(value: Any) -> str:
    """A value short enough for a message."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
