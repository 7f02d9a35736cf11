"""Open clients by connection: decrypts the settings, lends the link, writes the log of remote calls."""

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection, insert, select

from hub.connector.contract import Client, Connector
from hub.connector.link import Budget, Call, Link, MemoryTokens, Tokens, Unlimited
from hub.connector.manifest import Manifest
from hub.errors import BadInput, ConfigInvalid
from hub.store.core import attempt, connection
from hub.store.database import Database
from hub.store.secrets import SecretBox

LOG_BATCH = 50


def _memory_tokens(_connection_id: int) -> Tokens:
    return MemoryTokens()


def _unlimited(_connection_id: int, _manifest: Manifest) -> Budget:
    return Unlimited()


@dataclass
class Clients:
    """One per process. A client is shared by its threads and reopened when its connection's settings change."""

    db: Database
    secrets: SecretBox
    connectors: Mapping[str, Connector]
    now: Callable[[], datetime]
    tokens: Callable[[int], Tokens] = _memory_tokens
    budget: Callable[[int, Manifest], Budget] = _unlimited
    allow_private_hosts: bool = True
    _open: dict[int, tuple[str, Client]] = field(default_factory=dict)
    _retired: list[Client] = field(default_factory=list)
    _calls: list[dict[str, Any]] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def get(self, connection_id: int) -> Client:
        """Raises BadInput for an unknown connection, ConfigInvalid for settings that do not fit the connector any more."""
        row = self._row(connection_id)
        with self._lock:
            sealed, client = self._open.get(connection_id, ("", None))
            if client is None or sealed != row.config:
                if client is not None:
                    self._retired.append(client)  # other threads may be in the middle of a call with it
                client = self._connect(row)
                self._open[connection_id] = (row.config, client)
            return client

    def connector(self, connection_id: int) -> Connector:
        return self._connector(self._row(connection_id).system)

    def config(self, connection_id: int) -> BaseModel:
        """The decrypted settings; secrets inside are SecretStr."""
        return self._config(self._row(connection_id))

    def close(self) -> None:
        with self._lock:
            for client in [*self._retired, *(client for _sealed, client in self._open.values())]:
                client.close()
            self._open.clear()
            self._retired.clear()
        self.flush()

    def _row(self, connection_id: int) -> Any:
        with self.db.read() as db:
            row = db.execute(select(connection).where(connection.c.id == connection_id)).first()
        if row is None:
            raise BadInput(
                f"没有编号为 {connection_id} 的连接", f"there is no connection {connection_id}", field="connection"
            )
        return row

    def _connector(self, system: str) -> Connector:
        found = self.connectors.get(system)
        if found is None:
            raise BadInput(
                f"没有安装系统 {system} 的连接器",
                f"no connector for system {system} is installed",
                field="system",
                value=system,
            )
        return found

    def _config(self, row: Any) -> BaseModel:
        try:
            return self._connector(row.system).config.model_validate(json.loads(self.secrets.open(row.config)))
        except ValidationError as error:
            names = ", ".join(".".join(map(str, e["loc"])) for e in error.errors())
            raise ConfigInvalid(
                f"连接 {row.name} 的设置有误（{names}）：请在连接设置里更正",
                f"the settings of connection {row.name} do not fit ({names}): correct them",
                field=names,
            ) from None

    def _connect(self, row: Any) -> Client:
        connector = self._connector(row.system)
        link = Link(
            tokens=self.tokens(row.id),
            budget=self.budget(row.id, connector.manifest),
            now=self.now,
            on_call=lambda call: self._note(row.id, call),
            allow_private_hosts=self.allow_private_hosts,
            timeout_s=float(row.options.get("timeout_s", 60)),
        )
        return connector.open(self._config(row), link)

    def _note(self, connection_id: int, call: Call) -> None:
        """Keep the call for the log; written a batch at a time, so that the log costs no commit per call."""
        row = {
            "connection_id": connection_id,
            "operation": call.operation,
            "started_at": call.started,
            "ms": round(call.seconds * 1000),
            "outcome": call.outcome,
            "status": call.status,
            "request_id": call.request_id,
        }
        with self._lock:
            self._calls.append(row)
            full = len(self._calls) >= LOG_BATCH
        if full:
            self.flush()

    def flush(self, *, within: Connection | None = None) -> None:
        """Write the calls noted so far, in a transaction of their own or `within` one."""
        with self._lock:
            rows, self._calls = self._calls, []
        if rows:
            with nullcontext(within) if within is not None else self.db.write(durable=False) as db:
                db.execute(insert(attempt), rows)
