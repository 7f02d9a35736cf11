"""Round-trip laws of one line, tried on one native value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.errors import Text
from hub.mapping.apply import PushContext
from hub.mapping.chains import pull_value, push_value, raw_of_line
from hub.mapping.echo import EchoRefs
from hub.mapping.paths import MISSING, reader
from hub.mapping.plan import LinePlan
from hub.mapping.refused import BAD, shown
from hub.mapping.steps import AsGiven, Law


@dataclass(frozen=True, slots=True)
class Trip:
    """native -> golden -> native -> golden, each as compared: `native`/`sent` raw, `golden`/`again` canonical."""

    native: Any
    golden: Any
    sent: Any
    again: Any


def law_of(plan: LinePlan) -> Law:
    """The weakest law among the line's steps."""
    if plan.one_way:
        return Law.ONE_WAY
    laws = {step.law for step in plan.steps}
    return Law.NORMALISING if Law.NORMALISING in laws else Law.LOSSLESS


def native_of(plan: LinePlan, native: Mapping[str, Any]) -> Any:
    """The native value a line starts from (a list for several paths); MISSING when none of its paths is there."""
    found = [reader(path)(native) for path in plan.native]
    if all(value is MISSING for value in found):
        return MISSING
    present = [None if value is MISSING else value for value in found]
    return present if len(present) > 1 else present[0]


def round_trip(plan: LinePlan, value: Any) -> Trip:
    """Send one native value there and back. Raises what a step raises for values it refuses."""
    refs = EchoRefs()
    pull, push, raw = pull_value(plan), push_value(plan), raw_of_line(plan)
    golden = _pulled(pull, _filled(value))
    sent = push(_bound(golden, refs), PushContext({}, refs, None))
    again = _pulled(pull, _padded(sent, len(plan.native)))
    return Trip(raw(value), golden, raw(sent), again)


def broken_law(plan: LinePlan, value: Any) -> Text | None:
    """What is wrong with the round trip of this value; None when the line's law holds (or the value is refused)."""
    law = law_of(plan)
    if law is Law.ONE_WAY:
        return None
    try:
        trip = round_trip(plan, value)
    except BAD:
        return None
    if trip.again != trip.golden:
        return Text(
            f"往返不一致：原始 {shown(trip.native)} → {shown(trip.golden)} → 原始 {shown(trip.sent)} → {shown(trip.again)}",
            f"no round trip: native {shown(trip.native)} → {shown(trip.golden)} → native {shown(trip.sent)}"
            f" → {shown(trip.again)}",
        )
    if law is Law.LOSSLESS and trip.golden is not None and trip.sent != trip.native:
        return Text(
            f"应无损但推送 {shown(trip.sent)}，拉取时是 {shown(trip.native)}",
            f"should be lossless but {shown(trip.sent)} is sent for {shown(trip.native)}",
        )
    return None


def _pulled(pull: Any, value: Any) -> Any:
    try:
        return pull(value)
    except AsGiven as given:
        return given.value


def _filled(value: Any) -> Any:
    if isinstance(value, list):
        return [_filled(item) for item in value]
    return None if isinstance(value, str) and not value.strip() else value


def _padded(sent: Any, count: int) -> Any:
    """A line that writes fewer paths than it reads (join: first) reads the others as empty."""
    if count > 1 and isinstance(sent, Sequence) and not isinstance(sent, str):
        return [*sent, *[None] * (count - len(sent))]
    return sent


def _bound(golden: Any, refs: EchoRefs) -> Any:
    return [refs.bound(value) for value in golden] if isinstance(golden, list) else refs.bound(golden)
