"""Vendor calls per 1,000 records and operation, counted by the sandboxes of kingdee, ec and wecom. Asserts nothing.

Run: .venv/bin/python bench/bench_connectors.py [RECORDS] [SYSTEM ...]
Sign-in and field lists are asked for once before anything is counted (they last for hours). "manifest" is what the
connector's manifest promises for the operation.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from hub.connector import Client, Connector, EntityManifest, Link, Message, Write, Written
from hub.connector.discovery import get_connector
from hub.connector.testing import SandboxControl
from sandbox.core.start import spawn_sandbox

RECORDS = 1000
Data = dict[str, Any]
Base = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Case:
    """How records of one entity are made and changed at one system; what is left out is not measured."""

    entity: str
    object: str
    seed: Callable[[int], Data]
    edit: Callable[[int], Data] | None = None
    write: Callable[[int], Data] | None = None
    change: Callable[[int], Data] | None = None
    steps: tuple[str, ...] = ()
    id_of: Callable[[str], str] = lambda given: given


def number(value: str) -> Data:
    return {"FNumber": value}


def kingdee_order(n: int) -> Data:
    row = {"FMaterialId": number("M1"), "FQty": "2", "FTaxPrice": "19.99", "FEntryTaxRate": "13"}
    head = {"FDate": "2025-02-01", "FCustId": number("C1"), "FSalerId": number("S1"), "FNote": f"备注 {n}"}
    return {**head, "FSaleOrderEntry": [dict(row) for _ in range(1 + n % 5)]}


def kingdee_receivable(n: int) -> Data:
    row = {"FMATERIALID": number("M1"), "FPRICEUNITID": number("Pcs"), "FPriceQty": "1", "FTaxPrice": "100"}
    head = {"FCUSTOMERID": number("C1"), "FDATE": "2025-02-01", "FENDDATE_H": "2025-03-01", "FREMARK": f"备注 {n}"}
    return {**head, "FEntityDetail": [row]}


KINGDEE_BASE: Base = {
    "BD_Customer": [{"FName": "华星贸易有限公司", "FNumber": "C1", "audited": True}],
    "BD_MATERIAL": [{"FName": "螺丝", "FNumber": "M1", "audited": True, "FBaseUnitId": number("Pcs")}],
    "BD_Saler": [{"FName": "李伟", "FNumber": "S1"}],
}
KINGDEE = (
    Case(
        "customer",
        "BD_Customer",
        lambda n: {"FName": f"杭州云栖{n}有限公司"},
        edit=lambda n: {"FDescription": f"改 {n}"},
        write=lambda n: {"FName": f"宁波海岸{n}有限公司"},
        change=lambda n: {"FDescription": f"推 {n}"},
        steps=("submit", "audit"),
    ),
    Case(
        "order",
        "SAL_SaleOrder",
        kingdee_order,
        edit=lambda n: {"FNote": f"改 {n}"},
        write=kingdee_order,
        change=lambda n: {"FNote": f"推 {n}"},
        steps=("submit", "audit"),
    ),
    Case("receivable", "AR_receivable", kingdee_receivable, edit=lambda n: {"FREMARK": f"改 {n}"}),
)

FIRM = 4017000001


def ec_firm(n: int) -> Data:
    person = {"name": f"李伟{n}", "mobile": f"139{n:08d}", "followUserId": 5001}
    return {**person, "company": f"华星贸易{n}有限公司", "crmType": 1}


def ec_contact(n: int) -> Data:
    return {"crmId": FIRM, "name": f"王芳{n}", "mobile": f"137{n:08d}"}


def ec_sale(n: int) -> Data:
    line = {"productId": 7000001, "productNum": 2, "saleMoney": 20}
    return {"projectName": f"项目 {n}", "crmId": FIRM, "userId": 5001, "product": [line]}


def ec_new_sale(n: int) -> Data:
    line = {"productId": 7000001, "productNum": 2, "saleMoney": 20}
    return {"projectName": f"新项目 {n}", "crmId": FIRM, "userId": 5001, "status": "1", "products": [line]}


EC_BASE: Base = {"customer": [ec_firm(0)], "product": [{"productName": "螺丝", "money": 20}]}
EC = (
    Case(
        "customer",
        "customer",
        lambda n: ec_firm(1 + n),
        edit=lambda n: {"memo": f"改 {n}"},
        write=lambda n: {**ec_firm(500_000 + n), "gender": "男", "channel": "官网"},
        change=lambda n: {"memo": f"推 {n}"},
    ),
    Case(
        "contact",
        "contact",
        ec_contact,
        write=lambda n: {"crmId": FIRM, "name": f"赵敏{n}", "mobile": f"136{n:08d}"},
        change=lambda n: {"memo": f"推 {n}"},
        id_of=lambda given: f"{FIRM}-{given}",
    ),
    Case(
        "order",
        "sale",
        ec_sale,
        edit=lambda n: {"remark": f"改 {n}"},
        write=ec_new_sale,
        change=lambda n: {"projectName": f"推 {n}"},
    ),
)

WECOM_BASE: Base = {"member": [{"userid": "zhangsan", "name": "张三", "mobile": "13800000001"}]}
WECOM = (
    Case("employee", "member", lambda n: {"userid": f"User{n}", "name": f"员工{n}", "department": [1]}),
    Case(
        "contact",
        "external_contact",
        lambda n: {"name": f"李伟{n}", "follow_user": [{"userid": "zhangsan", "remark": f"客户 {n}"}]},
        change=lambda n: {"follow_user": [{"userid": "zhangsan", "remark": f"推 {n}"}]},
    ),
)
SYSTEMS: Mapping[str, tuple[Base, Sequence[Case]]] = {
    "kingdee": (KINGDEE_BASE, KINGDEE),
    "ec": (EC_BASE, EC),
    "wecom": (WECOM_BASE, WECOM),
}
SETTINGS: Mapping[str, Mapping[str, Any]] = {"ec": {"order_details": True}}


@dataclass
class Bench:
    """One system: its sandbox, a client, and the table so far."""

    connector: Connector
    control: SandboxControl
    records: int
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        settings = {**self.control.credentials(), **SETTINGS.get(self.connector.system, {})}
        config = self.connector.config.model_validate(settings)
        self.client = self.connector.open(config, Link(now=self.control.now, timeout_s=60))

    def counted(self) -> int:
        reply = httpx.get(f"{self.control.url}/_sandbox/counters", trust_env=False)
        return sum(reply.json()["calls"].values())

    @contextmanager
    def row(self, entity: str, operation: str, manifest: float | None) -> Iterator[None]:
        before, started = self.counted(), time.monotonic()
        yield
        seconds = time.monotonic() - started
        calls = (self.counted() - before) * 1000 / self.records
        promised = "-" if manifest is None else f"{manifest * 1000:.0f}"
        head = f"{self.connector.system:8} {entity:11} {operation:20}"
        print(f"{head} {calls:8.0f} {promised:>9} {seconds:8.2f}", flush=True)

    def run(self, case: Case) -> None:
        manifest = self.connector.manifest.entities[case.entity]
        promised = manifest.calls_per_record.get
        natives = self.control.seed(case.object, map(case.seed, range(1, self.records + 1)))
        ids = list(map(case.id_of, natives))
        with self.row(case.entity, "first pull", promised("pull")):
            point = self.pull(case.entity, None)
        self.pulls_later(case, natives, point)
        with self.row(case.entity, "read", promised("read")):
            for part in parts(ids, manifest.read_batch):
                self.client.read(case.entity, part)
        self.updates(case, manifest, ids)
        self.creates(case, manifest)

    def pull(self, entity: str, point: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        for page in self.client.pull(entity, point):
            point = page.checkpoint or point
        return point

    def pulls_later(self, case: Case, natives: Sequence[str], point: Mapping[str, Any] | None) -> None:
        manifest = self.connector.manifest.entities[case.entity]
        self.control.advance(int(manifest.overlap_s) + 3600)
        point = self.pull(case.entity, point)
        self.control.advance(int(manifest.overlap_s) + 3600)
        with self.row(case.entity, "pull, nothing new", None):
            point = self.pull(case.entity, point)
        if case.edit is None or manifest.cursor == "none":
            return
        for place, one in enumerate(natives):
            self.control.edit(case.object, one, case.edit(place))
        with self.row(case.entity, "pull, all changed", manifest.calls_per_record.get("pull")):
            self.pull(case.entity, point)

    def updates(self, case: Case, manifest: EntityManifest, ids: Sequence[str]) -> None:
        if case.change is None:
            return
        writes = [Write(f"U-{place}", case.change(place), id=one) for place, one in enumerate(ids)]
        with self.row(case.entity, "update", manifest.calls_per_record.get("update")):
            for part in parts(writes, manifest.update_batch):
                confirmed(self.client.update(case.entity, part))

    def creates(self, case: Case, manifest: EntityManifest) -> None:
        if case.write is None:
            return
        writes = [Write(f"HUB-{place:06d}", case.write(place)) for place in range(self.records)]
        made: list[str] = []
        with self.row(case.entity, "create", manifest.calls_per_record.get("create")):
            for part in parts(writes, manifest.create_batch):
                made += confirmed(self.client.create(case.entity, part))
        for step in case.steps:
            with self.row(case.entity, step, manifest.calls_per_record.get(step)):
                for part in parts(made, manifest.update_batch):
                    confirmed(self.client.step(case.entity, step, part))

    def messages(self) -> None:
        members = [str(record["userid"]) for record in self.control.records("member")][: self.records]
        with self.row("-", "message", None):
            for place, member in enumerate(members):
                self.client.send(Message((member,), f"提醒 {place}", key=f"m{place}"))


def parts(items: Sequence[Any], size: int) -> Iterator[Any]:
    return (items[start : start + size] for start in range(0, len(items), size))


def confirmed(outcomes: Sequence[Any]) -> list[str]:
    for outcome in outcomes:
        if not isinstance(outcome, Written):
            raise outcome
    return [outcome.id for outcome in outcomes]


def measure(system: str, records: int) -> None:
    base, cases = SYSTEMS[system]
    with spawn_sandbox(system) as running:
        control = SandboxControl(running.url)
        for name, rows in base.items():
            control.seed(name, rows)
        bench = Bench(get_connector(system), control, records)
        try:
            bench.client.check()
            for case in cases:
                bench.run(case)
            if bench.connector.manifest.messages:
                bench.messages()
        finally:
            bench.client.close()
            control.close()


def main(arguments: Sequence[str]) -> None:
    numbers = [int(word) for word in arguments if word.isdigit()]
    records = numbers[0] if numbers else RECORDS
    print(f"vendor calls per 1,000 records ({records} used)\n")
    print(f"{'system':8} {'entity':11} {'operation':20} {'calls':>8} {'manifest':>9} {'seconds':>8}")
    for system in [word for word in arguments if not word.isdigit()] or SYSTEMS:
        measure(system, records)


if __name__ == "__main__":
    main(sys.argv[1:])
