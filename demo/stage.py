"""The demo's processes: the sandboxes and the whole product, each a process of its own on loopback."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from demo.hubapi import DemoFailed, HubApi
from sandbox.core.start import Running, spawn_sandbox

READY_S = 180.0
HUB = str(Path(sys.executable).with_name("hub"))
"""The command that the installation put beside the interpreter: what an admin types."""


class Stage:
    """Entered: everything answers, an admin is signed in. Left: all of it has stopped."""

    def __init__(
        self,
        folder: Path,
        systems: tuple[str, ...],
        *,
        port: int = 0,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """`settings`: switches of the sandboxes, by system."""
        self.folder, self.systems, self.port = folder, systems, port
        self.settings = settings or {}
        self.sandboxes: dict[str, Running] = {}
        self.started: float = 0.0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _start(self) -> None:
        began = time.monotonic()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        for system in self.systems:
            switches = json.dumps(dict(self.settings.get(system, {})))
            running = spawn_sandbox(system, arguments=("--settings", switches))
            self.sandboxes[system] = self._stack.enter_context(running)
        self.url = self._start_hub()
        self.api = HubApi(self.url, self._admin_token())
        self._stack.callback(self.api.close)
        self.started = time.monotonic() - began

    @property
    def environment(self) -> dict[str, str]:
        """The hub's settings come from HUB_*; those of the machine are not taken over, so that a demo never meets real data."""
        left_out = ("HUB_", "PYTHONDONTWRITEBYTECODE")
        mine = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        return {**mine, "HUB_DATA_DIR": str(self.folder), "HUB_PORT": str(self.port), "HUB_ALLOW_PRIVATE_HOSTS": "true"}

    def hub(self, *words: str) -> str:
        """One `hub` command, as a person would type it. Raises DemoFailed with what it printed."""
        command = [HUB, *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            raise DemoFailed(f"hub {' '.join(words)}: {done.returncode} {done.stderr[-800:]}{done.stdout[-400:]}")
        return done.stdout

    def _start_hub(self) -> str:
        log = (self.folder / "hub.log").open("w", encoding="utf-8")
        self._stack.callback(log.close)
        self.port = self.port or free_port()
        process = subprocess.Popen([HUB, "up"], env=self.environment, stdout=log, stderr=log, start_new_session=True)
        self._stack.callback(stop, process)
        url = f"http://127.0.0.1:{self.port}"
        deadline = time.monotonic() + READY_S
        while not ready(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise DemoFailed(f"hub up did not start: see {self.folder / 'hub.log'}\n{self.log_tail()}")
            time.sleep(0.1)
        return url

    def log_tail(self, lines: int = 20) -> str:
        path = self.folder / "hub.log"
        return "\n".join(path.read_text("utf-8", errors="replace").splitlines()[-lines:]) if path.exists() else ""

    def _admin_token(self) -> str:
        self.hub("users", "add", "admin", "--role", "admin")
        return self.hub("users", "token", "admin").strip().splitlines()[-1]

    def ask(self, system: str, path: str, **query: Any) -> Any:
        """Read from a sandbox's control interface: what that system really holds."""
        return self._control("GET", system, path, params=query)

    def user_of(self, system: str, method: str, path: str, body: Any = None) -> Any:
        """Do something as a user of that system."""
        return self._control(method, system, path, json=body)

    def _control(self, method: str, system: str, path: str, **given: Any) -> Any:
        reply = httpx.request(method, f"{self.sandboxes[system].url}/_sandbox/{path}", timeout=60, **given)
        if reply.status_code >= 400:
            raise DemoFailed(f"sandbox {system} {method} {path}: {reply.status_code} {reply.text[:300]}")
        return reply.json()

    def records(self, system: str, name: str) -> list[Mapping[str, Any]]:
        """Everything a system holds of one object."""
        found: list[Mapping[str, Any]] = []
        while True:
            page = self.ask(system, f"records/{name}", limit=2000, offset=len(found))
            found.extend(page["records"])
            if not page["records"] or len(found) >= page["total"]:
                return found

    def journal(self, system: str, **query: Any) -> list[Mapping[str, Any]]:
        entries: list[Mapping[str, Any]] = self.ask(system, "journal", **query)["entries"]
        return entries


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def stop(process: "subprocess.Popen[bytes]") -> None:
    """SIGTERM, then SIGKILL for what does not end."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)
