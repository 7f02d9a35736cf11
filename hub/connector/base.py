"""What a client is before it can do anything: every call of the contract, refused."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub.connector.contract import Delivery, Message, Page, Remote, Write, WriteOutcome
from hub.connector.manifest import EntityManifest, Manifest
from hub.errors import BadInput


class BaseClient:
    """Base of clients: a call that the manifest does not declare raises BadInput; a connector overrides those that it does."""

    system: str

    def check(self) -> Mapping[str, str]:
        raise self.not_offered("check")

    def pull(self, entity: str, checkpoint: Mapping[str, Any] | None, *, full: bool = False) -> Iterator[Page]:
        raise self.not_offered("pull", entity)

    def deleted(self, entity: str, checkpoint: Mapping[str, Any] | None) -> Iterator[Page]:
        raise self.not_offered("deleted", entity)

    def read(self, entity: str, ids: Sequence[str]) -> Mapping[str, Remote]:
        raise self.not_offered("read", entity)

    def find(self, entity: str, write: Write) -> Sequence[Remote]:
        raise self.not_offered("find", entity)

    def create(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        raise self.not_offered("create", entity)

    def update(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        raise self.not_offered("update", entity)

    def step(self, entity: str, step: str, ids: Sequence[str]) -> Sequence[WriteOutcome]:
        raise self.not_offered(f"step {step}", entity)

    def send(self, message: Message) -> Delivery:
        raise self.not_offered("send")

    def lookup_member(self, kind: str, value: str) -> str:
        raise self.not_offered("lookup_member")

    def close(self) -> None:
        """Nothing to release."""

    def not_offered(self, what: str, entity: str = "") -> BadInput:
        """The error of a call that this system has no way to do."""
        about = f" {entity}" if entity else ""
        return BadInput(
            f"{self.system} 连接器不支持 {what}{about}",
            f"The connector of {self.system} does not offer {what}{about}",
            field="entity" if entity else "",
            value=entity,
        )


class DeclaredClient(BaseClient):
    """Base of clients that ask their manifest what may be called."""

    def __init__(self, manifest: Manifest) -> None:
        self.system = manifest.system
        self._manifest = manifest

    def allowed(self, entity: str, capability: str) -> EntityManifest:
        """How the entity behaves. Raises BadInput when the manifest does not declare that `capability` of it."""
        manifest = self._manifest.entities.get(entity)
        if manifest is None or capability not in manifest.can:
            raise self.not_offered(capability, entity)
        return manifest


def limited(writes: Sequence[Write], most: int) -> Sequence[Write]:
    """The writes. Raises BadInput for more than one call takes."""
    if len(writes) > most:
        raise BadInput(f"一次最多写 {most} 条", f"At most {most} records at a time", value=str(len(writes)))
    return writes
