"""One open connection to EC: the client that the hub calls."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.ec.client import EcCalls
from connectors.ec.config import EcConfig
from connectors.ec.reading import EcReader, key_missing, refused
from connectors.ec.writing import EcWriter
from hub.connector.base import BaseClient
from hub.connector.contract import Page, Remote, Write, WriteOutcome
from hub.connector.http import Policy
from hub.connector.link import Link
from hub.errors import BadInput, RecordGone, RecordRejected


class EcClient(BaseClient):
    """See hub.connector.Client."""

    system = "ec"

    def __init__(self, config: EcConfig, link: Link, policy: Policy | None = None) -> None:
        self._calls = EcCalls(config, link, policy)
        self._reader = EcReader(self._calls)
        self._writer = EcWriter(self._calls, self._reader)

    def check(self) -> Mapping[str, str]:
        """Signature, operator, the key fields, and one read of each kind. Raises SetupError naming the setting."""
        calls = self._calls
        try:
            operator = calls.user(str(calls.config.opt_user_id))
            users = len(calls.organisation())
            calls.list_customers({"crmIds": [0]})
            calls.products(1)
        except (RecordRejected, RecordGone) as error:
            raise refused(error) from error
        if self._reader.customer_key() is None or self._reader.sale_key() is None:
            raise key_missing(calls.config.key_field)
        return {
            "corp": calls.config.corp_id,
            "operator": str(operator.get("name", "")),
            "employees": str(users),
            "key_field": f"{calls.config.key_field} ({self._reader.customer_key()}, {self._reader.sale_key()})",
        }

    def pull(self, entity: str, checkpoint: Mapping[str, Any] | None, *, full: bool = False) -> Iterator[Page]:
        return self._reader.pull(entity, None if full else checkpoint)

    def deleted(self, entity: str, checkpoint: Mapping[str, Any] | None) -> Iterator[Page]:
        if entity != "customer":
            raise BadInput(
                "EC 只提供客户的删除记录", "EC has a delete feed of customers only", field="entity", value=entity
            )
        return self._reader.deleted(checkpoint)

    def read(self, entity: str, ids: Sequence[str]) -> Mapping[str, Remote]:
        return self._reader.read(entity, ids)

    def find(self, entity: str, write: Write) -> Sequence[Remote]:
        return self._reader.find(entity, write)

    def create(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        self._writable(entity)
        return self._writer.create(entity, writes)

    def update(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        self._writable(entity)
        return self._writer.update(entity, writes)

    def close(self) -> None:
        self._calls.close()

    def _writable(self, entity: str) -> None:
        if entity not in ("customer", "contact", "order"):
            raise BadInput(
                f"不能向 EC 写入 {entity}", f"{entity} cannot be written to EC", field="entity", value=entity
            )
