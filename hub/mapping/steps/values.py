"""Steps that stand for values: lookup, reference, constant, default, template."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from hub.errors import Remedy, Text
from hub.mapping.steps.base import Context, Law, Step, StepOptions, Waiting, refuse
from hub.model.money import decimal_text

ADD_TO_TABLE = Remedy(
    "hub_admin",
    Text(
        "在这个映射的对照表里补上这个值（导出后改、再用 hub mappings apply 启用），或改正这条记录",
        "add the value to the lookup table of this mapping (export it, change it, hub mappings apply), or correct the record",
    ),
)

Scalar = str | int | bool | None
_PLACE = re.compile(r"\{([a-z][a-z0-9_.]*)\}")
_BRACE = re.compile(r"[{}]")


class LookupStep(StepOptions):
    """A table native value -> golden value. `send` is the JSON type of the native side; what is not listed is refused,
    or becomes `unknown` (on pull) and `unmapped` (on push). Where several natives mean the same, the first is sent."""

    title_zh: ClassVar[str] = "枚举对照表"
    title_en: ClassVar[str] = "lookup: a table of values"
    step: Literal["lookup"] = "lookup"
    table: dict[str, str | bool] = Field(min_length=1)
    send: Literal["text", "int", "bool"] = "text"
    unknown: str | bool | None = None
    unmapped: str | int | bool | None = None

    @field_validator("table", mode="before")
    @classmethod
    def _text_keys(cls, table: Any) -> Any:
        return {native_key(key): value for key, value in table.items()} if isinstance(table, dict) else table

    def build(self, paths: int = 1, fields: int = 1) -> Step:
        back = {value: key for key, value in reversed(self.table.items())}
        exact = len(back) == len(self.table) and self.unknown is None and self.unmapped is None
        law = Law.LOSSLESS if exact else Law.NORMALISING
        sent = {value: self._native(key) for value, key in back.items()}
        return Step(
            "lookup", law, self._puller(), self._pusher(sent), gives="", narrows=self.unmapped is not None
        )  # fmt: skip

    def _native(self, key: str) -> Scalar:
        if self.send == "int":
            return int(key)
        return key == "true" if self.send == "bool" else key

    def _puller(self) -> Any:
        table, unknown = self.table, self.unknown

        def pull(value: Any) -> Any:
            found = table.get(value if value.__class__ is str else native_key(value), unknown)
            if found is None:
                known = ", ".join(table)
                text = f"“{value}”不在对照表中（{known}）", f"“{value}” is not in the lookup table ({known})"
                raise refuse(*text, ADD_TO_TABLE)
            return found

        return pull

    def _pusher(self, sent: Mapping[Any, Scalar]) -> Any:
        unmapped = self.unmapped

        def push(value: Any) -> Any:
            found = sent.get(value, unmapped)
            if found is None:
                known = ", ".join(str(known) for known in sent)
                text = f"“{value}”没有对应的原始值（{known}）", f"“{value}” has no native value ({known})"
                raise refuse(*text, ADD_TO_TABLE)
            return found

        return push


class ReferenceStep(StepOptions):
    """Another record: its id or number at the vendor, a hub record here. `blank` lists natives that mean none."""

    title_zh: ClassVar[str] = "引用另一条记录"
    title_en: ClassVar[str] = "reference: another record"
    step: Literal["reference"] = "reference"
    entity: Literal["customer", "contact", "product", "employee", "order", "receivable", "receipt"]
    by: Literal["id", "number"] = "id"
    send: Literal["text", "int"] = "text"
    blank: tuple[str, ...] = ("0",)

    def build(self, paths: int = 1, fields: int = 1) -> Step:
        entity, by, blank = self.entity, self.by, frozenset(self.blank)

        def pull(value: Any) -> Any:
            text = value.strip() if value.__class__ is str else native_key(value)
            if not text or text in blank:
                return None
            return {"$ref": {"entity": entity, "by": by, "value": text}}

        return Step("reference", Law.LOSSLESS, pull, push_with=self._push, gives="ref")

    def _push(self, value: Any, context: Context) -> Any:
        if not isinstance(value, int):
            raise Waiting(self.entity, value["$ref"] if isinstance(value, Mapping) else value)
        target = context.refs.target(self.entity, value)
        if target is None:
            raise Waiting(self.entity, value)
        text = target[0] if self.by == "id" else target[1]
        if not text:
            raise refuse(
                f"引用的 {self.entity} 记录 {value} 在目标系统没有编码",
                f"the {self.entity} record {value} that this refers to has no number at the target",
            )
        return int(text) if self.send == "int" and text.isdigit() else text


class ConstantStep(StepOptions):
    """Always the same value: sent on create (or `when: always`); on a pull line, taken as the golden value."""

    title_zh: ClassVar[str] = "固定值"
    title_en: ClassVar[str] = "constant: always the same value"
    step: Literal["constant"] = "constant"
    value: Scalar
    when: Literal["create", "always"] = "create"

    def build(self, paths: int = 1, fields: int = 1) -> Step:
        value = self.value
        return Step("constant", Law.ONE_WAY, lambda _value: value, lambda _value: value, takes_null=True)


class DefaultStep(StepOptions):
    """What stands in for an empty value on `pull` and on `push`; `missing`: also where the field is absent."""

    title_zh: ClassVar[str] = "为空时的默认值"
    title_en: ClassVar[str] = "default: what stands in for an empty value"
    step: Literal["default"] = "default"
    pull: Scalar = None
    push: Scalar = None
    missing: bool = False

    def build(self, paths: int = 1, fields: int = 1) -> Step:
        on_pull, on_push = self.pull, self.push

        def pulled(value: Any) -> Any:
            return on_pull if _is_empty(value) else value

        def pushed(value: Any) -> Any:
            return on_push if _is_empty(value) else value

        narrows = on_push is not None or on_pull is not None
        return Step("default", Law.NORMALISING, pulled, pushed, takes_null=True, narrows=narrows)


class TemplateStep(StepOptions):
    """Push only: text with golden fields in braces, such as "{number} {contact_name}"; sent on create, and (unless
    `when: create`) whenever one of them changes. Empty fields give nothing."""

    title_zh: ClassVar[str] = "由几个字段拼成文本（只推送）"
    title_en: ClassVar[str] = "template: text made of several fields (push only)"
    step: Literal["template"] = "template"
    text: str = Field(min_length=1, max_length=2000)
    when: Literal["create", "always"] = "always"

    @field_validator("text")
    @classmethod
    def _well_formed(cls, text: str) -> str:
        if _BRACE.search(_PLACE.sub("", text)):
            raise refuse(
                "模板里只能写 {字段名}，例如 {number}", "a template holds only {field} places, such as {number}"
            )  # fmt: skip
        return text

    def build(self, paths: int = 1, fields: int = 1) -> Step:
        return Step("template", Law.ONE_WAY, push_with=self._push, takes_null=True, narrows=True)

    def fields(self) -> tuple[str, ...]:
        """The golden fields named in the text."""
        return tuple(_PLACE.findall(self.text))

    def _push(self, _value: Any, context: Context) -> str | None:
        golden = context.golden
        return _PLACE.sub(lambda found: _shown(golden.get(found.group(1))), self.text).strip() or None


def native_key(value: Any) -> str:
    """A native scalar as text: true/false, whole numbers plainly. A float or a structure is refused."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | Decimal):
        return decimal_text(value)
    raise refuse(f"应为文本、整数或布尔值，实为 {value!r}", f"text, a number or a boolean expected, got {value!r}")


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _shown(value: Any) -> str:
    return "" if value is None else native_key(value)
