"""A receipt booked in the ERP and a receivable that is overdue there reach the salesperson's chat, through both real connectors."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.kingdee import CONNECTOR as KINGDEE
from connectors.wecom import CONNECTOR as WECOM
from hub.alerts.deliver import deliver
from hub.alerts.overdue import overdue_events
from hub.alerts.plan import plan
from hub.alerts.rules import set_enabled
from sandbox.core.start import Running, start_sandbox
from tests.e2e.small_hub import SmallHub

ENTITIES = ("employee", "customer", "receivable", "receipt", "settlement")


class Town:
    """A company with both systems, seeded, connected and pulled once."""

    def __init__(self, folder: Path, erp: Running, chat: Running) -> None:
        self.erp = httpx.Client(base_url=erp.url, timeout=30, trust_env=False)
        self.chat = httpx.Client(base_url=chat.url, timeout=30, trust_env=False)
        self.hub = SmallHub(folder, {"kingdee": KINGDEE, "wecom": WECOM})
        self.today = self.hub.now().date()
        self.seed()
        self.erp_at = self.connect("erp", "kingdee", erp, auth="validate_user")
        self.chat_at = self.connect("chat", "wecom", chat)
        self.hub.pull(self.chat_at, "employee", full=True)
        self.pull(full=True)

    def connect(self, name: str, system: str, running: Running, **more: Any) -> int:
        fields = self.hub.connectors[system].config.model_fields
        return self.hub.connect(name, system, {k: v for k, v in running.credentials.items() if k in fields} | more)

    def seed(self) -> None:
        self.put(self.chat, "member", {"userid": "WangWei", "name": "王伟", "department": [1], "mobile": "13800000001"})
        self.put(
            self.erp, "BD_Empinfo", {"FNumber": "YG1", "FName": "王伟", "FMobile": "13800000001", "FStaffNumber": "YG1"}
        )
        self.put(self.erp, "BD_Saler", {"FNumber": "XSY1", "FName": "王伟", "FStaffId": "YG1", "FEmpNumber": "YG1"})
        self.put(self.erp, "BD_Customer", {"FNumber": "C1", "FName": "甲公司", "audited": True})
        self.put(self.erp, "BD_MATERIAL", {"FNumber": "M1", "FName": "物料", "audited": True})

    def put(self, web: httpx.Client, name: str, row: dict[str, Any]) -> dict[str, Any]:
        answer = web.post(f"/_sandbox/records/{name}", json=row)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()["records"][0]
        return made

    def owed(self, number: str, due_in: int, price: str = "100") -> None:
        due = (self.today + timedelta(days=due_in)).isoformat()
        detail = [{"FMATERIALID": "M1", "FPriceQty": 1, "FTaxPrice": price}]
        head = {"FBillNo": number, "FDATE": "2026-01-05", "FENDDATE_H": due, "FCUSTOMERID": "C1", "FSALEERID": "XSY1"}
        self.put(self.erp, "AR_receivable", {**head, "FEntityDetail": detail, "audited": True})

    def paid(self, number: str, amount: str) -> None:
        head = {"FBILLNO": number, "FDATE": self.today.isoformat(), "FCONTACTUNIT": "C1", "FSALEERID": "XSY1"}
        row = {**head, "FRECEIVEBILLENTRY": [{"FRECTOTALAMOUNTFOR": amount}], "audited": True}
        self.put(self.erp, "AR_RECEIVEBILL", row)

    def pull(self, *, full: bool = False) -> None:
        for entity in ENTITIES:
            self.hub.pull(self.erp_at, entity, full=full)

    def tell(self) -> None:
        overdue_events(self.hub.db, self.today, self.hub.now())
        plan(self.hub.db, self.hub.now(), connectors=self.hub.connectors)
        deliver(self.hub.db, self.hub.clients, self.hub.now(), 100)

    def read(self) -> list[str]:
        rows = self.chat.get("/_sandbox/records/messages", params={"user": "WangWei"}).json()["records"]
        return [row["content"]["content"] for row in rows]

    def close(self) -> None:
        self.hub.close()
        self.erp.close()
        self.chat.close()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with start_sandbox("kingdee") as erp, start_sandbox("wecom") as chat:
        made = Town(tmp_path, erp, chat)
        yield made
        made.close()


def test_a_receipt_and_an_overdue_receivable_are_told_once_each(town: Town) -> None:
    set_enabled(town.hub.db, "money-received", True, who="test", now=town.hub.now())
    town.owed("AR1", due_in=-8)
    town.owed("AR2", due_in=30)
    town.pull()
    town.tell()
    assert [text.splitlines()[0] for text in town.read()] == ["应收逾期 8 天"]
    assert "未收：100.00 CNY" in town.read()[0]
    assert "客户：甲公司" in town.read()[0]
    town.paid("SK1", "60")
    match = {"receivable": "AR1", "receipt": "SK1", "amount": "60", "date": town.today.isoformat()}
    town.put(town.erp, "AR_MATCHRECORD", match)
    town.hub.advance(400)
    town.pull()
    town.tell()
    town.tell()
    assert [text.splitlines()[0] for text in town.read()[1:]] == ["收到回款"]
    assert "金额：60.00 CNY" in town.read()[1]


def test_what_was_there_before_the_hub_is_told_to_nobody(tmp_path: Path) -> None:
    with start_sandbox("kingdee") as erp, start_sandbox("wecom") as chat:
        first = httpx.Client(base_url=erp.url, trust_env=False)
        first.post("/_sandbox/records/BD_Saler", json={"FNumber": "XSY1", "FName": "王伟"})
        first.post("/_sandbox/records/BD_Customer", json={"FNumber": "C1", "FName": "甲公司", "audited": True})
        row = {"FBILLNO": "OLD", "FDATE": "2026-01-01", "FCONTACTUNIT": "C1", "FSALEERID": "XSY1", "audited": True}
        made = first.post(
            "/_sandbox/records/AR_RECEIVEBILL", json={**row, "FRECEIVEBILLENTRY": [{"FRECTOTALAMOUNTFOR": "5"}]}
        )
        assert made.status_code == 200
        first.close()
        hub = SmallHub(tmp_path, {"kingdee": KINGDEE, "wecom": WECOM})
        fields = {system: one.config.model_fields for system, one in hub.connectors.items()}
        hub.connect("chat", "wecom", {k: v for k, v in chat.credentials.items() if k in fields["wecom"]})
        known = {k: v for k, v in erp.credentials.items() if k in fields["kingdee"]}
        at = hub.connect("erp", "kingdee", {**known, "auth": "validate_user"})
        for entity in ENTITIES:
            hub.pull(at, entity, full=True)
        assert plan(hub.db, hub.now(), connectors=hub.connectors) == 0
        hub.close()
