"""I16: the same inputs give the same decisions and the same bytes. I8: whoever dies between two steps, the end is the same."""

import json
import random
from typing import Any

import pytest
from hypothesis import settings

from tests.sync import promises
from tests.sync.dying import dying
from tests.sync.machine import SyncMachine
from tests.sync.memory import SYSTEM_FIELDS
from tests.sync.stories import KINDS


def play(seed: int, *, faults: bool) -> tuple[str, str]:
    """A random script, the same for the same seed. Returns what the hub and what the vendors ended with."""
    chance, machine = random.Random(seed), SyncMachine()

    def number() -> int:
        return chance.randrange(12)

    users: list[Any] = [
        lambda: machine.a_user_edits(number(), number(), number(), number()),
        lambda: machine.a_user_edits_a_line(number(), number(), number(), number()),
        lambda: machine.a_user_adds_or_removes_a_line(number(), number(), number(), chance.random() < 0.5),
        lambda: machine.a_user_adds_an_order(number(), number(), 2),
        lambda: machine.the_hub_works(number(), number(), chance.choice(KINDS), False),
        machine.the_scheduler_looks,
    ]
    unlucky: list[Any] = [
        lambda: machine.the_next_write_fails(number(), chance.choice(["commit_then_drop", "late_commit", "locked"])),
        lambda: machine.another_worker_runs_during_the_next_call(number(), number(), number(), chance.choice(KINDS)),
        lambda: machine.a_worker_is_killed(number(), number(), chance.randint(1, 20), chance.choice(KINDS)),
    ]
    try:
        machine.live(2, 2)
        for _ in range(30):
            chance.choice([*users, *unlucky] if faults else users)()
        hub, vendors = promises.dump(machine.world), promises.vendor_dump(machine.systems)
    finally:
        machine.teardown()
    return hub, vendors


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_story_told_twice_ends_in_the_same_bytes(seed: int) -> None:
    assert play(seed, faults=True) == play(seed, faults=True)


def ending(step: int) -> tuple[str, int]:
    """News of both sides are pulled and pushed, the worker dying at transaction `step` (0 = it lives) of the whole of it, and
    another one takes over. Returns what everybody holds at rest, and at which transaction it would have ended by itself."""
    machine = SyncMachine()
    try:
        machine.live(2, 1)
        machine.a_user_edits(0, 0, 0, 0)
        machine.a_user_edits(1, 1, 0, 2)
        machine.a_user_edits_a_line(0, 0, 1, 1)
        machine.a_user_adds_a_customer(1)
        machine.a_user_adds_an_order(0, 1, 1)
        with dying(machine.world, step or 100_000) as death:
            for kind in ("pull", "push", "push"):
                for flow in machine.world.flows.values():
                    machine.world.engine.run(promises.Task(kind, flow))  # type: ignore[arg-type]
        machine.buried()
        machine.world.settle()
        return holdings(machine), (step if step else 100000) - death.left
    finally:
        machine.teardown()


def holdings(machine: SyncMachine) -> str:
    """What everybody holds, without the ids and times that depend on when it was written."""
    found = []
    for system in machine.systems:
        for entity in machine.entities:
            rows = [
                {k: v for k, v in row.items() if k not in (*SYSTEM_FIELDS, "customer")}
                | {"lines": sorted(str({**line, "lid": ""}) for line in row.get("lines", []))}
                for row in system.table(entity).values()
            ]
            found.append(sorted(json.dumps(row, sort_keys=True, ensure_ascii=False) for row in rows))
    golden = [
        sorted(str(r.data.get("name") or r.data.get("contact_name")) for r in machine.world.rows(promises.record))
    ]
    return json.dumps([found, golden], ensure_ascii=False)


@pytest.mark.slow
def test_a_kill_at_any_step_ends_in_the_same_state() -> None:
    """Every ninth transaction of a whole round (all of them in the deep profile); the machines kill at random ones."""
    calm, length = ending(0)
    assert length > 60, "the round is long enough to die in"
    for step in range(2, length, 1 if settings.get_current_profile_name() == "deep" else 9):
        assert ending(step)[0] == calm, f"died at transaction {step} (I8)"
