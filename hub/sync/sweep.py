"""Re-reads by id, the nightly sweep, and the confirmation that something is really gone. Missing is not deleted."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, exists, func, select, update

from hub.errors import HubError
from hub.store.apply import open_item
from hub.store.core import binding, flow, inbox_item, intent, record
from hub.store.marks import seen_after
from hub.store.pageplan import Draft
from hub.sync.core import Core, RunLog, note_failure
from hub.sync.deletes import CONFIRMATIONS, follow_deletes, gone_key
from hub.sync.edits import change_state
from hub.sync.flowcontext import FlowContext
from hub.sync.pull import FLOW_LEASE_S, LeaseLost, Reader, ahead
from hub.sync.tasks import RunReport

GONE_CAP, GONE_SHARE = 20, 0.05
"""At most this many records of a run, or this share of all, may be believed gone; beyond that one question goes to a person."""


class FlowRun:
    """A run that holds the flow's lease."""

    kind = "reread"

    def __init__(self, core: Core, flow: FlowContext, *, trigger: str) -> None:
        self.core, self.flow, self.trigger = core, flow, trigger

    def run(self) -> RunReport:
        if not self._anything():
            return RunReport(None, "idle")
        log = RunLog.holding(self.core, self.flow, self.kind, seconds=FLOW_LEASE_S, trigger=self.trigger)
        if log is None:
            return RunReport(None, "busy")
        self.log = log
        self.reader = Reader(self.core, self.flow, run_id=log.id, why=self.kind, fence=log.fence)
        self.gone: dict[int, int] = {}
        try:
            self._work()
            self._believe_gone()
            return self.log.end("ok")
        except HubError as error:
            note_failure(self.core, self.flow.connection, error)
            return self.log.end("failed", error)
        except LeaseLost:
            return self.log.end("failed")
        finally:
            self.core.clients.flush()

    def _anything(self) -> bool:
        return True

    def _work(self) -> None:
        raise NotImplementedError

    def _read(self, rows: Sequence[Any]) -> None:
        """Read bindings by id and land what came; what did not come is one confirmation nearer to gone."""
        client, size = self.core.client(self.flow), max(1, self.flow.manifest.read_batch)
        for i in range(0, len(rows), size):
            part = rows[i : i + size]
            seq = self.log.next_seq()
            found = client.read(self.flow.entity, [row.external_id for row in part])
            plan = self.reader.land(list(found.values()), seq)
            self.log.add({**plan.counts, "fetched": len(found)})
            self._absent([row for row in part if row.external_id not in found], seq)

    def _absent(self, rows: Sequence[Any], seq: int) -> None:
        """One confirmation more for what a read with number `seq` did not show, unless a newer read or write knows better."""
        if not rows:
            return
        mine = _unseen_since([row.id for row in rows], seq)
        with self.core.db.write() as db:
            missing = {"missing": binding.c.missing + 1, "reread": False, "read_seq": seq}
            found = db.execute(
                update(binding).where(*mine).values(**missing).returning(binding.c.id, binding.c.missing)
            )
            counted = {row.id: row.missing for row in found}
        self.log.add({"missing": len(counted)})
        self.gone |= dict.fromkeys([i for i, missing in counted.items() if missing >= CONFIRMATIONS], seq)

    def _believe_gone(self) -> None:
        """At the end of the run, so that the cap holds for the run as a whole."""
        if not self.gone:
            return
        with self.core.db.write() as db:
            rows = db.execute(select(binding).where(*_unseen_since(list(self.gone), max(self.gone.values())))).all()
            if len(rows) > self._cap(db):
                open_item(db, self._many_gone(len(rows)), self.core.now())
                return
            for row in rows:
                mark_gone(db, self.flow, row, self.core.now())
        self.log.add({"gone": len(rows)})

    def _cap(self, db: Connection) -> int:
        here = (binding.c.connection_id == self.flow.at, binding.c.entity == self.flow.entity)
        linked = select(func.count()).where(*here, binding.c.state == "linked")
        return max(GONE_CAP, int((db.scalar(linked) or 0) * GONE_SHARE))

    def _many_gone(self, count: int) -> Draft:
        name = self.flow.connection.name
        return Draft(
            kind="gone",
            entity=self.flow.entity,
            key=f"many_gone:{self.flow.at}:{self.flow.entity}",
            zh=f"{name} 里一次有 {count} 条 {self.flow.entity} 找不到了，可能是权限变了：请确认后再处理，目前什么也没有删除",
            en=f"{count} {self.flow.entity} records are not visible at {name} any more; rights may have changed. Nothing was removed",
            connection_id=self.flow.at,
            data={"count": count},
        )


