"""What the hub lends a client: an HTTP session with its policy, shared tokens, the rate budget, the clock."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from hub.connector.watermark import DAY

NEAR = timedelta(seconds=5)
"""The header Date has whole seconds, and is a little old when it is read."""


class Tokens(Protocol):
    """Short-lived vendor tokens shared by all workers of one connection. Values are secrets: never logged."""

    def get(self, name: str) -> str | None:
        """The token, or None when absent or past its life."""
        ...

    def put(self, name: str, value: str, life_s: float) -> None: ...

    def drop(self, name: str, value: str) -> None:
        """Forget the token if it is still `value` (so that one refresh serves everyone who met the dead token)."""
        ...

    def lock(self, name: str) -> AbstractContextManager[None]:
        """One refresher at a time."""
        ...


class Budget(Protocol):
    """The connection's rate budget, shared by all workers (I14)."""

    def take(self, operation: str) -> None:
        """Wait briefly for a permit; raises RateLimited(after) when none comes soon."""
        ...


class Unlimited:
    """The budget of tests and one-off checks."""

    def take(self, operation: str) -> None:
        return None


@dataclass
class MemoryTokens:
    """Tokens of one process."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _values: dict[str, tuple[str, float]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def get(self, name: str) -> str | None:
        value, until = self._values.get(name, ("", 0.0))
        return value if value and until > self.now().timestamp() else None

    def put(self, name: str, value: str, life_s: float) -> None:
        self._values[name] = (value, self.now().timestamp() + life_s)

    def drop(self, name: str, value: str) -> None:
        with self._lock:
            if self._values.get(name, ("", 0.0))[0] == value:
                del self._values[name]

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        with self._lock:
            yield


@dataclass(frozen=True, slots=True)
class Call:
    """One remote call as it went: for the attempt log. `outcome` is ok, or an error's kind."""

    system: str
    operation: str
    started: datetime
    seconds: float
    outcome: str
    status: int = 0
    request_id: str = ""


@dataclass
class Link:
    """`on_call` sees every remote call; `key_prefix` marks what this hub created; `parallel` is how many calls may
    be in flight."""

    tokens: Tokens = field(default_factory=MemoryTokens)
    budget: Budget = field(default_factory=Unlimited)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    on_call: Callable[[Call], None] = lambda _call: None
    allow_private_hosts: bool = True
    timeout_s: float = 60.0
    lag: timedelta | None = None
    """How far the vendor's clock was ahead of ours at its last reply, by the reply's header Date; None = it has not told."""

    def behind_s(self) -> float:
        """By how much the vendor's clock is behind ours, as far as it has told; 0 where it is not."""
        return max(0.0, -self.lag.total_seconds()) if self.lag is not None and abs(self.lag) < DAY else 0.0

    def vendor_now(self) -> datetime:
        """The time for a signature that the vendor checks by its own clock: ours, corrected when they are seconds apart."""
        apart = self.lag is not None and NEAR < abs(self.lag) < DAY
        return self.now() + self.lag if self.lag is not None and apart else self.now()
