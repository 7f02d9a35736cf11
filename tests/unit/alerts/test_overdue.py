"""Events that the calendar makes: overdue and due soon, once per instalment, rule and step."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update

from hub.alerts.overdue import overdue_events
from hub.store.core import business_event, record
from tests.records import NOW, put
from tests.unit.alerts.fakes import Desk

DUE = date(2026, 11, 1)
BODY = {"body": "{{ record.number }} {{ days_overdue }} {{ outstanding | money: record.currency }}"}


def late(desk: Desk, **changes: Any) -> None:
    desk.rule(**{"name": "late", "event": "receivable.overdue", "template": BODY, **changes})


def owed(desk: Desk, amount: str = "100", **data: Any) -> int:
    base = {"number": "AR1", "date": "2026-01-01", "due_date": DUE.isoformat(), "currency": "CNY", "status": "open"}
    return put(desk.db, "receivable", {**base, "amount": amount, **data})


def raised(desk: Desk, days: int) -> int:
    return overdue_events(desk.db, DUE + timedelta(days=days), NOW)


def steps(desk: Desk) -> list[Any]:
    with desk.db.read() as tx:
        return [data["step"] for data in tx.scalars(select(business_event.c.data).order_by(business_event.c.id))]


def test_each_step_is_told_once(any_desk: Desk) -> None:
    desk = any_desk
    late(desk, days=[1, 7, 30])
    owed(desk)
    assert [raised(desk, day) for day in range(-2, 32)].count(1) == 3
    assert steps(desk) == [1, 7, 30]


def test_a_hub_that_slept_tells_the_highest_step_only(desk: Desk) -> None:
    late(desk)
    owed(desk)
    assert raised(desk, 20) == 1
    assert steps(desk) == [15]


def test_steps_of_long_ago_are_passed_over(desk: Desk) -> None:
    late(desk)
    owed(desk)
    assert (raised(desk, 120), raised(desk, 121)) == (1, 0)
    late(desk, name="other")
    assert raised(desk, 121) == 0


def test_two_rules_have_their_own_steps(desk: Desk) -> None:
    late(desk, days=[1, 7])
    late(desk, name="boss", days=[7])
    owed(desk)
    assert [raised(desk, 1), raised(desk, 7)] == [1, 2]


def test_each_instalment_counts_by_itself(desk: Desk) -> None:
    late(desk, days=[1])
    lines = [
        {"id": "1", "due_date": "2026-11-01", "amount": "60"},
        {"id": "2", "due_date": "2026-11-05", "amount": "40"},
    ]
    owed(desk, instalments=lines)
    assert [raised(desk, 1), raised(desk, 5)] == [1, 1]


def test_what_is_paid_or_owed_to_the_customer_is_not_told(desk: Desk) -> None:
    late(desk)
    paid = owed(desk)
    put(desk.db, "settlement", {"receivable": paid, "amount": "100", "date": "2026-02-01"})
    owed(desk, "-5")
    owed(desk, status="draft")
    assert raised(desk, 8) == 0


def test_a_postponed_instalment_may_become_overdue_anew(desk: Desk) -> None:
    late(desk, days=[1])
    key = owed(desk)
    assert raised(desk, 1) == 1
    with desk.db.write() as tx:
        row = tx.execute(select(record.c.data).where(record.c.id == key)).scalar_one()
        values = {"data": {**row, "due_date": "2026-11-10"}, "version": record.c.version + 1}
        tx.execute(update(record).where(record.c.id == key).values(**values))
    assert [raised(desk, 2), raised(desk, 10)] == [0, 1]


def test_due_soon_is_told_before(desk: Desk) -> None:
    late(desk, event="receivable.due_soon", days=[3, 1], template={"body": "{{ days_to_due }}"})
    owed(desk)
    assert [raised(desk, day) for day in (-5, -4, -3, -2, -1, 0, 1)] == [0, 0, 1, 0, 1, 0, 0]


def test_no_rule_reads_no_books(desk: Desk) -> None:
    late(desk, enabled=False)
    owed(desk)
    assert raised(desk, 8) == 0


def test_the_message_says_what_is_left_and_whose_it_is(desk: Desk) -> None:
    late(
        desk,
        when=[{"field": "outstanding", "op": "gt", "value": "50"}, {"field": "days_overdue", "op": "lt", "value": 30}],
    )
    wang = desk.employee("王伟", "wang")
    key = owed(desk, owner=wang)
    put(desk.db, "settlement", {"receivable": key, "amount": "30", "date": "2026-02-01"})
    owed(desk, "40", owner=wang)
    assert raised(desk, 8) == 2
    desk.run()
    assert [message.body for message in desk.chat.arrived] == ["AR1 8 70.00"]


def test_hundreds_at_once(desk: Desk) -> None:
    late(desk)
    for _ in range(30):
        owed(desk)
    assert (raised(desk, 1), raised(desk, 1)) == (30, 0)


def test_the_old_debts_of_a_new_hub_bury_nobody(desk: Desk) -> None:
    late(desk)
    wang, li = desk.employee("王伟", "wang"), desk.employee("李娜", "li")
    for _ in range(12):
        owed(desk, owner=wang)  # 20 days late: step 15 was five days ago
    owed(desk, owner=wang, due_date="2026-11-06")  # reached step 15 today
    owed(desk, owner=wang, due_date="2026-11-05")  # and yesterday
    for _ in range(10):
        owed(desk, owner=li)
    assert raised(desk, 20) == 12
    desk.run()
    arrived = [message.to[0] for message in desk.chat.arrived]
    assert (arrived.count("wang"), arrived.count("li")) == (2, 10)
    assert desk.events().count("ignored") == 12
    assert raised(desk, 21) == 0, "what was passed over is not told a day later either"
    assert raised(desk, 30) == 22, "the next step is told to both"
