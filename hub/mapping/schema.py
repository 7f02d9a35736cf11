"""What a mapping may say, as models: the one source of validation, of the JSON Schema and of the version hash."""

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from hub.mapping.results import Direction, OnError, Policy
from hub.mapping.steps import AnyStep
from hub.model.spec import FieldType

Entity = Literal[
    "customer", "contact", "product", "employee", "order", "receivable", "receipt", "settlement", "approval"
]
Scalar = str | int | bool | None


def _listed(value: Any) -> Any:
    """One name may be written without brackets."""
    return (value,) if isinstance(value, str) else value


def _unlisted(names: tuple[str, ...]) -> str | list[str]:
    return names[0] if len(names) == 1 else list(names)


Names = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=200)], ...],
    BeforeValidator(_listed, json_schema_input_type=str | list[str]),
    PlainSerializer(_unlisted, return_type=str | list[str]),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(_Strict):
    """A condition on the native record; all must hold for it to be in scope. `blank` = missing, null or blank text."""

    native: str
    op: Literal["eq", "ne", "in", "not_in", "blank", "filled"] = "eq"
    value: Scalar | tuple[Scalar, ...] = None


class LineSpec(_Strict):
    """One line: golden field(s) <-> native path(s) through steps.

    Without `field` the line is push only (a constant or a template). `write` says where a push puts the value when that
    is not where a pull finds it. `empty` is what a push sends for an emptied field; `fallback` is the value of
    `on_error: default`. `type` and `choices` declare a custom field.
    """

    field: Names = ()
    native: Names = ()
    write: Names = ()
    steps: tuple[AnyStep, ...] = ()
    direction: Direction = "both"
    group: str | None = None
    policy: Policy = "owner"
    owner: str | dict[str, str] = ""
    blanks: Literal["ignore", "count"] = "ignore"
    on_error: OnError = "reject"
    fallback: Scalar = None
    empty: Scalar = None
    required: bool = False
    sensitive: bool = False
    type: FieldType | None = None
    choices: tuple[str, ...] = ()
    note: str = ""


class RowsSpec(_Strict):
    """The rows of a document: a native list at `native` (written at `write`), each with its id at `key`."""

    field: Literal["lines", "instalments"]
    native: str
    write: str = ""
    key: str
    send_key: Literal["text", "int"] = "text"
    fields: tuple[LineSpec, ...] = Field(min_length=1)


class MappingSpec(_Strict):
    """A whole mapping: one entity at one system, both directions."""

    system: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")
    entity: Entity
    object: str = Field(min_length=1, max_length=100)
    note: str = ""
    empty: Scalar = None
    """What a push sends for an emptied field, unless its line says otherwise."""
    filter: tuple[Condition, ...] = ()
    fields: tuple[LineSpec, ...] = Field(min_length=1)
    rows: RowsSpec | None = None

    @property
    def version(self) -> str:
        """Content hash: equal mappings have equal versions, whatever their comments and notes."""
        return hashlib.sha256(json.dumps(_content(self), sort_keys=True).encode()).hexdigest()[:16]


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a mapping file, for editors and for checks outside the hub."""
    schema = MappingSpec.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Mapping", **schema}


def schema_text() -> str:
    """The file docs/mapping.schema.json: the schema, indented, in UTF-8."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _content(spec: MappingSpec) -> Any:
    return _without_notes(spec.model_dump(mode="json", exclude_defaults=True))


def _without_notes(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_notes(item) for key, item in value.items() if key != "note"}
    return [_without_notes(item) for item in value] if isinstance(value, list) else value
