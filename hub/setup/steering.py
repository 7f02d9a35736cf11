"""What admins do to running flows, with its audit row: release after first contact, test, pause, resume, start a sync."""

import dataclasses
from typing import Any, Protocol

from hub.errors import NotFound
from hub.setup.connections import Checked, check
from hub.setup.flows import flow_of, known_flow
from hub.setup.known import known_connection
from hub.setup.needs import Engine, Needs, Opener
from hub.store import flows as flow_store
from hub.store.audit import Deed, write_audit
from hub.sync.tasks import RunReport


class Steered(Protocol):
    """The part of the engine that is steered."""

    def pull(self, flow_id: int, *, full: bool = False, trigger: str = "schedule", dry: bool = False) -> RunReport: ...

    def release_counts(self, flow_id: int) -> dict[str, int]: ...

    def release_flow(self, flow_id: int, *, who: str) -> dict[str, int]: ...

    def pause(self, connection_id: int, *, reason: str, who: str) -> None: ...

    def resume(self, connection_id: int, *, who: str) -> None: ...


def release(needs: Needs, engine: Steered, flow_id: int, *, who: str) -> dict[str, int]:
    """Open pushing. Returns {"due", "wanted"}. Raises NotFound, BadInput while the first full pull has not balanced."""
    with needs.db.read() as tx:
        row = known_flow(tx, flow_id)
    counts = engine.release_flow(flow_id, who=who)
    _note(needs, Deed(who, "flow.release", f"{row['connection']}.{row['entity']}", dict(counts)))
    return counts


def pause(needs: Needs, engine: Steered, name: str, *, reason: str, who: str) -> None:
    """Nothing moves at the connection until it is resumed. Raises NotFound."""
    row = _connection(needs, name)
    engine.pause(row["id"], reason=reason, who=who)
    _note(needs, Deed(who, "connection.pause", row["name"], {"reason": reason}))


def resume(needs: Needs, engine: Steered, name: str, *, who: str) -> None:
    """Its flows pull to the present before they push. Raises NotFound."""
    row = _connection(needs, name)
    engine.resume(row["id"], who=who)
    _note(needs, Deed(who, "connection.resume", row["name"]))


def test(needs: Needs, engine: Steered, opener: Opener, name: str, *, who: str) -> Checked:
    """Ask the vendor. Where trouble had stopped the connection and the answer is good, work goes on; what a person paused stays
    paused. Raises NotFound."""
    found = check(needs, opener, name)
    row = _connection(needs, name)
    if found.error is not None or not _stopped_by_trouble(row):
        return found
    resume(needs, engine, name, who=who)
    return dataclasses.replace(found, resumed=True)


def _stopped_by_trouble(row: dict[str, Any]) -> bool:
    return bool(row["reason"]) and row["reason"].get("error") != "Paused"


def merge(needs: Needs, engine: Engine, survivor: int, loser: int, *, who: str, reason: str = "") -> int:
    """Two records become one. Returns the id of the merge. Raises BadInput."""
    merge_id = engine.merge(survivor, loser, who=who, reason=reason)
    _note(needs, Deed(who, "record.merge", str(survivor), {"loser": loser, "merge": merge_id, "reason": reason}))
    return merge_id


def split(needs: Needs, engine: Engine, merge_id: int, *, who: str, reason: str = "") -> int:
    """A merge is taken back. Returns the record that lives again. Raises BadInput."""
    record_id = engine.split(merge_id, who=who, reason=reason)
    _note(needs, Deed(who, "record.split", str(record_id), {"merge": merge_id, "reason": reason}))
    return record_id


def flow_id_of(needs: Needs, connection: str, entity: str) -> int:
    """Raises NotFound naming what there is not."""
    with needs.db.read() as tx:
        return int(flow_of(tx, known_connection(tx, connection), entity)["id"])


def dry_push(needs: Needs, engine: Steered, flow_id: int) -> RunReport:
    """How many records a push would look at now, without a call to the vendor; before the release, what it would open.
    Raises BadInput where the flow cannot be released yet."""
    with needs.db.read() as tx:
        row = flow_store.show_flow(tx, flow_id)
        if row is None:
            raise NotFound(f"没有同步流 {flow_id}", f"There is no flow {flow_id}", field="flow", value=str(flow_id))
        due = flow_store.count_due(tx, row["connection_id"], row["entity"], needs.now())
    if row["push"] and row["released_at"] is None:
        return RunReport(None, "idle", engine.release_counts(flow_id))
    return RunReport(None, "ok" if row["push"] else "idle", {"due": due})


def _connection(needs: Needs, name: str) -> dict[str, Any]:
    with needs.db.read() as tx:
        return known_connection(tx, name)


def _note(needs: Needs, deed: Deed) -> None:
    with needs.db.write() as tx:
        write_audit(tx, deed, needs.now())
