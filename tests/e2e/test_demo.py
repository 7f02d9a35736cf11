"""`hub demo` is what a newcomer runs first: small here, but all of it."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.serial]


@pytest.mark.parametrize(("systems", "customers", "orders"), [("", 60, 80), ("all", 40, 40)])
def test_the_demo_ends_well(tmp_path: Path, systems: str, customers: int, orders: int) -> None:
    """The usual cast, and two ERPs and two chats at once."""
    hub = Path(sys.executable).with_name("hub")
    command = [str(hub), "demo", "--customers", str(customers), "--orders", str(orders), "--systems", systems]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=560, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert "✗" not in done.stdout
    assert "演示完成" in done.stdout
