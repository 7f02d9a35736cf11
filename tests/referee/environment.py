"""`.venv-referees`, the environment of the third-party clients that judge the sandboxes."""

from pathlib import Path

from tests import environments

FOLDER = environments.ROOT / ".venv-referees"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def ensure() -> Path:
    """The interpreter that has exactly the pinned referees; built on first use."""
    return environments.ensure(FOLDER, REQUIREMENTS)


if __name__ == "__main__":
    print(ensure())
