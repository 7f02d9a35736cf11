"""When replies are judged together, and what an intent keeps of what was sent."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from hub.connector.contract import Written
from hub.sync.intents import golden_of, intent_row
from hub.sync.pushplan import Job
from hub.sync.replies import JUDGED_AT_ONCE, LONGEST_WAIT, Replies

START = datetime(2026, 11, 1, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


def jobs(count: int) -> list[Job]:
    return [Job(SimpleNamespace(id=i), SimpleNamespace(id=i), "create") for i in range(count)]


def land(replies: Replies, count: int) -> bool:
    with replies.under_way() as over:
        replies.add(jobs(count), [Written(str(i)) for i in range(count)])
    return over.judge_now


def test_the_last_call_judges_for_all() -> None:
    replies = Replies(Clock())
    with replies.under_way() as first:
        assert not land(replies, 2)
        replies.add(jobs(1), [Written("x")])
    assert first.judge_now
    taken, results = replies.take()
    assert (len(taken), len(results)) == (3, 3)


def test_enough_replies_are_judged_while_calls_are_under_way() -> None:
    replies = Replies(Clock())
    with replies.under_way():
        assert not land(replies, JUDGED_AT_ONCE - 1)
        assert land(replies, 1)


def test_no_reply_waits_for_a_slow_call() -> None:
    clock = Clock()
    replies = Replies(clock)
    with replies.under_way():
        assert not land(replies, 1)
        clock.at += LONGEST_WAIT - timedelta(milliseconds=1)
        assert not land(replies, 1)
        clock.at += timedelta(milliseconds=1)
        assert land(replies, 1)


def test_replies_of_a_call_that_failed_otherwise_are_still_judged() -> None:
    replies = Replies(Clock())
    with replies.under_way():
        assert not land(replies, 1)
        with pytest.raises(RuntimeError), replies.under_way():
            raise RuntimeError
    assert len(replies.take()[0]) == 1


@pytest.mark.parametrize("value", ["甲", "", None, 7, True, {"$ref": {"entity": "customer"}}, [{"id": "1"}]])
@pytest.mark.parametrize("native", ["甲", "乙", None, 7, 1])
def test_an_intent_gives_back_what_was_sent(value: Any, native: Any) -> None:
    record = SimpleNamespace(id=1, version=3, data={"name": value, "other": "未发送"})
    job = Job(SimpleNamespace(id=2, key="K"), record, "update", None, frozenset({"name"}), {"name": native})
    sent = intent_row(job, now=START, wanted_stage="")["sent"]
    again = golden_of(sent)
    assert again == {"name": value}
    assert again["name"].__class__ is value.__class__
