"""What every run shares: database, clients, clock, worker name; run rows; what an error does to its connection."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, update

from hub.connector.contract import Client, Connector
from hub.errors import HubError, SetupError, TryLater
from hub.store.core import connection as connection_table
from hub.store.core import flow as flow_table
from hub.store.core import run as run_table
from hub.store.database import Database
from hub.store.events import lasting, pause_broken
from hub.store.leases import free_flow, take_flow
from hub.store.sequence import next_clock, take_block
from hub.sync.clients import Clients
from hub.sync.flowcontext import FlowContext, load_flow
from hub.sync.tasks import RunReport, Task

ID_BLOCK = 2000
ENOUGH_IDS = 200
"""More connections than any company has: what one decision sets free is wanted at each, and no id is fetched meanwhile."""
OUTAGE_FIRST_S, OUTAGE_MOST_S = 5.0, 900.0


class Ids:
    """Ids for bulk inserts, taken from the database a block at a time; numbers of a lost block are never used, which is fine."""

    def __init__(self, db: Database, name: str) -> None:
        self._db = db
        self._name = name
        self._lock = threading.Lock()
        self._left: Iterator[int] = iter(())

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        with self._lock:
            found = next(self._left, None)
            if found is None:
                with self._db.write(durable=False) as db:
                    self._left = iter(take_block(db, self._name, ID_BLOCK))
                found = next(self._left)
            return found

    def reserve(self, count: int) -> None:
        """Have at least `count` ids at hand, so that none is fetched while a write transaction is open."""
        with self._lock:
            held = list(self._left)
            if len(held) < count:
                with self._db.write(durable=False) as db:
                    held = [*held, *take_block(db, self._name, max(ID_BLOCK, count - len(held)))]
            self._left = iter(held)


@dataclass
class Core:
    """One per process. `now` is the only clock; `notify` hears of work that became due."""

    db: Database
    clients: Clients
    now: Callable[[], datetime]
    worker: str
    notify: Callable[[Task], None] = lambda _task: None
    open_run: threading.local = field(default_factory=threading.local)
    record_ids: Ids = field(init=False)
    binding_ids: Ids = field(init=False)

    def __post_init__(self) -> None:
        self.record_ids = Ids(self.db, "record")
        self.binding_ids = Ids(self.db, "binding")

    @property
    def connectors(self) -> Mapping[str, Connector]:
        return self.clients.connectors

    def flow(self, flow_id: int) -> FlowContext:
        with self.db.read() as db:
            return load_flow(db, flow_id, self.connectors)

    def client(self, flow: FlowContext) -> Client:
        return self.clients.get(flow.at)

    def clock(self) -> int:
        """The next number of the read/write clock: take it before a read's request, after a write's reply."""
        with self.db.write(durable=False) as db:
            return next_clock(db)

    def announce(self, flow: FlowContext, touched: bool) -> None:
        """Tell the queue which flows may have got something to push."""
        if touched:
            for target in flow.targets:
                self.notify(Task("push", target.flow_id))


class RunLog:
    """One row of table run, from its start to its end; counts add up as pages land.

    `fence`: of the flow's lease, which ends with the run; 0 = it holds none."""

    def __init__(self, core: Core, flow: FlowContext, kind: str, **how: Any) -> None:
        """how: trigger, full, dry; `within` = a transaction to write the row in."""
        self.core, self.flow, self.counts = core, flow, dict[str, int]()
        self.fence, self._seq = 0, 0
        within = how.pop("within", None)
        values = {
            "connection_id": flow.at,
            "entity": flow.entity,
            "kind": kind,
            "state": "running",
            "worker": core.worker,
            "full": False,
            "dry": False,
            "started_at": core.now(),
            "counts": {},
            **how,
        }
        statement = insert(run_table).values(**values).returning(run_table.c.id)
        with nullcontext(within) if within is not None else core.db.write(durable=False) as db:
            self.id = int(db.execute(statement).scalar_one())
        core.open_run.log = self

    @classmethod
    def holding(cls, core: Core, flow: FlowContext, kind: str, *, seconds: float, **how: Any) -> "RunLog | None":
        """Start a run that holds the flow's lease for `seconds`, renewed by whoever lands a page; None when somebody else holds it.
        The lease, the run and the number of its first read are one transaction, and so is their end."""
        with core.db.write(durable=False) as db:
            fence = take_flow(db, flow.flow.id, worker=core.worker, now=core.now(), seconds=seconds)
            if fence is None:
                return None
            log = cls(core, flow, kind, within=db, **how)
            log.fence, log._seq = fence, next_clock(db)
        return log

    def next_seq(self) -> int:
        """The number of the next read: take it before the request."""
        taken, self._seq = self._seq, 0
        return taken or self.core.clock()

    def add(self, counts: Mapping[str, int]) -> None:
        for name, number in counts.items():
            if not name.startswith("_") and number:
                self.counts[name] = self.counts.get(name, 0) + number

    def end(
        self, state: str, error: HubError | None = None, *, also: Callable[[Connection], None] = lambda _db: None
    ) -> RunReport:
        """With the flow's lease and the log of remote calls; `also` joins the transaction."""
        shown = None if error is None else error.as_json()
        values = {"state": state, "ended_at": self.core.now(), "counts": self.counts, "error": shown}
        with self.core.db.write(durable=False) as db:
            also(db)
            db.execute(update(run_table).where(run_table.c.id == self.id).values(**values))
            if self.fence:
                free_flow(db, self.flow.flow.id, fence=self.fence)
            self.core.clients.flush(within=db)
        self.core.open_run.log = None
        return RunReport(self.id, state, dict(self.counts), shown)


