"""A hub in one process: real database and secrets, a fake engine that records what it was asked, four named people.

Ada is the admin, Fang the finance clerk; Sun and Shi sell, each to customers of their own.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from sqlalchemy import insert

from hub.connector import Connector, EntityManifest, Hint, Manifest, WebhookReply, WebhookRequest
from hub.connector.manifest import Name, Stage
from hub.errors import BadInput, CredentialsRejected
from hub.mapping.source import read_mapping
from hub.setup import activation, mappings
from hub.store import core
from hub.store.database import Database
from hub.store.secrets import SecretBox
from hub.sync.tasks import RunReport, Task

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
SECRET = "s3cret-of-acme"


class AcmeConfig(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(title="地址 / Address", pattern="^https?://")
    secret: SecretStr = Field(title="密钥 / Secret")
    retries: int = Field(3, title="次数 / Tries", ge=0)


def acme_callback(config: AcmeConfig, request: WebhookRequest, now: datetime) -> WebhookReply:
    """Signed with HMAC-SHA256 over the body; GET is the handshake."""
    signed = request.query.get("echo", "").encode() if request.method == "GET" else request.body
    expected = hmac.new(config.secret.get_secret_value().encode(), signed, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers.get("x-signature", "")):
        raise BadInput("签名不对", "The signature is wrong", field="x-signature")
    if request.method == "GET":
        return WebhookReply(body=request.query["echo"])
    try:
        told = json.loads(request.body)
    except ValueError:
        raise BadInput("不是 JSON", "The body is not JSON") from None
    return WebhookReply([Hint("customer", told["id"], "changed", told["key"])])


ACME = Connector(
    Manifest(
        system="acme",
        name=Name(zh="埃克", en="Acme"),
        kind=("erp",),
        vendor_docs="https://acme.example/docs",
        wire_version="1",
        entities={
            "customer": EntityManifest(object="Customer", can=("pull", "read", "create", "update")),
            "order": EntityManifest(
                object="Order",
                can=("pull", "read", "create", "update"),
                stages=(Stage(name="saved"), Stage(name="audited", step="audit")),
            ),
            "employee": EntityManifest(object="Staff", can=("pull", "read")),
        },
        callbacks=True,
    ),
    AcmeConfig,
    open=lambda _config, _link: None,
    callback=acme_callback,
)
MUTE = Connector(
    ACME.manifest.model_copy(update={"system": "mute", "kind": ("crm",), "callbacks": False}),
    AcmeConfig,
    open=lambda _config, _link: None,
)


@dataclass
class FakeEngine:
    """Records what people asked for."""

    db: Database
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def pull(self, flow_id: int, *, full: bool = False, trigger: str = "schedule", dry: bool = False) -> RunReport:
        self.asked.append(("pull", flow_id, full, trigger, dry))
        return RunReport(None, "ok", {"fetched": 2, "unchanged": 2})

    def push(self, flow_id: int, *, trigger: str = "schedule") -> RunReport:
        self.asked.append(("push", flow_id, trigger))
        return RunReport(None, "ok", {"sent": 1})

    def run(self, task: Task) -> RunReport:
        self.asked.append(("run", task))
        return RunReport(7, "ok", {"fetched": 2, "unchanged": 2})

    def intake(self) -> int:
        return 0

    def release_counts(self, flow_id: int) -> dict[str, int]:
        return {"due": 2, "wanted": 3}

    def preview_push(self, flow_id: int, *, limit: int) -> list[dict[str, Any]]:
        row = {"record": 5, "title": "甲公司", "action": "update", "id": "9", "step": "", "payload": {"Name": "甲公司"}}
        return [row | {"zh": "", "en": ""}][:limit]

    def release_flow(self, flow_id: int, *, who: str) -> dict[str, int]:
        self.asked.append(("release_flow", flow_id, {"who": who}))
        return {"due": 2, "wanted": 3}

    def __getattr__(self, name: str) -> Any:
        def record(*args: Any, **options: Any) -> int:
            self.asked.append((name, *args, options))
            return 17

        return record


class FakeClient:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def check(self) -> Mapping[str, str]:
        if self.error:
            raise self.error
        return {"account": "演示"}


@dataclass
class FakeClients:
    client: FakeClient = field(default_factory=FakeClient)

    def get(self, connection_id: int) -> FakeClient:
        return self.client

    def refuse(self) -> None:
        self.client = FakeClient(CredentialsRejected(f"密钥 {SECRET} 不对", f"the secret {SECRET} is wrong"))


@dataclass
class FakeRuntime:
    db: Database
    secrets: SecretBox = field(default_factory=lambda: SecretBox(b"k" * 32))
    connectors: Mapping[str, Connector] = field(default_factory=lambda: {"acme": ACME, "mute": MUTE})
    clients: FakeClients = field(default_factory=FakeClients)
    clock: datetime = NOW
    sent: list[Task] = field(default_factory=list)
    told: int = 0
    queue_error: Exception | None = None

    def __post_init__(self) -> None:
        self.engine = FakeEngine(self.db)

    def now(self) -> datetime:
        return self.clock

    def advance(self, seconds: float) -> None:
        self.clock += timedelta(seconds=seconds)

    def notify(self, task: Task) -> None:
        self.sent.append(task)

    def tell_intake(self) -> None:
        self.told += 1

    def local_day(self, now: datetime) -> date:
        return now.date()

    def queue_depths(self) -> Mapping[str, int]:
        if self.queue_error:
            raise self.queue_error
        return {"sync": 3}


@dataclass(frozen=True)
class World:
    """`as_` gives a client that speaks for one person; `ids` are the records by their titles."""

    runtime: FakeRuntime
    client: TestClient
    tokens: Mapping[str, str]
    ids: Mapping[str, int]

    def as_(self, name: str) -> "Person":
        return Person(self.client, {"Authorization": f"Bearer {self.tokens[name]}"})


@dataclass(frozen=True)
class Person:
    client: TestClient
    headers: Mapping[str, str]

    def get(self, path: str, **params: Any) -> Any:
        return self.client.get(f"/api/v1{path}", params=params, headers=self.headers)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        return self.client.request(method, f"/api/v1{path}", json=body, headers=self.headers)


def put_mapping(runtime: FakeRuntime, yaml: str) -> int:
    """Keep and activate a mapping from its text."""
    source = read_mapping(yaml)
    kept = mappings.save(runtime, source, source.findings, who="setup")
    activation.activate(runtime, kept.id, "future", who="setup")
    return kept.id


CUSTOMER_YAML = """
system: {system}
entity: customer
object: Customer
fields:
  - {{field: name, native: Name, steps: [trim]}}
  - {{field: address, native: Address, group: place}}
  - {{field: postcode, native: Zip, group: place}}
  - {{field: owner, native: Seller.Id, steps: [{{reference: {{entity: employee, by: id}}}}]}}
