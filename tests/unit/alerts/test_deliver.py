"""Delivery: one call per alert, every outcome kept, nothing sent twice without a person or the vendor's word for it."""

from typing import Any

import pytest
from sqlalchemy import select, update

from hub.alerts.again import send_again
from hub.alerts.deliver import GIVE_UP
from hub.alerts.outbox import LEASE_S
from hub.connector.contract import Delivery
from hub.errors import (
    BadInput,
    ConfigInvalid,
    CredentialsRejected,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RecordGone,
    RecordRejected,
    Unreachable,
    Vendor,
)
from hub.store.core import audit, connection, record
from hub.store.retention import purge
from tests.records import NOW
from tests.unit.alerts.fakes import Desk, connector

LOST = OutcomeUnknown("没有答复", "no reply", vendor=Vendor(system="chat", operation="send", code="-1"))
AWAY = Unreachable("连不上", "cannot connect", after=1)
BUSY = RateLimited("太快了", "too fast", after=60)


def told(desk: Desk, count: int = 1, **rule: Any) -> Desk:
    """`count` orders of 王伟, planned."""
    desk.rule(**rule)
    wang = desk.employee("王伟", "wang")
    for _ in range(count):
        desk.event(desk.order(wang))
    desk.plan()
    return desk


def once(desk: Desk) -> Desk:
    desk.connectors["chat"] = connector(messages_once_s={"app": 1500})
    return desk


def test_the_receipt_is_kept(any_desk: Desk) -> None:
    desk = told(any_desk)
    desk.chat.outcomes = [Delivery("msg-1")]
    assert desk.deliver() == 1
    row = desk.alerts()[0]
    assert (row.state, row.receipt, row.sent_at, row.due_at, row.attempts) == (
        "delivered", {"id": "msg-1"}, row.sent_at, None, 1,
    )  # fmt: skip
    assert row.sent_at >= NOW
    assert desk.deliver() == 0
    message = desk.chat.arrived[0]
    assert (message.to, message.title, message.kind, message.channel) == (("wang",), "SO1", "text", "app")


def test_a_limit_is_kept_and_the_oldest_go_first(any_desk: Desk) -> None:
    desk = told(any_desk, 5)
    assert [desk.deliver(2), desk.deliver(2), desk.deliver(2)] == [2, 2, 1]
    assert [message.key for message in desk.chat.arrived] == [f"alert-{row.id}" for row in desk.alerts()]


@pytest.mark.parametrize(
    "outcome",
    [
        Delivery("m", {"wang": "invaliduser"}),
        RecordRejected("invaliduser", "invaliduser"),
        RecordGone("invaliduser", "invaliduser"),
        BadInput("invaliduser", "invaliduser"),
    ],
)
def test_refusals_keep_the_vendors_word(desk: Desk, outcome: Any) -> None:
    told(desk).chat.outcomes = [outcome]
    desk.deliver()
    assert desk.states() == ["refused"]
    assert "invaliduser" in desk.why()
    assert desk.alerts()[0].due_at is None


def test_a_vendor_that_may_have_dropped_it_is_unknown(desk: Desk) -> None:
    told(desk).chat.outcomes = [Delivery("m", uncertain=("wang",))]
    desk.deliver()
    assert desk.states() == ["unknown"]
    assert "丢弃" in desk.why()


def test_a_quota_holds_up_one_message_not_the_others(desk: Desk) -> None:
    told(desk, 2).chat.outcomes = [BUSY]
    desk.deliver()
    assert desk.states() == ["due", "delivered"]
    desk.later(59)
    assert desk.deliver() == 0
    desk.later(2)
    desk.deliver()
    assert desk.states() == ["delivered"] * 2


def test_an_outage_holds_up_the_whole_connection_and_backs_off(desk: Desk) -> None:
    told(desk, 3).chat.outcomes = [AWAY, AWAY, AWAY]
    desk.deliver()
    assert len(desk.chat.seen) == 1, "the others need not try"
    waits = [(row.due_at - NOW).total_seconds() for row in desk.alerts()]
    assert all(29 < wait < 40 for wait in waits)
    desk.later(60)
    desk.deliver()
    assert len(desk.chat.seen) == 2
    assert (desk.alerts()[0].due_at - desk.now).total_seconds() > 50
    desk.later(100)
    desk.deliver()
    desk.later(300)
    desk.deliver()
    assert desk.states() == ["delivered"] * 3


def test_old_news_is_given_up_visibly(desk: Desk) -> None:
    told(desk).chat.outcomes = [BUSY, BUSY]
    desk.deliver()
    desk.later(GIVE_UP.total_seconds() + 1)
    desk.deliver()
    assert desk.states() == ["refused"]
    assert "太快了" in desk.why()


