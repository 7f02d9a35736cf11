"""What people do to the engine's state: decide inbox items, edit golden records, pause and resume. Each leaves who and why."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from hub.errors import BadInput
from hub.model.fields import row_field
from hub.store.apply import apply_plan
from hub.store.core import binding, inbox_item, intent, record
from hub.store.core import connection as connection_table
from hub.store.pageplan import Moved, PagePlan, Target
from hub.store.partial import MAY_BE_DUE
from hub.sync.core import ENOUGH_IDS, Core
from hub.sync.edits import change_row, change_state, edit_plan, put_collisions_aside
from hub.sync.filters import matches
from hub.sync.flowcontext import load_targets
from hub.sync.found import bind_found
from hub.sync.handwritten import canonical_field, canonical_value, custom_fields
from hub.sync.merging import merge_records
from hub.sync.newrows import wanted_row
from hub.sync.resolve import Resolved, accepted, as_agreed, resolve_conflict, still_true

CHOICES: Mapping[str, tuple[str, ...]] = {
    "conflict": ("golden", "remote", "value"),
    "possible_duplicate": ("link", "separate"),
    "collision": ("merge", "dismiss"),
    "rejected": ("replay", "dismiss"),
    "invalid": ("replay", "dismiss"),
    "waiting_parent": ("replay", "dismiss"),
    "unknown_outcome": ("found", "replay", "dismiss"),
    "total_differs": ("dismiss",),
    "gone": ("restore", "dismiss"),
    "delete_conflict": ("recreate", "restore", "dismiss"),
    "stage_conflict": ("revert", "reopen", "change_bill"),
    "approval_refused": ("again", "approve", "dismiss"),
}


class Decisions:
    """Inbox decisions of one process."""

    def __init__(self, core: Core) -> None:
        self.core = core

    def resolve(
        self, item_id: int, *, choice: str, revision: int | None, who: str, value: Any = None, reason: str = ""
    ) -> None:
        """Apply a decision. `revision` is the one the person saw (None = whatever it is now). Raises BadInput for an item that is
        not open, has changed since, or has no such choice."""
        self.core.binding_ids.reserve(ENOUGH_IDS)
        try:
            with self.core.db.write() as db:
                item = self._item(db, item_id, choice, revision)
                step = getattr(self, f"_{item.kind}")
                step(db, item, choice, value, who)
                resolution = {"choice": choice, "value": value, "reason": reason}
                done = update(inbox_item).where(inbox_item.c.id == item_id, inbox_item.c.state == "open")
                db.execute(
                    done.values(state="resolved", resolution=resolution, resolved_by=who, resolved_at=self.core.now())
                )
        except ChangedSince:
            self._show_anew(item_id)
            raise

    def _show_anew(self, item_id: int) -> None:
        """Its binding is read again, and the item refreshed by that: nothing else would touch an alias whose record moved."""
        mine = select(inbox_item.c.binding_id).where(inbox_item.c.id == item_id).scalar_subquery()
        with self.core.db.write() as db:
            db.execute(update(binding).where(binding.c.id == mine).values(reread=True))

    def _item(self, db: Connection, item_id: int, choice: str, revision: int | None) -> Any:
        item = db.execute(select(inbox_item).where(inbox_item.c.id == item_id).with_for_update()).first()
        if item is None or item.state != "open":
            raise BadInput(
                f"待处理项 {item_id} 不存在或已处理，请刷新列表",
                f"inbox item {item_id} is not open: refresh the list",
                field="item",
                value=str(item_id),
            )
        if revision is not None and revision != item.revision:
            raise _changed_since(item_id, revision)
        if choice not in CHOICES[item.kind]:
            allowed = "、".join(CHOICES[item.kind])
            raise BadInput(
                f"“{choice}”不是可选项，可选：{allowed}",
                f"no choice “{choice}” here: choose one of {allowed}",
                field="choice",
                value=choice,
            )
        return item

    # --- one method per kind ---

    def _conflict(self, db: Connection, item: Any, choice: str, value: Any, who: str) -> None:
        bound = db.execute(select(binding).where(binding.c.id == item.binding_id)).one()
        owner = db.execute(select(record).where(record.c.id == bound.record_id)).one()
        if not still_true(owner.data, item.data, item.field):
            raise _changed_since(item.id, item.revision)
        if choice == "value":
            value = canonical_value(owner.entity, item.field, value, custom_fields(db, owner.entity))
        outcome: Resolved = resolve_conflict(
            owner.data, bound.base, item.data, unit=item.field, choice=choice, value=value
        )
        now = self.core.now()
        held = [unit for unit in bound.held if unit != item.field]
        plan = edit_plan(owner, outcome.data, who=who, why=f"conflict {item.field}: {choice}")
        row = {"id": bound.id, "from_version": bound.version, "base": outcome.base, "held": held}
        plan.bindings.append(row)
        self._apply(db, plan, owner.entity)
        if bound.role == "primary":  # an alias is never written to
            mine = update(binding).where(binding.c.id == bound.id, MAY_BE_DUE)
            db.execute(mine.values(due_at=now, lane=0, attempts=0))

    def _possible_duplicate(self, db: Connection, item: Any, choice: str, value: Any, who: str) -> None:
        now = self.core.now()
        candidates = update(binding).where(
            binding.c.record_id.in_([item.record_id, *item.data["candidates"]]), binding.c.state == "wanted", MAY_BE_DUE
        )
        db.execute(candidates.values(due_at=now, attempts=0))  # they were held while the doubt was open
        if choice == "link":
            survivor = int(value or item.data["candidates"][0])
            if survivor not in item.data["candidates"]:
                raise BadInput(
                    f"{survivor} 不在候选之中：{item.data['candidates']}",
                    f"{survivor} is none of the candidates {item.data['candidates']}",
                    field="value",
                    value=str(survivor),
                )
            merge_records(
                db, survivor=survivor, loser=item.record_id, who=who, why="possible duplicate: linked", now=now
            )
            return
        owner = db.execute(select(record).where(record.c.id == item.record_id)).one()
        values = {"state": "live", "version": owner.version + 1, "updated_at": now}
        db.execute(update(record).where(record.c.id == owner.id).values(**values))
        plan = PagePlan(entity=owner.entity)
        plan.changes.append(change_row(owner.id, owner.version + 1, {}, who, "possible duplicate: kept apart"))
        targets = [t for t in load_targets(db) if t.entity == owner.entity]
        _want(self.core, plan, owner, targets)
        self._apply(db, plan, owner.entity)
        waiting = update(binding).where(binding.c.waiting_for == owner.id)
        db.execute(waiting.values(waiting_for=None, due_at=now))

    def _collision(self, db: Connection, item: Any, choice: str, _value: Any, who: str) -> None:
        if choice == "merge":
            other = int(item.data["candidates"][0])
            merge_records(
                db, survivor=other, loser=item.record_id, who=who, why="collision: merged", now=self.core.now()
            )

    def _rejected(self, db: Connection, item: Any, choice: str, _value: Any, _who: str) -> None:
        if choice == "replay":
            if item.data.get("taken_by"):
                give_new_key(db, item.binding_id)
            self._due(db, item.binding_id)

    def _invalid(self, db: Connection, item: Any, choice: str, _value: Any, _who: str) -> None:
        if choice == "replay" and item.binding_id:
            db.execute(update(binding).where(binding.c.id == item.binding_id).values(reread=True, native_hash=""))

    def _waiting_parent(self, db: Connection, item: Any, choice: str, _value: Any, _who: str) -> None:
        if choice == "replay" and item.record_id:
            waiting = update(binding).where(binding.c.waiting_for == item.record_id)
            db.execute(waiting.values(waiting_for=None, due_at=self.core.now()))

    def _unknown_outcome(self, db: Connection, item: Any, choice: str, value: Any, who: str) -> None:
        if choice == "found":
            bind_found(db, self.core, item.binding_id, str(value or ""), who=who)
            return
        open_intent = update(intent).where(
            intent.c.binding_id == item.binding_id, intent.c.state.in_(("open", "unknown"))
        )
        db.execute(open_intent.values(state="failed"))
        if choice == "replay":
            self._due(db, item.binding_id)

    def _total_differs(self, _db: Connection, _item: Any, _choice: str, _value: Any, _who: str) -> None:
        """Seen by a person; the next differing total opens a new item."""

    def _gone(self, db: Connection, item: Any, choice: str, _value: Any, who: str) -> None:
        """restore: the binding is linked again, and the record lives where its deletion had disabled it."""
        if choice != "restore" or not item.binding_id:
            return
        bound = db.execute(select(binding).where(binding.c.id == item.binding_id)).one()
        values = {"state": "linked", "missing": 0, "reread": True, "native_hash": "", "version": bound.version + 1}
        due = {"due_at": self.core.now(), "attempts": 0} if bound.role == "primary" else {}
        db.execute(update(binding).where(binding.c.id == bound.id).values(**values, **due))
        self._alive_again(db, item, who)

    def _alive_again(self, db: Connection, item: Any, who: str) -> None:
        owner = db.execute(select(record).where(record.c.id == item.record_id)).one()
        if owner.state == "disabled" and item.data.get("policy") == "disable":
            change_state(db, owner, "live", because=(who, "its deletion was taken back"), now=self.core.now())

    def _delete_conflict(self, db: Connection, item: Any, choice: str, value: Any, who: str) -> None:
        self._gone(db, item, choice, value, who)
        if choice == "recreate":
            values = {"state": "wanted", "external_id": "", "base": {}, "native_hash": "", "missing": 0, "attempts": 0}
            mine = update(binding).where(binding.c.id == item.binding_id)
            db.execute(mine.values(**values, due_at=self.core.now(), version=binding.c.version + 1))
            self._alive_again(db, item, who)

    def _stage_conflict(self, db: Connection, item: Any, choice: str, _value: Any, who: str) -> None:
        bound = db.execute(select(binding).where(binding.c.id == item.binding_id)).one()
        owner = db.execute(select(record).where(record.c.id == bound.record_id)).one()
        if choice == "reopen":
            mine = update(binding).where(binding.c.id == bound.id, MAY_BE_DUE)
            db.execute(mine.values(stage_wanted="reopen", due_at=self.core.now()))
            return
        names, rows = item.data.get("fields", []), row_field(owner.entity)
        if choice == "revert":
            data = as_agreed(owner.data, bound.base, names, rows)
            self._apply(db, edit_plan(owner, data, who=who, why="stage conflict: reverted"), owner.entity)
            return
        row = {"base": accepted(owner.data, bound.base, names, rows), "version": bound.version + 1}
        db.execute(update(binding).where(binding.c.id == bound.id).values(**row))

    def _approval_refused(self, db: Connection, item: Any, choice: str, _value: Any, who: str) -> None:
        """approve: the person answers for it here. again: the refused approval steps back, so that the push asks anew."""
        if choice == "dismiss":
            return
        owner = db.execute(select(record).where(record.c.id == item.data["approval"])).one()
        if choice == "approve":
            order = db.execute(select(record).where(record.c.id == item.record_id)).one()
            data = {**owner.data, "status": "approved", "amount": order.data.get("total")}
            self._apply(db, edit_plan(owner, data, who=who, why="approved in the hub"), "approval")
        elif owner.state == "live":
            change_state(db, owner, "disabled", because=(who, "approval asked for again"), now=self.core.now())
        self._due(db, item.binding_id)

    # --- shared ---

    def _due(self, db: Connection, binding_id: int) -> None:
        values = {"due_at": self.core.now(), "attempts": 0, "lane": 0, "waiting_for": None}
        db.execute(update(binding).where(binding.c.id == binding_id, MAY_BE_DUE).values(**values))

    def _apply(self, db: Connection, plan: PagePlan, entity: str) -> None:
        put_collisions_aside(db, plan)
        targets = [t for t in load_targets(db) if t.entity == entity]
        apply_plan(db, plan, targets=targets, now=self.core.now(), run_id=None)

    # --- edits ---

    def edit(self, record_id: int, changes: Mapping[str, Any], *, who: str, version: int, reason: str = "") -> int:
        """A person edits the golden record. Returns the new version. Raises BadInput for an unknown or invalid field, or when the
        record is not at `version` any more."""
        with self.core.db.write() as db:
            owner = db.execute(select(record).where(record.c.id == record_id)).first()
            if owner is None or owner.state == "merged":
                raise BadInput(
                    f"没有记录 {record_id}", f"there is no record {record_id}", field="record", value=str(record_id)
                )
            if owner.version != version:
                raise BadInput(
                    f"记录 {record_id} 已是第 {owner.version} 版，您看到的是第 {version} 版：请刷新后再改",
                    f"record {record_id} is at version {owner.version}, you saw {version}: refresh, then edit",
                    field="version",
                    value=str(version),
                )
            customs = custom_fields(db, owner.entity)
            clean = {name: canonical_field(owner.entity, name, value, customs) for name, value in changes.items()}
            plan = edit_plan(owner, {**owner.data, **clean}, who=who, why=reason or "edited")
            try:
                self._apply(db, plan, owner.entity)
            except Moved as moved:  # the row is locked, so only a bug gets here; the person can simply try again
                raise BadInput(
                    "记录刚被修改，请刷新", "the record was just changed: refresh", field="version"
                ) from moved
            return int(owner.version) + (1 if plan.records else 0)

    def pause(self, connection_id: int, *, reason: str, who: str) -> None:
        shown = {"error": "Paused", "zh": f"{who} 暂停：{reason}", "en": f"paused by {who}: {reason}"}
        self._state(connection_id, {"state": "paused", "reason": shown})

    def resume(self, connection_id: int) -> None:
        self._state(connection_id, {"state": "active", "reason": None, "failures": 0, "resume_at": None})

    def _state(self, connection_id: int, values: Mapping[str, Any]) -> None:
        with self.core.db.write() as db:
            db.execute(update(connection_table).where(connection_table.c.id == connection_id).values(**values))


def give_new_key(db: Connection, binding_id: int) -> None:
    """The key of a binding that was never created, and whose number belongs to somebody else there (a backup that was put back
    gives numbers out again): the next one of its own, HUB00000007 -> HUB00000007-2 -> HUB00000007-3."""
    row = db.execute(select(binding).where(binding.c.id == binding_id, binding.c.external_id == "")).first()
    if row is None:
        return
    again = re.fullmatch(r"(.*\d{8})-(\d{1,3})", str(row.key))
    key = f"{again[1]}-{int(again[2]) + 1}" if again else f"{row.key}-2"
    values = {"key": key, "version": row.version + 1}
    db.execute(update(binding).where(binding.c.id == binding_id).values(**values))


class ChangedSince(BadInput):
    """The person decided on values that are not there any more."""


def _changed_since(item_id: int, revision: int) -> ChangedSince:
    return ChangedSince(
        f"待处理项 {item_id} 的值在您查看之后又变了：请重新查看再决定",
        f"the values of inbox item {item_id} changed since they were shown: look again, then decide",
        field="revision",
        value=str(revision),
    )


def _want(core: Core, plan: PagePlan, owner: Any, targets: Sequence[Target]) -> None:
    for target in targets:
        if target.create and matches(target.filter, owner.data):
            plan.wanted.append(wanted_row(next(core.binding_ids), owner.id, target, core.now()))
