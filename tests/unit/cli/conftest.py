"""The `hub` command against the same fakes as the HTTP interface."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from hub.cli.desk import Desk
from hub.cli.main import main
from tests.databases import open_database
from tests.unit.api.conftest import api_app, prepared
from tests.unit.api.office import FakeRuntime, put_people_and_records

__all__ = ["api_app", "prepared"]


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
def runtime(prepared: Path, tmp_path: Path) -> Iterator[FakeRuntime]:
    db = open_database(f"sqlite:///{shutil.copy(prepared, tmp_path)}")
    yield FakeRuntime(db)
    db.close()


@pytest.fixture
def ids(runtime: FakeRuntime) -> dict[str, int]:
    return put_people_and_records(runtime)


@pytest.fixture
def hub(runtime: FakeRuntime, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `hub …` in this process."""

    def run(*words: str, lang: str = "en") -> Ran:
        desk = Desk(open_runtime=lambda: runtime, console=Console(width=200))
        status = main(["--lang", lang, *words], desk)
        captured = capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    return run
