"""I1-I8 for real: `hub up` with its workers against the sandboxes over HTTP, faults armed, workers killed with -9 at random times.
What is believed at the end is what the sandboxes say."""

import contextlib
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pytest

from demo import compare
from demo.cast import Cast, company
from demo.main import SEED, truth_of
from demo.players.ec import copy_of
from demo.say import Say
from demo.stage import Stage
from demo.story import Story
from sandbox.seed import make_world
from sandbox.seed.post import seed_ec, seed_kingdee

pytestmark = [pytest.mark.slow, pytest.mark.serial]

SECONDS = 20.0
FAULTS = ("commit_then_drop", "late_commit", "drop_before_commit", "http_500", "garbage")


class TwoSystems(Story):
    """The demo's first chapters, for the CRM and the ERP."""

    def live(self) -> None:
        self.connect()
        self.first_contact()
        self.decide_doubts()
        self.release()


@pytest.fixture
def story(tmp_path: Path) -> Iterator[TwoSystems]:
    cast = Cast("ec", ("kingdee",), ())
    with Stage(tmp_path / "hub", cast.systems) as stage:
        today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
        world = make_world(SEED, customers=60, orders=60, today=today)
        seed_ec(world, stage.sandboxes["ec"].url)
        seed_kingdee(world, stage.sandboxes["kingdee"].url)
        made = TwoSystems(stage, Say(), company(cast, stage), truth_of(world))
        made.live()
        yield made


def workers() -> list[psutil.Process]:
    """The worker processes of the one `hub up` that this test started."""
    found = []
    for one in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if one.status() != "zombie" and "worker" in one.cmdline():
                found.append(one)
    return found


def killing(stop: threading.Event, chance: random.Random, killed: list[int]) -> None:
    """kill -9 of a worker, again and again, at times that nothing in the hub knows of."""
    while not stop.wait(chance.uniform(0.8, 2.5)):
        alive = workers()
        if alive:
            victim = chance.choice(alive)
            with contextlib.suppress(psutil.NoSuchProcess):
                victim.kill()
                killed.append(victim.pid)


def test_nothing_is_lost_or_doubled_while_workers_are_killed(story: TwoSystems) -> None:
    chance, stop, killed = random.Random(7), threading.Event(), list[int]()
    thread = threading.Thread(target=killing, args=(stop, chance, killed))
    thread.start()
    try:
        edits, made = trouble(story, chance)
    finally:
        stop.set()
        thread.join()
    for system in ("ec", "kingdee"):
        story.stage.user_of(system, "DELETE", "faults")
    for entity in ("customer", "order"):
        story.api.pull("ec", entity)
    story.api.idle("everything after the trouble", patience=120, settle=5)
    assert len(killed) >= 3, "workers were really killed"
    both_sides_agree(story)
    every_edit_is_everywhere(story, edits)
    assert made > 0
    nothing_is_written_any_more(story)


def trouble(story: TwoSystems, chance: random.Random) -> tuple[dict[str, str], int]:
    """Users edit and order while faults strike. Returns memo by EC customer id, and how many orders were made."""
    customers = [r for r in story.stage.records("ec", "customer") if r.get("company")]
    sales = story.stage.records("ec", "sale")
    edits: dict[str, str] = {}
    made, deadline = 0, time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        fault = {"kind": chance.choice(FAULTS), "count": 1, "delay_s": 1}
        story.stage.user_of("kingdee", "POST", "faults", {**fault, "match": {"path": "Save"}})
        row = chance.choice(customers)
        edits[str(row["crmId"])] = f"备注 {len(edits)} {made}"
        story.stage.user_of("ec", "PUT", f"records/customer/{row['crmId']}", {"memo": edits[str(row["crmId"])]})
        story.stage.user_of("ec", "POST", "records/sale", [copy_of(chance.choice(sales), 1000 + made)])
        made += 1
        time.sleep(chance.uniform(0.2, 0.8))
    return edits, made


def both_sides_agree(story: TwoSystems) -> None:
    """I1, I7, I8: each customer and each order of the CRM is at the ERP once, line by line."""
    (erp,) = story.erps
    found = compare.customers(story.crm.customers(), erp.customers(), story.truth)
    assert found.problems == []
    sales = story.crm.orders()
    orders = compare.orders(sales, {erp.system: erp.orders()}, {erp.system: found.twins})
    assert orders.problems == []
    bills = story.stage.records("kingdee", "SAL_SaleOrder")
    numbers = Counter(bill["FBillNo"] for bill in bills)
    assert max(numbers.values()) == 1
    assert len(bills) == len(sales), "no order of the hub's is there twice (I7)"


def every_edit_is_everywhere(story: TwoSystems, edits: dict[str, str]) -> None:
    """I3: the last memo of each edited customer is in the hub or, where the CRM holds the customer twice, in the inbox; and the CRM
    still shows it."""
    rows = {str(r["crmId"]): r for r in story.stage.records("ec", "customer")}
    assert {key: rows[key]["memo"] for key in edits} == edits
    ids = [row["id"] for row in story.api.rows("/records", entity="customer")]
    memos = {str(story.api.get(f"/records/{i}")["data"].get("remark")) for i in ids}
    asked = {str(item["data"]["remote"].get("remark")) for item in story.api.rows("/inbox", kind="conflict")}
    assert set(edits.values()) <= memos | asked


def nothing_is_written_any_more(story: TwoSystems) -> None:
    """I2, I6: both sides read once more in full; nobody writes."""
    before = sum(len(story.stage.journal(system)) for system in ("ec", "kingdee"))
    for system, entity in (("ec", "customer"), ("kingdee", "customer"), ("ec", "order")):
        story.api.pull(system, entity, full=True)
    story.api.idle("after reading everything again", settle=3)
    assert sum(len(story.stage.journal(system)) for system in ("ec", "kingdee")) == before
