"""Listeners: connections whose vendor sends events down a stream, each listened to by one thread of one process."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import redis
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from hub.connector.contract import Client, Hint, Listening
from hub.errors import HubError, SetupError, TryLater
from hub.queue.client import key
from hub.store.core import connection
from hub.store.database import Database
from hub.sync.clients import Clients

log = logging.getLogger(__name__)

LOOK_S = 3.0
LEASE_MS = 15_000
"""A process that is not heard of for so long has lost its connections to another one."""
AT_LEAST_S, AT_MOST_S, SETUP_S = 1.0, 60.0, 300.0
_TAKE = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
Keep = Callable[[int, Sequence[Hint]], None]
"""Stores the hints of a connection durably. Raises TryLater when it cannot."""


@dataclass
class _Listener:
    """One thread. `client` tells whether the settings changed since it started."""

    connection_id: int
    client: Client
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None


class Listeners:
    """Call `tick` about once a second; `end` stops all. Two processes never listen to one connection: the vendor would
    split its events between them."""

    def __init__(
        self, db: Database, clients: Clients, redis_client: redis.Redis, *, process_id: str, keep: Keep
    ) -> None:
        self._db = db
        self._clients = clients
        self._redis = redis_client
        self._take = redis_client.register_script(_TAKE)
        self._id = process_id
        self._keep = keep
        self._next = 0.0
        self._running: dict[int, _Listener] = {}
        self._said: dict[int, str] = {}

    def tick(self) -> None:
        """Starts what should listen, stops what should not, renews the leases."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + LOOK_S
        try:
            wanted = self._wanted()
        except SQLAlchemyError as error:
            log.warning("the database does not answer: %s", error)
            return
        for connection_id in [*self._running]:
            if wanted.get(connection_id) is not self._running[connection_id].client:
                self._stop(self._running.pop(connection_id))
        for connection_id, client in wanted.items():
            self._look_after(connection_id, client)

    def end(self) -> None:
        for listener in self._running.values():
            listener.stop.set()
        for listener in self._running.values():
            self._stop(listener)
        self._running.clear()

    def listening(self) -> list[int]:
        """Connections that this process listens to."""
        return sorted(one for one, listener in self._running.items() if listener.thread and listener.thread.is_alive())

    def _wanted(self) -> dict[int, Client]:
        with self._db.read() as tx:
            rows = tx.execute(select(connection.c.id, connection.c.system).where(connection.c.state == "active")).all()
        streaming = {name for name, one in self._clients.connectors.items() if one.manifest.stream}
        found: dict[int, Client] = {}
        for row in rows:
            if row.system not in streaming:
                continue
            try:
                client = self._clients.get(row.id)
            except HubError as error:
                self._say(row.id, str(error))
                continue
            self._said.pop(row.id, None)
            if isinstance(client, Listening) and client.listens():
                found[row.id] = client
        return found

    def _say(self, connection_id: int, why: str) -> None:
        """Once, and again when it is something else."""
        if self._said.get(connection_id) != why:
            log.warning("connection %s cannot listen: %s", connection_id, why)
        self._said[connection_id] = why

    def _look_after(self, connection_id: int, client: Client) -> None:
        running = self._running.get(connection_id)
        if not self._leased(connection_id):
            if running is not None:
                self._stop(self._running.pop(connection_id))
            return
        if running is None:
            listener = _Listener(connection_id, client)
            name = f"listen-{connection_id}"
            listener.thread = threading.Thread(target=self._run, args=(listener,), name=name, daemon=True)
            self._running[connection_id] = listener
            listener.thread.start()

    def _leased(self, connection_id: int) -> bool:
        try:
            return bool(self._take(keys=[key("listen", connection_id)], args=[self._id, LEASE_MS]))
        except redis.RedisError as error:
            log.warning("redis does not answer: %s", error)
            return False

    def _stop(self, listener: _Listener) -> None:
        listener.stop.set()
        if listener.thread is not None:
            listener.thread.join(timeout=5)
        name = key("listen", listener.connection_id)
        try:
            if self._redis.get(name) == self._id.encode():
                self._redis.delete(name)
        except redis.RedisError as error:
            log.warning("redis does not answer: %s", error)

    def _run(self, listener: _Listener) -> None:
        """Connects again and again, sooner after a good while than after failures in a row."""
        assert isinstance(listener.client, Listening)
        wait = AT_LEAST_S
        while not listener.stop.is_set():
            began = time.monotonic()
            try:
                listener.client.listen(lambda hints: self._keep(listener.connection_id, hints), listener.stop)
                wait = AT_LEAST_S
            except TryLater as error:
                log.warning("connection %s: %s", listener.connection_id, error)
                wait = AT_LEAST_S if time.monotonic() - began > AT_MOST_S else min(AT_MOST_S, 2 * wait)
            except SetupError as error:
                log.error("connection %s cannot listen: %s", listener.connection_id, error)
                wait = SETUP_S
            except Exception:  # the outermost layer of this thread
                log.exception("connection %s: listening failed", listener.connection_id)
                wait = AT_MOST_S
            listener.stop.wait(wait)
