"""kill -9 of a real worker process in the middle of its writes to a real server: whatever it had sent is found, not sent again.
tests/sync takes the engine apart at every single step; here it is processes, sockets and a file."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.stage import Stage, names, stage
from tests.unit.queue.fake_engine import wait_for

__all__ = ["stage"]
ROOT = Path(__file__).parents[2]
CUSTOMERS, KILLS = 240, 6
pytestmark = pytest.mark.slow


def start(stage: Stage, name: str) -> "subprocess.Popen[str]":
    command = [sys.executable, str(ROOT / "tests/e2e/dying_worker.py"), str(stage.hub.folder), name]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_killed_again_and_again_every_customer_and_order_is_there_once(stage: Stage) -> None:
    made = stage.customers(*(f"公司{n}" for n in range(CUSTOMERS)))
    for customer in made[:60]:
        stage.sale(customer)
    stage.first_contact("customer", "order")
    stage.fault("erp", "slow", rate=0.5, delay_s=0.05)
    stage.fault("erp", "commit_then_drop", rate=0.1, match={"path": "save"})
    chance = random.Random(7)
    for round_ in range(KILLS):
        worker = start(stage, f"w{round_}")
        if round_ == 0:
            wait_for(lambda: stage.erp_names() != [], 60)
        time.sleep(chance.uniform(0.05, 0.6))
        os.kill(worker.pid, signal.SIGKILL)
        worker.communicate()
        stage.hub.engine.release_worker(f"w{round_}")
    stage.heal("erp")
    for _ in range(4):
        stage.wait(60)
        stage.work()
    assert stage.erp_names() == sorted(f"公司{n}" for n in range(CUSTOMERS))
    creates = [entry["data"] for entry in stage.written("erp", "BD_Customer") if entry["kind"] == "create"]
    assert names(creates, "FName") == stage.erp_names(), "written once each"
    assert len(stage.rows("erp", "SAL_SaleOrder")) == 60
    assert {row["FDocumentStatus"] for row in stage.rows("erp", "BD_Customer")} == {"C"}
    assert all(row.external_id for row in stage.bindings("erp", "customer"))
    assert stage.inbox() == []


def test_a_restored_backup_gives_no_number_out_twice(stage: Stage) -> None:
    """After a restore the hub knows less than the vendors do, and its counters stand where they stood."""
    from hub.store.backup import backup

    stage.customers("甲公司")
    stage.first_contact("customer")
    stage.work()
    backup(stage.hub.db, stage.hub.folder / "copy.db")
    stage.wait(60)
    stage.customers("乙公司")
    stage.poll()
    assert stage.erp_names() == ["乙公司", "甲公司"]
    stage.hub.clients.close()
    stage.hub.db.close()
    for suffix in ("-wal", "-shm"):
        (stage.hub.folder / f"hub.sqlite{suffix}").unlink(missing_ok=True)
    (stage.hub.folder / "copy.db").replace(stage.hub.folder / "hub.sqlite")
    stage.wait(60)
    stage.customers("丙公司")
    stage.poll()
    for _ in range(3):
        stage.wait(60)
        stage.poll()
    found = {row["FName"]: row["FNumber"] for row in stage.rows("erp", "BD_Customer")}
    assert {"甲公司", "乙公司"} <= set(found)
    titles = sorted(row.title for row in stage.records("customer"))
    assert titles == sorted(row["company"] for row in stage.rows("crm", "customer")), "no two became one"
    waiting = [item for item in stage.inbox() if item.kind == "rejected"]
    assert "丙公司" in found or waiting, "what cannot be written says so"
