"""Times as requests carry them. `now` always comes from the caller."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from connectors.rest.spec.auth import Clock
from connectors.rest.spec.system import TimeFormat

START = datetime(2000, 1, 1, tzinfo=UTC)


def written(when: datetime, form: TimeFormat, zone: str) -> str | int:
    """A moment in the system's form."""
    utc = when.astimezone(UTC)
    if form == "iso":
        return utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    if form == "iso_ms":
        return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"
    if form == "local":
        return when.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
    return millis(utc) if form == "ms" else millis(utc) // 1000


def stamp(when: datetime, clock: Clock) -> str:
    """A timestamp for a signature."""
    return str(written(when, "iso" if clock == "iso" else clock, "UTC"))


def moment(text: str, clock: Clock) -> datetime | None:
    """The time that a signed timestamp names; None when it is none."""
    try:
        if clock == "iso":
            found = datetime.fromisoformat(text)
            return found if found.tzinfo else None
        return datetime.fromtimestamp(int(text) / (1000 if clock == "ms" else 1), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def millis(utc: datetime) -> int:
    since = utc - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def parsed(value: object, form: TimeFormat, zone: str) -> datetime | None:
    """The aware time that a row carries, in the system's form or in another: rows are not always written like filters. None where
    it is none."""
    text = str(value).strip()
    if text.isdigit():
        return moment(text, form if form in ("ms", "s") else "ms" if len(text) > 11 else "s")
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
