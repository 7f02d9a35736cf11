"""Stream mode of 钉钉 against the sandbox's WebSocket: hints, acknowledgements, and every way in which it ends."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from connectors.dingtalk import CONNECTOR
from hub.connector import Hint, Link, Listening
from hub.connector.testing import SandboxControl
from hub.errors import CredentialsRejected, HubError, TryLater, Unreachable
from sandbox.core.start import start_sandbox

CODE = "PROC-SANDBOX-ORDER-0001"


class Ear:
    """A client that listens in a thread."""

    def __init__(self, control: SandboxControl, **settings: Any) -> None:
        given = {**control.credentials(), "process_code": CODE, "events": "stream", **settings}
        self.client = CONNECTOR.open(CONNECTOR.config.model_validate(given), Link(now=control.now))
        self.control = control
        self.hints: list[Hint] = []
        self.refuse = 0
        self.stop = threading.Event()
        self.error: HubError | None = None
        self.thread = threading.Thread(target=self._run)

    def keep(self, hints: Sequence[Hint]) -> None:
        if self.refuse:
            self.refuse -= 1
            raise TryLater("忙", "busy")
        self.hints += hints

    def _run(self) -> None:
        assert isinstance(self.client, Listening)
        try:
            self.client.listen(self.keep, self.stop)
        except HubError as error:
            self.error = error

    def __enter__(self) -> "Ear":
        self.thread.start()
        until(lambda: self.system("ping") == 1 or not self.thread.is_alive())
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop.set()
        self.thread.join(timeout=10)
        self.client.close()
        assert not self.thread.is_alive()

    def system(self, kind: str) -> int:
        return int(self.control.push("stream", {"system": kind})["connections"])


def until(true: Callable[[], bool], seconds: float = 8.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with start_sandbox("dingtalk") as running:
        yield running.url


@pytest.fixture
def control(url: str) -> Iterator[SandboxControl]:
    made = SandboxControl(url)
    made.reset()
    made.seed("member", [{"userid": "lisi", "name": "李四"}])
    yield made
    made.close()


def acks(control: SandboxControl) -> list[str]:
    return [str(entry["data"]["status"]) for entry in control.journal(kind="ack")]


def test_events_become_the_same_hints_as_callbacks_and_are_acknowledged(control: SandboxControl) -> None:
    with Ear(control) as ear:
        control.edit("member", "lisi", {"title": "经理"})
        started = {"processCode": CODE, "originatorUserId": "lisi", "formComponentValues": []}
        (one,) = control.seed("approval", [started])
        until(lambda: len(ear.hints) == 2 and acks(control) == ["SUCCESS"] * 2)
    assert [(hint.entity, hint.id, hint.event) for hint in ear.hints] == [
        ("employee", "lisi", "user_modify_org"),
        ("approval", one, "bpms_instance_change.start"),
    ]
    assert all(hint.key for hint in ear.hints)
    assert ear.error is None


def test_what_could_not_be_stored_comes_again(control: SandboxControl) -> None:
    with Ear(control) as ear:
        ear.refuse = 1
        control.edit("member", "lisi", {"title": "经理"})
        until(lambda: acks(control) == ["LATER"])
        control.advance(61)
        until(lambda: len(ear.hints) == 1)
        until(lambda: acks(control) == ["LATER", "SUCCESS"])


def test_other_events_are_acknowledged_without_a_hint(control: SandboxControl) -> None:
    with Ear(control) as ear:
        control.push("stream", {"event": "todo_task_create", "fields": {"taskId": "t"}})
        until(lambda: acks(control) == ["SUCCESS"])
        assert ear.hints == []


def test_the_vendor_asks_for_a_new_connection(control: SandboxControl) -> None:
    with Ear(control) as ear:
        ear.system("disconnect")
        until(lambda: not ear.thread.is_alive())
        assert ear.error is None


def test_a_broken_connection_is_tried_again_later(control: SandboxControl) -> None:
    with Ear(control) as ear:
        ear.system("abort")
        until(lambda: not ear.thread.is_alive())
        assert isinstance(ear.error, Unreachable)


def test_a_silent_connection_is_given_up(control: SandboxControl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.dingtalk.stream.SILENT_S", 0.6)
    with Ear(control) as ear:
        until(lambda: not ear.thread.is_alive())
        assert isinstance(ear.error, Unreachable)


def test_wrong_credentials_need_an_admin(control: SandboxControl) -> None:
    ear = Ear(control, app_secret="wrong-secret-000")
    with ear:
        assert isinstance(ear.error, CredentialsRejected)


def test_it_listens_only_when_the_settings_say_so(control: SandboxControl) -> None:
    for events, wanted in (("stream", True), ("callback", False), ("none", False)):
        ear = Ear(control, events=events)
        assert isinstance(ear.client, Listening)
        assert ear.client.listens() is wanted
        ear.client.close()
