"""The environment of 用友's own Python SDK, which must be installed without the requirements it names."""

import sys
from pathlib import Path

from tests import environments

FOLDER = environments.ROOT / ".venv-referees" / "yonyou"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
SDK = "yonyouopenapisdk1==0.0.2"


def ensure() -> Path:
    """The interpreter that has the SDK; built on first use."""
    FOLDER.parent.mkdir(exist_ok=True)
    python = environments.ensure(FOLDER, REQUIREMENTS)
    stamp = FOLDER / ".sdk"
    with environments.locked(FOLDER):
        if not stamp.exists() or stamp.read_text() != SDK:
            uv = Path(sys.executable).with_name("uv")
            installer = (
                (str(uv), "pip", "install", "--python", str(python))
                if uv.exists()
                else (str(python), "-m", "pip", "install")
            )
            environments.run(*installer, "--quiet", "--no-deps", SDK)
            stamp.write_text(SDK)
    return python
