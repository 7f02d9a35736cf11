"""The clock of one sandbox: real time plus whatever a test has added."""

from datetime import UTC, datetime, timedelta


class SandboxClock:
    """Every timestamp and token expiry of a sandbox reads this clock, so a test can age tokens without waiting."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        """Now in UTC, aware."""
        return datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> datetime:
        """Moves the clock (back with a negative number) and returns the new now."""
        self._offset += timedelta(seconds=seconds)
        return self.now()

    def reset(self) -> None:
        """Back to real time."""
        self._offset = timedelta()
