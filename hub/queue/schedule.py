"""The scheduler: every second it enqueues what the database says is due, and once a day what has its hour."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import redis
from sqlalchemy.exc import OperationalError

from hub.queue.actors import Work
from hub.queue.client import key
from hub.queue.presence import Presence
from hub.store.daily import claim_day
from hub.store.migrate import unreachable

log = logging.getLogger(__name__)

TICK_S = 1.0
#: A leader that is not heard of for this long has lost the lead.
LEASE_MS = 5000
_LEAD = """
local leader = redis.call('GET', KEYS[1])
if leader and leader ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""


@dataclass(frozen=True, slots=True)
class Daily:
    """A job for once a local day, at `hour` or as soon after as somebody is there. `run(now)` returns what it did.

    `again_s`: repeat it that often until midnight (for a job that may run twice without harm); 0 = never.
    """

    name: str
    hour: int
    run: Callable[[datetime], int]
    again_s: float = 0.0


class Scheduler:
    """One tick a second. Of several schedulers one leads; two at once would only send messages that count once."""

    def __init__(self, work: Work, *, presence: Presence, daily: Sequence[Daily], zone: str, process_id: str) -> None:
        self._work = work
        self._presence = presence
        self._daily = daily
        self._zone = ZoneInfo(zone)
        self._id = process_id
        self._client = work.queue.broker.client
        self._lead = self._client.register_script(_LEAD)
        self._ran: dict[str, datetime] = {}

    def run(self, stop: threading.Event, *, after_tick: Callable[[], None] = lambda: None) -> None:
        """Until `stop` is set. What goes wrong in a tick is logged; the next tick tries again."""
        while not stop.is_set():
            try:
                self.tick()
            except OperationalError as error:
                log.error("tick failed: %s", unreachable(self._work.db, error))
            except Exception:
                log.exception("tick failed")
            after_tick()
            stop.wait(TICK_S)
        self.resign()

    def tick(self) -> bool:
        """Clears up after dead neighbours; as the leader enqueues what is due. Returns whether this one leads."""
        self.release_dead()
        if not self._lead(keys=[key("leader")], args=[self._id, LEASE_MS]):
            return False
        for task in self._work.queue.take_again():
            self._work.queue.enqueue(task)
        self._work.enqueue_due()
        for job in self._daily:
            self._run_daily(job)
        return True

    def release_dead(self) -> None:
        """Leases and messages of processes that died on this machine are free at once."""
        for process_id in self._presence.dead():
            freed = self._work.engine.release_worker(process_id)
            try:
                self._work.queue.broker.announce_dead(process_id)
            except redis.RedisError as error:
                log.warning("redis does not answer: %s", error)
            self._presence.forget(process_id)
            log.warning("process %s died; %s leases freed", process_id, freed)

    def resign(self) -> None:
        """A clean stop: the next scheduler need not wait."""
        try:
            if self._client.get(key("leader")) == self._id.encode():
                self._client.delete(key("leader"))
        except redis.RedisError as error:
            log.warning("redis does not answer: %s", error)

    def _run_daily(self, job: Daily) -> None:
        now = self._work.now()
        if self._again(job, now) or claim_day(self._work.db, job.name, self._day(job, now)):
            self._ran[job.name] = now
            log.info("daily %s: %s", job.name, job.run(now))

    def _day(self, job: Daily, now: datetime) -> date:
        """The day whose turn it is: before its hour, that is still yesterday's."""
        return (now.astimezone(self._zone) - timedelta(hours=job.hour)).date()

    def _again(self, job: Daily, now: datetime) -> bool:
        ran = self._ran.get(job.name)
        if not job.again_s or ran is None or now.astimezone(self._zone).hour < job.hour:
            return False
        return self._day(job, ran) == self._day(job, now) and now - ran >= timedelta(seconds=job.again_s)
