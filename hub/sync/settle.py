"""Settle: what became of writes whose reply was lost, or whose worker died between intent and judgement."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import and_, or_, select, update

from hub.connector.contract import Remote, Write, Written
from hub.errors import DuplicateInSystem, HubError, OutcomeUnknown
from hub.mapping.results import Pulled
from hub.store.apply import open_item
from hub.store.core import binding, intent
from hub.store.lookup import records_by_id, resolve_refs
from hub.store.partial import MAY_BE_DUE, open_intents_with_bindings
from hub.sync.core import Core, RunLog, note_failure
from hub.sync.digest import digested
from hub.sync.drafts import rejected_item, unknown_item
from hub.sync.flowcontext import FlowContext
from hub.sync.identity import is_stranger
from hub.sync.intents import golden_of
from hub.sync.judge import write_arrived
from hub.sync.outcome import Outcomes
from hub.sync.pagecontext import Read
from hub.sync.plan import TOMBSTONES
from hub.sync.pushplan import Job
from hub.sync.tasks import RunReport

LOOKS = 2
LIMIT, MOST = 25, 500
"""Intents claimed at a time, and looked at in one run: those that a dying worker had claimed are looked at after CLAIM_S."""
CLAIM_S = 30.0


def unsettled(now: Any) -> Any:
    """Intents to look at: unknown ones whose time came, and open ones whose binding nobody holds any more (a worker died)."""
    abandoned = and_(intent.c.state == "open", or_(binding.c.lease_until.is_(None), binding.c.lease_until <= now))
    due = and_(intent.c.state == "unknown", or_(intent.c.look_at.is_(None), intent.c.look_at <= now))
    return or_(abandoned, due)


class SettleRun:
    """One pass over the unsettled intents of one flow."""

    def __init__(self, core: Core, flow: FlowContext, *, trigger: str) -> None:
        self.core, self.flow, self.trigger = core, flow, trigger

    def run(self) -> RunReport:
        rows = self._rows()
        if not rows:
            return RunReport(None, "idle")
        self.log = RunLog(self.core, self.flow, "settle", trigger=self.trigger)
        self.outcomes = Outcomes(self.core, self.flow, run_id=self.log.id, fence=0)
        done = 0
        try:
            while rows and done < MOST:
                for row in rows:
                    self._settle(row)
                done += len(rows)
                rows = self._rows()
        except HubError as error:
            note_failure(self.core, self.flow.connection, error)
            return self.log.end("failed", error)
        finally:
            self.core.clients.flush()
        return self.log.end("ok")

    def _rows(self) -> Sequence[Any]:
        """Claimed under the database's lock by moving look_at, so that two workers do not settle one intent at once."""
        now = self.core.now()
        mine = and_(binding.c.connection_id == self.flow.at, binding.c.entity == self.flow.entity)
        joined = open_intents_with_bindings(intent)
        with self.core.db.write() as db:
            rows = db.execute(
                joined.where(mine, unsettled(now)).order_by(intent.c.opened_at, intent.c.id).limit(LIMIT)
            ).all()
            later = now + timedelta(seconds=max(CLAIM_S, self.flow.manifest.settle_s))
            claim = update(intent).where(intent.c.id.in_([r.id for r in rows]))
            db.execute(claim.values(state="unknown", look_at=later))
        return rows

    def _settle(self, row: Any) -> None:
        with self.core.db.read() as db:
            bound = db.execute(select(binding).where(binding.c.id == row.binding_id)).one()
            current = records_by_id(db, [bound.record_id])[bound.record_id]
        if row.state == "open" and not self._had_time(row):
            self._later(row, self.flow.manifest.settle_s, looks=row.looks)
            return
        if bound.state in TOMBSTONES and bound.external_id:  # merged or gone meanwhile: only a person lifts that
            self._end(row, "failed", due=False)
            self.log.add({"gone": 1})
            return
        natives = dict(row.sent["natives"])
        golden = {**current.data, **golden_of(row.sent)}
        sent = SimpleNamespace(**{**current._asdict(), "data": golden, "version": row.record_version})
        job = Job(bound, sent, row.operation, fields=frozenset(row.sent["fields"]), natives=natives)
        if bound.external_id:
            self._known(row, job)
        else:
            self._created(row, job)

    def _had_time(self, row: Any) -> bool:
        """A write of a dead worker may still land: it gets the settle time, counted from when it was written down."""
        return bool((self.core.now() - row.opened_at).total_seconds() >= self.flow.manifest.settle_s)

    def _known(self, row: Any, job: Job) -> None:
        """An update or a step: the record is read, and whatever is true now is decided; what is still missing is due again."""
        found = self.core.client(self.flow).read(self.flow.entity, [job.binding.external_id])
        if job.binding.external_id not in found:
            self._end(row, "failed", due=True)
            self.log.add({"gone": 1})
            return
        remote, _digest = digested(found[job.binding.external_id])
        if job.action == "update" and not self._arrived(job, remote):
            if row.looks + 1 < LOOKS:
                self._later(row, self.flow.manifest.settle_s, looks=row.looks + 1)
                return
            self._end(row, "failed", due=True)
            self.log.add({"not_written": 1})
            return
        kept = Job(
            job.binding,
            job.record,
            "step" if job.action == "step" else "update",
            fields=job.fields,
            natives=job.natives,
        )
        self.outcomes.commit([(kept, Written(remote.id, remote.number, remote.stage, remote.version, remote))])
        self._due_again(job)
        self.log.add({"found": 1})

    def _arrived(self, job: Job, remote: Remote) -> bool:
        """Whether the update is there: the remote shows what was sent, not merely something else than before."""
        return write_arrived(job, self._pulled(remote), self.flow.rules)

    def _pulled(self, remote: Remote) -> Pulled:
        with self.core.db.read() as db:
            read = Read(remote, "", self.flow.compiled.pull(remote.data))
            refs = resolve_refs(db, self.flow.at, set(read.refs()))
        return read.resolved(refs, self.flow.at)

    def _is_stranger(self, job: Job, remote: Remote) -> bool:
        return is_stranger(self.flow.entity, job.record.data, self._pulled(remote).values)

    def _refuse(self, row: Any, job: Job, other: Remote) -> None:
        """The vendor had the number already, and it is another record's: neither bound nor overwritten."""
        values = self._pulled(other).values
        whose = values.get("name") or values.get("number") or other.id
        error = DuplicateInSystem(
            f"编号 {job.binding.key} 在那里已属于“{whose}”：重试会换一个新编号",
            f"number {job.binding.key} belongs to “{whose}” there: a replay takes a new number",
            field="number",
            value=str(job.binding.key),
        )
        draft = rejected_item(self.flow, job, error)
        shown = replace(draft, data={**draft.data, "taken_by": other.id})
        with self.core.db.write() as db:
            open_item(db, shown, self.core.now())
        self._end(row, "failed", due=False)
        self.log.add({"rejected": 1})

    def _created(self, row: Any, job: Job) -> None:
        """A create: looked up by the hub's key, twice, after the settle time; found = bound, absent = created again."""
        write = Write(key=job.binding.key, data={}, number=job.binding.number)
        try:
            found = (
                [digested(remote)[0] for remote in self.core.client(self.flow).find(self.flow.entity, write)]
                if self.flow.manifest.key != "none"
                else []
            )
        except OutcomeUnknown:
            found = []
        if len(found) == 1 and row.sent.get("taken") and self._is_stranger(job, found[0]):
            self._refuse(row, job, found[0])
        elif len(found) == 1:
            remote = found[0]
            self.outcomes.commit([(job, Written(remote.id, remote.number, remote.stage, remote.version, remote))])
            self._due_again(job)
            self.log.add({"found": 1})
        elif found or self.flow.manifest.key == "none":
            self._ask(row, job)
        elif row.looks + 1 < LOOKS:
            self._later(row, self.flow.manifest.settle_s, looks=row.looks + 1)
        elif self._sees():
            self._end(row, "failed", due=True)
            self.log.add({"not_written": 1})
        else:
            self._ask(row, job)

    def _sees(self) -> bool:
        """Missing data rights look like absence: prove that something known to be there can be seen. With a vendor-unique number
        a repeated create cannot double, so nothing to look at is no obstacle there."""
        query = select(binding.c.external_id).where(
            binding.c.connection_id == self.flow.at,
            binding.c.entity == self.flow.entity,
            binding.c.state == "linked",
            binding.c.external_id != "",
        )
        with self.core.db.read() as db:
            known = db.scalar(query.order_by(binding.c.write_seq.desc(), binding.c.id.desc()).limit(1))
        if known is None:
            return self.flow.manifest.key == "number"
        return known in self.core.client(self.flow).read(self.flow.entity, [known])

    def _ask(self, row: Any, job: Job) -> None:
        """Nobody but a person can tell. The intent stays, so that nothing is written meanwhile."""
        error = OutcomeUnknown("没有收到答复", "no reply came")
        with self.core.db.write() as db:
            open_item(db, unknown_item(self.flow, job, error), self.core.now())
            far = self.core.now() + timedelta(days=36500)
            db.execute(update(intent).where(intent.c.id == row.id).values(state="unknown", look_at=far))
        self.log.add({"inbox": 1})

    def _later(self, row: Any, seconds: float, *, looks: int) -> None:
        look = self.core.now() + timedelta(seconds=max(seconds, 0.5))
        with self.core.db.write() as db:
            db.execute(update(intent).where(intent.c.id == row.id).values(state="unknown", look_at=look, looks=looks))
        self.log.add({"later": 1})

    def _end(self, row: Any, state: str, *, due: bool) -> None:
        with self.core.db.write() as db:
            db.execute(update(intent).where(intent.c.id == row.id).values(state=state))
            if due:
                mine = update(binding).where(binding.c.id == row.binding_id, MAY_BE_DUE)
                db.execute(mine.values(due_at=self.core.now()))

    def _due_again(self, job: Job) -> None:
        """The record may have changed since the write was made: the push decides whether anything is left to send. A lease stays
        with whoever holds it: a push may have taken the binding already."""
        with self.core.db.write() as db:
            mine = update(binding).where(binding.c.id == job.binding.id, MAY_BE_DUE)
            db.execute(mine.values(due_at=self.core.now()))
