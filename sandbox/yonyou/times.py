"""Times as both products write them: Beijing, whole seconds, no zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


def stamp(moment: datetime) -> str:
    """2025-01-31 08:00:00."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def parse(text: str) -> datetime:
    """A time or date text, aware; ValueError when it is neither."""
    return datetime.fromisoformat(str(text).strip()).replace(tzinfo=BEIJING)


def full(text: object) -> str:
    """A date or time text in the long form, midnight for a plain date; ValueError when it is neither."""
    return parse(str(text)).strftime("%Y-%m-%d %H:%M:%S")
