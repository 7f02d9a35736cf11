"""The plan of a page: reads plus what the database knows -> everything that has to be written. Pure: `plan_page(...)`."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from hub.mapping.results import Pulled
from hub.model.totals import totals_differ
from hub.store.pageplan import PagePlan
from hub.sync.alias import read_alias
from hub.sync.decide import Decision, decide
from hub.sync.drafts import (
    alias_item,
    collision_item,
    conflict_item,
    conflict_key,
    invalid_item,
    invalid_key,
    possible_item,
    total_item,
    waiting_key,
)
from hub.sync.filters import matches
from hub.sync.golden import columns, difference, pending_rows, with_derived
from hub.sync.identity import NEW, Candidate, Key, Match, identity_keys, is_stranger, match
from hub.sync.newrows import alias_row, bound_row, event_row, key_rows, record_row, wanted_row
from hub.sync.pagecontext import Back, NewBinding, PageContext, Read

TOMBSTONES = ("gone", "unlinked", "merged")


def plan_written(written: Sequence[Back], context: PageContext) -> PagePlan:
    """The plan of records that were just written: each read-back is decided like any read."""
    planner = _Planner(context)
    for back in written:
        pulled = context.resolve(back.read)
        decision = decide(back.base, back.record.data, pulled, context.rules, stage=back.read.remote.stage)
        planner.settle(back.record, back, back.read, decision, facts=back.facts)
    return planner.plan


def plan_page(reads: Sequence[Read], context: PageContext) -> PagePlan:
    """Decide every row of a page. Rows of one external id count once; the last one stands."""
    planner = _Planner(context)
    latest = {read.remote.id: read for read in reads}
    planner.plan.count("repeated", len(reads) - len(latest))
    for read in latest.values():
        planner.add(read)
    return planner.plan


class _Planner:
    def __init__(self, context: PageContext) -> None:
        self.context = context
        self.plan = PagePlan(source=context.at, entity=context.entity)
        self.plan.counts["_read_seq"] = context.read_seq

    def add(self, read: Read) -> None:
        brief = self.context.brief.get(read.remote.id)
        if brief is None:
            self._unbound(read)
        elif brief.state in TOMBSTONES:
            self.plan.count("filtered")
        elif read.pulled is None:
            self.plan.count("unchanged")
            self.plan.seen.append(brief.id)
        elif brief.id in self.context.intents or not self._is_fresh(brief):
            self.plan.count("deferred")
            self.plan.reread.append(brief.id)
        elif brief.role == "alias":
            self._alias_read(self.context.bindings[brief.id], read)
        else:
            self._bound(self.context.bindings[brief.id], read)

    def _is_fresh(self, brief: Any) -> bool:
        return self.context.read_seq > max(int(brief.read_seq), int(brief.write_seq))

    def _alias_read(self, binding: Any, read: Read) -> None:
        """An alias resolves references; its values are not merged, or two rows of one system would fight over one record."""
        record = self.context.records[binding.record_id]
        if self._refused(read, record.id, binding.id):
            self._note_read(binding, read)
            return
        found = read_alias(binding.base, record.data, self.context.resolve(read), self.context.rules)
        for conflict in found.conflicts:
            item = alias_item(self.context.place, record, binding.id, read.remote.id, conflict=conflict)
            self.plan.inbox.append(item)
        self.plan.closes.extend(conflict_key(binding.id, unit) for unit in binding.held if unit in found.agreed)
        held = sorted((set(binding.held) - found.agreed) | {c.unit for c in found.conflicts})
        row = {"id": binding.id, "from_version": binding.version, **self._seen_columns(read), "base": found.base}
        self.plan.bindings.append({**row, "held": held})
        self.plan.count(found.outcome)

    # --- a record that is bound here already ---

    def _bound(self, binding: Any, read: Read) -> None:
        record = self.context.records[binding.record_id]
        if self._refused(read, record.id, binding.id):
            self._note_read(binding, read)
            return
        pulled = self.context.resolve(read)
        decision = decide(binding.base, record.data, pulled, self.context.rules, stage=read.remote.stage)
        self.settle(record, binding, read, decision)
        self.plan.count(decision.outcome)

    def _note_read(self, binding: Any, read: Read) -> None:
        row = {"id": binding.id, "from_version": binding.version, "native_hash": read.hash, "reread": False}
        self.plan.bindings.append({**row, "read_seq": self.context.read_seq})

    def settle(
        self,
        record: Any,
        binding: Any,
        read: Read,
        decision: Decision,
        *,
        facts: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Write a decision down: the record's new version, the binding's new base, conflicts, events, due marks."""
        self._change_record(record, decision, read)
        held = self._conflicts(record, binding, decision)
        row = self._seen_columns(read)
        row.update({"id": binding.id, "from_version": binding.version, "base": decision.base, "held": held}, **facts)
        self.plan.bindings.append(row)
        if read.remote.stage != binding.stage_seen:
            self._wake(record.id)
        if decision.send_back:
            self.plan.send_back.add(binding.id)
            self.plan.touched.setdefault(record.id, frozenset())

    def _wake(self, record_id: int) -> None:
        """The record is there (or a stage further): children that waited for it may go on, and the item that said so closes."""
        self.plan.woken.add(record_id)
        self.plan.closes.append(waiting_key(self.context.at, self.context.entity, record_id))

    def _seen_columns(self, read: Read) -> dict[str, Any]:
        remote = read.remote
        return {
            "native_hash": read.hash,
            "number": remote.number,
            "vendor_version": remote.version,
            "stage_seen": remote.stage,
            "read_seq": self.context.read_seq,
            "read_at": self.context.now,
            "reread": False,
            "missing": 0,
        }

    def _change_record(self, record: Any, decision: Decision, read: Read) -> None:
        if not decision.updates and not decision.lost and not self.context.rules.rows:  # nothing here is derived
            self._vendor_total(record.id, read, record.data)
            return
        data = with_derived(self.context.entity, {**record.data, **decision.updates})
        changed = difference(record.data, data)
        self._vendor_total(record.id, read, data)
        if not changed and not decision.lost:
            return
        if not changed:
            self._change_row(record.id, record.version + 1, {}, decision.lost)
            self.plan.records.append({"id": record.id, "from_version": record.version})
            return
        self.plan.records.append(
            {
                "id": record.id,
                "from_version": record.version,
                "data": data,
                "origin": {**record.origin, **dict.fromkeys(changed, self.context.at)},
                **columns(self.context.entity, data),
            }
        )
        self._change_row(record.id, record.version + 1, changed, decision.lost)
        self._keys(record.id, data, old=record.data)
        self._pending(record.id, data)
        self.plan.touched[record.id] = frozenset(changed)
        self._want(record.id, data, record.state)
        self._event("updated", record.id, record.version + 1, changed)

    def _change_row(self, record_id: int, version: int, fields: Mapping[str, Any], lost: Mapping[str, Any]) -> None:
        row = {"record_id": record_id, "version": version, "who": self.context.who, "why": self.context.why}
        self.plan.changes.append({**row, "fields": fields, "lost": lost} if fields or lost else row)

    def _conflicts(self, record: Any, binding: Any, decision: Decision) -> list[str]:
        for conflict in decision.conflicts:
            self.plan.inbox.append(conflict_item(self.context.place, record, binding.id, conflict))
        self.plan.closes.extend([conflict_key(binding.id, unit) for unit in decision.agreed])
        if not binding.held and not decision.conflicts:
            return []
        return sorted((set(binding.held) - decision.agreed) | {c.unit for c in decision.conflicts})

    # --- a record that is not bound here yet ---

    def _unbound(self, read: Read) -> None:
        if read.pulled is None:
            self.plan.count("filtered")
            return
        if self._refused(read, None, None):
            return
        waiting = self.context.wanted_by_key.get(
            read.remote.key or (read.remote.number if self.context.key_is_number else "")
        )
        if waiting is not None and self._is_ours(waiting, read):
            self._bind_wanted(waiting, read, "linked")
            return
        pulled = self.context.resolve(read)
        if any(self._may_be(ours, pulled.values) for ours in self.context.unproven):
            self._put_off()
            return
        found = self._match(pulled.values)
        if found.verdict == "link":
            self._link(found, read)
        elif found.verdict == "alias":
            self._alias(found, read)
        else:
            self._create(found, read, pulled)

    def _is_ours(self, waiting: Any, read: Read) -> bool:
        """Under the key of a record that is to be created here stands what we wrote, or else a stranger's record."""
        ours = self.context.records.get(waiting.record_id)
        if ours is None or waiting.id in self.context.intents:
            return True
        return not is_stranger(self.context.entity, ours.data, self.context.resolve(read).values)

    def _may_be(self, ours: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
        """Whether this newcomer may be what an unproven create of ours left there: where the number is the key, under the number that
        the record brought along instead of the hub's."""
        if self.context.key_is_number:
            return bool(ours.get("number")) and ours["number"] == values.get("number")
        return not is_stranger(self.context.entity, ours, values)

    def _match(self, values: Mapping[str, Any]) -> Match:
        keys = identity_keys(self.context.entity, values)
        ids = {record_id for key in keys for record_id in self.context.by_key.get((key.kind, key.value), ())}
        candidates = [self.context.candidates[i] for i in sorted(ids) if i in self.context.candidates]
        return match(self.context.entity, values, candidates) if candidates else NEW

    def _link(self, found: Match, read: Read) -> None:
        waiting = self.context.wanted_by_record.get(found.record_id)
        if waiting is not None:
            self._bind_wanted(waiting, read, "linked")
            return
        record = self.context.records.get(found.record_id)
        if record is None:  # created by an earlier row of this very page: two rows of one system, so not linked blindly
            self._create(
                Match("possible", candidates=(found.record_id,), why=found.why), read, self.context.resolve(read)
            )
            return
        decision = decide({}, record.data, self.context.resolve(read), self.context.rules, stage=read.remote.stage)
        binding_id = next(self.context.binding_ids)
        self._change_record(record, decision, read)
        binding = NewBinding(binding_id)
        held = self._conflicts(record, binding, decision)
        self._new_binding(binding_id, record.id, read, base=decision.base, held=held)
        if decision.send_back:
            self.plan.send_back.add(binding_id)
        self._rebind_candidate(record.id)
        self.plan.count("conflicted" if decision.conflicts else "linked")

    def _bind_wanted(self, waiting: Any, read: Read, outcome: str) -> None:
        """A row that a binding without external id waits for. While its create is still open the outcome is looked up first."""
        if waiting.id in self.context.intents:
            self._put_off()
            return
        record = self.context.records[waiting.record_id]
        decision = decide(
            waiting.base, record.data, self.context.resolve(read), self.context.rules, stage=read.remote.stage
        )
        self._change_record(record, decision, read)
        held = self._conflicts(record, waiting, decision)
        row = {"id": waiting.id, "from_version": waiting.version, **self._seen_columns(read), "base": decision.base}
        self.plan.bindings.append({**row, "held": held, "external_id": read.remote.id, "state": "linked"})
        self.plan.send_back.add(waiting.id)
        self.plan.touched.setdefault(record.id, frozenset())
        self._wake(record.id)
        self.plan.count(outcome)

    def _put_off(self) -> None:
        """Not now, and the checkpoint stays before it: what became of our own create is found out first."""
        self.plan.count("deferred")
        self.plan.hold_checkpoint = True

    def _alias(self, found: Match, read: Read) -> None:
        binding_id = next(self.context.binding_ids)
        seen = read_alias({}, {}, self.context.resolve(read), self.context.rules)
        self._new_binding(binding_id, found.record_id, read, base=seen.base, role="alias")
        self.plan.merges.append(alias_row(self.context, found.record_id, read.remote.id, why=found.why))
        self.plan.count("linked")

    def _create(self, found: Match, read: Read, pulled: Pulled) -> None:
        record_id, binding_id = next(self.context.record_ids), next(self.context.binding_ids)
        decision = decide({}, {}, pulled, self.context.rules, stage=read.remote.stage)
        data = with_derived(self.context.entity, decision.updates)
        doubtful = found.verdict == "possible"
        self.plan.new_records.append(
            record_row(record_id, self.context, data, state="doubtful" if doubtful else "live")
        )
        self._change_row(record_id, 1, {}, {})
        self._new_binding(binding_id, record_id, read, base=decision.base)
        self._keys(record_id, data)
        self._pending(record_id, data)
        self._vendor_total(record_id, read, data)
        self.plan.touched[record_id] = frozenset(data)
        self.context.candidates[record_id] = Candidate(record_id, data, bound=True)
        if doubtful:
            others = [self.context.candidates[i] for i in found.candidates if i in self.context.candidates]
            item = possible_item(self.context.place, record_id, data, others=others, why=found.why)
            self.plan.inbox.append(item)
            self.plan.count("conflicted")
            return
        self._want(record_id, data, "live")
        self._event("created", record_id, 1, data)
        self.plan.count("created")

    def _new_binding(
        self,
        binding_id: int,
        record_id: int,
        read: Read,
        *,
        base: Mapping[str, Any],
        role: str = "primary",
        held: Sequence[str] = (),
    ) -> None:
        ids = (binding_id, record_id, read.remote.id)
        row = bound_row(ids, self.context, role=role, base=base, held=held)
        row.update(self._seen_columns(read))
        self.plan.new_bindings.append(row)
        if record_id in self.context.records:  # nobody can have waited for one that this page creates
            self._wake(record_id)

    def _rebind_candidate(self, record_id: int) -> None:
        known = self.context.candidates.get(record_id)
        if known is not None:
            self.context.candidates[record_id] = Candidate(record_id, known.data, bound=True)

    # --- shared pieces ---

    def _refused(self, read: Read, record_id: int | None, binding_id: int | None) -> bool:
        """A row whose data cannot be used fails alone, visibly; milder problems are shown and the rest of the row lands."""
        assert read.pulled is not None
        problems = [p for p in read.pulled.problems if p.details.get("action") in ("reject", "inbox")]
        if not problems:
            if record_id is not None:
                self.plan.closes.append(invalid_key(self.context.at, self.context.entity, read.remote.id))
            return False
        self.plan.inbox.append(invalid_item(self.context.place, read.remote, problems, (record_id, binding_id)))
        if any(p.details.get("action") == "reject" for p in problems):
            self.plan.count("failed")
            return True
        return False

    def _keys(self, record_id: int, data: Mapping[str, Any], old: Mapping[str, Any] | None = None) -> None:
        """Identity keys of a record that is new or whose keys changed. A strong key that somebody else has is a collision."""
        keys = identity_keys(self.context.entity, data)
        if old is not None and keys == identity_keys(self.context.entity, old):
            return
        kept: list[Key] = []
        for key in keys:
            owners = self.context.by_key.get((key.kind, key.value))
            if owners is None:
                self.context.by_key[key.kind, key.value] = owners = set()
            others = owners - {record_id} if key.strong and owners else ()
            if others:
                item = collision_item(self.context.place, record_id, key, min(others), data)
                self.plan.inbox.append(item)
                continue
            owners.add(record_id)
            kept.append(key)
        self.plan.keys[record_id] = key_rows(self.context.entity, record_id, kept)

    def _pending(self, record_id: int, data: Mapping[str, Any]) -> None:
        rows = pending_rows(record_id, data)
        if rows or record_id in self.context.records:
            self.plan.pending[record_id] = rows

    def _vendor_total(self, record_id: int, read: Read, data: Mapping[str, Any]) -> None:
        assert read.pulled is not None
        stated = read.pulled.values.get("total")
        if stated is None or not totals_differ(stated, data):
            if record_id in self.context.records:
                self.plan.closes.append(f"total:{self.context.at}:{record_id}")
            return
        item = total_item(self.context.place, record_id, read.remote, stated=stated, lines=data.get("total"))
        self.plan.inbox.append(item)

    def _want(self, record_id: int, data: Mapping[str, Any], state: str) -> None:
        """Bindings that other flows want for this record. A doubtful record is created nowhere."""
        if state != "live":
            return
        for target in self.context.targets:
            if (
                target.connection_id != self.context.at
                and target.create
                and (not target.filter or matches(target.filter, data))
            ):
                self.plan.wanted.append(wanted_row(next(self.context.binding_ids), record_id, target, self.context.now))

    def _event(self, what: str, record_id: int, version: int, fields: Mapping[str, Any]) -> None:
        if self.context.event_kinds and (kind := f"{self.context.entity}.{what}") in self.context.event_kinds:
            self.plan.events.append(event_row(self.context, kind, (record_id, version), fields=fields))
