"""Push: lease due bindings, read where needed, decide again, write intents, call, judge outcomes per record."""

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from hub.connector.contract import Write, WriteOutcome, Written
from hub.errors import DuplicateInSystem, HubError, OutcomeUnknown, RecordGone, RecordRejected, SetupError, TryLater
from hub.store.apply import open_item
from hub.store.bulk import insert_rows, one_of
from hub.store.core import binding, intent
from hub.store.leases import free_bindings, lease_due, leased_with, opened_with
from hub.store.lookup import doubted_records, open_intents, records_by_id, targets_of_refs
from hub.store.marks import read_lately
from hub.sync.core import Core, RunLog, as_configured, must_read_first, note_failure, note_success
from hub.sync.drafts import giveup_item, rejected_item, stage_item, unknown_item
from hub.sync.flowcontext import FlowContext
from hub.sync.gate import hold_back
from hub.sync.golden import refs_to
from hub.sync.intents import intent_row
from hub.sync.outcome import Outcomes
from hub.sync.pull import Reader
from hub.sync.pushplan import Job, Parents, plan_push
from hub.sync.replies import Replies
from hub.sync.tasks import RunReport
from hub.sync.waits import wait_for_parent

LEASE_MARGIN_S = 30.0
BATCHES_PER_LEASE = 4
LEASED_AT_ONCE = 800
ROUNDS = 200


