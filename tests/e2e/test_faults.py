"""Faults, end to end on the real engine, connectors and sandboxes: each heals or is named; nothing is lost, nothing written
twice, and it is the sandboxes that are asked. docs/faults.md lists these with what a user sees."""

import sqlite3
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from hub.setup.connections import change_settings
from hub.store.inbound import keep
from tests.e2e.stage import Stage, full_disk, names, speaks_both, stage
from tests.unit.queue.fake_engine import wait_for

__all__ = ["stage"]


def created(stage: Stage, kind: str = "BD_Customer") -> int:
    return sum(entry["kind"] == "create" for entry in stage.written("erp", kind))


def test_errors_inside_http_200_back_off_and_heal(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"crm": {"rate_limit_answer": "code"}})
    try:
        stage.first_contact()
        before = stage.checkpoint("crm", "customer")
        stage.wait(120)
        stage.customers("甲公司")
        stage.fault("crm", "rate_limited", rate=1.0)
        report = stage.pull("crm", "customer")
        assert report.state == "failed"
        assert report.error is not None
        speaks_both(report.error)
        state = stage.state_of("crm")
        assert (state.state, state.failures) == ("active", 1)
        assert state.resume_at > stage.hub.now(), "nobody calls it meanwhile"
        assert stage.checkpoint("crm", "customer") == before
        stage.heal("crm")
        stage.wait()
        stage.poll()
        assert [row.title for row in stage.records("customer")] == ["甲公司"]
        assert stage.state_of("crm").failures == 0
    finally:
        stage.close()


@pytest.mark.parametrize("fault", ["garbage", "http_500", "timeout"])
def test_a_foreign_body_while_reading_moves_no_checkpoint(stage: Stage, fault: str) -> None:
    stage.customers("甲公司", "乙公司")
    for name in ("crm", "erp"):
        stage.pull(name, "employee", full=True)
    stage.fault("crm", fault, rate=1.0, delay_s=0.01)
    report = stage.pull("crm", "customer", full=True)
    assert report.state == "failed"
    assert report.error is not None
    speaks_both(report.error)
    assert "<html" not in str(report.error["zh"]) + str(report.error["en"])
    assert stage.records("customer") == []
    assert stage.checkpoint("crm", "customer") is None
    stage.heal("crm")
    stage.wait()
    assert stage.pull("crm", "customer", full=True).state == "ok"
    assert len(stage.records("customer")) == 2


@pytest.mark.parametrize("fault", ["commit_then_drop", "drop_before_commit", "late_commit", "garbage", "http_500"])
def test_a_reply_that_is_lost_or_foreign_while_writing_makes_no_second_record(stage: Stage, fault: str) -> None:
    stage.customers("甲公司")
    stage.first_contact("customer")
    commit = {"commit": True} if fault in ("garbage", "http_500") else {}
    delay = {"delay_s": 0.3} if fault == "late_commit" else {}
    stage.fault("erp", fault, count=1, match={"path": "save"}, **commit, **delay)
    stage.work()
    if fault == "late_commit":
        wait_for(lambda: stage.erp_names() == ["甲公司"])
    for _ in range(4):
        stage.wait(30)
        stage.work()
    assert stage.erp_names() == ["甲公司"]
    assert created(stage) == 1
    [bound] = [row for row in stage.bindings("erp", "customer") if row.state == "linked"]
    assert bound.external_id == str(stage.rows("erp", "BD_Customer")[0]["FCUSTID"])
    assert stage.inbox() == []


def test_a_token_that_expires_in_mid_page_loses_no_record(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"erp": {"row_cap": 4}})
    try:
        stage.seed(
            "erp", "BD_Customer", *({"FNumber": f"C{n:02}", "FName": f"公司{n}", "audited": True} for n in range(15))
        )
        for name in ("crm", "erp"):
            stage.pull(name, "employee", full=True)
        stage.fault("erp", "token_expired", count=1, match={"path": "Query"})
        report = stage.pull("erp", "customer", full=True)
        assert (report.state, report.counts["fetched"]) == ("ok", 15)
        assert len(stage.records("customer")) == 15
    finally:
        stage.close()


