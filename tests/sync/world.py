"""A world of systems in memory around the real engine, with a clock of its own and nothing left to chance."""

import json
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest
from sqlalchemy import insert, select, update

from hub.mapping.schema import MappingSpec
from hub.store.core import binding, connection, flow, inbound_event, inbox_item, intent, mapping, record
from hub.store.secrets import SecretBox
from hub.sync import pull as pull_module
from hub.sync import push as push_module
from hub.sync.clients import Clients
from hub.sync.engine import Engine
from hub.sync.tasks import RunReport, Task, TaskKind
from tests.databases import open_database
from tests.sync.memory import MemorySystem
from tests.sync.wire import connector_of

START = datetime(2026, 11, 1, 1, 0, tzinfo=UTC)
PULL_EVERY_S = 60

CUSTOMER_LINES: list[dict[str, Any]] = [
    {"field": "name", "native": "name", "steps": ["trim"]},
    {"field": "tax_code", "native": "tax"},
    {"field": "mobile", "native": "mobile"},
    {"field": "level", "native": "level"},
    {"field": "remark", "native": "note"},
    {"field": "industry", "native": "industry", "policy": "manual"},
    {"field": "invoice.bank_name", "native": "bank", "group": "bank"},
    {"field": "invoice.bank_account", "native": "account", "group": "bank"},
]
CONTACT_LINES: list[dict[str, Any]] = [
    {"field": "name", "native": "name"},
    {"field": "customer", "native": "customer", "steps": [{"reference": {"entity": "customer", "by": "id"}}]},
    {"field": "mobile", "native": "mobile"},
    {"field": "title", "native": "job"},
]
ORDER_LINES: list[dict[str, Any]] = [
    {"field": "customer", "native": "customer", "steps": [{"reference": {"entity": "customer", "by": "id"}}]},
    {"field": "date", "native": "date"},
    {"field": "contact_name", "native": "tag"},
    {"field": "remark", "native": "note"},
    {"field": "address", "native": "address", "policy": "manual"},
]
ORDER_ROWS: dict[str, Any] = {
    "field": "lines",
    "native": "lines",
    "key": "lid",
    "fields": [
        {"field": "product_name", "native": "what"},
        {"field": "quantity", "native": "qty", "group": "price"},
        {"field": "price", "native": "price", "group": "price"},
        {"field": "remark", "native": "memo"},
        {"field": "specification", "native": "size", "policy": "manual"},
    ],
}


APPROVAL_LINES: list[dict[str, Any]] = [
    {"field": "title", "native": "title", "direction": "push"},
    {"field": "amount", "native": "sum", "direction": "push"},
    {"field": "remark", "native": "memo", "direction": "push"},
    {"field": "status", "native": "status", "direction": "pull"},
]


def spec_of(system: str, entity: str) -> dict[str, Any]:
    if entity == "approval":
        return {"system": system, "entity": entity, "object": entity, "fields": APPROVAL_LINES}
    if entity == "customer":
        return {"system": system, "entity": entity, "object": entity, "fields": CUSTOMER_LINES}
    if entity == "contact":
        return {"system": system, "entity": entity, "object": entity, "fields": CONTACT_LINES}
    return {"system": system, "entity": entity, "object": entity, "fields": ORDER_LINES, "rows": ORDER_ROWS}


