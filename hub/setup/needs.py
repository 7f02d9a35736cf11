"""What use-cases, routes and commands need from the running hub, as protocols (hub.runtime.Runtime fits)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Protocol

from hub.connector import Client, Connector
from hub.store.database import Database
from hub.sync.tasks import RunReport, Task


class Sealer(Protocol):
    """Encrypts what is kept: hub.store.secrets.SecretBox."""

    def seal(self, text: str) -> str: ...

    def open(self, sealed: str) -> str: ...


class Opener(Protocol):
    """Opens connections: hub.sync.clients.Clients."""

    def get(self, connection_id: int) -> Client: ...


class Needs(Protocol):
    """The parts every use-case may ask for. `now` gives aware UTC times."""

    @property
    def db(self) -> Database: ...

    @property
    def secrets(self) -> Sealer: ...

    @property
    def connectors(self) -> Mapping[str, Connector]: ...

    @property
    def now(self) -> Callable[[], datetime]: ...


class Engine(Protocol):
    """The part of hub.sync.engine.Engine that people use."""

    def run(self, task: Task) -> RunReport: ...

    def pull(self, flow_id: int, *, full: bool = False, trigger: str = "schedule", dry: bool = False) -> RunReport: ...

    def push(self, flow_id: int, *, trigger: str = "schedule") -> RunReport: ...

    def intake(self) -> int: ...

    def release_counts(self, flow_id: int) -> dict[str, int]: ...

    def preview_push(self, flow_id: int, *, limit: int) -> list[dict[str, Any]]: ...

    def release_flow(self, flow_id: int, *, who: str) -> dict[str, int]: ...

    def resolve(
        self, item_id: int, *, choice: str, revision: int, who: str, value: Any = None, reason: str = ""
    ) -> None: ...

    def resolve_many(
        self, *, kind: str, entity: str, connection_id: int, choice: str, who: str, field: str | None = None
    ) -> int: ...

    def replay(self, item_id: int, *, who: str) -> None: ...

    def edit(self, record_id: int, changes: dict[str, Any], *, who: str, version: int) -> int: ...

    def merge(self, survivor: int, loser: int, *, who: str, reason: str = "") -> int: ...

    def split(self, merge_id: int, *, who: str, reason: str = "") -> int: ...

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

    def local_day(self, now: datetime) -> date:
        """The calendar day in the company's zone."""
        ...

    def queue_depths(self) -> Mapping[str, int]:
        """Messages waiting, by queue. Raises SetupError when the broker does not answer."""
        ...
