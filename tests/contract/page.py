"""docs/write-a-connector.md as what it is: files to write and commands to run, in its order."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/write-a-connector.md"
_BLOCK = re.compile(
    r"^`(?P<file>[^`\n]+)`\n\n```(?:python|yaml|json)\n(?P<text>.*?)^```|^```sh(?P<fails> fails)?\n(?P<commands>.*?)^```",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Step:
    """A file with its text, or a command that ends well or not."""

    file: str = ""
    text: str = ""
    command: str = ""
    fails: bool = False


def steps() -> Iterator[Step]:
    for found in _BLOCK.finditer(PAGE.read_text("utf-8")):
        if found["file"]:
            yield Step(file=found["file"], text=found["text"])
        for command in (found["commands"] or "").splitlines():
            yield Step(command=command, fails=bool(found["fails"]))


def run(command: list[str], folder: Path, data: Path) -> subprocess.CompletedProcess[str]:
    """The command with this environment's programs, in `folder`; the hub keeps its data in `data`."""
    places = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    settings = {"HUB_DATA_DIR": str(data), "PYTHONDONTWRITEBYTECODE": "1", "MYPYPATH": ""}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "PYTEST_", "COV_"))}
    return subprocess.run(
        command,
        cwd=folder,
        env={**kept, **places, **settings},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
