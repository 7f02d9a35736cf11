"""First contact of one flow in one report, before and after its release, and its differences settled by field (ENGINE section 5)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import SimpleNamespace
from typing import Any, Literal

from sqlalchemy import Connection

from hub.errors import BadInput
from hub.mapping.compile import Compiled
from hub.mapping.results import Refs
from hub.setup.effects import Activation, Scene, binding_pages, effects_at, put_down, references
from hub.setup.flows import known_flow
from hub.setup.needs import Engine, Needs
from hub.setup.ownership import Pair, pulled_apart, rows_pulled_apart, seen_record
from hub.setup.rebase import LineChanges, Mode
from hub.store import firstcontact as store
from hub.store import flows
from hub.store.audit import Deed, write_audit
from hub.sync.flowcontext import active_mapping, build_rules
from hub.sync.identity import identity_keys
from hub.sync.rules import Rules

Side = Literal["hub", "remote"]
SAMPLES = store.SAMPLES


@dataclass(slots=True)
class FieldReport:
    """Counts of records: `differ` (both have a value), `blank_there` (only the hub has one), `filled` (the hub's blank was filled
    from there), `overridden` (the hub's value gave way to theirs). `wins`: the connection, hub, or person. Samples show both."""

    wins: str = ""
    differ: int = 0
    blank_there: int = 0
    filled: int = 0
    overridden: int = 0
    samples: list[dict[str, Any]] = field(default_factory=list)

    def show(self, record: Any, title: Any, pair: Pair, wins: str) -> None:
        if len(self.samples) < SAMPLES:
            both = {"golden": pair[0], "remote": pair[1], "wins": wins}
            self.samples.append({"record": record, "title": title, **both})


@dataclass(slots=True)
class Report:
    """Counts are records, but for `read` (the last full pull's rows by outcome) and `aliases` (second ids)."""

    connection: str
    entity: str
    released_at: Any = None
    read: dict[str, Any] = field(default_factory=dict)
    both: int = 0
    only_there: int = 0
    only_here: int = 0
    aliases: int = 0
    linked_by: Counter[str] = field(default_factory=Counter)
    only_there_samples: list[dict[str, Any]] = field(default_factory=list)
    only_here_samples: list[dict[str, Any]] = field(default_factory=list)
    duplicates: dict[str, Any] = field(default_factory=lambda: {"count": 0, "samples": []})
    fields: dict[str, FieldReport] = field(default_factory=dict)
    release: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        shown = asdict(self)
        return shown | {"linked_by": dict(self.linked_by), "fields": dict(sorted(shown["fields"].items()))}

    def of(self, name: str) -> FieldReport:
        return self.fields.setdefault(name, FieldReport())


@dataclass(frozen=True, slots=True)
class _View:
    """A flow with what its bindings are compared by."""

    flow: Mapping[str, Any]
    compiled: Compiled
    rules: Rules

    @property
    def wins(self) -> str:
        return {"here": str(self.flow["connection"]), "elsewhere": "hub", "nobody": "person"}[self.rules.first]


def report(needs: Needs, engine: Engine, flow_id: int) -> Report:
    """Read from the database only; nothing is asked at the vendor. Raises NotFound, MappingInvalid."""
    with needs.db.read() as tx:
        view = _view(tx, flow_id)
        made = Report(view.flow["connection"], view.flow["entity"], view.flow["released_at"])
        at, entity = view.flow["connection_id"], view.flow["entity"]
        made.read = store.last_full_pull(tx, at, entity) or {}
        made.aliases = store.count_aliases(tx, at, entity)
        made.only_here, made.only_here_samples = store.only_in_hub(tx, at, entity)
        _bindings(tx, view, made)
        _settled(tx, view, made)
        _waiting(tx, view, made)
        if made.released_at is not None:
            due, wanted = flows.count_due(tx, at, entity, needs.now()), store.count_wanted(tx, at, entity)
            made.release = {"due": due, "wanted": wanted}
    if made.released_at is None:
        made.release = _would_release(engine, flow_id)
    return made


def settle(needs: Needs, engine: Engine, flow_id: int, name: str, side: Side, *, who: str) -> Activation:
    """Settle one field (or group) of all records that differ for one side: hub sends the golden value, remote takes theirs. Open
    conflicts of the field are resolved with it. Raises NotFound, BadInput."""
    plan, view = _settlement(needs, flow_id, name, side)
    choice = "golden" if side == "hub" else "remote"
    at, entity = view.flow["connection_id"], view.flow["entity"]
    resolved = sum(
        engine.resolve_many(kind="conflict", entity=entity, connection_id=at, choice=choice, who=who, field=unit)
        for unit in _units(view, name)
    )
    now = needs.now()
    with needs.db.write() as tx:
        found = Activation(plan.mode, plan.lines | {"resolved": resolved})
        for page in effects_at(tx, view.flow, _forced(view, name), found):
            put_down(tx, page, now)
        data = {"field": name, "side": side, "counts": found.counts, "resolved": resolved}
        write_audit(tx, Deed(who, "flow.settle", f"{view.flow['connection']}.{entity}", data), now)
    return found


def preview_settle(needs: Needs, flow_id: int, name: str, side: Side) -> Activation:
    """What `settle` would mark, with samples; nothing is written."""
    return _settlement(needs, flow_id, name, side)[0]


def _settlement(needs: Needs, flow_id: int, name: str, side: Side) -> tuple[Activation, _View]:
    if side not in ("hub", "remote"):
        raise BadInput(
            f"side 为 {side}，应为 hub（主数据）或 remote（对方）",
            f"side {side}: hub or remote",
            field="side",
            value=side,
        )
    mode: Mode = "push" if side == "hub" else "pull"
    with needs.db.read() as tx:
        view = _view(tx, flow_id)
        found = Activation(mode, {"field": name})
        for _page in effects_at(tx, view.flow, _forced(view, name), found):
            pass
    return found, view


def _forced(view: _View, name: str) -> Scene:
    """The field, the fields of the group of that name, or (lines.price) the field of the rows."""
    rules = view.rules
    rows = frozenset(n for n, r in rules.row_fields.items() if name in (f"{rules.rows}.{n}", f"{rules.rows}.{r.unit}"))
    fields = frozenset(n for n, r in rules.fields.items() if name in (n, r.unit)) - rules.derived
    if not fields and not rows:
        known = ", ".join([*rules.fields, *(f"{rules.rows}.{n}" for n in rules.row_fields)])
        raise BadInput(
            f"{view.flow['entity']} 的映射没有字段 {name}，可用：{known}",
            f"The mapping of {view.flow['entity']} has no field {name}; use one of: {known}",
            field="field",
            value=name,
        )
    return Scene(view.compiled, rules, LineChanges(authority=fields, row_authority=rows), forced=True)


def _units(view: _View, name: str) -> set[str]:
    return {rule.unit for n, rule in view.rules.fields.items() if name in (n, rule.unit)}


def _view(tx: Connection, flow_id: int) -> _View:
    row = known_flow(tx, flow_id)
    at = SimpleNamespace(id=row["connection_id"], name=row["connection"], system=row["system"])
    compiled = active_mapping(tx, at, row["entity"])
    master = next((f["connection"] for f in flows.flows_of_entity(tx, row["entity"]) if f["master"]), "")
    return _View(row, compiled, build_rules(compiled, SimpleNamespace(**row), at, master))


def _bindings(tx: Connection, view: _View, made: Report) -> None:
    for page in binding_pages(tx, view.flow):
        elsewhere = store.bound_elsewhere(tx, view.flow["connection_id"], [row["record_id"] for row in page])
        refs = references(tx, view.flow, page, view.compiled)
        for row in page:
            if row["record_id"] in elsewhere:
                made.both += 1
                made.linked_by[_link_key(row, view)] += 1
            else:
                made.only_there += 1
                if len(made.only_there_samples) < SAMPLES:
                    made.only_there_samples.append({"record": row["record_id"], "title": row["title"]})
            _differences(row, view, refs, made)


def _link_key(row: Mapping[str, Any], view: _View) -> str:
    """Which identity both sides share: a strong key, weak keys together, or the hub's own key; other = a person linked them."""
    entity = view.flow["entity"]
    theirs = view.compiled.pull(seen_record(view.compiled, row["base"])).values
    shared = set(identity_keys(entity, theirs)) & set(identity_keys(entity, row["data"]))
    strong = sorted({key.kind for key in shared if key.strong})
    if row["key"]:
        return "hub"
    return strong[0] if strong else "+".join(sorted({key.kind for key in shared})) or "other"


def _differences(row: Mapping[str, Any], view: _View, refs: Refs, made: Report) -> None:
    rules, base, golden = view.rules, row["base"], row["data"]
    names = [n for n, rule in rules.fields.items() if n not in rules.derived and rule.unit not in row["held"]]
    apart = pulled_apart(base, golden, names, compiled=view.compiled, refs=refs)
    for by_field in rows_pulled_apart(base, golden, list(rules.row_fields), compiled=view.compiled).values():
        apart |= {f"{rules.rows}.{name}": pair for name, pair in by_field.items()}
    for name, pair in apart.items():
        found = made.of(name)
        found.wins = found.wins or view.wins
        found.blank_there += pair[1] is None
        found.differ += pair[1] is not None
        found.show(row["record_id"], row["title"], pair, view.wins)


def _settled(tx: Connection, view: _View, made: Report) -> None:
    """What the reads of this connection did to records that the hub had from elsewhere."""
    flow, name = view.flow, str(view.flow["connection"])
    place = (flow["connection_id"], flow["entity"])
    for row in store.changes_by(tx, *place, who=f"connection:{name}", until=flow["released_at"]):
        for changed, (old, new) in row["fields"].items():
            found = made.of(changed)
            found.wins = found.wins or name
            found.filled += old is None
            found.overridden += changed in row["lost"]
            if changed in row["lost"]:
                found.show(row["record_id"], row["title"], [old, new], name)


def _waiting(tx: Connection, view: _View, made: Report) -> None:
    place = (view.flow["connection_id"], view.flow["entity"])
    for item in store.open_items(tx, *place, "conflict"):
        for name, golden in item["data"].get("golden", {}).items():
            found = made.of(name)
            found.wins, found.differ = "person", found.differ + 1
            found.show(item["record_id"], item["title"], [golden, item["data"]["remote"].get(name)], "person")
    for item in store.open_items(tx, *place, "possible_duplicate"):
        made.duplicates["count"] += 1
        if len(made.duplicates["samples"]) < SAMPLES:
            known = {"item": item["id"], "record": item["record_id"], "title": item["title"]}
            made.duplicates["samples"].append(known | {"candidates": item["data"].get("candidates", [])})


def _would_release(engine: Engine, flow_id: int) -> dict[str, Any]:
    """What the release would send and create; why it cannot be released yet, where that is so."""
    try:
        return dict(engine.release_counts(flow_id))
    except BadInput as error:
        return {"due": None, "wanted": None, "zh": error.text.zh, "en": error.text.en}