def test_pages_that_shift_while_being_read_lose_no_record(stage: Stage) -> None:
    """While the first page is on its way, users edit what stands on it and add more: both are on later pages, or in the next poll."""
    made = stage.customers(*(f"公司{n}" for n in range(450)))
    for name in ("crm", "erp"):
        stage.pull(name, "employee", full=True)
    stage.fault("crm", "slow", count=3, delay_s=0.4, match={"path": "customer"})
    reading = threading.Thread(target=stage.pull, args=("crm", "customer"), kwargs={"full": True})
    reading.start()
    wait_for(lambda: stage.fired("crm", "slow") >= 2)  # the first page has left, the second is under way
    for row in (made[0], made[200], made[449]):
        stage.edit("crm", "customer", row["crmId"], company=row["company"] + "改")
    stage.customers("新来的公司")
    reading.join()
    stage.wait(120)
    stage.poll()
    assert sorted(row.title for row in stage.records("customer")) == names(stage.rows("crm", "customer"), "company")
    assert len(stage.records("customer")) == 451


def test_webhooks_replayed_and_out_of_order_end_at_the_vendors_state(stage: Stage) -> None:
    [customer] = stage.customers("甲公司")
    stage.first_contact("customer")
    stage.work()
    stage.wait(60)
    stage.edit("crm", "customer", customer["crmId"], companyAddress="旧地址")
    stage.edit("crm", "customer", customer["crmId"], companyAddress="新地址")
    [later] = stage.customers("乙公司")
    hints = [
        ("customer.update", "late"),
        ("customer.update", "early"),
        ("customer.update", "late"),
        ("customer.create", "x"),
    ]
    ids = [customer["crmId"], customer["crmId"], customer["crmId"], later["crmId"]]
    for (name, key), number in zip(hints, ids, strict=True):
        row = {"connection_id": stage.ids["crm"], "key": key, "received_at": stage.hub.now()}
        hint = {"entity": "customer", "id": str(number), "event": name, "key": key}
        with stage.hub.db.write() as tx:
            keep(tx, [row | {"hints": [hint]}])
    assert stage.hub.engine.intake() == 3, "the replayed delivery was kept once"
    stage.poll()
    assert {row["FName"]: (row["FADDRESS"] or "").strip() for row in stage.rows("erp", "BD_Customer")} == {
        "甲公司": "新地址",
        "乙公司": "",
    }
    assert created(stage) == 2
    assert stage.poll() == [], "and nothing goes on from there"


def test_a_full_disk_sends_nothing_and_everything_goes_on_when_there_is_room(stage: Stage) -> None:
    stage.customers(*(f"公司{n}" for n in range(30)))
    for name in ("crm", "erp"):
        stage.pull(name, "employee", full=True)
    with full_disk(stage), pytest.raises(OperationalError, match="full"):
        stage.pull("crm", "customer", full=True)
    assert stage.records("customer") == []
    assert stage.checkpoint("crm", "customer") is None
    stage.wait()
    stage.first_contact("customer")
    with full_disk(stage), pytest.raises(OperationalError, match="full"):
        stage.push("erp", "customer")
    assert stage.written("erp", "BD_Customer") == [], "no intent, no call"
    stage.wait()
    stage.work()
    assert stage.erp_names() == sorted(f"公司{n}" for n in range(30))
    assert created(stage) == 30


def test_a_locked_database_is_waited_for(stage: Stage) -> None:
    """Another program (a backup, an admin's shell) holds the write lock for a second in the middle of the work."""
    stage.customers(*(f"公司{n}" for n in range(20)))
    stage.first_contact("customer")
    holder = sqlite3.connect(stage.hub.folder / "hub.sqlite", isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    release = threading.Timer(1.0, lambda: holder.execute("ROLLBACK"))
    release.start()
    begun = time.monotonic()
    stage.work()
    assert time.monotonic() - begun > 0.8
    release.join()
    holder.close()
    assert len(stage.erp_names()) == created(stage) == 20


def test_wrong_credentials_pause_the_connection_and_say_so_once(stage: Stage) -> None:
    stage.customers("甲公司")
    stage.first_contact("customer")
    right = stage.sandboxes["erp"].credentials
    change_settings(stage.hub, "erp", {"app_secret": "0" * 32}, who="test")
    assert stage.push("erp", "customer").state == "failed"
    state = stage.state_of("erp")
    assert state.state == "paused"
    speaks_both(state.reason)
    calls = len(stage.control("erp", "GET", "counters")["calls"])
    assert stage.work() == [], "a paused connection is left alone"
    assert len(stage.control("erp", "GET", "counters")["calls"]) == calls
    assert stage.written("erp", "BD_Customer") == []
    change_settings(stage.hub, "erp", {"app_secret": right["app_secret"]}, who="test")
    stage.hub.engine.resume(stage.ids["erp"], who="test")
    stage.poll()
    assert stage.erp_names() == ["甲公司"]
