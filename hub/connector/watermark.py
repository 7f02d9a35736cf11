"""Up to where a pull has read, told by the times on the vendor's rows: its clock and the hub's may be minutes apart. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

DAY = timedelta(days=1)
"""How far two clocks can be apart before somebody notices."""
AHEAD = DAY
"""How far into the hub's future a window of changes ends: the vendor's clock may run before ours."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest modified time that a vendor ever showed, and when it was read by the hub's clock: when it was read, the vendor's
    clock stood at `newest` or later, and both clocks go at one speed. `newest` None = rows were read, but they tell no time."""

    newest: datetime | None
    at: datetime

    @classmethod
    def parse(cls, checkpoint: Mapping[str, Any] | None) -> "Seen | None":
        """What a checkpoint remembers; None where it remembers nothing. Raises ValueError for times that are none."""
        given = checkpoint or {}
        if not given.get("at"):
            return None
        newest = given.get("newest")
        return cls(datetime.fromisoformat(newest) if newest else None, datetime.fromisoformat(given["at"]))

    def as_json(self) -> dict[str, str]:
        newest = {"newest": self.newest.isoformat()} if self.newest else {}
        return {**newest, "at": self.at.isoformat()}


def noted(seen: Seen | None, stamps: Iterable[datetime | None], now: datetime) -> Seen | None:
    """What is known after rows with these modified times were read by `now`. Times beyond any clock are mistakes and tell nothing."""
    given = list(stamps)
    told = [stamp for stamp in given if stamp is not None and stamp < now + DAY]
    known = seen.newest if seen else None
    if told and (known is None or max(told) > known):
        return Seen(max(told), now)
    return Seen(None, now) if given and not told and known is None else seen


def safe_since(begun: datetime, seen: Seen | None, lag: timedelta | None = None) -> datetime:
    """The checkpoint of a pull that began at `begun`: what changes after that carries this time or a later one (less the overlap).

    It is where the vendor's clock stood at least when the pull began, by the rows and by how far the vendor's header Date is from
    our clock (`lag`), and never past `begun`. While no row has told a time it is a day back, which no clock is wrong; rows without
    times leave the header, or the hub's clock alone.
    """
    if seen is None:
        return begun - DAY
    by_date = begun + lag if lag is not None and abs(lag) < DAY else begun
    by_rows = seen.newest + (begun - seen.at) if seen.newest is not None else begun
    return max(begun - DAY, min(begun, by_date, by_rows))
