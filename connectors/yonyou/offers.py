"""What both clients share: which calls a manifest offers, one record's refusal apart from the call's, numbered scans."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hub.connector import (
    Delivery,
    EntityManifest,
    Manifest,
    Message,
    Native,
    Page,
    Remote,
    Write,
    WriteOutcome,
    Written,
)
from hub.connector.scan import Scan
from hub.errors import BadInput, RecordGone, RecordLocked, RecordRejected


class Offers:
    """The part of a client that only the manifest decides."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest

    def deleted(self, entity: str, checkpoint: Any) -> Iterator[Page]:
        raise self._not_offered("deleted")

    def send(self, message: Message) -> Delivery:
        raise self._not_offered("send")

    def lookup_member(self, kind: str, value: str) -> str:
        raise self._not_offered("lookup_member")

    def _allowed(self, entity: str, capability: str) -> EntityManifest:
        manifest = self._manifest.entities.get(entity)
        if manifest is None or capability not in manifest.can:
            raise BadInput(
                f"{self._manifest.name.zh}连接器不支持对 {entity} 做 {capability}",
                f"The connector of {self._manifest.name.en} can not {capability} {entity}",
                field="entity",
                value=entity,
            )
        return manifest

    def _not_offered(self, name: str) -> BadInput:
        return BadInput(f"{self._manifest.name.zh}连接器没有 {name}", f"The connector has no {name}", value=name)


def limited(writes: Sequence[Write], most: int) -> Sequence[Write]:
    """Raises BadInput for more writes than one call takes."""
    if len(writes) > most:
        raise BadInput(f"一次最多写 {most} 条", f"At most {most} records at a time", value=str(len(writes)))
    return writes


def alone(act: Callable[[], Written]) -> WriteOutcome:
    """The outcome of one record; what concerns the whole connection, and an unknown outcome, is raised."""
    try:
        return act()
    except (RecordRejected, RecordGone, RecordLocked) as refused:
        return refused


def scanned(
    pages: Iterator[list[Native]], remotes: Callable[[list[Native]], list[Remote]], scan: Scan
) -> Iterator[Page]:
    """Pages of a list that is only safe to leave at its end: the last, empty one carries the checkpoint."""
    for rows in pages:
        yield Page(remotes(rows))
    yield Page([], scan.done().as_json(), more=False)


def parts(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
