"""`hub demo` is what a newcomer runs first: small here, but all of it."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.serial]


@pytest.mark.parametrize("systems", ["", "all"])
def test_the_demo_ends_well(tmp_path: Path, systems: str) -> None:
    """The usual cast, and every system at once: two ERPs and two chats."""
    hub = Path(sys.executable).with_name("hub")
    command = [str(hub), "demo", "--customers", "60", "--orders", "80", "--systems", systems]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=560, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert "✗" not in done.stdout
    assert "演示完成" in done.stdout
