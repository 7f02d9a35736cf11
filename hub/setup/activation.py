"""A mapping version put to use: counted first, then what was agreed is re-based in the same transaction (ENGINE section 8)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from hub.errors import BadInput
from hub.mapping.compile import Compiled, compile_mapping
from hub.mapping.schema import MappingSpec
from hub.setup.mappings import known_mapping
from hub.setup.needs import Needs
from hub.setup.rebase import Effect, LineChanges, Mode, compare, effect_on
from hub.store import mappings as store
from hub.store.audit import Deed, write_audit
from hub.store.flows import find_flow
from hub.store.lookup import targets_of_refs

SAMPLES = 10


@dataclass(slots=True)
class Activation:
    """What activating a version does (or did). Counts are bindings: linked, reread (asked for anew at the vendor), due (sent)
    and changed (golden records that get another value, as far as the values seen last tell); `samples` shows some."""

    mode: Mode
    changes: LineChanges
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    samples: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        lines = self.changes.as_json()
        return {"mode": self.mode, "lines": lines, "counts": self.counts, "samples": self.samples}


class _Parents:
    """References as the connection knows them now."""

    def __init__(self, known: Mapping[int, Any]) -> None:
        self._known = known

    def target(self, entity: str, record_id: int) -> tuple[str, str] | None:
        row = self._known.get(record_id)
        return None if row is None else (str(row.external_id), str(row.number))


@dataclass(frozen=True, slots=True)
class _Scene:
    """One connection during an activation."""

    compiled: Compiled
    refs: _Parents
    connection: str
    pushes: bool


def preview_activation(needs: Needs, mapping_id: int, mode: Mode) -> Activation:
    """Count what activation would change; nothing is written."""
    found, _row = _activation(needs, mapping_id, mode)
    with needs.db.read() as tx:
        for _page in _effects(tx, mapping_id, found):
            pass
    return found


def activate(needs: Needs, mapping_id: int, mode: Mode, *, who: str) -> Activation:
    """Make the version the active one; what was agreed is re-based in the same transaction. Raises NotFound."""
    found, row = _activation(needs, mapping_id, mode)
    now = needs.now()
    with needs.db.write() as tx:
        for page in _effects(tx, mapping_id, found):
            store.rebase_bindings(tx, [_rebased(binding, effect, now) for binding, effect in page])
        store.activate_version(tx, row)
        data = {"id": mapping_id, "version": row["version"], "mode": mode, "counts": found.counts}
        write_audit(tx, Deed(who, "mapping.activate", f"{row['system']}.{row['entity']}", data), now)
    return found


def _activation(needs: Needs, mapping_id: int, mode: Mode) -> tuple[Activation, dict[str, Any]]:
    if mode not in ("future", "pull", "push"):
        raise BadInput(
            f"方式 {mode} 应为 future（只管以后）、pull（重新读入）或 push（重新推出）",
            f"mode {mode}: give future, pull or push",
            field="mode",
            value=mode,
        )
    with needs.db.read() as tx:
        row = known_mapping(tx, mapping_id)
        old = _ruling(tx, row)
    return Activation(mode, compare(old, MappingSpec.model_validate(row["spec"]))), row


def _ruling(tx: Connection, row: Mapping[str, Any]) -> MappingSpec | None:
    """The version in force until now: of the same scope, or of the system when a connection gets its first own one."""
    active = store.active_mapping(tx, row["system"], row["entity"], row["connection_id"])
    active = active or store.active_mapping(tx, row["system"], row["entity"], None)
    return None if active is None else MappingSpec.model_validate(active["spec"])


def _effects(tx: Connection, mapping_id: int, found: Activation) -> Iterator[list[tuple[dict[str, Any], Effect]]]:
    """Pages of (binding, effect) where something changes; counts and samples are filled on the way."""
    row = known_mapping(tx, mapping_id)
    compiled = compile_mapping(MappingSpec.model_validate(row["spec"]))
    for at in store.connections_under(tx, row):
        counts = found.counts.setdefault(at["name"], dict.fromkeys(("linked", "reread", "due", "changed"), 0))
        for page in _pages(tx, at["id"], row["entity"]):
            counts["linked"] += len(page)
            if found.changes:
                refs = _Parents(targets_of_refs(tx, at["id"], _references(page, compiled)))
                scene = _Scene(compiled, refs, at["name"], _pushes(tx, at["id"], row["entity"]))
                yield [pair for binding in page if (pair := _effect(binding, found, scene))]


def _pushes(tx: Connection, connection_id: int, entity: str) -> bool:
    """Whether the connection is written to; before its release, what differs becomes due by the release."""
    flow = find_flow(tx, connection_id, entity)
    return flow is not None and bool(flow["push"]) and flow["released_at"] is not None


def _effect(binding: dict[str, Any], found: Activation, scene: _Scene) -> tuple[dict[str, Any], Effect] | None:
    effect = effect_on(
        binding["base"],
        binding["data"],
        found.changes,
        compiled=scene.compiled,
        mode=found.mode,
        refs=scene.refs,
    )
    if not scene.pushes or binding["state"] != "live":
        effect = replace(effect, due=False)
    name, counts = scene.connection, found.counts[scene.connection]
    counts["reread"] += effect.reread
    counts["due"] += effect.due
    counts["changed"] += bool(effect.shown) and found.mode == "pull"
    for field_name, (before, after) in effect.shown.items():
        if len(found.samples) < SAMPLES:
            shown = {"connection": name, "record": binding["record_id"], "title": binding["title"]}
            found.samples.append(shown | {"field": field_name, "before": before, "after": after})
    changed = effect.reread or effect.due or effect.base != binding["base"]
    return (binding, effect) if changed else None


def _rebased(binding: dict[str, Any], effect: Effect, now: datetime) -> dict[str, Any]:
    due_at = now if effect.due else binding["due_at"]
    reread = effect.reread or binding["reread"]
    return {"b_id": binding["id"], "base": effect.base, "reread": reread, "due_at": due_at, "updated_at": now}


def _pages(tx: Connection, connection_id: int, entity: str) -> Iterator[list[dict[str, Any]]]:
    after = 0
    while page := store.linked_page(tx, connection_id, entity, after):
        yield page
        after = page[-1]["id"]


def _references(page: Sequence[Mapping[str, Any]], compiled: Compiled) -> set[int]:
    names = [name for name, line in compiled.fields.items() if line.type == "ref"]
    found = (binding["data"].get(name) for binding in page for name in names)
    return {value for value in found if isinstance(value, int)}
