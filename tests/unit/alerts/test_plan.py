"""From events to alerts: who is told, once, and what cannot be told is shown."""

import threading
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from hub.store.core import alert, alert_rule, business_event, record, user
from tests.records import NOW, bind, bound, put
from tests.unit.alerts.fakes import Desk, connector


def test_an_event_becomes_one_message_to_the_owner(any_desk: Desk) -> None:
    desk = any_desk
    desk.rule()
    customer = put(desk.db, "customer", {"name": "甲公司"})
    desk.event(desk.order(desk.employee("王伟", "wang"), customer))
    assert desk.plan() == 1
    row = desk.alerts()[0]
    assert (row.title, row.body, row.recipient, row.channel, row.format) == (
        "SO1",
        "甲公司 12.50",
        "wang",
        "app",
        "text",
    )
    assert (row.state, row.due_at, row.connection_id) == ("due", NOW, min(desk.clients))
    assert desk.events() == ["planned"]


def test_planning_again_changes_nothing(any_desk: Desk) -> None:
    desk = any_desk
    desk.rule()
    desk.event(desk.order(desk.employee("王伟", "wang")))
    assert (desk.plan(), desk.plan()) == (1, 0)
    with desk.db.write() as tx:
        tx.execute(update(business_event).values(state="new"))  # as if the mark had been lost
    assert desk.plan() == 0
    assert len(desk.alerts()) == 1


def test_several_planners_at_once_make_one_alert_each(any_desk: Desk) -> None:
    desk = any_desk
    desk.rule()
    wang = desk.employee("王伟", "wang")
    for _ in range(30):
        desk.event(desk.order(wang))
    made: list[int] = []
    threads = [threading.Thread(target=lambda: made.append(desk.plan())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(made), len(desk.alerts())) == (30, 30)


def test_more_events_than_a_batch(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.alerts.plan.BATCH", 3)
    desk.rule()
    wang = desk.employee("王伟", "wang")
    for _ in range(10):
        desk.event(desk.order(wang))
    assert desk.plan() == 10


def test_no_rule_no_alert(desk: Desk) -> None:
    desk.rule(enabled=False)
    desk.rule(name="r2", event="customer.created", template={"body": "x"})
    desk.event(desk.order(desk.employee("王伟", "wang")))
    assert desk.plan() == 0
    assert desk.events() == ["ignored"]


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ([{"field": "total", "op": "gt", "value": "12"}], True),
        ([{"field": "total", "op": "gt", "value": "12.5"}], False),
        ([{"field": "total", "op": "lt", "value": "100"}, {"field": "number", "op": "prefix", "value": "X"}], False),
        ([{"field": "customer.level", "op": "in", "value": ["A", "B"]}], True),
        ([{"field": "owner.department", "op": "eq", "value": "华东"}], True),
        ([{"field": "owner.department", "op": "ne", "value": "华东"}], False),
        ([{"field": "remark", "op": "empty", "value": True}], True),
    ],
)
def test_conditions_on_record_customer_and_owner(desk: Desk, when: list[Any], told: bool) -> None:
    desk.rule(when=when)
    customer = put(desk.db, "customer", {"name": "甲公司", "level": "A"})
    desk.event(desk.order(desk.employee("王伟", "wang", department="华东"), customer))
    assert desk.plan() == int(told)


@pytest.mark.parametrize(("fields", "told"), [(["total"], 1), (["remark"], 0), (["remark", "status"], 1)])
def test_only_the_fields_that_a_rule_names(desk: Desk, fields: list[str], told: int) -> None:
    desk.rule(event="order.updated", changed=["total", "status"])
    desk.event(desk.order(desk.employee("王伟", "wang")), "order.updated", fields=fields)
    assert desk.plan() == told


def test_owner_of_the_customer_and_the_same_person_once(desk: Desk) -> None:
    desk.rule(to=["owner", "customer_owner"])
    wang, li = desk.employee("王伟", "wang"), desk.employee("李娜", "li")
    desk.event(desk.order(wang, put(desk.db, "customer", {"name": "甲", "owner": li})))
    desk.event(desk.order(wang, put(desk.db, "customer", {"name": "乙", "owner": wang})))
    desk.event(desk.order(None, put(desk.db, "customer", {"name": "丙", "owner": li})))
    desk.plan()
    assert [row.recipient for row in desk.alerts()] == ["wang", "li", "wang", "li"]


def test_a_customers_own_owner(desk: Desk) -> None:
    desk.rule(event="customer.created", to=["customer_owner"], template={"body": "{{ record.name }} {{ owner.name }}"})
    desk.event(put(desk.db, "customer", {"name": "甲公司", "owner": desk.employee("王伟", "wang")}), "customer.created")
    desk.plan()
    assert (desk.alerts()[0].recipient, desk.alerts()[0].body) == ("wang", "甲公司 王伟")


