"""A person found a create whose reply was lost: it is bound as if the reply had come, with what was sent as the base."""

from typing import Any

from sqlalchemy import Connection, select, update

from hub.errors import BadInput
from hub.store.apply import apply_plan
from hub.store.core import binding, flow, intent
from hub.store.pageplan import PagePlan
from hub.sync.children import resolve_children
from hub.sync.core import Core
from hub.sync.drafts import waiting_key
from hub.sync.flowcontext import load_flow, load_targets
from hub.sync.intents import golden_of
from hub.sync.judge import Base, base_after_write
from hub.sync.merging import merge_records


def bind_found(db: Connection, core: Core, binding_id: int, external_id: str, *, who: str) -> None:
    """Bind and end the intent. A user's edit since then shows as one: without the base the older value that was sent would win over
    it. What was read as a stranger's record meanwhile is the same one, now that somebody says so. Raises BadInput without an id."""
    if not external_id:
        raise BadInput("请填写对方系统里的编号（ID）", "give the id at the vendor", field="value")
    row = db.execute(select(binding).where(binding.c.id == binding_id)).one()
    base = _base_of_sent(db, core, row)
    open_intent = (intent.c.binding_id == binding_id, intent.c.state.in_(("open", "unknown")))
    db.execute(update(intent).where(*open_intent).values(state="done"))
    other = _already_bound(db, row, external_id)
    if other is not None:
        why, now = "found there by a person: created by the hub", core.now()
        merge_records(
            db, survivor=row.record_id, loser=other, who=who, why=why, now=now, connection_id=row.connection_id
        )
        return
    plan = PagePlan(source=row.connection_id, entity=row.entity)
    values = {"external_id": external_id, "state": "linked", "reread": True, "native_hash": "", "base": base}
    due = {"due_at": core.now(), "attempts": 0}  # golden may have moved while the question was open: the push decides
    plan.bindings.append({"id": binding_id, "from_version": row.version, **values, **due})
    plan.woken.add(row.record_id)
    plan.closes.append(waiting_key(row.connection_id, row.entity, row.record_id))
    apply_plan(db, plan, targets=(), now=core.now(), run_id=None)
    resolve_children(db, plan, load_targets(db), now=core.now(), run_id=None)


def _already_bound(db: Connection, row: Any, external_id: str) -> int | None:
    """The other record that has this id at the connection."""
    query = select(binding.c.record_id).where(
        binding.c.connection_id == row.connection_id,
        binding.c.entity == row.entity,
        binding.c.external_id == external_id,
        binding.c.record_id != row.record_id,
    )
    return db.scalar(query)


def _base_of_sent(db: Connection, core: Core, row: Any) -> Base:
    sent = db.scalar(
        select(intent.c.sent)
        .where(intent.c.binding_id == row.id, intent.c.operation == "create", intent.c.state.in_(("open", "unknown")))
        .order_by(intent.c.id.desc())
    )
    if not sent:
        return dict(row.base)
    query = select(flow.c.id).where(flow.c.connection_id == row.connection_id, flow.c.entity == row.entity)
    rules = load_flow(db, int(db.execute(query).scalar_one()), core.connectors).rules
    return base_after_write(
        row.base, golden_of(sent), fields=sent["fields"], natives=sent["natives"], back=None, rules=rules
    )
