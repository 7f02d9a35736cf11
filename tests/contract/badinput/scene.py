"""The stage of a case: a real hub, the connector under test against its server, and a plain system in memory that feeds the hub."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import insert, select, update

from hub.connector.discovery import connectors
from hub.mapping.schema import MappingSpec
from hub.model.entities import ENTITIES
from hub.model.spec import FieldSpec, specs_of
from hub.setup import connections
from hub.setup import mappings as mapping_setup
from hub.setup.connections import Checked, NewConnection, change_settings
from hub.setup.flows import add_default_flows
from hub.store.core import connection, flow, inbox_item, mapping, record
from hub.sync.tasks import RunReport
from tests.contract.badinput.frame import AtConnection, AtRecord, AtWrite, Case, Cause, Own, Row, Server, Suite
from tests.e2e.small_hub import SmallHub
from tests.sync.memory import MemorySystem
from tests.sync.wire import connector_of

FED = ("employee", "product", "customer", "contact", "order")
"""What the plain system in memory holds, parents first."""
LONG_S = 1200
"""Longer than any settle time, and than the back-off after the first failures."""
UNDER_TEST = "面前的系统"
_UNLIMITED = {"limits": [{"calls": 2000, "per_s": 1}], "timeout_s": 5}
_USUAL: dict[str, Row] = {
    "employee": {"name": "张三", "number": "YG1", "mobile": "13800000001"},
    "product": {"name": "轴承", "number": "M-1", "specification": "M-1", "unit": "台", "tax_rate": "13"},
    "customer": {"name": "甲公司", "mobile": "13800130000", "owner": "@employee"},
    "contact": {"name": "李四", "mobile": "13800130001", "customer": "@customer"},
    "order": {
        "customer": "@customer",
        "owner": "@employee",
        "date": "2026-11-20",
        "remark": "年度采购",
        "currency": "CNY",
        "tax_included": True,
        "lines": [
            {"product": "@product", "quantity": "2", "price": "100.10", "tax_rate": "13", "delivery_date": "2026-11-30"}
        ],
    },
}
MARK = {"order": "remark"}
"""The golden field that carries a row's mark, where it is not the name."""


class Scene:
    """One case's hub. `at` is the id of the connection under test; `feeder` the system in memory."""

    def __init__(self, suite: Suite, server: Server, folder: Path, *, entity: str = "") -> None:
        self.suite, self.server = suite, server
        ground = suite.ground
        needed = {entity, *_parents([entity])} if entity else {*ground.entities, *ground.sheets}
        self.entities = tuple(one for one in ground.entities if one in needed)
        self.sheets = tuple(one for one in ground.sheets if one in needed)
        self.feeder = MemorySystem("feeder")
        self.feeder.clock = 0
        fed = [one for one in FED if one in self.entities or one in self.sheets] or [FED[0]]
        self.fed = tuple(one for one in FED if one in {*fed, *_parents(fed)})
        self.hub = SmallHub(folder, {**connectors(), "feeder": connector_of(self.feeder, self.fed)})
        self.settings = {**server.credentials, **suite.settings}
        self.at = connections.add_connection(
            self.hub, NewConnection(UNDER_TEST, suite.system, self.settings, _UNLIMITED), who="test"
        )
        self._stored = json.loads(self.hub.secrets.open(self.state().config))
        self.feed_at = self._add_feeder()
        self.ids: dict[str, str] = {}
        self._number = 0

    def close(self) -> None:
        self.hub.close()

    # --- the ground ---

    def first_contact(self) -> None:
        """The ground is there on both sides, read in full and released."""
        for kind, rows in self.suite.ground.seed.items():
            self.server.seed(kind, *rows)
        for entity in self.fed:
            self.ids[entity] = self.feed(entity)
            self.pull(self.feed_at, entity, full=True)
        for entity in self.entities:
            report = self.pull(self.at, entity, full=True)
            assert report.state == "ok", (entity, report)
        for entity in self.sheets:
            self.hub.engine.release_flow(self.flow_id(self.at, entity), who="test")
        self.work()
        assert self.inbox() == [], [item.zh for item in self.inbox()]

    def feed(self, entity: str, **values: Any) -> str:
        """A user of the feeder adds a row; its id."""
        usual = {**_USUAL[entity], **self.suite.ground.usual.get(entity, {})}
        filled = self._filled({**usual, **values})
        return self.feeder.add(entity, **filled)

    def feed_another(self, entity: str, mark: str, **values: Any) -> str:
        """A row like the ground's, with a mark, number and telephone of its own."""
        self._number += 1
        own: Row = {MARK.get(entity, "name"): mark}
        if entity in {"customer", "contact"}:
            own["mobile"] = f"1390013{self._number:04}"
        if entity == "product":
            own |= {"number": f"P-{self._number}", "specification": f"P-{self._number}"}
        return self.feed(entity, **{**own, **values})

    def correct(self, entity: str, key: str, values: Mapping[str, Any]) -> None:
        self.feeder.edit(entity, key, **self._filled(dict(values)))

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._filled(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._filled(item) for item in value]
        return self.ids.get(value[1:], "") if isinstance(value, str) and value[:1] == "@" else value

    # --- the hub ---

    def bring(self, cause: Cause) -> None:
        self.server.bring(cause)
        if cause.settings:
            change_settings(self.hub, UNDER_TEST, cause.settings, who="test")
        if cause.at:
            cause.at(self)

    def take_away(self, cause: Cause) -> None:
        self.server.take_away()
        if cause.settings:
            change_settings(self.hub, UNDER_TEST, {name: self._stored[name] for name in cause.settings}, who="test")
        if cause.gone:
            cause.gone(self)

    def check(self) -> Checked:
        return connections.check(self.hub, self.hub.clients, UNDER_TEST)

    def flow_id(self, at: int, entity: str) -> int:
        query = select(flow.c.id).where(flow.c.connection_id == at, flow.c.entity == entity)
        with self.hub.db.read() as tx:
            return int(tx.execute(query).scalar_one())

    def pull(self, at: int, entity: str, *, full: bool = False) -> RunReport:
        return self.hub.engine.pull(self.flow_id(at, entity), full=full)

    def poll(self) -> None:
        """Everything is read again where it can be, then what that made due is done."""
        for entity in self.fed:
            self.pull(self.feed_at, entity)
        for entity in self.entities:
            self.pull(self.at, entity)
        self.work()

    def work(self, rounds: int = 40) -> None:
        for _ in range(rounds):
            tasks = [task for task in self.hub.engine.due() if task.kind != "pull"]
            if not tasks:
                return
            for task in tasks:
                self.hub.engine.run(task)
        raise AssertionError(f"still due after {rounds} rounds: {tasks}")

    def wait(self, seconds: float = LONG_S) -> None:
        """Time passes for everybody."""
        self.hub.advance(seconds)
        self.server.advance(seconds)
        self.feeder.pass_time(seconds)

    def resume(self) -> None:
        self.hub.engine.resume(self.at, who="test")

    # --- what people see ---

    def state(self, at: int | None = None) -> Any:
        with self.hub.db.read() as tx:
            return tx.execute(select(connection).where(connection.c.id == (at or self.at))).one()

    def inbox(self) -> list[Any]:
        query = select(inbox_item).where(inbox_item.c.state == "open").order_by(inbox_item.c.id)
        with self.hub.db.read() as tx:
            return list(tx.execute(query))

    def titles(self, entity: str) -> list[str]:
        """What the hub holds by now."""
        with self.hub.db.read() as tx:
            return [row.title for row in tx.execute(select(record).where(record.c.entity == entity))]

    def marks(self, entity: str) -> list[str]:
        """The marks of the rows that the server holds."""
        sheet = self.suite.ground.sheets[entity]
        return sorted(sheet.mark_of(row) for row in self.server.rows(sheet.kind))

    def _add_feeder(self) -> int:
        """The feeder's connection, which is read and never written to."""
        now = self.hub.now()
        config = self.hub.secrets.seal('{"label": "x"}')
        with self.hub.db.write() as tx:
            values = {"name": "feeder", "system": "feeder", "config": config, "options": {}, "state": "active"}
            made = tx.execute(
                insert(connection).values(**values, failures=0, created_at=now).returning(connection.c.id)
            )
            at = int(made.scalar_one())
            for entity in self.fed:
                spec = feeder_mapping(entity)
                shown = spec.model_dump(mode="json", exclude_defaults=True)
                tx.execute(
                    insert(mapping).values(
                        system="feeder",
                        entity=entity,
                        version=1,
                        hash=spec.version,
                        spec=shown,
                        active=True,
                        created_at=now,
                        created_by="test",
                    )
                )
            add_default_flows(tx, at, self.hub.connectors["feeder"].manifest, now)
            tx.execute(update(flow).where(flow.c.connection_id == at).values(push=False))
        return at


