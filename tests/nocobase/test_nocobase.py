"""The main job with a system that nobody here wrote: EC sandbox -> hub -> NocoBase -> hub, both ways."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from connectors.rest.trying import Exchange, Tools
from hub.connector.contract import Write
from hub.connector.discovery import connectors
from hub.connector.link import Link
from hub.errors import CredentialsRejected, DuplicateInSystem, RecordGone
from hub.setup.connections import NewConnection, add_connection
from hub.setup.flows import FlowChange, set_flow
from hub.store.core import binding, change, flow, inbox_item
from sandbox.core.start import Running, start_sandbox
from tests.e2e.small_hub import SmallHub
from tests.nocobase.environment import NocoBase

SELLER, PRODUCT = 5101, 7100001
READ = {
    "crm": ("employee", "product", "customer", "contact", "order"),
    "base": ("product", "customer", "contact", "order"),
}
FAST = {"limits": [{"calls": 2000, "per_s": 1}]}
Row = dict[str, Any]


class Company:
    """EC as `crm` and NocoBase as `base`, linked by the hub."""

    def __init__(self, folder: Path, base: NocoBase, crm: Running) -> None:
        self.hub = SmallHub(folder, connectors())
        self.base, self.crm = base, crm
        self.web = httpx.Client(base_url=f"{crm.url}/_sandbox/", trust_env=False)
        settings = {"base_url": base.url, "api_key": base.api_key}
        ec = {**crm.credentials, "order_details": True}
        self.ids = {
            "crm": add_connection(self.hub, NewConnection("crm", "ec", ec, FAST), who="test"),
            "base": add_connection(self.hub, NewConnection("base", "nocobase", settings, FAST), who="test"),
        }

    def seed(self, kind: str, *rows: Row) -> list[Row]:
        made: list[Row] = self.web.post(f"records/{kind}", json=list(rows)).json()["records"]
        return made

    def rows(self, kind: str) -> list[Row]:
        found: list[Row] = self.web.get(f"records/{kind}").json()["records"]
        return found

    def edit(self, kind: str, key: object, **changes: Any) -> None:
        self.web.put(f"records/{kind}/{key}", json=changes).raise_for_status()

    def flow(self, name: str, entity: str) -> int:
        query = select(flow.c.id).where(flow.c.connection_id == self.ids[name], flow.c.entity == entity)
        with self.hub.db.read() as tx:
            return int(tx.execute(query).scalar_one())

    def read(self, *, full: bool = False) -> None:
        for name, entities in READ.items():
            for entity in entities:
                report = self.hub.engine.pull(self.flow(name, entity), full=full)
                assert report.state == "ok", (name, entity, report)

    def release(self) -> None:
        """Orders are created in ERPs only, unless an admin says otherwise."""
        set_flow(self.hub, self.flow("base", "order"), FlowChange(create=True), who="test")
        for name, entity in [("base", one) for one in READ["base"]] + [
            ("crm", one) for one in ("customer", "contact", "order")
        ]:
            self.hub.engine.release_flow(self.flow(name, entity), who="test")

    def work(self) -> None:
        for _ in range(40):
            tasks = [task for task in self.hub.engine.due() if task.kind != "pull"]
            if not tasks:
                return
            for task in tasks:
                self.hub.engine.run(task)
        raise AssertionError(f"still due: {tasks}")

    def settle(self) -> None:
        """Read both sides and do what is due until nothing is. No clock is moved: NocoBase's is the real one."""
        for _ in range(3):
            self.read()
            self.work()

    def inbox(self) -> list[Any]:
        with self.hub.db.read() as tx:
            return list(tx.execute(select(inbox_item).where(inbox_item.c.state == "open")))

    def linked(self, entity: str) -> int:
        with self.hub.db.read() as tx:
            found = (
                binding.c.connection_id == self.ids["base"],
                binding.c.entity == entity,
                binding.c.state == "linked",
            )
            return len(list(tx.execute(select(binding.c.id).where(*found))))


@pytest.fixture
def company(tmp_path: Path, nocobase: NocoBase) -> Iterator[Company]:
    for collection in ("order_lines", "orders", "contacts", "products", "customers"):
        nocobase.call(f"{collection}:destroy", {}, filter='{"id":{"$gt":0}}')
    with start_sandbox("ec") as crm:
        made = Company(tmp_path, nocobase, crm)
        yield made
        made.web.close()
        made.hub.close()


def fill(company: Company) -> list[Row]:
    """Three firms with a contact each and an order, as sales people would enter them."""
    company.seed(
        "user", {"userId": SELLER, "userName": "张三", "account": "13800000001", "deptId": 102, "title": "销售"}
    )
    product = {"productId": PRODUCT, "productName": "轴承", "productUnit": "台", "specs": "M-1", "money": "100.10"}
    company.seed("product", product)
    firm = {"crmType": 1, "followUserId": SELLER, "step": "2"}
    names = ["华星贸易(深圳)有限公司", 'O\'Neil "GmbH" & Söhne 😀', "宏图机械有限公司"]
    firms = company.seed(
        "customer",
        *[{**firm, "company": name, "name": f"人{n}", "mobile": f"1380013000{n}"} for n, name in enumerate(names)],
    )
    company.seed(
        "contact",
        *[{"crmId": one["crmId"], "name": f"王芳{n}", "mobile": f"1370013000{n}"} for n, one in enumerate(firms)],
    )
    line = {"productId": PRODUCT, "productNum": "1.5", "originalMoney": "100.10", "saleMoney": "100.10"}
    sale = {"crmId": firms[0]["crmId"], "userId": SELLER, "projectName": "年度采购", "status": "2"}
    company.seed("sale", {**sale, "dealDate": "2026-11-20 09:00:00", "product": [line]})
    return firms


