"""A company on one stage: a CRM and an ERP as sandboxes, the hub's own engine and connectors between them, SQLite underneath."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event, select

from hub.connector.discovery import connectors
from hub.setup.connections import NewConnection, add_connection
from hub.store.core import binding, connection, flow, inbox_item, record
from hub.store.core import checkpoint as checkpoints
from hub.sync.tasks import RunReport, Task
from sandbox.core.start import Running, start_sandbox
from tests.e2e.small_hub import SmallHub

SYSTEMS = {"crm": "ec", "erp": "kingdee"}
READ_ORDER = ("employee", "product", "customer", "order")
UNLIMITED = {"limits": [{"calls": 2000, "per_s": 1}], "timeout_s": 5}
#: Longer than every settle time and back-off of the first failures.
A_WHILE_S = 180
SELLER, PRODUCT = 5101, 7100001
Row = dict[str, Any]


class Stage:
    """`crm` and `erp` are connected; one salesperson and two products are known on both sides. Nothing was read yet."""

    def __init__(self, folder: Path, settings: Mapping[str, Mapping[str, object]] | None = None) -> None:
        self.hub = SmallHub(folder, connectors())
        self.sandboxes: dict[str, Running] = {}
        self.web = httpx.Client(timeout=30, trust_env=False)
        self.ids: dict[str, int] = {}
        for name, system in SYSTEMS.items():
            self.sandboxes[name] = start_sandbox(system, (settings or {}).get(name))
            new = NewConnection(name, system, self.sandboxes[name].credentials, UNLIMITED)
            self.ids[name] = add_connection(self.hub, new, who="test")
        self._people_and_products()

    def close(self) -> None:
        self.hub.close()
        self.web.close()
        for running in self.sandboxes.values():
            running.stop()

    # --- the systems, as their users and as a judge who trusts nobody see them ---

    def control(self, name: str, method: str, path: str, body: Any = None, **query: Any) -> Any:
        reply = self.web.request(method, f"{self.sandboxes[name].url}/_sandbox/{path}", json=body, params=query)
        assert reply.is_success, f"{name} {path}: {reply.status_code} {reply.text[:300]}"
        return reply.json()

    def seed(self, name: str, kind: str, *rows: Row) -> list[Row]:
        made: list[Row] = self.control(name, "POST", f"records/{kind}", list(rows))["records"]
        return made

    def rows(self, name: str, kind: str) -> list[Row]:
        found: list[Row] = self.control(name, "GET", f"records/{kind}")["records"]
        return found

    def edit(self, name: str, kind: str, key: object, **changes: Any) -> None:
        self.control(name, "PUT", f"records/{kind}/{key}", changes)

    def written(self, name: str, kind: str = "") -> list[Row]:
        """What came in at the vendor's paths and was accepted."""
        found: list[Row] = self.control(name, "GET", "journal", object=kind)["entries"] if kind else []
        return found if kind else list(self.control(name, "GET", "journal")["entries"])

    def fault(self, name: str, kind: str, **given: Any) -> None:
        self.control(name, "POST", "faults", {"kind": kind, **given})

    def fired(self, name: str, kind: str) -> int:
        """How many calls have met a fault of this kind."""
        return sum(1 for one in self.control(name, "GET", "faults")["fired"] if one["kind"] == kind)

    def heal(self, name: str) -> None:
        self.control(name, "DELETE", "faults")

    def customers(self, *names: str, **fields: Any) -> list[Row]:
        """Enterprises of the CRM, each with a mobile of its own."""
        start = len(self.rows("crm", "customer"))
        rows = [
            {"crmType": 1, "name": f"联系人{start + n}", "company": name, "mobile": f"1380013{start + n:04}"}
            | {"followUserId": SELLER, "step": "2", **fields}
            for n, name in enumerate(names)
        ]
        return self.seed("crm", "customer", *rows)

    def sale(self, customer: Row, number: str = "1", price: str = "100.10") -> Row:
        line = {"productId": PRODUCT, "productNum": number, "originalMoney": price, "saleMoney": price}
        sale = {"crmId": customer["crmId"], "userId": SELLER, "projectName": "年度采购", "status": "2"}
        return self.seed("crm", "sale", sale | {"dealDate": "2026-11-20 09:00:00", "product": [line]})[0]

    def erp_names(self) -> list[str]:
        return sorted(row["FName"] for row in self.rows("erp", "BD_Customer"))

    def _people_and_products(self) -> None:
        person = {"userId": SELLER, "userName": "张三", "account": "13800000001", "deptId": 102, "title": "销售"}
        self.seed("crm", "user", person)
        self.seed("erp", "BD_Empinfo", {"FNumber": "YG1", "FName": "张三", "FMobile": "13800000001"})
        self.seed("erp", "BD_Saler", {"FNumber": "XSY1", "FName": "张三", "FStaffId": "YG1", "FEmpNumber": "YG1"})
        for n, name in enumerate(("轴承", "阀门"), 1):
            product = {"productId": PRODUCT - 1 + n, "productName": name, "productUnit": "台", "specs": f"M-{n}"}
            self.seed("crm", "product", product | {"money": "100.10"})
            unit = {"SubHeadEntity": {"FBaseUnitId": "TAI", "FTaxRateId": "SL04_SYS"}}
            self.seed("erp", "BD_MATERIAL", {"audited": True, "FNumber": f"M-{n}", "FName": name, **unit})

    # --- the hub ---

    def flow_id(self, name: str, entity: str) -> int:
        query = select(flow.c.id).where(flow.c.connection_id == self.ids[name], flow.c.entity == entity)
        with self.hub.db.read() as tx:
            return int(tx.execute(query).scalar_one())

    def pull(self, name: str, entity: str, *, full: bool = False) -> RunReport:
        return self.hub.engine.pull(self.flow_id(name, entity), full=full)

    def push(self, name: str, entity: str) -> RunReport:
        return self.hub.engine.push(self.flow_id(name, entity))

    def first_contact(self, *released: str) -> None:
        """Everything is read once in full, then writing to the ERP is released for these entities."""
        for entity in READ_ORDER:
            for name in SYSTEMS:
                report = self.pull(name, entity, full=True)
                assert report.state == "ok", (name, entity, report)
        for entity in released:
            self.hub.engine.release_flow(self.flow_id("erp", entity), who="test")

    def work(self, rounds: int = 30) -> list[RunReport]:
        """Do whatever is due, as the scheduler and its workers would, until nothing is."""
        done: list[RunReport] = []
        for _ in range(rounds):
            self.hub.engine.intake()
            tasks = [task for task in self.hub.engine.due() if task.kind != "pull"]
            if not tasks:
                return done
            done += [self.hub.engine.run(task) for task in tasks]
        raise AssertionError(f"still due after {rounds} rounds: {tasks}")

    def poll(self) -> list[RunReport]:
        """Read what changed everywhere, then do what that made due."""
        for entity in READ_ORDER:
            for name in SYSTEMS:
                self.hub.engine.run(Task("pull", self.flow_id(name, entity)))
        return self.work()

    def wait(self, seconds: float = A_WHILE_S) -> None:
        """Time passes for everybody."""
        self.hub.advance(seconds)
        for name in SYSTEMS:
            self.control(name, "POST", "clock", {"advance_s": seconds})

    def inbox(self, kind: str = "") -> list[Any]:
        query = select(inbox_item).where(inbox_item.c.state == "open").order_by(inbox_item.c.id)
        with self.hub.db.read() as tx:
            return [row for row in tx.execute(query) if not kind or row.kind == kind]

    def records(self, entity: str) -> list[Any]:
        with self.hub.db.read() as tx:
            return list(tx.execute(select(record).where(record.c.entity == entity, record.c.state == "live")))

    def bindings(self, name: str, entity: str) -> list[Any]:
        at = (binding.c.connection_id == self.ids[name], binding.c.entity == entity)
        with self.hub.db.read() as tx:
            return list(tx.execute(select(binding).where(*at).order_by(binding.c.id)))

    def checkpoint(self, name: str, entity: str) -> Any:
        query = select(checkpoints.c.data).where(
            checkpoints.c.kind == "pull", checkpoints.c.flow_id == self.flow_id(name, entity)
        )
        with self.hub.db.read() as tx:
            return tx.execute(query).scalar_one_or_none()

    def state_of(self, name: str) -> Any:
        with self.hub.db.read() as tx:
            return tx.execute(select(connection).where(connection.c.name == name)).one()


def speaks_both(item: Any, *parts: str) -> None:
    """A message for people: Chinese and English, each with every part in it."""
    said = item if isinstance(item, Mapping) else {"zh": item.zh, "en": item.en}
    for language in ("zh", "en"):
        missing = [part for part in parts if part not in str(said[language])]
        assert not missing, f"{language} lacks {missing}: {said[language]}"
    assert any("一" <= sign <= "鿿" for sign in str(said["zh"]))


@contextmanager
def full_disk(stage: Stage) -> Iterator[None]:
    """The database may not grow by a page, as on a full disk."""

    def limit(dbapi: sqlite3.Connection, _record: object) -> None:
        dbapi.execute(f"PRAGMA max_page_count = {dbapi.execute('PRAGMA page_count').fetchone()[0]}")

    stage.hub.db.engine.dispose()
    event.listen(stage.hub.db.engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(stage.hub.db.engine, "connect", limit)
        stage.hub.db.engine.dispose()


def names(rows: Sequence[Row], field: str) -> list[str]:
    return sorted(str(row[field]) for row in rows)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.close()


def as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
