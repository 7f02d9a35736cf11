"""Webhook deliveries on their way into the database: one writer thread commits many together, then tells the engine."""

import asyncio
import hashlib
import logging
import queue
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from hub.connector import Answer, Hint
from hub.errors import HubError, TryLater
from hub.store.database import Database
from hub.store.inbound import keep

log = logging.getLogger(__name__)
#: Deliveries that share one commit; more would make the first of them wait.
BATCH = 500


def delivery_key(hints: Sequence[Hint]) -> str:
    """The same delivery gives the same key. Hints that do not tell deliveries apart get a fresh one: reading a record
    once more changes nothing, missing a change would."""
    if not all(hint.key for hint in hints):
        return secrets.token_hex(16)
    joined = "\n".join(f"{hint.entity}\t{hint.id}\t{hint.event}\t{hint.key}" for hint in hints)
    return hashlib.sha256(joined.encode()).hexdigest()


def inbound_row(
    connection_id: int, hints: Sequence[Hint], now: datetime, *, answers: Sequence[Answer] = ()
) -> dict[str, Any]:
    return {
        "connection_id": connection_id,
        "key": delivery_key(hints),
        "received_at": now,
        "hints": [{"entity": h.entity, "id": h.id, "event": h.event, "key": h.key} for h in hints],
        "answers": [_answer_row(connection_id, answer, now) for answer in answers],
    }


def _answer_row(connection_id: int, answer: Answer, now: datetime) -> dict[str, Any]:
    """What tells no deliveries apart is told apart by what was pressed: once is enough."""
    pressed = f"{answer.message}\t{answer.member}\t{answer.button}"
    return {
        "connection_id": connection_id,
        "key": answer.key or hashlib.sha256(pressed.encode()).hexdigest(),
        "message": answer.message,
        "member": answer.member,
        "button": answer.button,
        "handle": answer.handle,
        "at": now,
        "due_at": now,
        "state": "new",
    }


@dataclass(slots=True)
class _Waiting:
    row: dict[str, Any]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]


class Inbound:
    """`await put(row)` returns after the row is committed. `tell` runs in a thread of its own after each commit."""

    def __init__(self, db: Database, tell: Callable[[], object]) -> None:
        self._db = db
        self._tell = tell
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._news = threading.Event()
        self._stopping = False
        self._threads: list[threading.Thread] = []
        self._starting = threading.Lock()

    async def put(self, row: dict[str, Any]) -> None:
        """Raises TryLater when the database does not take it."""
        self._start()
        loop = asyncio.get_running_loop()
        waiting = _Waiting(row, loop, loop.create_future())
        self._waiting.put(waiting)
        await waiting.done

    def stop(self) -> None:
        """Commit what waits, tell the engine, end the threads."""
        with self._starting:
            threads, self._threads = self._threads, []
            self._stopping = not threads
        if threads:
            writer, relay = threads
            self._waiting.put(None)
            writer.join()
            self._stopping = True
            self._news.set()
            relay.join()

    def _start(self) -> None:
        if self._threads:
            return
        with self._starting:
            if not self._threads and not self._stopping:
                self._threads = [
                    threading.Thread(target=self._write, name="inbound-writer", daemon=True),
                    threading.Thread(target=self._relay, name="inbound-relay", daemon=True),
                ]
                for thread in self._threads:
                    thread.start()

    def _write(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch = [first]
            while len(batch) < BATCH and (more := self._next()) is not None:
                batch.append(more)
            _answer(batch, self._commit(batch))
            self._news.set()

    def _next(self) -> _Waiting | None:
        try:
            found = self._waiting.get_nowait()
        except queue.Empty:
            return None
        if found is None:
            self._waiting.put(None)  # the end is for the outer loop to see
        return found

    def _commit(self, batch: list[_Waiting]) -> HubError | None:
        try:
            with self._db.write() as tx:
                keep(tx, [waiting.row for waiting in batch])
        except SQLAlchemyError:
            log.exception("%d webhook deliveries could not be kept", len(batch))
            return TryLater(
                "数据库暂时写不进去，请稍后重发", "The database does not take it now; send it again", after=10
            )
        return None

    def _relay(self) -> None:
        while not self._stopping:
            self._news.wait()
            self._news.clear()
            try:
                self._tell()
            except Exception:  # the outermost layer of this thread
                log.exception("telling the engine about webhooks failed; its own sweep will find them")


def _answer(batch: list[_Waiting], error: HubError | None) -> None:
    """One wake-up per event loop for the whole batch."""
    for loop in {id(waiting.loop): waiting.loop for waiting in batch}.values():
        mine = [waiting.done for waiting in batch if waiting.loop is loop]
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, mine, error)


def _settle(futures: list[asyncio.Future[None]], error: HubError | None) -> None:
    for future in futures:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
