"""The open connection to U8: the hub's contract on top of reader and writer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.yonyou.u8.calls import Calls
from connectors.yonyou.u8.config import U8Config
from connectors.yonyou.u8.reading import Reader
from connectors.yonyou.u8.writing import Writer, number_of
from hub.connector import Link, Manifest, Page, Remote, Write, WriteOutcome
from hub.connector.base import DeclaredClient, limited


class U8Client(DeclaredClient):
    """One connection; safe to share between threads."""

    def __init__(self, config: U8Config, link: Link, manifest: Manifest) -> None:
        super().__init__(manifest)
        self._calls = Calls(config, link)
        self._reader = Reader(self._calls)
        self._writer = Writer(self._calls, self._reader)

    def check(self) -> Mapping[str, str]:
        """Sign in, read one page head of every entity. Raises SetupError naming the setting, Unreachable when the client
        program on the U8 server does not run."""
        config = self._calls.config
        for entity, manifest in self._manifest.entities.items():
            small = manifest.model_copy(update={"page_size": 1})
            next(self._reader.pull(entity, small, {"since": "0"}))
        return {"account": config.to_account, "caller": config.from_account, "data_source": config.ds_sequence or "-"}

    def pull(self, entity: str, checkpoint: Mapping[str, Any] | None, *, full: bool = False) -> Iterator[Page]:
        """Archives changed since the checkpoint; documents of the window (full: all). Raises BadInput for a strange one."""
        return self._reader.pull(entity, self.allowed(entity, "pull"), None if full else checkpoint)

    def read(self, entity: str, ids: Sequence[str]) -> Mapping[str, Remote]:
        self.allowed(entity, "read")
        return self._reader.read(entity, ids)

    def find(self, entity: str, write: Write) -> Sequence[Remote]:
        """By the number that the write gives, and by the hub's key."""
        self.allowed(entity, "find")
        numbers = dict.fromkeys((number_of(entity, write), write.key))
        return list(self._reader.read(entity, list(numbers)).values())

    def create(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        manifest = self.allowed(entity, "create")
        return self._writer.create(entity, limited(writes, manifest.create_batch))

    def step(self, entity: str, step: str, ids: Sequence[str]) -> Sequence[WriteOutcome]:
        self.allowed(entity, "create")
        return self._writer.step(entity, step, ids) if ids else []

    def close(self) -> None:
        """The token stays: other workers share it."""
        self._calls.close()
