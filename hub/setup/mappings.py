"""Mappings: check, keep as a version, preview in numbers what its activation changes, activate, export."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from hub.errors import BadInput, NotFound
from hub.mapping.check import check_source
from hub.mapping.compile import Compiled, compile_mapping
from hub.mapping.export import export
from hub.mapping.findings import Finding
from hub.mapping.load import load_shipped, shipped, shipped_samples, shipped_text
from hub.mapping.schema import MappingSpec
from hub.mapping.source import Source, raise_first, read_mapping
from hub.setup.known import known_connection
from hub.setup.needs import Needs
from hub.setup.rebase import Effect, LineChanges, Mode, compare, effect_on
from hub.store import mappings as store
from hub.store.audit import Deed, write_audit
from hub.store.lookup import targets_of_refs

SAMPLES = 10


@dataclass(frozen=True, slots=True)
class Version:
    """A kept version. `new` is False when the same content was kept before."""

    id: int
    version: int
    new: bool


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


def check(
    text: str, *, file: str = "", samples: Sequence[Mapping[str, Any]] | None = None
) -> tuple[Source, list[Finding]]:
    """Everything wrong with a mapping as YAML, errors first. Without samples, the shipped ones of its system and entity."""
    source = read_mapping(text, file=file)
    if source.spec is not None and samples is None:
        samples = shipped_samples(source.spec.system, source.spec.entity)
    return source, check_source(source, samples or ())


def save(needs: Needs, source: Source, findings: Sequence[Finding], *, connection: str = "", who: str) -> Version:
    """Keep a checked mapping as a version, not active yet. Raises MappingInvalid for the first error found by the check."""
    raise_first(findings)
    assert source.spec is not None
    spec = source.spec
    with needs.db.write() as tx:
        at = _scope_of(tx, spec, connection)
        values = _values(spec, at, needs.now(), who)
        known = store.version_with(tx, values)
        if known is not None:
            return Version(known["id"], known["version"], new=False)
        key, version = store.insert_version(tx, values)
        name = f"{connection or spec.system}.{spec.entity}"
        write_audit(tx, Deed(who, "mapping.save", name, {"version": version, "id": key}), needs.now())
    return Version(key, version, new=True)


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


def install_shipped(tx: Connection, system: str, now: datetime) -> list[str]:
    """Make the shipped mappings of a system its active ones where it has none yet. Returns the entities they are for."""
    installed = []
    for entity in [entity for name, entity in shipped() if name == system]:
        if store.active_mapping(tx, system, entity, None) is None:
            spec = load_shipped(system, entity)
            key, _version = store.insert_version(tx, _values(spec, None, now, "shipped"))
            store.activate_version(tx, {"id": key, "system": system, "entity": entity, "connection_id": None})
            installed.append(entity)
    return installed


def export_yaml(needs: Needs, system: str, entity: str, *, connection: str = "") -> str:
    """The active mapping as YAML; before there is one, the shipped file. Raises NotFound."""
    with needs.db.read() as tx:
        at = known_connection(tx, connection)["id"] if connection else None
        row = store.active_mapping(tx, system, entity, at) or store.active_mapping(tx, system, entity, None)
    if row is not None:
        return export(MappingSpec.model_validate(row["spec"]))
    if (system, entity) in shipped():
        return shipped_text(system, entity)
    raise NotFound(
        f"{system} 的 {entity} 没有映射", f"There is no mapping of {entity} for {system}", field="entity", value=entity
    )


def known_mapping(tx: Connection, mapping_id: int) -> dict[str, Any]:
    """Raises NotFound."""
    row = store.show_mapping(tx, mapping_id)
    if row is None:
        raise NotFound(
            f"没有映射 {mapping_id}", f"There is no mapping {mapping_id}", field="mapping", value=str(mapping_id)
        )
    return row


def compiled_version(needs: Needs, mapping_id: int) -> Compiled:
    """For previews of single records. Raises NotFound, MappingInvalid."""
    with needs.db.read() as tx:
        return compile_mapping(MappingSpec.model_validate(known_mapping(tx, mapping_id)["spec"]))


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
                yield [pair for binding in page if (pair := _effect(binding, compiled, found, refs, at["name"]))]


def _effect(
    binding: dict[str, Any], compiled: Compiled, found: Activation, refs: _Parents, name: str
) -> tuple[dict[str, Any], Effect] | None:
    effect = effect_on(binding["base"], binding["data"], found.changes, compiled=compiled, mode=found.mode, refs=refs)
    counts = found.counts[name]
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


def _scope_of(tx: Connection, spec: MappingSpec, connection: str) -> int | None:
    if not connection:
        return None
    row = known_connection(tx, connection)
    if row["system"] != spec.system:
        raise BadInput(
            f"映射属于 {spec.system}，而连接 {row['name']} 属于 {row['system']}",
            f"The mapping is for {spec.system}, but connection {row['name']} is of {row['system']}",
            field="connection",
            value=row["name"],
        )
    return int(row["id"])


def _values(spec: MappingSpec, connection_id: int | None, now: datetime, who: str) -> dict[str, Any]:
    return {
        "system": spec.system,
        "entity": spec.entity,
        "connection_id": connection_id,
        "hash": spec.version,
        "spec": spec.model_dump(mode="json", exclude_defaults=True),
        "created_at": now,
        "created_by": who,
    }


def yaml_of(needs: Needs, mapping_id: int) -> str:
    """One version as YAML. Raises NotFound."""
    with needs.db.read() as tx:
        return export(MappingSpec.model_validate(known_mapping(tx, mapping_id)["spec"]))
