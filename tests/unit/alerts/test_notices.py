"""The admins hear of trouble once: a connection that stopped, one that stays unreachable, one that is back, and a full inbox."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from hub.alerts.hours import save_calendar
from hub.alerts.notices import LONG_S, connection_events, inbox_event
from hub.alerts.rules import install_shipped, parse_rule
from hub.errors import BadInput, CredentialsRejected, SetupError, Unreachable
from hub.store.core import business_event, connection, inbox_item, user
from hub.store.events import lasting, note_events, pause_broken
from tests.records import NOW
from tests.unit.alerts.fakes import Desk, connector

ZONE = "Asia/Shanghai"
WRONG = CredentialsRejected("应用密钥不对", "wrong secret").put_right_by(
    "hub_admin", "在“安全设置”里复制密钥", "copy the secret"
)


@pytest.fixture
def office(any_desk: Desk) -> Desk:
    """With the default rules, an ERP beside the chat, and one admin who is known there."""
    desk = any_desk
    desk.connectors["erp"] = connector("erp", messages=())
    desk.connect("erp", "erp")
    with desk.db.write() as tx:
        install_shipped(tx, NOW)
    admin(desk, "boss", desk.employee("陈静", "chen"))
    return desk


def admin(desk: Desk, name: str, employee: int | None, role: str = "admin") -> None:
    row = {"name": name, "role": role, "password_hash": "", "employee_id": employee, "language": "zh", "active": True}
    with desk.db.write() as tx:
        tx.execute(insert(user).values(**row, created_at=NOW))


def erp(desk: Desk) -> int:
    with desk.db.read() as tx:
        return int(tx.execute(select(connection.c.id).where(connection.c.name == "erp")).scalar_one())


def set_(desk: Desk, key: int, **values: Any) -> None:
    with desk.db.write() as tx:
        tx.execute(update(connection).where(connection.c.id == key).values(**values))


def pause(desk: Desk, key: int, error: SetupError = WRONG) -> None:
    with desk.db.write() as tx:
        pause_broken(tx, key, error, desk.now)


def fail(desk: Desk, key: int, failures: int = 1) -> None:
    with desk.db.read() as tx:
        before = tx.execute(select(connection.c.reason).where(connection.c.id == key)).scalar()
    reason = lasting(Unreachable("没有应答", "no reply"), desk.now, before if failures > 1 else None)
    set_(desk, key, failures=failures, reason=reason)


def told(desk: Desk) -> list[str]:
    """Looks, plans and delivers; what has arrived at the first chat since the last time."""
    connection_events(desk.db, desk.now, zone=ZONE)
    desk.plan()
    before = len(desk.chat.arrived)
    desk.deliver()
    return [f"{message.title}\n{message.body}" for message in desk.chat.arrived[before:]]


def test_a_pause_is_told_once_with_what_happened_whose_job_it_is_and_what_to_run(office: Desk) -> None:
    pause(office, erp(office))
    (text,) = told(office)
    assert text.splitlines()[:3] == [
        "连接 erp 已暂停",
        "应用密钥不对",
        "由中枢管理员处理：在“安全设置”里复制密钥",
    ]
    assert "hub connections test erp" in text
    assert told(office) == []
    office.now += timedelta(days=3)
    assert told(office) == []


def test_a_pause_after_a_resume_is_another_one(office: Desk) -> None:
    pause(office, erp(office))
    assert len(told(office)) == 1
    set_(office, erp(office), state="active", reason=None)
    office.now += timedelta(minutes=5)
    assert told(office) == []  # whoever resumed it knows
    pause(office, erp(office))
    assert len(told(office)) == 1


def test_what_a_person_paused_is_nobodys_trouble(office: Desk) -> None:
    set_(office, erp(office), state="paused", reason={"zh": "月末结账", "en": "closing"})
    assert told(office) == []


def test_an_outage_is_told_when_it_lasts_and_its_end_too(office: Desk) -> None:
    key = erp(office)
    fail(office, key)
    assert told(office) == []
    office.now += timedelta(seconds=LONG_S - 1)
    fail(office, key, failures=9)
    assert told(office) == []
    office.now += timedelta(seconds=2)
    (text,) = told(office)
    assert "连接 erp 持续不通" in text
    assert "没有应答" in text
    assert told(office) == []
    set_(office, key, failures=0, reason=None)
    office.now += timedelta(minutes=1)
    (text,) = told(office)
    assert "连接 erp 已恢复" in text
    assert told(office) == []


def test_a_short_outage_is_told_neither_when_it_begins_nor_when_it_ends(office: Desk) -> None:
    fail(office, erp(office))
    assert told(office) == []
    set_(office, erp(office), failures=0, reason=None)
    office.now += timedelta(seconds=LONG_S)
    assert told(office) == []


def test_events_that_do_not_arrive_are_trouble_as_well(office: Desk) -> None:
    with office.db.write() as tx:
        note_events(tx, erp(office), "stream", office.now, Unreachable("长连接打不开", "the stream does not open"))
    office.now += timedelta(seconds=LONG_S)
    (text,) = told(office)
    assert "长连接打不开" in text


def test_that_a_chat_is_down_is_told_in_another_one(office: Desk) -> None:
    from tests.records import bind, bound

    other = office.connect("chat2", "chat")
    with office.db.read() as tx:
        employee = tx.execute(select(user.c.employee_id).where(user.c.name == "boss")).scalar_one()
    bind(office.db, bound(employee, "chen2", "employee", connection_id=other))
    pause(office, min(office.clients))
    assert told(office) == []
    (message,) = office.clients[other].arrived
    assert (message.title, message.to) == ("连接 chat 已暂停", ("chen2",))


def test_every_admin_hears_and_nobody_else(office: Desk) -> None:
    admin(office, "second", office.employee("李强", "li"))
    admin(office, "untied", None)
    admin(office, "sales", office.employee("王伟", "wang"), role="sales")
    pause(office, erp(office))
    told(office)
    assert sorted(message.to for message in office.chat.arrived) == [("chen",), ("li",)]


def test_without_an_admin_who_can_be_reached_it_is_a_visible_failure(any_desk: Desk) -> None:
    with any_desk.db.write() as tx:
        install_shipped(tx, NOW)
    pause(any_desk, min(any_desk.clients))
    assert told(any_desk) == []
    (row,) = any_desk.alerts()
    assert row.state == "refused"
    assert "hub users change" in row.receipt["reason"]["zh"]


def open_items(desk: Desk, *kinds: str, days: int = 0) -> None:
    rows = [
        {
            "kind": kind,
            "dedupe_key": f"{kind}{i}",
            "connection_id": erp(desk),
            "entity": "order",
            "zh": "",
            "en": "",
            "data": {},
        }
        for i, kind in enumerate(kinds)
    ]
    at = NOW - timedelta(days=days)
    with desk.db.write() as tx:
        tx.execute(
            insert(inbox_item),
            [{**row, "state": "open", "revision": 1, "opened_at": at, "refreshed_at": at} for row in rows],
        )


def test_what_waits_is_told_on_working_days_once_a_day(office: Desk) -> None:
    monday, saturday = date(2026, 11, 23), date(2026, 11, 28)
    assert inbox_event(office.db, monday, office.now) == 0
    open_items(office, "rejected", "rejected", "conflict", days=2)
    assert inbox_event(office.db, saturday, office.now) == 0
    assert inbox_event(office.db, monday, office.now) == 1
    inbox_event(office.db, monday, office.now)
    (text,) = told(office)
    assert text.splitlines() == [
        "有 3 条待处理",
        "erp 未能写入：2 条",
        "erp 冲突：1 条",
        "最早的已等待 2 天；查看：hub inbox list",
    ]
    save_calendar(office.db, {"2026-11-28": "work"}, who="boss", now=NOW)
    assert inbox_event(office.db, saturday, office.now) == 1


def test_a_rule_about_the_hub_has_no_owner_and_fields_of_its_own() -> None:
    rule = {"name": "x", "event": "connection.paused", "template": {"body": "{{ record.message }}"}}
    given = {**rule, "to": [{"user": "boss"}], "when": [{"field": "system", "value": "acme"}]}
    assert parse_rule(given).event == "connection.paused"
    for wrong in (
        {"to": ["owner"]},
        {"to": ["admins"], "when": [{"field": "total", "value": "1"}]},
        {"to": ["admins"], "template": {"body": "{{ record.total }}"}},
        {"to": ["admins"], "event": "connection.created"},
    ):
        with pytest.raises(BadInput):
            parse_rule({**rule, **wrong})


def test_rules_that_come_with_an_upgrade_are_added_and_what_was_deleted_stays_so(any_desk: Desk) -> None:
    from sqlalchemy import delete

    from hub.alerts.rules import INSTALLED, list_rules
    from hub.store.core import alert_rule, setting

    with any_desk.db.write() as tx:
        install_shipped(tx, NOW)
        tx.execute(delete(alert_rule).where(alert_rule.c.name.in_(["new-order", "inbox-waiting"])))
        had = tx.execute(select(setting.c.value).where(setting.c.name == INSTALLED)).scalar_one()
        before = [name for name in had if name != "inbox-waiting"]  # as if the last version had not had it
        tx.execute(update(setting).where(setting.c.name == INSTALLED).values(value=before))
    with any_desk.db.write() as tx:
        assert install_shipped(tx, NOW) == ["inbox-waiting"]
        assert install_shipped(tx, NOW) == []
    names = {stored.name for stored in list_rules(any_desk.db)}
    assert "inbox-waiting" in names
    assert "new-order" not in names
    with any_desk.db.read() as tx:
        assert tx.execute(select(business_event.c.id)).all() == []
