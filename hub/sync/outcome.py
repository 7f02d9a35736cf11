"""Commit what became of written records: bindings, bases, intents, due marks and children, one transaction per reply."""

from collections.abc import Mapping, Sequence, Set
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from hub.connector.contract import Remote, Written
from hub.errors import HubError, RecordLocked, TryLater
from hub.mapping.results import Pulled
from hub.store.apply import apply_plan, open_item
from hub.store.bulk import one_of
from hub.store.core import binding, intent, record
from hub.store.leases import free_bindings, opened_with
from hub.store.lookup import (
    bindings_by_external,
    bindings_by_id,
    records_by_keys,
)
from hub.store.pageplan import Moved, PagePlan
from hub.store.partial import MAY_BE_DUE
from hub.store.sequence import next_clock
from hub.sync.children import resolve_children
from hub.sync.core import Core
from hub.sync.digest import digested
from hub.sync.drafts import rejected_item, waiting_key
from hub.sync.flowcontext import FlowContext, is_in_force
from hub.sync.judge import base_after_write
from hub.sync.merging import merge_records
from hub.sync.pagecontext import Back, PageContext, Read
from hub.sync.plan import plan_written
from hub.sync.pull import TRIES
from hub.sync.pushplan import REOPEN, Job
from hub.sync.standing import Good, Standing, known_refs

BACKOFF_S = (5, 30, 120, 600, 3600, 3600 * 6, 86400)


def _backoff(job: Job) -> int:
    """Seconds until the next try of a binding that has been tried `attempts` times."""
    return BACKOFF_S[min(max(1, job.binding.attempts), len(BACKOFF_S)) - 1]


