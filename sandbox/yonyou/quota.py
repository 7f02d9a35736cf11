"""Calls counted in fixed windows, for the limits per minute and per day."""

from datetime import datetime


class Quota:
    """How often something was called in the window that runs."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[int, int]] = {}

    def allows(self, name: str, now: datetime, *, most: int, seconds: int = 60) -> bool:
        """Counts one call; False when there were `most` in this window already. most 0 is no limit."""
        if most <= 0:
            return True
        window = int(now.timestamp()) // seconds
        at, count = self._windows.get(name, (window, 0))
        count = count + 1 if at == window else 1
        self._windows[name] = (window, count)
        return count <= most

    def clear(self) -> None:
        self._windows.clear()
