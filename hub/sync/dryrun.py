"""What a push would send, row by row, without writing anything or calling the vendor."""

import copy
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import or_, select

from hub.connector.redact import MASK
from hub.errors import Text
from hub.mapping.paths import reader, writer
from hub.mapping.results import Line
from hub.store.core import binding
from hub.store.lookup import doubted_records, records_by_id, targets_of_refs
from hub.store.records import titles_of
from hub.store.tables import Binding
from hub.sync.approvals import Gate
from hub.sync.core import Core
from hub.sync.drafts import joined
from hub.sync.flowcontext import FlowContext, target_of
from hub.sync.gate import verdicts
from hub.sync.golden import refs_to
from hub.sync.newrows import wanted_row
from hub.sync.pushplan import Action, Job, Parents, blocked_text, plan_push
from hub.sync.release import candidates

_WHY: Mapping[str, tuple[str, str]] = {
    "hold": ("记录有疑似重复，处理之后才会写入", "a possible duplicate is open: it is written after that is settled"),
    "giveup": ("已多次失败，在“待处理”里", "it failed too often: see the inbox"),
    "stage_conflict": (
        "对方单据已不能修改，需要人来决定",
        "the document there cannot be changed any more: a person decides",
    ),
    "nothing": ("没有要发送的内容", "nothing to send"),
}
#: What becomes of an order that needs an approval: action, and why. "go" is not here: it is sent.
_GATED: Mapping[str, tuple[Action, str, str]] = {
    "ask": ("wait", "要先审批：推送时会发起", "needs an approval first: the push asks for it"),
    "wait": ("wait", "等待审批 {approval}", "waits for approval {approval}"),
    "refused": ("hold", "审批 {approval} 未通过，由人决定", "approval {approval} was refused: a person decides"),
}


def preview_push(core: Core, flow_id: int, *, limit: int) -> list[dict[str, Any]]:
    """At most `limit` rows: record, title, action (create | update | step | wait | reject | hold | ...), id there, step, payload
    (the native record with sensitive fields masked) and why a row would not go. Before the release: what it would make due."""
    flow = core.flow(flow_id)
    if not flow.flow.push:
        return []
    rows = _due(core, flow, limit) if flow.released else _candidates(core, flow, limit)
    with core.db.read() as db:
        records = records_by_id(db, list({row.record_id for row in rows}))
        refs = {i for row in records.values() for i in refs_to(row.data)}
        parents = Parents(targets_of_refs(db, flow.at, refs), flow.connector.manifest)
        doubted = doubted_records(db, flow.entity)
        jobs = [_job(row, records[row.record_id], flow, parents, doubted) for row in rows]
        gated = verdicts(db, flow, jobs)
        customers = titles_of(db, {row.customer_id for row in records.values()})
    return [_shown(job, flow, gated.get(job.record.id), customers) for job in jobs]


def _due(core: Core, flow: FlowContext, limit: int) -> Sequence[Any]:
    """Due now, or waiting for a parent."""
    query = select(binding).where(
        binding.c.connection_id == flow.at,
        binding.c.entity == flow.entity,
        or_(binding.c.due_at <= core.now(), binding.c.waiting_for.is_not(None)),
    )
    with core.db.read() as db:
        return db.execute(query.order_by(binding.c.lane, binding.c.id).limit(limit)).all()


def _candidates(core: Core, flow: FlowContext, limit: int) -> Sequence[Any]:
    target = target_of(flow.flow, flow.connection, flow.compiled)
    found: list[Any] = []
    for kind, row in islice(candidates(core, flow, target), limit):
        found.append(row if kind == "due" else Binding(**wanted_row(0, row.id, target, core.now())))
    return found


def _job(row: Any, record: Any, flow: FlowContext, parents: Parents, doubted: set[int]) -> Job:
    if row.state == "wanted" and row.record_id in doubted:
        return Job(row, record, "hold")
    return plan_push(row, record, compiled=flow.compiled, rules=flow.rules, manifest=flow.manifest, parents=parents)


def _shown(job: Job, flow: FlowContext, gated: Gate | None, customers: Mapping[int, str]) -> dict[str, Any]:
    action, why = job.action, _why(job)
    if gated is not None and gated.verdict in _GATED:
        action, zh, en = _GATED[gated.verdict]
        why = Text(zh.format(approval=gated.approval), en.format(approval=gated.approval))
    return {
        "record": job.record.id,
        "title": " ".join(filter(None, (job.record.title, customers.get(job.record.customer_id)))),
        "action": action,
        "id": job.binding.external_id,
        "step": job.step,
        "payload": _masked(job.write.data, flow) if job.write is not None else None,
        "zh": why.zh,
        "en": why.en,
    }


def _why(job: Job) -> Text:
    if job.action == "wait":
        return blocked_text(job)
    if job.action == "reject":
        return joined(job.problems)
    return Text(*_WHY.get(job.action, ("", "")))


def _masked(native: Mapping[str, Any], flow: FlowContext) -> dict[str, Any]:
    shown = copy.deepcopy(dict(native))
    _mask(shown, flow.compiled.fields)
    rows = flow.compiled.rows
    if rows is not None:
        sent = reader(rows.write)(shown)
        for row in sent if isinstance(sent, list) else ():
            _mask(row, rows.fields)
    return shown


def _mask(native: dict[str, Any], lines: Mapping[str, Line]) -> None:
    for line in lines.values():
        for path in line.write if line.sensitive else ():
            if isinstance(reader(path)(native), str | int):
                writer(path)(native, MASK)
