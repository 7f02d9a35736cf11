"""A mapping compiled once per version: lines and rows as data, and the functions that pull and push one record."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from hub.mapping.results import Line, Pulled, Pushed, Refs, Rows


@dataclass(frozen=True, slots=True)
class Compiled:
    """One mapping version, immutable and safe to share between threads."""

    system: str
    entity: str
    object: str
    version: str
    fields: Mapping[str, Line]
    rows: Rows | None
    pulls: frozenset[str]
    pushes: frozenset[str]

    def in_scope(self, native: Mapping[str, Any]) -> bool:
        """Whether the mapping's filter lets this native record in."""
        raise NotImplementedError

    def pull(self, native: Mapping[str, Any]) -> Pulled:
        """Native record -> golden values. Never raises for bad data: see Pulled.problems."""
        raise NotImplementedError

    def push(self, golden: Mapping[str, Any], fields: Collection[str] | None, refs: Refs) -> Pushed:
        """Golden record -> the native record to send; `fields` None = everything (create), else only these golden fields."""
        raise NotImplementedError

    def survives(self, field: str, value: Any) -> bool:
        """Whether pulling back what a push of `value` sends gives `value` again (False = a lossy value)."""
        raise NotImplementedError
