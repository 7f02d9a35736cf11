"""Environments of other people's programs, each in a folder of its own: built once per requirements file and interpreter."""

import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def ensure(folder: Path, requirements: Path) -> Path:
    """The interpreter of an environment that holds exactly what is pinned; built when it is not there yet."""
    folder.mkdir(exist_ok=True)
    python, stamp = folder / "bin" / "python", folder / ".stamp"
    with locked(folder):
        wanted = fingerprint(requirements)
        if not stamp.exists() or stamp.read_text() != wanted:
            stamp.unlink(missing_ok=True)
            run(sys.executable, "-m", "venv", str(folder))
            run(_uv(python), "pip", "install", "--quiet", "--python", str(python), "-r", str(requirements))
            stamp.write_text(wanted)
    return python


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One process at a time builds in the folder."""
    with (folder / ".building").open("w") as lock:  # not .lock, on which uv itself would wait
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fingerprint(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files) + sys.version.encode()).hexdigest()


def run(*command: str, **given: object) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **given)  # type: ignore[call-overload]
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def _uv(python: Path) -> str:
    """uv of the project's own environment, else one that pip puts into the new one."""
    found = Path(sys.executable).with_name("uv")
    if not found.exists():
        run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv")
        found = python.with_name("uv")
    return str(found)
