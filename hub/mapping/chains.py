"""The steps of one line joined to functions: native value -> golden value, and back."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from hub.mapping.plan import LinePlan
from hub.mapping.steps import Context, Step
from hub.mapping.steps.parts import first_filled
from hub.mapping.steps.values import DefaultStep, LookupStep
from hub.model.canonical import CANONICAL, canonical_enum
from hub.model.money import decimal_text
from hub.model.spec import FieldSpec

Pull = Callable[[Any], Any]
Push = Callable[[Any, Context], Any]


def pull_functions(plan: LinePlan) -> list[tuple[Pull, bool]]:
    """The functions of the pull side in order, each with "takes null"; the last brings values to canonical form."""
    many = len(plan.native) > 1
    functions: list[tuple[Pull, bool]] = []
    for step in plan.steps:
        if step.pull is None:
            continue
        whole = not many or step.many_native
        functions.append(
            (step.pull if whole else _each(step.pull, takes_null=step.takes_null), step.takes_null or many)
        )
        many = step.many_golden or (many and not step.many_native)
    last = _canonicalisers(plan)
    if last is not None:
        functions.append((last, many))
    return functions


def pull_value(plan: LinePlan) -> Pull:
    """All pull functions as one; null passes by those that do not take it."""
    functions = pull_functions(plan)

    def pull(value: Any) -> Any:
        for function, takes_null in functions:
            if value is not None or takes_null:
                value = function(value)
        return value

    return pull


def push_value(plan: LinePlan) -> Push:
    """All push functions as one, last step first."""
    many = len(plan.fields) > 1
    functions: list[tuple[Push, bool]] = []
    for step in reversed(plan.steps):
        push = _with_context(step)
        if push is None:
            continue
        whole = not many or step.many_golden
        functions.append((push if whole else _each_push(push, takes_null=step.takes_null), step.takes_null or many))
        many = step.many_native or (many and not step.many_golden)

    def run(value: Any, context: Context) -> Any:
        for function, takes_null in functions:
            if value is not None or takes_null:
                value = function(value, context)
        return value

    return run


def push_functions(plan: LinePlan) -> list[tuple[Callable[..., Any], bool]]:
    """The functions of a line of one field and one path, last step first, each with "takes the context"."""
    steps = [step for step in reversed(plan.steps) if step.push_with is not None or step.push is not None]
    return [
        (step.push_with or step.push or _same, step.push_with is not None) for step in steps if step.push is not _same
    ]


def takes_null_on_pull(plan: LinePlan) -> bool:
    return len(plan.native) != 1 or any(step.takes_null for step in plan.steps)


def fills_missing(plan: LinePlan) -> bool:
    """Whether a value stands in even where the field is absent altogether."""
    return any(isinstance(options, DefaultStep) and options.missing for options in plan.options)


def is_numeric(plan: LinePlan) -> bool:
    """Whether the native side is a number, so that "3.00" and 3 are the same native value."""
    return any(field.type in ("decimal", "money") for field in plan.fields)


def raw(value: Any) -> Any:
    """A native value as JSON that compares: numbers as canonical text (3, 3.0 and a quoted 3 are one), else as it is."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, dict):
        return {str(key): raw(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [raw(item) for item in value]
    return repr(value)


def raw_number(value: Any) -> Any:
    """As raw; text that is a number becomes canonical too."""
    if value.__class__ is not str:
        return raw(value)
    return _number(value) if value and not value.isspace() else value


def raw_of_line(plan: LinePlan) -> Pull:
    """What natives hold for one line: one value, or a list where the line has several paths."""
    one = raw_number if is_numeric(plan) else raw
    if plan.takes_first:
        return lambda values: one(first_filled(values if isinstance(values, list) else [values]))
    if len(plan.native or plan.write) > 1:
        return lambda values: [one(value) for value in values] if isinstance(values, list) else values
    return one


def _same(value: Any) -> Any:
    return value


def _number(value: Any) -> Any:
    try:
        return decimal_text(value)
    except ValueError:
        return str(value)


def _each(function: Pull, *, takes_null: bool) -> Pull:
    def run(values: Sequence[Any]) -> list[Any]:
        return [function(value) if value is not None or takes_null else None for value in values]

    return run


def _each_push(function: Push, *, takes_null: bool) -> Push:
    def run(values: Sequence[Any], context: Context) -> list[Any]:
        return [function(value, context) if value is not None or takes_null else None for value in values]

    return run


def _with_context(step: Step) -> Push | None:
    if step.push_with is not None:
        return step.push_with
    push = step.push
    return None if push is None else lambda value, _context: push(value)


def _canonicalisers(plan: LinePlan) -> Pull | None:
    """What the last step does not promise: None when every field's value is canonical already."""
    gives = next((step.gives for step in reversed(plan.steps)), "") if plan.steps else ""
    checks = [_canonicaliser(field, gives, plan) for field in plan.fields]
    if not any(checks):
        return None
    if len(checks) == 1:
        return checks[0]
    return lambda values: [
        check(value) if check and value is not None else value for check, value in zip(checks, values, strict=True)
    ]


def _canonicaliser(field: FieldSpec, gives: str, plan: LinePlan) -> Pull | None:
    if field.type == "enum":
        exact = bool(plan.options) and isinstance(plan.options[-1], LookupStep)
        return None if exact else lambda value: canonical_enum(value, field.choices)
    if gives == field.type or (gives == "decimal" and field.type == "money"):
        return None
    return CANONICAL[field.type]
