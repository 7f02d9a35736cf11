"""A golden record put into vendor shape: what is sent, in the order of the mapping's lines."""

import dataclasses
from collections.abc import Callable, Collection, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.errors import Problem, Remedy, Text
from hub.mapping.chains import fills_missing, push_value, raw_of_line
from hub.mapping.paths import MISSING, writer
from hub.mapping.plan import LinePlan, is_constant, template_fields
from hub.mapping.refused import BAD, problem, shown
from hub.mapping.results import Refs
from hub.mapping.steps import Waiting
from hub.mapping.steps.values import ConstantStep, TemplateStep

PushLine = Callable[["PushContext", MutableMapping[str, Any], dict[str, Any]], None]


@dataclass(slots=True)
class PushContext:
    """One golden record (or row) on its way out. `wanted` None = create."""

    golden: Mapping[str, Any]
    refs: Refs
    wanted: Collection[str] | None
    problems: list[Problem] = field(default_factory=list)
    line: str = ""

    @property
    def creating(self) -> bool:
        return self.wanted is None


def push_line(plan: LinePlan) -> PushLine:
    """The function that sends one line."""
    if plan.fields and not is_constant(plan):
        return _FieldLine(plan)
    return _constant_line(plan) if is_constant(plan) else _template_line(plan)


class _FieldLine:
    """A line that sends golden fields."""

    __slots__ = ("_fills", "_names", "_native_of", "_one", "_plan", "_push", "_takes_null", "_writers")

    def __init__(self, plan: LinePlan) -> None:
        self._plan = plan
        self._names = plan.names
        self._one = len(plan.names) == 1
        self._push = push_value(plan)
        self._fills = fills_missing(plan)
        self._takes_null = not self._one or any(step.takes_null for step in plan.steps)
        self._native_of = raw_of_line(plan)
        self._writers = [writer(path) for path in plan.write]

    def __call__(self, context: PushContext, native: MutableMapping[str, Any], natives: dict[str, Any]) -> None:
        if context.wanted is not None and not any(name in context.wanted for name in self._names):
            return
        value = self._golden(context.golden)
        if value is MISSING:
            if not (self._fills and context.creating):
                self._absent(context)
                return
            value = None
        sent = self._sent(value, context)
        if sent is not MISSING:
            self._write(sent, native, natives)

    def _golden(self, golden: Mapping[str, Any]) -> Any:
        if self._one:
            return golden.get(self._names[0], MISSING)
        values = [golden.get(name, MISSING) for name in self._names]
        if all(value is MISSING for value in values):
            return MISSING
        return [None if value is MISSING else value for value in values]

    def _sent(self, value: Any, context: PushContext) -> Any:
        """The native value; MISSING when nothing is to be sent."""
        try:
            if value is not None or self._takes_null:
                value = self._push(value, context)
        except Waiting as waiting:
            context.problems.append(_waiting(self._names[0], waiting, context.line))
            return MISSING
        except BAD as error:
            context.problems.append(problem(self._plan, error, value, action="reject", line=context.line))
            return MISSING
        if value is None or (isinstance(value, list) and all(item is None for item in value)):
            return self._blank(context)
        return value

    def _blank(self, context: PushContext) -> Any:
        self._absent(context)
        if context.creating or self._plan.spec.required:
            return MISSING
        return self._plan.empty

    def _absent(self, context: PushContext) -> None:
        if self._plan.spec.required:
            context.problems.append(_missing(self._plan, context.line))

    def _write(self, sent: Any, native: MutableMapping[str, Any], natives: dict[str, Any]) -> None:
        many = isinstance(sent, list) and (len(self._writers) > 1 or self._plan.takes_first)
        values = sent if many and not self._plan.takes_first else [sent[0] if many else sent] * len(self._writers)
        for write, value in zip(self._writers, values, strict=False):
            write(native, value)
        seen = self._native_of(values if many else sent)
        for name in self._names:
            natives[name] = seen


def _constant_line(plan: LinePlan) -> PushLine:
    options = next(options for options in plan.options if isinstance(options, ConstantStep))
    always, push, writers = options.when == "always", push_value(plan), [writer(path) for path in plan.write]

    def line(context: PushContext, native: MutableMapping[str, Any], _natives: dict[str, Any]) -> None:
        if always or context.creating:
            value = push(None, context)
            for write in writers:
                write(native, value)

    return line


def _template_line(plan: LinePlan) -> PushLine:
    push, writers, made_of = push_value(plan), [writer(path) for path in plan.write], frozenset(template_fields(plan))
    once = any(isinstance(options, TemplateStep) and options.when == "create" for options in plan.options)

    def line(context: PushContext, native: MutableMapping[str, Any], _natives: dict[str, Any]) -> None:
        if context.wanted is not None and (once or made_of.isdisjoint(context.wanted)):
            return
        try:
            value = push(None, context)
        except BAD as error:
            context.problems.append(problem(plan, error, context.golden, action="reject", line=context.line))
            return
        if value is not None or not context.creating:
            for write in writers:
                write(native, plan.empty if value is None else value)

    return line


def _waiting(name: str, waiting: Waiting, line: str) -> Problem:
    """The parent is not at this connection yet; `details` says which record, or which native reference."""
    reference = waiting.reference
    known = {"record": reference} if isinstance(reference, int) else {"ref": reference}
    entity = waiting.entity
    return Problem(
        "waiting",
        name,
        Text(
            f"{name}：等待 {entity} {shown(reference)} 先到达目标系统", f"{name}: waits for {entity} {shown(reference)}"
        ),
        value=shown(reference),
        line=line,
        details={**known, "entity": entity},
    )


def _missing(plan: LinePlan, line: str) -> Problem:
    name, path = ", ".join(plan.names), ", ".join(plan.write)
    return Problem(
        "missing",
        plan.names[0],
        Text(f"{name} 为空，但目标系统的 {path} 必填", f"{name} is empty, but {path} is required at the target"),
        line=line,
        details={"native": path},
        remedy=Remedy("author", Text(f"在录入它的系统里补填 {name}", f"fill in {name} where the record was entered")),
    )


def renumbered(problems: Sequence[Problem], line: str) -> list[Problem]:
    """The problems of a row, with the row's id."""
    return [dataclasses.replace(found, line=line) for found in problems]