def _unseen_since(ids: Sequence[int], seq: int) -> list[Any]:
    """Bindings that no read or write after `seq` has touched and no write is under way on."""
    return [
        binding.c.id.in_(ids),
        binding.c.state == "linked",
        binding.c.read_seq <= seq,
        binding.c.write_seq <= seq,
        ~seen_after(seq),
        ~being_written(),
    ]


def mark_gone(db: Connection, context: FlowContext, row: Any, now: Any) -> None:
    """Confirmed absent: the binding becomes a tombstone and the flow's delete policy applies. Only a person lifts it."""
    policy = context.flow.delete_policy
    values = {"state": "gone", "due_at": None, "waiting_for": None, "reread": False, "held": [], "updated_at": now}
    db.execute(update(binding).where(binding.c.id == row.id).values(**values, version=binding.c.version + 1))
    moot = update(inbox_item).where(inbox_item.c.binding_id == row.id, inbox_item.c.state == "open")
    db.execute(
        moot.values(state="closed", resolved_at=now, resolved_by="hub")
    )  # one question is left: whether it is gone
    owner = db.execute(select(record).where(record.c.id == row.record_id)).one()
    if policy == "disable" and row.role == "primary" and owner.state == "live":  # a second id may be tidied away
        why = "deleted there, confirmed by id: disabled"
        change_state(db, owner, "disabled", because=(f"connection:{context.connection.name}", why), now=now)
    pending = row.due_at is not None
    if policy != "unbind" or pending:
        open_item(db, _gone_item(context, row, owner, pending), now)


def _gone_item(context: FlowContext, row: Any, owner: Any, pending: bool) -> Draft:
    """An edit against a delete is a conflict; a plain delete is shown so that a person can lift it."""
    name = context.connection.name
    return Draft(
        kind="delete_conflict" if pending else "gone",
        entity=context.entity,
        key=gone_key(row.id),
        zh=f"“{owner.title}”已在 {name} 删除"
        + ("，但还有修改要写过去：请选择重新创建或放弃" if pending else "：绑定已停用，其他系统不受影响"),
        en=f"“{owner.title}” was deleted at {name}"
        + (", while changes wait for it: recreate or drop them" if pending else ""),
        record_id=owner.id,
        binding_id=row.id,
        connection_id=context.at,
        data={"external_id": row.external_id, "policy": context.flow.delete_policy},
    )


def being_written() -> Any:
    """A write is open on the binding: a read now would be put off anyway, and what became of the write is looked up first."""
    return exists().where(intent.c.binding_id == binding.c.id, intent.c.state.in_(("open", "unknown")))


class RereadRun(FlowRun):
    """Bindings marked for a re-read by id (stale pages, webhooks, writes not read back, absences to confirm)."""

    kind = "reread"
    limit = 500

    def _query(self) -> Any:
        return select(binding.c.id, binding.c.external_id).where(
            binding.c.connection_id == self.flow.at,
            binding.c.entity == self.flow.entity,
            binding.c.reread,
            binding.c.state == "linked",
            binding.c.external_id != "",
            ~being_written(),
        )

    def _rows(self) -> Sequence[Any]:
        with self.core.db.read() as db:
            return db.execute(self._query().order_by(binding.c.id).limit(self.limit)).all()

    def _anything(self) -> bool:
        self.rows = self._rows()
        return bool(self.rows)

    def _work(self) -> None:
        self._read(self.rows)


class SweepRun(FlowRun):
    """The nightly sweep: deletes followed, everything read in full, linked records that this did not show looked up by id."""

    kind = "sweep"

    def _work(self) -> None:
        if "delete_feed" in self.flow.manifest.can:
            follow_deletes(self.core, self.flow, self.log.add)
        first = self.log.next_seq()
        for seq, page in ahead(self.core.clock, self.core.client(self.flow).pull(self.flow.entity, None, full=True)):
            plan = self.reader.land(page.rows, seq)
            self.log.add({**plan.counts, "fetched": len(page.rows)})
        self._read(self._not_shown(first))
        row = self.flow.flow
        coming = self.core.now() + timedelta(seconds=row.sweep_s) if row.sweep_s > 0 else None
        with self.core.db.write() as db:
            db.execute(update(flow).where(flow.c.id == row.id).values(next_sweep_at=coming))

    def _not_shown(self, first: int) -> Sequence[Any]:
        query = select(binding).where(
            binding.c.connection_id == self.flow.at,
            binding.c.entity == self.flow.entity,
            binding.c.state == "linked",
            binding.c.external_id != "",
            binding.c.read_seq < first,
            binding.c.write_seq < first,
            ~seen_after(first - 1),
        )
        with self.core.db.read() as db:
            return db.execute(query).all()
