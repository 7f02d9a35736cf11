"""What to do with each due binding: the plan of a push batch. Pure."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hub.connector.contract import Write
from hub.connector.manifest import EntityManifest, Manifest
from hub.errors import Problem, Text
from hub.mapping.compile import Compiled
from hub.sync.decide import differs, hub_changed
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
        return _mapped((binding, record, "create"), compiled, None, parents)
    fields = _to_send(binding, record, rules, manifest)
    if not fields:
        return _stage_job(binding, record, manifest)
    if not _editable(manifest, binding.stage_seen):
        return _reopening(binding, record, manifest, fields)
    data = _rows_to_send(record.data, binding, rules) if rules.rows in fields and manifest.lines == "keyed" else None
    return _mapped((binding, record, "update"), compiled, fields, parents, data)


def _to_send(binding: Any, record: Any, rules: Rules, manifest: EntityManifest) -> frozenset[str]:
    """Changed fields. A list that is replaced as a whole waits while a conflict holds any part of it."""
    fields = hub_changed(binding.base, record.data, rules, held=binding.held)
    if manifest.lines == "replace" and any(unit.startswith(f"{rules.rows}.") for unit in binding.held):
        return fields - {rules.rows}
    return fields


REOPEN = "reopen"
"""The wanted stage of a document that a person decided to take back: reopened, changed, then taken to the flow's stage again."""


def _reopening(binding: Any, record: Any, manifest: EntityManifest, fields: frozenset[str]) -> Job:
    """A document past editing. Reopening is never automatic: only a person's decision leads there, where the system can."""
    stage = manifest.stages[manifest.stage_index(binding.stage_seen)]
    if binding.stage_wanted == REOPEN and stage.reopen:
        return Job(binding, record, "step", step=stage.reopen)
    return Job(binding, record, "stage_conflict", fields=fields)


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
    return next((stage.step for stage in manifest.stages[have + 1 : goal + 1] if stage.step), "") if have >= 0 else ""


def _mapped(
    what: tuple[Any, Any, Action],
    compiled: Compiled,
    fields: frozenset[str] | None,
    parents: Parents,
    data: Mapping[str, Any] | None = None,
) -> Job:
    """The job of (binding, record, action) with what is sent. `data`: golden data as it is to be sent, where that is not the whole
    record."""
    binding, record, action = what
    changed = fields or frozenset()
    waiting = _unknown_parent(record.data, compiled, fields)
    if waiting:
        return Job(binding, record, "wait", fields=changed, blocker=waiting)
    data = data if data is not None else _with_native_ids(record.data, binding, compiled)
    pushed = compiled.push(data, fields, parents)
    blocked = next((p for p in pushed.problems if p.kind == "waiting"), None) if pushed.problems else None
    if blocked is not None:
        parent = int(str(blocked.details["record"]))
        blocker = f"{blocked.details['entity']}:{parent}"
        return Job(binding, record, "wait", fields=changed, waits_for=parent, blocker=blocker)
    bad = tuple(p for p in pushed.problems if p.details.get("action", "reject") == "reject") if pushed.problems else ()
    if bad:
        return Job(binding, record, "reject", fields=changed, problems=bad)
    write = Write(binding.key, pushed.native, binding.external_id, binding.number, binding.vendor_version)
    sent = fields or compiled.pushes
    if not pushed.natives.keys() <= sent:
        sent = sent.union(pushed.natives)
    return Job(binding, record, action, write, sent, pushed.natives)


def _unknown_parent(data: Mapping[str, Any], compiled: Compiled, fields: frozenset[str] | None) -> str:
    """A reference to a record that the hub has not seen yet: wait for it to arrive rather than send a document without it."""
    for path, key, _at in pending_in(data):
        name = path.split(".")[0] if path.split(".")[0] in compiled.pushes else path
        if name in compiled.pushes and (fields is None or name in fields):
            return f"{key.entity}:{key.value}"
    return ""


def _with_native_ids(data: Mapping[str, Any], binding: Any, compiled: Compiled) -> Mapping[str, Any]:
    """Golden data with each line's native id at hand."""
    if compiled.rows is None:
        return data
    rows = binding.base.get("rows", {})
    name = compiled.rows.field
    return {**data, name: [_with_id(line, rows.get(line["id"], {})) for line in data.get(name) or []]}


def _with_id(line: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    native_id = known.get("native_id", "")
    return {**line, "$native_id": native_id} if native_id else dict(line)


def _rows_to_send(data: Mapping[str, Any], binding: Any, rules: Rules) -> dict[str, Any]:
    """Golden data with the lines of a keyed update: an existing line with its id and the units that changed here, so that nothing
    else of it is written over; a new one whole. Lines that a conflict holds stay there as they are, and stay away where they are not."""
    base, held = binding.base.get("rows", {}), set(binding.held)
    lines: Mapping[str, Any] = {line["id"]: line for line in data.get(rules.rows) or []}
    whole = {line for line in {*lines, *base} if f"{rules.rows}.{line}" in held}
    sent = [_changed_part(line, base.get(name), rules, held) for name, line in lines.items() if name not in whole]
    kept = [_with_id({"id": name}, base[name]) for name in base if name in whole and name not in lines]
    return {**data, rules.rows: [*sent, *kept]}


def _changed_part(
    line: Mapping[str, Any], known: Mapping[str, Any] | None, rules: Rules, held: set[str]
) -> dict[str, Any]:
    if known is None or not known.get("native_id"):
        return dict(line)
    moved = {rule.unit for rule in rules.row_fields.values() if rule.push and differs(rule, known["fields"], line)}
    moved -= {unit for unit in moved if f"{rules.rows}.{line['id']}.{unit}" in held}
    names = {name for name, rule in rules.row_fields.items() if rule.unit in moved}
    return _with_id({"id": line["id"], **{n: line.get(n) for n in names}}, known)


def blocked_text(job: Job) -> Text:
    title = job.record.title or job.record.number or job.record.id
    return Text(
        f"“{title}”在等 {job.blocker} 先到达：请先解决它",
        f"“{title}” waits for {job.blocker} to arrive first: settle that one",
    )
