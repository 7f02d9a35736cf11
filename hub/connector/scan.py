"""Where a pull in id order over what changed since a mark has come: the checkpoint of systems without a change cursor. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.errors import BadInput


@dataclass(frozen=True, slots=True)
class Scan:
    """`since` is the mark of the last finished scan ("" = everything), `after` the last id seen, `mark` what becomes `since` when
    this scan is done. Marks are ISO text without a zone, in the vendor's own time."""

    since: str = ""
    after: int = 0
    mark: str = ""

    @classmethod
    def parse(cls, checkpoint: Mapping[str, Any] | None) -> "Scan":
        """Raises BadInput for a checkpoint that is not one of these."""
        given = dict(checkpoint or {})
        since, mark, after = given.get("since", ""), given.get("mark", ""), given.get("after", 0)
        if not (_is_mark(since) and _is_mark(mark) and isinstance(after, int) and after >= 0):
            raise BadInput("断点格式不对，请全量重拉", "Not a checkpoint of this connector; pull everything again")
        return cls(since, after, mark)

    def as_json(self) -> dict[str, Any]:
        if not self.after:
            return {"since": self.since}
        return {"since": self.since, "after": self.after, "mark": self.mark}

    def from_moment(self, overlap_s: float) -> str:
        """The moment to read from: `since` less the overlap; "" for everything."""
        if not self.since:
            return ""
        return (datetime.fromisoformat(self.since) - timedelta(seconds=overlap_s)).isoformat(timespec="seconds")

    def done(self) -> "Scan":
        """The checkpoint of a scan that came to its end."""
        return Scan(since=self.mark)


def _is_mark(text: Any) -> bool:
    if not isinstance(text, str):
        return False
    try:
        return not text or datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False
