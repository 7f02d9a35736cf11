"""The promises of docs/engine.md as checks of a world at rest. Each raises AssertionError that names the promise."""

import json
from collections import Counter
from typing import Any

from hub.store.core import binding, change, inbox_item, record, run
from hub.sync.pull import balanced
from hub.sync.tasks import Task
from tests.sync.ledger import Ledger
from tests.sync.memory import MemorySystem, Row
from tests.sync.world import World

NATIVE = {
    "customer": {
        "name": "name",
        "mobile": "mobile",
        "level": "level",
        "note": "remark",
        "industry": "industry",
        "bank": "invoice.bank_name",
        "account": "invoice.bank_account",
    },
    "order": {"date": "date", "tag": "contact_name", "note": "remark", "address": "address"},
}
LINE = {"qty": "quantity", "price": "price", "memo": "remark", "size": "specification"}
MANUAL = ("industry", "address", "size")
"""Fields (as the vendors call them) that nobody wins by rule."""
TAG = {"customer": "mobile", "order": "tag"}
EXPECTED_ITEMS = ("conflict", "stage_conflict", "gone", "delete_conflict")


def check_all(world: World, ledger: Ledger) -> None:
    """Everything that must hold when nothing is due any more."""
    no_unexpected_items(world)
    bound_once(world)
    agreed(world)
    never_doubled(world)
    nothing_lost(world, ledger)
    nothing_old_came_back(world, ledger)
    only_removed_lines_went(world, ledger)
    runs_balance(world)
    equal_never_conflicts(world)


def check_settled(world: World) -> None:
    """After a person has decided everything: no excuse is left but what was deleted at a vendor."""
    left = [(i.kind, i.en) for i in world.inbox() if i.kind != "gone"]
    assert left == [], f"items that nobody can close: {left}"
    agreed(world)
    bound_once(world)
    never_doubled(world)
    runs_balance(world)


def no_unexpected_items(world: World) -> None:
    strange = [(i.kind, i.en, i.data) for i in world.inbox() if i.kind not in EXPECTED_ITEMS]
    assert strange == [], f"nothing in this story needs a person: {strange}"


def bound_once(world: World) -> None:
    """I11, I12: what a vendor shows has landed exactly once; what it does not show was removed nowhere else."""
    for at, system in enumerate(world.systems.values(), 1):
        for entity in world.entities:
            where = (binding.c.connection_id == at, binding.c.entity == entity, binding.c.external_id != "")
            bound = Counter(b.external_id for b in world.rows(binding, *where))
            for key in system.table(entity):
                assert bound[key] == 1, f"{system.name} {entity} {key} is bound {bound[key]} times (I11)"
    for row in world.rows(record):
        assert row.state in ("live", "merged"), f"record {row.id} is {row.state} though only its absence was seen (I12)"


def agreed(world: World) -> None:
    """I1, I10: linked records agree on every field that nobody has to decide about, and are wanted nowhere in vain."""
    exempt = excused(world)
    for entity in world.entities:
        for golden in world.records(entity):
            for bound in world.rows(binding, binding.c.record_id == golden.id, binding.c.role == "primary"):
                _agrees(world, golden, bound, exempt)


def excused(world: World) -> set[tuple[int, str]]:
    """(binding, golden field) that an open item is about; "*" is all of it."""
    found: set[tuple[int, str]] = set()
    for item in world.inbox():
        names = [item.field] if item.kind == "conflict" else ["*"]
        found |= {(item.binding_id, name) for name in names}
        if item.field == "bank":
            found |= {(item.binding_id, "invoice.bank_name"), (item.binding_id, "invoice.bank_account")}
    return found


def _agrees(world: World, golden: Any, bound: Any, exempt: set[tuple[int, str]]) -> None:
    if bound.state == "gone" or (bound.id, "*") in exempt:
        return
    system = list(world.systems.values())[bound.connection_id - 1]
    where = f"record {golden.id} at {system.name}"
    assert bound.state == "linked", f"{where} never arrived: {bound.state}, waits for {bound.waiting_for} (I1, I10)"
    row = system.table(golden.entity).get(bound.external_id)
    assert row is not None, f"{where}: {bound.external_id} is not there and nobody was told (I1)"
    for native, field in NATIVE[golden.entity].items():
        if (bound.id, field) not in exempt:
            _same(row.get(native), golden.data.get(field), f"{where}: {field}")
    if golden.entity == "order":
        _parent_agrees(world, golden, bound, row)
        _lines_agree(golden, row, where, {name for i, name in exempt if i == bound.id})


def _same(native: Any, value: Any, where: str) -> None:
    left, right = str(native or "").strip(), str(value or "").strip()
    assert left == right, f"{where} is {left!r} at the vendor and {right!r} in the hub (I1)"


def _parent_agrees(world: World, golden: Any, bound: Any, row: Row) -> None:
    parent = golden.data.get("customer")
    assert isinstance(parent, int), f"order {golden.id} waits for its customer {parent} (I10)"
    where = (binding.c.record_id == parent, binding.c.connection_id == bound.connection_id)
    ids = {b.external_id for b in world.rows(binding, *where)}
    assert row["customer"] in ids, f"order {bound.external_id} is of {row['customer']}, not of {ids} (I10)"


