"""What one page of reads, or one batch of replies, writes: rows as values, applied together by hub.store.apply."""

from dataclasses import dataclass, field
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
    data: dict[str, Any] = field(default_factory=dict)


@dataclass
class PagePlan:
    """All of it lands, or nothing. `records`/`bindings` updates carry `from_version`; a row that moved meanwhile refuses the plan.

    touched: record id -> golden fields that changed (marks others due); source: the connection that gave the page;
    send_back: its own bindings that must be pushed to; seen: bindings read and found equal; pairs in `alias` are merge-log rows.
    """

    new_records: list[Row] = field(default_factory=list)
    records: list[Row] = field(default_factory=list)
    new_bindings: list[Row] = field(default_factory=list)
    bindings: list[Row] = field(default_factory=list)
    changes: list[Row] = field(default_factory=list)
    keys: dict[int, list[Row]] = field(default_factory=dict)
    pending: dict[int, list[Row]] = field(default_factory=dict)
    inbox: list[Draft] = field(default_factory=list)
    closes: list[str] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    merges: list[Row] = field(default_factory=list)
    touched: dict[int, frozenset[str]] = field(default_factory=dict)
    send_back: set[int] = field(default_factory=set)
    seen: list[int] = field(default_factory=list)
    reread: list[int] = field(default_factory=list)
    intents: list[Row] = field(default_factory=list)
    woken: set[int] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)
    source: int = 0

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
