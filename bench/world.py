"""A hub database set up for the bench: two connections, their mappings and flows, made with the product's own code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select, update

from bench.connector import CHAT, SOURCE, TARGET
from bench.customers import mapping_spec
from hub.connector import Connector
from hub.mapping.schema import MappingSpec
from hub.setup.connections import NewConnection, add_connection
from hub.setup.flows import FlowChange, set_flow
from hub.store import core
from hub.store.database import Database
from hub.store.mappings import activate_version, insert_version
from hub.store.migrate import migrate
from hub.store.secrets import SecretBox
from hub.sync.clients import Clients
from hub.sync.engine import Engine

KEY = "YmVuY2gtYmVuY2gtYmVuY2gtYmVuY2gtYmVuY2gtMDE="
SYNCED: Mapping[str, Connector] = {"bench_source": SOURCE, "bench_target": TARGET}
CONNECTORS: Mapping[str, Connector] = {**SYNCED, "bench_chat": CHAT}


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class World:
    """The database with its two flows; `engine` is one for use inside this process."""

    db: Database
    secrets: SecretBox
    connectors: Mapping[str, Connector]
    now: Callable[[], datetime]
    source: int = 0
    target: int = 0

    def engine(self, worker: str = "bench") -> Engine:
        clients = Clients(self.db, self.secrets, self.connectors, self.now)
        return Engine(self.db, clients, now=self.now, worker=worker)

    def bindings(self) -> dict[str, int]:
        """How many bindings there are by state at the target, and how many are due."""
        at = core.binding.c.connection_id == self.target_connection
        with self.db.read() as db:
            states = dict(db.execute(select(core.binding.c.state, func.count()).where(at).group_by("state")).all())
            due = db.scalar(select(func.count()).where(at, core.binding.c.due_at.is_not(None)))
        return {**states, "due": int(due or 0)}

    def busy(self) -> bool:
        """Whether anything is still due at the target."""
        due = select(core.binding.c.id).where(
            core.binding.c.connection_id == self.target_connection, core.binding.c.due_at.is_not(None)
        )
        with self.db.read() as db:
            return db.execute(due.limit(1)).first() is not None

    target_connection: int = 0


def secret_box() -> SecretBox:
    return SecretBox(b"0" * 32)


def make_world(url: str, base_url: str, secrets: SecretBox, *, parallel: int = 4) -> World:
    """A migrated database; the target is released, the source was never pulled."""
    db = Database(url)
    migrate(db)
    world = World(db, secrets, CONNECTORS, utc_now)
    with db.write() as tx:
        for system in SYNCED:
            _install(tx, system)
    options = {"parallel": parallel}
    for system in SYNCED:
        add_connection(world, NewConnection(system, system, {"base_url": base_url}, options), who="bench")
    flows = _flows(db)
    world.source, (world.target, world.target_connection) = flows["bench_source"][0], flows["bench_target"]
    hour = 3600
    set_flow(world, world.source, FlowChange(pull=True, push=False, every_s=hour), who="bench")
    with db.write() as tx:  # the clock of the bench starts the first pull, not the scheduler
        tx.execute(update(core.flow).values(next_pull_at=utc_now().replace(year=2099), sweep_s=0))
    world.engine().release_flow(world.target, who="bench")
    return world


def _install(tx: object, system: str) -> None:
    spec = MappingSpec.model_validate(mapping_spec(system))
    values = {
        "system": system,
        "entity": "customer",
        "connection_id": None,
        "hash": spec.version,
        "spec": spec.model_dump(mode="json", exclude_defaults=True),
        "created_at": utc_now(),
        "created_by": "bench",
    }
    key, _version = insert_version(tx, values)  # type: ignore[arg-type]
    activate_version(tx, {"id": key, "system": system, "entity": "customer", "connection_id": None})  # type: ignore[arg-type]


def _flows(db: Database) -> dict[str, tuple[int, int]]:
    query = select(core.connection.c.name, core.flow.c.id, core.flow.c.connection_id)
    with db.read() as reading:
        rows = reading.execute(query.join(core.flow, core.flow.c.connection_id == core.connection.c.id)).all()
    return {name: (flow_id, at) for name, flow_id, at in rows}
