"""State machines over the real engine: users edit, calls fail, workers meet and die; at rest every promise is checked."""

import itertools
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from hub.errors import BadInput
from hub.store.core import binding
from hub.sync.engine import Engine
from hub.sync.tasks import Task, TaskKind
from tests.sync import promises
from tests.sync.dying import dying
from tests.sync.ledger import Ledger
from tests.sync.memory import MemorySystem
from tests.sync.wire import READ_FAULTS, WRITE_FAULTS
from tests.sync.world import World, fast_folder

KINDS: tuple[TaskKind, ...] = ("pull", "push", "reread", "settle", "sweep")
WHO = st.integers(0, 11)
HEAD = {"customer": (("note",), ("industry",), ("bank", "account")), "order": (("note",), ("address",))}
LINE = (("qty", "price"), ("memo",), ("size",))


class SyncMachine(RuleBasedStateMachine):
    """Customers and their orders at two systems. `WHO` numbers pick a system, a row or a line, modulo how many there are."""

    masters = "crm"
    entities: tuple[str, ...] = ("customer", "order")

    def make_systems(self) -> list[MemorySystem]:
        return [MemorySystem("crm"), MemorySystem("erp", key="number")]

    def __init__(self) -> None:
        super().__init__()
        self.folder = fast_folder()
        self.systems = self.make_systems()
        url = f"sqlite:///{self.folder.name}/hub.sqlite"
        self.world = World(url, self.systems, entities=self.entities, master=self.masters)
        self.ledger = Ledger()
        self.numbers = itertools.count(1)
        self.hid = False

    @initialize(customers=st.integers(0, 2), orders=st.integers(0, 2))
    def live(self, customers: int, orders: int) -> None:
        for _ in range(customers):
            self.a_user_adds_a_customer(0)
        for _ in range(orders):
            self.a_user_adds_an_order(0, 0, 2)
        self.world.go_live()

    # who and what

    def system(self, at: int) -> MemorySystem:
        return self.systems[at % len(self.systems)]

    def pick(self, at: int, which: int, entity: str) -> tuple[MemorySystem, str]:
        """A row of a system; "" where there is none."""
        system = self.system(at)
        keys = sorted(system.table(entity))
        return system, keys[which % len(keys)] if keys else ""

    def entity(self, which: int) -> str:
        return self.entities[which % len(self.entities)]

    def flow(self, at: int, which: int) -> int:
        return self.world.flows[(self.system(at).name, self.entity(which))]

    # users

    @rule(at=WHO)
    def a_user_adds_a_customer(self, at: int) -> None:
        system, number = self.system(at), next(self.numbers)
        if len(system.table("customer")) < 5:
            values = {"level": "A", **{name: self.ledger.value() for name in ("note", "bank", "account", "industry")}}
            system.add("customer", name=f"公司{number}号{number * 7919}", mobile=f"{13800000000 + number}", **values)

    @rule(at=WHO, which=WHO, lines=st.integers(1, 3))
    def a_user_adds_an_order(self, at: int, which: int, lines: int) -> None:
        system, customer = self.pick(at, which, "customer")
        if customer and "order" in self.entities and len(system.table("order")) < 4:
            rows = [self.ledger.line() for _ in range(lines)]
            tag, note = f"order{next(self.numbers)}", self.ledger.value()
            head = {
                "customer": customer,
                "date": "2026-11-01",
                "tag": tag,
                "note": note,
                "address": self.ledger.value(),
            }
            system.add("order", **head, lines=rows)

    @rule(at=WHO, which=WHO, of=WHO, group=WHO)
    def a_user_edits(self, at: int, which: int, of: int, group: int) -> None:
        entity = self.entity(of)
        system, key = self.pick(at, which, entity)
        self.ledger.edit(system, entity, key, *HEAD[entity][group % len(HEAD[entity])])

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

    # the hub

    @rule(at=WHO, which=WHO, kind=st.sampled_from(KINDS), full=st.booleans())
    def the_hub_works(self, at: int, which: int, kind: TaskKind, full: bool) -> None:
        self.world.engine.run(Task(kind, self.flow(at, which), full=full))

    @rule(at=WHO, meets=WHO, which=WHO, kind=st.sampled_from(KINDS))
    def another_worker_runs_during_the_next_call(self, at: int, meets: int, which: int, kind: TaskKind) -> None:
        """Also how a page is read first and landed late: the other worker's newer read lands while the page is under way."""
        task = Task(kind, self.flow(meets, which))
        self.system(at).during_call.append(lambda: self.run_as(self.world.other, task))

    def run_as(self, engine: Engine, task: Task) -> None:
        engine.run(task)

    @rule(at=WHO, which=WHO, of=WHO, times=st.integers(1, 2))
    def a_webhook_comes(self, at: int, which: int, of: int, times: int) -> None:
        entity = self.entity(of)
        system, key = self.pick(at, which, entity)
        for _ in range(times):
            self.world.webhook(system.name, entity, key, key=f"delivery-{next(self.numbers) // 2}")
        self.world.engine.intake()

    @rule(seconds=st.integers(1, 300))
    def time_passes(self, seconds: int) -> None:
        self.world.advance(seconds)

    @rule()
    def the_scheduler_looks(self) -> None:
        self.world.tick()

    # faults

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

    def buried(self) -> None:
        """What follows a worker's death: its calls are over, and its leases are free at once."""
        for system in self.systems:
            system.writing = False
            system.during_call.clear()
        self.world.engine.release_worker("w1")
        self.world.engine.release_worker("w2")

    # stories in one step: what needs several things to meet

    @rule(at=WHO, to=WHO, of=WHO, fault=st.sampled_from(("", *WRITE_FAULTS)), step=st.integers(0, 40))
    def something_new_travels(self, at: int, to: int, of: int, fault: str, step: int) -> None:
        """A record is made at one system; its creation at another meets a fault, or the worker dies on the way."""
        if self.entity(of) == "order":
            self.a_user_adds_an_order(at, of, 1)
        else:
            self.a_user_adds_a_customer(at)
        self.travels(at, to, of, fault, step)

    @rule(at=WHO, to=WHO, which=WHO, of=WHO, fault=st.sampled_from(("", *WRITE_FAULTS)), step=st.integers(0, 40))
    def an_edit_travels(self, at: int, to: int, which: int, of: int, fault: str, step: int) -> None:
        self.a_user_edits(at, which, of, step)
        self.travels(at, to, of, fault, step)

    def travels(self, at: int, to: int, of: int, fault: str, step: int) -> None:
        self.world.engine.run(Task("pull", self.flow(at, of)))
        self.system(to).faults.before_write[:0] = [fault] if fault else []
        with dying(self.world, step or 10_000):
            self.world.engine.run(Task("push", self.flow(to, of)))
        self.buried()

    @rule(at=WHO, to=WHO, which=WHO, of=WHO)
    def edited_again_while_it_travels(self, at: int, to: int, which: int, of: int) -> None:
        def again() -> None:
            self.a_user_edits(at, which, of, 0)
            self.world.other.run(Task("pull", self.flow(at, of)))

        self.a_user_edits(at, which, of, 0)
        self.world.engine.run(Task("pull", self.flow(at, of)))
        self.system(to).during_call[:] = [lambda: None, again]
        self.world.engine.run(Task("push", self.flow(to, of)))

    @rule(at=WHO, to=WHO, which=WHO, of=WHO)
    def a_page_lands_after_a_newer_write(self, at: int, to: int, which: int, of: int) -> None:
        """A page of `to` is read; before it lands another worker writes there."""
        self.a_user_edits(at, which, of, 0)
        self.world.engine.run(Task("pull", self.flow(at, of)))
        self.system(to).during_call[:] = [lambda: self.run_as(self.world.other, Task("push", self.flow(to, of)))]
        self.world.engine.run(Task("pull", self.flow(to, of), full=True))

    @rule(at=WHO, which=WHO, of=WHO, step=st.integers(1, 12))
    def a_pull_of_news_is_killed(self, at: int, which: int, of: int, step: int) -> None:
        self.a_user_edits(at, which, of, step)
        with dying(self.world, step):
            self.world.engine.run(Task("pull", self.flow(at, of)))
        self.buried()

    @rule(which=WHO, of=WHO, group=WHO)
    def two_users_edit_the_same_field(self, which: int, of: int, group: int) -> None:
        """A true conflict: neither saw what the other typed."""
        entity = self.entity(of)
        for bound in self.bound(which, entity)[:2]:
            names = HEAD[entity][group % len(HEAD[entity])]
            self.ledger.edit(self.systems[bound.connection_id - 1], entity, bound.external_id, *names)

    def bound(self, which: int, entity: str) -> list[Any]:
        """Where one record is."""
        records = self.world.records(entity)
        owner = records[which % len(records)].id if records else 0
        return self.world.rows(binding, binding.c.record_id == owner, binding.c.role == "primary")

    # at rest

    def teardown(self) -> None:
        try:
            for system in self.systems:
                system.faults.clear()
                for hooks in (system.edit_before_write, system.during_call, system.between_pages):
                    hooks.clear()
                system.hidden.clear()
            self.world.settle()
            for _ in range(2 if self.hid else 0):  # nightly sweeps: what was hidden shows up, what is gone is confirmed
                self.every_flow("sweep")
                self.world.settle()
            self.what_was_only_hidden_is_restored()
            promises.check_all(self.world, self.ledger)
            promises.quiet(self.world)
            self.a_person_decides_the_rest()
            promises.check_settled(self.world)
        finally:
            self.world.close()
            self.folder.cleanup()

    def every_flow(self, kind: TaskKind) -> None:
        for flow_id in self.world.flows.values():
            self.world.engine.run(Task(kind, flow_id))

    def what_was_only_hidden_is_restored(self) -> None:
        """A person lifts the tombstone of what is visible again, and asks once more for what was refused too often."""
        for item in self.world.inbox():
            if item.kind in ("gone", "delete_conflict") and item.binding_id and self.is_there(item):
                self.world.engine.resolve(item.id, choice="restore", revision=None, who="alice")
            elif item.kind in ("gone", "rejected"):
                choice = "dismiss" if item.kind == "gone" else "replay"
                self.world.engine.resolve(item.id, choice=choice, revision=None, who="alice")
        self.world.settle()

    def is_there(self, item: Any) -> bool:
        (bound,) = self.world.rows(binding, binding.c.id == item.binding_id)
        return bound.external_id in self.systems[bound.connection_id - 1].table(bound.entity)

    def a_person_decides_the_rest(self) -> None:
        choices: dict[str, Callable[[int], str]] = {
            "conflict": lambda i: ("golden", "remote")[i % 2],
            "stage_conflict": lambda i: ("reopen", "revert")[i % 2],
            "delete_conflict": lambda _i: "dismiss",
        }
        for _ in range(6):  # a document that is reopened may show the next conflict
            items = [i for i in self.world.inbox() if i.kind in choices]
            if not items:
                return
            for item in items:
                with suppress(BadInput):  # the decision before it changed what this one shows: it comes back refreshed
                    self.world.engine.resolve(item.id, choice=choices[item.kind](item.id), revision=None, who="bob")
            self.world.settle()


class ThreeSystems(SyncMachine):
    """A third party to every edit."""

    def make_systems(self) -> list[MemorySystem]:
        return [MemorySystem("crm", feed=True), MemorySystem("erp", key="number"), MemorySystem("oa")]


class StagedOrders(SyncMachine):
    """The ERP audits orders: what is audited cannot be changed until somebody reopens it."""

    def make_systems(self) -> list[MemorySystem]:
        return [MemorySystem("crm"), MemorySystem("erp", key="number", stages=("saved", "submitted", "audited"))]


class TidyingVendor(SyncMachine):
    """A vendor that trims and rounds what it is given (echoes and false edits would come from that)."""

    def make_systems(self) -> list[MemorySystem]:
        def tidy(row: dict[str, Any]) -> dict[str, Any]:
            return {k: f" {v} " if k == "note" and v else v for k, v in row.items()}

        return [MemorySystem("crm"), MemorySystem("erp", key="number", normalise=tidy)]
