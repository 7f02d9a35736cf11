"""Systems by manifest in the real engine: EC <-> 简道云 both ways, and a CRM that cannot say what changed."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from connectors.rest import connector_of, shipped
from hub.api.inbound import inbound_row
from hub.cli.desk import Desk
from hub.cli.main import main
from hub.connector import Connector
from hub.connector.contract import WebhookRequest
from hub.connector.discovery import connectors
from hub.connector.testing import Receiver
from hub.runtime import Runtime
from hub.settings import Settings
from hub.setup.connections import NewConnection, add_connection
from hub.setup.flows import FlowChange, set_flow
from hub.store.core import flow, inbox_item, record
from hub.store.database import Database
from hub.store.inbound import keep
from hub.sync.tasks import RunReport
from sandbox.core.start import Running, start_sandbox
from tests.e2e.small_hub import SmallHub
from tests.unit.rest.test_page import COMMANDS, FILES, KEY, Forms
from tests.unit.rest.vendor import Vendor

READ = {"crm": ("employee", "product", "customer", "contact", "order"), "forms": ("customer", "contact", "order")}
FAST = {"limits": [{"calls": 2000, "per_s": 1}]}
Row = dict[str, Any]


class Pair:
    """`forms` is 简道云, `crm` (where it is there) EC."""

    def __init__(self, folder: Path, connector: Connector, **sandboxes: Running) -> None:
        self.hub = SmallHub(folder, {**connectors(), "jiandaoyun": connector})
        self.sandboxes = sandboxes
        self.web = httpx.Client(trust_env=False)
        self.ids: dict[str, int] = {}
        for name, running in sandboxes.items():
            system = "jiandaoyun" if name == "forms" else "ec"
            settings = {**running.credentials, **({"order_details": True} if name == "crm" else {})}
            self.ids[name] = add_connection(self.hub, NewConnection(name, system, settings, FAST), who="test")

    def control(self, name: str, method: str, path: str, body: Any = None) -> Any:
        reply = self.web.request(method, f"{self.sandboxes[name].url}/_sandbox/{path}", json=body)
        assert reply.is_success, reply.text[:300]
        return reply.json()

    def seed(self, name: str, kind: str, *rows: Row) -> list[Row]:
        made: list[Row] = self.control(name, "POST", f"records/{kind}", list(rows))["records"]
        return made

    def rows(self, name: str, kind: str) -> list[Row]:
        found: list[Row] = self.control(name, "GET", f"records/{kind}")["records"]
        return found

    def flow(self, name: str, entity: str) -> int:
        query = select(flow.c.id).where(flow.c.connection_id == self.ids[name], flow.c.entity == entity)
        with self.hub.db.read() as tx:
            return int(tx.execute(query).scalar_one())

    def pull(self, name: str, entity: str) -> RunReport:
        report = self.hub.engine.pull(self.flow(name, entity))
        assert report.state == "ok", report
        return report

    def work(self) -> None:
        for _ in range(40):
            self.hub.engine.intake()
            tasks = [task for task in self.hub.engine.due() if task.kind != "pull"]
            if not tasks:
                return
            for task in tasks:
                self.hub.engine.run(task)
        raise AssertionError(f"still due: {tasks}")

    def settle(self) -> None:
        for _ in range(3):
            for name in self.sandboxes:
                for entity in READ[name]:
                    self.pull(name, entity)
            self.work()
            self.hub.advance(180)
            for name in self.sandboxes:
                self.control(name, "POST", "clock", {"advance_s": 180})

    def customers(self) -> list[Any]:
        with self.hub.db.read() as tx:
            return list(tx.execute(select(record).where(record.c.entity == "customer", record.c.state == "live")))

    def inbox(self) -> list[Any]:
        with self.hub.db.read() as tx:
            return list(tx.execute(select(inbox_item).where(inbox_item.c.state == "open")))

    def push_of(self, **event: Any) -> None:
        """A push of 简道云, taken in as the webhook route does."""
        with Receiver() as receiver:
            self.control("forms", "POST", "push", {"url": receiver.url, **event})
        self.take_in(receiver.requests[0])

    def take_in(self, request: WebhookRequest) -> None:
        connector, key = self.hub.connectors["jiandaoyun"], self.ids["forms"]
        assert connector.callback is not None
        reply = connector.callback(self.hub.clients.config(key), request, self.hub.now())
        with self.hub.db.write() as tx:
            keep(tx, [inbound_row(key, reply.hints, self.hub.now())])

    def close(self) -> None:
        self.web.close()
        self.hub.close()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with start_sandbox("ec") as crm, start_sandbox("jiandaoyun") as forms:
        made = Pair(tmp_path, connector_of(shipped("jiandaoyun")), crm=crm, forms=forms)
        yield made
        made.close()


def without_changes() -> Connector:
    """简道云 as it would be if it could not filter by the modified time."""
    system = shipped("jiandaoyun")
    plain = {
        name: entity.model_copy(update={"list": entity.list.model_copy(update={"changed": None})})
        for name, entity in system.entities.items()
    }
    return connector_of(system.model_copy(update={"entities": plain}))


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Pair]:
    with start_sandbox("jiandaoyun") as forms:
        made = Pair(tmp_path, without_changes(), forms=forms)
        yield made
        made.close()


def test_customers_contacts_and_orders_both_ways(pair: Pair) -> None:
    person = {"userId": 5101, "userName": "张三", "account": "13800000001", "deptId": 102, "title": "销售"}
    pair.seed("crm", "user", person)
    product = {"productId": 7100001, "productName": "轴承", "productUnit": "台", "money": "100.10"}
    pair.seed("crm", "product", product)
    firm = {"crmType": 1, "followUserId": 5101, "step": "2"}
    names = ["华星贸易(深圳)有限公司", 'O\'Neil "GmbH" 😀', "宏图机械有限公司"]
    rows = [{**firm, "company": name, "name": f"人{n}", "mobile": f"1380013000{n}"} for n, name in enumerate(names)]
    firms = pair.seed("crm", "customer", *rows)
    pair.seed("crm", "contact", {"crmId": firms[0]["crmId"], "name": "王芳", "mobile": "13700130000"})
    line = {"productId": 7100001, "productNum": "1.5", "originalMoney": "100.10", "saleMoney": "100.10"}
    sale = {"crmId": firms[0]["crmId"], "userId": 5101, "projectName": "年度采购", "status": "2"}
    pair.seed("crm", "sale", {**sale, "dealDate": "2026-11-20 09:00:00", "product": [line]})
    for entity in READ["crm"]:
        pair.pull("crm", entity)
    # Orders are created in ERPs only, unless an admin says otherwise.
    set_flow(pair.hub, pair.flow("forms", "order"), FlowChange(create=True), who="test")
    for entity in READ["forms"]:
        pair.pull("forms", entity)
        pair.hub.engine.release_flow(pair.flow("forms", entity), who="test")
    for entity in ("customer", "contact"):
        pair.hub.engine.release_flow(pair.flow("crm", entity), who="test")
    pair.settle()
    assert pair.inbox() == []
    there = {row["name"]: row for row in pair.rows("forms", "customer")}
    assert sorted(there) == sorted(names)
    assert len(pair.rows("crm", "contact")) == 1
    contact, order = pair.rows("forms", "contact")[0], pair.rows("forms", "order")[0]
    assert contact["customer"] == order["customer"] == there[names[0]]["_id"]
    assert order["date"] == "2026-11-19T16:00:00.000Z", "the 20th in Shanghai"
    assert (order["total"], order["lines"][0]["price"]) == ("150.15", "100.1")

    pair.control("forms", "PUT", f"records/customer/{there[names[0]]['_id']}", {"remark": "月结 30 天"})
    pair.settle()
    assert next(row for row in pair.rows("crm", "customer") if row["company"] == names[0])["memo"] == "月结 30 天"
    stamps = [row["updateTime"] for row in pair.rows("forms", "customer")]
    pair.settle()
    assert [row["updateTime"] for row in pair.rows("forms", "customer")] == stamps, "no echo"

    pair.control("forms", "POST", "faults", {"kind": "commit_then_drop", "match": {"write": True}})
    pair.seed("crm", "customer", {**firm, "company": "回复丢失有限公司", "name": "丁", "mobile": "13800130009"})
    pair.settle()
    assert [row["name"] for row in pair.rows("forms", "customer")].count("回复丢失有限公司") == 1, "made once"


def test_a_crm_that_cannot_say_what_changed(alone: Pair) -> None:
    rows = [{"ext_no": f"C-{n:03d}", "name": f"华星{n}", "remark": "旧"} for n in range(130)]
    made = alone.seed("forms", "customer", *rows)
    alone.pull("forms", "customer")
    versions = {row.id: row.version for row in alone.customers()}
    assert len(versions) == 130
    alone.pull("forms", "customer")
    assert {row.id: row.version for row in alone.customers()} == versions, "the same contents are no change"

    alone.control("forms", "PUT", f"records/customer/{made[7]['_id']}?bump=false", {"remark": "新"})
    alone.pull("forms", "customer")
    changed = [row for row in alone.customers() if row.version != versions[row.id]]
    assert [row.data["name"] for row in changed] == ["华星7"]
    assert changed[0].data["remark"] == "新"

    alone.control("forms", "PUT", f"records/customer/{made[9]['_id']}?bump=false", {"remark": "推送"})
    alone.push_of(op="data_update", object="customer", id=made[9]["_id"])
    alone.work()
    assert next(row for row in alone.customers() if row.data["name"] == "华星9").data["remark"] == "推送"


def test_the_page_ends_with_a_connection_that_works(
    sqlite_db: Database,
    tmp_path: Path,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The last commands of docs/rest.md in a real installation: manifest and mapping in the data folder, nothing else."""
    folder = tmp_path / "connectors"
    for name, text in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    (folder / "key.txt").write_text(KEY, "utf-8")
    monkeypatch.chdir(folder)
    forms = Forms()
    forms.seed(3)
    settings = Settings(data_dir=tmp_path, redis_url=redis_url, allow_private_hosts=True)
    with Vendor(pager=forms.answer) as vendor:
        for command in COMMANDS[2:]:
            desk = Desk(lang="zh", open_runtime=lambda: Runtime.from_settings(settings))
            line = command.replace("https://zhidao.example.com/openapi", vendor.url)
            assert main(shlex.split(line)[1:], desk) == 0, "".join(capsys.readouterr())
        assert vendor.url in capsys.readouterr().out
        with Runtime.from_settings(settings) as runtime:
            found = runtime.engine.pull(_flow_of(runtime.db, "customer"))
            assert (found.state, found.counts) == ("ok", {"fetched": 3, "created": 3})
            with runtime.db.read() as tx:
                assert {row.data["name"] for row in tx.execute(select(record))} == {"华星0", "华星1", "华星2"}


def _flow_of(db: Database, entity: str) -> int:
    with db.read() as tx:
        return int(tx.execute(select(flow.c.id).where(flow.c.entity == entity)).scalar_one())
