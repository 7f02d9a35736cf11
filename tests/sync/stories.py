"""Stories in one step: what needs several things to meet, as rules of a machine over the real engine, and what is checked at rest."""

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
from tests.sync.wire import WRITE_FAULTS
from tests.sync.world import World, fast_folder

KINDS: tuple[TaskKind, ...] = ("pull", "push", "reread", "settle", "rolling", "sweep")
WHO = st.integers(0, 11)
STEP = st.one_of(st.just(0), st.integers(1, 40))
"""After how many transactions a worker dies; 0 = it lives."""
HEAD = {"customer": (("note",), ("industry",), ("bank", "account")), "order": (("note",), ("address",))}
LINE = (("qty", "price"), ("memo",), ("size",))


class Stories(RuleBasedStateMachine):
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
        self.ledger = Ledger(uncertain=self.is_uncertain)
        self.numbers = itertools.count(1)
        self.hid = False

    @initialize(customers=st.integers(0, 2), orders=st.integers(0, 2))
    def live(self, customers: int, orders: int) -> None:
        for _ in range(customers):
            self.a_user_adds_a_customer(0)
        for _ in range(orders):
            self.a_user_adds_an_order(0, 0, 2)
        self.world.go_live()

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

    def away(self, at: int, to: int) -> int:
        """A system other than `at`."""
        return at + 1 + to % (len(self.systems) - 1)

    def run_as(self, engine: Engine, task: Task) -> None:
        engine.run(task)

    @rule(seconds=st.integers(1, 300))
    def time_passes(self, seconds: int) -> None:
        self.world.advance(seconds)

    @rule()
    def the_scheduler_looks(self) -> None:
        self.world.tick()

    def buried(self) -> None:
        """What follows a worker's death: its calls are over, and its leases are free at once."""
        for system in self.systems:
            system.writing = False
            system.during_call.clear()
        self.world.engine.release_worker("w1")
        self.world.engine.release_worker("w2")

    @rule(at=WHO, to=WHO, of=WHO, fault=st.sampled_from(("", *WRITE_FAULTS)), step=STEP)
    def something_new_travels(self, at: int, to: int, of: int, fault: str, step: int) -> None:
        """A record is made at one system; its creation at another meets a fault, or the worker dies on the way."""
        if self.entity(of) == "order":
            self.a_user_adds_an_order(at, of, 1)
        else:
            self.a_user_adds_a_customer(at)
        self.travels(at, self.away(at, to), of, fault, step)

    @rule(at=WHO, to=WHO, which=WHO, of=WHO, fault=st.sampled_from(("", *WRITE_FAULTS)), step=STEP)
    def an_edit_travels(self, at: int, to: int, which: int, of: int, fault: str, step: int) -> None:
        self.a_user_edits(at, which, of, step)
        self.travels(at, self.away(at, to), of, fault, step)

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

        to = self.away(at, to)
        self.a_user_edits(at, which, of, 0)
        self.world.engine.run(Task("pull", self.flow(at, of)))
        self.system(to).during_call[:] = [lambda: None, again]
        self.world.engine.run(Task("push", self.flow(to, of)))

    @rule(at=WHO, to=WHO, which=WHO, of=WHO)
    def a_page_lands_after_a_newer_write(self, at: int, to: int, which: int, of: int) -> None:
        """A page of `to` is read; before it lands another worker writes there."""
        to = self.away(at, to)
        self.a_user_edits(at, which, of, 0)
        self.world.engine.run(Task("pull", self.flow(at, of)))
        self.system(to).during_call[:] = [lambda: self.run_as(self.world.other, Task("push", self.flow(to, of)))]
        self.world.engine.run(Task("pull", self.flow(to, of), full=True))

    @rule(at=WHO, to=WHO, which=WHO, of=WHO)
    def a_reply_is_lost_and_life_goes_on(self, at: int, to: int, which: int, of: int) -> None:
        """The write arrived, nobody knows; its field is edited again, and both sides are read before anybody looks."""
        to = self.away(at, to)
        self.a_user_edits(at, which, of, 0)
        self.travels(at, to, of, "commit_then_drop", 0)
        self.a_user_edits(at, which, of, 0)
        self.world.engine.run(Task("pull", self.flow(at, of)))
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

    def is_uncertain(self, system: MemorySystem, key: str) -> bool:
        bound = {i.binding_id for i in self.world.open_intents()}
        at = self.systems.index(system) + 1
        return any(
            b.connection_id == at and b.external_id == key for b in self.world.rows(binding, binding.c.id.in_(bound))
        )

    def bound(self, which: int, entity: str) -> list[Any]:
        """Where one record is."""
        records = self.world.records(entity)
        owner = records[which % len(records)].id if records else 0
        return self.world.rows(binding, binding.c.record_id == owner, binding.c.role == "primary")

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
            elif (
                item.kind == "unknown_outcome"
            ):  # nothing known was there to prove that the hub can see: somebody looks
                found = self.look_for(item)
                choice = "found" if found else "replay"
                self.world.engine.resolve(item.id, choice=choice, value=found, revision=None, who="alice")
            elif item.kind in ("gone", "rejected"):
                choice = "dismiss" if item.kind == "gone" else "replay"
                self.world.engine.resolve(item.id, choice=choice, revision=None, who="alice")
        self.world.settle()

    def look_for(self, item: Any) -> str:
        """Somebody opens the other system and searches: by the hub's key, or where it keeps none by what tells records apart."""
        (bound,) = self.world.rows(binding, binding.c.id == item.binding_id)
        (owner,) = self.world.rows(promises.record, promises.record.c.id == bound.record_id)
        rows = self.systems[bound.connection_id - 1].table(bound.entity).values()
        tag = promises.TAG[bound.entity]
        mine = owner.data.get(promises.NATIVE[bound.entity][tag])
        return next((row["id"] for row in rows if bound.key == row["hub_key"] or mine == row[tag]), "")

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
