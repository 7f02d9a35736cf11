"""Replies that wait to be judged together: a commit per reply costs more than what it writes."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.connector.contract import WriteOutcome
from hub.sync.pushplan import Job

JUDGED_AT_ONCE = 400
LONGEST_WAIT = timedelta(seconds=1)
"""A reply waits for others of the same moment, no longer: until it is committed a crash means looking its writes up."""


@dataclass
class Over:
    """What the end of a call means: `judge_now` when enough replies wait, or nobody else is under way who would judge them."""

    judge_now: bool = False


@dataclass
class Replies:
    """Replies of the calls of one drain. Safe to share between threads."""

    now: Callable[[], datetime]
    _jobs: list[Job] = field(default_factory=list)
    _results: list[WriteOutcome] = field(default_factory=list)
    _since: datetime | None = None
    _calls: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def under_way(self) -> Iterator[Over]:
        """Around a call and the `add` of what it gave."""
        over = Over()
        with self._lock:
            self._calls += 1
        try:
            yield over
        finally:
            with self._lock:
                self._calls -= 1
                over.judge_now = self._is_due()

    def _is_due(self) -> bool:
        if self._since is None:
            return False
        return self._calls == 0 or len(self._jobs) >= JUDGED_AT_ONCE or self.now() - self._since >= LONGEST_WAIT

    def add(self, jobs: Sequence[Job], results: Sequence[WriteOutcome]) -> None:
        with self._lock:
            self._since = self._since or self.now()
            self._jobs.extend(jobs)
            self._results.extend(results)

    def take(self) -> tuple[list[Job], list[WriteOutcome]]:
        """All that wait; they are the caller's to judge."""
        with self._lock:
            taken = self._jobs, self._results
            self._jobs, self._results, self._since = [], [], None
        return taken
