"""The supervisor: starts everybody, restarts the dead, stops cleanly, and leaves nobody behind."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from hub.errors import SetupError, Text
from hub.queue import supervise
from hub.queue.client import connect
from hub.queue.supervise import Supervisor
from hub.settings import Settings, load_settings
from tests.unit.queue.fake_engine import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.serial]

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def quick_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "ENTRY", ("-m", "tests.e2e.fake_process"))
    monkeypatch.chdir(ROOT)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path, port=0, stop_s=1, workers=2)


@pytest.fixture
def running(settings: Settings) -> Iterator[Supervisor]:
    with Supervisor(settings) as supervisor:
        yield supervisor


def answer(supervisor: Supervisor) -> int:
    with urllib.request.urlopen(supervisor.url + "/anything", timeout=10) as reply:
        return int(reply.read())


def started(settings: Settings) -> list[str]:
    return [line.split()[0] for line in (settings.data_dir / "started").read_text().splitlines()]


def test_everybody_is_started_and_stopped(settings: Settings) -> None:
    said: list[Text] = []
    with Supervisor(settings, say=said.append) as supervisor:
        pids = [child.pid for child in supervisor.children]
        assert answer(supervisor) == pids[0]
        wait_for(lambda: sorted(started(settings)) == ["api", "scheduler", "worker", "worker"])
        assert (settings.data_dir / "secret.key").exists()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not list(valkeys(settings.data_dir))
    assert said[0].en == "✓ embedded Redis server"
    assert supervisor.url in said[2].zh
    assert said[-1] == Text("已停止", "stopped")


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_killed_child_comes_back(running: Supervisor, number: int) -> None:
    child = running.children[number]
    before = child.pid
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: child.running() and child.pid != before)
    assert child.restarts == 1


def test_requests_wait_while_the_api_restarts(running: Supervisor) -> None:
    first = answer(running)
    os.kill(first, signal.SIGKILL)
    assert answer(running) != first, "the listening socket outlives the API"


def test_a_killed_redis_comes_back_with_its_data(running: Supervisor, settings: Settings) -> None:
    [server] = valkeys(settings.data_dir)
    url = f"unix://{settings.data_dir}/valkey/valkey.sock"
    with connect(url) as client:
        client.set("a", "1")
        client.execute_command("WAITAOF", 1, 0, 2000)
    server.kill()

    def is_back() -> bool:
        with contextlib.suppress(Exception), connect(url) as again:
            return again.get("a") == b"1"
        return False

    wait_for(is_back)


def test_a_child_that_cannot_start_is_named_with_its_own_words(settings: Settings) -> None:
    (settings.data_dir / "broken-scheduler").touch()
    (settings.data_dir / "broken-api").touch()
    with pytest.raises(SetupError, match="it is broken"), Supervisor(settings):
        pass
    assert not list(valkeys(settings.data_dir))


def test_a_migration_that_fails_stops_the_start(settings: Settings) -> None:
    (settings.data_dir / "broken-migrate").touch()
    with pytest.raises(SetupError) as caught, Supervisor(settings):
        pass
    assert caught.value.text == Text("它坏了", "it is broken")


def test_a_redis_elsewhere_must_answer(settings: Settings) -> None:
    away = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    with pytest.raises(SetupError, match="HUB_REDIS_URL"), Supervisor(away):
        pass


def test_a_redis_elsewhere_is_used_and_left_alone(settings: Settings, redis_url: str) -> None:
    with Supervisor(settings.model_copy(update={"redis_url": redis_url})):
        assert not list(valkeys(settings.data_dir))
    with connect(redis_url) as client:
        assert client.ping()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with (
            pytest.raises(SetupError, match="choose another HUB_PORT"),
            Supervisor(load_settings(data_dir=tmp_path, port=port)),
        ):
            pass


def test_a_child_that_does_not_listen_is_killed_in_the_end(settings: Settings) -> None:
    (settings.data_dir / "deaf").touch()
    supervisor = Supervisor(settings)
    with supervisor:
        wait_for(lambda: len(started(settings)) == 4)
        pids = [child.pid for child in supervisor.children]
        begun = time.monotonic()
    assert time.monotonic() - begun < 15
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_children_do_not_outlive_a_killed_supervisor(settings: Settings) -> None:
    code = (
        "import sys, time; from hub.queue import supervise; from hub.settings import load_settings;"
        "supervise.ENTRY = ('-m', 'tests.e2e.fake_process');"
        "started = supervise.Supervisor(load_settings(data_dir=sys.argv[1], port=0, stop_s=1)); started.start();"
        "print(*(child.pid for child in started.children), flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, settings.data_dir], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert parent.stdout is not None
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(pids) == 4
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()
    wait_for(lambda: not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids))
    [server] = valkeys(settings.data_dir)  # it stays, with its data, for the next start
    with Supervisor(settings):
        assert [one.pid for one in valkeys(settings.data_dir)] == [server.pid]
    assert not list(valkeys(settings.data_dir))


def test_children_see_these_settings_and_no_other(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_PUBLIC_URL", "http://elsewhere")
    with Supervisor(settings) as supervisor:
        environment = psutil.Process(supervisor.children[0].pid).environ()
    assert environment["HUB_STOP_S"] == "1.0"
    assert "HUB_PUBLIC_URL" not in environment
    assert environment["PATH"] == os.environ["PATH"]


def test_a_log_that_grew_is_cut(running: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.queue import children

    monkeypatch.setattr(children, "LOG_LIMIT", 1000)
    child = running.children[0]
    child.log.write_text("x" * 900 + "y" * 200)
    child.trim_log()
    assert child.log.stat().st_size == 0
    assert child.log.with_suffix(".log.1").read_text() == "x" * 50 + "y" * 200


def valkeys(folder: Path) -> Iterator[psutil.Process]:
    """Embedded servers of this data folder."""
    for process in psutil.process_iter(["cmdline"]):
        if any(str(folder / "valkey") in part for part in process.info["cmdline"] or []):
            yield process
