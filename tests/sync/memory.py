"""Systems in memory behind the real contract, and a world of them around the real engine with a clock of its own."""

import copy
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from sqlalchemy import insert, select, update

from hub.connector.contract import Connector, Delivery, Message, Page, Remote, Write, WriteOutcome, Written
from hub.connector.manifest import EntityManifest, Manifest, Name, Stage
from hub.errors import (
    BadInput,
    DuplicateInSystem,
    OutcomeUnknown,
    RecordGone,
    RecordLocked,
    RecordRejected,
    Unreachable,
)
from hub.mapping.schema import MappingSpec
from hub.store.core import binding, connection, flow, inbox_item, intent, mapping, record
from hub.store.database import Database
from hub.store.secrets import SecretBox
from hub.sync.clients import Clients
from hub.sync.engine import Engine
from hub.sync.tasks import RunReport, Task

START = datetime(2026, 11, 1, 1, 0, tzinfo=UTC)


class MemoryConfig(BaseModel):
    """A system in memory needs no settings."""

    label: str = ""


@dataclass
class Faults:
    """What goes wrong next. Each list is consumed from the front by the calls of its kind."""

    before_write: list[str] = field(default_factory=list)
    before_read: list[str] = field(default_factory=list)

    def next_write(self) -> str:
        return self.before_write.pop(0) if self.before_write else ""

    def next_read(self) -> str:
        return self.before_read.pop(0) if self.before_read else ""


@dataclass
class MemorySystem:
    """A vendor: objects by entity and id, a modified tick, a journal of what the hub wrote."""

    name: str
    key: str = "field"
    objects: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    journal: list[tuple[str, str, str]] = field(default_factory=list)
    deleted: list[tuple[int, str, str]] = field(default_factory=list)
    late: list[Callable[[], None]] = field(default_factory=list)
    edit_before_write: list[Callable[[], None]] = field(default_factory=list)
    normalise: Callable[[dict[str, Any]], dict[str, Any]] = lambda row: row
    hidden: set[str] = field(default_factory=set)
    reject: Callable[[dict[str, Any]], str] = lambda _row: ""
    stages: tuple[str, ...] = ()
    calls: list[str] = field(default_factory=list)
    _tick: Any = field(default_factory=lambda: itertools.count(1))
    _ids: Any = field(default_factory=lambda: itertools.count(1))
    _lines: Any = field(default_factory=lambda: itertools.count(1))

    def table(self, entity: str) -> dict[str, dict[str, Any]]:
        return self.objects.setdefault(entity, {})

    # a user of that system

    def add(self, entity: str, **values: Any) -> str:
        key = f"{self.name[0].upper()}{next(self._ids)}"
        row = {
            "id": key,
            "number": values.pop("number", f"N-{key}"),
            "modified": next(self._tick),
            "hub_key": "",
            **values,
        }
        if self.stages:
            row.setdefault("stage", self.stages[0])
        self.table(entity)[key] = self._with_line_ids(row)
        return key

    def edit(self, entity: str, key: str, *, bump: bool = True, **values: Any) -> None:
        row = self.table(entity)[key]
        row.update(values)
        self._with_line_ids(row)
        if bump:
            row["modified"] = next(self._tick)

    def remove(self, entity: str, key: str, merged_into: str = "") -> None:
        del self.table(entity)[key]
        self.deleted.append((next(self._tick), key, merged_into))

    def _with_line_ids(self, row: dict[str, Any]) -> dict[str, Any]:
        for line in row.get("lines", []):
            line.setdefault("lid", f"{self.name}{next(self._lines)}")
        return row

    # the wire

    def write(self, entity: str, row: dict[str, Any], *, create: bool) -> dict[str, Any]:
        table = self.table(entity)
        if self.edit_before_write:
            self.edit_before_write.pop(0)()
        row = self.normalise(copy.deepcopy(row))
        if create:
            key = f"{self.name[0].upper()}{next(self._ids)}"
            stored = {"id": key, "number": row.get("number") or f"N-{key}", "hub_key": "", **row}
            if self.stages:
                stored["stage"] = self.stages[0]
            table[key] = stored
        else:
            stored = table[row["id"]]
            stored.update({k: v for k, v in row.items() if k != "id"})
        stored["modified"] = next(self._tick)
        self._with_line_ids(stored)
        self.journal.append(("create" if create else "update", entity, stored["id"]))
        return stored

    def creates(self, entity: str) -> int:
        return sum(1 for kind, of, _id in self.journal if kind == "create" and of == entity)


