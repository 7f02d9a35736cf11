"""A scheduler of the product listens to 钉钉: what comes down the stream stands in the table of deliveries before it is acknowledged."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub.api.metrics import scrape
from hub.cli.checks import examine
from hub.cli.process import run_scheduler
from hub.connector.testing import SandboxControl
from hub.queue import health, listen
from hub.runtime import Runtime
from hub.settings import Settings, load_settings
from hub.setup.connections import NewConnection, add_connection, change_settings
from hub.store.core import connection, inbound_event
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


@pytest.fixture
def runtime(settings: Settings, control: SandboxControl, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """A hub with one connection that a scheduler of the product listens to."""
    monkeypatch.setattr(health, "AT_LEAST_S", 0.05)
    monkeypatch.setattr(health, "STEADY_S", 1.0)
    stop = threading.Event()
    with Runtime.from_settings(settings, role="api") as made:
        add_connection(
            made, NewConnection("chat", "dingtalk", {**control.credentials(), "events": "stream"}), who="test"
        )
        process = threading.Thread(target=run_scheduler, args=(settings,), kwargs={"stop": stop})
        process.start()
        yield made
        stop.set()
        process.join(timeout=20)
    assert not process.is_alive()


def row(runtime: Runtime) -> Any:
    with runtime.db.read() as tx:
        return tx.execute(select(connection)).one()


def told(runtime: Runtime) -> str:
    return str((row(runtime).events or {}).get("state"))


def doctor(settings: Settings) -> dict[str, str]:
    return {one.check: str(one.found) for one in examine(settings) if one.check.startswith("connection.")}


def kept(runtime: Runtime) -> list[dict[str, Any]]:
    with runtime.db.read() as tx:
        return [hint for row in tx.execute(select(inbound_event.c.hints)) for hint in row.hints]


def until(true: Any) -> None:
    end = time.monotonic() + 15
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_the_scheduler_listens_and_survives_a_break(runtime: Runtime, control: SandboxControl) -> None:
    until(lambda: control.push("stream", {"url": "stream", "system": "ping"})["connections"] == 1)
    control.seed("member", [{"userid": "lisi", "name": "李四"}])
    until(lambda: [hint["id"] for hint in kept(runtime)] == ["lisi"])
    until(lambda: [entry["data"]["status"] for entry in control.journal(kind="ack")] == ["SUCCESS"])
    control.push("stream", {"system": "disconnect"})
    control.edit("member", "lisi", {"title": "经理"})
    until(lambda: [hint["event"] for hint in kept(runtime)] == ["user_add_org", "user_modify_org"])
    until(lambda: told(runtime) == "ok")


@pytest.mark.parametrize("trouble", ["refused", "no reply", "closed"])
def test_a_stream_in_trouble_is_seen_everywhere_and_heals_by_itself(
    runtime: Runtime, settings: Settings, control: SandboxControl, trouble: str
) -> None:
    until(lambda: told(runtime) == "ok")
    assert 'hub_connection_events{connection="chat"} 1.0' in scrape(runtime).decode()
    if trouble != "closed":
        kind = "http_500" if trouble == "refused" else "timeout"
        control.fault(kind, match={"path": "connections/open"}, rate=1.0, delay_s=0.1)

    def cut() -> bool:
        control.push("stream", {"system": "abort"})
        return told(runtime) == "trouble"

    until(cut)
    assert row(runtime).state == "active", "messages still go out"
    assert 'hub_connection_events{connection="chat"} 0.0' in scrape(runtime).decode()
    found = doctor(settings)["connection.chat.events"]
    assert "收不到事件" in found
    assert "443" in found, "what to look at"
    control.clear_faults()
    until(lambda: told(runtime) == "ok")
    assert "connection.chat.events" not in doctor(settings)


def test_refused_credentials_pause_the_connection_until_an_admin_resumes_it(
    runtime: Runtime, settings: Settings, control: SandboxControl
) -> None:
    until(lambda: told(runtime) == "ok")
    secret = control.credentials()["app_secret"]
    control.edit("setting", "app_secret", {"value": "changed-in-the-console"})
    control.push("stream", {"system": "disconnect"})
    until(lambda: row(runtime).state == "paused")
    assert row(runtime).reason["error"] == "CredentialsRejected"
    assert secret not in str(row(runtime).reason)
    assert "已暂停" in doctor(settings)["connection.chat"]
    until(lambda: row(runtime).events is None)
    change_settings(runtime, "chat", {"app_secret": "changed-in-the-console"}, who="admin")
    runtime.engine.resume(row(runtime).id, who="admin")
    until(lambda: (row(runtime).state, told(runtime)) == ("active", "ok"))
    control.seed("member", [{"userid": "lisi", "name": "李四"}])
    until(lambda: [hint["id"] for hint in kept(runtime)] == ["lisi"])
