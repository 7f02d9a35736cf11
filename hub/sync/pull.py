"""Pull: page after page, each decided outside and applied inside one short transaction together with its checkpoint."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from hub.connector.contract import Page, Remote
from hub.errors import HubError
from hub.store.apply import apply_plan, upsert
from hub.store.core import binding, checkpoint, flow
from hub.store.leases import keep_flow
from hub.store.lookup import (
    bindings_by_external,
    bindings_by_id,
    bindings_of_records,
    lock_identity,
    open_intents,
    records_by_id,
    records_by_keys,
    resolve_refs,
    unproven_creates,
    wanted_by_key,
)
from hub.store.marks import with_marks
from hub.store.pageplan import Moved, PagePlan
from hub.sync.children import resolve_children, resolve_late
from hub.sync.core import Core, RunLog, note_failure, note_success
from hub.sync.digest import digested
from hub.sync.flowcontext import FlowContext, is_in_force
from hub.sync.identity import Candidate, identity_keys
from hub.sync.pagecontext import PageContext, Read
from hub.sync.plan import plan_page
from hub.sync.tasks import RunReport

FLOW_LEASE_S = 90.0
TRIES = 12
PLENTY = 5
"""A full pull that finds nothing although at least this many records are linked is not believed."""


class Owners(NamedTuple):
    """Identity keys (kind, value) of a page, and which records carried some of them when the page was decided."""

    keys: set[tuple[str, str]]
    were: dict[tuple[str, str], frozenset[int]]


REMEMBERED = 5_000
"""Rows of a run kept to notice repeats: overlapping and shifting pages repeat what is near."""


class LeaseLost(Exception):  # noqa: N818 - control flow inside one run
    """Raised when another worker took the flow over; this run ends without a trace of its current page."""


def _as_known(known: Any, digest: str) -> bool:
    """Nothing new to decide. A binding with an open conflict is decided at every read: golden may have moved to what is there."""
    return bool(known.native_hash == digest and not known.reread and not known.held)


class Reader:
    """Turns rows of one flow into applied plans; used by pulls, re-reads and pushes (which read before they write)."""

    def __init__(self, core: Core, flow: FlowContext, *, run_id: int, why: str, fence: int | None = None) -> None:
        self.core, self.flow, self.run_id, self.why, self.fence = core, flow, run_id, why, fence

    def land(
        self,
        rows: Sequence[Remote],
        seq: int,
        *,
        also: Callable[[Connection, PagePlan], None] | None = None,
        dry: bool = False,
        hashes: Sequence[str] | None = None,
    ) -> PagePlan:
        """Decide and apply one page that was read with number `seq`. `also` joins the same transaction (checkpoint, intents);
        `hashes` of the rows, where they are known. Rows that moved meanwhile are decided again, by the mapping that is in force
        then. Raises LeaseLost."""
        if hashes is None:
            kept = [digested(remote) for remote in rows]
            rows, hashes = [remote for remote, _hash in kept], [digest for _remote, digest in kept]
        last: Exception | None = None
        for _ in range(TRIES):
            plan, owners = self._decide(rows, hashes, seq)
            if dry:
                return plan
            try:
                self._apply(plan, owners, also)
                return plan
            except (Moved, IntegrityError) as error:
                last = error
                self.flow = self.core.flow(self.flow.flow.id)  # people may have moved the configuration, too
        raise RuntimeError(f"page of {self.flow.connection.name}/{self.flow.entity} kept moving") from last

    def _decide(self, rows: Sequence[Remote], hashes: Sequence[str], seq: int) -> tuple[PagePlan, Owners]:
        at, entity = self.flow.at, self.flow.entity
        with self.core.db.read() as db:
            brief = bindings_by_external(db, at, entity, {remote.id for remote in rows})
            intents = open_intents(db, [b.id for b in brief.values()])
            reads = [self._read(remote, digest, brief, intents) for remote, digest in zip(rows, hashes, strict=True)]
            context = self._context(db, reads, seq, brief)
            context.intents = {**intents, **open_intents(db, [b.id for b in self._waiting(context)])}
        news = sum(1 for read in reads if read.pulled is not None)
        self.core.record_ids.reserve(news + 1)
        self.core.binding_ids.reserve(news * (1 + len(self.flow.targets)) + 1)
        keys = self._keys_of(reads) if news else set()
        owners = Owners(keys, {key: frozenset(ids) for key in keys if (ids := context.by_key.get(key))})
        return plan_page(reads, context), owners

    def _waiting(self, context: PageContext) -> list[Any]:
        return [*context.wanted_by_key.values(), *context.wanted_by_record.values()]

    def _read(self, remote: Remote, digest: str, brief: Any, intents: Any) -> Read:
        known = brief.get(remote.id)
        if known is not None and _as_known(known, digest) and known.id not in intents:
            return Read(remote, digest)
        if known is None and not self.flow.compiled.in_scope(remote.data):
            return Read(remote, digest)
        return Read(remote, digest, self.flow.compiled.pull(remote.data))

    def _context(self, db: Connection, reads: Sequence[Read], seq: int, brief: Any) -> PageContext:
        flow, core = self.flow, self.core
        live = [read for read in reads if read.pulled is not None]
        known = with_marks(db, {r.remote.id: brief[r.remote.id] for r in live if r.remote.id in brief})
        bound = bindings_by_id(db, [row.id for row in known.values()])
        refs = resolve_refs(db, flow.at, {ref for read in live for ref in read.refs()})
        context = PageContext(
            at=flow.at,
            at_name=flow.connection.name,
            entity=flow.entity,
            read_seq=seq,
            rules=flow.rules,
            now=core.now(),
            brief={**brief, **known},
            bindings=bound,
            refs=refs,
            targets=[t for t in flow.targets if t.entity == flow.entity],
            record_ids=core.record_ids,
            binding_ids=core.binding_ids,
            event_kinds=flow.event_kinds if flow.flow.first_pull_at is not None else frozenset(),
            why=self.why,
            who=f"connection:{flow.connection.name}",
            key_is_number=flow.manifest.key == "number",
            run=self.run_id,
        )
        context.by_key = records_by_keys(db, flow.entity, self._keys_of(live))
        fresh = [read for read in live if read.remote.id not in brief]
        if flow.manifest.key == "none" or (fresh and context.key_is_number):
            context.unproven = unproven_creates(db, flow.at, flow.entity)
        numbers = {read.remote.key or read.remote.number for read in fresh} - {""}
        context.wanted_by_key = wanted_by_key(db, flow.at, flow.entity, numbers)
        self._candidates(db, context, bound)
        golden = [context.records[b.record_id].data for b in bound.values()]
        own = {(key.kind, key.value) for data in golden for key in identity_keys(flow.entity, data)}
        context.by_key |= records_by_keys(db, flow.entity, own - set(context.by_key))
        return context

    def _keys_of(self, reads: Sequence[Read]) -> set[tuple[str, str]]:
        values = [read.pulled.values for read in reads if read.pulled is not None]
        return {(key.kind, key.value) for some in values for key in identity_keys(self.flow.entity, some)}

    def _candidates(self, db: Connection, context: PageContext, bound: Any) -> None:
        ids = {i for owners in context.by_key.values() for i in owners}
        ids |= {b.record_id for b in bound.values()} | {b.record_id for b in context.wanted_by_key.values()}
        context.records = records_by_id(db, ids)
        here = {b.record_id: b for b in bound.values() if b.role == "primary"}
        here |= {b.record_id: b for b in bindings_of_records(db, self.flow.at, ids - here.keys())}
        context.wanted_by_record = {i: b for i, b in here.items() if b.state == "wanted" and b.external_id == ""}
        context.candidates = {
            i: Candidate(i, row.data, bound=i in here and i not in context.wanted_by_record)
            for i, row in context.records.items()
            if row.state in ("live", "doubtful", "disabled")
        }

    def _apply(self, plan: PagePlan, owners: Owners, also: Callable[[Connection, PagePlan], None] | None) -> None:
        now, flow = self.core.now(), self.flow
        with self.core.db.write(durable=False) as db:
            if self.fence is not None and not keep_flow(
                db, flow.flow.id, fence=self.fence, now=now, seconds=FLOW_LEASE_S
            ):
                raise LeaseLost
            if not is_in_force(db, flow):
                raise Moved
            if plan.new_records:
                lock_identity(db, flow.entity)
                if records_by_keys(db, flow.entity, owners.keys) != owners.were:
                    raise Moved  # somebody created the same newcomer meanwhile
            apply_plan(
                db, plan, targets=[t for t in flow.targets if t.entity == flow.entity], now=now, run_id=self.run_id
            )
            resolve_children(db, plan, flow.targets, now=now, run_id=self.run_id)
            if also is not None:
                also(db, plan)
        self.core.announce(flow, bool(plan.touched or plan.woken))


class PullRun:
    """One pull of one flow under its lease."""

    def __init__(self, core: Core, flow: FlowContext, *, full: bool, trigger: str, dry: bool) -> None:
        self.core, self.flow, self.trigger, self.dry = core, flow, trigger, dry
        self.saved = self._checkpoint()
        self.full = full or self.saved is None
        self.seen: dict[str, str] = {}
        self.hold = False

    def _checkpoint(self) -> dict[str, Any] | None:
        query = select(checkpoint.c.data).where(checkpoint.c.flow_id == self.flow.flow.id, checkpoint.c.kind == "pull")
        with self.core.db.read() as db:
            return db.scalar(query)

    def run(self) -> RunReport:
        how = {"trigger": self.trigger, "full": self.full, "dry": self.dry}
        log = RunLog.holding(self.core, self.flow, "pull", seconds=FLOW_LEASE_S, **how)
        if log is None:
            return RunReport(None, "busy")
        self.log, self.fence = log, log.fence
        try:
            self._pages()
            return self._finish()
        except HubError as error:
            note_failure(self.core, self.flow.connection, error)
            return self.log.end("failed", error)
        except LeaseLost:
            return self.log.end("failed")
        finally:
            self.core.clients.flush()

    def _pages(self) -> None:
        reader = Reader(self.core, self.flow, run_id=self.log.id, why="pull", fence=self.fence)
        client = self.core.client(self.flow)
        start = None if self.full else self.saved
        self.first_seq = 0
        for seq, page in ahead(self.log.next_seq, client.pull(self.flow.entity, start, full=self.full)):
            self.first_seq = self.first_seq or seq
            rows, hashes, again = self._new_rows(page)
            if again and not self.dry:  # said already in this run, and counted then; but the hub may have written since
                reader.land(again, seq)
            plan = reader.land(rows, seq, also=partial(self._save, page), dry=self.dry, hashes=hashes)
            self.hold |= plan.hold_checkpoint
            self.log.add({**plan.counts, "fetched": len(rows)})

    def _new_rows(self, page: Page) -> tuple[list[Remote], list[str], list[Remote]]:
        """Rows not seen in this run in the same shape, their hashes, and the others: overlapping and shifting pages repeat rows."""
        fresh, hashes, again = [], [], []
        for remote, digest in map(digested, page.rows):
            if self.seen.get(remote.id) == digest:
                self.log.add({"repeated": 1, "fetched": 1})
                again.append(remote)
            else:
                self.seen[remote.id] = digest
                fresh.append(remote)
                hashes.append(digest)
        for old in list(self.seen)[: max(0, len(self.seen) - REMEMBERED)]:
            del self.seen[old]
        return fresh, hashes, again

    def _save(self, page: Page, db: Connection, plan: PagePlan) -> None:
        """The checkpoint lands with the page it belongs to (I11), and never past a row that was put off without a trace."""
        if page.checkpoint is None or self.hold or plan.hold_checkpoint:
            return
        row = {
            "flow_id": self.flow.flow.id,
            "kind": "pull",
            "data": dict(page.checkpoint),
            "updated_at": self.core.now(),
        }
        statement = upsert(db, checkpoint).values(**row)
        keep = {"data": statement.excluded.data, "updated_at": statement.excluded.updated_at}
        db.execute(statement.on_conflict_do_update(index_elements=["flow_id", "kind"], set_=keep))

    def _finish(self) -> RunReport:
        if not balanced(self.log.counts) or self._suspiciously_empty():
            self._drop_checkpoint_of_nothing()
            return self.log.end("unbalanced")
        if self.dry:
            return self.log.end("ok")
        resolve_late(self.core, self.flow, self.log.id)
        return self.log.end("ok", also=self._note_pulled)

    def _note_pulled(self, db: Connection) -> None:
        now = self.core.now()
        values: dict[str, Any] = {"pulled_at": now}
        if self.flow.flow.first_pull_at is None:  # in one go, or resumed where an earlier one was cut short
            values["first_pull_at"] = now
        db.execute(update(flow).where(flow.c.id == self.flow.flow.id).values(**values))
        note_success(db, self.flow.connection)

    def _suspiciously_empty(self) -> bool:
        if not self.full or self.log.counts.get("fetched", 0):
            return False
        query = select(func.count()).where(
            binding.c.connection_id == self.flow.at, binding.c.entity == self.flow.entity, binding.c.state == "linked"
        )
        with self.core.db.read() as db:
            return int(db.scalar(query) or 0) >= PLENTY

    def _drop_checkpoint_of_nothing(self) -> None:
        """An unbalanced run moves no checkpoint: what it had saved goes back to where it started."""
        if self.dry:
            return
        mine = (checkpoint.c.flow_id == self.flow.flow.id, checkpoint.c.kind == "pull")
        with self.core.db.write() as db:
            if self.saved is None:
                db.execute(delete(checkpoint).where(*mine))
            else:
                db.execute(update(checkpoint).where(*mine).values(data=self.saved))


OUTCOMES = ("created", "linked", "updated", "unchanged", "filtered", "deferred", "repeated", "conflicted", "failed")


def balanced(counts: dict[str, int]) -> bool:
    """fetched = the sum of primary outcomes (ENGINE section 3)."""
    return counts.get("fetched", 0) == sum(counts.get(name, 0) for name in OUTCOMES)


def ahead(clock: Callable[[], int], pages: Iterator[Page]) -> Iterator[tuple[int, Page]]:
    """Pages with the clock number taken before their request; the next page is asked for while this one is worked on."""

    def fetch() -> tuple[int, Page] | None:
        seq = clock()
        page = next(pages, None)
        return None if page is None else (seq, page)

    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as pool:
        coming = pool.submit(copy_context().run, fetch)
        while (got := coming.result()) is not None:
            if got[1].more:
                coming = pool.submit(copy_context().run, fetch)
                yield got
            else:
                yield got
                return
