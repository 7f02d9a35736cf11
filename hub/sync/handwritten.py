"""Values that people type, brought to the form that golden data holds: declared fields by the model, custom ones by the mappings."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from hub.errors import BadInput, Text
from hub.model.canonical import canonical
from hub.model.fields import field_spec, is_field
from hub.model.spec import FieldSpec
from hub.store.core import mapping

Customs = Mapping[str, Sequence[FieldSpec]]


def custom_fields(db: Connection, entity: str) -> Customs:
    """Custom fields of an entity as its active mappings declare them. Two systems may declare one field: a value must fit both."""
    found: dict[str, list[FieldSpec]] = {}
    for spec in db.scalars(select(mapping.c.spec).where(mapping.c.entity == entity, mapping.c.active)):
        for line in spec.get("fields", ()):
            names = line.get("field") or ()
            for name in [names] if isinstance(names, str) else names:
                if line.get("type") and field_spec(entity, name) is None:
                    declared = FieldSpec(name, line["type"], Text(name, name), choices=tuple(line.get("choices", ())))
                    found.setdefault(name, []).append(declared)
    return found


def canonical_field(entity: str, name: str, value: Any, customs: Customs) -> Any:
    """The value as golden data holds it. Raises BadInput naming field, value and fix."""
    if not is_field(entity, name):
        raise BadInput(f"{entity} 没有字段 {name}", f"{entity} has no field {name}", field=name)
    if value is None:
        return None
    spec = field_spec(entity, name)
    if spec is not None and spec.derived:
        raise BadInput(f"字段 {name} 由明细算出，不能直接改", f"{name} is computed and cannot be set", field=name)
    if spec is not None:
        return _as(spec, value)
    declared = customs.get(name, ())
    if not declared:
        return _plain(name, value)
    fitting = [_as(one, value) for one in declared]
    return fitting[0]


def canonical_value(entity: str, unit: str, value: Any, customs: Customs) -> Any:
    """A value for a field, or {field: value} for a group; what is no field (a line) stays as it is."""
    if isinstance(value, Mapping):
        return {name: canonical_field(entity, name, one, customs) for name, one in value.items()}
    return canonical_field(entity, unit, value, customs) if is_field(entity, unit) else value


def _as(spec: FieldSpec, value: Any) -> Any:
    try:
        return canonical(spec, value)
    except ValueError as error:
        text = error.args[0] if error.args and isinstance(error.args[0], Text) else Text(str(error), str(error))
        raise BadInput(
            f"字段 {spec.name}：{text.zh}", f"{spec.name}: {text.en}", field=spec.name, value=str(value)
        ) from error


def _plain(name: str, value: Any) -> Any:
    """A field that no mapping has given a type: plain values only, above all no float."""
    if isinstance(value, bool | int | str):
        return value
    raise BadInput(
        f'字段 {name} 的值 {value} 不能用：请写成文本，例如 "{value}"',
        f'field {name} cannot be {value}: write it as text, like "{value}"',
        field=name,
        value=str(value),
    )