def test_wrong_credentials_pause_the_connection_once(desk: Desk) -> None:
    error = CredentialsRejected("Secret 不正确", "wrong secret")
    told(desk, 3).chat.outcomes = [error]
    desk.deliver()
    assert (desk.states(), len(desk.chat.seen)) == (["due"] * 3, 1)
    with desk.db.read() as tx:
        row = tx.execute(select(connection)).one()
    assert (row.state, row.reason["zh"]) == ("paused", "Secret 不正确")
    desk.later(1000)
    assert desk.deliver() == 0
    with desk.db.write() as tx:
        tx.execute(update(connection).values(state="active", reason=None))
    desk.later(1000)
    desk.deliver()
    assert desk.states() == ["delivered"] * 3


def test_a_robot_that_is_not_set_up_does_not_stop_the_connection(desk: Desk) -> None:
    told(desk, to=["robot"]).chat.outcomes = [ConfigInvalid("没有 key", "no key")]
    desk.deliver()
    assert desk.states() == ["refused"]
    with desk.db.read() as tx:
        assert tx.execute(select(connection.c.state)).scalar_one() == "active"


def test_a_connection_that_is_no_more(desk: Desk) -> None:
    told(desk)
    desk.broken[min(desk.clients)] = NotFound("没有连接", "no connection")
    desk.deliver()
    assert desk.states() == ["refused"]


def test_a_lost_reply_is_unknown_where_the_vendor_drops_no_repeat(desk: Desk) -> None:
    told(desk).chat.outcomes = [("arrives", LOST)]
    desk.deliver()
    assert desk.states() == ["unknown"]
    assert desk.alerts()[0].receipt["vendor"]["code"] == "-1"
    desk.later(100_000)
    assert desk.deliver() == 0
    assert len(desk.chat.seen) == 1


def test_a_lost_reply_is_repeated_to_the_byte_where_the_vendor_drops_it(desk: Desk) -> None:
    told(once(desk)).chat.outcomes = [("arrives", LOST), ("arrives", LOST)]
    for wait in (0, 61, 301):
        desk.later(wait)
        desk.deliver()
    assert desk.states() == ["delivered"]
    assert (len(desk.chat.seen), len(desk.chat.arrived), len(set(desk.chat.seen))) == (3, 1, 1)


def test_repeats_end_before_the_vendor_forgets(desk: Desk) -> None:
    told(once(desk)).chat.outcomes = [("arrives", LOST)] * 9
    for wait in (0, 61, 301, 901, 3000):
        desk.later(wait)
        desk.deliver()
    assert (desk.states(), len(desk.chat.seen)) == (["unknown"], 4)


def test_a_quota_during_a_repeat_does_not_reset_the_clock(desk: Desk) -> None:
    told(once(desk)).chat.outcomes = [("arrives", LOST), BUSY]
    desk.deliver()
    desk.later(61)
    desk.deliver()
    desk.later(2000)
    desk.deliver()
    assert (desk.states(), len(desk.chat.seen)) == (["unknown"], 2)


def test_the_robot_is_never_repeated(desk: Desk) -> None:
    told(once(desk), to=["robot"]).chat.outcomes = [("arrives", LOST)]
    desk.deliver()
    desk.later(10_000)
    desk.deliver()
    assert (desk.states(), len(desk.chat.arrived)) == (["unknown"], 1)


def die(desk: Desk) -> None:
    """A worker that is killed after the vendor took the message and before the receipt."""

    class Killed(BaseException):
        pass

    def arrives(message: Any) -> Any:
        desk.chat._arrive(message)
        raise Killed

    desk.chat.outcomes = [arrives]
    with pytest.raises(Killed):
        desk.deliver(1)


def test_a_dead_sender_leaves_unknown_after_its_lease(any_desk: Desk) -> None:
    desk = told(any_desk)
    die(desk)
    assert (desk.deliver(), desk.states()) == (0, ["sending"])
    desk.later(LEASE_S + 1)
    desk.deliver()
    assert (desk.states(), len(desk.chat.arrived)) == (["unknown"], 1)


def test_a_dead_sender_is_repeated_where_that_is_safe(desk: Desk) -> None:
    told(once(desk))
    die(desk)
    desk.later(LEASE_S + 1)
    desk.deliver()
    desk.later(61)
    desk.deliver()
    assert (desk.states(), len(desk.chat.seen), len(desk.chat.arrived)) == (["delivered"], 2, 1)


def test_a_reply_after_the_lease_corrects_unknown_and_is_not_sent_twice(desk: Desk) -> None:
    told(desk)

    def slow(_message: Any) -> Any:
        desk.later(LEASE_S + 1)
        desk.deliver()  # somebody else looks after abandoned ones meanwhile
        assert desk.states() == ["unknown"]
        return Delivery("late")

    desk.chat.outcomes = [slow]
    desk.deliver()
    assert (desk.states(), desk.alerts()[0].receipt, len(desk.chat.seen)) == (["delivered"], {"id": "late"}, 1)


def test_who_lost_the_lease_sends_nothing(desk: Desk) -> None:
    told(desk, 2)

    def slow(_message: Any) -> Any:
        desk.later(LEASE_S + 1)
        desk.deliver()  # another worker takes over what we had leased
        return Delivery("first")

    desk.chat.outcomes = [slow]
    desk.deliver()
    assert [message.key for message in desk.chat.seen] == [f"alert-{row.id}" for row in desk.alerts()]


