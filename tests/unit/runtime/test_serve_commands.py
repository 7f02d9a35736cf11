"""up, api, worker, scheduler, sandbox, demo: what they start, with which settings."""

import os
import threading
from pathlib import Path
from typing import Any, ClassVar

import pytest
import typer
from typer.testing import CliRunner

from hub.cli import process, sandbox, serve
from hub.errors import BadInput, SetupError, Text
from hub.queue import supervise
from hub.settings import Settings

runner = CliRunner()


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> typer.Typer:
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path))
    made = typer.Typer()
    serve.register(made)
    sandbox.register(made)
    return made


class FakeSupervisor:
    """Notes its settings and says one line."""

    seen: ClassVar[list[Settings]] = []

    def __init__(self, settings: Settings, say: Any) -> None:
        self.seen.append(settings)
        self.say = say

    def __enter__(self) -> None:
        self.say(Text("已就绪", "ready"))

    def __exit__(self, *_exc: object) -> None:
        self.say(Text("已停止", "stopped"))


def test_up_runs_until_asked_to_stop(app: typer.Typer, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    stop.set()
    monkeypatch.setattr(serve, "stop_on_signal", lambda: stop)
    monkeypatch.setattr(supervise, "Supervisor", FakeSupervisor)
    monkeypatch.setenv("HUB_LANGUAGE", "en")
    result = runner.invoke(app, ["up", "--port", "0", "--workers", "3"])
    assert result.exit_code == 0, result.output
    assert (FakeSupervisor.seen[-1].port, FakeSupervisor.seen[-1].workers) == (0, 3)
    assert result.output.splitlines() == [
        "ready",
        "Ctrl-C stops it",
        "stopping: the work in hand is finished first",
        "stopped",
    ]


def test_a_wrong_option_is_a_wrong_setting(app: typer.Typer) -> None:
    result = runner.invoke(app, ["up", "--port", "99999"])
    assert isinstance(result.exception, BadInput)
    assert "HUB_PORT 不能大于 65535" in str(result.exception)


@pytest.mark.parametrize("command", ["worker", "scheduler"])
def test_a_service_runs_with_these_settings(app: typer.Typer, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    seen: list[tuple[int, bool]] = []
    stop = threading.Event()
    monkeypatch.setattr(serve, "stop_on_signal", lambda: stop)
    monkeypatch.setattr(serve, f"run_{command}", lambda settings, stop: seen.append((settings.workers, stop.is_set())))
    assert runner.invoke(app, [command]).exit_code == 0
    assert seen == [(2, False)]


def test_api_takes_host_and_port(app: typer.Typer, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, int]] = []
    monkeypatch.setattr(serve, "run_api", lambda settings: seen.append((settings.host, settings.port)))
    assert runner.invoke(app, ["api", "--host", "0.0.0.0", "--port", "0"]).exit_code == 0
    assert seen == [("0.0.0.0", 0)]


def test_sandbox_starts_what_the_entry_point_names(app: typer.Typer, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[object, ...]] = []
    monkeypatch.setattr(sandbox, "_load", lambda _group, _name: lambda *given: seen.append(given))
    assert runner.invoke(app, ["sandbox", "kingdee", "--port", "0"]).exit_code == 0
    assert seen == [("kingdee", 0, "127.0.0.1", None)]


def test_an_unknown_sandbox_lists_the_known_ones(app: typer.Typer) -> None:
    result = runner.invoke(app, ["sandbox", "sap"])
    assert isinstance(result.exception, BadInput)
    assert "kingdee" in str(result.exception)


def test_a_sandbox_whose_port_is_taken_says_so(app: typer.Typer, tmp_path: Path) -> None:
    result = runner.invoke(app, ["sandbox", "kingdee", "--data", str(tmp_path / "none.json")])
    assert isinstance(result.exception, SetupError)
    assert "--data" in str(result.exception)


@pytest.mark.parametrize(("status", "exit_code"), [(0, 0), (1, 1), (None, 0)])
def test_demo_passes_its_verdict_on(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch, status: int | None, exit_code: int
) -> None:
    seen: list[dict[str, object]] = []

    def run(**given: object) -> int | None:
        seen.append(given)
        return status

    monkeypatch.setattr(sandbox, "_load", lambda _group, _name: run)
    assert runner.invoke(app, ["demo", "--customers", "10", "--serve", "--systems", "all"]).exit_code == exit_code
    assert seen == [{"customers": 10, "orders": 5000, "serve": True, "systems": "all"}]


def test_an_installation_without_the_part_says_so() -> None:
    with pytest.raises(SetupError, match="install the whole package"):
        sandbox._load("hub.sandboxes", "no-such-part")


def test_a_child_process_says_in_one_line_why_it_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HUB_PORT", "abc")
    assert process.main(["migrate"]) == 1
    assert "HUB_PORT 应为整数" in capsys.readouterr().err


def test_the_migrate_process_migrates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path))
    assert process.main(["migrate"]) == 0
    assert (tmp_path / "hub.db").exists()
