"""Mappings: check, keep as a version, preview in numbers what its activation changes, activate, export."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from hub.store import mappings as store
from hub.store.audit import Deed, write_audit

SAMPLES = 10


@dataclass(frozen=True, slots=True)
class Version:
    """A kept version. `new` is False when the same content was kept before."""

    id: int
    version: int
    new: bool


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
