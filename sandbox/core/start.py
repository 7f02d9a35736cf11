"""Starts a sandbox from a test, a bench or the demo: as a thread (fast) or as a process of its own."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from sandbox.core.server import listen, load_sandbox, make_server
from sandbox.core.system import Sandbox

START_S = 15.0


@dataclass(frozen=True)
class Running:
    """A sandbox that answers at `url`. `sandbox` is the object itself when it runs in this process."""

    url: str
    credentials: Mapping[str, Any]
    stop: Callable[[], None]
    sandbox: Sandbox | None = None

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()


def start_sandbox(system: str | Sandbox, settings: Mapping[str, object] | None = None) -> Running:
    """Runs a sandbox (by name, or one made already) in a thread of this process on a free port."""
    sandbox = load_sandbox(system, settings) if isinstance(system, str) else system
    bound = listen(0)
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    server = make_server(sandbox)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError(f"sandbox {sandbox.name} did not start")
        time.sleep(0.005)

    def stop() -> None:
        server.should_exit = True
        thread.join(START_S)

    return Running(url, sandbox.credentials(url), stop, sandbox)


def spawn_sandbox(system: str, *, port: int = 0, arguments: tuple[str, ...] = ()) -> Running:
    """Runs a sandbox as a process; it ends with `stop`, or by itself when this process dies."""
    read_end, write_end = os.pipe()
    command = [sys.executable, "-m", "sandbox", system, "--port", str(port), "--parent-fd", str(read_end), *arguments]
    process = subprocess.Popen(command, pass_fds=(read_end,), stdout=subprocess.PIPE, text=True)
    os.close(read_end)

    def stop() -> None:
        os.close(write_end)
        process.wait(START_S)
        if process.stdout is not None:
            process.stdout.close()

    line = process.stdout.readline() if process.stdout is not None else ""
    found = re.search(r"http://\S+", line)
    if found is None:
        stop()
        raise RuntimeError(f"sandbox {system} did not start: {line!r}")
    url = found.group()
    credentials = httpx.get(f"{url}/_sandbox/credentials", timeout=START_S, trust_env=False).json()
    return Running(url, credentials, stop)