def test_named_users_and_employees(desk: Desk) -> None:
    wang, _li = desk.employee("王伟", "wang"), desk.employee("李娜", "li", number="YG2")
    with desk.db.write() as tx:
        row = {
            "name": "boss",
            "role": "admin",
            "password_hash": "",
            "language": "zh",
            "active": True,
            "created_at": NOW,
        }
        tx.execute(insert(user).values(**row, employee_id=wang))
    desk.rule(
        to=[{"user": "boss"}, {"employee": "YG2"}, {"employee": "李娜"}, {"employee": "没有"}, {"user": "nobody"}]
    )
    desk.event(desk.order())
    desk.plan()
    assert [(row.recipient, row.state) for row in desk.alerts()] == [
        ("wang", "due"), ("li", "due"), ("", "refused"), ("", "refused"),
    ]  # fmt: skip
    assert "没有员工 没有" in desk.why(2)
    assert "用户 nobody" in desk.why(3)


def test_two_employees_of_one_name_are_not_guessed(desk: Desk) -> None:
    desk.employee("王伟", "wang1")
    desk.employee("王伟", "wang2")
    desk.rule(to=[{"employee": "王伟"}])
    desk.event(desk.order())
    desk.plan()
    assert "多名员工" in desk.why()


def test_nobody_to_tell_is_shown(any_desk: Desk) -> None:
    desk = any_desk
    desk.rule()
    desk.event(desk.order())
    desk.event(desk.order({"$ref": {"entity": "employee", "by": "id", "value": "7"}}))  # type: ignore[arg-type]
    desk.event(desk.order(desk.employee("离职", "left", status="disabled")))
    desk.event(desk.order(desk.employee("无号")))
    assert desk.plan() == 4
    assert desk.states() == ["refused"] * 4
    reasons = [row.receipt["reason"] for row in desk.alerts()]
    assert ["没有负责人" in one["zh"] for one in reasons] == [True, True, False, False]
    assert "已停用" in reasons[2]["zh"]
    assert "无号" in reasons[3]["zh"]
    assert all(one["en"] for one in reasons)


def test_without_a_chat_connection_it_is_shown(tmp_path: Any, desk: Desk) -> None:
    bare = Desk(desk.db, connectors={"erp": connector("erp", messages=())})
    bare.rule()
    bare.event(bare.order(bare.employee("王伟", mobile="+8613800000001")))
    bare.plan()
    assert "还没有可以发消息的连接" in bare.why()


def test_the_connection_where_the_person_is_known_is_taken(desk: Desk) -> None:
    second = desk.connect("chat2", "chat")
    desk.rule()
    desk.event(desk.order(desk.employee("王伟", "wang2", at=second)))
    desk.rule(name="r2", event="order.updated", channel={"connection": "chat", "kind": "card"})
    mobile = desk.employee("李娜", "li2", at=second, mobile="+8613800000002")
    desk.event(desk.order(mobile), "order.updated")
    desk.rule(name="r3", event="customer.created", channel={"connection": "nosuch"}, template={"body": "x"})
    desk.event(put(desk.db, "customer", {"name": "x", "owner": mobile}), "customer.created")
    desk.plan()
    rows = desk.alerts()
    assert [(row.connection_id, row.recipient) for row in rows[:2]] == [(second, "wang2"), (min(desk.clients), "")]
    assert rows[1].format == "card"
    assert "连接 nosuch 不存在" in desk.why(2)


def test_the_primary_binding_counts_before_an_alias(desk: Desk) -> None:
    desk.rule()
    wang = desk.employee("王伟", "wang")
    bind(desk.db, bound(wang, "alias", "employee", connection_id=min(desk.clients), role="alias"))
    desk.event(desk.order(wang))
    desk.plan()
    assert desk.alerts()[0].recipient == "wang"


def test_merged_records_are_their_survivors(desk: Desk) -> None:
    desk.rule()
    kept = desk.employee("王伟", "wang")
    lost = put(desk.db, "employee", {"name": "王 伟"}, state="merged", merged_into=kept)
    customer = put(desk.db, "customer", {"name": "甲公司"})
    old = put(desk.db, "customer", {"name": "旧名"}, state="merged", merged_into=customer)
    desk.event(desk.order(lost, old))
    desk.plan()
    assert (desk.alerts()[0].recipient, desk.alerts()[0].body) == ("wang", "甲公司 12.50")


def test_an_event_whose_record_is_gone_is_ignored(desk: Desk) -> None:
    desk.rule()
    desk.event(999)
    assert (desk.plan(), desk.events()) == (0, ["ignored"])


def test_a_dedupe_key_tells_a_person_once(desk: Desk) -> None:
    desk.rule(event="order.updated", dedupe="{{ record.number }} {{ now | date }}")
    order = desk.order(desk.employee("王伟", "wang"))
    for _ in range(3):
        desk.event(order, "order.updated")
    desk.event(desk.order(desk.employee("李娜", "li")), "order.updated")
    desk.later(90_000)
    assert desk.plan() == 2
    desk.later(90_000)
    desk.event(order, "order.updated")
    assert desk.plan() == 1, "the next day is another key"


