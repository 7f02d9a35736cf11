"""Small values that the engine's pure parts work on."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from hub.connector.manifest import EntityManifest, Manifest, Name
from hub.mapping.compile import Compiled, compile_mapping
from hub.mapping.results import Pulled, PulledRow
from hub.mapping.schema import MappingSpec
from hub.sync.rules import Rule, Rules, Side
from tests.sync.wire import STAGES
from tests.sync.world import spec_of


@dataclass(frozen=True)
class Line:
    """A line as read."""

    native_id: str
    values: dict[str, Any]
    natives: dict[str, Any]


@dataclass(frozen=True)
class Incoming:
    """A native record as mapped."""

    values: dict[str, Any]
    natives: dict[str, Any]
    rows: list[Any] | None = field(default=None)


def read(lines: list[tuple[str, dict[str, Any]]] | None = None, **values: Any) -> Incoming:
    """What a system holds whose native values look like the golden ones with an n: before."""
    rows = None if lines is None else [Line(key, dict(row), _natives(row)) for key, row in lines]
    return Incoming(values, _natives(values), rows)


def _natives(values: dict[str, Any]) -> dict[str, Any]:
    return {name: native(value) for name, value in values.items()}


def native(value: Any) -> Any:
    return None if value is None else f"n:{value}"


def agreed(**values: Any) -> dict[str, Any]:
    """The base after both sides held these values."""
    return {"fields": {name: [value, native(value)] for name, value in values.items()}}


def line_base(native_id: str, **values: Any) -> dict[str, Any]:
    return {"native_id": native_id, **agreed(**values)}


def rules(*names: str, winner: Side = "nobody", first: Side = "nobody", blanks: bool = False, **groups: str) -> Rules:
    """Two-way fields; groups: field=group. Lines have quantity and price (one group) and remark."""
    fields = {n: Rule(n, groups.get(n, n), winner=winner, blanks=blanks) for n in (*names, *groups)}
    lines = {
        "quantity": Rule("quantity", "price", winner=winner),
        "price": Rule("price", "price", winner=winner),
        "remark": Rule("remark", "remark", winner=winner),
    }
    return Rules(fields=fields, row_fields=lines, rows="lines", first=first)


def back(lines: list[tuple[str, dict[str, Any]]] | None = None, **values: Any) -> Pulled:
    rows = None if lines is None else [PulledRow(key, dict(row), _natives(row)) for key, row in lines]
    return Pulled(values, _natives(values), [], rows)


def compiled(entity: str = "customer") -> Compiled:
    return compile_mapping(MappingSpec.model_validate(spec_of("crm", entity)))


def manifest(*, staged: bool = False, lines: str = "keyed") -> EntityManifest:
    stages = list(STAGES.values()) if staged else []
    given = {"object": "order", "can": ["pull", "read", "create", "update"], "stages": stages, "lines": lines}
    return EntityManifest.model_validate(given)


def system_manifest(entity: EntityManifest) -> Manifest:
    return Manifest(
        system="crm",
        name=Name(zh="crm", en="crm"),
        kind=("crm",),
        vendor_docs="-",
        wire_version="1",
        entities={"order": entity, "customer": manifest()},
    )


def bound(**values: Any) -> Any:
    """A binding row."""
    given: dict[str, Any] = {
        "id": 7,
        "state": "linked",
        "external_id": "C1",
        "number": "N1",
        "key": "HUB00000007",
        "vendor_version": "",
        "base": {},
        "held": [],
        "stage_seen": "",
        "stage_wanted": "",
        "attempts": 1,
    }
    return SimpleNamespace(**{**given, **values})


def golden_row(data: dict[str, Any], **values: Any) -> Any:
    return SimpleNamespace(
        **{"id": 1, "data": data, "state": "live", "version": 3, "title": "t", "number": "", **values}
    )
