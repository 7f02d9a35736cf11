"""What the use-cases need from the running hub, as protocols (hub.runtime.Runtime fits)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from hub.connector import Client, Connector
from hub.store.database import Database


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
