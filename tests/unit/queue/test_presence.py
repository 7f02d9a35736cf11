"""Who lives: locks on this machine, words in Redis for everybody."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import redis

from hub.queue.presence import Beat, Presence, alive, new_id
from tests.unit.queue.fake_engine import wait_for

_HOLDER = (
    "import sys, time; from pathlib import Path; from hub.queue.presence import Presence;"
    "kept = Presence(Path(sys.argv[1])).take('held'); print('ready', flush=True); time.sleep(60)"
)


def test_names_are_never_used_twice() -> None:
    assert len({new_id("worker") for _ in range(50)}) == 50
    assert new_id("worker").startswith("worker-")


def test_a_living_process_is_not_dead(tmp_path: Path) -> None:
    presence = Presence(tmp_path)
    with presence.hold("one"):
        assert presence.dead() == []
    assert presence.dead() == [], "a clean end leaves nothing to clear"


def test_a_folder_nobody_used_holds_nobody(tmp_path: Path) -> None:
    assert Presence(tmp_path / "none").dead() == []


def test_kill_9_shows_at_once_until_cleared(tmp_path: Path) -> None:
    presence = Presence(tmp_path)
    holder = subprocess.Popen([sys.executable, "-c", _HOLDER, tmp_path], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "ready\n"
    assert presence.dead() == []
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()
    wait_for(lambda: presence.dead() == ["held"])
    presence.forget("held")
    assert presence.dead() == []


def test_a_beat_tells_who_where_and_when(client: redis.Redis) -> None:
    beat = Beat(client, "worker-a-1", "worker")
    beat.tell()
    Beat(client, "scheduler-a-2", "scheduler").tell()
    [worker] = alive(client, "worker")
    assert (worker.id, worker.role, worker.pid) == ("worker-a-1", "worker", os.getpid())
    assert worker.clock >= worker.started > 0
    assert [one.id for one in alive(client)] == ["scheduler-a-2", "worker-a-1"]
    assert 0 < client.ttl("hub:alive:worker-a-1") <= 12
    beat.end()
    assert [one.id for one in alive(client)] == ["scheduler-a-2"]


def test_beats_are_not_more_frequent_than_needed(client: redis.Redis) -> None:
    beat = Beat(client, "worker-a-1", "worker")
    beat.tell()
    client.delete("hub:alive:worker-a-1")
    beat.tell()
    assert alive(client) == []
