"""What a page was read as, and what the database said about it: the input of a plan. Pure."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.connector.contract import Remote
from hub.mapping.results import Pulled
from hub.store.pageplan import RefKey, Target
from hub.sync.drafts import Place
from hub.sync.golden import refs_in, resolved
from hub.sync.identity import Candidate
from hub.sync.rules import Rules


@dataclass(slots=True)
class Read:
    """One native record as read, its hash, and (unless it was equal to what is known) as mapped."""

    remote: Remote
    hash: str
    pulled: Pulled | None = None

    def refs(self) -> Iterator[RefKey]:
        if self.pulled is not None:
            yield from refs_in(self.pulled.values, [row.values for row in self.pulled.rows or []])

    def resolved(self, refs: Mapping[RefKey, int], at: int) -> Pulled:
        """The mapped record with the references that are known replaced by record ids."""
        pulled = self.pulled
        if pulled is None:
            raise ValueError(f"row {self.remote.id} was not mapped")
        rows = pulled.rows
        if rows is not None:
            rows = [dataclasses.replace(row, values=resolved(row.values, refs, at)) for row in rows]
        values = resolved(pulled.values, refs, at)
        if rows is None and values is pulled.values:
            return pulled
        return Pulled(values, pulled.natives, pulled.problems, rows)


@dataclass
class PageContext:
    """What the database said about a page. Rows are SQLAlchemy rows (whole ones in `bindings`, `records`, `wanted*`)."""

    at: int
    at_name: str
    entity: str
    read_seq: int
    rules: Rules
    now: Any
    brief: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    bindings: Mapping[int, Any] = dataclasses.field(default_factory=dict)
    records: Mapping[int, Any] = dataclasses.field(default_factory=dict)
    wanted_by_key: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    wanted_by_record: Mapping[int, Any] = dataclasses.field(default_factory=dict)
    intents: Mapping[int, Any] = dataclasses.field(default_factory=dict)
    refs: Mapping[RefKey, int] = dataclasses.field(default_factory=dict)
    by_key: dict[tuple[str, str], set[int]] = dataclasses.field(default_factory=dict)
    candidates: dict[int, Candidate] = dataclasses.field(default_factory=dict)
    targets: Sequence[Target] = ()
    record_ids: Iterator[int] = dataclasses.field(default_factory=lambda: iter(()))
    binding_ids: Iterator[int] = dataclasses.field(default_factory=lambda: iter(()))
    event_kinds: frozenset[str] = frozenset()
    why: str = "pull"
    who: str = ""
    key_is_number: bool = True
    unproven: Sequence[Mapping[str, Any]] = ()
    """Golden data of our own creates here that may or may not have arrived, where no key could tell: the manifest says
    `key: none`, or the number is the key and the record brought its own."""
    run: int = 0

    @property
    def place(self) -> Place:
        return Place(self.at, self.at_name, self.entity)

    def resolve(self, read: Read) -> Pulled:
        """The mapped record with the references that are known replaced by record ids."""
        return read.resolved(self.refs, self.at)


@dataclass(frozen=True, slots=True)
class Back:
    """A record that was just written: `binding` as it was before, `base` after the write, the read-back, `facts` about the binding."""

    record: Any
    binding: Any
    base: Mapping[str, Any]
    read: Read
    facts: Mapping[str, Any]

    @property
    def id(self) -> int:
        return int(self.binding.id)

    @property
    def version(self) -> int:
        return int(self.binding.version)

    @property
    def stage_seen(self) -> str:
        return str(self.binding.stage_seen)

    @property
    def held(self) -> Sequence[str]:
        held: Sequence[str] = self.binding.held
        return held


@dataclass(frozen=True, slots=True)
class NewBinding:
    """Stands for a binding that this page creates."""

    id: int
    held: tuple[str, ...] = ()
