"""Which processes of the hub are alive: proven by a file lock on the same machine, told by Redis to everyone."""

import contextlib
import fcntl
import json
import os
import secrets
import socket
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import redis

from hub.queue.client import key

#: A process says every BEAT_S that it lives; its word is believed for LIFE_S.
BEAT_S = 3.0
LIFE_S = 12


def new_id(role: str) -> str:
    """A name for this process that no other one ever has."""
    return f"{role}-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


class Presence:
    """One file per process in `folder`, locked while the process lives: the kernel lets go however it dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextlib.contextmanager
    def hold(self, process_id: str) -> Iterator[None]:
        file = self.take(process_id)
        try:
            yield
        finally:
            self.give_up(process_id, file)

    def take(self, process_id: str) -> IO[bytes]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = open(self._folder / process_id, "ab")  # noqa: SIM115 - open is what being alive means
        fcntl.flock(file, fcntl.LOCK_EX)
        return file

    def give_up(self, process_id: str, file: IO[bytes]) -> None:
        """A clean end: nobody has to clear up."""
        (self._folder / process_id).unlink(missing_ok=True)
        file.close()

    def dead(self) -> list[str]:
        """Processes of this machine that are certainly gone and were not cleared up yet (see `forget`)."""
        try:
            names = sorted(entry.name for entry in os.scandir(self._folder))
        except FileNotFoundError:
            return []
        return [name for name in names if not self._alive(name)]

    def forget(self, process_id: str) -> None:
        (self._folder / process_id).unlink(missing_ok=True)

    def _alive(self, name: str) -> bool:
        try:
            with open(self._folder / name, "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, FileNotFoundError):
            return True  # held, or cleared away this moment by its owner
        return False


@dataclass(frozen=True, slots=True)
class Alive:
    """A process that said so lately. `clock` is its own time in seconds since 1970 when it said it."""

    id: str
    role: str
    host: str
    pid: int
    started: float
    clock: float


class Beat:
    """Says in Redis that this process lives; call `tell` as often as you like."""

    def __init__(self, client: redis.Redis, process_id: str, role: str) -> None:
        self._client = client
        self._alive = Alive(process_id, role, socket.gethostname(), os.getpid(), time.time(), 0.0)
        self._next = 0.0

    def tell(self) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + BEAT_S
        said = {**asdict(self._alive), "clock": time.time()}
        with contextlib.suppress(redis.RedisError):
            self._client.set(key("alive", self._alive.id), json.dumps(said), ex=LIFE_S)

    def end(self) -> None:
        with contextlib.suppress(redis.RedisError):
            self._client.delete(key("alive", self._alive.id))


def alive(client: redis.Redis, role: str = "") -> list[Alive]:
    """Processes of every machine, of one role or all. Raises redis.RedisError."""
    names = list(client.scan_iter(match=key("alive", "*"), count=500))
    values: Any = client.mget(names) if names else []
    told = [Alive(**json.loads(value)) for value in values if value]
    return sorted((one for one in told if role in ("", one.role)), key=lambda one: one.id)
