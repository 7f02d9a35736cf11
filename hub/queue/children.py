"""Child processes of the supervisor: started with a pipe that ends them with their parent, restarted with back-off."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

#: A child that lived this long had a good start: its next fall is its first.
SETTLED_S = 20.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 30.0
#: A log that grew past this is cut, its last part kept beside it.
LOG_LIMIT = 32 * 1024 * 1024


@dataclass
class Child:
    """One supervised process. `command(parent_fd)` gives its arguments; it ends itself when the pipe `parent_fd` closes."""

    name: str
    command: Callable[[int], Sequence[str]]
    log: Path
    environment: Mapping[str, str]
    keep_fds: Sequence[int] = ()
    process: "subprocess.Popen[bytes] | None" = None
    falls: int = 0
    restarts: int = 0
    _pipe: int = -1
    _started: float = 0.0
    _not_before: float = field(default=0.0)

    def start(self) -> None:
        read_end, self._pipe = os.pipe()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command(read_end),
                pass_fds=(read_end, *self.keep_fds),
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,  # Ctrl-C reaches the supervisor only, which then stops everybody in order
            )
        os.close(read_end)
        self._started = time.monotonic()

    @property
    def pid(self) -> int:
        return self.process.pid if self.process is not None else 0

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def fell(self) -> bool:
        """True once for each time the process ended; from then on it waits for its turn to be restarted."""
        if self.process is None or self.process.poll() is None:
            return False
        self._close_pipe()
        self.falls = 1 if time.monotonic() - self._started > SETTLED_S else self.falls + 1
        self._not_before = time.monotonic() + min(FIRST_PAUSE_S * 2 ** (self.falls - 1), LONGEST_PAUSE_S)
        return True

    def exit_status(self) -> int:
        return self.process.returncode if self.process is not None else 0

    def restart_if_due(self) -> bool:
        if self.running() or time.monotonic() < self._not_before:
            return False
        self.restarts += 1
        self.start()
        return True

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)

    def stop_by(self, deadline: float) -> None:
        """Waits for a clean end until `deadline` (time.monotonic), then kills."""
        if self.process is None:
            return
        try:
            self.process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._close_pipe()

    def trim_log(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            if self.log.stat().st_size > LOG_LIMIT:
                tail = self.log.read_bytes()[-LOG_LIMIT // 4 :]
                self.log.with_suffix(".log.1").write_bytes(tail)
                os.truncate(self.log, 0)  # the child appends, so it goes on at the new end

    def last_words(self) -> str:
        """The last line it wrote: shown when it cannot start."""
        with contextlib.suppress(OSError):
            lines = self.log.read_text("utf-8", errors="replace").strip().splitlines()
            return lines[-1] if lines else ""
        return ""

    def _close_pipe(self) -> None:
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1
