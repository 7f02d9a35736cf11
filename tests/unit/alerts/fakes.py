"""A chat system in memory, and the little of a hub that alerts need around it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import insert, select

from hub.alerts.deliver import deliver
from hub.alerts.plan import plan
from hub.alerts.rules import parse_rule, save_rules
from hub.connector.contract import Connector, Delivery, Message
from hub.connector.manifest import Manifest, Name
from hub.errors import NotFound
from hub.store.core import alert, business_event, connection
from hub.store.database import Database
from tests.records import NOW, bind, bound, put

TEMPLATE = {"title": "{{ record.number }}", "body": "{{ customer.name | default: '?' }} {{ record.total | money }}"}


class NoConfig(BaseModel):
    """A chat in memory needs no settings."""


def connector(system: str = "chat", **more: Any) -> Connector:
    manifest = Manifest(
        system=system,
        name=Name(zh=system, en=system),
        kind=("chat",),
        vendor_docs="-",
        wire_version="1",
        entities={},
        **{"messages": ("app", "robot"), "member_lookup": ("mobile", "email"), **more},
    )
    return Connector(manifest, NoConfig, lambda _config, _link: ChatClient())


@dataclass
class ChatClient:
    """`outcomes` are consumed by the calls: an exception to raise, a Delivery, or a callable that gets the message.

    Like the vendor that it stands for, it drops a message it has seen, where `once` is set.
    """

    outcomes: list[Any] = field(default_factory=list)
    seen: list[Message] = field(default_factory=list)
    arrived: list[Message] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    members: dict[tuple[str, str], str] = field(default_factory=dict)
    once: bool = True

    def send(self, message: Message) -> Delivery:
        self.seen.append(message)
        outcome = self.outcomes.pop(0) if self.outcomes else Delivery("m")
        if callable(outcome):
            outcome = outcome(message)
        if isinstance(outcome, tuple):  # ("arrives", error): done, but the reply is lost
            self._arrive(message)
            raise outcome[1]
        if isinstance(outcome, Exception):
            raise outcome
        if not set(message.to) & set(outcome.refused):
            self._arrive(message)
        return outcome

    def _arrive(self, message: Message) -> None:
        if not (self.once and message.channel == "app" and message in self.arrived):
            self.arrived.append(message)

    def lookup_member(self, kind: str, value: str) -> str:
        self.asked.append((kind, value))
        return self.members.get((kind, value), "")


@dataclass
class Desk:
    """Rules, records, events, and a clock. Connections are called after their systems."""

    db: Database
    connectors: dict[str, Connector] = field(default_factory=lambda: {"chat": connector()})
    now: datetime = NOW
    clients: dict[int, ChatClient] = field(default_factory=dict)
    broken: dict[int, Exception] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for system in list(self.connectors):
            self.connect(system, system)

    # the hub's own parts

    def connect(self, name: str, system: str) -> int:
        row = {"name": name, "system": system, "config": "", "options": {}, "state": "active", "failures": 0}
        with self.db.write() as tx:
            statement = insert(connection).values(**row, created_at=NOW).returning(connection.c.id)
            key = int(tx.execute(statement).scalar_one())
        self.clients[key] = ChatClient()
        return key

    @property
    def chat(self) -> ChatClient:
        return self.clients[min(self.clients)]

    def get(self, key: int) -> Any:
        if key in self.broken:
            raise self.broken[key]
        if key not in self.clients:
            raise NotFound(f"没有连接 {key}", f"no connection {key}")
        return self.clients[key]

    def connector(self, key: int) -> Connector:
        with self.db.read() as tx:
            system = tx.execute(select(connection.c.system).where(connection.c.id == key)).scalar_one()
        return self.connectors[system]

    # what there is

    def rule(self, **changes: Any) -> None:
        base = {"name": "r1", "event": "order.created", "to": ["owner"], "template": TEMPLATE}
        save_rules(self.db, [parse_rule({**base, **changes})], "test", NOW)

    def employee(self, name: str, member: str = "", at: int | None = None, **data: Any) -> int:
        key = put(self.db, "employee", {"name": name, **data})
        if member:
            bind(self.db, bound(key, member, "employee", connection_id=at or min(self.clients)))
        return key

    def order(self, owner: int | None = None, customer: int | None = None, **data: Any) -> int:
        values = {"number": "SO1", "total": "12.5", "owner": owner, "customer": customer, **data}
        return put(self.db, "order", {name: value for name, value in values.items() if value is not None})

    def event(self, record_id: int, kind: str = "order.created", *, key: str = "", **data: Any) -> int:
        row = {"kind": kind, "entity": kind.partition(".")[0], "record_id": record_id, "data": data, "state": "new"}
        with self.db.write() as tx:
            count = len(tx.execute(select(business_event.c.id)).all())
            statement = insert(business_event).values(key=key or f"{kind}:{record_id}:{count}", at=self.now, **row)
            return int(tx.execute(statement.returning(business_event.c.id)).scalar_one())

    # work

    def plan(self, **more: Any) -> int:
        return plan(self.db, self.now, connectors=self.connectors, **more)

    def deliver(self, limit: int = 100) -> int:
        return deliver(self.db, self, self.now, limit)

    def run(self) -> None:
        self.plan()
        self.deliver()

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    # looking

    def alerts(self) -> list[Any]:
        with self.db.read() as tx:
            return list(tx.execute(select(alert).order_by(alert.c.id)))

    def states(self) -> list[str]:
        return [row.state for row in self.alerts()]

    def why(self, place: int = 0) -> str:
        return str(self.alerts()[place].receipt["reason"]["zh"])

    def events(self) -> list[str]:
        with self.db.read() as tx:
            return list(tx.scalars(select(business_event.c.state).order_by(business_event.c.id)))


Outcome = Callable[[Message], Any]
