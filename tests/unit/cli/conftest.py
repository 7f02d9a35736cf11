"""The `hub` command against the same fakes as the HTTP interface."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from rich.console import Console

from hub.cli.desk import Desk
from hub.cli.main import main
from tests.unit.api.conftest import ids, prepared, runtime
from tests.unit.api.office import FakeRuntime

__all__ = ["ids", "prepared", "runtime"]


@dataclass(frozen=True)
class Ran:
    """How one command went."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def hub(runtime: FakeRuntime, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `hub …` in this process."""

    def run(*words: str, lang: str = "en") -> Ran:
        desk = Desk(open_runtime=lambda: runtime, console=Console(width=200))
        status = main(["--lang", lang, *words], desk)
        captured = capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    return run
