"""Every golden field by entity and name, derived from the entity models."""

from collections.abc import Mapping

from hub.model.canonical import is_custom_name
from hub.model.entities import ENTITIES
from hub.model.spec import FieldSpec, FieldType, Kind, specs_of

__all__ = ["FIELDS", "FieldSpec", "FieldType", "Kind", "field_spec", "is_field", "row_field"]

FIELDS: Mapping[str, Mapping[str, FieldSpec]] = {entity: specs_of(model) for entity, model in ENTITIES.items()}


def is_field(entity: str, name: str) -> bool:
    """Whether a golden record of `entity` may hold `name`: a declared field, or `custom.<snake_case>`."""
    return name in FIELDS.get(entity, {}) or is_custom_name(name)


def field_spec(entity: str, name: str) -> FieldSpec | None:
    """The declared field, or None (custom fields are declared by their mapping line)."""
    return FIELDS.get(entity, {}).get(name)


def row_field(entity: str) -> str:
    """The name of the field that holds the entity's rows; "" where it has none."""
    return next((name for name, spec in FIELDS.get(entity, {}).items() if spec.type == "rows"), "")