class PushRun:
    """One drain of one flow's due bindings. Any number may run at once: each binding is leased to one of them."""

    def __init__(self, core: Core, flow: FlowContext, *, trigger: str) -> None:
        self.core, self.flow, self.trigger = core, flow, trigger
        self.log: RunLog | None = None
        self.error: HubError | None = None
        manifest = flow.manifest
        self.parallel = int(flow.connection.options.get("parallel", flow.connector.manifest.parallel))
        once = max(manifest.create_batch, manifest.update_batch, 10) * max(1, self.parallel)
        self.batch = min(once * BATCHES_PER_LEASE, max(once, LEASED_AT_ONCE))
        self._judging, self._replies = threading.Lock(), Replies(core.now)
        self.timeout = float(flow.connection.options.get("timeout_s", 60))

    def run(self) -> RunReport:
        if not self.flow.released or not self.flow.flow.push or must_read_first(self.flow.flow):
            return RunReport(None, "idle")
        for number in range(ROUNDS):
            leased = self._lease() if not number or as_configured(self.core, self.flow) else []
            if not leased:
                break
            self._drain(leased)
            if self.error is not None:
                break
        self.core.clients.flush()
        if self.log is None:
            return RunReport(None, "idle")
        return self.log.end("failed" if self.error else "ok", self.error)

    def _lease(self) -> Sequence[Any]:
        now = self.core.now()
        until = now + timedelta(seconds=2 * self.timeout + LEASE_MARGIN_S)
        flow = self.flow
        with self.core.db.write(durable=False) as db:
            return lease_due(
                db, at=flow.at, entity=flow.entity, worker=self.core.worker, now=now, until=until, limit=self.batch
            )

    def _drain(self, leased: Sequence[Any]) -> None:
        if self.log is None:
            self.log = RunLog(self.core, self.flow, "push", trigger=self.trigger)
        self.log.add({"leased": len(leased)})
        self.fence = int(leased[0].fence)
        self.until = leased[0].lease_until
        try:
            jobs = self._jobs(self._looked_at(leased))
            self._settle_quiet(jobs)
            self._call_all(jobs)
        except HubError as error:  # a read before the write, or opening the client: nothing was sent
            self._stop(error)
        self._give_back([row.id for row in leased] if self.error else [])

    # --- deciding ---

    def _looked_at(self, leased: Sequence[Any]) -> Sequence[Any]:
        """Bindings ready to be decided: those with an open intent are looked up first (settle), stale ones are read."""
        with self.core.db.read() as db:
            intents = open_intents(db, [row.id for row in leased])
        if intents:
            now = self.core.now()
            with self.core.db.write() as db:
                free_bindings(db, list(intents), fence=self.fence, due_at=None)
                soon = update(intent).where(
                    intent.c.id.in_([i.id for i in intents.values()]), intent.c.look_at.is_(None)
                )
                db.execute(soon.values(state="unknown", look_at=now))
        ready = [row for row in leased if row.id not in intents]
        stale = [row for row in ready if self._needs_read(row)]
        if stale:
            with self.core.db.read() as db:
                stale = [row for row in read_lately(db, stale) if self._needs_read(row)]
        if not stale:
            return ready
        return self._reread(ready, stale)

    def _needs_read(self, row: Any) -> bool:
        if not row.external_id:
            return False
        if row.reread or row.read_at is None:
            return True
        if self.flow.manifest.conditional_writes:
            return False  # what moved since is refused by the vendor, and read then
        if row.held:
            return True
        age = (self.core.now() - row.read_at).total_seconds()
        return bool(age >= self.flow.flow.freshness_s)

    def _reread(self, ready: Sequence[Any], stale: Sequence[Any]) -> Sequence[Any]:
        """One batched read of what may have moved; its rows go the way of any read."""
        assert self.log is not None
        client = self.core.client(self.flow)
        reader = Reader(self.core, self.flow, run_id=self.log.id, why="read before write")
        missing: set[int] = set()
        for part in _parts(stale, self.flow.manifest.read_batch):
            seq = self.core.clock()
            found = client.read(self.flow.entity, [row.external_id for row in part])
            reader.land(list(found.values()), seq)
            missing |= {row.id for row in part if row.external_id not in found}
        self._absent([row for row in stale if row.id in missing])
        with self.core.db.read() as db:
            rows = db.execute(binding.select().where(one_of(db, binding.c.id, [r.id for r in ready]))).all()
        return [row for row in rows if row.id not in missing and row.fence == self.fence]

    def _absent(self, rows: Sequence[Any]) -> None:
        """Not found by id: noted, never written to, and read once more by id, which is what confirms that it is gone."""
        if not rows:
            return
        due, seen = self.core.now() + timedelta(seconds=self.flow.manifest.settle_s + 30), binding.c.missing + 1
        with self.core.db.write() as db:
            free_bindings(db, [r.id for r in rows], fence=self.fence, missing=seen, reread=True, due_at=due)

    def _jobs(self, rows: Sequence[Any]) -> list[Job]:
        with self.core.db.read() as db:
            records = records_by_id(db, [row.record_id for row in rows])
            wanted = {i for row in records.values() for i in refs_to(row.data)}
            parents = Parents(targets_of_refs(db, self.flow.at, wanted), self.flow.connector.manifest)
            doubted = doubted_records(db, self.flow.entity) if any(row.state == "wanted" for row in rows) else set()
        flow = self.flow
        held = [row for row in rows if row.state == "wanted" and row.record_id in doubted]
        rows = [row for row in rows if row not in held]
        planned = [
            plan_push(
                row,
                records[row.record_id],
                compiled=flow.compiled,
                rules=flow.rules,
                manifest=flow.manifest,
                parents=parents,
            )
            for row in rows
        ]
        return [Job(row, records[row.record_id], "hold") for row in held] + hold_back(self.core, flow, planned)

    # --- what needs no call ---

    def _settle_quiet(self, jobs: Sequence[Job]) -> None:
        assert self.log is not None
        done = [job for job in jobs if job.action in ("nothing", "hold")]
        outcomes = Outcomes(self.core, self.flow, run_id=self.log.id, fence=self.fence)
        outcomes.nothing_to_do(done)
        self.log.add({"unchanged": len(done)})
        for job in jobs:
            if job.action == "wait":
                self._wait(job)
            elif job.action == "reject":
                self._put_in_inbox(job, rejected_item(self.flow, job, None))
            elif job.action == "giveup":
                self._put_in_inbox(job, giveup_item(self.flow, job))
            elif job.action == "stage_conflict":
                self._put_in_inbox(job, stage_item(self.flow, job))

    def _wait(self, job: Job) -> None:
        assert self.log is not None
        self.log.add({"waiting": 1})
        wait_for_parent(self.core, self.flow, job, fence=self.fence)

    def _put_in_inbox(self, job: Job, draft: Any) -> None:
        assert self.log is not None
        self.log.add({"inbox": 1})
        with self.core.db.write() as db:
            open_item(db, draft, self.core.now())
            free_bindings(db, [job.binding.id], fence=self.fence, due_at=None)

    # --- calls ---

    def _call_all(self, jobs: Sequence[Job]) -> None:
        client, entity, manifest = self.core.client(self.flow), self.flow.entity, self.flow.manifest
        jobs = self._open_intents([job for job in jobs if job.action in ("create", "update", "step")])
        work: list[tuple[Callable[[Sequence[Job]], None], Sequence[Job]]] = []
        creates = [job for job in jobs if job.action == "create"]
        updates = [job for job in jobs if job.action == "update"]
        for part in _parts(creates, manifest.create_batch):
            work.append((lambda p: self._write(p, client.create, entity), part))
        for part in _parts(updates, manifest.update_batch):
            work.append((lambda p: self._write(p, client.update, entity), part))
        for step in {job.step for job in jobs if job.action == "step"}:
            for part in _parts([j for j in jobs if j.step == step], max(manifest.update_batch, manifest.create_batch)):
                work.append((lambda p, s=step: self._step(p, s), part))  # type: ignore[misc]
        if not work:
            return
        with ThreadPoolExecutor(max(1, self.parallel), thread_name_prefix="push") as pool:
            for future in [pool.submit(copy_context().run, self._one_call, call, part) for call, part in work]:
                future.result()

    def _one_call(self, call: Callable[[Sequence[Job]], None], part: Sequence[Job]) -> None:
        with self._replies.under_way() as over:
            call(part)
        if over.judge_now:
            self._judge_waiting()

    def _open_intents(self, jobs: Sequence[Job]) -> list[Job]:
        """Written down before the first call of the batch: after a crash this says what may have happened. Returns the jobs that
        may be called: their lease is still ours, no other write of theirs is open, and nobody moved the binding since the plan
        (a read that found a conflict, a merge, a new mapping). What moved stays due and is planned anew."""
        now = self.core.now()
        with self.core.db.write() as db:
            held = leased_with(db, [job.binding.id for job in jobs], self.fence)
            moved = [
                job.binding.id for job in jobs if held.get(job.binding.id, job.binding.version) != job.binding.version
            ]
            free_bindings(db, moved, fence=self.fence, attempts=binding.c.attempts - 1)
            free = held.keys() - {*moved, *open_intents(db, list(held))}
            mine = [job for job in jobs if job.binding.id in free]
            rows = [intent_row(job, now=now, wanted_stage=self.flow.flow.wanted_stage) for job in mine]
            own = {"fence": self.fence, "run_id": self.log.id if self.log else None}
            insert_rows(db, intent, [{**row, **own} for row in rows])
        return mine

    def _write(
        self, jobs: Sequence[Job], call: Callable[[str, Sequence[Write]], Sequence[WriteOutcome]], entity: str
    ) -> None:
        """One call for a part of the batch. A call that was refused as a whole is cut in two until the bad row fails alone."""
        if not self._time_left() or self.error is not None:
            self._not_sent(jobs)
            return
        writes = [job.write for job in jobs if job.write is not None]
        try:
            results = call(entity, writes)
        except OutcomeUnknown as error:
            self._unknown(jobs, error)
        except (RecordRejected, RecordGone) as error:
            if len(jobs) == 1:
                self._judge(jobs, [error])
                return
            middle = len(jobs) // 2
            self._write(jobs[:middle], call, entity)
            self._write(jobs[middle:], call, entity)
        except HubError as error:
            self._refused_call(jobs, error)
        else:
            self._judge(jobs, results)

    def _step(self, jobs: Sequence[Job], step: str) -> None:
        if not self._time_left() or self.error is not None:
            self._not_sent(jobs)
            return
        try:
            results = self.core.client(self.flow).step(
                self.flow.entity, step, [job.binding.external_id for job in jobs]
            )
        except OutcomeUnknown as error:
            self._unknown(jobs, error)
        except RecordRejected as error:
            if len(jobs) == 1:
                self._judge(jobs, [error])
                return
            middle = len(jobs) // 2
            self._step(jobs[:middle], step)
            self._step(jobs[middle:], step)
        except HubError as error:
            self._refused_call(jobs, error)
        else:
            self._judge(jobs, results)

    def _time_left(self) -> bool:
        """A call starts only if its whole deadline fits into what is left of the lease."""
        return bool((self.until - self.core.now()).total_seconds() >= self.timeout)

    def _refused_call(self, jobs: Sequence[Job], error: HubError) -> None:
        """The whole call failed without effect: a record's trouble is judged per record, the connection's stops the run."""
        if isinstance(error, TryLater) and error.scope == "record":
            self._judge(jobs, [error] * len(jobs))
            return
        self._not_sent(jobs)
        self._stop(error)

    def _not_sent(self, jobs: Sequence[Job]) -> None:
        """Nothing happened: the intents close, the attempts are given back."""
        ids = [job.binding.id for job in jobs]
        with self.core.db.write() as db:
            db.execute(update(intent).where(*opened_with(self.fence, ids)).values(state="failed"))
            free_bindings(db, ids, fence=self.fence, attempts=binding.c.attempts - 1)

    def _stop(self, error: HubError) -> None:
        self.error = self.error or error
        note_failure(self.core, self.flow.connection, error)

    def _give_back(self, ids: Sequence[int]) -> None:
        """What is still leased after a stop was not tried: its attempts are given back (those of others were, or they count)."""
        if ids:
            with self.core.db.write() as db:
                query = select(binding.c.id).where(binding.c.id.in_(ids), binding.c.lease_until.is_not(None))
                free_bindings(db, list(db.scalars(query)), fence=self.fence, attempts=binding.c.attempts - 1)

    # --- judging ---

    def _unknown(self, jobs: Sequence[Job], error: OutcomeUnknown) -> None:
        """No trustworthy reply. The intents stay open and are looked up after the settle time; nothing is repeated blindly."""
        assert self.log is not None
        self.log.add({"unknown": len(jobs)})
        look = self.core.now() + timedelta(seconds=self.flow.manifest.settle_s)
        ids = [job.binding.id for job in jobs]
        with self.core.db.write() as db:
            open_now = update(intent).where(*opened_with(self.fence, ids))
            db.execute(open_now.values(state="unknown", look_at=look))
            free_bindings(db, ids, fence=self.fence, due_at=None)
            if self.flow.manifest.key == "none":
                for job in jobs:
                    if job.action == "create":
                        open_item(db, unknown_item(self.flow, job, error), self.core.now())

    def _judge(self, jobs: Sequence[Job], results: Sequence[WriteOutcome]) -> None:
        """One thread judges at a time, and takes along what came in meanwhile: replies that come fast share a commit."""
        self._replies.add(jobs, results)

    def _judge_waiting(self) -> None:
        with self._judging:
            jobs, results = self._replies.take()
            if jobs:
                self._judge_all(jobs, results)

    def _judge_all(self, jobs: Sequence[Job], results: Sequence[WriteOutcome]) -> None:
        assert self.log is not None
        outcomes = Outcomes(self.core, self.flow, run_id=self.log.id, fence=self.fence)
        good = [(job, r) for job, r in zip(jobs, results, strict=True) if isinstance(r, Written)]
        self.log.add(outcomes.commit(good))
        failed = [(job, r) for job, r in zip(jobs, results, strict=True) if isinstance(r, HubError)]
        ours = self._still_leased([job for job, _r in failed])
        for job, result in failed:
            if job.binding.id in ours:
                self._failed(job, result, outcomes)
        if good:
            with self.core.db.write(durable=False) as db:
                note_success(db, self.flow.connection)

    def _still_leased(self, jobs: Sequence[Job]) -> Collection[int]:
        """Bindings whose lease ran out meanwhile are somebody else's to judge: the settle run looks their writes up."""
        if not jobs:
            return ()
        with self.core.db.read() as db:
            return leased_with(db, [job.binding.id for job in jobs], self.fence)

    def _failed(self, job: Job, error: HubError, outcomes: Outcomes) -> None:
        assert self.log is not None
        if isinstance(error, OutcomeUnknown):
            self._unknown([job], error)
        elif isinstance(error, SetupError) or (isinstance(error, TryLater) and error.scope == "connection"):
            self._not_sent([job])
            self._stop(error)
        elif isinstance(error, TryLater):
            outcomes.later(job, error)
            self.log.add({"later": 1})
        elif isinstance(error, DuplicateInSystem) and job.action == "create":
            outcomes.look_up(job, error)
            self.log.add({"looked_up": 1})
        elif (
            isinstance(error, RecordGone) and job.action != "create"
        ):  # what is not there yet cannot be gone: a value of it is
            outcomes.gone(job, error)
            self.log.add({"gone": 1})
        else:
            outcomes.rejected(job, error)
            self.log.add({"rejected": 1})


def _parts(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    size = max(1, size)
    return (rows[i : i + size] for i in range(0, len(rows), size))
