"""What a change of configuration does to the bindings of a connection: counted with samples, then put down (ENGINE section 8)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from hub.errors import BadInput
from hub.mapping.compile import Compiled
from hub.mapping.results import Refs
from hub.setup.rebase import Effect, LineChanges, Mode, effect_on
from hub.store import mappings as store
from hub.store.lookup import targets_of_refs
from hub.sync.rules import Rules

SAMPLES = 10
SAMPLES_OF_A_FIELD = 5
#: Bindings (with base, data, title) and what happens to each.
Page = list[tuple[dict[str, Any], Effect]]


@dataclass(slots=True)
class Activation:
    """What a change of configuration does (or did). Counts are bindings by connection: linked, reread (asked for anew at the
    vendor), due (sent) and changed (golden records that get another value, as far as the values seen last tell); `fields` counts
    the records by connection and field that differ; `samples` shows some, with both values."""

    mode: Mode
    lines: dict[str, Any]
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    fields: dict[str, dict[str, int]] = field(default_factory=dict)
    samples: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("mode", "lines", "counts", "fields", "samples")}


@dataclass(frozen=True, slots=True)
class Scene:
    """The mapping and rules of one flow after the change, and what changes. `forced`: whoever owns the fields."""

    compiled: Compiled
    rules: Rules
    changes: LineChanges
    forced: bool = False


class _Parents:
    """References as the connection knows them now."""

    def __init__(self, known: Mapping[int, Any]) -> None:
        self._known = known

    def target(self, entity: str, record_id: int) -> tuple[str, str] | None:
        row = self._known.get(record_id)
        return None if row is None else (str(row.external_id), str(row.number))


def checked_mode(mode: str) -> None:
    """Raises BadInput naming the modes there are."""
    if mode not in ("future", "pull", "push"):
        raise BadInput(
            f"方式 {mode} 应为 future（只管以后）、pull（重新读入）或 push（重新推出）",
            f"mode {mode}: give future, pull or push",
            field="mode",
            value=mode,
        )


def effects_at(tx: Connection, flow: Mapping[str, Any], scene: Scene, found: Activation) -> Iterator[Page]:
    """Pages of (binding, effect) of one flow where something changes; counts and samples are filled on the way."""
    counts = found.counts.setdefault(flow["connection"], dict.fromkeys(("linked", "reread", "due", "changed"), 0))
    for page in binding_pages(tx, flow):
        counts["linked"] += len(page)
        if scene.changes:
            refs = references(tx, flow, page, scene.compiled)
            effects = ((binding, _effect(binding, scene, flow, refs, found.mode)) for binding in page)
            yield [pair for pair in effects if _counted(pair, flow["connection"], found)]


def put_down(tx: Connection, page: Page, now: datetime) -> None:
    store.rebase_bindings(tx, [_rebased(binding, effect, now) for binding, effect in page])


def binding_pages(tx: Connection, flow: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """The linked primary bindings of a flow, with base and the record's data, page after page."""
    after = 0
    while page := store.linked_page(tx, flow["connection_id"], flow["entity"], after):
        yield page
        after = page[-1]["id"]


def references(tx: Connection, flow: Mapping[str, Any], page: Sequence[Mapping[str, Any]], compiled: Compiled) -> Refs:
    """Where the records that a page refers to are at the connection."""
    names = [name for name, line in compiled.fields.items() if line.type == "ref"]
    values = (binding["data"].get(name) for binding in page for name in names)
    known = {value for value in values if isinstance(value, int)}  # one that is not here yet is no number
    return _Parents(targets_of_refs(tx, flow["connection_id"], known))


def _effect(binding: dict[str, Any], scene: Scene, flow: Mapping[str, Any], refs: Refs, mode: Mode) -> Effect:
    """Before its release a connection is not written to: what differs becomes due by the release."""
    changes = scene.changes
    if not scene.forced:
        changes = changes.where_it_counts(scene.rules, mode, binding["stage_seen"])
    effect = effect_on(binding["base"], binding["data"], changes, compiled=scene.compiled, mode=mode, refs=refs)
    pushes = bool(flow["push"]) and flow["released_at"] is not None and binding["state"] == "live"
    return effect if pushes else replace(effect, due=False)


def _counted(pair: tuple[dict[str, Any], Effect], connection: str, found: Activation) -> bool:
    """Whether anything changes; it is counted then."""
    binding, effect = pair
    counts, fields = found.counts[connection], found.fields.setdefault(connection, {})
    counts["reread"] += effect.reread
    counts["due"] += effect.due
    counts["changed"] += bool(effect.shown) and found.mode == "pull"
    for name, (before, after) in effect.shown.items():
        field_name = _without_line(name)
        fields[field_name] = fields.get(field_name, 0) + 1
        if fields[field_name] <= SAMPLES_OF_A_FIELD and len(found.samples) < SAMPLES * len(fields):
            shown = {"connection": connection, "record": binding["record_id"], "title": binding["title"]}
            found.samples.append(shown | {"field": name, "before": before, "after": after})
    return effect.reread or effect.due or effect.base != binding["base"]


def _without_line(name: str) -> str:
    """lines.3.price counts as lines.price."""
    parts = name.split(".")
    return f"{parts[0]}.{parts[2]}" if len(parts) == 3 and parts[1].isdigit() else name


def _rebased(binding: dict[str, Any], effect: Effect, now: datetime) -> dict[str, Any]:
    due_at = now if effect.due else binding["due_at"]
    reread = effect.reread or binding["reread"]
    return {"b_id": binding["id"], "base": effect.base, "reread": reread, "due_at": due_at, "updated_at": now}
