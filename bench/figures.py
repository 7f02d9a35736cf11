"""The figures of shared/PERFORMANCE.md: how each is measured. Ratios of medians over interleaved rounds; nothing is asserted."""

import contextlib
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bench.bench_queue import idle_share, redone_after
from bench.stack import ROOT, Spent, Stack, Vendor, running_stack
from hub.sync.tasks import Task
from tests.postgres import Postgres

TEN_THOUSAND = 10_000


@dataclass(frozen=True)
class Figure:
    """One line of the table. `more` says that more is better; `reached` None = not measured in this run."""

    number: str
    title: str
    floor: float
    goal: float
    more: bool
    reached: float | None
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.reached is None:
            return "not measured"
        better = (lambda a, b: a >= b) if self.more else (lambda a, b: a <= b)
        return "goal" if better(self.reached, self.goal) else "floor" if better(self.reached, self.floor) else "missed"


@dataclass
class Rounds:
    """Everything measured, by name, one value per round."""

    values: dict[str, list[float]] = field(default_factory=dict)

    def note(self, name: str, value: float) -> None:
        self.values.setdefault(name, []).append(value)

    def __call__(self, name: str) -> float | None:
        return statistics.median(self.values[name]) if name in self.values else None

    def ratio(self, above: str, below: str) -> float | None:
        """Median over median; None where one of them was not measured."""
        one, other = self(above), self(below)
        return None if one is None or not other else one / other


def bare_rounds(rounds: Rounds, vendor: Vendor, records: int) -> None:
    """R, the same on aiohttp, and P."""
    for kind in ("R", "aiohttp", "P"):
        vendor.reset(records)
        found = vendor.bare(kind)
        rounds.note(f"{kind} records/s", records / found["seconds"])
        rounds.note(f"{kind} cpu/record", found["cpu_s"] / records)


def first_sync(stack: Stack, vendor: Vendor, records: int) -> Spent:
    """Pull everything and push it to the other system."""
    vendor.reset(records)
    spent = stack.work(Task("pull", stack.world.source, full=True))
    keys = vendor.counts()["keys"]
    if keys != records:
        raise RuntimeError(f"{keys} records at the target instead of {records}")
    return spent


def sync_round(
    rounds: Rounds, vendor: Vendor, records: int, *, name: str, postgres: Postgres | None, workers: int
) -> None:
    """Figures 1-8 on one database with one number of worker processes."""
    with running_stack(vendor, postgres=postgres, workers=workers) as stack:
        spent = first_sync(stack, vendor, records)
        rounds.note(f"{name} records/s", records / spent.seconds)
        rounds.note(f"{name} cpu/record", (spent.cpu_s + spent.database_cpu_s) / records)
        rounds.note(f"{name} database cpu/record", spent.database_cpu_s / records)
        rounds.note(f"{name} messages", spent.messages * TEN_THOUSAND / records)
        rounds.note(f"{name} memory", spent.memory_mb)
        if workers > 1:
            return
        rounds.note(
            f"{name} no-op records/s", records / stack.work(Task("pull", stack.world.source, full=True)).seconds
        )
        rounds.note(f"{name} cursor calls", _calls(vendor, partial(stack.work, Task("pull", stack.world.source))))
        vendor.edit()
        changed = _calls(vendor, partial(stack.work, Task("pull", stack.world.source)))
        rounds.note(f"{name} calls", changed * TEN_THOUSAND / records)


def _calls(vendor: Vendor, work: Callable[[], object]) -> int:
    before = vendor.calls()
    work()
    return vendor.calls() - before


def in_flight_round(rounds: Rounds, vendor: Vendor, records: int) -> None:
    """Figure 9: a vendor that takes 20 ms to answer, one batch at a time and sixteen."""
    for parallel in (1, 16):
        vendor.reset(records, wait_ms=20)
        with running_stack(vendor, parallel=parallel, push_threads=1) as stack:
            spent = stack.work(Task("pull", stack.world.source, full=True))
        rounds.note(f"20 ms, {parallel} in flight records/s", records / spent.seconds)


