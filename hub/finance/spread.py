"""How much of each instalment is settled: matches that name one go there, the others to the oldest first. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

ZERO = Decimal(0)


def spread(amounts: Sequence[Decimal], named: Mapping[int, Decimal], rest: Decimal) -> list[Decimal]:
    """Settled amount of each instalment, given in order of their due dates.

    `named`: position -> what was matched to exactly that one. `rest`: the net of what names none; it fills the oldest with
    room first, a negative one is taken back from the newest settled first. What fits nowhere stays on the last, so that the
    sum is always `sum(named) + rest`. Credit notes (negative amounts) work the same with the signs turned.
    """
    if not amounts:
        return []
    settled = [named.get(place, ZERO) for place in range(len(amounts))]
    sign = -1 if sum(amounts, ZERO) < 0 else 1
    left = _fill(amounts, settled, rest, sign) if rest * sign > 0 else _take_back(settled, rest, sign)
    settled[-1] += left
    return settled


def _fill(amounts: Sequence[Decimal], settled: list[Decimal], rest: Decimal, sign: int) -> Decimal:
    for place, amount in enumerate(amounts):
        rest = _move(settled, place, rest, room=(amount - settled[place]) * sign)
    return rest


def _take_back(settled: list[Decimal], rest: Decimal, sign: int) -> Decimal:
    for place in reversed(range(len(settled))):
        rest = _move(settled, place, rest, room=settled[place] * sign)
    return rest


def _move(settled: list[Decimal], place: int, rest: Decimal, *, room: Decimal) -> Decimal:
    """Put as much of `rest` there as there is room for; what is left."""
    part = min(abs(rest), max(ZERO, room)).copy_sign(rest)
    settled[place] += part
    return rest - part


def total(parts: Iterable[Decimal]) -> Decimal:
    return sum(parts, ZERO)
