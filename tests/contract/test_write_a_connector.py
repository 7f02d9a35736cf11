"""docs/write-a-connector.md walked: from `hub connectors new` to a green contract kit, with the page's own files and commands."""

import shlex
from pathlib import Path

import pytest

from tests.contract.page import Step, run, steps


@pytest.mark.slow
def test_the_page_ends_with_a_green_kit(tmp_path: Path) -> None:
    folder, said = tmp_path, ""
    for step in steps():
        if step.file:
            assert (folder / step.file).is_file(), f"{step.file}: the template must have what the page fills in"
            (folder / step.file).write_text(step.text, "utf-8")
        elif step.command.startswith("cd "):
            folder = folder / step.command.removeprefix("cd ")
        else:
            said = _done(step, folder, tmp_path / "data")
    assert said.startswith("Success"), "the page ends with its types checked"


def _done(step: Step, folder: Path, data: Path) -> str:
    done = run(shlex.split(step.command), folder, data)
    assert done.returncode == int(step.fails), f"{step.command}\n{done.stdout}\n{done.stderr}"
    if step.fails:
        for method in ("client.check", "client.pull", "client.create", "callback"):
            assert f"[ ] {method} - " in done.stdout
    return done.stdout


def test_the_page_shows_files_and_commands() -> None:
    found = list(steps())
    assert [step.command for step in found if step.fails] == ["python -m pytest"]
    assert {step.file.rpartition("/")[2] for step in found if step.file} >= {
        "calls.py",
        "client.py",
        "callback.py",
        "errors.py",
    }
    assert [step.command for step in found if step.command][-3:] == ["python -m pytest", "ruff check .", "mypy"]