def _parents(entities: list[str]) -> set[str]:
    found = {"employee", "product", "customer"} if "order" in entities else set()
    return found | ({"employee", "customer"} if {"contact", "customer"} & set(entities) else set())


def feeder_mapping(entity: str) -> MappingSpec:
    """Golden fields under their own names; references by the feeder's ids."""
    fields = specs_of(ENTITIES[entity])
    given: Row = {"system": "feeder", "entity": entity, "object": entity, "fields": _lines(fields)}
    if "lines" in fields:
        given["rows"] = {"field": "lines", "native": "lines", "key": "lid", "fields": _lines(fields["lines"].rows)}
    return MappingSpec.model_validate(given)


def _lines(fields: Mapping[str, FieldSpec]) -> list[Row]:
    return [
        {"field": name, "native": name, "direction": "pull", **_steps(spec)}
        for name, spec in fields.items()
        if spec.type != "rows" and not spec.derived and name not in {"id", "total", "tax_total"}
    ]


def _steps(spec: FieldSpec) -> Row:
    if spec.name in {"mobile", "phone", "fax"}:
        return {"steps": ["phone"]}
    return {"steps": [{"reference": {"entity": spec.entity, "by": "id"}}]} if spec.type == "ref" else {}


def _needed(suite: Suite, case: Case) -> str:
    """The entity that the case is about, "" for all of the ground."""
    if isinstance(case, Own):
        return ""
    entity = case.entity if isinstance(case, AtConnection | AtRecord | AtWrite) else ""
    return entity or next((one for one in ("customer",) if one in suite.ground.entities), "")


@contextmanager
def open_scene(suite: Suite, case: Case, server: Server, folder: Path) -> Iterator[Scene]:
    """A scene on a server as good as new, with as much of the ground laid as the case needs."""
    server.reset()
    (folder / "hub.sqlite").write_bytes(_empty_database())
    with patch.object(mapping_setup, "load_shipped", _shipped):
        yield from _opened(suite, case, server, folder)


@cache
def _empty_database() -> bytes:
    """A hub's database with nothing in it: making the tables takes longer than most cases."""
    with tempfile.TemporaryDirectory() as folder:
        SmallHub(Path(folder), {}).close()
        return (Path(folder) / "hub.sqlite").read_bytes()


_shipped = cache(mapping_setup.load_shipped)


def _opened(suite: Suite, case: Case, server: Server, folder: Path) -> Iterator[Scene]:
    made = Scene(suite, server, folder, entity=_needed(suite, case))
    try:
        made.first_contact()
        yield made
    finally:
        made.close()
