"""Runs scripts that drive a sandbox through a third-party client, in the referees' own environment."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.referee.environment import ensure

Run = Callable[..., Any]


@pytest.fixture(scope="session")
def referee_interpreter() -> Path:
    """The interpreter that has the referees; built on first use."""
    return ensure()


@pytest.fixture
def referee_python(referee_interpreter: Path, tmp_path: Path) -> Run:
    """run(script, NAME="value", …) → the JSON that the script printed last; HOME is a temporary folder."""

    def run(script: str, **environment: object) -> Any:
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        variables = {"HOME": str(home), "PATH": os.environ["PATH"], "NO_PROXY": "*", "PYTHONIOENCODING": "utf-8"}
        variables |= {name: str(value) for name, value in environment.items()}
        done = subprocess.run(
            [str(referee_interpreter), "-c", script],
            capture_output=True,
            text=True,
            timeout=120,
            env=variables,
            cwd=home,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout.strip().splitlines()[-1])

    return run
