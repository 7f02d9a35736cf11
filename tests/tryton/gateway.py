"""A real Tryton behind the sandboxes' control interface and fault gate: faults, journal, seeds and edits for the contract kit.

What Tryton answers is Tryton's; only what a fault says is made here.
"""

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import httpx
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.core.clock import SandboxClock
from sandbox.core.faults import Facts, Faults, facts_of
from sandbox.core.journal import Journal
from sandbox.core.records import ControlError
from sandbox.core.server import listen, make_server
from sandbox.core.start import Running
from sandbox.core.system import Sandbox
from tests.tryton.environment import PASSWORD, USER, Template

Row = dict[str, Any]
HUB, SECRET = "hub", "Hub-User-2026"
GROUPS = ("Sales", "Accounting", "Account Product Administration")
WRITES = {"create", "write", "delete", "quote", "confirm", "process", "draft"}
AMOUNTS = {"unit_price", "list_price", "debit", "credit"}
DATES = {"sale_date", "date", "maturity_date", "end_date"}
KNOWN_AS = {"product.template": "product.product"}
"""What the hub writes to -> the object that it makes."""


class Desk:
    """What a person at the ERP does, over its RPC: `call(method, *params)`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.web = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self._token = ""
        self.interrupt: Callable[[str], None] = lambda _called: None
        """Called with the method of every write of the hub, after the hub read and before the server is asked."""

    def call(self, method: str, *params: Any, **context: Any) -> Any:
        for _ in range(2):
            said = self._post(method, [*params, {"company": 1, "language": "en", **context}], self._token)
            if said.status_code != 401:
                break
            self._token = self._login()
        found = said.json()
        if "result" not in found:
            raise ControlError(f"{method}: {found}")
        return found["result"]

    def groups(self, *names: str) -> list[int]:
        found: list[int] = self.call("model.res.group.search", [["name", "in", list(names)]], 0, None, None)
        assert len(found) == len(names)
        return found

    def make_hub_user(self) -> dict[str, str]:
        """The user that docs/tryton.md tells people to make (an administrator may do everything, and proves nothing); its settings."""
        given = {"name": "中枢", "login": HUB, "password": SECRET, "companies": [["add", [1]]], "company": 1}
        self.call("model.res.user.create", [{**given, "groups": [["add", self.groups(*GROUPS)]]}])
        return {"username": HUB, "password": SECRET}

    def test(self, path: str, **asked: Any) -> None:
        self.web.post(f"/_test/{path}", json=asked).raise_for_status()

    def _login(self) -> str:
        user, token, _bus = self._post("common.db.login", [USER, {"password": PASSWORD}, "en"], "").json()["result"]
        return base64.b64encode(f"{USER}:{user}:{token}".encode()).decode()

    def _post(self, method: str, params: list[Any], token: str) -> httpx.Response:
        headers = {"Authorization": f"Session {token}"} if token else {}
        return self.web.post("/erp/rpc/", json={"id": 1, "method": method, "params": params}, headers=headers)


def on_wire(value: Any, name: str = "") -> Any:
    """Amounts and dates given as text, as the RPC wants them."""
    if isinstance(value, dict):
        return {key: on_wire(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [on_wire(item) for item in value]
    if name in AMOUNTS and value is not None:
        return {"__class__": "Decimal", "decimal": str(value)}
    if name in DATES and isinstance(value, str):
        year, month, day = map(int, value.split("-"))
        return {"__class__": "date", "year": year, "month": month, "day": day}
    return value


@dataclass
class Kind:
    """Stands in for the sandboxes' ObjectKind: rows are given as the RPC takes them."""

    name: str
    id_field: str = "id"
    indexed: tuple[str, ...] = ()
    prepare: Callable[[Row, Row | None], Row] = lambda data, _stored: data