def test_members_are_looked_up_by_binding_mobile_and_email(desk: Desk) -> None:
    desk.rule()
    people = [
        desk.employee("甲", mobile="+8613800000001"),
        desk.employee("乙", email="y@x.cn"),
        desk.employee("丙", mobile="+8613800000003"),
    ]
    desk.chat.members = {("mobile", "13800000001"): "jia", ("email", "y@x.cn"): "yi"}
    for person in people:
        desk.event(desk.order(person))
    desk.run()
    assert [(row.state, row.recipient) for row in desk.alerts()] == [
        ("delivered", "jia"),
        ("delivered", "yi"),
        ("refused", ""),
    ]
    assert "丙" in desk.why(2)


def test_a_look_up_that_fails_is_tried_again(desk: Desk) -> None:
    desk.rule()
    desk.event(desk.order(desk.employee("甲", mobile="+8613800000001")))
    desk.plan()
    desk.chat.lookup_member = lambda _kind, _value: (_ for _ in ()).throw(BUSY)  # type: ignore[method-assign]
    desk.deliver()
    assert (desk.states(), desk.chat.seen) == (["due"], [])


def test_a_refused_repeat_of_a_message_that_may_have_arrived_is_unknown(desk: Desk) -> None:
    told(once(desk)).chat.outcomes = [("arrives", LOST)]
    desk.deliver()
    desk.later(70)
    desk.chat.outcomes = [Delivery("", {"wang": "invaliduser"})]
    desk.deliver()
    assert (desk.states(), len(desk.chat.arrived)) == (["unknown"], 1)


def test_quiet_hours_hold_for_what_was_held_up(desk: Desk) -> None:
    told(desk, quiet={"start": "21:00", "end": "08:00"}).chat.outcomes = [BUSY]
    desk.deliver()
    desk.later(13 * 3600)  # 22:00 in Shanghai
    desk.deliver()
    assert desk.states() == ["due"]
    assert len(desk.chat.seen) == 1
    desk.later(10 * 3600)
    desk.deliver()
    assert desk.states() == ["delivered"]


def test_send_again_after_a_refusal(any_desk: Desk) -> None:
    desk = told(any_desk)
    desk.chat.outcomes = [Delivery("m", {"wang": "invaliduser"})]
    desk.deliver()
    send_again(desk.db, desk.alerts()[0].id, who="admin", now=desk.now)
    desk.deliver()
    assert (desk.states(), len(desk.chat.arrived)) == (["delivered"], 1)
    with desk.db.read() as tx:
        row = tx.execute(select(audit).where(audit.c.action == "alert.send_again")).one()
    assert (row.who, row.data) == ("admin", {"was": "refused"})


@pytest.mark.parametrize(
    ("first", "same"), [(Delivery("m", {"wang": "unlicensed"}), False), (OutcomeUnknown("没有答复", "no reply"), True)]
)
def test_what_was_refused_is_sent_again_as_another_message(any_desk: Desk, first: Any, same: bool) -> None:
    """A vendor that drops repeats may remember the request that it refused; whether one of unknown fate arrived it shall recognise."""
    desk = told(any_desk)
    desk.chat.outcomes = [first]
    desk.deliver()
    send_again(desk.db, desk.alerts()[0].id, who="admin", now=desk.now)
    desk.deliver()
    assert desk.states() == ["delivered"]
    before, after = (message.key for message in desk.chat.seen)
    assert (before == after) is same


def test_send_again_plans_anew_what_had_nobody(any_desk: Desk) -> None:
    desk = any_desk
    desk.rule(to=["owner", "robot"])
    order = desk.order()
    desk.event(order)
    desk.run()
    assert desk.states() == ["refused", "delivered"]
    data = {"number": "SO1", "total": "1", "owner": desk.employee("王伟", "wang")}
    with desk.db.write() as tx:
        tx.execute(update(record).where(record.c.id == order).values(data=data, version=record.c.version + 1))
    send_again(desk.db, desk.alerts()[0].id, who="admin", now=desk.now)
    desk.run()
    assert sorted(desk.states()) == ["delivered", "delivered"]
    assert sorted(message.channel for message in desk.chat.arrived) == ["app", "robot"]


def test_what_is_delivered_or_unknown_to_us_cannot_be_sent_again(desk: Desk) -> None:
    told(desk)
    with pytest.raises(BadInput, match="due"):
        send_again(desk.db, desk.alerts()[0].id, who="admin", now=desk.now)
    desk.deliver()
    with pytest.raises(BadInput, match="delivered"):
        send_again(desk.db, desk.alerts()[0].id, who="admin", now=desk.now)
    with pytest.raises(NotFound):
        send_again(desk.db, 999, who="admin", now=desk.now)


def test_tidying_up_keeps_what_is_still_to_be_sent(desk: Desk) -> None:
    told(desk, 2).chat.outcomes = [BUSY]
    desk.deliver()
    desk.later(400 * 86_400)
    assert purge(desk.db, {"alert": 365}, desk.now) > 0
    assert desk.states() == ["due"]