def size_round(rounds: Rounds, vendor: Vendor, records: int) -> None:
    """Figures 10 and 11: a first sync and an update of everything at this size and at a tenth of it."""
    for size in (records // 10, records):
        with running_stack(vendor) as stack:
            spent = first_sync(stack, vendor, size)
        which = "large" if size == records else "small"
        rounds.note(f"{which} memory", spent.memory_mb)
        rounds.note(f"{which} cpu/record", spent.cpu_s / size)


def queue_rounds(rounds: Rounds, bench: Any, count: int) -> None:
    """Figures 14 and 16, by the bench of the queue."""
    for _ in range(count):
        found = redone_after(bench, "hub", with_scheduler=True)
        if found is not None:
            rounds.note("redone", found)
    rounds.note("idle", idle_share(bench, "hub") * 100)


def scripts(rounds: Rounds, say: Callable[[str], None]) -> None:
    """Figures 12 and 15 come from benches of their own, which print them."""
    wanted = {
        "bench.bench_webhook": ("webhook", r"figure 12: ([0-9.]+)"),
        "bench.bench_mapping": ("mapping", r"([0-9.]+) x plain"),
    }
    for module, (name, pattern) in wanted.items():
        done = subprocess.run([sys.executable, "-m", module], cwd=ROOT, capture_output=True, text=True, check=False)
        found = re.search(pattern, done.stdout)
        if found:
            rounds.note(name, float(found.group(1)))
        else:
            say(f"{module} gave no figure: {done.stderr[-300:]}")


@contextlib.contextmanager
def timed(say: Callable[[str], None], title: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    say(f"{title}: {time.monotonic() - began:.0f} s")


def table(rounds: Rounds, large: int) -> list[Figure]:
    """The figures from what was measured."""
    r = rounds.ratio
    mb, small_mb = rounds("large memory"), r("large memory", "small memory")
    return [
        Figure("1", "first sync, SQLite, one worker, over R", 0.35, 0.60, True, r("sqlite1 records/s", "R records/s")),
        Figure("2", "first sync, PostgreSQL, one worker, over R", 0.30, 0.55, True, r("pg1 records/s", "R records/s")),
        Figure("3a", "two workers over one, SQLite", 1.1, 1.5, True, r("sqlite2 records/s", "sqlite1 records/s")),
        Figure("3b", "two workers over one, PostgreSQL", 1.1, 1.3, True, r("pg2 records/s", "pg1 records/s")),
        Figure("4a", "CPU per record over R, SQLite", 3.0, 2.0, False, r("sqlite1 cpu/record", "R cpu/record")),
        Figure("4b", "CPU per record with database over R, PostgreSQL", 3.0, 2.0, False, r("pg1 cpu/record", "R cpu/record")),
        Figure("5", "no-op full pull over P, SQLite", 0.30, 0.45, True, r("sqlite1 no-op records/s", "P records/s")),
        Figure("5b", "no-op full pull over P, PostgreSQL", 0.30, 0.45, True, r("pg1 no-op records/s", "P records/s")),
        Figure("6", "no-op with a cursor: calls", 2, 1, False, rounds("sqlite1 cursor calls")),
        Figure("7", "vendor calls per 10,000 changed records", 150, 120, False, rounds("sqlite1 calls")),
        Figure("8", "queue messages per 10,000 records", 60, 25, False, rounds("sqlite1 messages")),
        Figure("9", "20 ms answers: 16 in flight over 1", 2, 3, True, r("20 ms, 16 in flight records/s", "20 ms, 1 in flight records/s")),
        Figure("10a", f"memory at {large:,} over {large // 10:,}", 1.3, 1.1, False, small_mb),
        Figure("10b", f"memory at {large:,}, MB", 300, 200, False, mb),
        Figure("11", f"CPU per record at {large:,} over {large // 10:,}", 1.25, 1.1, False, r("large cpu/record", "small cpu/record")),
        Figure("12", "webhook kept and acknowledged over W", 0.30, 0.45, True, rounds("webhook")),
        Figure("14", "killed with a page in hand: redone within, s", 30, 10, False, rounds("redone")),
        Figure("15", "mapping 15 fields over plain Python", 3, 1.5, False, rounds("mapping")),
        Figure("16", "idle CPU of one worker process, %", 3, 1, False, rounds("idle")),
    ]  # fmt: skip
