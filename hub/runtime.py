"""The composition root: one `Runtime` per process holds everything that the API, the CLI and the workers need."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Self
from zoneinfo import ZoneInfo

import redis
from pydantic import ValidationError
from sqlalchemy import select

from hub.alerts.answers import take_answers
from hub.alerts.deliver import deliver
from hub.alerts.notices import connection_events, inbox_event
from hub.alerts.overdue import overdue_events
from hub.alerts.plan import plan
from hub.alerts.rules import install_shipped
from hub.connector import Connector, Manifest
from hub.connector.discovery import connectors as installed_connectors
from hub.connector.manifest import Limit
from hub.errors import ConfigInvalid, SetupError
from hub.mapping.load import keep
from hub.queue.actors import Work
from hub.queue.broker import HubBroker
from hub.queue.budget import RedisBudget
from hub.queue.client import QUEUES, connect
from hub.queue.presence import Presence, new_id
from hub.queue.queue import INTAKE, Queue
from hub.queue.schedule import Daily
from hub.queue.tokens import RedisTokens
from hub.queue.valkey import Valkey
from hub.settings import Settings
from hub.store.core import connection
from hub.store.database import Database
from hub.store.migrate import require
from hub.store.retention import GROUPS, purge
from hub.store.secrets import SecretBox, box_from_settings
from hub.sync.clients import Clients
from hub.sync.engine import Engine
from hub.sync.tasks import Task


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Runtime:
    """Everything of one process. Make it with `from_settings`, and close it."""

    settings: Settings
    process_id: str
    db: Database
    secrets: SecretBox
    redis: redis.Redis
    queue: Queue
    connectors: Mapping[str, Connector]
    clients: Clients
    engine: Engine
    presence: Presence
    now: Callable[[], datetime] = utc_now
    _exits: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def from_settings(
        cls, settings: Settings, *, role: str = "cli", process_id: str = "", now: Callable[[], datetime] = utc_now
    ) -> Self:
        """Raises SetupError, BadInput: no key, no Redis, a database that is away or not migrated."""
        process_id = process_id or new_id(role)
        secrets = box_from_settings(settings)
        db = Database(settings.database)
        require(db)
        exits = ExitStack()
        client = connect(_redis_for(settings, role, exits))
        queue = Queue(HubBroker(client, process_id))
        found = _connectors(settings)
        clients = Clients(
            db,
            secrets,
            found,
            now,
            tokens=lambda connection_id: RedisTokens(client, connection_id, secrets=secrets),
            budget=lambda connection_id, manifest: budget_of(db, client, connection_id, manifest=manifest),
            allow_private_hosts=settings.allow_private_hosts,
        )
        engine = Engine(db, clients, now=now, worker=process_id, notify=lambda task: _tell(queue, task))
        presence = Presence(settings.data_dir / "run")
        made = cls(settings, process_id, db, secrets, client, queue, found, clients, engine, presence, now, exits)
        exits.enter_context(presence.hold(process_id))
        return made

    def notify(self, task: Task) -> None:
        """Put a task on the queue; when Redis is away the scheduler's sweep finds it."""
        self.queue.enqueue(task)

    def tell_intake(self) -> None:
        """Webhook deliveries are in the database: have them looked at."""
        self.queue.chore(INTAKE)

    def queue_depths(self) -> Mapping[str, int]:
        """Messages waiting, by queue. Raises SetupError when Redis does not answer."""
        try:
            return {name: self.queue.broker.depth(name) for name in QUEUES}
        except redis.RedisError as error:
            raise SetupError(
                f"Redis 没有应答：{error}；请检查 HUB_REDIS_URL，或执行 hub doctor",
                f"Redis does not answer: {error}; check HUB_REDIS_URL, or run hub doctor",
                field="HUB_REDIS_URL",
            ) from error

    def work(self) -> Work:
        """What the actors and the scheduler of this process do."""
        zone, url = self.settings.zone, self.settings.public_url
        return Work(
            engine=self.engine,
            db=self.db,
            queue=self.queue,
            plan=lambda now: plan(self.db, now, connectors=self.connectors, zone=zone, public_url=url),
            deliver=lambda now, limit: (
                take_answers(self.db, self.clients, now, limit) + deliver(self.db, self.clients, now, limit, zone=zone)
            ),
            now=self.now,
        )

    def daily(self) -> list[Daily]:
        """What the scheduler does once a day."""
        kept = {name: getattr(self.settings, f"retention_{name}_days") for name in GROUPS}
        return [
            Daily("retention", self.settings.nightly_hour, lambda now: purge(self.db, kept, now)),
            Daily("overdue", self.settings.daily_hour, self.raise_overdue, again_s=self.settings.overdue_every_s),
            Daily("inbox", self.settings.daily_hour, lambda now: inbox_event(self.db, self.local_day(now), now)),
            Daily("rules", 0, self.new_rules),
            Daily("connections", 0, self.raise_trouble, again_s=self.settings.notice_every_s),
        ]

    def raise_overdue(self, now: datetime) -> int:
        """Instalments that became overdue are told as business events. Returns how many."""
        return overdue_events(self.db, self.local_day(now), now)

    def new_rules(self, now: datetime) -> int:
        """Alert rules that came with an upgrade. Returns how many."""
        with self.db.write() as tx:
            return len(install_shipped(tx, now))

    def raise_trouble(self, now: datetime) -> int:
        """Connections that stopped or came back are told as business events. Returns how many."""
        return connection_events(self.db, now, zone=self.settings.zone)

    def local_day(self, now: datetime) -> date:
        """The calendar day in the company's zone."""
        return now.astimezone(ZoneInfo(self.settings.zone)).date()

    def close(self) -> None:
        """Sessions at vendors end, the log of calls is written, and the process is no longer among the living."""
        with self._exits:
            self.clients.close()
            self.redis.close()
            self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


def _connectors(settings: Settings) -> Mapping[str, Connector]:
    """What is installed, and what the company keeps as files in its data folder, mappings included."""
    found = installed_connectors(settings.data_dir / "connectors")
    for system, connector in found.items():
        if connector.mappings is not None:
            keep(system, connector.mappings)
    return found


def _tell(queue: Queue, task: Task) -> None:
    queue.enqueue(task)


def redis_url(settings: Settings) -> str:
    """HUB_REDIS_URL, or the embedded server, started when it does not run yet. Raises SetupError."""
    return settings.redis_url or Valkey(settings.data_dir).ensure()


def _redis_for(settings: Settings, role: str, exits: ExitStack) -> str:
    """A command that had to start the embedded server takes it down again; services leave it running."""
    if role == "cli" and settings.embedded_redis:
        server = Valkey(settings.data_dir)
        if not server.alive():
            exits.callback(server.stop)
    return redis_url(settings)


def budget_of(db: Database, client: redis.Redis, connection_id: int, *, manifest: Manifest) -> RedisBudget:
    """The manifest's limits, or the connection's own: options {"limits": [{"calls", "per_s", "operation"}]}."""
    with db.read() as reading:
        options = reading.execute(select(connection.c.options).where(connection.c.id == connection_id)).scalar() or {}
    own = options.get("limits")
    try:
        limits = manifest.limits if own is None else [Limit.model_validate(limit) for limit in own]
    except ValidationError as error:
        raise ConfigInvalid(
            f"连接 {connection_id} 的 limits 有误：{error}",
            f"the limits of connection {connection_id} are wrong: {error}",
            field="limits",
        ) from error
    return RedisBudget(client, connection_id, limits=limits)
