"""The open connection to YonBIP: the hub's contract on top of readers and writer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.yonyou.yonbip.calls import Calls
from connectors.yonyou.yonbip.config import YonbipConfig
from connectors.yonyou.yonbip.orders import OrderReader
from connectors.yonyou.yonbip.reading import Reader
from connectors.yonyou.yonbip.writing import Writer, number_of
from hub.connector import EntityManifest, Link, Manifest, Page, Remote, Write, WriteOutcome
from hub.connector.base import DeclaredClient, limited
from hub.connector.scan import Scan


class YonbipClient(DeclaredClient):
    """One connection; safe to share between threads."""

    def __init__(self, config: YonbipConfig, link: Link, manifest: Manifest) -> None:
        super().__init__(manifest)
        self._calls = Calls(config, link)
        self._reader = Reader(self._calls)
        self._orders = OrderReader(self._calls)
        self._writer = Writer(self._calls, self._reader, self._orders)

    def check(self) -> Mapping[str, str]:
        """Find the tenant's data centre, sign in, read one page head of every entity. Raises SetupError naming the setting."""
        config = self._calls.config
        gateway, _ = self._calls.addresses(anew=True)
        facts = {"tenant": config.tenant_id, "gateway": gateway, "organisation": config.org_code}
        for entity, manifest in self._manifest.entities.items():
            next(self._pull(entity, manifest.model_copy(update={"page_size": 10}), Scan()))
        return {**facts, "finance": config.finance}

    def pull(self, entity: str, checkpoint: Mapping[str, Any] | None, *, full: bool = False) -> Iterator[Page]:
        """Records changed since the checkpoint. Raises BadInput for a checkpoint of somebody else."""
        return self._pull(entity, self.allowed(entity, "pull"), Scan.parse(None if full else checkpoint))

    def read(self, entity: str, ids: Sequence[str]) -> Mapping[str, Remote]:
        manifest = self.allowed(entity, "read")
        if entity == "order":
            return self._orders.read(ids, manifest.read_batch)
        return self._reader.read(entity, ids, manifest.read_batch)

    def find(self, entity: str, write: Write) -> Sequence[Remote]:
        """Orders by the head field that keeps the key, receipts by their external number, customers by number."""
        self.allowed(entity, "find")
        if entity == "order":
            return self._orders.find(write)
        if entity == "receipt":
            return self._reader.bills_of("collection", write.key)
        numbers = dict.fromkeys((number_of(write), write.key))
        return [one for number in numbers for one in self._reader.customers_of(number)]

    def create(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        manifest = self.allowed(entity, "create")
        return self._writer.create(entity, limited(writes, manifest.create_batch))

    def update(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        manifest = self.allowed(entity, "update")
        return self._writer.update(entity, limited(writes, manifest.update_batch))

    def step(self, entity: str, step: str, ids: Sequence[str]) -> Sequence[WriteOutcome]:
        self.allowed(entity, "update")
        return self._writer.step(entity, step, ids) if ids else []

    def close(self) -> None:
        """The token stays: other workers share it."""
        self._calls.close()

    def _pull(self, entity: str, manifest: EntityManifest, scan: Scan) -> Iterator[Page]:
        if entity == "order":
            return self._orders.pull(manifest, scan)
        return self._reader.pull(entity, manifest, scan)
