"""The vendor's delete feed: each row is first tested as a merge, then marked so that a read by id confirms it (ENGINE section 4)."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from hub.connector.contract import Page, Remote
from hub.errors import HubError
from hub.store.apply import close_items, upsert
from hub.store.core import binding, checkpoint
from hub.store.leases import free_flow, take_flow
from hub.sync.core import Core, RunLog, note_failure
from hub.sync.flowcontext import FlowContext
from hub.sync.merging import follow_merge
from hub.sync.tasks import RunReport

CONFIRMATIONS = 2
"""Reads by id that must miss a record before it is believed gone; a row of the feed counts as one."""
LEASE_S = 90.0
Count = Callable[[Mapping[str, int]], None]


def gone_key(binding_id: int) -> str:
    """Of the inbox item that asks about a record which is gone."""
    return f"gone:{binding_id}"


class DeletesRun:
    """The feed followed after a pull of its entity: usually one call that says nothing, which leaves no run behind."""

    def __init__(self, core: Core, flow: FlowContext, *, trigger: str) -> None:
        self.core, self.flow, self.trigger = core, flow, trigger
        self.log: RunLog | None = None

    def run(self) -> RunReport:
        """Idle where there is no feed or nothing in it; busy while somebody else holds the flow: the next pull comes back to it."""
        if "delete_feed" not in self.flow.manifest.can:
            return RunReport(None, "idle")
        with self.core.db.write() as db:
            fence = take_flow(db, self.flow.flow.id, worker=self.core.worker, now=self.core.now(), seconds=LEASE_S)
        if fence is None:
            return RunReport(None, "busy")
        try:
            follow_deletes(self.core, self.flow, self._count)
            return self.log.end("ok") if self.log else RunReport(None, "idle")
        except HubError as error:
            note_failure(self.core, self.flow.connection, error)
            return self.log.end("failed", error) if self.log else RunReport(None, "failed", error=error.as_json())
        finally:
            with self.core.db.write() as db:
                free_flow(db, self.flow.flow.id, fence=fence)
            self.core.clients.flush()

    def _count(self, counts: Mapping[str, int]) -> None:
        self.log = self.log or RunLog(self.core, self.flow, "deletes", trigger=self.trigger)
        self.log.add(counts)


def follow_deletes(core: Core, flow: FlowContext, count: Count) -> None:
    """Take what the feed says since the last look. `count` hears of every known record that was merged or has to be confirmed."""
    query = select(checkpoint.c.data).where(checkpoint.c.flow_id == flow.flow.id, checkpoint.c.kind == "deleted")
    with core.db.read() as db:
        start = db.scalar(query)
    for page in core.client(flow).deleted(flow.entity, start):
        for remote in page.rows:
            _take(core, flow, remote, count)
        _save(core, flow, page)
        if not page.more:
            break


def _save(core: Core, flow: FlowContext, page: Page) -> None:
    if page.checkpoint is None:
        return
    row = {"flow_id": flow.flow.id, "kind": "deleted", "data": dict(page.checkpoint), "updated_at": core.now()}
    with core.db.write() as db:
        statement = upsert(db, checkpoint).values(**row)
        keep = {"data": statement.excluded.data, "updated_at": statement.excluded.updated_at}
        db.execute(statement.on_conflict_do_update(index_elements=["flow_id", "kind"], set_=keep))


def _take(core: Core, flow: FlowContext, remote: Remote, count: Count) -> None:
    query = select(binding).where(
        binding.c.connection_id == flow.at,
        binding.c.entity == flow.entity,
        binding.c.external_id == remote.id,
        binding.c.state.in_(("linked", "gone")),
    )
    with core.db.write() as db:
        row = db.execute(query).first()
        found = "" if row is None else _judge(db, core, flow, remote=remote, row=row)
    if found:
        count({found: 1})


def _judge(db: Connection, core: Core, flow: FlowContext, *, remote: Remote, row: Any) -> str:
    survivor = _survivor(db, flow, remote, row)
    if survivor is not None:
        follow_merge(db, flow, loser=row, survivor=survivor, now=core.now())
        close_items(db, [gone_key(row.id)], core.now())
        return "merged"
    if row.state != "linked" or (row.reread and row.missing >= CONFIRMATIONS - 1):
        return ""
    db.execute(update(binding).where(binding.c.id == row.id).values(reread=True, missing=CONFIRMATIONS - 1))
    return "to_confirm"


def _survivor(db: Connection, flow: FlowContext, remote: Remote, row: Any) -> Any:
    """Where the deleted record went: named by the vendor, or the record that carries its strong identity at this connection."""
    same = (binding.c.connection_id == flow.at, binding.c.entity == flow.entity, binding.c.id != row.id)
    if remote.merged_into:
        return db.execute(select(binding).where(*same, binding.c.external_id == remote.merged_into)).first()
    aliases = select(binding).where(*same, binding.c.record_id == row.record_id, binding.c.state == "linked")
    return db.execute(aliases.order_by(binding.c.id)).first()
