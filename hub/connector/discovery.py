"""Finds connectors by entry point, so that a private one installs with pip. A broken one is reported, never fatal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from hub.connector.contract import Connector
from hub.errors import BadInput, ConfigInvalid, HubError

GROUP = "hub.connectors"
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
            broken[point.name] = ConfigInvalid(
                f"连接器 {point.name}（{point.value}）无法加载：{error}，请重新安装或升级它",
                f"Connector {point.name} ({point.value}) cannot be loaded: {error}; reinstall or upgrade it",
                value=point.value,
            )
    return Found(connectors, broken)


@cache
def discover() -> Found:
    """What is installed in this environment, looked up once per process."""
    return load(entry_points(group=GROUP))


def connectors() -> Mapping[str, Connector]:
    """Usable connectors by system name."""
    return discover().connectors


def get_connector(system: str) -> Connector:
    """The connector of `system`. Raises ConfigInvalid when it is broken and BadInput when there is none of that
    name."""
    found = discover()
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


def _checked(name: str, loaded: object) -> Connector:
    if not isinstance(loaded, Connector):
        raise TypeError(f"{name} is a {type(loaded).__name__}, not a hub.connector.Connector")
    if loaded.system != name:
        raise ValueError(f"entry point {name} holds the connector of {loaded.system}")
    return loaded
