"""Finds connectors: by entry point, so that a private one installs with pip, and by sources that make many of files. A broken
one is reported, never fatal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from hub.connector.contract import Connector
from hub.errors import BadInput, ConfigInvalid, HubError

GROUP = "hub.connectors"
SOURCES = "hub.connector_sources"
"""Entry points of functions (folder of the company's own files, or None) -> Found."""
# Whatever somebody else's module may raise while it is imported; anything worse (memory, interrupt) is not ours to
# keep.
_IMPORT_FAILURES = (
    ImportError,
    AttributeError,
    NameError,
    SyntaxError,
    TypeError,
    ValueError,
    LookupError,
    OSError,
    RuntimeError,
    AssertionError,
    HubError,
)


@dataclass(frozen=True, slots=True)
class Found:
    """Usable connectors by system, and the entry points that could not be loaded, by name."""

    connectors: Mapping[str, Connector]
    broken: Mapping[str, ConfigInvalid]


def load(points: Iterable[EntryPoint]) -> Found:
    """Load entry points; one that fails, is no Connector or says another name than its own ends in `broken`."""
    connectors: dict[str, Connector] = {}
    broken: dict[str, ConfigInvalid] = {}
    for point in points:
        try:
            connectors[point.name] = _checked(point.name, point.load())
        except _IMPORT_FAILURES as error:
            broken[point.name] = _unloadable(point, error)
    return Found(connectors, broken)


@cache
def discover(folder: Path | None = None) -> Found:
    """What is installed in this environment, and what a company's `folder` holds; looked up once per process."""
    found = load(entry_points(group=GROUP))
    for point in entry_points(group=SOURCES):
        found = _joined(found, _from_source(point, folder))
    return found


def connectors(folder: Path | None = None) -> Mapping[str, Connector]:
    """Usable connectors by system name."""
    return discover(folder).connectors


def get_connector(system: str, folder: Path | None = None) -> Connector:
    """The connector of `system`. Raises ConfigInvalid when it is broken and BadInput when there is none of that
    name."""
    found = discover(folder)
    if system in found.connectors:
        return found.connectors[system]
    if system in found.broken:
        raise found.broken[system]
    names = ", ".join(sorted(found.connectors)) or "-"
    raise BadInput(
        f"没有名为 {system} 的系统，可用：{names}",
        f"There is no system {system}; known: {names}",
        field="system",
        value=system,
    )


def _from_source(point: EntryPoint, folder: Path | None) -> Found:
    try:
        found = point.load()(folder)
        return found if isinstance(found, Found) else Found({}, {point.name: _unloadable(point, "not a Found")})
    except _IMPORT_FAILURES as error:
        return Found({}, {point.name: _unloadable(point, error)})


def _joined(found: Found, more: Found) -> Found:
    """Both; a file cannot take the name of a connector that is installed."""
    taken = {
        name: ConfigInvalid(
            f"系统名 {name} 已被安装的连接器使用，请给文件换一个 system 名称",
            f"the system name {name} is that of an installed connector; give the file another one",
            field="system",
            value=name,
        )
        for name in more.connectors
        if name in found.connectors
    }
    return Found({**more.connectors, **found.connectors}, {**more.broken, **taken, **found.broken})


def _unloadable(point: EntryPoint, error: object) -> ConfigInvalid:
    return ConfigInvalid(
        f"连接器 {point.name}（{point.value}）无法加载：{error}，请重新安装或升级它",
        f"Connector {point.name} ({point.value}) cannot be loaded: {error}; reinstall or upgrade it",
        value=point.value,
    ).put_right_by(
        "hub_admin",
        "重新安装或升级该连接器的软件包，然后重启中枢",
        "reinstall or upgrade its package, then restart the hub",
    )


def _checked(name: str, loaded: object) -> Connector:
    if not isinstance(loaded, Connector):
        raise TypeError(f"{name} is a {type(loaded).__name__}, not a hub.connector.Connector")
    if loaded.system != name:
        raise ValueError(f"entry point {name} holds the connector of {loaded.system}")
    return loaded
