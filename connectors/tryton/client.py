"""The open connection to Tryton: the hub's contract on top of reader, books and writer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.tryton.books import Books
from connectors.tryton.calls import Calls
from connectors.tryton.config import TrytonConfig
from connectors.tryton.contacts import Contacts
from connectors.tryton.objects import OBJECTS
from connectors.tryton.reading import Reader
from connectors.tryton.writing import Writer
from hub.connector import EntityManifest, Link, Manifest, Page, Remote, Write, WriteOutcome
from hub.connector.base import DeclaredClient, limited
from hub.connector.scan import Scan

CONTACT = "contact"


class TrytonClient(DeclaredClient):
    """One connection; safe to share between threads."""

    def __init__(self, config: TrytonConfig, link: Link, manifest: Manifest) -> None:
        super().__init__(manifest)
        self._calls = Calls(config, link)
        self._reader = Reader(self._calls)
        self._books = Books(self._calls)
        self._contacts = Contacts(self._calls, self._reader)
        self._writer = Writer(self._calls, self._reader)

    def check(self) -> Mapping[str, str]:
        """Sign in, look up what the settings name, read one page head of every entity. Raises SetupError naming the setting."""
        calls = self._calls
        facts = {"company": str(calls.company), "database": calls.config.database, "version": calls.version()}
        self._reader.category()
        for entity, manifest in self._manifest.entities.items():
            small = manifest.model_copy(update={"page_size": 1})
            next(self._pull(entity, small, Scan()))
        seen = self._reader.sees_deletions()
        return facts | {"deletions": "log" if seen else "full comparison (the user is no administrator of Tryton)"}

    def pull(self, entity: str, checkpoint: Mapping[str, Any] | None, *, full: bool = False) -> Iterator[Page]:
        """Records changed since the checkpoint. Raises BadInput for a checkpoint of somebody else."""
        return self._pull(entity, self.allowed(entity, "pull"), Scan.parse(None if full else checkpoint))

    def deleted(self, entity: str, checkpoint: Mapping[str, Any] | None) -> Iterator[Page]:
        manifest = self.allowed(entity, "delete_feed")
        return self._reader.deleted(entity, checkpoint, manifest.page_size)

    def read(self, entity: str, ids: Sequence[str]) -> Mapping[str, Remote]:
        """Records by id; what is no id of this system is simply not found."""
        manifest = self.allowed(entity, "read")
        if entity in OBJECTS:
            return self._reader.read(entity, ids, manifest.read_batch)
        return self._contacts.read(ids) if entity == CONTACT else self._books.read(entity, ids)

    def find(self, entity: str, write: Write) -> Sequence[Remote]:
        self.allowed(entity, "find")
        return self._contacts.find(write) if entity == CONTACT else self._reader.find(entity, write)

    def create(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        manifest = self.allowed(entity, "create")
        batch = limited(writes, manifest.create_batch)
        return self._contacts.create(batch) if entity == CONTACT else self._writer.create(entity, batch)

    def update(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        manifest = self.allowed(entity, "update")
        batch = limited(writes, manifest.update_batch)
        return self._contacts.update(batch) if entity == CONTACT else self._writer.update(entity, batch)

    def step(self, entity: str, step: str, ids: Sequence[str]) -> Sequence[WriteOutcome]:
        self.allowed(entity, "update")
        return self._writer.step(entity, step, ids)

    def close(self) -> None:
        """The session stays: other workers share it, and the server ends it after a while."""
        self._calls.close()

    def _pull(self, entity: str, manifest: EntityManifest, scan: Scan) -> Iterator[Page]:
        if entity == CONTACT:
            return self._contacts.pull(manifest, scan)
        return (self._reader if entity in OBJECTS else self._books).pull(entity, manifest, scan)