@dataclass
class Records:
    """Stands in for the sandboxes' RecordStore; the records are Tryton's."""

    desk: Desk
    facts: Mapping[str, Any]

    def kind(self, name: str) -> Kind:
        return Kind(name)

    def create(self, name: str, data: Row) -> Row:
        return {"id": getattr(self, "_" + name.replace(".", "_"), self._plain(name))(on_wire(dict(data)))}

    def update(self, name: str, wanted: str, changes: Row, *, bump: bool = True) -> Row:
        model, one = name, int(wanted)
        above = {"product.product": ("template", "product.template"), "company.employee": ("party", "party.party")}
        if name in above and "end_date" not in changes:
            field_name, model = above[name]
            one = self.desk.call(f"model.{name}.read", [one], [field_name])[0][field_name]
        self.desk.call(f"model.{model}.write", [one], on_wire(changes))
        return {"id": wanted}

    def delete(self, name: str, wanted: str) -> None:
        if name in ("move", "receipt"):
            column = "move" if name == "move" else "id"
            number = int(wanted.partition("-")[0])
            self.desk.test("sql", sql=f"DELETE FROM account_move_line WHERE {column} = ?", given=[number])
            return
        if name == "sale.sale":
            self.desk.call("model.sale.sale.cancel", [int(wanted)])
        self.desk.call(f"model.{name}.delete", [int(wanted)])

    def get(self, name: str, wanted: str) -> Row | None:
        return {"id": wanted}

    def clear(self) -> None:
        self.desk.test("reset")

    def _plain(self, name: str) -> Callable[[Row], Any]:
        return lambda data: self.desk.call(f"model.{name}.create", [data])[0]

    def _product_product(self, data: Row) -> Any:
        unit = {
            "type": "goods",
            "salable": True,
            "default_uom": 1,
            "sale_uom": 1,
            "account_category": self.facts["category"],
        }
        made = self.desk.call("model.product.template.create", [{**unit, **data, "products": [["create", [{}]]]}])
        return self.desk.call("model.product.template.read", made, ["products"])[0]["products"][0]

    def _variant(self, data: Row) -> Any:
        """One more variant of the template of the variant `of`."""
        template = self.desk.call("model.product.product.read", [data.pop("of")], ["template"])[0]["template"]
        return self._plain("product.product")({"template": template, **data})

    def _company_employee(self, data: Row) -> Any:
        """An employee from the fields of the party, `end_date` and `agent` apart."""
        numbers = [{"type": kind, "value": data[kind]} for kind in ("mobile", "email") if data.get(kind)]
        party = self._plain("party.party")({"name": data["name"], "contact_mechanisms": [["create", numbers]]})
        dates = {"end_date": data["end_date"]} if data.get("end_date") else {}
        made = self._plain("company.employee")({"party": party, "company": 1, **dates})
        if data.get("agent"):
            self._plain("commission.agent")({"party": party, "type_": "agent", "company": 1, "currency": 1})
        return made

    def _move(self, data: Row) -> str:
        """A posted entry that makes a customer owe: one line per instalment."""
        parts = [(row["debit"], row.get("maturity_date")) for row in data["lines"]]
        account = self.facts["account"]
        debts = [
            {
                "account": account["receivable"],
                "party": data["party"],
                "debit": amount,
                "credit": on_wire(0, "credit"),
                "maturity_date": due,
            }
            for amount, due in parts
        ]
        against = [
            {"account": account["revenue"], "debit": on_wire(0, "debit"), "credit": amount} for amount, _due in parts
        ]
        return f"{self._posted('revenue', data, [*debts, *against])}-{data['party']}"

    def _receipt(self, data: Row) -> int:
        account, amount = self.facts["account"], data["credit"]
        paid = {
            "account": account["receivable"],
            "party": data["party"],
            "debit": on_wire(0, "debit"),
            "credit": amount,
        }
        lines = [paid, {"account": account["cash"], "debit": amount, "credit": on_wire(0, "credit")}]
        move = self._posted("cash", data, lines)
        domain = [["move", "=", move], ["account", "=", account["receivable"]]]
        return int(self.desk.call("model.account.move.line.search", domain, 0, 1, None)[0])

    def _posted(self, journal: str, data: Row, lines: list[Row]) -> int:
        day = data.get("date") or on_wire(time.strftime("%Y-%m-%d"), "date")
        period = self.desk.call(
            "model.account.period.search", [["start_date", "<=", day], ["end_date", ">=", day]], 0, 1, None
        )[0]
        head = {
            "journal": self.facts["journal"][journal],
            "date": day,
            "period": period,
            "description": data.get("description"),
        }
        made = self.desk.call("model.account.move.create", [{**head, "lines": [["create", lines]]}])
        self.desk.call("model.account.move.post", made)
        return int(made[0])


