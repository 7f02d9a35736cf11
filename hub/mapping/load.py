"""Mappings and their samples from files: the only I/O of hub.mapping. Shipped files are package data of `mappings`; a connector that
is installed by itself brings its own in the folder `mappings` of its package."""

import json
from collections.abc import Iterator
from decimal import Decimal
from importlib import resources
from importlib.metadata import EntryPoint, entry_points
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from hub.errors import BadInput, MappingInvalid, Text
from hub.mapping.findings import Finding
from hub.mapping.schema import MappingSpec
from hub.mapping.source import Source, parse_mapping, read_mapping

_PACKAGE = "mappings"
_CONNECTORS = "hub.connectors"
_SAMPLE = ".sample.json"
_KEPT: dict[str, Path] = {}
"""System -> folder, for connectors that are made of a company's files."""


def read_file(path: str | Path) -> Source:
    """Read a mapping file; everything wrong (also a file that cannot be read) is in the findings."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        wrong = Text(f"无法读取文件：{error}", f"cannot read the file: {error}")
        return Source(str(path), findings=[Finding(wrong, str(path))])
    return read_mapping(text, file=str(path))


def load_file(path: str | Path) -> MappingSpec:
    """Read a mapping file. Raises MappingInvalid naming file, line and field; BadInput when it cannot be read."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"无法读取 {path}：{error}", f"cannot read {path}: {error}", field="path", value=str(path)
        ) from error
    return parse_mapping(text, file=str(path))


def shipped() -> Iterator[tuple[str, str]]:
    """(system, entity) of every shipped mapping, sorted; those of connectors installed by themselves included."""
    for system, folder in sorted(_folders().items()):
        names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
        yield from ((system, name.removesuffix(".yaml")) for name in names)


def keep(system: str, folder: Path) -> None:
    """From now on the mappings in `folder` count as shipped with that system, before all others of it."""
    _KEPT[system] = folder


def load_shipped(system: str, entity: str) -> MappingSpec:
    """A shipped mapping. Raises MappingInvalid when there is none."""
    return parse_mapping(shipped_text(system, entity), file=f"{_PACKAGE}/{system}/{entity}.yaml")


def shipped_text(system: str, entity: str) -> str:
    """The YAML of a shipped mapping, with its comments. Raises MappingInvalid when there is none."""
    entry = _entry(system, f"{entity}.yaml")
    if not entry.is_file():
        raise MappingInvalid(
            f"没有随附的映射 {system}/{entity}",
            f"no mapping {system}/{entity} is shipped",
            field="entity",
            value=entity,
        )
    return entry.read_text(encoding="utf-8")


def shipped_samples(system: str, entity: str) -> list[dict[str, Any]]:
    """The sample native records shipped beside a mapping; numbers with a fraction are Decimal."""
    entry = _entry(system, f"{entity}{_SAMPLE}")
    return parse_samples(entry.read_text(encoding="utf-8")) if entry.is_file() else []


def load_samples(path: str | Path) -> list[dict[str, Any]]:
    """Sample native records from a JSON file: one object or a list. Raises BadInput."""
    path = Path(path)
    try:
        return parse_samples(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise BadInput(
            f"样例文件 {path} 无法使用：{error}",
            f"cannot use the samples in {path}: {error}",
            field="samples",
            value=str(path),
        ) from error


def samples_beside(path: Path) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Samples in `<name>.sample.json` beside a mapping file; what is wrong with them as findings."""
    sample = path.with_name(path.name.removesuffix(".yaml") + _SAMPLE)
    if not sample.is_file():
        return [], []
    try:
        return load_samples(sample), []
    except BadInput as error:
        return [], [Finding(error.text, str(sample))]


def parse_samples(text: str) -> list[dict[str, Any]]:
    """JSON text -> native records, exact. Raises ValueError for what is no JSON object or list of objects."""
    data = json.loads(text, parse_float=Decimal)
    records = data if isinstance(data, list) else [data]
    if not all(isinstance(record, dict) for record in records):
        raise ValueError(Text("样例应为 JSON 对象或对象的列表", "samples must be a JSON object or a list of objects"))
    return records


def _entry(system: str, name: str) -> Traversable:
    folder = _folders().get(system)
    return (folder or resources.files(_PACKAGE).joinpath(system)).joinpath(name)


def _folders() -> dict[str, Traversable]:
    """System -> the folder of its mappings. What this package ships for a system goes before what a connector brings."""
    own = {entry.name: entry for entry in resources.files(_PACKAGE).iterdir() if entry.is_dir()}
    brought = {point.name: _brought(point) for point in entry_points(group=_CONNECTORS) if point.name not in own}
    kept = {name: folder for name, folder in _KEPT.items() if folder.is_dir()}
    return {name: folder for name, folder in brought.items() if folder is not None} | own | kept


def _brought(point: EntryPoint) -> Traversable | None:
    """None for a connector without mappings, or one that is no package or cannot be found (discovery says what is wrong with it)."""
    try:
        folder = resources.files(point.module).joinpath(_PACKAGE)
    except (ImportError, TypeError, AttributeError, OSError, ValueError):
        return None
    return folder if folder.is_dir() else None
