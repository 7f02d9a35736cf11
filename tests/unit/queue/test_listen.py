"""Listeners: one process per connection, started and stopped with the connection, connected again after a break."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from sqlalchemy import insert, select, update

from hub.connector import Hint
from hub.errors import ConfigInvalid, CredentialsRejected, SetupError, Unreachable
from hub.queue import health, listen
from hub.queue.client import key
from hub.queue.listen import Listeners
from hub.store.core import connection
from hub.store.database import Database
from hub.store.events import events_flowing

BROKEN = Unreachable("断", "broken")
NOW = datetime(2026, 11, 22, tzinfo=UTC)
HINT = Hint("employee", "lisi", "edited", "k1")


class Radio:
    """A client that tells one hint and then waits. `errors` are met first; None = the vendor ends the connection in order."""

    def __init__(self, *errors: Exception | None, wanted: bool = True) -> None:
        self.errors = [*errors]
        self.wanted = wanted
        self.calls = 0
        self.on_air = threading.Event()
        self.hold = threading.Event()
        self.hold.set()

    def listens(self) -> bool:
        return self.wanted

    def listens_to(self) -> str:
        return "app-1"

    def listen(self, keep: Callable[[Sequence[Hint]], None], stop: threading.Event) -> None:
        self.calls += 1
        if self.errors:
            error = self.errors.pop(0)
            keep([])
            if error is None:
                return
            raise error
        self.hold.wait(5)
        keep([])
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

    def row(self, name: str = "chat") -> Any:
        with self.db.read() as tx:
            return tx.execute(select(connection).where(connection.c.name == name)).one()

    def told(self, name: str = "chat") -> tuple[Any, ...] | None:
        """What an admin sees of a connection's events after a look at it."""
        self.first.tick()
        events = self.row(name).events
        return events and (events["how"], events["state"], events.get("en", ""))

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
    monkeypatch.setattr(health, "AT_LEAST_S", 0.01)
    monkeypatch.setattr(health, "AT_MOST_S", 0.02)
    with db.write() as tx:
        for name, system in (("chat", "chat"), ("erp", "erp")):
            row = {"name": name, "system": system, "state": "active", "config": "", "options": {}, "created_at": NOW}
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


@pytest.mark.parametrize("error", [BROKEN, SetupError("错", "wrong"), ValueError("a bug"), None])
def test_after_a_break_it_connects_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    monkeypatch.setattr(health, "SETUP_S", 0.01)
    stage.radio = Radio(error)
    stage.first.tick()
    until(stage.radio.on_air.is_set)
    assert stage.radio.calls == 2


def test_an_admin_sees_that_events_arrive(stage: Stage) -> None:
    assert stage.row().events is None
    until(lambda: stage.told() == ("stream", "ok", ""))
    with stage.db.read() as tx:
        assert events_flowing(tx) == {"chat": 1}


def test_one_break_is_nobodys_trouble(stage: Stage) -> None:
    stage.radio = Radio(BROKEN, BROKEN)
    stage.radio.hold.clear()
    stage.first.tick()
    until(lambda: stage.radio.calls == 3)
    assert stage.told() in (None, ("stream", "ok", ""))
    stage.radio.hold.set()
    until(lambda: stage.told() == ("stream", "ok", ""))


@pytest.mark.parametrize(
    ("error", "word"), [(BROKEN, "broken"), (None, "closed by the other side"), (ValueError("x"), "see the log")]
)
def test_what_breaks_again_and_again_is_shown_and_goes_by_itself(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, error: Exception | None, word: str
) -> None:
    stage.radio = Radio(*[error] * 4)
    stage.radio.hold.clear()
    until(lambda: (stage.told() or ("", "", ""))[1] == "trouble")
    assert word in stage.told()[2]  # type: ignore[index]
    row = stage.row()
    assert (row.state, row.events["remedy"]["job"]) == ("active", "hub_admin")
    with stage.db.read() as tx:
        assert events_flowing(tx) == {"chat": 0}
    stage.radio.hold.set()
    until(stage.radio.on_air.is_set)
    assert stage.told()[1] == "trouble", "it has to stand for a while"  # type: ignore[index]
    monkeypatch.setattr(health, "STEADY_S", 0.0)
    assert stage.told() == ("stream", "ok", "")


def test_what_only_an_admin_can_put_right_pauses_the_connection(stage: Stage) -> None:
    stage.radio = Radio(
        CredentialsRejected("密钥不对", "wrong secret"), CredentialsRejected("密钥不对", "wrong secret")
    )
    until(lambda: stage.told() is None and stage.row().state == "paused")
    assert (stage.row().reason["error"], stage.row().reason["en"]) == ("CredentialsRejected", "wrong secret")
    stage.first.tick()
    assert (stage.first.listening(), stage.radio.calls) == ([], 1)
    stage.radio = Radio()
    stage.state("chat", "active")
    until(lambda: stage.told() == ("stream", "ok", ""))


def test_settings_that_do_not_fit_any_more_pause_it(stage: Stage) -> None:
    def get(_id: int) -> Any:
        raise ConfigInvalid("缺少 corp_id", "corp_id is missing")

    stage.clients.get = get
    stage.first.tick()
    assert (stage.row().state, stage.row().reason["en"]) == ("paused", "corp_id is missing")


def test_of_two_connections_to_one_app_the_older_listens_and_the_other_says_so(stage: Stage) -> None:
    with stage.db.write() as tx:
        row = {"name": "chat2", "system": "chat", "state": "active", "config": "", "options": {}, "created_at": NOW}
        tx.execute(insert(connection).values(**row))
    until(lambda: stage.told() == ("stream", "ok", ""))
    (at,) = stage.first.listening()
    assert at == stage.row("chat").id
    assert "connection chat listens" in stage.told("chat2")[2]  # type: ignore[index]
    assert stage.row("chat2").state == "active", "its messages still go out"
    stage.state("chat", "paused")
    until(lambda: stage.told("chat2") == ("stream", "ok", ""))
    assert stage.told("chat") is None


def test_what_is_not_listened_to_any_more_is_forgotten(stage: Stage) -> None:
    until(lambda: stage.told() == ("stream", "ok", ""))
    stage.radio = Radio(wanted=False)
    assert stage.told() is None
