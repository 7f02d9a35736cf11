"""Where a pull in id order over what changed since a mark has come: the checkpoint of systems without a change cursor. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hub.connector.watermark import Seen, noted, safe_since
from hub.errors import BadInput


@dataclass(frozen=True, slots=True)
class Scan:
    """`since` is the mark of the last finished scan ("" = everything), `after` the last id seen, `mark` when this scan began. Marks
    are ISO text without a zone, in the vendor's own time. `seen` is what rows told about the vendor's clock."""

    since: str = ""
    after: int = 0
    mark: str = ""
    seen: Seen | None = None

    @classmethod
    def parse(cls, checkpoint: Mapping[str, Any] | None) -> "Scan":
        """Raises BadInput for a checkpoint that is not one of these."""
        given = dict(checkpoint or {})
        since, mark, after = given.get("since", ""), given.get("mark", ""), given.get("after", 0)
        fits = all(_is_mark(given.get(name, "")) for name in ("since", "mark", "newest", "at"))
        if not (fits and isinstance(after, int) and after >= 0):
            raise BadInput("断点格式不对，请全量重拉", "Not a checkpoint of this connector; pull everything again")
        return cls(since, after, mark, Seen.parse(given))

    def as_json(self) -> dict[str, Any]:
        seen = self.seen.as_json() if self.seen else {}
        if not self.after:
            return {"since": self.since, **seen}
        return {"since": self.since, "after": self.after, "mark": self.mark, **seen}

    def from_moment(self, overlap_s: float) -> str:
        """The moment to read from: `since` less the overlap; "" for everything."""
        if not self.since:
            return ""
        return (datetime.fromisoformat(self.since) - timedelta(seconds=overlap_s)).isoformat(timespec="seconds")

    def saw(self, stamps: Iterable[str], now: datetime) -> "Scan":
        """The scan after a page whose rows carry these modified times (vendor's texts, "" = none), read by `now`, our idea of the
        vendor's time."""
        return replace(self, seen=noted(self.seen, map(_moment, stamps), now.replace(tzinfo=None)))

    def done(self) -> "Scan":
        """The checkpoint of a scan that came to its end, where `mark` is the vendor's own clock."""
        return Scan(since=self.mark)

    def done_by_rows(self, lag: timedelta | None) -> "Scan":
        """The checkpoint of a scan that came to its end, where `mark` is the hub's clock and its rows were noted by `saw`; `lag` as
        Link has it."""
        since = safe_since(datetime.fromisoformat(self.mark), self.seen, lag)
        return Scan(since=since.isoformat(timespec="seconds"), seen=self.seen)


def _is_mark(text: Any) -> bool:
    if not isinstance(text, str):
        return False
    try:
        return not text or datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=None)
