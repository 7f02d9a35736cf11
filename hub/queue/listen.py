"""Listeners: connections whose vendor sends events down a stream, each listened to by one thread of one process."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import redis
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from hub.connector.contract import Client, Hint, Listening
from hub.errors import HubError, SetupError, TryLater
from hub.queue.client import key
from hub.queue.health import Health, Verdict, broken_by_us, heard_already
from hub.store.core import connection
from hub.store.database import Database
from hub.store.events import forget_events, note_events, pause_broken
from hub.sync.clients import Clients

log = logging.getLogger(__name__)

LOOK_S = 3.0
LEASE_MS = 15_000
"""A process that is not heard of for so long has lost its connections to another one."""
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
    health: Health = field(default_factory=Health)


class Listeners:
    """Call `tick` about once a second; `end` stops all. Two processes never listen to one connection: the vendor would
    split its events between them. How each one does stands with its connection (hub.store.events)."""

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

    def tick(self) -> None:
        """Starts what should listen, stops what should not, renews the leases, tells how it goes."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + LOOK_S
        try:
            self._look()
        except SQLAlchemyError as error:
            log.warning("the database does not answer: %s", error)

    def end(self) -> None:
        for listener in self._running.values():
            listener.stop.set()
        for listener in self._running.values():
            self._stop(listener)
        self._running.clear()

    def listening(self) -> list[int]:
        """Connections that this process listens to."""
        return sorted(one for one, listener in self._running.items() if listener.thread and listener.thread.is_alive())

    def _look(self) -> None:
        with self._db.read() as tx:
            columns = (connection.c.id, connection.c.name, connection.c.system, connection.c.state, connection.c.events)
            rows = tx.execute(select(*columns).order_by(connection.c.id)).all()
        wanted, doubled = self._wanted([row for row in rows if row.state == "active"])
        for connection_id in [*self._running]:
            if wanted.get(connection_id) is not self._running[connection_id].client:
                self._stop(self._running.pop(connection_id))
        for row in rows:
            if row.id in wanted:
                self._look_after(row.id, wanted[row.id])
                if row.id in self._running:
                    self._tell(row, self._running[row.id].health.verdict())
            elif row.id in doubled:
                self._tell(row, doubled[row.id])
            elif row.events and row.events["how"] == "stream":
                with self._db.write() as tx:
                    forget_events(tx, row.id, "stream")

    def _wanted(self, rows: Sequence[Any]) -> tuple[dict[int, Client], dict[int, HubError]]:
        """Who shall listen; and who would, were it not that an older connection hears the same events already."""
        streaming = {name for name, one in self._clients.connectors.items() if one.manifest.stream}
        wanted: dict[int, Client] = {}
        doubled: dict[int, HubError] = {}
        first: dict[tuple[str, str], str] = {}
        for row in rows:
            client = self._client(row.id) if row.system in streaming else None
            if not isinstance(client, Listening) or not client.listens():
                continue
            name = first.setdefault((row.system, client.listens_to()), row.name)
            if name == row.name:
                wanted[row.id] = client
            else:
                doubled[row.id] = heard_already(name)
        return wanted, doubled

    def _client(self, connection_id: int) -> Client | None:
        """None for one that cannot be opened: an admin is told, as by any other work for it."""
        try:
            return self._clients.get(connection_id)
        except SetupError as error:
            log.error("connection %s cannot listen: %s", connection_id, error)
            with self._db.write() as tx:
                pause_broken(tx, connection_id, error, datetime.now(UTC))
        except HubError as error:
            log.warning("connection %s cannot listen: %s", connection_id, error)
        return None

    def _tell(self, row: Any, verdict: Verdict) -> None:
        """Once, and again when it is something else."""
        error = None if isinstance(verdict, str) else verdict
        told = row.events or {}
        state = ("stream", "trouble" if error else "ok", error and error.text.zh)
        known = (told.get("how"), told.get("state"), told.get("zh")) == state
        if known or verdict == "not yet known":
            return
        with self._db.write() as tx:
            if isinstance(error, SetupError) and row.id in self._running:
                pause_broken(tx, row.id, error, datetime.now(UTC))
            else:
                note_events(tx, row.id, "stream", datetime.now(UTC), error)

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
        while not listener.stop.is_set():
            listener.health.ended(self._once(listener))
            listener.stop.wait(listener.health.wait())

    def _once(self, listener: _Listener) -> HubError | None:
        """One connection, until it ends: None = in order, as far as the vendor says."""
        assert isinstance(listener.client, Listening)

        def keep(hints: Sequence[Hint]) -> None:
            listener.health.stands()
            if hints:
                self._keep(listener.connection_id, hints)

        try:
            listener.client.listen(keep, listener.stop)
        except TryLater as error:
            log.warning("connection %s: %s", listener.connection_id, error)
            return error
        except HubError as error:
            log.error("connection %s cannot listen: %s", listener.connection_id, error)
            return error
        except Exception as error:  # the outermost layer of this thread
            log.exception("connection %s: listening failed", listener.connection_id)
            return broken_by_us(error)
        return None
