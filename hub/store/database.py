"""Engines and transactions: `Database.read()` and `Database.write()` are the only two ways in, and the only place that commits."""

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from hub.store import tables  # noqa: F401 - registers the tables with SQLModel.metadata

try:
    import fcntl
except ImportError:  # Windows: SQLite's own waiting must do there
    fcntl = None  # type: ignore[assignment]

BUSY_TIMEOUT_MS = 30_000
_NORMAL, _FULL = 1, 2
"""Levels of PRAGMA synchronous."""


class Database:
    """One database. Threads share it; each transaction has its own connection.

    SQLite: WAL, BEGIN IMMEDIATE for writers behind one in-process lock (a lazy BEGIN that reads and then writes fails with
    "locked" whatever the timeout), plain BEGIN for readers, who never wait.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer = threading.Lock()
        self._mine = threading.local()
        on_disk = self.is_sqlite and self.url.database not in (None, "", ":memory:")
        self._queue = Path(f"{self.url.database}-writer") if on_disk and fcntl else None
        self.engine = self._engine()

    def _engine(self) -> Engine:
        if not self.is_sqlite:
            return create_engine(self.url, pool_size=10, max_overflow=20, pool_pre_ping=True)
        if self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(self.url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction; whatever it wrote is rolled back."""
        with self.engine.connect() as connection:
            yield connection
            connection.rollback()

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Connection]:
        """A write transaction: commits when the block ends well, rolls back when it raises. Keep HTTP out of it.
        Raises RuntimeError within another one of the same thread.

        `durable=False` does not wait for the disk on SQLite: a power cut may take the transaction back together with all that came
        after it, and stops every process that knew of it; a killed process takes nothing back. For what the hub finds out again
        by itself. What an answer or a call to another system relies on is durable: intents, deliveries of webhooks, marks before
        messages, what people decide. On PostgreSQL, whose clients live on when it stops, everything is."""
        if not self.is_sqlite:
            with self._never_nested(), self.engine.begin() as connection:
                yield connection
            return
        options = {"hub_write": True, "hub_durable": durable}
        with (
            self._never_nested(),
            self._one_writer(),
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def _never_nested(self) -> Iterator[None]:
        """A write within a write of the same thread would wait for itself on SQLite: fail at once, and on every database."""
        if getattr(self._mine, "writing", False):
            raise RuntimeError("a write transaction is open in this thread: do the inner one before it, or in it")
        self._mine.writing = True
        try:
            yield
        finally:
            self._mine.writing = False

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        """One writer per process, and one process at a time: SQLite itself lets writers sleep and try again, for up to 100 ms."""
        with self._writer, contextlib.ExitStack() as held:
            if self._queue is not None:
                with contextlib.suppress(OSError):  # a full disk, a read-only folder: SQLite's own waiting must do then
                    fcntl.flock(held.enter_context(self._queue.open("ab")), fcntl.LOCK_EX)
            yield

    def create_all(self) -> None:
        """All tables at once: for tests; products go through hub.store.migrate."""
        SQLModel.metadata.create_all(self.engine)

    def ping(self) -> None:
        with self.read() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        self.engine.dispose()


def _prepare_sqlite(dbapi: Any, _record: Any) -> None:
    dbapi.isolation_level = None  # the driver's own BEGIN is lazy: ours is explicit
    cursor = dbapi.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # an intent must survive a power cut before its call goes out
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cache_size=-65536")
    cursor.execute("PRAGMA wal_autocheckpoint=8000")  # 32 MB: pages that change often are copied to the database once
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("hub_write", False):
        _wait_for_disk(connection, durable=options.get("hub_durable", True))
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("BEGIN")


def _wait_for_disk(connection: Connection, *, durable: bool) -> None:
    """FULL syncs the log at each commit, NORMAL when it is copied to the database. Whoever set another level keeps it."""
    dbapi, known = connection.connection.dbapi_connection, connection.info
    assert dbapi is not None
    if "synchronous" not in known:
        known["synchronous"] = dbapi.execute("PRAGMA synchronous").fetchone()[0]
    wanted = _FULL if durable else _NORMAL
    if known["synchronous"] in (_FULL, _NORMAL) and known["synchronous"] != wanted:
        dbapi.execute(f"PRAGMA synchronous={wanted}")
        known["synchronous"] = wanted
