"""Vendor calls per 1,000 records and operation, counted by the sandboxes (for Tryton by the gateway before a real server). Asserts nothing.

Run: python -m bench.bench_connectors [RECORDS] [SYSTEM ...] [--into docs/performance.md]
Sign-in and field lists are asked for once before anything is counted (they last for hours). "manifest" is what the
connector's manifest promises for the operation. --into writes the table between the marks of a page.
"""

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench.cases import Case, Measured
from bench.connector_cases import SYSTEMS
from hub.connector import Client, Connector, EntityManifest, Link, Message, Write, Written
from hub.connector.discovery import get_connector
from hub.connector.testing import SandboxControl
from sandbox.core.start import start_sandbox

RECORDS = 1000
SEEDED = 10
"""Records per call when they are made: a real server takes its time for each."""
BEGIN, END = "<!-- begin: python -m bench.bench_connectors -->", "<!-- end -->"
PULL = "pull, all changed"
COLUMNS = ("first pull", PULL, "read", "create", "update")


@dataclass
class Bench:
    """One system: its sandbox, a client, and the table so far."""

    connector: Connector
    control: SandboxControl
    records: int
    measured: Measured
    client: Client = field(init=False)
    figures: dict[tuple[str, str], float] = field(default_factory=dict)
    """(entity, operation) -> calls per 1,000 records."""

    def __post_init__(self) -> None:
        settings = {**self.control.credentials(), **self.measured.settings}
        config = self.connector.config.model_validate(settings)
        self.client = self.connector.open(config, Link(now=self.control.now, timeout_s=60))

    def counted(self) -> int:
        reply = httpx.get(f"{self.control.url}/_sandbox/counters", trust_env=False)
        return sum(reply.json()["calls"].values())

    @contextmanager
    def row(self, entity: str, operation: str, manifest: float | None) -> Iterator[None]:
        before, started = self.counted(), time.monotonic()
        yield
        seconds = time.monotonic() - started
        calls = self.figures[entity, operation] = (self.counted() - before) * 1000 / self.records
        promised = "-" if manifest is None else f"{manifest * 1000:.0f}"
        head = f"{self.connector.system:10} {entity:11} {operation:20}"
        print(f"{head} {calls:8.0f} {promised:>9} {seconds:8.2f}", flush=True)

    def run(self, case: Case) -> None:
        manifest = self.connector.manifest.entities[case.entity]
        promised = manifest.calls_per_record.get
        seeds = [case.seed(place) for place in range(1, self.records + 1)]
        natives = [one for part in parts(seeds, SEEDED) for one in self.control.seed(case.object, part)]
        ids = list(map(case.id_of, natives))
        with self.row(case.entity, "first pull", promised("pull")):
            point = self.pull(case.entity, None)
        self.pulls_later(case, natives, point)
        with self.row(case.entity, "read", promised("read")):
            for part in parts(ids, manifest.read_batch):
                self.client.read(case.entity, part)
        self.updates(case, manifest, ids)
        self.creates(case, manifest)

    def pull(self, entity: str, point: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        for page in self.client.pull(entity, point):
            point = page.checkpoint or point
        return point

    def pulls_later(self, case: Case, natives: Sequence[str], point: Mapping[str, Any] | None) -> None:
        manifest = self.connector.manifest.entities[case.entity]
        self.control.advance(int(manifest.overlap_s) + 3600)
        point = self.pull(case.entity, point)
        self.control.advance(int(manifest.overlap_s) + 3600)
        with self.row(case.entity, "pull, nothing new", None):
            point = self.pull(case.entity, point)
        if case.edit is None or manifest.cursor == "none":
            return
        for place, one in enumerate(natives):
            self.control.edit(case.object, one, case.edit(place))
        with self.row(case.entity, PULL, manifest.calls_per_record.get("pull")):
            self.pull(case.entity, point)

    def updates(self, case: Case, manifest: EntityManifest, ids: Sequence[str]) -> None:
        if case.change is None:
            return
        writes = [Write(f"U-{place}", case.change(place), id=one) for place, one in enumerate(ids)]
        with self.row(case.entity, "update", manifest.calls_per_record.get("update")):
            for part in parts(writes, manifest.update_batch):
                confirmed(self.client.update(case.entity, part))

    def creates(self, case: Case, manifest: EntityManifest) -> None:
        if case.write is None:
            return
        writes = [Write(f"HUB-{place:06d}", case.write(place)) for place in range(self.records)]
        made: list[str] = []
        with self.row(case.entity, "create", manifest.calls_per_record.get("create")):
            for part in parts(writes, manifest.create_batch):
                made += confirmed(self.client.create(case.entity, part))
        for step in case.steps:
            with self.row(case.entity, step, manifest.calls_per_record.get(step)):
                for part in parts(made, manifest.update_batch):
                    confirmed(self.client.step(case.entity, step, part))

    def messages(self) -> None:
        members = [str(record["userid"]) for record in self.control.records("member")][: self.records]
        with self.row("-", "message", None):
            for place, member in enumerate(members):
                self.client.send(Message((member,), f"提醒 {place}", key=f"m{place}"))


def parts(items: Sequence[Any], size: int) -> Iterator[Any]:
    return (items[start : start + size] for start in range(0, len(items), size))


def confirmed(outcomes: Sequence[Any]) -> list[str]:
    for outcome in outcomes:
        if not isinstance(outcome, Written):
            raise outcome
    return [outcome.id for outcome in outcomes]


def measure(system: str, records: int) -> dict[tuple[str, str], float]:
    measured = SYSTEMS[system]
    starting = measured.start(measured.switches) if measured.start else start_sandbox(system, measured.switches)
    with starting as running:
        control = SandboxControl(running.url)
        for name, rows in measured.base.items():
            control.seed(name, rows)
        bench = Bench(get_connector(system), control, records, measured)
        try:
            bench.client.check()
            for case in measured.cases:
                bench.run(case)
            if bench.connector.manifest.messages:
                bench.messages()
        finally:
            bench.client.close()
            control.close()
    return bench.figures


def table(found: Mapping[str, Mapping[tuple[str, str], float]], records: int) -> str:
    """Markdown: calls per changed record, one row per entity; stages and messages under "other"."""
    lines = [
        ["System", "Entity", "First pull", "Pull of changes", "Read by id", "Create", "Update", "Other"],
        ["---"] * 8,
    ]
    for system, figures in found.items():
        for entity in dict.fromkeys(entity for entity, _operation in figures):
            mine = {operation: calls for (name, operation), calls in figures.items() if name == entity}
            others = [f"{name} {shown(mine[name])}" for name in mine if name not in (*COLUMNS, "pull, nothing new")]
            cells = [shown(mine[name]) if name in mine else "–" for name in COLUMNS]
            lines.append([system, entity, *cells, ", ".join(others) or "–"])
    head = f"Vendor calls per record, counted by the sandboxes (tryton: before a real server) over {records:,} records of each entity.\n\n"
    return head + "\n".join(f"| {' | '.join(line)} |" for line in lines)


def shown(per_thousand: float) -> str:
    return f"{per_thousand / 1000:.3f}".rstrip("0").rstrip(".")


def write(page: Path, text: str) -> None:
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{page} has not got the marks {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", help="a number of records, and names of systems")
    parser.add_argument("--into", type=Path, help="a page with the two marks")
    given = parser.parse_args()
    records = next((int(word) for word in given.what if word.isdigit()), RECORDS)
    print(f"vendor calls per 1,000 records ({records} used)\n")
    print(f"{'system':10} {'entity':11} {'operation':20} {'calls':>8} {'manifest':>9} {'seconds':>8}")
    chosen = [word for word in given.what if not word.isdigit()] or list(SYSTEMS)
    found = {system: measure(system, records) for system in chosen}
    if given.into:
        write(given.into, table(found, records))


if __name__ == "__main__":
    main()
