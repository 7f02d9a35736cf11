"""`make bench`: every figure of shared/PERFORMANCE.md in one table. `python -m bench.run --help` for sizes.

What is compared runs in the same round, one after the other, because absolute times of shared machines move threefold.
"""

import argparse
import json
import os
import platform
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from bench.bench_queue import Bench
from bench.figures import (
    Figure,
    Rounds,
    bare_rounds,
    in_flight_round,
    queue_rounds,
    scripts,
    size_round,
    sync_round,
    table,
    timed,
)
from bench.stack import ROOT, running_vendor
from tests.postgres import Postgres, running_postgres

RESULTS = ROOT / "bench" / "results"
KINDS = {"sqlite1": (False, 1), "sqlite2": (False, 2), "pg1": (True, 1), "pg2": (True, 2)}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000, help="records of a sync")
    parser.add_argument(
        "--large", type=int, default=50_000, help="records of the runs for figures 10 and 11; 0 = leave out"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=["sync", "size", "flight", "queue", "scripts"], default=[])
    return parser.parse_args()


def say(text: str) -> None:
    print(text, flush=True)


def measure(given: argparse.Namespace, postgres: Postgres) -> Rounds:
    rounds = Rounds()
    wanted = given.only or ["sync", "size", "flight", "queue", "scripts"]
    with running_vendor(given.records) as vendor:
        for number in range(given.rounds if "sync" in wanted else 0):
            with timed(say, f"round {number + 1} of {given.rounds}"):
                bare_rounds(rounds, vendor, given.records)
                for name, (on_postgres, workers) in KINDS.items():
                    server = postgres if on_postgres else None
                    sync_round(rounds, vendor, given.records, name=name, postgres=server, workers=workers)
        for _ in range(given.rounds if "flight" in wanted else 0):
            with timed(say, "calls in flight"):
                in_flight_round(rounds, vendor, given.records // 2)
        if given.large and "size" in wanted:
            with timed(say, "sizes"):
                size_round(rounds, vendor, given.large)
    if "queue" in wanted:
        with tempfile.TemporaryDirectory() as folder, timed(say, "queue"):
            bench = Bench(Path(folder))
            try:
                queue_rounds(rounds, bench, given.rounds)
            finally:
                bench.close()
    if "scripts" in wanted:
        with timed(say, "webhook and mapping"):
            scripts(rounds, say)
    return rounds


def show(figures: list[Figure], rounds: Rounds) -> None:
    say(f"\n{'':4}{'figure':52}{'floor':>8}{'goal':>8}{'reached':>9}")
    for figure in figures:
        reached = "-" if figure.reached is None else f"{figure.reached:.2f}"
        say(f"{figure.number:4}{figure.title:52}{figure.floor:>8g}{figure.goal:>8g}{reached:>9}  {figure.verdict}")
    say("\nmedians (per second, or microseconds of CPU per record)")
    for name, values in rounds.values.items():
        middle = rounds(name) or 0.0
        say(
            f"  {name:40} {middle * 1e6:10.1f} us"
            if "cpu" in name
            else f"  {name:40} {middle:10.1f}   of {len(values)}"
        )


def save(figures: list[Figure], rounds: Rounds, given: argparse.Namespace, load: float) -> Path:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / time.strftime("%Y%m%d-%H%M%S.json", time.gmtime())
    machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.platform(), "load": load}
    found = {
        "machine": machine,
        "sizes": {"records": given.records, "large": given.large, "rounds": given.rounds},
        "figures": [{**asdict(figure), "verdict": figure.verdict} for figure in figures],
        "rounds": rounds.values,
    }
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")
    return path


def main() -> None:
    given = arguments()
    load = os.getloadavg()[0]
    say(
        f"load average before: {load:.1f} on {os.cpu_count()} CPUs; anything over 0.5 spoils absolute times, less so ratios"
    )
    with running_postgres(durable=True) as postgres:
        rounds = measure(given, postgres)
    figures = table(rounds, given.large)
    show(figures, rounds)
    say(f"\nwritten to {save(figures, rounds, given, load)}")


if __name__ == "__main__":
    main()
