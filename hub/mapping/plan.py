"""A line of a mapping checked against the golden model and made ready: its fields, steps and shape."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub.errors import Text
from hub.mapping.paths import parse_path
from hub.mapping.schema import LineSpec, Scalar
from hub.mapping.steps import STEPS, Law, Step, StepOptions, refuse
from hub.mapping.steps.base import text_of
from hub.mapping.steps.parts import JoinStep
from hub.mapping.steps.values import ConstantStep, LookupStep, ReferenceStep, TemplateStep
from hub.model.canonical import canonical, is_custom_name
from hub.model.spec import FieldSpec

_FITS = {"text": {"text", "identifier", "enum"}, "decimal": {"decimal", "money"}}


@dataclass(frozen=True, slots=True)
class LinePlan:
    """`fields`: the golden fields (none for a constant or template); `native`: paths read; `write`: paths written."""

    spec: LineSpec
    fields: tuple[FieldSpec, ...]
    options: tuple[StepOptions, ...]
    steps: tuple[Step, ...]
    native: tuple[str, ...]
    write: tuple[str, ...]
    empty: Scalar = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    @property
    def pulls(self) -> bool:
        return self.spec.direction != "push"

    @property
    def pushes(self) -> bool:
        return self.spec.direction != "pull"

    @property
    def takes_first(self) -> bool:
        return any(isinstance(options, JoinStep) and options.take == "first" for options in self.options)

    @property
    def narrows(self) -> bool:
        return self.pushes and any(step.narrows for step in self.steps)

    @property
    def one_way(self) -> bool:
        return self.spec.direction != "both" or any(step.law is Law.ONE_WAY for step in self.steps)

    @property
    def group(self) -> str | None:
        """The merge group: as written, or the first field's name where one line ties several fields together."""
        return self.spec.group or (self.names[0] if len(self.names) > 1 else None)


def plan_line(spec: LineSpec, known: Mapping[str, FieldSpec], empty: Scalar = None) -> LinePlan:
    """Check one line. `known` are the golden fields of the entity (or of its rows); `empty` is the mapping's default for
    what an emptied field is sent as. Raises ValueError (Text)."""
    fields = tuple(_field(name, spec, known) for name in spec.field)
    _check_paths(spec)
    options = spec.steps
    steps = tuple(step.build(max(1, len(spec.native or spec.write)), max(1, len(fields))) for step in options)
    plan = LinePlan(
        spec, fields, options, steps, spec.native, spec.write or _written(spec, options), _empty(spec, empty)
    )
    _check_direction(plan)
    _check_shape(plan)
    _check_types(plan)
    _check_stand_ins(plan)
    return plan


def is_constant(plan: LinePlan) -> bool:
    return any(isinstance(options, ConstantStep) for options in plan.options)


def template_fields(plan: LinePlan) -> tuple[str, ...]:
    """The golden fields that a template line is made of."""
    return tuple(name for options in plan.options if isinstance(options, TemplateStep) for name in options.fields())


