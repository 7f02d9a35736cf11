"""State machines over the real engine: users edit, calls fail, workers meet and die; at rest every promise is checked."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from hub.errors import BadInput
from hub.store.core import binding
from hub.sync.tasks import Task, TaskKind
from tests.sync import promises
from tests.sync.dying import dying
from tests.sync.memory import MemorySystem
from tests.sync.stories import KINDS, LINE, WHO, Stories
from tests.sync.wire import READ_FAULTS, WRITE_FAULTS


class SyncMachine(Stories):
    """Everything users, vendors, networks and workers do, one thing at a time, besides the stories."""

    @rule(at=WHO, which=WHO, level=st.sampled_from(["A", "B", None]))
    def a_user_picks_a_level(self, at: int, which: int, level: str | None) -> None:
        """Few values, so that equal edits of both sides, edits back and blanks happen. Not a blank while a write is under way: what
        comes back blank after a write is taken for a vendor that does not keep the field."""
        system, key = self.pick(at, which, "customer")
        if key and not (level is None and self.world.open_intents()):
            system.edit("customer", key, level=level)

    @rule(which=WHO)
    def everybody_types_the_same(self, which: int) -> None:
        same = self.ledger.value()
        for bound in self.bound(which, "customer"):
            system = self.systems[bound.connection_id - 1]
            self.ledger.edit(system, "customer", bound.external_id, "industry", same=same)

    @rule(at=WHO, which=WHO, line=WHO, group=WHO)
    def a_user_edits_a_line(self, at: int, which: int, line: int, group: int) -> None:
        system, key = self.pick(at, which, "order")
        self.ledger.edit_line(system, key, line, *LINE[group % len(LINE)])

    @rule(at=WHO, which=WHO, line=WHO, add=st.booleans())
    def a_user_adds_or_removes_a_line(self, at: int, which: int, line: int, add: bool) -> None:
        system, key = self.pick(at, which, "order")
        if add:
            self.ledger.add_line(system, key)
        else:
            self.ledger.remove_line(system, key, line)

    @rule(at=WHO, which=WHO, of=WHO)
    def a_user_deletes_a_row(self, at: int, which: int, of: int) -> None:
        entity = self.entity(of)
        system, key = self.pick(at, which, entity)
        if key and not any(row["customer"] == key for row in system.table("order").values()):
            system.remove(entity, key)
            self.hid = True

    @rule(which=WHO, into=WHO)
    def the_vendor_merges_two_customers(self, which: int, into: int) -> None:
        """Where there is a delete feed: the smaller id survives, documents move to it."""
        system = next((s for s in self.systems if s.feed), None)
        keys = sorted(system.table("customer")) if system else []
        if system is None or len(keys) < 2 or which % len(keys) == into % len(keys):
            return
        survivor, loser = sorted((keys[which % len(keys)], keys[into % len(keys)]))
        for key, row in system.table("order").items():
            if row["customer"] == loser:
                system.edit("order", key, customer=survivor)
        system.remove("customer", loser, merged_into=survivor)
        self.hid = True

    @rule(at=WHO, which=WHO, of=WHO, group=WHO)
    def a_user_edits_just_before_our_write(self, at: int, which: int, of: int, group: int) -> None:
        self.system(at).edit_before_write.append(lambda: self.a_user_edits(at, which, of, group))

    @rule(at=WHO, which=WHO, of=WHO, group=WHO)
    def a_user_edits_between_two_pages(self, at: int, which: int, of: int, group: int) -> None:
        self.system(at).between_pages.append(lambda: self.a_user_edits(at, which, of, group))

    @rule(which=WHO)
    def a_person_edits_the_golden_record(self, which: int) -> None:
        records = self.world.records("customer")
        if records:
            record, value = records[which % len(records)], self.ledger.value()
            self.ledger.edit_golden(record.data.get("remark"))
            self.world.engine.edit(record.id, {"remark": value}, who="alice", version=record.version)

    @rule(which=WHO, choice=st.sampled_from(["golden", "remote"]))
    def a_person_settles_a_conflict(self, which: int, choice: str) -> None:
        items = self.world.inbox("conflict")
        if items:
            item = items[which % len(items)]
            try:
                self.world.engine.resolve(item.id, choice=choice, revision=item.revision, who="alice")
            except BadInput:
                assert self.moved_since(item), f"a decision on what is still true was refused: {item.data}"

    def moved_since(self, item: Any) -> bool:
        (bound,) = self.world.rows(binding, binding.c.id == item.binding_id)
        (golden,) = [r for r in self.world.rows(promises.record) if r.id == bound.record_id]
        return any(golden.data.get(name) != value for name, value in item.data["golden"].items()) or "." in item.field

    @rule(at=WHO, which=WHO, kind=st.sampled_from(KINDS), full=st.booleans())
    def the_hub_works(self, at: int, which: int, kind: TaskKind, full: bool) -> None:
        self.world.engine.run(Task(kind, self.flow(at, which), full=full))

    @rule(at=WHO, meets=WHO, which=WHO, kind=st.sampled_from(KINDS))
    def another_worker_runs_during_the_next_call(self, at: int, meets: int, which: int, kind: TaskKind) -> None:
        """Also how a page is read first and landed late: the other worker's newer read lands while the page is under way."""
        task = Task(kind, self.flow(meets, which))
        self.system(at).during_call.append(lambda: self.run_as(self.world.other, task))

    @rule(at=WHO, which=WHO, of=WHO, times=st.integers(1, 2))
    def a_webhook_comes(self, at: int, which: int, of: int, times: int) -> None:
        entity = self.entity(of)
        system, key = self.pick(at, which, entity)
        for _ in range(times):
            self.world.webhook(system.name, entity, key, key=f"delivery-{next(self.numbers) // 2}")
        self.world.engine.intake()

    @rule(at=WHO, fault=st.sampled_from(WRITE_FAULTS))
    def the_next_write_fails(self, at: int, fault: str) -> None:
        self.system(at).faults.before_write.append(fault)

    @rule(at=WHO, fault=st.sampled_from(READ_FAULTS))
    def the_next_read_fails(self, at: int, fault: str) -> None:
        self.system(at).faults.before_read.append(fault)

    @rule(at=WHO, which=WHO, of=WHO)
    def a_row_hides_or_shows_again(self, at: int, which: int, of: int) -> None:
        """Data rights change: what is hidden looks deleted."""
        system, key = self.pick(at, which, self.entity(of))
        if key:
            system.hidden ^= {key}
            self.hid = True

    @rule(at=WHO, which=WHO, step=st.integers(1, 30), kind=st.sampled_from(KINDS))
    def a_worker_is_killed(self, at: int, which: int, step: int, kind: TaskKind) -> None:
        with dying(self.world, step):
            self.world.engine.run(Task(kind, self.flow(at, which)))
        self.buried()


class ThreeSystems(SyncMachine):
    """A third party to every edit."""

    def make_systems(self) -> list[MemorySystem]:
        return [MemorySystem("crm", feed=True), MemorySystem("erp", key="number"), MemorySystem("oa")]


class StagedOrders(SyncMachine):
    """The ERP audits orders: what is audited cannot be changed until somebody reopens it."""

    def make_systems(self) -> list[MemorySystem]:
        return [MemorySystem("crm"), MemorySystem("erp", key="number", stages=("saved", "submitted", "audited"))]


class NoKeyAtTheErp(SyncMachine):
    """The ERP keeps nothing that a lost create could be found by, and replaces the lines of a document as a whole."""

    def make_systems(self) -> list[MemorySystem]:
        return [MemorySystem("crm"), MemorySystem("erp", key="none", lines="replace")]


class TidyingVendor(SyncMachine):
    """A vendor that trims and rounds what it is given (echoes and false edits would come from that)."""

    def make_systems(self) -> list[MemorySystem]:
        def tidy(row: dict[str, Any]) -> dict[str, Any]:
            return {k: f" {v} " if k == "note" and v else v for k, v in row.items()}

        return [MemorySystem("crm"), MemorySystem("erp", key="number", normalise=tidy)]
