"""Flows: sensible ones for a new connection, and changes with the checks that keep revenue from being booked twice."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection

from hub.connector import EntityManifest, Manifest
from hub.errors import BadInput, NotFound
from hub.mapping.compile import compile_mapping
from hub.mapping.schema import MappingSpec
from hub.model.fields import field_spec, is_field
from hub.setup.exclusive import disjoint
from hub.setup.needs import Needs
from hub.store import connections, flows, mappings
from hub.store.audit import Deed, write_audit
from hub.sync.golden import OVER

DOCUMENTS = frozenset({"order", "receivable", "receipt", "settlement", "approval"})
Operator = Literal["eq", "ne", "in", "not_in", "lt", "gt", "empty", "prefix"]


class Condition(BaseModel):
    """One condition on a golden field: `field` `op` `value`. `empty` takes true or false, in and not_in take a list."""

    model_config = ConfigDict(extra="forbid")

    field: str = Field(title="字段 / Field")
    op: Operator = Field("eq", title="运算 / Operator")
    value: Any = Field(None, title="值 / Value")


class FlowChange(BaseModel):
    """What may be set on a flow; absent = as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"every_s": 30, "filter": [{"field": "region.province", "op": "eq", "value": "浙江省"}]}]
        },
    )

    pull: bool | None = Field(None, title="拉取 / Pull")
    push: bool | None = Field(None, title="推送 / Push")
    create: bool | None = Field(None, title="推送时新建 / Create there")
    master: bool | None = Field(None, title="首次对接以此为准 / Master at first contact")
    every_s: int | None = Field(None, ge=5, le=86_400, title="拉取间隔（秒） / Seconds between pulls")
    sweep_s: int | None = Field(None, ge=600, le=30 * 86_400, title="全量核对间隔（秒） / Seconds between sweeps")
    reread_s: int | None = Field(
        None,
        ge=0,
        le=30 * 86_400,
        title="未结单据重读周期（秒，0 为不重读） / Open documents are re-read within seconds; 0 = never",
    )
    freshness_s: int | None = Field(
        None, ge=0, le=86_400, title="写前可信的读取年龄（秒） / Trusted age of a read, seconds"
    )
    wanted_stage: str | None = Field(None, title="目标阶段 / Stage that pushed documents are taken to")
    delete_policy: Literal["ignore", "unbind", "disable"] | None = Field(None, title="删除策略 / Delete policy")
    filter: list[Condition] | None = Field(None, title="需要哪些记录 / Which records are wanted here")
    authority: dict[str, str] | None = Field(None, title="各阶段归属 / Owner by stage: a connection or hub")
    needs_approval: bool | None = Field(None, title="审批通过后才新建 / Created there only once approved")
    approval_when: list[Condition] | None = Field(None, title="哪些需要审批（空为全部） / Which need it; empty = all")


#: A shorter interval counts from now.
_COUNTS_FROM_NOW = {"every_s": "next_pull_at", "reread_s": "next_reread_at"}
#: A deal that was lost in the CRM is no order for the ERP.
NOT_CANCELLED = {"field": "status", "op": "ne", "value": "cancelled"}
#: Approvals that people started at one OA system are not started again at another.
ASKED_BY_THE_HUB: list[dict[str, Any]] = [
    {"field": "status", "op": "eq", "value": "pending"},
    {"field": "order", "op": "empty", "value": False},
]


def add_default_flows(tx: Connection, connection_id: int, manifest: Manifest, now: datetime) -> list[int]:
    """One flow per entity of the manifest that has none yet, switched on where there is a mapping; pushing stays closed until
    released. A newer connector may know more entities than the one that the connection was made with."""
    made = []
    for entity in manifest.entities:
        if flows.find_flow(tx, connection_id, entity) is not None:
            continue
        values = _default(tx, entity, manifest)
        place = {"connection_id": connection_id, "entity": entity, "next_pull_at": now}
        made.append(flows.insert_flow(tx, values | place))
        _one_master(tx, {"id": made[-1], "entity": entity}, values)
    return made


def parse_change(values: Mapping[str, Any]) -> FlowChange:
    """Raises BadInput naming the field, its value and what it takes."""
    try:
        return FlowChange.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        name, value = ".".join(map(str, first["loc"])), str(first.get("input"))[:80]
        raise BadInput(
            f"同步设置 {name} 的值 {value} 有误：{first['msg']}",
            f"Flow setting {name} = {value}: {first['msg']}",
            field=name,
            value=value,
        ) from None


def set_flow(needs: Needs, flow_id: int, change: FlowChange, *, who: str) -> dict[str, Any]:
    """Apply the change after its checks. Returns the flow as it is now. Raises NotFound, BadInput."""
    with needs.db.write() as tx:
        return change_in(tx, needs, flow_id, change, who=who)


