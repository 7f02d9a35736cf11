"""Frequency windows: sliding ones per key, fixed ones per clock window. Pure; the caller gives now."""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class SlidingWindows:
    """Times of what was let through, per key."""

    hits: dict[object, list[float]] = field(default_factory=lambda: defaultdict(list))

    def allows(self, key: object, now: float, *windows: tuple[float, int]) -> bool:
        """True and counted when every (seconds, most) window still has room; False leaves no trace."""
        times = self.hits[key]
        longest = max(seconds for seconds, _ in windows)
        del times[: bisect_right(times, now - longest)]
        if any(len(times) - bisect_right(times, now - seconds) >= most for seconds, most in windows):
            return False
        times.append(now)
        return True


@dataclass
class FixedWindows:
    """Counts per key in windows that start at whole multiples of their length; over the limit blocks until the end."""

    counts: dict[tuple[object, int], tuple[int, int]] = field(default_factory=dict)

    def allows(self, key: object, now: float, *windows: tuple[int, int]) -> bool:
        """Count one call; False when any (seconds, most) window is over its limit."""
        return all([self._count(key, seconds, now) <= most for seconds, most in windows])

    def seen(self, key: object, now: float, seconds: int) -> int:
        """Calls counted in the present window."""
        window, count = self.counts.get((key, seconds), (-1, 0))
        return count if window == int(now // seconds) else 0

    def _count(self, key: object, seconds: int, now: float) -> int:
        count = self.seen(key, now, seconds) + 1
        self.counts[key, seconds] = (int(now // seconds), count)
        return count
