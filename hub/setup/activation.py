"""A mapping version put to use: counted first, then what was agreed is re-based in the same transaction (ENGINE section 8)."""

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection

from hub.mapping.compile import compile_mapping
from hub.mapping.schema import MappingSpec
from hub.setup.effects import Activation, Page, Scene, checked_mode, effects_at, put_down
from hub.setup.mappings import known_mapping
from hub.setup.needs import Needs
from hub.setup.rebase import LineChanges, Mode, compare
from hub.store import mappings as store
from hub.store.audit import Deed, write_audit
from hub.store.flows import find_flow, flows_of_entity
from hub.sync.flowcontext import build_rules


def preview_activation(needs: Needs, mapping_id: int, mode: Mode) -> Activation:
    """Count what activation would change; nothing is written."""
    found, changes, _row = _activation(needs, mapping_id, mode)
    with needs.db.read() as tx:
        for _page in _effects(tx, mapping_id, found, changes):
            pass
    return found


def activate(needs: Needs, mapping_id: int, mode: Mode, *, who: str) -> Activation:
    """Make the version the active one; what was agreed is re-based in the same transaction. Raises NotFound."""
    found, changes, row = _activation(needs, mapping_id, mode)
    now = needs.now()
    with needs.db.write() as tx:
        for page in _effects(tx, mapping_id, found, changes):
            put_down(tx, page, now)
        store.activate_version(tx, row)
        data = {"id": mapping_id, "version": row["version"], "mode": mode, "counts": found.counts}
        write_audit(tx, Deed(who, "mapping.activate", f"{row['system']}.{row['entity']}", data), now)
    return found


def _activation(needs: Needs, mapping_id: int, mode: Mode) -> tuple[Activation, LineChanges, dict[str, Any]]:
    checked_mode(mode)
    with needs.db.read() as tx:
        row = known_mapping(tx, mapping_id)
        old = _ruling(tx, row)
    changes = compare(old, MappingSpec.model_validate(row["spec"]))
    return Activation(mode, changes.as_json()), changes, row


def _ruling(tx: Connection, row: Mapping[str, Any]) -> MappingSpec | None:
    """The version in force until now: of the same scope, or of the system when a connection gets its first own one."""
    active = store.active_mapping(tx, row["system"], row["entity"], row["connection_id"])
    active = active or store.active_mapping(tx, row["system"], row["entity"], None)
    return None if active is None else MappingSpec.model_validate(active["spec"])


def _effects(tx: Connection, mapping_id: int, found: Activation, changes: LineChanges) -> Iterator[Page]:
    """What changes at every connection that the version will rule."""
    row = known_mapping(tx, mapping_id)
    compiled = compile_mapping(MappingSpec.model_validate(row["spec"]))
    master = next((flow["connection"] for flow in flows_of_entity(tx, row["entity"]) if flow["master"]), "")
    for at in store.connections_under(tx, row):
        flow = find_flow(tx, at["id"], row["entity"])
        if flow is not None:
            rules = build_rules(compiled, SimpleNamespace(**flow), SimpleNamespace(**at), master)
            yield from effects_at(tx, flow, Scene(compiled, rules, changes), found)
