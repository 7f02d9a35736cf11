"""The sandboxes of this project as servers of cases, over their control interface."""

from collections.abc import Mapping
from typing import Any

import httpx

from sandbox.core.start import Running, start_sandbox
from tests.contract.badinput.frame import Cause, Row


class SandboxServer:
    """One sandbox for all cases of a module; `reset` between them."""

    def __init__(self, system: str, settings: Mapping[str, object] | None = None) -> None:
        self._running: Running = start_sandbox(system, settings)
        self._web = httpx.Client(timeout=30, trust_env=False)
        self._first = dict(self.control("GET", "settings"))

    @property
    def url(self) -> str:
        return self._running.url

    @property
    def credentials(self) -> Mapping[str, Any]:
        return self._running.credentials

    def control(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        reply = self._web.request(method, f"{self.url}/_sandbox/{path}", json=body, params=query)
        assert reply.is_success, f"{method} {path}: {reply.status_code} {reply.text[:300]}"
        return reply.json()

    def reset(self) -> None:
        self.control("POST", "reset")

    def bring(self, cause: Cause) -> None:
        if cause.switches:
            self.control("POST", "settings", dict(cause.switches))
        for fault in cause.faults:
            self.control("POST", "faults", {"rate": 1.0, **fault})

    def take_away(self) -> None:
        self.control("POST", "settings", self._first)
        self.control("DELETE", "faults")

    def seed(self, kind: str, *rows: Row) -> None:
        self.control("POST", f"records/{kind}", list(rows))

    def rows(self, kind: str) -> list[Row]:
        found: list[Row] = self.control("GET", f"records/{kind}")["records"]
        return found

    def advance(self, seconds: float) -> None:
        self.control("POST", "clock", {"advance_s": seconds})

    def stop(self) -> None:
        self._web.close()
        self._running.stop()