class SameThread:
    """Stands for a thread pool: runs what is submitted at once, so that the same inputs meet in the same order every time. A page
    is still asked for before the one in hand has landed."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def submit(self, call: Callable[..., Any], *args: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(call(*args))
        except BaseException as error:
            future.set_exception(error)
            if not isinstance(error, Exception):
                raise
        return future


class World:
    """Systems around one engine. `settle()` runs everything that is due, advancing the clock, until nothing is."""

    def __init__(
        self, url: str, systems: Sequence[MemorySystem], *, entities: Sequence[str] = ("customer",), master: str = ""
    ) -> None:
        self.now = START
        self.db = open_database(url)
        self.systems = {s.name: s for s in systems}
        self.entities = tuple(entities)
        self.hints = 0
        secrets = SecretBox(b"0" * 32)
        self.connectors = {s.name: connector_of(s, entities) for s in systems}
        self.clients = Clients(self.db, secrets, self.connectors, now=lambda: self.now)
        self.engine = Engine(self.db, self.clients, now=lambda: self.now, worker="w1")
        self.other = Engine(self.db, self.clients, now=lambda: self.now, worker="w2")
        self.flows: dict[tuple[str, str], int] = {}
        self._patch = pytest.MonkeyPatch()
        self._patch.setattr(pull_module, "ThreadPoolExecutor", SameThread)
        self._patch.setattr(push_module, "ThreadPoolExecutor", SameThread)
        config = secrets.seal(json.dumps({"label": "x"}))
        with self.db.write() as db:
            for number, system in enumerate(systems, 1):
                values = {"id": number, "name": system.name, "system": system.name, "config": config, "options": {}}
                db.execute(insert(connection).values(**values, state="active", failures=0, created_at=START))
                for entity in entities:
                    self._flow(db, number, system.name, entity, master)
                    self._mapping(db, system.name, entity)

    def close(self) -> None:
        self._patch.undo()
        self.db.close()

    def _flow(self, db: Any, at: int, name: str, entity: str, master: str) -> None:
        values = {
            "connection_id": at,
            "entity": entity,
            "pull": True,
            "push": True,
            "create": True,
            "master": name == master,
            "every_s": PULL_EVERY_S,
            "sweep_s": 86400,
            "freshness_s": 0,
            "wanted_stage": "audited" if entity == "order" and self.systems[name].stages else "",
            "delete_policy": "ignore",
            "filter": [],
            "authority": {},
            "lease_owner": "",
            "fence": 0,
            "hint_seq": 0,
        }
        self.flows[(name, entity)] = int(db.execute(insert(flow).values(**values).returning(flow.c.id)).scalar_one())

    def _mapping(self, db: Any, system: str, entity: str) -> None:
        spec = spec_of(system, entity)
        version = MappingSpec.model_validate(spec).version
        values = {"system": system, "entity": entity, "version": 1, "hash": version, "spec": spec, "active": True}
        db.execute(insert(mapping).values(**values, created_at=START, created_by="test"))

    # driving

    def pull(self, name: str, entity: str = "customer", *, full: bool = False) -> RunReport:
        return self.engine.pull(self.flows[(name, entity)], full=full)

    def push(self, name: str, entity: str = "customer") -> RunReport:
        return self.engine.push(self.flows[(name, entity)])

    def run(self, kind: TaskKind, name: str, entity: str = "customer") -> RunReport:
        return self.engine.run(Task(kind, self.flows[(name, entity)]))

    def release(self, name: str, entity: str = "customer") -> None:
        self.engine.release_flow(self.flows[(name, entity)], who="admin")

    def go_live(self) -> None:
        """First contact of everything: pull all in order, then release all."""
        for entity in self.entities:
            for name in self.systems:
                assert self.pull(name, entity, full=True).state == "ok"
        for entity in self.entities:
            for name in self.systems:
                self.release(name, entity)
        self.settle()

    def webhook(self, name: str, entity: str, external_id: str, *, key: str = "") -> None:
        """A verified delivery, as the HTTP layer keeps it. The same key twice is kept once."""
        self.hints += 1
        at = list(self.systems).index(name) + 1
        row = {
            "connection_id": at,
            "key": key or f"k{self.hints}",
            "received_at": self.now,
            "hints": [{"entity": entity, "id": external_id, "event": "changed"}],
            "state": "new",
        }
        with self.db.write() as db:
            known = select(inbound_event.c.id).where(
                inbound_event.c.connection_id == at, inbound_event.c.key == row["key"]
            )
            if db.execute(known).first() is None:
                db.execute(insert(inbound_event).values(**row))

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        for system in self.systems.values():
            system.pass_time(seconds)

    def tick(self) -> list[RunReport]:
        self.engine.intake()
        return [self.engine.run(task) for task in self.engine.due()]

    def settle(self, rounds: int = 60) -> int:
        """Run until a whole pull interval brings no write. Returns the writes made."""
        writes = self.writes()
        for _ in range(rounds):
            before = self.writes()
            self._drain()
            self.advance(PULL_EVERY_S + 1)
            self.tick()
            waiting = self.open_intents() or [t for t in self.engine.due() if t.kind != "pull"]
            if self.writes() == before and not waiting:
                return self.writes() - writes
        raise AssertionError(f"the systems never came to rest: {self.engine.due()} {self.open_intents()}")

    def _drain(self) -> None:
        """Everything that is due now and needs no waiting for the next pull."""
        for _ in range(20):
            tasks = [t for t in self.engine.due() if t.kind != "pull"]
            if not tasks:
                return
            for task in tasks:
                self.engine.run(task)
            self.advance(1)

    def writes(self) -> int:
        return sum(len(s.journal) for s in self.systems.values())

    # looking

    def rows(self, table: Any, *where: Any) -> list[Any]:
        with self.db.read() as db:
            return list(db.execute(select(table).where(*where).order_by(table.c.id)).all())

    def records(self, entity: str = "customer") -> list[Any]:
        return self.rows(record, record.c.entity == entity, record.c.state == "live")

    def inbox(self, kind: str | None = None) -> list[Any]:
        rows = self.rows(inbox_item, inbox_item.c.state == "open")
        return [r for r in rows if kind is None or r.kind == kind]

    def open_intents(self) -> list[Any]:
        """Intents that the hub still looks after by itself (one that a person must settle has no time set)."""
        far = self.now + timedelta(days=3650)
        rows = self.rows(intent, intent.c.state.in_(("open", "unknown")))
        return [r for r in rows if r.look_at is None or r.look_at < far]

    def binding_of(self, name: str, external_id: str, entity: str = "customer") -> Any:
        at = list(self.systems).index(name) + 1
        where = (binding.c.connection_id == at, binding.c.entity == entity, binding.c.external_id == external_id)
        return self.rows(binding, *where)[0]

    def set_flow(self, name: str, entity: str, **values: Any) -> None:
        with self.db.write() as db:
            db.execute(update(flow).where(flow.c.id == self.flows[(name, entity)]).values(**values))


def memory_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'hub.sqlite'}"


def fast_folder() -> "tempfile.TemporaryDirectory[str]":
    """In memory where the machine has such a file system."""
    return tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
