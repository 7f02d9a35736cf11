"""The company of tests/e2e/stage.py with a real Tryton as its ERP, where people work with Tryton's own client."""

import json
import subprocess
from pathlib import Path
from typing import Any

import httpx

from hub.connector.discovery import connectors
from hub.setup.connections import NewConnection, add_connection
from hub.setup.flows import FlowChange, set_flow
from hub.sync.tasks import RunReport, Task
from sandbox.core.start import Running, start_sandbox
from tests.e2e.small_hub import SmallHub
from tests.e2e.stage import PRODUCT, SELLER, UNLIMITED, Stage
from tests.tryton.environment import PASSWORD, USER, Template
from tests.tryton.gateway import Desk

CLERK = Path(__file__).with_name("clerk.py")
READS = (
    *(("crm", "employee"), ("crm", "product"), ("erp", "product"), ("crm", "customer"), ("erp", "customer")),
    *(("crm", "order"), ("erp", "order"), ("erp", "receivable"), ("erp", "receipt"), ("erp", "settlement")),
)


class TrytonStage(Stage):
    """`crm` is the CRM's sandbox, `erp` the gateway before Tryton; products are known on both sides. Nothing was read yet."""

    def __init__(self, folder: Path, erp: Running, built: Template) -> None:
        self.hub = SmallHub(folder, connectors())
        self.web = httpx.Client(timeout=60, trust_env=False)
        self.sandboxes = {"crm": start_sandbox("ec"), "erp": erp}
        self.python = built.python
        assert erp.sandbox is not None
        self.desk: Desk = erp.sandbox.store.desk  # type: ignore[attr-defined]  # the gateway's stand-in for the store
        self.ids = {}
        for name, system in (("crm", "ec"), ("erp", "tryton")):
            settings = {
                **self.sandboxes[name].credentials,
                **({"payment_term": "50% + 50% 60d"} if name == "erp" else {}),
            }
            options = {**UNLIMITED, "timeout_s": 60}  # somebody at Tryton may act while a call is under way
            self.ids[name] = add_connection(self.hub, NewConnection(name, system, settings, options), who="test")
        self._sellers_and_products()

    def close(self) -> None:
        self.hub.close()
        self.web.close()
        self.sandboxes["crm"].stop()

    def _sellers_and_products(self) -> None:
        self.seed(
            "crm",
            "user",
            {"userId": SELLER, "userName": "张三", "account": "13800000001", "deptId": 102, "title": "销售"},
        )
        for n, name in enumerate(("轴承", "阀门"), 1):
            product = {"productId": PRODUCT - 1 + n, "productName": name, "productUnit": "台", "specs": f"M-{n}"}
            self.seed("crm", "product", product | {"money": "100.10"})

    def clerk(self, *actions: list[Any]) -> list[Any]:
        """What people do at Tryton, with its own client; the result of each."""
        command = [str(self.python), str(CLERK), f"{self.desk.url}/erp/rpc/", USER, PASSWORD, json.dumps(actions)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        found: list[Any] = json.loads(done.stdout)
        return found

    def meanwhile(self, **actions: list[Any]) -> list[str]:
        """What people do while the hub is writing: once per method ("sale_sale_write"), after it read and before Tryton is asked.
        The list that is returned fills with the methods that were met."""
        met: list[str] = []

        def interrupt(called: str) -> None:
            name = called.removeprefix("model.").replace(".", "_")
            if name in actions and name not in met:
                met.append(name)
                self.clerk(actions[name])

        self.desk.interrupt = interrupt
        return met

    def found(self, model: str, domain: list[Any], *fields: str) -> list[dict[str, Any]]:
        """What Tryton holds, asked past the hub and past the gateway."""
        rows: list[dict[str, Any]] = self.desk.call(
            f"model.{model}.search_read", domain, 0, None, [["id", "ASC"]], list(fields), active_test=False
        )
        return rows

    def first_contact(self, *released: str, crm: tuple[str, ...] = (), stage: str = "confirmed") -> None:
        for name, entity in READS:
            report = self.pull(name, entity, full=True)
            assert report.state == "ok", (name, entity, report)
        set_flow(self.hub, self.flow_id("erp", "order"), FlowChange(wanted_stage=stage), who="test")
        for name, entity in [*(("erp", one) for one in released), *(("crm", one) for one in crm)]:
            self.hub.engine.release_flow(self.flow_id(name, entity), who="test")

    def poll(self) -> list[RunReport]:
        for name, entity in READS:
            self.hub.engine.run(Task("pull", self.flow_id(name, entity)))
        return self.work()

    def wait(self, seconds: float = 180) -> None:
        """Time passes for the hub and the CRM; Tryton's people keep the day that the wall says."""
        self.hub.advance(seconds)
        self.control("crm", "POST", "clock", {"advance_s": seconds})
