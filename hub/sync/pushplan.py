"""What to do with each due binding: the plan of a push batch. Pure."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hub.connector.contract import Write
from hub.connector.manifest import EntityManifest, Manifest
from hub.errors import Problem, Text
from hub.mapping.compile import Compiled
from hub.sync.decide import hub_changed
from hub.sync.golden import pending_in
from hub.sync.rules import Rules

Action = Literal["create", "update", "step", "nothing", "wait", "reject", "look", "stage_conflict", "hold", "giveup"]
MAX_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Parents:
    """Where referenced records are at this connection: record id -> binding row; as `Refs` for a mapping."""

    known: Mapping[int, Any]
    manifest: Manifest

    def target(self, entity: str, record_id: int) -> tuple[str, str] | None:
        row = self.known.get(record_id)
        if row is None or row.state not in ("linked", "gone"):
            return None
        needs = self.manifest.entities[entity].reference_stage if entity in self.manifest.entities else ""
        if needs and not _reached(self.manifest.entities[entity], row.stage_seen, needs):
            return None
        return str(row.external_id), str(row.number)


def _reached(manifest: EntityManifest, seen: str, needs: str) -> bool:
    """A stage that the manifest does not list (closed, cancelled …) lies past the ones it does."""
    have = manifest.stage_index(seen)
    return have < 0 or have >= manifest.stage_index(needs)


@dataclass(frozen=True, slots=True)
class Job:
    """One due binding with its record, and what will be done. `write` and `natives` are set for create and update; `step` for step;
    `waits_for` is the parent's record id, or 0 while the parent is not even known."""

    binding: Any
    record: Any
    action: Action
    write: Write | None = None
    fields: frozenset[str] = frozenset()
    natives: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    step: str = ""
    problems: tuple[Problem, ...] = ()
    waits_for: int = 0
    blocker: str = ""


def plan_push(
    binding: Any, record: Any, *, compiled: Compiled, rules: Rules, manifest: EntityManifest, parents: Parents
) -> Job:
    """Decide one binding. Never raises for data."""
    if record.state != "live" and not (record.state == "disabled" and binding.state == "linked"):
        return Job(binding, record, "hold")
    if binding.attempts > MAX_ATTEMPTS:
        return Job(binding, record, "giveup")
    if binding.state == "wanted":
        return _mapped(Job(binding, record, "create"), compiled, None, parents)
    fields = hub_changed(binding.base, record.data, rules, held=binding.held)
    if not fields:
        return _stage_job(binding, record, manifest)
    if not _editable(manifest, binding.stage_seen):
        return Job(binding, record, "stage_conflict", fields=fields)
    return _mapped(Job(binding, record, "update", fields=fields), compiled, fields, parents)


def _editable(manifest: EntityManifest, stage: str) -> bool:
    index = manifest.stage_index(stage)
    return index < 0 or manifest.stages[index].editable


def _stage_job(binding: Any, record: Any, manifest: EntityManifest) -> Job:
    """Nothing to send; the document may still have stages to go."""
    step = next_step(manifest, binding.stage_seen, binding.stage_wanted)
    return Job(binding, record, "step", step=step) if step else Job(binding, record, "nothing")


def next_step(manifest: EntityManifest, seen: str, wanted: str) -> str:
    """The step that leads one stage further towards `wanted`; "" when it is reached (or not known to this system)."""
    have, goal = manifest.stage_index(seen), manifest.stage_index(wanted)
    return manifest.stages[have + 1].step if 0 <= have < goal else ""


def _mapped(job: Job, compiled: Compiled, fields: frozenset[str] | None, parents: Parents) -> Job:
    waiting = _unknown_parent(job.record.data, compiled, fields)
    if waiting:
        return dataclasses.replace(job, action="wait", blocker=waiting)
    data = _with_native_ids(job.record.data, job.binding, compiled)
    pushed = compiled.push(data, fields, parents)
    blocked = next((p for p in pushed.problems if p.kind == "waiting"), None)
    if blocked is not None:
        parent = int(str(blocked.details["record"]))
        return dataclasses.replace(
            job, action="wait", waits_for=parent, blocker=f"{blocked.details['entity']}:{parent}"
        )
    bad = tuple(p for p in pushed.problems if p.details.get("action", "reject") == "reject")
    if bad:
        return dataclasses.replace(job, action="reject", problems=bad)
    binding = job.binding
    write = Write(
        key=binding.key,
        data=pushed.native,
        id=binding.external_id,
        number=binding.number,
        version=binding.vendor_version,
    )
    sent = frozenset(pushed.natives) | (fields or frozenset(compiled.pushes))
    return dataclasses.replace(job, write=write, fields=sent, natives=pushed.natives)


def _unknown_parent(data: Mapping[str, Any], compiled: Compiled, fields: frozenset[str] | None) -> str:
    """A reference to a record that the hub has not seen yet: wait for it to arrive rather than send a document without it."""
    for path, key, _at in pending_in(data):
        name = path.split(".")[0] if path.split(".")[0] in compiled.pushes else path
        if name in compiled.pushes and (fields is None or name in fields):
            return f"{key.entity}:{key.value}"
    return ""


def _with_native_ids(data: Mapping[str, Any], binding: Any, compiled: Compiled) -> dict[str, Any]:
    """Golden data with each line's native id at hand and held line fields left out (the remote's value stands there)."""
    if compiled.rows is None:
        return dict(data)
    rows = binding.base.get("rows", {})
    name = compiled.rows.field
    held = {unit for unit in binding.held if unit.startswith(f"{name}.")}
    lines = []
    for line in data.get(name) or []:
        native_id = rows.get(line["id"], {}).get("native_id", "")
        kept = {k: v for k, v in line.items() if f"{name}.{line['id']}.{k}" not in held}
        lines.append({**kept, "$native_id": native_id} if native_id else kept)
    return {**data, name: lines}


def blocked_text(job: Job) -> Text:
    title = job.record.title or job.record.number or job.record.id
    return Text(
        f"“{title}”在等 {job.blocker} 先到达：请先解决它",
        f"“{title}” waits for {job.blocker} to arrive first: settle that one",
    )
