"""One sandbox put together: its parts, what it answers to, and the ASGI application around it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from sandbox.core.clock import SandboxClock
from sandbox.core.faults import Facts, Faults
from sandbox.core.journal import Journal
from sandbox.core.records import ControlError, RecordStore


@dataclass(frozen=True)
class PushReply:
    """What the receiver of a webhook answered; `extra` is told to the caller of /_sandbox/push beside it."""

    status: int
    body: str
    extra: Mapping[str, Any] = field(default_factory=dict)


def _plain_facts(method: str, path: str, body: str) -> Facts:
    return Facts(method, path, body, write=method not in {"GET", "HEAD"}, operation=path)


def _no_push(request: Mapping[str, Any]) -> PushReply:
    raise ControlError(f"this sandbox sends no pushes: {request!r}", 501)


@dataclass
class Sandbox:
    """A vendor server. A vendor module's `make_sandbox(settings)` returns one.

    `routes` are the vendor's paths (Starlette routes; endpoints may be async functions that call plain code inline).
    `credentials(base_url)` answers the config fields of the hub's connector. `push(event)` sends one signed webhook
    and may block; it runs in a thread. `classify(method, path, body)` tells the fault gate which object a call is
    about, whether it writes and under which name it is counted. `resets` are called by POST /_sandbox/reset.
    `settings` is the vendor's settings dataclass: POST /_sandbox/settings changes it, a reset brings it back.
    """

    name: str
    clock: SandboxClock
    store: RecordStore
    journal: Journal
    faults: Faults
    routes: Sequence[BaseRoute]
    credentials: Callable[[str], Mapping[str, Any]]
    push: Callable[[Mapping[str, Any]], PushReply] = _no_push
    classify: Callable[[str, str, str], Facts] = _plain_facts
    resets: list[Callable[[], None]] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    settings: Any = None

    def __post_init__(self) -> None:
        self._first_settings = dict(vars(self.settings)) if self.settings is not None else {}

    @classmethod
    def parts(cls) -> tuple[SandboxClock, RecordStore, Journal, Faults]:
        """A fresh clock, store, journal and faults that belong together."""
        clock = SandboxClock()
        return clock, RecordStore(clock), Journal(clock), Faults(clock)

    def reset(self) -> None:
        """Back to the state of a fresh process."""
        self.clock.reset()
        self.store.clear()
        self.journal.clear()
        self.faults.reset()
        self.calls.clear()
        if self.settings is not None:
            vars(self.settings).update(self._first_settings)
        for hook in self.resets:
            hook()

    def app(self) -> ASGIApp:
        """The ASGI application: control paths, and the vendor's paths behind the fault gate."""
        from sandbox.core.control import control_routes
        from sandbox.core.gate import Gate

        return Gate(self, control=Starlette(routes=control_routes(self)), vendor=Starlette(routes=list(self.routes)))
