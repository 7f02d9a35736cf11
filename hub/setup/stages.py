"""Another wanted stage of a flow: documents that the hub wrote there and that are behind it, counted first, moved only when asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from hub.connector import EntityManifest
from hub.setup.effects import SAMPLES_OF_A_FIELD, Activation
from hub.store.core import binding, record
from hub.sync.pushplan import REOPEN
from hub.sync.tasks import LANE_BACKFILL

Flow = Mapping[str, Any]


def count_behind(tx: Connection, before: Flow, after: Flow, manifest: EntityManifest | None, found: Activation) -> None:
    """Adds to a preview what another wanted stage means: `stage` among its fields, with samples; due only in mode push."""
    if manifest is None or before["wanted_stage"] == after["wanted_stage"]:
        return
    name, mine = str(after["connection"]), _behind(after, manifest)
    count = int(tx.scalar(select(func.count()).select_from(binding).where(*mine)) or 0)
    found.lines.setdefault(name, {})["stage"] = [before["wanted_stage"], after["wanted_stage"]]
    counts = found.counts.setdefault(name, dict.fromkeys(("linked", "reread", "due", "changed"), 0))
    counts["due"] += count if found.mode == "push" and _is_open(after) else 0
    if count:
        found.fields.setdefault(name, {})["stage"] = count
    shown = select(binding.c.record_id, binding.c.stage_seen, record.c.title).join(
        record, record.c.id == binding.c.record_id
    )
    for row in tx.execute(shown.where(*mine).order_by(binding.c.id).limit(SAMPLES_OF_A_FIELD)):
        sample = {"connection": name, "record": row.record_id, "title": row.title, "field": "stage"}
        found.samples.append(sample | {"before": row.stage_seen, "after": after["wanted_stage"]})


def move_on(
    tx: Connection, before: Flow, after: Flow, manifest: EntityManifest | None, *, existing: bool, now: datetime
) -> None:
    """What is not there yet will be taken to the new stage; what is there only where `existing` says so."""
    if manifest is None or before["wanted_stage"] == after["wanted_stage"]:
        return
    here, stage = _here(after), {"stage_wanted": after["wanted_stage"]}
    tx.execute(update(binding).where(*here, binding.c.state == "wanted").values(**stage))
    if not existing:
        return
    tx.execute(update(binding).where(*_ours(after)).values(**stage))
    if _is_open(after):
        due = {"due_at": now, "lane": LANE_BACKFILL, "attempts": 0}
        tx.execute(update(binding).where(*_behind(after, manifest)).values(**due))


def _is_open(flow: Flow) -> bool:
    """Before its release a flow is not written to: the release finds what is behind."""
    return bool(flow["push"]) and flow["released_at"] is not None


def _here(flow: Flow) -> tuple[Any, ...]:
    return binding.c.connection_id == flow["connection_id"], binding.c.entity == flow["entity"]


def _ours(flow: Flow) -> tuple[Any, ...]:
    """Written there by the hub. What people entered there is theirs to submit; what somebody decided to reopen goes its own way."""
    linked = (binding.c.state == "linked", binding.c.role == "primary", binding.c.pushed_version > 0)
    return (*_here(flow), *linked, binding.c.stage_wanted != REOPEN)


def _behind(flow: Flow, manifest: EntityManifest) -> tuple[Any, ...]:
    goal = manifest.stage_index(str(flow["wanted_stage"]))
    names = [stage.name for stage in manifest.stages[: max(goal, 0)]]
    return (*_ours(flow), binding.c.stage_seen.in_(names))
