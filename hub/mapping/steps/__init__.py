"""The closed list of steps. A mapping can name these and nothing else."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, PlainSerializer, WithJsonSchema
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from hub.mapping.steps.base import AsGiven, Context, Law, Step, StepOptions, Waiting, refuse
from hub.mapping.steps.numbers import DecimalStep, TaxStep
from hub.mapping.steps.parts import JoinStep, RegionStep, SplitStep
from hub.mapping.steps.text import CaseStep, PhoneStep, TextStep, TrimStep, WidthStep
from hub.mapping.steps.times import DateStep, TimeStep
from hub.mapping.steps.values import ConstantStep, DefaultStep, LookupStep, ReferenceStep, TemplateStep

__all__ = ["STEPS", "AnyStep", "AsGiven", "Context", "Law", "Step", "StepOptions", "Waiting", "as_yaml", "refuse"]

STEPS: dict[str, type[StepOptions]] = {
    "text": TextStep,
    "trim": TrimStep,
    "width": WidthStep,
    "case": CaseStep,
    "phone": PhoneStep,
    "region": RegionStep,
    "date": DateStep,
    "time": TimeStep,
    "decimal": DecimalStep,
    "tax": TaxStep,
    "lookup": LookupStep,
    "split": SplitStep,
    "join": JoinStep,
    "reference": ReferenceStep,
    "constant": ConstantStep,
    "default": DefaultStep,
    "template": TemplateStep,
}


def from_yaml(written: Any) -> Any:
    """`trim` or `{text: {max: 80}}` as the options with their `step` name; anything else is refused."""
    if isinstance(written, StepOptions):
        return written
    options: Any
    if isinstance(written, str):
        name, options = written, {}
    elif isinstance(written, dict) and len(written) == 1:
        ((name, options),) = written.items()
        options = {} if options is None else options
    else:
        raise refuse(
            "步骤应写作名称，或 {名称: {选项}}", "a step is written as its name, or as {name: {options}}"
        )  # fmt: skip
    if name not in STEPS:
        known = ", ".join(STEPS)
        raise refuse(f"没有步骤“{name}”。可用：{known}", f"there is no step “{name}”; known: {known}")
    if not isinstance(options, dict) or "step" in options:
        raise refuse(f"步骤 {name} 的选项应为键值对", f"the options of step {name} must be a mapping")
    return {**options, "step": name}


def as_yaml(options: StepOptions) -> str | dict[str, Any]:
    """The shortest way to write a step: its name, or {name: {options that are not default}}."""
    written = options.model_dump(mode="json", exclude_defaults=True)
    name = type(options).model_fields["step"].default
    return {name: written} if written else name


def _step_schema() -> JsonSchemaValue:
    """The bare name, or an object with the name as its only key; steps with required options have no bare form."""
    bare = [name for name, options in STEPS.items() if not _required(options)]
    objects = [
        {
            "type": "object",
            "properties": {name: _options_schema(options)},
            "required": [name],
            "additionalProperties": False,
        }
        for name, options in STEPS.items()
    ]  # fmt: skip
    return {"anyOf": [{"enum": bare}, *objects]}


def _options_schema(options: type[StepOptions]) -> JsonSchemaValue:
    schema = options.model_json_schema(schema_generator=GenerateJsonSchema)
    schema["properties"].pop("step")
    schema["title"] = f"{options.title_zh} / {options.title_en}"
    return schema


def _required(options: type[StepOptions]) -> bool:
    return any(info.is_required() for info in options.model_fields.values())


AnyStep = Annotated[
    Annotated[
        TextStep | TrimStep | WidthStep | CaseStep | PhoneStep | RegionStep | DateStep | TimeStep | DecimalStep
        | TaxStep | LookupStep | SplitStep | JoinStep | ReferenceStep | ConstantStep | DefaultStep | TemplateStep,
        Discriminator("step"),
    ],
    BeforeValidator(from_yaml),
    PlainSerializer(as_yaml, return_type=Any),
    WithJsonSchema(_step_schema()),
]  # fmt: skip
