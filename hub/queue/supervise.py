"""The supervisor of `hub up`: embedded server, API, workers and scheduler on one machine, each restarted when it dies."""

import http.client
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Self

from hub.errors import SetupError, Text
from hub.queue.children import Child
from hub.queue.valkey import Valkey, answers
from hub.settings import Settings
from hub.store.secrets import box_from_settings

log = logging.getLogger(__name__)

READY_S = 60.0
_WATCH_S = 0.2
_PING_EVERY_S = 0.5
_TRIM_EVERY_S = 60.0
#: What a child runs as; its own module, so that a worker does not load the whole command line.
ENTRY = ("-m", "hub.cli.process")


def _silent(_message: Text) -> None:
    return None


class Supervisor:
    """Use as a context manager: entered, the product runs and answers at `url`; left, it has stopped cleanly.

    A worker's death needs nothing here: the scheduler sees its lock go and frees what it held within a second.
    """

    def __init__(self, settings: Settings, *, say: Callable[[Text], None] = _silent) -> None:
        self.settings = settings
        self.children: list[Child] = []
        self._say = say
        self._stop = threading.Event()
        self._watcher: threading.Thread | None = None
        self._valkey = Valkey(settings.data_dir) if settings.embedded_redis else None
        self._redis_url = settings.redis_url
        self._socket: socket.socket | None = None
        self._port = settings.port

    @property
    def url(self) -> str:
        """Where the API answers on this machine."""
        host = "127.0.0.1" if self.settings.host in ("0.0.0.0", "::") else self.settings.host  # noqa: S104
        return f"http://{host}:{self._port}"

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when /readyz answers. Raises SetupError with the failing part's own words."""
        box_from_settings(self.settings)  # makes the key before several children want it, or says what is wrong with it
        self._socket = bind(self.settings.host, self.settings.port)
        self._port = self._socket.getsockname()[1]
        if self._valkey is not None:
            self._redis_url = self._valkey.ensure()
            self._say(Text("✓ 内置 Redis 服务", "✓ embedded Redis server"))
        elif not answers(self._redis_url):
            raise SetupError(
                "HUB_REDIS_URL 的 Redis 没有应答；请检查地址、密码和网络",
                "the Redis of HUB_REDIS_URL does not answer; check address, password and network",
                field="HUB_REDIS_URL",
            )
        self._migrate()
        self._say(Text(f"✓ 数据库 {self._database()}", f"✓ database {self._database()}"))
        self.children = [self._child("api"), self._child("scheduler"), *self._workers()]
        for child in self.children:
            child.start()
        self._watcher = threading.Thread(target=self._watch, daemon=True, name="watch")
        self._watcher.start()
        self._wait_ready()
        self._say(Text(f"✓ 已就绪：{self.url}（日志 {self._logs()}）", f"✓ ready: {self.url} (logs in {self._logs()})"))

    def stop(self) -> None:
        """Everybody finishes the work in hand, up to settings.stop_s; then the embedded server goes down with all on disk."""
        self._stop.set()
        if self._watcher is not None:
            self._watcher.join()
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + self.settings.stop_s + 5
        for child in self.children:
            child.stop_by(deadline)
        if self._socket is not None:
            self._socket.close()
        if self._valkey is not None:
            self._valkey.stop()
        self._say(Text("已停止", "stopped"))

    def workers(self) -> list[Child]:
        return [child for child in self.children if child.name.startswith("worker")]

    def _workers(self) -> list[Child]:
        return [self._child(f"worker-{number}") for number in range(1, self.settings.workers + 1)]

    def _child(self, name: str) -> Child:
        role = name.partition("-")[0]
        api_fd = self._socket.fileno() if role == "api" and self._socket is not None else -1

        def command(parent_fd: int) -> list[str]:
            more = ["--socket-fd", str(api_fd)] if api_fd >= 0 else []
            return [sys.executable, *ENTRY, role, "--parent-fd", str(parent_fd), *more]

        return Child(
            name,
            command,
            self.settings.data_dir / "log" / f"{name}.log",
            self._environment(),
            keep_fds=[api_fd] if api_fd >= 0 else [],
        )

    def _environment(self) -> dict[str, str]:
        """These settings and nothing else of HUB_*; children look for the embedded server themselves, so that it may move."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
        return {**others, **self.settings.as_environment()}

    def _migrate(self) -> None:
        """In a process of its own: Alembic would stay in the supervisor's memory."""
        command = [sys.executable, *ENTRY, "migrate"]
        done = subprocess.run(command, env=self._environment(), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            last = done.stderr.strip().rpartition("\n")[2] or f"hub migrate: {done.returncode}"
            zh, _, en = last.partition(" / ")
            raise SetupError(zh, en or zh)

    def _watch(self) -> None:
        next_ping = next_trim = 0.0
        while not self._stop.wait(_WATCH_S):
            for child in self.children:
                self._look_after(child)
            if time.monotonic() >= next_ping:
                self._look_after_redis()
                next_ping = time.monotonic() + _PING_EVERY_S
            if time.monotonic() >= next_trim:
                for child in self.children:
                    child.trim_log()
                next_trim = time.monotonic() + _TRIM_EVERY_S

    def _look_after(self, child: Child) -> None:
        if child.running():
            return
        if child.process is not None and child.fell():
            status, why = child.exit_status(), child.last_words()
            self._say(
                Text(
                    f"! {child.name} 意外退出（{status}），正在重启。{why}",
                    f"! {child.name} ended ({status}), restarting. {why}",
                )
            )
            child.process = None
        if child.restart_if_due():
            log.info("%s restarted as %s", child.name, child.pid)

    def _look_after_redis(self) -> None:
        if self._valkey is None or answers(self._redis_url):
            return
        try:
            url = self._valkey.ensure()
        except SetupError as error:
            self._say(error.text)
            return
        self._say(Text("! 内置 Redis 服务已重启", "! embedded Redis server restarted"))
        if url != self._redis_url:
            self._redis_url = url
            for child in self.children:
                child.ask_to_stop()

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + READY_S
        while not self._ready():
            for child in self.children:
                if child.falls >= 3 or time.monotonic() > deadline:
                    raise SetupError(
                        f"{child.name} 没有启动：{child.last_words()}（日志 {child.log}）",
                        f"{child.name} did not start: {child.last_words()} (log {child.log})",
                    )
            time.sleep(0.05)

    def _ready(self) -> bool:
        host, port = self.url.removeprefix("http://").rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.client.OK
        except OSError:
            return False
        except http.client.HTTPException:
            return False
        finally:
            connection.close()

    def _database(self) -> str:
        return self.settings.database.split("://", 1)[0] if self.settings.database_url else "SQLite"

    def _logs(self) -> str:
        return str(self.settings.data_dir / "log")


def bind(host: str, port: int) -> socket.socket:
    """The API's listening socket: held here, it survives the API's restarts. Raises SetupError for a taken port."""
    # The protocol must be named: asyncio sets TCP_NODELAY only then.
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(1024)
    except OSError as error:
        bound.close()
        raise SetupError(
            f"端口 {host}:{port} 不能使用：{error.strerror}；请换一个 HUB_PORT，或结束占用它的程序",
            f"cannot listen on {host}:{port}: {error.strerror}; choose another HUB_PORT or end the program that uses it",
            field="HUB_PORT",
            value=str(port),
        ) from error
    return bound
