"""What mapping gives back: lines as compiled, pulled and pushed records, and the one thing it asks for, references."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, Protocol

from hub.errors import Problem
from hub.model.spec import FieldSpec

Direction = Literal["both", "pull", "push"]
Policy = Literal["owner", "hub", "manual"]
OnError = Literal["reject", "default", "keep", "inbox"]


@dataclass(frozen=True, slots=True)
class Line:
    """One golden field at one system.

    `native` are the paths read on pull, `write` those written on push. `lossy` says that a push may lose part of a
    golden value (a cut, a rounding): ask Compiled.survives for one value. `one_way` lines have no way back.
    `owner` names the connection or system that wins under policy "owner"; `owner_by_stage` overrides it per stage.
    `siblings` are the fields that one line ties together (always of one group).
    """

    field: str
    native: tuple[str, ...]
    write: tuple[str, ...]
    direction: Direction
    spec: FieldSpec
    group: str | None = None
    policy: Policy = "owner"
    owner: str = ""
    owner_by_stage: Mapping[str, str] = dataclasses.field(default_factory=lambda: MappingProxyType({}))
    blanks_count: bool = False
    on_error: OnError = "reject"
    required: bool = False
    lossy: bool = False
    one_way: bool = False
    sensitive: bool = False
    siblings: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        return self.spec.type


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows section: golden field `field` <-> native list at `native` (written at `write`), row id at `key`."""

    field: str
    native: str
    write: str
    key: str
    fields: Mapping[str, Line]


@dataclass(slots=True)
class PulledRow:
    native_id: str
    values: dict[str, Any]
    natives: dict[str, Any]


@dataclass(slots=True)
class Pulled:
    """`values`: golden field -> canonical value (absent = unknown); `natives`: golden field -> raw native value,
    JSON-safe; `rows` is None when the native record has no such list, or the mapping no rows section.
    """

    values: dict[str, Any]
    natives: dict[str, Any]
    problems: list[Problem]
    rows: list[PulledRow] | None = None


@dataclass(slots=True)
class Pushed:
    """`native` is the vendor-shaped record to send; `natives`: golden field -> value as sent (as in Pulled.natives)."""

    native: dict[str, Any]
    natives: dict[str, Any]
    problems: list[Problem]


class Refs(Protocol):
    """Where a golden record is at the connection that is written to."""

    def target(self, entity: str, record_id: int) -> tuple[str, str] | None:
        """(external id, number), or None while the record is not there yet."""
        ...
