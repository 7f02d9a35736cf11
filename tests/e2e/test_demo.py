"""`hub demo` is what a newcomer runs first: small here, but all of it."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.serial]


def test_the_demo_ends_well(tmp_path: Path) -> None:
    """The usual cast; the others are `make demo SYSTEMS=...`."""
    hub = Path(sys.executable).with_name("hub")
    command = [str(hub), "demo", "--customers", "60", "--orders", "80"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=560, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert "✗" not in done.stdout
    assert "演示完成" in done.stdout
