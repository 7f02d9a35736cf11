"""Listeners: one process per connection, started and stopped with the connection, connected again after a break."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from sqlalchemy import insert, update

from hub.connector import Hint
from hub.errors import SetupError, Unreachable
from hub.queue import listen
from hub.queue.client import key
from hub.queue.listen import Listeners
from hub.store.core import connection
from hub.store.database import Database

HINT = Hint("employee", "lisi", "edited", "k1")


class Radio:
    """A client that tells one hint and then waits."""

    def __init__(self, *errors: Exception, wanted: bool = True) -> None:
        self.errors = [*errors]
        self.wanted = wanted
        self.calls = 0
        self.on_air = threading.Event()

    def listens(self) -> bool:
        return self.wanted

    def listen(self, keep: Callable[[Sequence[Hint]], None], stop: threading.Event) -> None:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        keep([HINT])
        self.on_air.set()
        stop.wait()


class Stage:
    """Two processes of one hub, and a database with connections."""

    def __init__(self, db: Database, client: redis.Redis, radio: Radio) -> None:
        self.db, self.radio = db, radio
        self.kept: list[tuple[int, Hint]] = []
        self.clients = SimpleNamespace(
            connectors={"chat": _system(stream=True), "erp": _system(stream=False)}, get=lambda _id: self.radio
        )
        self.first, self.second = (self.process(client, name) for name in ("p1", "p2"))

    def process(self, client: redis.Redis, name: str) -> Listeners:
        def keep(at: int, hints: Sequence[Hint]) -> None:
            self.kept.extend((at, hint) for hint in hints)

        return Listeners(self.db, self.clients, client, process_id=name, keep=keep)  # type: ignore[arg-type]

    def tick(self) -> None:
        for process in (self.first, self.second):
            process.tick()

    def state(self, name: str, state: str) -> None:
        with self.db.write() as tx:
            tx.execute(update(connection).where(connection.c.name == name).values(state=state))


def _system(*, stream: bool) -> Any:
    return SimpleNamespace(manifest=SimpleNamespace(stream=stream))


@pytest.fixture
def radio() -> Radio:
    return Radio()


@pytest.fixture
def stage(db: Database, client: redis.Redis, radio: Radio, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setattr(listen, "LOOK_S", 0.0)
    monkeypatch.setattr(listen, "AT_LEAST_S", 0.01)
    now = datetime(2026, 11, 22, tzinfo=UTC)
    with db.write() as tx:
        for name, system in (("chat", "chat"), ("erp", "erp")):
            row = {"name": name, "system": system, "state": "active", "config": "", "options": {}, "created_at": now}
            tx.execute(insert(connection).values(**row))
    made = Stage(db, client, radio)
    yield made
    made.first.end()
    made.second.end()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_one_process_listens_and_its_hints_are_kept(stage: Stage) -> None:
    stage.tick()
    until(stage.radio.on_air.is_set)
    stage.tick()
    assert (len(stage.first.listening()), stage.second.listening()) == (1, [])
    assert stage.kept == [(stage.first.listening()[0], HINT)]
    assert stage.radio.calls == 1


def test_a_process_that_ends_leaves_the_connection_to_the_other(stage: Stage) -> None:
    stage.tick()
    stage.first.end()
    assert stage.first.listening() == []
    stage.second.tick()
    assert len(stage.second.listening()) == 1


def test_a_process_that_is_not_heard_of_loses_it(stage: Stage, client: redis.Redis) -> None:
    stage.tick()
    (at,) = stage.first.listening()
    client.set(key("listen", at), "p2", px=10_000)
    stage.tick()
    assert (stage.first.listening(), stage.second.listening()) == ([], [at])


def test_a_paused_connection_is_not_listened_to(stage: Stage) -> None:
    stage.tick()
    stage.state("chat", "paused")
    stage.tick()
    assert stage.first.listening() == []
    stage.state("chat", "active")
    stage.tick()
    assert len(stage.first.listening()) == 1


def test_changed_settings_start_it_anew(stage: Stage) -> None:
    stage.tick()
    until(stage.radio.on_air.is_set)
    stage.radio = Radio()
    stage.first.tick()
    until(stage.radio.on_air.is_set)
    stage.radio = Radio(wanted=False)
    stage.first.tick()
    assert stage.first.listening() == []


@pytest.mark.parametrize("error", [Unreachable("断", "broken"), SetupError("错", "wrong"), ValueError("a bug")])
def test_after_a_break_it_connects_again(stage: Stage, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(listen, "SETUP_S", 0.01)
    monkeypatch.setattr(listen, "AT_MOST_S", 0.02)
    stage.radio = Radio(error)
    stage.first.tick()
    until(stage.radio.on_air.is_set)
    assert stage.radio.calls == 2
