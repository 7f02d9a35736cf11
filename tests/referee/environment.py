"""Builds `.venv-referees`, the environment of the third-party clients, once per requirements file and interpreter."""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
FOLDER = ROOT / ".venv-referees"
PYTHON = FOLDER / "bin" / "python"
STAMP = FOLDER / ".stamp"


def ensure() -> Path:
    """The interpreter of an environment that holds exactly the pinned referees; built when it is not there yet."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / ".building").open("w") as lock:  # not .lock, on which uv itself would wait
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = _fingerprint()
        if not STAMP.exists() or STAMP.read_text() != wanted:
            _build()
            STAMP.write_text(wanted)
    return PYTHON


def _fingerprint() -> str:
    return hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()


def _build() -> None:
    STAMP.unlink(missing_ok=True)
    _run(sys.executable, "-m", "venv", str(FOLDER))
    _run(_uv(), "pip", "install", "--quiet", "--python", str(PYTHON), "-r", str(REQUIREMENTS))


def _uv() -> str:
    """uv of the project's own environment, else one that pip puts into the referees'."""
    found = Path(sys.executable).with_name("uv")
    if not found.exists():
        _run(str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv")
        found = PYTHON.with_name("uv")
    return str(found)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    print(ensure())
