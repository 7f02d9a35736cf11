"""What a case of bench_connectors is."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from sandbox.core.start import Running

Data = dict[str, Any]
Base = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Case:
    """How records of one entity are made and changed at one system; what is left out is not measured."""

    entity: str
    object: str
    seed: Callable[[int], Data]
    edit: Callable[[int], Data] | None = None
    write: Callable[[int], Data] | None = None
    change: Callable[[int], Data] | None = None
    steps: tuple[str, ...] = ()
    id_of: Callable[[str], str] = lambda given: given


def reviewed_order(object_: str, order: Callable[[int], Data], note: str) -> Case:
    """An order that people submit and audit; `note` is a field that may be changed."""
    return Case(
        "order",
        object_,
        order,
        edit=lambda n: {note: f"改 {n}"},
        write=order,
        change=lambda n: {note: f"推 {n}"},
        steps=("submit", "audit"),
    )


@dataclass(frozen=True)
class Measured:
    """What is measured at one system: records it must have first, connector settings and sandbox switches beside the usual."""

    base: Base
    cases: Sequence[Case]
    settings: Mapping[str, Any] = field(default_factory=dict)
    switches: Mapping[str, object] = field(default_factory=dict)
    start: Callable[[Mapping[str, object]], AbstractContextManager[Running]] | None = None
    """Starts what answers in place of a sandbox of ours, given the switches."""