def _lines_agree(golden: Any, row: Row, where: str, exempt: set[str]) -> None:
    mine = {line["product_name"]: line for line in golden.data.get("lines") or []}
    theirs = {line["what"]: line for line in row.get("lines", [])}
    held = {name.split(".")[1] for name in exempt if name.startswith("lines.")}
    loose = {tag for tag, line in mine.items() if line["id"] in held}
    if not held:
        assert len(row["lines"]) == len(theirs), f"{where}: a line was doubled: {row['lines']} (I7)"
        assert set(mine) == set(theirs), (
            f"{where}: lines {sorted(theirs)} at the vendor, {sorted(mine)} in the hub (I1)"
        )
    for tag in (set(mine) & set(theirs)) - loose:
        for native, field in LINE.items():
            _same(theirs[tag].get(native), mine[tag].get(field), f"{where}: line {tag} {field}")


def never_doubled(world: World) -> None:
    """I7: nothing exists twice at a vendor, whatever was lost or killed."""
    for system in world.systems.values():
        for entity in world.entities:
            tags = Counter(row[TAG[entity]] for row in system.table(entity).values())
            twice = {tag: n for tag, n in tags.items() if n > 1}
            assert not twice, f"{system.name} holds {entity} twice: {twice} (I7)"


def history(world: World) -> str:
    """Everything the hub keeps about what was and what lost."""
    kept = [(c.fields, c.lost) for c in world.rows(change)]
    asked = [(i.data, i.resolution) for i in world.rows(inbox_item)]
    return json.dumps([kept, asked, [r.data for r in world.rows(record)]], ensure_ascii=False)


def nothing_lost(world: World, ledger: Ledger) -> None:
    """I3, I4: what a user typed and the hub wrote over had been read before, and is kept in the history or the inbox."""
    kept = history(world)
    items = world.rows(inbox_item, inbox_item.c.kind.in_(("conflict", "stage_conflict")))
    asked = json.dumps([(i.data, i.resolution) for i in items])
    for system in world.systems.values():
        for covered in system.covered:
            if covered.value not in ledger.typed or covered.window:
                continue
            what = f"{covered.field} of {covered.entity} {covered.id} at {system.name}: {covered.value}"
            assert covered.seen, f"written over without ever being read: {what} (I4)"
            back = covered.by in ledger.older(covered.value)
            assert not back, f"the older {covered.by} was written over what somebody made of it: {what} (I9)"
            assert covered.value in kept, f"read, written over and kept nowhere: {what} (I3)"
            if covered.field.rpartition(".")[2] in MANUAL:
                known = covered.value in ledger.replaced | ledger.shared
                assert known or covered.value in asked, f"a person decides about it, and was not asked: {what} (I3)"


def nothing_old_came_back(world: World, ledger: Ledger) -> None:
    """I9: a value that a user saw and replaced is nowhere at rest, but in a second id, which is never written to."""
    waiting = {binding_id for binding_id, field in excused(world) if field == "*"}
    for at, system in enumerate(world.systems.values(), 1):
        bound = world.rows(binding, binding.c.connection_id == at)
        excepted = {b.external_id for b in bound if b.id in waiting or b.role == "alias"}
        for entity in world.entities:
            for key in set(system.table(entity)) - excepted:
                row = system.table(entity)[key]
                old = ledger.showing(row) & ledger.stale()
                assert not old, f"{system.name} {entity} {key} shows {old}, which somebody had replaced (I9): {row}"


def only_removed_lines_went(world: World, ledger: Ledger) -> None:
    """I12 for lines: the hub removes a line only where a user had removed it at another system."""
    for system in world.systems.values():
        gone = {line["what"] for line in system.removed_lines}
        assert gone <= ledger.removed_lines, f"{system.name} lost lines {gone - ledger.removed_lines} (I12)"


def runs_balance(world: World) -> None:
    """I13."""
    for row in world.rows(run, run.c.kind == "pull", run.c.state == "ok"):
        assert balanced(row.counts), f"run {row.id} does not balance: {row.counts} (I13)"


def equal_never_conflicts(world: World) -> None:
    """I5."""
    for item in world.rows(inbox_item, inbox_item.c.kind == "conflict"):
        assert item.data["golden"] != item.data["remote"], f"equal values in conflict: {item.data} (I5)"


def quiet(world: World) -> None:
    """I2, I6: nothing is written, and nothing changes, when everything is told again: twice by webhook, and read in full."""
    before, writes = dump(world), world.writes()
    for name, system in world.systems.items():
        for entity in world.entities:
            for key in system.table(entity):
                world.webhook(name, entity, key)
                world.webhook(name, entity, key, key=f"again-{key}")
                world.webhook(name, entity, key, key=f"again-{key}")
            world.engine.run(Task("pull", world.flows[(name, entity)], full=True))
    world.settle()
    assert world.writes() == writes, "writes go on although nobody edits (I2)"
    assert dump(world) == before, "telling the same again changed something (I6)"


def dump(world: World) -> str:
    """What counts in the hub: golden data with versions, who is bound where, what both sides agreed on, what waits."""
    records = [(r.id, r.entity, r.state, r.version, r.data, r.origin) for r in world.rows(record)]
    bindings = [(b.id, b.record_id, b.external_id, b.role, b.state, b.base, b.held) for b in world.rows(binding)]
    items = sorted((i.dedupe_key, i.state, i.revision, i.data) for i in world.inbox())
    changes = [(c.record_id, c.version, c.fields, c.lost) for c in world.rows(change)]
    return json.dumps([records, bindings, items, changes], ensure_ascii=False, sort_keys=True)


def vendor_dump(systems: list[MemorySystem]) -> str:
    """What the vendors hold and every byte that was sent to them."""
    return json.dumps([[s.objects, s.sent] for s in systems], ensure_ascii=False, sort_keys=True)