def change_in(tx: Connection, needs: Needs, flow_id: int, change: FlowChange, *, who: str) -> dict[str, Any]:
    """`set_flow` within a transaction of the caller's."""
    values = change.model_dump(exclude_none=True)
    row = known_flow(tx, flow_id)
    manifest = needs.connectors[row["system"]].manifest
    wanted = row | values
    _check_abilities(wanted, values, manifest.entities.get(row["entity"]))
    _check_filter(row["entity"], values.get("filter", []))
    _check_approval(tx, wanted, values)
    _check_authority(tx, values.get("authority", {}))
    _check_disjoint(wanted, flows.flows_of_entity(tx, row["entity"]))
    _one_master(tx, wanted, values)
    soon = {column: needs.now() for name, column in _COUNTS_FROM_NOW.items() if name in values}
    flows.update_flow(tx, flow_id, {**values, **soon})
    write_audit(tx, Deed(who, "flow.set", f"{row['connection']}.{row['entity']}", values), needs.now())
    return known_flow(tx, flow_id)


def known_flow(tx: Connection, flow_id: int) -> dict[str, Any]:
    """Raises NotFound."""
    row = flows.show_flow(tx, flow_id)
    if row is None:
        raise NotFound(f"没有同步流 {flow_id}", f"There is no flow {flow_id}", field="flow", value=str(flow_id))
    return row


def flow_of(tx: Connection, connection: Mapping[str, Any], entity: str) -> dict[str, Any]:
    """The flow of a connection row and an entity. Raises NotFound."""
    row = flows.find_flow(tx, connection["id"], entity)
    if row is None:
        raise NotFound(
            f"连接 {connection['name']} 不同步 {entity}，可用 hub flows list 查看",
            f"Connection {connection['name']} has no flow for {entity}; see hub flows list",
            field="entity",
            value=entity,
        )
    return row


def _default(tx: Connection, entity: str, manifest: Manifest) -> dict[str, Any]:
    """Documents are created in the ERP only (approvals in the OA), and in one only. The first connection of an entity is its master; for
    products it is the first ERP, which prices and invoices them."""
    can: set[str] = set(manifest.entities[entity].can)
    pulls, pushes = _mapped(tx, manifest.system, entity)
    others = flows.flows_of_entity(tx, entity)
    home = "oa" if entity == "approval" else "erp"
    free = entity not in DOCUMENTS or (home in manifest.kind and not any(_creates(row) for row in others))
    pull, push = pulls and "pull" in can, pushes and bool({"create", "update"} & can)
    return {
        "pull": pull,
        "push": push,
        "create": push and "create" in can and free,
        "master": pull
        and _may_lead(entity, manifest)
        and (not any(r["master"] for r in others) or _leads(entity, manifest, others)),
        "wanted_stage": manifest.entities[entity].reference_stage,
        "every_s": manifest.entities[entity].every_s,
        "sweep_s": manifest.entities[entity].sweep_s,
        "reread_s": manifest.entities[entity].reread_s if pull else 0,
        "filter": _default_filter(entity) if entity in DOCUMENTS and push else [],
    }


def _default_filter(entity: str) -> list[dict[str, Any]]:
    return ASKED_BY_THE_HUB if entity == "approval" else [NOT_CANCELLED]


def _may_lead(entity: str, manifest: Manifest) -> bool:
    """A chat knows some customers and contacts by their nicknames: it leads them only when an admin says so."""
    return entity in ("employee", "approval") or bool({"crm", "erp"} & set(manifest.kind))


def _leads(entity: str, manifest: Manifest, others: list[dict[str, Any]]) -> bool:
    """Whether a new ERP takes over as the master of products: not from one that books orders already."""
    return entity == "product" and "erp" in manifest.kind and not any(_creates(row) for row in others)


def _mapped(tx: Connection, system: str, entity: str) -> tuple[bool, bool]:
    """Whether the system's active mapping has lines that pull, and lines that push."""
    row = mappings.active_mapping(tx, system, entity, None)
    if row is None:
        return False, False
    compiled = compile_mapping(MappingSpec.model_validate(row["spec"]))
    return bool(compiled.pulls), bool(compiled.pushes)


_NEEDS_ABILITY: Mapping[str, Callable[[set[str]], bool]] = {
    "pull": lambda can: "pull" in can,
    "push": lambda can: bool({"create", "update"} & can),
    "create": lambda can: "create" in can,
}


def _check_abilities(wanted: Mapping[str, Any], values: Mapping[str, Any], behaviour: EntityManifest | None) -> None:
    can: set[str] = set(behaviour.can) if behaviour else set()
    for name, able in _NEEDS_ABILITY.items():
        if values.get(name) and not able(can):
            raise BadInput(
                f"{wanted['system']} 的 {wanted['entity']} 不支持 {name}，请保持为 false",
                f"{wanted['entity']} at {wanted['system']} cannot {name}; leave it false",
                field=name,
                value="true",
            )
    if values.get("reread_s") and (wanted["entity"] not in OVER or "read" not in can):
        raise BadInput(
            f"{wanted['system']} 的 {wanted['entity']} 不能逐张重读（只有订单、应收单、收款单可以），请设为 0",
            f"{wanted['entity']} at {wanted['system']} cannot be re-read one by one (orders, receivables and receipts can); set 0",
            field="reread_s",
            value=str(values["reread_s"]),
        )
    stage = values.get("wanted_stage")
    if stage and (behaviour is None or behaviour.stage_index(stage) < 0):
        known = ", ".join(one.name for one in behaviour.stages) if behaviour else "-"
        raise BadInput(
            f"没有阶段 {stage}，可用：{known or '-'}",
            f"There is no stage {stage}; use one of: {known or '-'}",
            field="wanted_stage",
            value=stage,
        )


