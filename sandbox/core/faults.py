"""Faults armed through the control interface: which call they hit, how often, and what has fired."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from starlette.requests import Request

from sandbox.core.clock import SandboxClock
from sandbox.core.records import ControlError

TRANSPORT_KINDS = frozenset(
    {"commit_then_drop", "late_commit", "drop_before_commit", "timeout", "http_500", "garbage", "slow"}
)
VENDOR_KINDS = frozenset(
    {
        "rate_limited",
        "token_expired",
        "empty_page",
        "repeat_page",
        "edit_before_write",
        "normalise",
        "hidden",
        "locked",
    }
)
KINDS = TRANSPORT_KINDS | VENDOR_KINDS
MATCH_KEYS = frozenset({"path", "method", "object", "body", "write", "id"})
FIELDS = frozenset({"kind", "count", "rate", "match", "delay_s", "commit"})
FIRED_KEPT = 10_000


@dataclass(frozen=True)
class Facts:
    """What a fault can be matched against; `operation` is the name counted in /_sandbox/counters."""

    method: str
    path: str
    body: str = ""
    object: str | None = None
    write: bool = False
    operation: str = ""
    id: str | None = None


@dataclass
class Fault:
    """One armed fault. count None with rate None cannot be: arming sets count 1.

    `commit` (http_500 and garbage only) lets the vendor handler run before the bad reply; `options` holds whatever
    else the request named, for the vendor's own kinds (the edit of edit_before_write, say).
    """

    kind: str
    count: int | None = None
    rate: float | None = None
    match: Mapping[str, Any] = field(default_factory=dict)
    delay_s: float | None = None
    commit: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    def hits(self, facts: Facts) -> bool:
        """Does the match, all of it, fit this call?"""
        return all(_matches(facts, name, wanted) for name, wanted in self.match.items())

    def as_json(self) -> dict[str, Any]:
        shown = {"kind": self.kind, "count": self.count, "rate": self.rate, "match": dict(self.match)}
        return {**shown, "delay_s": self.delay_s, "commit": self.commit, **self.options}


def _matches(facts: Facts, name: str, wanted: Any) -> bool:
    if name == "write":
        return facts.write is bool(wanted)
    if name == "body":
        return str(wanted) in facts.body
    if name == "path":
        return str(wanted).lower() in facts.path.lower()
    return str(getattr(facts, name) or "").lower() == str(wanted).lower()


class Faults:
    """The armed faults of one sandbox. `take` is the only way a fault fires, and it uses up one of its count."""

    def __init__(self, clock: SandboxClock, seed: int = 0) -> None:
        self._clock = clock
        self._random = random.Random(seed)
        self._lock = Lock()
        self.armed: list[Fault] = []
        self.fired: list[dict[str, Any]] = []

    def arm(self, request: Mapping[str, Any]) -> Fault:
        """Arms {"kind", "count"|"rate", "match"?, "delay_s"?, "commit"?, …}; ControlError says what is allowed."""
        fault = _fault(request)
        with self._lock:
            self.armed.append(fault)
        return fault

    def take(self, kinds: Iterable[str], facts: Facts) -> Fault | None:
        """The first armed fault of these kinds that fits the call, used up by one; None when there is none."""
        if not self.armed:
            return None
        wanted = frozenset(kinds)
        with self._lock:
            for fault in self.armed:
                if fault.kind in wanted and fault.hits(facts) and self._spends(fault):
                    self._note(fault, facts)
                    return fault
        return None

    def clear(self) -> None:
        """Disarms everything; the list of what fired stays."""
        with self._lock:
            self.armed = []

    def reset(self) -> None:
        with self._lock:
            self.armed, self.fired = [], []

    def as_json(self) -> dict[str, Any]:
        return {"armed": [fault.as_json() for fault in self.armed], "fired": list(self.fired)}

    def _spends(self, fault: Fault) -> bool:
        if fault.rate is not None and self._random.random() >= fault.rate:
            return False
        if fault.count is not None:
            fault.count -= 1
            if fault.count <= 0:
                self.armed = [other for other in self.armed if other is not fault]
        return True

    def _note(self, fault: Fault, facts: Facts) -> None:
        at = self._clock.now().isoformat()
        self.fired.append({"kind": fault.kind, "at": at, "method": facts.method, "path": facts.path})
        del self.fired[:-FIRED_KEPT]


def _fault(request: Mapping[str, Any]) -> Fault:
    kind, match = request.get("kind"), request.get("match") or {}
    if kind not in KINDS:
        raise ControlError(f"kind {kind!r} is not known; allowed: {', '.join(sorted(KINDS))}")
    if not isinstance(match, Mapping) or set(match) - MATCH_KEYS:
        raise ControlError(f"match {match!r} must be an object with keys among {', '.join(sorted(MATCH_KEYS))}")
    count, rate = _count_and_rate(request)
    delay = _number(request, "delay_s")
    options = {name: value for name, value in request.items() if name not in FIELDS}
    return Fault(kind, count, rate, dict(match), delay, bool(request.get("commit")), options)


def _count_and_rate(request: Mapping[str, Any]) -> tuple[int | None, float | None]:
    rate, count = _number(request, "rate"), _number(request, "count")
    if rate is not None and not 0 < rate <= 1:
        raise ControlError(f"rate {rate!r} must be above 0 and at most 1")
    if count is not None and (count < 1 or count != int(count)):
        raise ControlError(f"count {count!r} must be a whole number of at least 1")
    if rate is None and count is None:
        return 1, None
    return (None if count is None else int(count)), rate


def _number(request: Mapping[str, Any], name: str) -> float | None:
    value = request.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ControlError(f"{name} {value!r} must be a number")
    return float(value)


def facts_of(request: Request) -> Facts:
    """The facts of the call in hand, as the fault gate saw them (for a vendor handler's own `take`)."""
    facts: Facts = request.scope["sandbox.facts"]
    return facts
