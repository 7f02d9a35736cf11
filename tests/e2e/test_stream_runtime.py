"""A scheduler of the product listens to 钉钉: what comes down the stream stands in the table of deliveries before it is acknowledged."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub.cli.process import run_scheduler
from hub.connector.testing import SandboxControl
from hub.queue import listen
from hub.runtime import Runtime
from hub.settings import Settings, load_settings
from hub.setup.connections import NewConnection, add_connection
from hub.store.core import inbound_event
from hub.store.database import Database
from sandbox.core.start import start_sandbox

pytestmark = [pytest.mark.slow, pytest.mark.serial]


@pytest.fixture
def settings(tmp_path: Path, redis_url: str, sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> Settings:
    assert sqlite_db.url.database == str(tmp_path / "hub.db")
    monkeypatch.setattr(listen, "LOOK_S", 0.0)
    return load_settings(data_dir=tmp_path, redis_url=redis_url, port=0, allow_private_hosts=True)


@pytest.fixture
def control() -> Iterator[SandboxControl]:
    with start_sandbox("dingtalk") as running:
        made = SandboxControl(running.url)
        yield made
        made.close()


def kept(runtime: Runtime) -> list[dict[str, Any]]:
    with runtime.db.read() as tx:
        return [hint for row in tx.execute(select(inbound_event.c.hints)) for hint in row.hints]


def until(true: Any) -> None:
    end = time.monotonic() + 15
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_the_scheduler_listens_and_survives_a_break(settings: Settings, control: SandboxControl) -> None:
    stop = threading.Event()
    with Runtime.from_settings(settings, role="api") as runtime:
        new = NewConnection("chat", "dingtalk", {**control.credentials(), "events": "stream"})
        add_connection(runtime, new, who="test")
        process = threading.Thread(target=run_scheduler, args=(settings,), kwargs={"stop": stop})
        process.start()
        try:
            until(lambda: control.push("stream", {"url": "stream", "system": "ping"})["connections"] == 1)
            control.seed("member", [{"userid": "lisi", "name": "李四"}])
            until(lambda: [hint["id"] for hint in kept(runtime)] == ["lisi"])
            until(lambda: [entry["data"]["status"] for entry in control.journal(kind="ack")] == ["SUCCESS"])
            control.push("stream", {"system": "disconnect"})
            control.edit("member", "lisi", {"title": "经理"})
            until(lambda: [hint["event"] for hint in kept(runtime)] == ["user_add_org", "user_modify_org"])
        finally:
            stop.set()
            process.join(timeout=20)
    assert not process.is_alive()