def test_the_main_job_both_ways(company: Company) -> None:
    firms = fill(company)
    base = company.base
    company.read(full=True)
    assert base.rows("customers") == [], "nothing is written before the release"
    company.release()
    company.work()
    company.settle()
    assert company.inbox() == []

    # everything is there, once, exactly
    there = base.rows("customers")
    assert sorted(row["name"] for row in there) == sorted(row["company"] for row in firms)
    assert len({row["hub_key"] for row in there}) == 3
    assert {row["mobile"] for row in base.rows("contacts")} == {f"1370013000{n}" for n in range(3)}
    product, order = base.rows("products")[0], base.rows("orders", appends="lines")[0]
    assert (product["name"], Decimal(product["price"])) == ("轴承", Decimal("100.10"))
    first = next(row for row in there if row["name"] == firms[0]["company"])
    assert (order["customer_id"], order["date"], Decimal(order["total"])) == (
        first["id"],
        "2026-11-20",
        Decimal("150.15"),
    )
    assert [(line["product_id"], Decimal(line["quantity"]), Decimal(line["price"])) for line in order["lines"]] == [
        (product["id"], Decimal("1.5"), Decimal("100.10"))
    ]

    # an edit there arrives here, an edit here arrives there, and neither comes back as an echo
    base.edit("customers", first["id"], address="文三路 1 号", remark="月结\n30 天")
    company.edit("customer", firms[1]["crmId"], memo="老客户")
    company.settle()
    ours = {row["crmId"]: row for row in company.rows("customer")}
    assert (ours[firms[0]["crmId"]]["companyAddress"], ours[firms[0]["crmId"]]["memo"]) == (
        "文三路 1 号",
        "月结\n30 天",
    )
    assert next(row for row in base.rows("customers") if row["name"] == firms[1]["company"])["remark"] == "老客户"
    stamps = [row["updatedAt"] for row in base.rows("customers")]
    company.settle()
    assert [row["updatedAt"] for row in base.rows("customers")] == stamps, "nothing is written when nothing changed"

    # a customer that somebody enters there is made here once
    base.call("customers:create", {"name": "新来的客户有限公司", "mobile": "13900139009"})
    company.settle()
    assert [row["company"] for row in company.rows("customer")].count("新来的客户有限公司") == 1
    assert len(base.rows("customers")) == company.linked("customer") == 4


def test_an_edit_on_both_sides_ends_alike_and_the_lost_value_is_kept(company: Company) -> None:
    """The CRM is the master of customers: its edit wins, and what somebody typed in NocoBase stays in the history."""
    firms = fill(company)
    company.read(full=True)
    company.release()
    company.work()
    company.settle()
    there = next(row for row in company.base.rows("customers") if row["name"] == firms[2]["company"])
    company.base.edit("customers", there["id"], address="那边改的")
    company.edit("customer", firms[2]["crmId"], companyAddress="这边改的")
    company.settle()
    ours = next(row for row in company.rows("customer") if row["crmId"] == firms[2]["crmId"])
    theirs = next(row for row in company.base.rows("customers") if row["id"] == there["id"])
    assert ours["companyAddress"] == theirs["address"] == "这边改的"
    with company.hub.db.read() as tx:
        assert any("那边改的" in str(row) for row in tx.execute(select(change)))


def test_what_the_vendor_says_is_understood(company: Company) -> None:
    client = company.hub.clients.get(company.ids["base"])
    assert set(client.check()) == {"address", *READ["base"]}
    made = client.create("customer", [Write("HUB-1", {"name": "甲"})])[0]
    assert [row.id for row in client.find("customer", Write("HUB-1", {}))] == [made.id]  # type: ignore[union-attr]
    assert client.find("customer", Write("HUB-2", {})) == []
    assert isinstance(client.create("customer", [Write("HUB-1", {"name": "乙"})])[0], DuplicateInSystem)
    assert isinstance(client.update("customer", [Write("HUB-3", {"name": "乙"}, id="999999")])[0], RecordGone)
    assert client.read("customer", ["999999"]) == {}
    wrong = connectors()["nocobase"]
    refused = wrong.open(
        wrong.config.model_validate({"base_url": company.base.url, "api_key": "no-key-of-yours"}), Link(timeout_s=30)
    )
    with pytest.raises(CredentialsRejected):
        refused.check()
    refused.close()


def test_more_rows_than_a_page_each_once(company: Company) -> None:
    company.base.call("customers:create", [{"name": f"客户{n}"} for n in range(450)])
    client = company.hub.clients.get(company.ids["base"])
    rows = [row.id for page in client.pull("customer", None) for row in page.rows]
    assert len(rows) == len(set(rows)) == 450


def test_a_dry_try_shows_requests_and_hides_the_key(company: Company) -> None:
    told: list[Exchange] = []
    company.base.call("customers:create", {"name": "甲"})
    path = Path(__file__).parents[2] / "connectors/rest/systems/nocobase.yaml"
    settings = {"base_url": company.base.url, "api_key": company.base.api_key}
    rows = Tools.attempt(path, "customer", settings, limit=1, tell=told.append)
    assert [row.data["name"] for row in rows] == ["甲"]
    assert "customers:list" in told[0].request
    assert "甲" in told[0].reply
    assert company.base.api_key not in str(told)
