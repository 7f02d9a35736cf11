"""Sandboxes as processes: the command line, the seed file, and an end with the parent."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from sandbox import SYSTEMS
from sandbox.__main__ import main
from sandbox.core.server import listen, load_sandbox
from sandbox.core.start import spawn_sandbox


def test_a_spawned_sandbox_serves_and_stops() -> None:
    with spawn_sandbox("ec") as running:
        health = httpx.get(f"{running.url}/_sandbox/health", trust_env=False).json()
        assert health["system"] == "ec"
        assert running.credentials["base_url"] == running.url
        assert running.sandbox is None
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{running.url}/_sandbox/health", trust_env=False)


def test_it_ends_when_the_parent_pipe_closes_and_starts_with_a_data_file(tmp_path: Path) -> None:
    data = tmp_path / "seed.json"
    data.write_text(json.dumps({"customer": [{"name": "华星贸易有限公司"}]}), "utf-8")
    read_end, write_end = os.pipe()
    command = [sys.executable, "-m", "sandbox", "ec", "--data", str(data), "--parent-fd", str(read_end)]
    with subprocess.Popen(command, pass_fds=(read_end,), stdout=subprocess.PIPE, text=True) as process:
        os.close(read_end)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert re.fullmatch(r"sandbox ec listening on http://127\.0\.0\.1:\d+\n", line)
        url = line.split()[-1]
        assert httpx.get(f"{url}/_sandbox/records/customer", trust_env=False).json()["total"] == 1
        os.close(write_end)
        assert process.wait(10) == 0


def test_an_unknown_system_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyError, match=", ".join(sorted(SYSTEMS))):
        load_sandbox("sap")
    with pytest.raises(SystemExit) as stopped:
        main(["sap"])
    assert stopped.value.code == 2
    assert "kingdee" in capsys.readouterr().err


def test_whoever_calls_between_the_printed_address_and_the_first_accept_waits() -> None:
    bound = listen(0)
    with bound, socket.create_connection(bound.getsockname(), timeout=5) as early:
        assert early.getpeername() == bound.getsockname()