class Outcomes:
    """Judgement of one reply (or of one look-up) of one flow."""

    def __init__(self, core: Core, flow: FlowContext, *, run_id: int, fence: int) -> None:
        self.core, self.flow, self.run_id, self.fence = core, flow, run_id, fence
        self.outdated = False

    def nothing_to_do(self, jobs: Sequence[Job]) -> None:
        if not jobs:
            return
        with self.core.db.write() as db:
            _clear_due(db, [(job.binding.id, job.record.version) for job in jobs])
            unused = [job.binding.id for job in jobs if job.binding.stage_wanted == REOPEN]
            wanted = {"stage_wanted": self.flow.flow.wanted_stage}
            db.execute(update(binding).where(binding.c.id.in_(unused)).values(**wanted))
            free_bindings(db, [job.binding.id for job in jobs], fence=self.fence, attempts=0)

    def commit(self, good: Good) -> dict[str, int]:
        """Record confirmed writes; what the vendor really stored is the second side of the base. Returns counts."""
        if not good:
            return {}
        stored, seq = self._stored(good)
        standing = Standing.leased(good) if self.fence else None
        for _ in range(TRIES):
            try:
                self._commit_once(good, stored, seq, standing)
                break
            except (Moved, IntegrityError):
                standing = None
        self.core.announce(self.flow, touched=True)
        counts: dict[str, int] = {}
        for job, _w in good:
            counts[f"{job.action}d" if job.action != "step" else "stepped"] = (
                counts.get(f"{job.action}d" if job.action != "step" else "stepped", 0) + 1
            )
        return counts

    def _commit_once(self, good: Good, stored: Mapping[str, Remote], seq: int, standing: Standing | None) -> None:
        """Decided outside, applied in one short transaction; `standing`: how everything was leased, when it is not to be looked up.
        Raises Moved, IntegrityError (a stranger was bound meanwhile)."""
        if standing is None:
            good = self._without_strangers(good)
        with self.core.db.read() as db:
            known = standing or Standing.of(db, good)
            mine = [(job, w) for job, w in good if known.is_ours(job, self.fence)]
            plan = self._plan(db, mine, stored, seq, known)
        now, ids = self.core.now(), [job.binding.id for job, _w in mine]
        with self.core.db.write() as db:
            if not self.outdated and not is_in_force(db, self.flow):
                self.outdated = True
                raise Moved
            self._clear(plan, known.still(db, mine, self.fence), mine)
            targets = [t for t in self.flow.targets if t.entity == self.flow.entity]
            apply_plan(db, plan, targets=targets, now=now, run_id=self.run_id, locked=True)
            resolve_children(db, plan, self.flow.targets, now=now, run_id=self.run_id)
            self._end_intents(db, ids)
            self._still_behind(db, [job for job, _w in mine])

    def _clear(self, plan: PagePlan, unmoved: Set[int], mine: Good) -> None:
        """The lease ends; not due any more, unless the record moved on since it was mapped."""
        over = {"lease_until": None, "lease_owner": ""} if self.fence else {}
        done = {job.binding.id for job, _w in mine if job.record.id in unmoved}
        for row in plan.bindings:
            row.update(over)
            if row["id"] in done:
                row["due_at"] = None

    def _without_strangers(self, good: Good) -> Good:
        with self.core.db.read() as db:
            strangers = bindings_by_external(db, self.flow.at, self.flow.entity, {w.id for _job, w in good if w.id})
        if not any(w.id in strangers and strangers[w.id].id != job.binding.id for job, w in good):
            return good
        with self.core.db.write() as db:
            return self._mine(db, good)

    def _mine(self, db: Connection, good: Good) -> list[tuple[Job, Written]]:
        """What is still for this worker to judge: not a binding that somebody leased since (the settle run looks its write up), nor
        a record whose new external id was read and bound as a stranger's meanwhile: the two are one, our own create says so."""
        fences = {row.id: row.fence for row in bindings_by_id(db, [job.binding.id for job, _w in good]).values()}
        mine = [(job, w) for job, w in good if not self.fence or fences.get(job.binding.id) == self.fence]
        strangers = bindings_by_external(db, self.flow.at, self.flow.entity, {w.id for _job, w in mine if w.id})
        ours = []
        for job, written in mine:
            other = strangers.get(written.id)
            if other is None or other.id == job.binding.id:
                ours.append((job, written))
                continue
            if other.record_id != job.record.id:
                self._one_record(db, job, other.record_id)
            self._end(db, [job])
        return ours

    def _one_record(self, db: Connection, job: Job, other: int) -> None:
        who, why = f"connection:{self.flow.connection.name}", "created there by the hub, and read before the reply came"
        now = self.core.now()
        merge_records(db, survivor=job.record.id, loser=other, who=who, why=why, now=now, connection_id=self.flow.at)

    def _stored(self, good: Good) -> tuple[dict[str, Remote], int]:
        """The records as stored: from the replies, else one batched read. Its number is taken before the read."""
        with self.core.db.write(durable=False) as db:
            seq = next_clock(db)
        found = {w.id: w.remote for _job, w in good if w.remote is not None}
        missing = [w.id for _job, w in good if w.remote is None and w.id]
        if missing:
            try:
                client = self.core.client(self.flow)
                size = max(1, self.flow.manifest.read_batch)
                for i in range(0, len(missing), size):
                    found.update(client.read(self.flow.entity, missing[i : i + size]))
            except HubError:
                return found, seq  # the write stands; what was stored is read by the next pull
        return found, seq

    def _plan(
        self,
        db: Connection,
        good: Good,
        stored: Mapping[str, Remote],
        seq: int,
        known: Standing,
    ) -> PagePlan:
        context = self._context(db, good, seq, known)
        backs, unread = [], PagePlan()
        for job, written in good:
            row, remote = known.bindings[job.binding.id], stored.get(written.id)
            read = None
            if remote is not None and not self.outdated:
                remote, digest = digested(remote)
                read = Read(remote, digest, self.flow.compiled.pull(remote.data))
            base = self._base(job, row, context.resolve(read) if read is not None else None)
            facts = self._facts(job, row, written, seq)
            if read is None:
                self._unread(unread, row, written, base, facts)
            else:
                backs.append(Back(known.records[job.record.id], row, base, read, facts))
        plan = plan_written(backs, context)
        if plan.keys:  # a read-back that changes who the record is: rare, so the keys are only looked up now
            keys = {(key["kind"], key["value"]) for rows in plan.keys.values() for key in rows}
            context.by_key = records_by_keys(db, self.flow.entity, keys)
            plan = plan_written(backs, context)
        plan.bindings.extend(unread.bindings)
        for job, _written in good:
            plan.woken.add(job.record.id)
            plan.closes.extend(
                [*_settled_keys(job.binding.id), waiting_key(self.flow.at, self.flow.entity, job.record.id)]
            )
        return plan

    def _base(self, job: Job, row: Any, back: Pulled | None) -> dict[str, Any]:
        if (
            job.action == "step" or self.outdated
        ):  # what another mapping version sent agrees about nothing: it is read anew
            return dict(row.base)
        return base_after_write(
            row.base,
            job.record.data,
            fields=job.fields,
            natives=job.natives,
            back=back,
            rules=self.flow.rules,
            held=job.binding.held,
        )

    def _facts(self, job: Job, row: Any, written: Written, seq: int) -> dict[str, Any]:
        facts = {
            "external_id": written.id or row.external_id,
            "number": written.number or row.number,
            "state": "linked",
            "write_seq": seq,
            "pushed_version": job.record.version,
            "attempts": 0,
            "missing": 0,
        }
        if job.action == "update" and row.stage_wanted == REOPEN:  # changed as decided: on to the flow's stage again
            facts["stage_wanted"] = self.flow.flow.wanted_stage
        return facts

    def _context(self, db: Connection, good: Good, seq: int, known: Standing) -> PageContext:
        flow = self.flow
        return PageContext(
            at=flow.at,
            at_name=flow.connection.name,
            entity=flow.entity,
            read_seq=seq,
            rules=flow.rules,
            now=self.core.now(),
            bindings=known.bindings,
            records=known.records,
            refs=known_refs(db, flow.at, good),
            targets=(),
            event_kinds=frozenset(),
            why="written by the hub",
            who=f"connection:{flow.connection.name}",
            run=self.run_id,
        )

    def _unread(
        self, plan: PagePlan, row: Any, written: Written, base: dict[str, Any], facts: Mapping[str, Any]
    ) -> None:
        """Confirmed, but not read back: the next read of it is taken whatever its hash says."""
        change = {"id": row.id, "from_version": row.version, "base": base, "native_hash": "", "reread": True, **facts}
        if written.stage:
            change["stage_seen"] = written.stage
        if written.version:
            change["vendor_version"] = written.version
        plan.bindings.append(change)

    def _end(self, db: Connection, jobs: Sequence[Job]) -> None:
        ids = [job.binding.id for job in jobs]
        self._end_intents(db, ids)
        free_bindings(db, ids, fence=self.fence)
        self._still_behind(db, jobs)

    def _end_intents(self, db: Connection, ids: Sequence[int]) -> None:
        open_now = (one_of(db, intent.c.binding_id, ids), intent.c.state.in_(("open", "unknown")))
        db.execute(update(intent).where(*open_now).values(state="done", sent={}))

    def _still_behind(self, db: Connection, jobs: Sequence[Job]) -> None:
        """Documents that have stages to go are due again at once: the next round takes the next step. One that a step left where it
        was is tried less and less often, and ends in the inbox like any other failure."""
        if not self.flow.manifest.stages:
            return
        ids = [job.binding.id for job in jobs]
        query = select(binding.c.id, binding.c.stage_seen).where(
            one_of(db, binding.c.id, ids),
            MAY_BE_DUE,
            binding.c.stage_wanted != "",
            binding.c.stage_seen != binding.c.stage_wanted,
        )
        behind = {row.id: row.stage_seen for row in db.execute(query)}
        stuck = [j for j in jobs if j.action == "step" and behind.get(j.binding.id) == j.binding.stage_seen]
        moving = behind.keys() - {job.binding.id for job in stuck}
        if moving:
            db.execute(update(binding).where(binding.c.id.in_(moving)).values(due_at=self.core.now()))
        for job in stuck:
            later = self.core.now() + timedelta(seconds=_backoff(job))
            mine = update(binding).where(binding.c.id == job.binding.id)
            db.execute(mine.values(due_at=later, attempts=job.binding.attempts))

    # --- failures of one record ---

    def later(self, job: Job, error: TryLater) -> None:
        wait = max(error.after, _backoff(job))
        moved = {"reread": True} if self.flow.manifest.conditional_writes and isinstance(error, RecordLocked) else {}
        self._close_intent(job, due_at=self.core.now() + timedelta(seconds=wait), **moved)

    def rejected(self, job: Job, error: HubError) -> None:
        with self.core.db.write() as db:
            open_item(db, rejected_item(self.flow, job, error), self.core.now())
        self._close_intent(job, due_at=None)

    def gone(self, job: Job, error: HubError) -> None:
        """The vendor says that it is not there: the sweep confirms by id before anything is believed."""
        later = self.core.now() + timedelta(seconds=self.flow.manifest.settle_s + 30)
        self._close_intent(job, due_at=later, reread=True, missing=binding.c.missing + 1)

    def look_up(self, job: Job, error: HubError) -> None:
        """ "Number exists": read and compare before anything else; the settle run does it at once."""
        mine = opened_with(self.fence, [job.binding.id])
        with self.core.db.write() as db:
            sent = dict(db.scalar(select(intent.c.sent).where(*mine)) or {})
            statement = update(intent).where(*mine)
            db.execute(statement.values(state="unknown", look_at=self.core.now(), sent=sent | {"taken": True}))
            free_bindings(db, [job.binding.id], fence=self.fence, due_at=None)

    def _close_intent(self, job: Job, **values: Any) -> None:
        with self.core.db.write() as db:
            db.execute(update(intent).where(*opened_with(self.fence, [job.binding.id])).values(state="failed"))
            free_bindings(db, [job.binding.id], fence=self.fence, **values)


def _settled_keys(binding_id: int) -> list[str]:
    return [f"{kind}:{binding_id}" for kind in ("rejected", "unknown", "stage", "giveup")]


def _clear_due(db: Connection, done: Sequence[tuple[int, int]]) -> None:
    """Not due any more, unless the record moved on since it was mapped."""
    if not done:
        return
    version = select(record.c.version).where(record.c.id == binding.c.record_id).scalar_subquery()
    statement = update(binding).where(binding.c.id == bindparam("b_id"), version == bindparam("b_version"))
    db.execute(statement.values(due_at=None), [{"b_id": i, "b_version": v} for i, v in done])