@dataclass
class Gateway:
    """The vendor's paths: requests go to Tryton and come back as they are."""

    desk: Desk
    faults: Faults
    journal: Journal
    clock: SandboxClock
    offset: timedelta = timedelta()
    hop: frozenset[str] = field(
        default=frozenset({"host", "content-length", "connection", "accept-encoding", "transfer-encoding", "date"})
    )

    def reset(self) -> None:
        self.offset = timedelta()
        self.desk.interrupt = lambda _called: None

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        facts = facts_of(request)
        fault = self.faults.take({"token_expired", "locked"}, facts)
        if fault is not None and fault.kind == "locked":
            return Response(
                json.dumps({"id": 1, "error": ["ConcurrencyException", "Records were modified"]}),
                media_type="application/json",
            )
        headers = {name: value for name, value in request.headers.items() if name not in self.hop}
        if fault is not None:
            headers["authorization"] = "Session " + base64.b64encode(b"admin:1:0000").decode()
        if facts.write:
            await run_in_threadpool(self.desk.interrupt, facts.operation)
        reply = await run_in_threadpool(self._forward, request.url.path, headers, body)
        if reply.status_code == 200:
            self._note(facts, body, reply)
        kept = {name: value for name, value in reply.headers.items() if name not in self.hop | {"content-encoding"}}
        return Response(
            reply.content, reply.status_code, {**kept, "date": format_datetime(self.clock.now(), usegmt=True)}
        )

    def _forward(self, path: str, headers: Mapping[str, str], body: bytes) -> httpx.Response:
        if self.offset != self.clock._offset:
            self.offset = self.clock._offset
            self.desk.test("clock", offset_s=self.offset.total_seconds())
        return self.desk.web.post(path, headers=dict(headers), content=body)

    def _note(self, facts: Facts, body: bytes, reply: httpx.Response) -> None:
        asked, said = json.loads(body), reply.json()
        if facts.write and said.get("error") is None:
            kind = facts.operation.rsplit(".", 1)[-1]
            made = said.get("result") if kind == "create" else asked["params"][0]
            for one in made:
                self.journal.append(
                    {"write": "update"}.get(kind, kind),
                    KNOWN_AS.get(str(facts.object), str(facts.object)),
                    id=one,
                    data=asked["params"],
                )


def classify(method: str, path: str, body: str) -> Facts:
    """Which model a call is about, and whether it writes."""
    try:
        called = str(json.loads(body)["method"])
    except (ValueError, KeyError, TypeError):
        called = ""
    model, _, act = called.removeprefix("model.").rpartition(".")
    return Facts(
        method, path, body, model, write=called.startswith("model.") and act in WRITES, operation=called or path
    )


def make_gateway(url: str, template: Template) -> Sandbox:
    """A sandbox whose vendor is the Tryton at `url`."""
    clock, _store, journal, faults = Sandbox.parts()
    desk = Desk(url)
    gateway = Gateway(desk, faults, journal, clock)
    given = {"database": "erp", "username": USER, "password": PASSWORD, "payment_term": "30 days"}
    return Sandbox(
        name="tryton",
        clock=clock,
        store=Records(desk, template.facts),  # type: ignore[arg-type]
        journal=journal,
        faults=faults,
        routes=[Route("/{path:path}", gateway.answer, methods=["POST", "GET"])],
        credentials=lambda base: {"server_url": base, **given},
        classify=classify,
        resets=[gateway.reset],
    )


@contextmanager
def open_gateway(url: str, template: Template):
    """Runs the gateway in a thread; uvicorn adds no date of its own, the gateway's clock gives it."""
    sandbox = make_gateway(url, template)
    bound = listen(0)
    server = make_server(sandbox)
    server.config.date_header = False
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    here = f"http://127.0.0.1:{bound.getsockname()[1]}"
    try:
        yield Running(here, sandbox.credentials(here), lambda: None, sandbox)
    finally:
        server.should_exit = True
        thread.join(15)
        sandbox.store.desk.web.close()  # type: ignore[attr-defined]