class MemoryClient:
    """The contract over a MemorySystem. Pages are small; cursors are ticks with no overlap but >=."""

    page_size = 4

    def __init__(self, system: MemorySystem) -> None:
        self.system = system

    def _remote(self, row: Mapping[str, Any]) -> Remote:
        data = copy.deepcopy(dict(row))
        return Remote(
            id=data["id"],
            data=data,
            number=data["number"],
            stage=data.get("stage", ""),
            modified=str(data["modified"]),
            key=data["hub_key"],
        )

    def _read_fault(self) -> str:
        fault = self.system.faults.next_read()
        if fault == "unreachable":
            raise Unreachable("连不上", "cannot connect", after=1)
        return fault

    def check(self) -> Mapping[str, str]:
        return {"account": self.system.name}

    def pull(self, entity: str, checkpoint: Mapping[str, Any] | None, *, full: bool = False) -> Iterator[Page]:
        since = 0 if full or checkpoint is None else int(checkpoint["tick"])
        last = ""
        while True:
            self.system.calls.append(f"pull {entity}")
            fault = self._read_fault()
            rows = sorted(
                (
                    r
                    for r in self.system.table(entity).values()
                    if (r["modified"], r["id"]) > (since, last) and r["id"] not in self.system.hidden
                ),
                key=lambda r: (r["modified"], r["id"]),
            )
            page = rows[: self.page_size] if fault != "empty_page" else []
            if page:
                since, last = page[-1]["modified"], page[-1]["id"]
            more = len(rows) > len(page) and fault != "empty_page"
            yield Page([self._remote(r) for r in page], checkpoint={"tick": max(0, since - 1)}, more=more)
            if not more:
                return

    def deleted(self, entity: str, checkpoint: Mapping[str, Any] | None) -> Iterator[Page]:
        since = int(checkpoint["tick"]) if checkpoint else 0
        rows = [
            Remote(id=k, data={}, deleted=True, merged_into=m) for tick, k, m in self.system.deleted if tick > since
        ]
        newest = max((tick for tick, _k, _m in self.system.deleted), default=since)
        yield Page(rows, checkpoint={"tick": newest}, more=False)

    def read(self, entity: str, ids: Sequence[str]) -> Mapping[str, Remote]:
        self.system.calls.append(f"read {entity}")
        self._read_fault()
        table = self.system.table(entity)
        return {i: self._remote(table[i]) for i in ids if i in table and i not in self.system.hidden}

    def find(self, entity: str, write: Write) -> Sequence[Remote]:
        self.system.calls.append(f"find {entity}")
        self._read_fault()
        rows = self.system.table(entity).values()
        return [self._remote(r) for r in rows if r["hub_key"] == write.key and r["id"] not in self.system.hidden]

    def create(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        return self._batch(entity, writes, create=True)

    def update(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        return self._batch(entity, writes, create=False)

    def _batch(self, entity: str, writes: Sequence[Write], *, create: bool) -> Sequence[WriteOutcome]:
        self.system.calls.append(f"{'create' if create else 'update'} {entity}")
        fault = self.system.faults.next_write()
        if fault == "unreachable":
            raise Unreachable("连不上", "cannot connect", after=1)
        if fault == "drop_before_commit":
            raise OutcomeUnknown("没有答复", "no reply")
        if fault == "late_commit":
            self.system.late.append(lambda: [self._one(entity, w, create=create) for w in writes] and None)
            raise OutcomeUnknown("没有答复", "no reply")
        if fault == "locked":
            return [RecordLocked("被占用", "locked", after=1) for _ in writes]
        results = [self._one(entity, w, create=create) for w in writes]
        if fault == "commit_then_drop":
            raise OutcomeUnknown("没有答复", "no reply")
        return results

    def _one(self, entity: str, write: Write, *, create: bool) -> WriteOutcome:
        table = self.system.table(entity)
        complaint = self.system.reject({**write.data})
        if complaint:
            return RecordRejected(complaint, complaint)
        if create and any(r["hub_key"] == write.key for r in table.values()):
            return DuplicateInSystem("编号已存在", "key exists")
        if not create and write.id not in table:
            return RecordGone("不存在", "not there")
        row = {**write.data, "hub_key": write.key} if create else {**write.data, "id": write.id}
        stored = self.system.write(entity, row, create=create)
        return Written(stored["id"], stored["number"], stored.get("stage", ""))

    def step(self, entity: str, step: str, ids: Sequence[str]) -> Sequence[WriteOutcome]:
        self.system.calls.append(f"step {step}")
        fault = self.system.faults.next_write()
        if fault == "drop_before_commit":
            raise OutcomeUnknown("没有答复", "no reply")
        results: list[WriteOutcome] = []
        for key in ids:
            row = self.system.table(entity).get(key)
            if row is None:
                results.append(RecordGone("不存在", "not there"))
                continue
            row["stage"] = {"submit": "submitted", "audit": "audited", "reopen": "saved"}[step]
            results.append(Written(key, row["number"], row["stage"]))
        if fault == "commit_then_drop":
            raise OutcomeUnknown("没有答复", "no reply")
        return results

    def send(self, message: Message) -> Delivery:
        raise BadInput("不支持", "not supported")

    def lookup_member(self, kind: str, value: str) -> str:
        return ""

    def close(self) -> None:
        return None


def entity_manifest(system: MemorySystem, entity: str) -> EntityManifest:
    stages = tuple(
        Stage(name=n, step={"submitted": "submit", "audited": "audit"}.get(n, ""), editable=n == "saved")
        for n in system.stages
    )
    return EntityManifest(
        object=entity,
        can=("pull", "read", "find", "create", "update"),
        key=system.key,  # type: ignore[arg-type]
        create_batch=3,
        update_batch=3,
        read_batch=3,
        settle_s=2,
        stages=stages if entity == "order" else (),
        lines="keyed" if entity == "order" else "none",
    )


def connector_of(system: MemorySystem, entities: Sequence[str]) -> Connector:
    manifest = Manifest(
        system=system.name,
        name=Name(zh=system.name, en=system.name),
        kind=("crm",),
        vendor_docs="-",
        wire_version="1",
        entities={e: entity_manifest(system, e) for e in entities},
        parallel=1,
    )
    return Connector(manifest, MemoryConfig, lambda _config, _link: MemoryClient(system))


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
ORDER_LINES: list[dict[str, Any]] = [
    {"field": "customer", "native": "customer", "steps": [{"reference": {"entity": "customer", "by": "id"}}]},
    {"field": "date", "native": "date"},
    {"field": "remark", "native": "note"},
]
ORDER_ROWS: dict[str, Any] = {
    "field": "lines",
    "native": "lines",
    "key": "lid",
    "fields": [
        {"field": "product_name", "native": "what"},
        {"field": "quantity", "native": "qty", "group": "price"},
        {"field": "price", "native": "price", "group": "price"},
    ],
}


def spec_of(system: str, entity: str) -> dict[str, Any]:
    if entity == "customer":
        return {"system": system, "entity": entity, "object": entity, "fields": CUSTOMER_LINES}
    return {"system": system, "entity": entity, "object": entity, "fields": ORDER_LINES, "rows": ORDER_ROWS}


class World:
    """Systems around one engine. `settle()` runs everything that is due, advancing the clock, until nothing is."""

    def __init__(
        self, url: str, systems: Sequence[MemorySystem], *, entities: Sequence[str] = ("customer",), master: str = ""
    ) -> None:
        self.now = START
        self.db = Database(url)
        self.db.create_all()
        self.systems = {s.name: s for s in systems}
        self.entities = tuple(entities)
        secrets = SecretBox(b"0" * 32)
        self.connectors = {s.name: connector_of(s, entities) for s in systems}
        self.clients = Clients(self.db, secrets, self.connectors, now=lambda: self.now)
        self.engine = Engine(self.db, self.clients, now=lambda: self.now, worker="w1")
        self.flows: dict[tuple[str, str], int] = {}
        with self.db.write() as db:
            for number, system in enumerate(systems, 1):
                values = {
                    "id": number,
                    "name": system.name,
                    "system": system.name,
                    "config": secrets.seal(json.dumps({"label": "x"})),
                }
                db.execute(
                    insert(connection).values(**values, options={}, state="active", failures=0, created_at=START)
                )
                for entity in entities:
                    self._flow(db, number, system.name, entity, master)
                    self._mapping(db, system.name, entity)

    def _flow(self, db: Any, at: int, name: str, entity: str, master: str) -> None:
        values = {
            "connection_id": at,
            "entity": entity,
            "pull": True,
            "push": True,
            "create": True,
            "master": name == master,
            "every_s": 60,
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

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        for system in self.systems.values():
            late, system.late = system.late, []
            for commit in late:
                commit()

    def tick(self) -> list[RunReport]:
        self.engine.intake()
        return [self.engine.run(task) for task in self.engine.due()]

    def settle(self, rounds: int = 60) -> int:
        """Run until a whole pull interval brings no write. Returns the writes made."""
        writes = self.writes()
        quiet = 0
        for _ in range(rounds):
            before = self.writes()
            for _inner in range(20):
                tasks = [t for t in self.engine.due() if t.kind != "pull"]
                if not tasks:
                    break
                for task in tasks:
                    self.engine.run(task)
                self.advance(1)
            self.advance(61)
            self.tick()
            waiting = self.open_intents() or [t for t in self.engine.due() if t.kind != "pull"]
            quiet = quiet + 1 if self.writes() == before and not waiting else 0
            if quiet >= 2:
                return self.writes() - writes
        raise AssertionError("the systems never came to rest")

    def writes(self) -> int:
        return sum(len(s.journal) for s in self.systems.values())

    # looking

    def rows(self, table: Any, *where: Any) -> list[Any]:
        with self.db.read() as db:
            return list(db.execute(select(table).where(*where)).all())

    def records(self, entity: str = "customer") -> list[Any]:
        return self.rows(record, record.c.entity == entity, record.c.state == "live")

    def inbox(self, kind: str | None = None) -> list[Any]:
        rows = self.rows(inbox_item, inbox_item.c.state == "open")
        return [r for r in rows if kind is None or r.kind == kind]

    def open_intents(self) -> list[Any]:
        far = self.now + timedelta(days=3650)
        return [
            r
            for r in self.rows(intent, intent.c.state.in_(("open", "unknown")))
            if r.look_at is None or r.look_at < far
        ]

    def binding_of(self, name: str, external_id: str) -> Any:
        at = list(self.systems).index(name) + 1
        return self.rows(binding, binding.c.connection_id == at, binding.c.external_id == external_id)[0]

    def set_flow(self, name: str, entity: str, **values: Any) -> None:
        with self.db.write() as db:
            db.execute(update(flow).where(flow.c.id == self.flows[(name, entity)]).values(**values))

    def run(self, kind: str, name: str, entity: str = "customer") -> RunReport:
        return self.engine.run(Task(kind, self.flows[(name, entity)]))  # type: ignore[arg-type]


def memory_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'hub.sqlite'}"
