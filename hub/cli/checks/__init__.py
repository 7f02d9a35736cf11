"""What `hub doctor` looks at. Each check only reads (the one write is taken back) and says the fix."""

from collections.abc import Iterator

from hub.cli.checks.connectors import connectors
from hub.cli.checks.finding import Finding
from hub.cli.checks.machine import key, machine, port, python_version
from hub.cli.checks.store import database
from hub.cli.checks.work import queue
from hub.settings import Settings

__all__ = ["Finding", "examine"]


def examine(settings: Settings) -> Iterator[Finding]:
    """Every finding, in an order in which the first bad one is usually the cause of the rest."""
    yield python_version()
    yield from machine(settings)
    yield from key(settings)
    yield from connectors(settings)
    yield from database(settings)
    yield from queue(settings)
    yield port(settings)