def test_long_dedupe_keys_stay_different(desk: Desk) -> None:
    desk.rule(event="order.updated", dedupe="{{ record.remark }}")
    wang = desk.employee("王伟", "wang")
    for end in ("a", "b", "b"):
        desk.event(desk.order(wang, remark="长" * 2000 + end), "order.updated")
    assert desk.plan() == 2
    assert all(len(row.dedupe_key) < 400 for row in desk.alerts())


def test_a_broken_template_is_one_visible_failure(desk: Desk) -> None:
    desk.rule(template={"body": "{% if record.custom.score > 5 %}x{% endif %}ok"}, to=["owner", "robot"])
    desk.event(desk.order(desk.employee("王伟", "wang"), **{"custom.score": "many"}))
    desk.plan()
    assert desk.states() == ["refused"]
    assert "template.body" in desk.why()
    assert desk.events() == ["planned"]


def test_a_rule_that_cannot_be_read_disturbs_no_other(desk: Desk) -> None:
    desk.rule()
    with desk.db.write() as tx:
        tx.execute(insert(alert_rule).values(name="bad", enabled=True, spec={"event": "order.created"}, updated_at=NOW))
    desk.event(desk.order(desk.employee("王伟", "wang")))
    assert desk.plan() == 1


def test_quiet_hours_put_a_message_off(desk: Desk) -> None:
    desk.rule(quiet={"start": "08:00", "end": "10:00"}, working_days=True)  # it is 09:00 on a Saturday
    desk.event(desk.order(desk.employee("王伟", "wang")))
    desk.plan()
    assert desk.alerts()[0].due_at.isoformat() == "2026-11-23T00:00:00+00:00" or desk.alerts()[0].due_at > NOW
    assert desk.deliver() == 0


def test_a_year_without_calendar_is_noted(desk: Desk) -> None:
    desk.rule(working_days=True)
    desk.now = NOW.replace(year=2031)
    desk.event(desk.order(desk.employee("王伟", "wang")))
    desk.plan()
    assert "2031" in desk.alerts()[0].receipt["note"]["zh"]


def test_the_group_robot_is_told_once_and_mentions_the_owner(desk: Desk) -> None:
    desk.rule(to=["robot", {"robot": "chat"}], channel={"mention": True, "kind": "markdown"})
    desk.event(desk.order(desk.employee("王伟", "wang")))
    desk.event(desk.order())
    desk.plan()
    assert [(row.channel, row.recipient, row.employee_id) for row in desk.alerts()] == [
        ("robot", "wang", None),
        ("robot", "", None),
    ]


def test_two_robots_must_be_told_apart(desk: Desk) -> None:
    desk.connect("chat2", "chat")
    desk.rule(to=["robot"])
    desk.rule(name="r2", to=[{"robot": "chat2"}])
    desk.event(desk.order())
    desk.plan()
    assert desk.states() == ["refused", "due"]
    assert "指定一个" in desk.why()


def test_links_point_at_the_record(desk: Desk) -> None:
    desk.rule()
    order = desk.order(desk.employee("王伟", "wang"))
    desk.event(order)
    desk.plan(public_url="https://hub.example/")
    assert desk.alerts()[0].url == f"https://hub.example/records/{order}"


def test_times_are_in_the_zone_of_the_company(desk: Desk) -> None:
    desk.rule(template={"body": "{{ event.at | date: '%H:%M' }} {{ event.connection }} {{ event.kind }}"})
    desk.event(desk.order(desk.employee("王伟", "wang")), connection="crm")
    desk.plan(zone="Asia/Urumqi")
    assert desk.alerts()[0].body == "07:00 crm order.created"


def test_a_batch_asks_the_database_a_handful_of_questions(desk: Desk) -> None:
    from sqlalchemy import event as sqlalchemy_event

    desk.rule()
    wang = desk.employee("王伟", "wang")
    for _ in range(100):
        desk.event(desk.order(wang, put(desk.db, "customer", {"name": "x"})))
    asked: list[str] = []
    sqlalchemy_event.listen(desk.db.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    assert desk.plan() == 100
    assert len([text for text in asked if text.startswith("SELECT")]) < 15


def test_nothing_is_written_when_a_batch_fails(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.rule()
    desk.event(desk.order(desk.employee("王伟", "wang")))

    def fail(*_args: Any, **_more: Any) -> Any:
        raise RuntimeError("disk full")

    monkeypatch.setattr("hub.alerts.plan.upsert", fail)
    with pytest.raises(RuntimeError):
        desk.plan()
    monkeypatch.undo()
    assert (desk.events(), desk.alerts()) == (["new"], [])
    assert desk.plan() == 1
    with desk.db.read() as tx:
        assert len(tx.execute(select(alert.c.id).join(record, record.c.id == alert.c.record_id)).all()) == 1