"""
ORDER_YAML = """
system: {system}
entity: order
object: Order
fields:
  - {{field: number, native: No}}
rows:
  field: lines
  native: Rows
  key: Id
  fields:
    - {{field: product_name, native: What}}
"""
EMPLOYEE_YAML = """
system: {system}
entity: employee
object: Staff
fields:
  - {{field: name, native: Name, direction: pull}}
"""


def put_mappings(runtime: FakeRuntime) -> None:
    for system in ("acme", "mute"):
        for yaml in (CUSTOMER_YAML, ORDER_YAML, EMPLOYEE_YAML):
            put_mapping(runtime, yaml.format(system=system))


def put_binding(runtime: FakeRuntime, record_id: int, external_id: str, **values: Any) -> int:
    row = {
        "record_id": record_id, "connection_id": 1, "entity": "customer", "external_id": external_id, "number": "",
        "key": "", "role": "primary", "state": "linked", "base": {}, "native_hash": "h", "vendor_version": "",
        "read_seq": 0, "write_seq": 0, "stage_wanted": "", "stage_seen": "", "version": 1, "pushed_version": 0,
        "reread": False, "held": [], "lane": 2, "attempts": 0, "lease_owner": "", "fence": 0, "updated_at": NOW,
    }  # fmt: skip
    with runtime.db.write() as tx:
        return int(tx.execute(insert(core.binding).values(row | values)).inserted_primary_key[0])


def put_record(runtime: FakeRuntime, entity: str, title: str, **values: Any) -> int:
    row = {
        "entity": entity, "title": title, "number": "", "data": {"name": title},
        "origin": {}, "version": 1, "state": "live", "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    with runtime.db.write() as tx:
        return int(tx.execute(insert(core.record).values(row | values)).inserted_primary_key[0])


def put_item(runtime: FakeRuntime, **values: Any) -> int:
    row = {
        "kind": "conflict", "entity": "customer", "field": "address", "dedupe_key": str(values), "state": "open",
        "opened_at": NOW, "refreshed_at": NOW, "revision": 2, "count": 1, "zh": "两边都改了", "en": "both changed",
        "data": {"golden": "a", "remote": "b"}, "resolved_by": "",
    }  # fmt: skip
    with runtime.db.write() as tx:
        return int(tx.execute(insert(core.inbox_item).values(row | values)).inserted_primary_key[0])


def put_run(runtime: FakeRuntime, **values: Any) -> int:
    row = {
        "connection_id": 1, "entity": "customer", "kind": "pull", "state": "ok", "trigger": "schedule", "full": False,
        "dry": False, "started_at": NOW, "counts": {"fetched": 2},
    }  # fmt: skip
    with runtime.db.write() as tx:
        return int(tx.execute(insert(core.run).values(row | values)).inserted_primary_key[0])


def put_receivable(runtime: FakeRuntime, customer_id: int, amount: str, *, due: str = "2026-10-31") -> int:
    """An open receivable with one instalment."""
    number = f"AR-{customer_id}"
    data = {
        "number": number, "customer": customer_id, "date": "2026-09-01", "currency": "CNY", "amount": amount,
        "status": "open", "instalments": [{"id": "1", "due_date": due, "amount": amount}],
    }  # fmt: skip
    return put_record(runtime, "receivable", number, number=number, data=data, customer_id=customer_id)


def put_people_and_records(runtime: FakeRuntime) -> dict[str, int]:
    """Two salespeople, a customer of each with what hangs on it, and things that are nobody's. Ids by title."""
    sun, shi = put_record(runtime, "employee", "孙"), put_record(runtime, "employee", "石")
    found = {"孙": sun, "石": shi, "螺丝": put_record(runtime, "product", "螺丝")}
    for seller, owner in (("孙", sun), ("石", shi)):
        customer = put_record(runtime, "customer", f"{seller}的客户", number=f"C-{owner}", owner_id=owner)
        found[f"{seller}的客户"] = customer
        for entity in ("contact", "order", "receivable", "receipt"):
            title = f"{seller}的{entity}"
            found[title] = put_record(runtime, entity, title, customer_id=customer)
    found["无主客户"] = put_record(runtime, "customer", "无主客户")
    found["无客户的订单"] = put_record(runtime, "order", "无客户的订单", owner_id=sun)
    return found
