"""EC's times: local text without a zone, taken as Asia/Shanghai; windows of them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
FORM = "%Y-%m-%d %H:%M:%S"
START = datetime(2008, 1, 1, tzinfo=UTC)
"""Before EC existed: where a full pull begins."""


def text(when: datetime) -> str:
    return when.astimezone(ZONE).strftime(FORM)


def parse(given: str) -> datetime:
    """Raises ValueError for anything but yyyy-MM-dd HH:mm:ss."""
    return datetime.strptime(given, FORM).replace(tzinfo=ZONE).astimezone(UTC)


def stamp(given: str) -> datetime | None:
    """The time that a row carries; None where it carries none."""
    try:
        return parse(given)
    except ValueError:
        return None


def window(start: datetime, end: datetime) -> dict[str, str]:
    return {"startTime": text(start), "endTime": text(end)}


def pieces(start: datetime, end: datetime, days: int) -> list[tuple[datetime, datetime]]:
    """`start`..`end` cut into windows of at most `days`, oldest first."""
    step, found = timedelta(days=days), []
    while start < end:
        found.append((start, min(start + step, end)))
        start += step
    return found
