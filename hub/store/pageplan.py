"""What one page of reads, or one batch of replies, writes: rows as values, applied together by hub.store.apply."""

import dataclasses
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """An inbox item to open, or to refresh when one with the same key is open."""

    kind: str
    entity: str
    key: str
    zh: str
    en: str
    record_id: int | None = None
    binding_id: int | None = None
    connection_id: int | None = None
    field: str = ""
    data: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclass
class PagePlan:
    """All of it lands, or nothing. `records`/`bindings` updates carry `from_version`; a row that moved meanwhile refuses the plan.

    touched: record id -> golden fields that changed (marks others due); source: the connection that gave the page;
    send_back: its own bindings that must be pushed to; seen: bindings read and found equal; wanted: bindings without external id for
    records that another flow wants; woken: records whose waiting children may go on.
    """

    new_records: list[Row] = dataclasses.field(default_factory=list)
    records: list[Row] = dataclasses.field(default_factory=list)
    new_bindings: list[Row] = dataclasses.field(default_factory=list)
    bindings: list[Row] = dataclasses.field(default_factory=list)
    changes: list[Row] = dataclasses.field(default_factory=list)
    keys: dict[int, list[Row]] = dataclasses.field(default_factory=dict)
    pending: dict[int, list[Row]] = dataclasses.field(default_factory=dict)
    inbox: list[Draft] = dataclasses.field(default_factory=list)
    closes: list[str] = dataclasses.field(default_factory=list)
    events: list[Row] = dataclasses.field(default_factory=list)
    merges: list[Row] = dataclasses.field(default_factory=list)
    touched: dict[int, frozenset[str]] = dataclasses.field(default_factory=dict)
    send_back: set[int] = dataclasses.field(default_factory=set)
    seen: list[int] = dataclasses.field(default_factory=list)
    reread: list[int] = dataclasses.field(default_factory=list)
    intents: list[Row] = dataclasses.field(default_factory=list)
    woken: set[int] = dataclasses.field(default_factory=set)
    counts: dict[str, int] = dataclasses.field(default_factory=dict)
    wanted: list[Row] = dataclasses.field(default_factory=list)
    hold_checkpoint: bool = False
    source: int = 0
    entity: str = ""

    def count(self, outcome: str, by: int = 1) -> None:
        self.counts[outcome] = self.counts.get(outcome, 0) + by


@dataclass(frozen=True, slots=True)
class Target:
    """A flow that pushes an entity: whose bindings a change makes due, and where new records are wanted."""

    flow_id: int
    connection_id: int
    entity: str
    pushes: frozenset[str]
    create: bool
    filter: tuple[Any, ...] = ()
    stage: str = ""
    key_prefix: str = "HUB"


class Moved(Exception):  # noqa: N818 - not an error: the caller decides the page again
    """Raised when a row of the plan was changed by somebody else since it was read."""


@dataclass(frozen=True, slots=True)
class RefKey:
    """A vendor's reference to another record: by its id or by its number."""

    entity: str
    by: str
    value: str