def suggestion(name: str, known: Iterable[str]) -> Text:
    """ "Did you mean" in both languages, or nothing."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return Text(f"，是否为 {close[0]}？", f"; did you mean {close[0]}?") if close else Text("", "")


def _field(name: str, spec: LineSpec, known: Mapping[str, FieldSpec]) -> FieldSpec:
    if name in known and known[name].type != "rows":
        if spec.type:
            raise refuse(f"{name} 的类型是固定的，请删去 type", f"the type of {name} is fixed; remove type")
        return known[name]
    if not is_custom_name(name):
        hint = suggestion(name, known)
        raise refuse(
            f"没有字段 {name}{hint.zh}（自定义字段写 custom.<小写名称>）",
            f"there is no field {name}{hint.en} (custom fields are custom.<lower_case>)",
        )
    if not spec.type or spec.type in ("rows", "ref", "identifier"):
        raise refuse(
            f"自定义字段 {name} 必须写 type（text、decimal、money、bool、date、time、enum）",
            f"the custom field {name} needs a type (text, decimal, money, bool, date, time, enum)",
        )
    if (spec.type == "enum") != bool(spec.choices):
        raise refuse(f"{name}：enum 类型要写 choices，其他类型不写", f"{name}: choices belong to type enum")
    return FieldSpec(name, spec.type, Text(name, name), choices=spec.choices)


def _written(spec: LineSpec, options: tuple[StepOptions, ...]) -> tuple[str, ...]:
    first = any(isinstance(option, JoinStep) and option.take == "first" for option in options)
    return spec.native[:1] if first else spec.native


def _empty(spec: LineSpec, empty: Scalar) -> Scalar:
    return spec.empty if spec.empty is not None else empty


def _check_paths(spec: LineSpec) -> None:
    for path in (*spec.native, *spec.write):
        parse_path(path)
    for path in spec.write or spec.native:
        if spec.direction != "pull" and path.endswith("]") and "=" in path.rpartition("[")[2]:
            raise refuse(
                f"推送路径“{path}”不能以 [键=值] 结尾", f"a written path cannot end with [key=value]: “{path}”"
            )


def _check_direction(plan: LinePlan) -> None:
    spec, constant = plan.spec, is_constant(plan)
    template = any(isinstance(options, TemplateStep) for options in plan.options)
    if not plan.fields and (spec.direction != "push" or not (constant or template)):
        raise refuse(
            "没有 field 的行只能是 direction: push 的 constant 或 template",
            "a line without field must be a constant or template with direction: push",
        )
    if constant and spec.direction == "both":
        raise refuse("constant 是单向的：direction 应为 push 或 pull", "constant is one-way: direction push or pull")
    if template and spec.direction != "push":
        raise refuse("template 只能推送：direction 应为 push", "template only pushes: direction must be push")
    if plan.pulls and not plan.native and not constant:
        raise refuse("拉取需要 native 路径", "a line that pulls needs a native path")
    if plan.pushes and not plan.write:
        raise refuse("推送需要 native 或 write 路径", "a line that pushes needs a native or write path")
    if spec.required and not plan.pushes:
        raise refuse("required 只用于推送的行", "required is only for lines that push")


def _check_shape(plan: LinePlan) -> None:
    """Follow one value through the steps: how many there are before and after each."""
    many = len(plan.native or plan.write) > 1
    for options, step in zip(plan.options, plan.steps, strict=True):
        name = type(options).model_fields["step"].default
        if step.many_native and not many:
            raise refuse(f"步骤 {name} 需要几个 native 路径", f"step {name} needs several native paths")
        if step.many_golden and not step.many_native and many:
            raise refuse(f"步骤 {name} 只接受一个 native 路径", f"step {name} takes one native path")
        if options.golden_count not in (None, len(plan.fields)):
            raise refuse(
                f"步骤 {name} 需要 {options.golden_count} 个 field，实有 {len(plan.fields)} 个",
                f"step {name} needs {options.golden_count} fields, there are {len(plan.fields)}",
            )
        many = step.many_golden or (many and not step.many_native)
    if many != (len(plan.fields) > 1) and not is_constant(plan):
        raise refuse(
            "native 与 field 的个数不符：多个 native 用 join，多个 field 用 split 或 region",
            "native paths and fields do not match: use join for several paths, split or region for several fields",
        )


def _check_types(plan: LinePlan) -> None:
    gives = next((step.gives for step in reversed(plan.steps) if step.gives), "")
    for field in plan.fields:
        _check_type(plan, field, gives)


def _check_type(plan: LinePlan, field: FieldSpec, gives: str) -> None:
    reference = next((options for options in plan.options if isinstance(options, ReferenceStep)), None)
    if (field.type == "ref") != (reference is not None):
        raise refuse(
            f"{field.name}：引用字段用且只用 reference 步骤",
            f"{field.name}: references, and only they, use step reference",
        )
    if reference is not None and reference.entity != field.entity:
        raise refuse(
            f"{field.name} 引用 {field.entity}，不是 {reference.entity}",
            f"{field.name} refers to {field.entity}, not to {reference.entity}",
        )
    if gives and gives != field.type and field.type not in _FITS.get(gives, ()):
        wanted = next((name for name in STEPS if name == field.type), field.type)
        raise refuse(
            f"{field.name} 是 {field.type} 类型，步骤给出的是 {gives}。请改用 {wanted} 或相应步骤",
            f"{field.name} has type {field.type} but its steps give {gives}; use {wanted} or a step that fits",
        )
    for options in plan.options:
        if isinstance(options, LookupStep):
            values = [*options.table.values(), *([] if options.unknown is None else [options.unknown])]
            _check_values(field, values)


def _check_stand_ins(plan: LinePlan) -> None:
    """Defaults, pulled constants and fallbacks must be values of the field's type."""
    if plan.spec.on_error == "default" and plan.spec.fallback is None:
        raise refuse("on_error: default 需要 fallback", "on_error: default needs a fallback")
    stand_ins = [plan.spec.fallback]
    for options in plan.options:
        if options == plan.options[-1] and hasattr(options, "pull"):
            stand_ins.append(getattr(options, "pull", None))
        if isinstance(options, ConstantStep) and plan.pulls:
            stand_ins.append(options.value)
    for field in plan.fields:
        _check_values(field, stand_ins)


def _check_values(field: FieldSpec, values: Iterable[object]) -> None:
    for value in values:
        try:
            canonical(field, value)
        except ValueError as error:
            text = text_of(error)
            raise refuse(f"{field.name}：{text.zh}", f"{field.name}: {text.en}") from error
