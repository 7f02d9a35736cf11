"""Manifests as connectors: those that are shipped, and those that a company keeps in its data folder."""

from collections.abc import Iterator
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any, cast

from connectors.rest.callback import parser_of
from connectors.rest.client import RestClient
from connectors.rest.config import config_model
from connectors.rest.reading import page_size
from connectors.rest.source import load_system
from connectors.rest.spec.system import Entity, System, WriteCall
from hub.connector.contract import Connector
from hub.connector.discovery import Found
from hub.connector.manifest import EntityManifest, Manifest, Name
from hub.errors import ConfigInvalid, Text

SHIPPED = "connectors.rest.systems"


def load_all(folder: Path | None) -> Found:
    """Every manifest as a connector of its own. A company's file goes before a shipped one of the same system; a file that is
    wrong, or that says another system than its name, ends in `broken`."""
    found, broken = dict[str, Connector](), dict[str, ConfigInvalid]()
    for path in [*_files(_shipped()), *_files(folder)]:
        name = path.stem
        found.pop(name, None)
        try:
            found[name] = connector_of(_checked(path), _mappings(path))
        except ConfigInvalid as error:
            broken[name] = error
        else:
            broken.pop(name, None)
    return Found(found, broken)


def load(path: Path) -> Connector:
    """The connector of one manifest file. Raises ConfigInvalid."""
    return connector_of(load_system(path), _mappings(path))


def shipped(name: str) -> System:
    """A shipped manifest. Raises ConfigInvalid when there is none."""
    return load_system(_shipped() / f"{name}.yaml")


def connector_of(system: System, mappings: Path | None = None) -> Connector:
    """What the hub sees of a manifest; `mappings` is the folder of its mapping files."""
    opened = cast(Any, partial(RestClient, system))
    return Connector(manifest_of(system), config_model(system), opened, parser_of(system), mappings)


def manifest_of(system: System) -> Manifest:
    """The capabilities that follow from what the manifest configures."""
    return Manifest(
        system=system.system,
        name=Name(zh=system.name.zh, en=system.name.en),
        kind=system.kind,
        vendor_docs=system.docs,
        wire_version=system.version,
        entities={name: _entity(name, entity) for name, entity in system.entities.items()},
        callbacks=system.webhook is not None,
        limits=system.limits,
        parallel=system.parallel,
        zone=system.zone,
    )


def _entity(name: str, entity: Entity) -> EntityManifest:
    read_batch = 100 if isinstance(entity.read, str) else entity.read.batch
    return EntityManifest(
        object=entity.object or name,
        can=tuple(_abilities(entity)),
        cursor="modified" if entity.list.changed else "none",
        granularity_s=entity.granularity_s,
        overlap_s=entity.overlap_s,
        page_size=page_size(entity),
        read_batch=read_batch,
        create_batch=_batch(entity.upsert or entity.create),
        key="field" if entity.key else "none",
        settle_s=entity.settle_s,
        conditional_writes=_conditional(entity),
        stages=entity.stages,
        reference_stage=entity.reference_stage,
        lines=entity.lines,
        blind_spots=entity.blind_spots,
        reread_s=entity.reread_s,
        calls_per_record={"pull": 1 / page_size(entity), "read": 1 / read_batch, "create": 1, "update": 1},
    )


def _abilities(entity: Entity) -> Iterator[Any]:
    yield from ("pull", "read")
    if entity.deleted is not None:
        yield "delete_feed"
    if entity.find is not None:
        yield "find"
    if entity.create is not None or entity.upsert is not None:
        yield "create"
    if entity.update is not None or entity.upsert is not None:
        yield "update"


def _batch(call: WriteCall | None) -> int:
    return call.batch if call is not None else 1


def _conditional(entity: Entity) -> bool:
    """Whether updates name the version that they were decided on."""
    return bool(entity.version and entity.update and "{version}" in entity.update.model_dump_json())


def _mappings(path: Path) -> Path | None:
    """crm.yaml keeps its mappings in the folder crm beside it."""
    folder = path.with_suffix("")
    return folder if folder.is_dir() else None


def _checked(path: Path) -> System:
    system = load_system(path)
    if system.system != path.stem:
        said = Text(
            f"{path} 里写的是 system: {system.system}，文件名应为 {system.system}.yaml",
            f"{path} says system: {system.system}; the file must be called {system.system}.yaml",
        )
        raise ConfigInvalid(said.zh, said.en, field="system", value=system.system)
    return system


def _files(folder: Path | None) -> list[Path]:
    return sorted(folder.glob("*.yaml")) if folder is not None and folder.is_dir() else []


def _shipped() -> Path:
    return Path(str(resources.files(SHIPPED)))
