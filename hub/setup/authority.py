"""Changes of a flow that say whose word counts (master, owner of a stage, direction): counted first, then put down as the admin picks:
read in, send out, or from now on only (ENGINE section 8)."""

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection

from hub.connector import EntityManifest
from hub.errors import MappingInvalid
from hub.mapping.compile import Compiled
from hub.setup.effects import Activation, Page, Scene, checked_mode, effects_at, put_down
from hub.setup.flows import FlowChange, change_in, known_flow
from hub.setup.needs import Needs
from hub.setup.rebase import LineChanges, Mode
from hub.setup.stages import count_behind, move_on
from hub.store import flows
from hub.store.audit import Deed, write_audit
from hub.sync.flowcontext import active_mapping, build_rules
from hub.sync.rules import Rule, Rules

Flows = Mapping[int, Mapping[str, Any]]


def preview_change(needs: Needs, flow_id: int, change: FlowChange, mode: Mode) -> Activation:
    """Count what the change would make due; nothing is written. Raises NotFound, BadInput like the change itself."""
    checked_mode(mode)
    found = Activation(mode, {})
    with needs.db.read() as tx:
        entity = known_flow(tx, flow_id)["entity"]
        before = _flows(tx, entity)
        after = _as_if(before, flow_id, change)
        for _page in _effects(tx, before, after, found):
            pass
        count_behind(tx, before[flow_id], after[flow_id], _manifest(needs, before[flow_id]), found)
    return found


def change_flow(needs: Needs, flow_id: int, change: FlowChange, mode: Mode, *, who: str) -> Activation:
    """Apply the change, and mark what the mode says in the same transaction. `future` marks nothing. Raises NotFound, BadInput."""
    checked_mode(mode)
    found, now = Activation(mode, {}), needs.now()
    with needs.db.write() as tx:
        entity = known_flow(tx, flow_id)["entity"]
        before = _flows(tx, entity)
        row = change_in(tx, needs, flow_id, change, who=who)
        manifest = _manifest(needs, row)
        count_behind(tx, before[flow_id], row, manifest, found)
        move_on(tx, before[flow_id], row, manifest, existing=mode == "push", now=now)
        if mode != "future":
            for page in _effects(tx, before, _flows(tx, entity), found):
                put_down(tx, page, now)
            data = {"mode": mode, "counts": found.counts, "fields": found.fields}
            write_audit(tx, Deed(who, "flow.reconcile", f"{row['connection']}.{entity}", data), now)
    return found


def _manifest(needs: Needs, flow: Mapping[str, Any]) -> EntityManifest | None:
    return needs.connectors[flow["system"]].manifest.entities.get(flow["entity"])


def _flows(tx: Connection, entity: str) -> Flows:
    return {row["id"]: row for row in flows.flows_of_entity(tx, entity)}


def _as_if(before: Flows, flow_id: int, change: FlowChange) -> Flows:
    """The flows of the entity as the change would leave them: a new master ends the old one."""
    values = change.model_dump(exclude_none=True)
    lost = {"master": False} if values.get("master") else {}
    return {key: {**row, **(values if key == flow_id else lost)} for key, row in before.items()}


def _effects(tx: Connection, before: Flows, after: Flows, found: Activation) -> Iterator[Page]:
    """Every flow of the entity whose rules become others: a new master changes all of them."""
    masters = [next((str(f["connection"]) for f in side.values() if f["master"]), "") for side in (before, after)]
    for key, row in after.items():
        at = SimpleNamespace(id=row["connection_id"], name=row["connection"], system=row["system"])
        try:
            compiled = active_mapping(tx, at, row["entity"])
        except MappingInvalid:  # nothing moves without a mapping, so nothing changes
            continue
        old, new = _rules(compiled, before[key], at, masters[0]), _rules(compiled, row, at, masters[1])
        changes = authority_changes(old, new)
        if changes:
            found.lines[row["connection"]] = changes.as_json()
            yield from effects_at(tx, row, Scene(compiled, new, changes), found)


def _rules(compiled: Compiled, row: Mapping[str, Any], at: Any, master: str) -> Rules:
    return build_rules(compiled, SimpleNamespace(**row), at, master)


def authority_changes(old: Rules, new: Rules) -> LineChanges:
    """Fields whose winner is another in any stage (authority), or that begin or cease to move one way (remapped)."""
    everything = old.stage_winner != new.stage_winner
    authority, remapped = _between(old.fields, new.fields, everything)
    row_authority, row_remapped = _between(old.row_fields, new.row_fields, everything)
    return LineChanges(
        remapped=remapped, authority=authority - new.derived, row_authority=row_authority, row_remapped=row_remapped
    )


def _between(
    old: Mapping[str, Rule], new: Mapping[str, Rule], everything: bool
) -> tuple[frozenset[str], frozenset[str]]:
    remapped = {n for n, rule in new.items() if (rule.pull, rule.push) != (old[n].pull, old[n].push)}
    owned = {n for n, rule in new.items() if everything or _owners(rule) != _owners(old[n])}
    return frozenset(owned - remapped), frozenset(remapped)


def _owners(rule: Rule) -> Any:
    return rule.winner, rule.stage_winner
