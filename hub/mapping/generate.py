"""Pull and push of one record as one generated function each: a loop over closures costs several times as much.

No text of a mapping gets into the source: it is made of the templates below; every path, field name and function is
bound to a generated name in the function's own globals. The generated lines do the plain case; whatever is unusual (null,
blank, a refused value) is left to the line's own function, which does the same step by step.
"""

from collections.abc import Callable, Iterable, MutableMapping, Sequence
from decimal import Decimal
from typing import Any

from hub.mapping.apply import PushContext, push_line
from hub.mapping.chains import is_numeric, pull_functions, push_functions, raw, raw_number, takes_null_on_pull
from hub.mapping.paths import MISSING, parse_path, reader, writer
from hub.mapping.plan import LinePlan, is_constant
from hub.mapping.refused import BAD
from hub.mapping.steps import Waiting
from hub.mapping.steps.numbers import as_decimal
from hub.mapping.steps.text import BLANKS, trimmed
from hub.mapping.whole import PullInto, pull_line
from hub.model.money import decimal_text

PushInto = Callable[[PushContext, MutableMapping[str, Any], dict[str, Any]], None]

_PULL = "def made(native, values, natives, problems):\n    get = native.get\n"
_READ = "    v = get(key{i}, MISSING)\n"
_WALK = "    if v is MISSING: v = read{i}(native)\n"
_TRIMMED = """\
    if v.__class__ is str:
        natives[field{i}] = v
        values[field{i}] = v.strip(BLANKS) or None
"""
_NUMBER = """\
    if v.__class__ is Decimal:
        try: natives[field{i}] = values[field{i}] = number(v)
        except BAD: line{i}(native, values, natives, problems)
"""
_STEPS = """\
    if v.__class__ is str and v and not v.isspace():
        natives[field{i}] = raw{i}(v)
        try:
"""
_STEPS_TEXT = _STEPS.replace("raw{i}(v)", "v")
_PULL_STEP = "            {guard}v = step{i}_{j}(v)\n"
_PULLED = "            values[field{i}] = v\n        except BAD: line{i}(native, values, natives, problems)\n"
_UNUSUAL = "    elif v is not MISSING: line{i}(native, values, natives, problems)\n"
_PULL_CALL = "    line{i}(native, values, natives, problems)\n"

_PUSH = "def made(context, out, natives):\n    get, wanted = context.golden.get, context.wanted\n"
_PUSH_LINE = """\
    if wanted is None or field{i} in wanted:
        v = get(field{i})
        if v is not None:
            try:
"""
_PUSH_STEP = "                {guard}v = step{i}_{j}(v, context)\n"
_PUSH_PLAIN = "                {guard}v = step{i}_{j}(v)\n"
_PUSH_TRIM = "                {guard}v = v.strip(BLANKS) or None\n"
_PUSH_WRITE = """\
                if v is None: line{i}(context, out, natives)
                else:
                    {write}
                    natives[field{i}] = {seen}
            except BAD: line{i}(context, out, natives)
        else: line{i}(context, out, natives)
"""
_PUSH_CALL = "    line{i}(context, out, natives)\n"
_GUARD = "if v is not None: "


def pull_function(plans: Iterable[LinePlan]) -> PullInto:
    """One function that fills values, natives and problems from a native record, lines in their order."""
    names: dict[str, Any] = {
        "MISSING": MISSING, "BAD": BAD, "BLANKS": BLANKS, "Decimal": Decimal, "number": decimal_text,
    }  # fmt: skip
    source = [_PULL]
    for i, plan in enumerate(plans):
        names[f"line{i}"] = pull_line(plan)
        usual = len(plan.fields) == 1 and not takes_null_on_pull(plan)
        source += _pull_source(i, plan, names) if usual else [_PULL_CALL.format(i=i)]
    made: PullInto = _made(source, names)
    return made


def push_function(plans: Iterable[LinePlan]) -> PushInto:
    """One function that fills the native record and the natives as sent, lines in their order."""
    names: dict[str, Any] = {"BAD": (*BAD, Waiting, AttributeError), "BLANKS": BLANKS}
    source = [_PUSH]
    for i, plan in enumerate(plans):
        names[f"line{i}"] = push_line(plan)
        source += _push_source(i, plan, names) if _pushes_usually(plan) else [_PUSH_CALL.format(i=i)]
    made: PushInto = _made(source, names)
    return made


def _made(source: Sequence[str], names: dict[str, Any]) -> Any:
    exec(compile("".join(source), "<mapping>", "exec"), names)  # noqa: S102  # our own templates only, see above
    return names["made"]


def _pull_source(i: int, plan: LinePlan, names: dict[str, Any]) -> list[str]:
    """A line with one path and one field, whose steps see no null."""
    path = plan.native[0]
    names |= {f"key{i}": path, f"field{i}": plan.names[0]}
    source = [_READ.format(i=i)]
    if len(parse_path(path)) > 1:
        names[f"read{i}"] = reader(path)
        source.append(_WALK.format(i=i))
    return [*source, *_pull_steps(i, plan, names), _UNUSUAL.format(i=i)]


def _pull_steps(i: int, plan: LinePlan, names: dict[str, Any]) -> list[str]:
    functions = [function for function, _takes_null in pull_functions(plan)]
    if functions in ([trimmed], [as_decimal]):
        return [(_TRIMMED if functions == [trimmed] else _NUMBER).format(i=i)]
    names[f"raw{i}"] = raw_number
    head = (_STEPS if is_numeric(plan) else _STEPS_TEXT).format(i=i)
    for j, function in enumerate(functions):
        names[f"step{i}_{j}"] = function
    steps = [_PULL_STEP.format(i=i, j=j, guard=_GUARD if j else "") for j in range(len(functions))]
    return [head, *steps, _PULLED.format(i=i)]


def _pushes_usually(plan: LinePlan) -> bool:
    one = len(plan.fields) == len(plan.write) == 1 and not plan.takes_first and not is_constant(plan)
    return one and not any(step.takes_null for step in plan.steps)


def _push_source(i: int, plan: LinePlan, names: dict[str, Any]) -> list[str]:
    """A line with one field and one path, whose steps see no null."""
    path = plan.write[0]
    plain = len(parse_path(path)) == 1
    names |= {f"key{i}": path, f"field{i}": plan.names[0], f"write{i}": writer(path)}
    names[f"raw{i}"] = raw_number if is_numeric(plan) else raw
    source = [_PUSH_LINE.format(i=i)]
    for j, (function, with_context) in enumerate(push_functions(plan)):
        names[f"step{i}_{j}"] = function
        call = _PUSH_TRIM if function is trimmed else _PUSH_STEP if with_context else _PUSH_PLAIN
        source.append(call.format(i=i, j=j, guard=_GUARD if j else ""))
    write = f"out[key{i}] = v" if plain else f"write{i}(out, v)"
    seen = f"raw{i}(v)" if is_numeric(plan) else f"v if v.__class__ is str else raw{i}(v)"
    return [*source, _PUSH_WRITE.format(i=i, write=write, seen=seen)]
