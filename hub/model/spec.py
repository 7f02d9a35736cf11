"""What a golden field is: its type and titles, read off the annotations of the entity models."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hub.errors import Text

FieldType = Literal["text", "decimal", "money", "bool", "date", "time", "enum", "ref", "identifier", "rows"]


@dataclass(frozen=True, slots=True)
class Kind:
    """The marker that entity annotations carry: the golden type, and for a reference the entity it points to."""

    type: FieldType
    entity: str = ""
    derived: bool = False


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One golden field. `entity` is set for references, `choices` for enums,
    `rows` (row field -> spec) for lists of rows. `derived` fields are computed from others and never merged.
    """

    name: str
    type: FieldType
    title: Text
    entity: str = ""
    choices: tuple[str, ...] = ()
    rows: Mapping[str, "FieldSpec"] = field(default_factory=dict)
    derived: bool = False


@cache
def specs_of(model: type[BaseModel]) -> Mapping[str, FieldSpec]:
    """Field name (the alias, so dotted where it is grouped) -> spec, in the order of the model."""
    specs = (_spec(info.alias or name, info) for name, info in model.model_fields.items())
    return {spec.name: spec for spec in specs}


def _spec(name: str, info: FieldInfo) -> FieldSpec:
    kind = next(mark for mark in info.metadata if isinstance(mark, Kind))
    return FieldSpec(
        name=name,
        type=kind.type,
        title=_title(info),
        entity=kind.entity,
        choices=_choices(info.annotation) if kind.type == "enum" else (),
        rows=specs_of(_row_model(info.annotation)) if kind.type == "rows" else {},
        derived=kind.derived,
    )


def _title(info: FieldInfo) -> Text:
    zh, _, en = (info.title or "").partition(" / ")
    return Text(zh, en)


def _choices(annotation: Any) -> tuple[str, ...]:
    found = next(part for part in _parts(annotation) if get_origin(part) is Literal)
    return tuple(get_args(found))


def _row_model(annotation: Any) -> type[BaseModel]:
    rows = next(part for part in _parts(annotation) if get_origin(part) is tuple)
    model: type[BaseModel] = get_args(rows)[0]
    return model


def _parts(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) in (Union, UnionType):
        return tuple(part for part in get_args(annotation) if part is not NoneType)
    return (annotation,)
