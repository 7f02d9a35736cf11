"""The open connection to Tryton: the hub's contract on top of reader, books and writer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.tryton.books import Books
from connectors.tryton.calls import Calls
from connectors.tryton.config import TrytonConfig
from connectors.tryton.objects import OBJECTS
from connectors.tryton.reading import Reader
from connectors.tryton.writing import Writer
from hub.connector import Delivery, EntityManifest, Link, Manifest, Message, Page, Remote, Write, WriteOutcome
from hub.connector.scan import Scan
from hub.errors import BadInput


class TrytonClient:
    """One connection; safe to share between threads."""

    def __init__(self, config: TrytonConfig, link: Link, manifest: Manifest) -> None:
        self._manifest = manifest
        self._calls = Calls(config, link)
        self._reader = Reader(self._calls)
        self._books = Books(self._calls)
        self._writer = Writer(self._calls, self._reader)

    def check(self) -> Mapping[str, str]:
        """Sign in, look up what the settings name, read one page head of every entity. Raises SetupError naming the setting."""
        calls = self._calls
        facts = {"company": str(calls.company), "database": calls.config.database, "version": calls.version()}
        self._reader.category()
        for entity, manifest in self._manifest.entities.items():
            small = manifest.model_copy(update={"page_size": 1})
            next(self._pull(entity, small, Scan()))
        return facts

    def pull(self, entity: str, checkpoint: Mapping[str, Any] | None, *, full: bool = False) -> Iterator[Page]:
        """Records changed since the checkpoint. Raises BadInput for a checkpoint of somebody else."""
        return self._pull(entity, self._allowed(entity, "pull"), Scan.parse(None if full else checkpoint))

    def deleted(self, entity: str, checkpoint: Mapping[str, Any] | None) -> Iterator[Page]:
        manifest = self._allowed(entity, "delete_feed")
        return self._reader.deleted(entity, checkpoint, manifest.page_size)

    def read(self, entity: str, ids: Sequence[str]) -> Mapping[str, Remote]:
        """Records by id; what is no id of this system is simply not found."""
        manifest = self._allowed(entity, "read")
        if entity in OBJECTS:
            return self._reader.read(entity, ids, manifest.read_batch)
        return self._books.read(entity, ids)

    def find(self, entity: str, write: Write) -> Sequence[Remote]:
        self._allowed(entity, "find")
        return self._reader.find(entity, write)

    def create(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        manifest = self._allowed(entity, "create")
        return self._writer.create(entity, _limited(writes, manifest.create_batch))

    def update(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        manifest = self._allowed(entity, "update")
        return self._writer.update(entity, _limited(writes, manifest.update_batch))

    def step(self, entity: str, step: str, ids: Sequence[str]) -> Sequence[WriteOutcome]:
        self._allowed(entity, "update")
        return self._writer.step(entity, step, ids)

    def send(self, message: Message) -> Delivery:
        raise _not_offered("send")

    def lookup_member(self, kind: str, value: str) -> str:
        raise _not_offered("lookup_member")

    def close(self) -> None:
        """The session stays: other workers share it, and the server ends it after a while."""
        self._calls.close()

    def _pull(self, entity: str, manifest: EntityManifest, scan: Scan) -> Iterator[Page]:
        return (self._reader if entity in OBJECTS else self._books).pull(entity, manifest, scan)

    def _allowed(self, entity: str, capability: str) -> EntityManifest:
        manifest = self._manifest.entities.get(entity)
        if manifest is None or capability not in manifest.can:
            raise BadInput(
                f"Tryton 连接器不支持对 {entity} 做 {capability}",
                f"The connector can not {capability} {entity}",
                field="entity",
                value=entity,
            )
        return manifest


def _limited(writes: Sequence[Write], most: int) -> Sequence[Write]:
    if len(writes) > most:
        raise BadInput(f"一次最多写 {most} 条", f"At most {most} records at a time", value=str(len(writes)))
    return writes


def _not_offered(name: str) -> BadInput:
    return BadInput(f"Tryton 连接器没有 {name}", f"The connector has no {name}", value=name)
