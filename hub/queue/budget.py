"""Rate budgets per connection, shared by all workers through Redis (I14)."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import resources

import redis

from hub.connector.manifest import Limit
from hub.errors import RateLimited
from hub.queue.client import key
from hub.sync.tasks import LANE_INCREMENTAL

#: How long a call waits for its permit before the work is put off.
PATIENCE_S = 5.0
#: A window is counted in this many slices; a permit is free again at most one slice after its window.
SLICES = 20
#: Longest wait between two looks, so that a permit given back early is seen.
_LONGEST_NAP_S = 0.5

_TAKE = resources.files("hub.queue").joinpath("budget.lua").read_text("utf-8")
_lane: ContextVar[int] = ContextVar("lane", default=LANE_INCREMENTAL)


@contextmanager
def in_lane(lane: int) -> Iterator[None]:
    """Calls inside the block take their permits in this lane (hub.sync.tasks.LANE_*). Threads need a copied context."""
    token = _lane.set(lane)
    try:
        yield
    finally:
        _lane.reset(token)


def current_lane() -> int:
    """The lane of this thread's calls."""
    return _lane.get()


class RedisBudget:
    """The permits of one connection. `limits` are the manifest's, or the connection's own where an admin set some."""

    def __init__(
        self, client: redis.Redis, connection_id: int, *, limits: Sequence[Limit], patience_s: float = PATIENCE_S
    ) -> None:
        self.connection_id = connection_id
        self.limits = limits
        self.patience_s = patience_s
        self._take = client.register_script(_TAKE)

    def take(self, operation: str) -> None:
        """Waits for a permit of every limit that holds for the operation. Raises RateLimited when none comes soon."""
        limits = [limit for limit in self.limits if operation.startswith(limit.operation)]
        deadline = time.monotonic() + self.patience_s
        while limits and (wait_s := self._try(limits)) > 0:
            left = deadline - time.monotonic()
            if wait_s > left:
                raise self._used_up(operation, wait_s)
            time.sleep(min(wait_s, _LONGEST_NAP_S))

    def _try(self, limits: Sequence[Limit]) -> float:
        """0 when permits were taken, else seconds to wait."""
        names = [key("budget", self.connection_id, f"{limit.operation}/{limit.per_s:g}") for limit in limits]
        numbers = [str(number) for limit in limits for number in (limit.calls, int(limit.per_s * 1000))]
        try:
            wait_ms = self._take(keys=names, args=[str(current_lane()), str(SLICES), *numbers])
        except redis.RedisError as error:
            raise RateLimited(
                f"Redis 没有应答，不能确认调用额度：{error}",
                f"Redis does not answer, so the call budget is not known: {error}",
                after=5.0,
            ) from error
        return float(str(wait_ms)) / 1000

    def _used_up(self, operation: str, wait_s: float) -> RateLimited:
        return RateLimited(
            f"连接 {self.connection_id} 的调用额度已用完（{operation}），约 {wait_s:.0f} 秒后再试",
            f"the call budget of connection {self.connection_id} is used up ({operation}); "
            f"again in about {wait_s:.0f} s",
            after=max(wait_s, 1.0),
        )