def _check_filter(entity: str, conditions: list[dict[str, Any]]) -> None:
    for condition in conditions:
        name = str(condition["field"])
        if not is_field(entity, name):
            raise BadInput(
                f"{entity} 没有字段 {name}",
                f"{entity} has no field {name}; see the field list",
                field="filter",
                value=name,
            )
        if condition["op"] in {"in", "not_in"} and not isinstance(condition["value"], list):
            raise BadInput(
                f"条件 {name} {condition['op']} 需要列表",
                f"Condition {name} {condition['op']} takes a list",
                field="filter",
                value=str(condition["value"]),
            )
        _check_value(entity, name, condition)


_COMPARED: Mapping[str, tuple[str, str, Callable[[str], Any]]] = {
    "money": ("数字", "a number", Decimal),
    "decimal": ("数字", "a number", Decimal),
    "date": ("日期，如 2026-11-21", "a day such as 2026-11-21", date.fromisoformat),
}
"""Types that are less or more than another value: what to write, and what reads it."""


def _check_value(entity: str, name: str, condition: Mapping[str, Any]) -> None:
    """A value that no record can have, or that cannot be compared, would let everything or nothing through without a word."""
    spec, value = field_spec(entity, name), condition["value"]
    if spec is None:
        return
    if spec.choices and condition["op"] in {"eq", "ne", "in", "not_in"}:
        wrong = [one for one in (value if isinstance(value, list) else [value]) if one not in spec.choices]
        known = ", ".join(spec.choices)
        if wrong:
            raise _useless(name, wrong[0], f"只能是 {known}", f"there are {known}")
    if condition["op"] in {"lt", "gt"} and spec.type in _COMPARED:
        zh, en, read = _COMPARED[spec.type]
        try:
            read(str(value))
        except (ValueError, ArithmeticError):
            raise _useless(name, value, f"应为{zh}", f"write {en}") from None


def _useless(name: str, value: Any, zh: str, en: str) -> BadInput:
    return BadInput(
        f"条件 {name} 的值“{value}”{zh}", f"Condition {name}, value “{value}”: {en}", field="filter", value=str(value)
    )


def _check_approval(tx: Connection, wanted: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Only orders wait for approvals, and only where some connection can start one."""
    _check_filter(wanted["entity"], values.get("approval_when", []))
    if not values.get("needs_approval"):
        return
    if wanted["entity"] != "order":
        raise BadInput(
            f"只有订单可以设为需要审批，{wanted['entity']} 不行",
            f"only orders can be made to need an approval, not {wanted['entity']}",
            field="needs_approval",
            value="true",
        )
    if not any(_creates(row) for row in flows.flows_of_entity(tx, "approval")):
        raise BadInput(
            "没有连接可以发起审批：请先连接 OA 系统，并打开它的 approval 推送与新建",
            "no connection can start approvals: connect an OA system first and switch on push and create of its approval flow",
            field="needs_approval",
            value="true",
        )


def _check_authority(tx: Connection, authority: Mapping[str, str]) -> None:
    for stage, owner in authority.items():
        if owner != "hub" and connections.find_connection(tx, owner) is None:
            raise BadInput(
                f"阶段 {stage or '-'} 的归属 {owner} 不是连接名，也不是 hub",
                f"Owner {owner} of stage {stage or '-'} is neither a connection nor hub",
                field="authority",
                value=owner,
            )


def _check_disjoint(wanted: Mapping[str, Any], others: list[dict[str, Any]]) -> None:
    """Two connections that both create documents must not want the same one: it would be booked twice."""
    if wanted["entity"] not in DOCUMENTS or not _creates(wanted):
        return
    for other in others:
        if other["id"] != wanted["id"] and _creates(other) and not disjoint(wanted["filter"], other["filter"]):
            raise BadInput(
                f"{wanted['connection']} 和 {other['connection']} 都会新建 {wanted['entity']}，且条件可能同时成立："
                "同一张单据会记两次；请让两边的条件互斥，或关闭其中一边的新建",
                f"{wanted['connection']} and {other['connection']} would both create {wanted['entity']} and their "
                "filters may both hold: one document would be booked twice; make the filters exclude each other, or "
                "switch create off",
                field="filter",
                value=str(other["connection"]),
            )


def _creates(flow: Mapping[str, Any]) -> bool:
    return bool(flow["push"] and flow["create"])


def _one_master(tx: Connection, wanted: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    if not values.get("master"):
        return
    for other in flows.flows_of_entity(tx, wanted["entity"]):
        if other["id"] != wanted["id"] and other["master"]:
            flows.update_flow(tx, other["id"], {"master": False})
