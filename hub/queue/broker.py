"""The Dramatiq broker: Redis without polling, lost workers noticed in seconds, nothing retried behind our back."""
# mypy: disallow-untyped-calls=False

import threading
from typing import Any

import dramatiq.worker
import redis
from dramatiq import Message, MessageProxy, Middleware
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.errors import ConnectionClosed

from hub.queue.client import NAMESPACE, QUEUES, key

#: A process without a sign of life for this long gives its messages back.
HEARTBEAT_TIMEOUT_MS = 5000
#: Looked at on every command (out of a million), not by chance.
MAINTENANCE_CHANCE = 1_000_000
#: How long a consumer sleeps on an empty queue; a wake-up ends it at once. Heartbeats and stops wait for it.
IDLE_S = 1.0
#: Wake-ups that may pile up unread; more would only make idle consumers look in vain.
_WAKES_KEPT = 8

# Dramatiq reads these from the environment when it is imported; a broker that came back should be used at once.
dramatiq.worker.CONSUMER_RESTART_DELAY_SECS = 0.5
dramatiq.worker.POST_PROCESS_MESSAGE_RETRY_DELAY_SECS = 1


class WakingConsumer(_RedisConsumer):
    """Blocks on a wake-up list, and only after it found its queue empty: milliseconds of delay without a busy loop."""

    def __init__(self, broker: "HubBroker", queue_name: str, prefetch: int, timeout: int) -> None:
        super().__init__(broker, queue_name, prefetch, timeout)
        self._freed = threading.Event()

    def ack(self, message: MessageProxy) -> None:
        super().ack(message)
        self._freed.set()

    def nack(self, message: MessageProxy) -> None:
        super().nack(message)
        self._freed.set()

    def __next__(self) -> MessageProxy | None:
        try:
            if not self.message_cache:
                self._fetch()
            return self._pop()
        except redis.ConnectionError as error:
            raise ConnectionClosed(error) from None

    def _fetch(self) -> None:
        self._freed.clear()
        room = self.prefetch - self.outstanding_message_count
        if room <= 0:
            self._freed.wait(IDLE_S)
            return
        self.message_cache = self.broker.do_fetch(self.queue_name, room)
        if not self.message_cache:
            self.broker.sleep_until_woken(self.queue_name)

    def _pop(self) -> MessageProxy | None:
        """The next message; None for nothing, or for an id whose message is gone (acknowledged by somebody else)."""
        data = self.message_cache.pop(0) if self.message_cache else None
        if data is None:
            return None
        message = Message.decode(data)
        self.queued_message_ids.add(message.message_id)
        return MessageProxy(message)


class HubBroker(RedisBroker):
    """Redis broker of one process. `process_id` names it among the heartbeats, so that its death can be announced.

    The middleware list is empty on purpose: no Retries (the database owns retries: a failed message is acknowledged and
    the due row brings the work back), no shutdown notifications (they raise on any line), no limits, no Prometheus.
    """

    def __init__(self, client: redis.Redis, process_id: str) -> None:
        super().__init__(
            client=client,
            middleware=[],
            namespace=NAMESPACE,
            heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
            maintenance_chance=MAINTENANCE_CHANCE,
        )
        self.broker_id = process_id
        for queue in QUEUES:
            self.declare_queue(queue)

    @property
    def consumer_class(self) -> type[WakingConsumer]:
        return WakingConsumer

    def add_middleware(self, middleware: Middleware, **_place: Any) -> None:
        """Only Dramatiq's workers call this, one per set of threads, to learn of the queues: several are no mistake here."""
        self.middleware.append(middleware)
        for queue in self.get_declared_queues():
            middleware.after_declare_queue(self, queue)
        for queue in self.get_declared_delay_queues():
            middleware.after_declare_delay_queue(self, queue)

    def do_enqueue(self, queue_name: str, message_id: str, data: bytes) -> None:
        self._dispatch("enqueue")(queue_name, message_id, data)
        wake = key("wake", queue_name)
        pipeline = self.client.pipeline(transaction=False)
        pipeline.rpush(wake, b"1")
        pipeline.ltrim(wake, -_WAKES_KEPT, -1)
        pipeline.execute()

    def sleep_until_woken(self, queue_name: str) -> None:
        self.client.blpop([key("wake", queue_name)], timeout=IDLE_S)

    def announce_dead(self, process_id: str) -> None:
        """A process is known to be gone: its messages go back at the next look, not after the heartbeat timeout."""
        self.client.zadd(key("__heartbeats__"), {process_id: 0}, xx=True)
        for queue in QUEUES:
            self.client.rpush(key("wake", queue), b"1")

    def depth(self, queue_name: str) -> int:
        """Messages that nobody has fetched yet."""
        return int(self.client.llen(key(queue_name)))

    def waiting_since(self, queue_name: str) -> int | None:
        """When the oldest message not fetched yet was sent, in milliseconds since 1970; None for an empty queue."""
        oldest: Any = self.client.lindex(key(queue_name), 0)
        data: Any = self.client.hget(key(f"{queue_name}.msgs"), oldest) if oldest else None
        return int(Message.decode(data).message_timestamp) if data else None