LONG_OUTAGE_S = 60.0


def must_read_first(flow: Any) -> bool:
    """After a pause or a long outage a flow pulls to the present before it pushes: `pulled_at` was emptied then."""
    return bool(flow.pull) and flow.pulled_at is None


_SAID_BY_PEOPLE = ("push", "released_at", "filter", "wanted_stage", "needs_approval", "approval_when")


def as_configured(core: Core, flow: FlowContext) -> bool:
    """Whether a run that began with `flow` may go on: nobody has paused the connection, or changed the flow or its mapping."""
    now = core.flow(flow.flow.id)
    at, found = now.connection, now.flow
    return bool(
        at.state == "active"
        and (at.resume_at is None or at.resume_at <= core.now())
        and not must_read_first(found)
        and all(getattr(found, name) == getattr(flow.flow, name) for name in _SAID_BY_PEOPLE)
        and (now.compiled.version, now.rules) == (flow.compiled.version, flow.rules)
    )


def forget_present(db: Connection, connection_id: int, now: datetime) -> None:
    """What this connection's flows knew may be old: their next pull is due at once, and pushes wait for it."""
    stale = update(flow_table).where(flow_table.c.connection_id == connection_id, flow_table.c.pull)
    db.execute(stale.values(pulled_at=None, next_pull_at=now))


def note_failure(core: Core, at: Any, error: HubError) -> None:
    """What a connection's error does: a setup error pauses it until an admin acts; an outage or quota backs off."""
    with core.db.write() as db:
        if isinstance(error, SetupError):
            pause_broken(db, at.id, error, core.now())
        elif isinstance(error, TryLater) and error.scope == "connection":
            _back_off(db, at, error, core.now())


def _back_off(db: Connection, at: Any, error: TryLater, now: datetime) -> None:
    """Longer each time; after a long outage what was known may be old."""
    backoff = min(OUTAGE_MOST_S, max(error.after, OUTAGE_FIRST_S * 2 ** min(int(at.failures), 8)))
    again = now + timedelta(seconds=backoff)
    reason = lasting(error, now, at.reason if at.failures else None)
    active = (connection_table.c.id == at.id, connection_table.c.state == "active")
    values = {"resume_at": again, "failures": at.failures + 1, "reason": reason}
    db.execute(update(connection_table).where(*active).values(**values))
    if backoff >= LONG_OUTAGE_S:
        forget_present(db, int(at.id), again)


def note_success(db: Connection, at: Any) -> None:
    """The connection works (again)."""
    if at.failures or at.resume_at is not None:
        values = {"failures": 0, "resume_at": None, "reason": None}
        active = (connection_table.c.id == at.id, connection_table.c.state == "active")
        db.execute(update(connection_table).where(*active).values(**values))
