"""One open connection to a configured system: the client that the hub calls."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.rest.calls import Calls
from connectors.rest.config import RestConfig
from connectors.rest.reading import Reader
from connectors.rest.spec.system import System
from connectors.rest.writing import Writer
from hub.connector.base import BaseClient
from hub.connector.contract import Page, Remote, Write, WriteOutcome
from hub.connector.link import Link


class RestClient(BaseClient):
    """See hub.connector.Client. `transport` replaces the network (hub rest try shows what goes over it)."""

    def __init__(self, system: System, config: RestConfig, link: Link, transport: Any = None) -> None:
        self.system = system.system
        self._entities = tuple(system.entities)
        self._calls = Calls(system, config, link, transport)
        self._reader = Reader(self._calls)
        self._writer = Writer(self._calls, self._reader)

    def check(self) -> Mapping[str, str]:
        """The first page of every entity. Raises SetupError naming what does not work."""
        facts = {"address": str(self._calls.settings["base_url"])}
        for name in self._entities:
            facts[name] = str(self._reader.first(name))
        return facts

    def pull(self, entity: str, checkpoint: Mapping[str, Any] | None, *, full: bool = False) -> Iterator[Page]:
        return self._reader.pull(entity, None if full else checkpoint)

    def deleted(self, entity: str, checkpoint: Mapping[str, Any] | None) -> Iterator[Page]:
        return self._reader.deleted(entity, checkpoint)

    def read(self, entity: str, ids: Sequence[str]) -> Mapping[str, Remote]:
        return self._reader.read(entity, ids)

    def find(self, entity: str, write: Write) -> Sequence[Remote]:
        return self._reader.find(entity, write)

    def create(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        return self._writer.create(entity, writes)

    def update(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        return self._writer.update(entity, writes)

    def step(self, entity: str, step: str, ids: Sequence[str]) -> Sequence[WriteOutcome]:
        return self._writer.step(entity, step, ids)

    def close(self) -> None:
        self._calls.close()
