"""What the routes need from the running process, and how they reach it."""

from collections.abc import Mapping
from typing import Any, Protocol

from fastapi import Request

from hub.setup.needs import Needs, Opener
from hub.sync.tasks import RunReport, Task


class Engine(Protocol):
    """The part of hub.sync.engine.Engine that people use."""

    def run(self, task: Task) -> RunReport: ...

    def pull(self, flow_id: int, *, full: bool = False, trigger: str = "schedule", dry: bool = False) -> RunReport: ...

    def push(self, flow_id: int, *, trigger: str = "schedule") -> RunReport: ...

    def intake(self) -> int: ...

    def release_flow(self, flow_id: int, *, who: str) -> dict[str, int]: ...

    def resolve(
        self, item_id: int, *, choice: str, revision: int, who: str, value: Any = None, reason: str = ""
    ) -> None: ...

    def resolve_many(
        self, *, kind: str, entity: str, connection_id: int, choice: str, who: str, field: str | None = None
    ) -> int: ...

    def replay(self, item_id: int, *, who: str) -> None: ...

    def edit(self, record_id: int, changes: dict[str, Any], *, who: str, version: int) -> int: ...

    def pause(self, connection_id: int, *, reason: str, who: str) -> None: ...

    def resume(self, connection_id: int, *, who: str) -> None: ...


class Runtime(Needs, Protocol):
    """hub.runtime.Runtime fits."""

    @property
    def engine(self) -> Engine: ...

    @property
    def clients(self) -> Opener: ...

    def notify(self, task: Task) -> None:
        """Put a task on the queue."""
        ...

    def tell_intake(self) -> None:
        """Webhook deliveries are in the database: have them looked at."""
        ...

    def queue_depths(self) -> Mapping[str, int]:
        """Messages waiting, by queue. Raises SetupError when the broker does not answer."""
        ...


def runtime_of(request: Request) -> Runtime:
    """Dependency: the runtime that `create_app` was given."""
    runtime: Runtime = request.app.state.runtime
    return runtime
