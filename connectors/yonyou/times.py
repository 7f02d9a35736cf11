"""Moments as 用友 writes them: Beijing time without a zone, whole seconds. Pure."""

from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


def mark(now: datetime) -> str:
    """A moment as the mark of a scan: ISO text in Beijing time."""
    return now.astimezone(ZONE).replace(tzinfo=None).isoformat(timespec="seconds")


def wire(iso: str) -> str:
    """A mark as filters take it: yyyy-MM-dd HH:mm:ss."""
    return iso.replace("T", " ")


def full(day: str) -> str:
    """A date or a moment as saves take it."""
    text = day.replace("T", " ")[:19]
    return text if len(text) > 10 else f"{text} 00:00:00"
