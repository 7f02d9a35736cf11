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
from hub.mapping.steps.base import text_of


@dataclass(frozen=True, slots=True)
class Trip:
    """native -> golden -> native -> golden: `native` and `sent` as compared (raw), `golden` and `again` canonical."""

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
    """What is wrong with the round trip of this value; None when the law holds, or pull refuses the value."""
    law = law_of(plan)
    if law is Law.ONE_WAY or _is_refused(plan, value):
        return None
    try:
        trip = round_trip(plan, value)
    except BAD as error:
        text = text_of(error)
        return Text(f"拉取的值推不回去：{text.zh}", f"what is pulled cannot be pushed back: {text.en}")
    if trip.again != trip.golden and not (plan.narrows and _settles(plan, trip.sent)):
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


def _is_refused(plan: LinePlan, value: Any) -> bool:
    try:
        _pulled(pull_value(plan), _filled(value))
    except BAD:
        return True
    return False


def _settles(plan: LinePlan, sent: Any) -> bool:
    """Whether a second trip changes nothing any more: all that a line that narrows (cuts, rounds, fills in) can promise."""
    second = round_trip(plan, _padded(sent, len(plan.native)))
    return bool(second.again == second.golden)


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
