"""Everything a run needs to know about its flow, read from the database at its start."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from hub.connector.contract import Connector
from hub.connector.manifest import EntityManifest
from hub.errors import BadInput, MappingInvalid
from hub.mapping.compile import Compiled, compile_mapping
from hub.mapping.results import Line
from hub.mapping.schema import MappingSpec
from hub.store.core import alert_rule, connection, flow, mapping
from hub.store.fetch import Shape, fetch
from hub.store.pageplan import Target
from hub.sync.rules import Rule, Rules, Side

_FLOW, _CONNECTION = Shape(flow), Shape(connection)
_ACTIVE, _SPEC = Shape(mapping, "id", "system", "entity", "connection_id", "hash"), Shape(mapping, "spec")
_RULE = Shape(alert_rule, "spec")
_compiled: dict[int, Compiled] = {}
_compiled_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class FlowContext:
    """One flow with its connection, connector, compiled mapping and rules, and every flow that pushes anything."""

    flow: Any
    connection: Any
    connector: Connector
    compiled: Compiled
    rules: Rules
    targets: Sequence[Target]
    event_kinds: frozenset[str]

    @property
    def entity(self) -> str:
        return str(self.flow.entity)

    @property
    def at(self) -> int:
        return int(self.connection.id)

    @property
    def manifest(self) -> EntityManifest:
        return self.connector.manifest.entities[self.entity]

    @property
    def released(self) -> bool:
        return self.flow.released_at is not None


def load_flow(db: Connection, flow_id: int, connectors: Mapping[str, Connector]) -> FlowContext:
    """Raises BadInput for a flow that does not exist, MappingInvalid when there is no mapping for it."""
    flows, connections = _flows(db), _connections(db)
    row = flows.get(flow_id)
    if row is None:
        raise BadInput(f"没有编号为 {flow_id} 的流程", f"there is no flow {flow_id}", field="flow", value=str(flow_id))
    at = connections[row.connection_id]
    connector = connectors.get(at.system)
    if connector is None or row.entity not in connector.manifest.entities:
        raise BadInput(
            f"系统 {at.system} 没有 {row.entity} 的连接器，请安装后重试",
            f"no installed connector of system {at.system} handles {row.entity}",
            field="system",
            value=at.system,
        )
    active = fetch(db, _ACTIVE, "WHERE active", ())
    compiled = _chosen(db, active, at, row.entity)
    others = [other for other in flows.values() if other.entity == row.entity]
    return FlowContext(
        flow=row,
        connection=at,
        connector=connector,
        compiled=compiled,
        rules=build_rules(compiled, row, at, master_of(others, connections)),
        targets=tuple(_targets(db, flows.values(), connections, active)),
        event_kinds=frozenset(
            str(rule.spec["event"]) for rule in fetch(db, _RULE, "WHERE enabled", ()) if rule.spec.get("event")
        ),
    )


def _flows(db: Connection) -> dict[int, Any]:
    return {row.id: row for row in fetch(db, _FLOW, "ORDER BY id", ())}


def _connections(db: Connection) -> dict[int, Any]:
    return {row.id: row for row in fetch(db, _CONNECTION, "", ())}


def active_mapping(db: Connection, at: Any, entity: str) -> Compiled:
    """The connection's own active mapping, else its system's. Compiled once per version and process."""
    return _chosen(db, fetch(db, _ACTIVE, "WHERE active", ()), at, entity)


def _chosen(db: Connection, active: Sequence[Any], at: Any, entity: str) -> Compiled:
    own = (None, at.id)
    rows = [r for r in active if r.system == at.system and r.entity == entity and r.connection_id in own]
    if not rows:
        raise MappingInvalid(
            f"系统 {at.system} 的 {entity} 还没有启用的映射：请先导入或启用一个",
            f"{at.system} has no active mapping for {entity}: import or activate one",
            field="mapping",
            value=f"{at.system}/{entity}",
        )
    chosen = max(rows, key=lambda r: r.connection_id is not None)
    with _compiled_lock:
        if chosen.id not in _compiled or _compiled[chosen.id].version != chosen.hash:
            spec = fetch(db, _SPEC, "WHERE id = ?", (chosen.id,))[0].spec
            _compiled[chosen.id] = compile_mapping(MappingSpec.model_validate(spec))
        return _compiled[chosen.id]


def is_in_force(db: Connection, flow: FlowContext) -> bool:
    """Whether the mapping that a run began with is still the active one: what another version read or sent agrees about nothing."""
    here = (flow.connection.system, flow.entity, flow.at)
    where = "WHERE active AND system = ? AND entity = ? AND (connection_id IS NULL OR connection_id = ?)"
    rows = fetch(db, _ACTIVE, where, here)
    return bool(rows) and max(rows, key=lambda r: r.connection_id is not None).hash == flow.compiled.version


def load_targets(db: Connection) -> list[Target]:
    """Every released flow that pushes: what a change makes due, and where new records are wanted."""
    return _targets(db, _flows(db).values(), _connections(db), fetch(db, _ACTIVE, "WHERE active", ()))


def _targets(
    db: Connection, flows: Iterable[Any], connections: Mapping[int, Any], active: Sequence[Any]
) -> list[Target]:
    pushing = [(row, connections[row.connection_id]) for row in flows if row.push and row.released_at is not None]
    return [target_of(row, at, _chosen(db, active, at, row.entity)) for row, at in pushing]


def target_of(row: Any, at: Any, compiled: Compiled) -> Target:
    return Target(
        flow_id=row.id,
        connection_id=row.connection_id,
        entity=row.entity,
        pushes=compiled.pushes,
        create=row.create,
        filter=tuple(row.filter),
        stage=row.wanted_stage,
        key_prefix=str(at.options.get("key_prefix", "HUB")),
    )


def master_of(flows: Sequence[Any], connections: Mapping[int, Any]) -> str:
    """Name of the entity's master connection; "" when none was chosen."""
    return next((str(connections[f.connection_id].name) for f in flows if f.master), "")


def build_rules(compiled: Compiled, row: Any, at: Any, master: str) -> Rules:
    """The rules of one flow. A line's owner "" means the entity's master connection."""

    def side(owner: str) -> Side:
        name = owner or master
        if not name:
            return "nobody"
        return "here" if name in (at.name, at.system) else "elsewhere"

    def rule(line: Line) -> Rule:
        winner: Side = {"hub": "elsewhere", "manual": "nobody"}.get(line.policy, "") or side(line.owner)  # type: ignore[assignment]
        return Rule(
            field=line.field,
            unit=line.group or line.field,
            pull=bool(row.pull) and line.direction in ("both", "pull"),
            push=bool(row.push) and line.direction in ("both", "push"),
            winner=winner,
            blanks=line.blanks_count,
            stage_winner={stage: side(owner) for stage, owner in line.owner_by_stage.items()},
        )

    rows = compiled.rows
    return Rules(
        fields={name: rule(line) for name, line in compiled.fields.items()},
        row_fields={name: rule(line) for name, line in rows.fields.items() if not line.spec.derived} if rows else {},
        rows=rows.field if rows else "",
        first=side(""),
        stage_winner={stage: side(str(owner)) for stage, owner in row.authority.items()},
        derived=frozenset(name for name, line in compiled.fields.items() if line.spec.derived),
    )
