"""`python -m sandbox.seed --customers N --orders M --ec URL --kingdee URL …`: fills running sandboxes."""

import argparse
import json
import sys
from datetime import date
from pathlib import Path

from sandbox.seed import make_world
from sandbox.seed.post import BOOKS, SEEDS, SeedError, seed_receivables
from sandbox.seed.truth import lookalike_table, truth_table


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0 = done, 1 = a sandbox refused something."""
    options = _options(arguments)
    try:
        counts = _receivables(options) if options.receivables else _world(options)
    except SeedError as error:
        print(f"seed: {error}", file=sys.stderr)
        return 1
    for system, made in counts.items():
        for name, count in made.items():
            print(f"{system:8} {name:18} {count:6}")
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.seed", description="Fill running sandboxes with data.")
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--orders", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same data")
    parser.add_argument("--today", type=date.fromisoformat, default=None, help="YYYY-MM-DD; default is this day")
    for system in SEEDS:
        parser.add_argument(f"--{system}", metavar="URL", help=f"address of a running {system} sandbox")
    parser.add_argument("--truth", type=Path, help="write which EC customer is which 金蝶 customer to this JSON file")
    parser.add_argument(
        "--receivables", action="store_true", help="instead: book receivables for the orders of the ERPs named"
    )
    options = parser.parse_args(arguments)
    if options.receivables and not any(getattr(options, system) for system in BOOKS):
        parser.error(f"--receivables needs the URL of an ERP: --{', --'.join(BOOKS)}")
    return options


def _world(options: argparse.Namespace) -> dict[str, dict[str, int]]:
    today = options.today or date.today()  # noqa: DTZ011 - the reader's own day, as --today says
    world = make_world(options.seed, customers=options.customers, orders=options.orders, today=today)
    if options.truth:
        table = {"truth": truth_table(world), "lookalikes": lookalike_table(world)}
        options.truth.write_text(json.dumps(table, ensure_ascii=False, indent=1), "utf-8")
    return {name: put(world, getattr(options, name)) for name, put in SEEDS.items() if getattr(options, name)}


def _receivables(options: argparse.Namespace) -> dict[str, dict[str, int]]:
    addresses = {system: getattr(options, system) for system in BOOKS if getattr(options, system)}
    return {
        system: seed_receivables(url, seed=options.seed, today=options.today, system=system)
        for system, url in addresses.items()
    }


if __name__ == "__main__":
    sys.exit(main())
