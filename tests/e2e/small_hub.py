"""A hub in one process around real connectors and sandboxes: database, clients and engine, without queue and API."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from hub.connector import Connector
from hub.setup.connections import NewConnection, add_connection
from hub.store.core import flow
from hub.store.database import Database
from hub.store.secrets import SecretBox
from hub.sync.clients import Clients
from hub.sync.engine import Engine
from hub.sync.tasks import RunReport


@dataclass
class SmallHub:
    """Its clock is the real one plus `later`; `advance` moves only this clock."""

    folder: Path
    connectors: Mapping[str, Connector]
    later: timedelta = timedelta(0)
    secrets: SecretBox = field(default_factory=lambda: SecretBox(b"0" * 32))

    def __post_init__(self) -> None:
        self.db = Database(f"sqlite:///{self.folder / 'hub.sqlite'}")
        self.db.create_all()
        self.clients = Clients(self.db, self.secrets, self.connectors, now=self.now)
        self.engine = Engine(self.db, self.clients, now=self.now, worker="w1")

    def now(self) -> datetime:
        return datetime.now(UTC) + self.later

    def advance(self, seconds: float) -> None:
        self.later += timedelta(seconds=seconds)

    def connect(self, name: str, system: str, settings: Mapping[str, Any]) -> int:
        return add_connection(self, NewConnection(name, system, settings), who="test")

    def pull(self, connection_id: int, entity: str, *, full: bool = False) -> RunReport:
        query = select(flow.c.id).where(flow.c.connection_id == connection_id, flow.c.entity == entity)
        with self.db.read() as tx:
            flow_id = tx.execute(query).scalar_one()
        report = self.engine.pull(flow_id, full=full)
        assert report.state == "ok", report
        return report

    def close(self) -> None:
        self.clients.close()
        self.db.close()
