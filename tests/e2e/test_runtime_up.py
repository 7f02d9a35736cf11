"""`hub up` as a person runs it: everything starts, answers, survives kills, and stops."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from tests.postgres import Postgres
from tests.unit.queue.fake_engine import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.serial]

HUB = Path(sys.executable).with_name("hub")


@dataclass
class Up:
    """A running `hub up`."""

    process: "subprocess.Popen[str]"
    environment: dict[str, str]
    folder: Path
    lines: list[str] = field(default_factory=list)

    def url(self) -> str:
        [found] = [match.group() for line in self.lines if (match := re.search(r"http://127\.0\.0\.1:\d+", line))]
        return found

    def get(self, path: str) -> tuple[int, dict[str, object]]:
        try:
            with urllib.request.urlopen(self.url() + path, timeout=30) as reply:
                return reply.status, json.loads(reply.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())
        except OSError:  # it is just being restarted
            return 0, {}

    def hub(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([HUB, *words], env=self.environment, capture_output=True, text=True, check=False)

    def children(self, role: str) -> list[psutil.Process]:
        found = []
        for one in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                if one.status() != "zombie" and role in one.cmdline():
                    found.append(one)
        return found


def start(folder: Path, **settings: str) -> Up:
    others = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    given = {"HUB_DATA_DIR": str(folder), "HUB_PORT": "0", "HUB_LANGUAGE": "en", "HUB_STOP_S": "5"}
    environment = {**others, **given, **settings}
    process = subprocess.Popen(
        [HUB, "up"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    up = Up(process, environment, folder)
    threading.Thread(target=_read, args=(up,), daemon=True).start()
    return up


def _read(up: Up) -> None:
    assert up.process.stdout is not None
    for line in up.process.stdout:
        up.lines.append(line.strip())
    up.process.stdout.close()


def ready(up: Up) -> bool:
    assert up.process.poll() is None, up.lines
    return any("Ctrl-C" in line for line in up.lines)


def end(up: Up) -> None:
    try:
        if up.process.poll() is None:
            up.process.terminate()
        up.process.wait(60)
    except subprocess.TimeoutExpired:
        os.killpg(up.process.pid, signal.SIGKILL)
        up.process.wait(10)
        raise


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    running = start(tmp_path_factory.mktemp("up"))
    try:
        wait_for(lambda: ready(running), 90)
        yield running
    finally:
        end(running)


def test_it_says_what_it_started(up: Up) -> None:
    assert up.lines[:2] == ["✓ embedded Redis server", "✓ database SQLite"]
    assert up.lines[2].startswith(f"✓ ready: {up.url()}")


def test_it_is_alive_and_ready(up: Up) -> None:
    assert up.get("/healthz") == (200, {"ok": True})
    status, answer = up.get("/readyz")
    assert status == 200
    assert answer["ok"] is True
    assert up.get("/api/openapi.json")[0] == 200
    assert up.get("/api/v1/connections")[0] == 401


def test_the_doctor_finds_nothing_bad(up: Up) -> None:
    wait_for(lambda: up.hub("doctor", "--json").returncode == 0, 60)
    found = json.loads(up.hub("doctor", "--json").stdout)
    assert [one["check"] for one in found if one["state"] == "bad"] == []


@pytest.mark.parametrize("role", ["worker", "scheduler", "api"])
def test_whoever_is_killed_comes_back(up: Up, role: str) -> None:
    victims = up.children(role)
    os.kill(victims[0].pid, signal.SIGKILL)
    wait_for(
        lambda: len(up.children(role)) == len(victims) and victims[0].pid not in [c.pid for c in up.children(role)], 90
    )
    wait_for(lambda: up.get("/readyz")[0] == 200, 120)


def test_a_backup_is_taken_while_it_runs(up: Up) -> None:
    done = up.hub("backup", str(up.folder / "copy.db"))
    assert done.returncode == 0, done.stderr
    assert (up.folder / "copy.db").stat().st_size > 0


def test_a_second_one_on_the_same_port_says_why_it_cannot(up: Up) -> None:
    other = start(up.folder.parent / "other", HUB_PORT=up.url().rsplit(":", 1)[1])
    assert other.process.wait(60) == 1
    wait_for(lambda: any("choose another HUB_PORT" in line for line in other.lines))


def test_four_first_starts_on_one_folder_get_along(tmp_path: Path) -> None:
    all_up = [start(tmp_path, HUB_WORKERS="1") for _ in range(4)]
    try:
        for one in all_up:
            wait_for(lambda one=one: ready(one), 180)  # type: ignore[misc]
        assert [one.get("/readyz")[0] for one in all_up] == [200] * 4
        assert len({one.url() for one in all_up}) == 4
    finally:
        for one in all_up:
            end(one)


def test_sigterm_ends_it_cleanly(tmp_path: Path) -> None:
    one = start(tmp_path)
    wait_for(lambda: ready(one), 90)
    family = psutil.Process(one.process.pid).children(recursive=True)
    one.process.terminate()
    begun = time.monotonic()
    assert one.process.wait(60) == 0
    assert time.monotonic() - begun < 30
    wait_for(lambda: not any(member.is_running() and member.status() != "zombie" for member in family))
    wait_for(lambda: one.lines[-1] == "stopped")
    assert list((tmp_path / "run").iterdir()) == []


def test_on_postgres_and_a_redis_elsewhere_two_urls_are_all_that_changes(
    tmp_path: Path, postgres: Postgres, redis_url: str
) -> None:
    url = postgres.database(empty=True)
    one = start(tmp_path, HUB_DATABASE_URL=url, HUB_REDIS_URL=redis_url)
    try:
        wait_for(lambda: ready(one), 90)
        assert one.get("/readyz")[0] == 200
        wait_for(lambda: one.hub("doctor").returncode == 0, 60)
        assert not (tmp_path / "hub.db").exists()
        assert not (tmp_path / "valkey").exists()
    finally:
        end(one)
    postgres.drop(url)


def test_wrong_settings_end_it_with_status_2(tmp_path: Path) -> None:
    one = start(tmp_path, HUB_WORKERS="many")
    assert one.process.wait(60) == 2
    wait_for(lambda: any("HUB_WORKERS" in line for line in one.lines))
    assert not (tmp_path / "hub.db").exists()
