"""Cards with buttons of 企业微信: what is shown, who pressed, the card after that, and where there are none."""

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.wecom import CONNECTOR
from hub.connector.contract import Answer, Confirming, Message
from hub.connector.testing import Kit, Receiver, SandboxControl
from hub.errors import RecordGone, RecordRejected
from sandbox.core.start import start_sandbox

ALERT = Message(
    ("zhangsan",),
    "客户：华星贸易\n金额：100.10",
    kind="confirm",
    title="新订单 1",
    url="https://hub.example/r/1",
    key="alert-1-a",
)


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with start_sandbox("wecom") as running:
        yield running.url


@pytest.fixture
def kit(sandbox_url: str) -> Iterator[Kit]:
    control = SandboxControl(sandbox_url)
    control.reset()
    control.seed("member", [{"userid": "zhangsan", "name": "张三"}, {"userid": "LiSi", "name": "李四"}])
    kit = Kit(CONNECTOR, control, {})
    yield kit
    kit.close()


def sent(kit: Kit) -> list[Any]:
    return [entry["data"] for entry in kit.control.journal(kind="message")]


def pressed(kit: Kit, *, member: str = "zhangsan", task: str = "alert-1-a") -> Answer:
    """The member presses 我知道了; the delivery is verified and parsed."""
    fields = {"FromUserName": member, "EventKey": "confirm", "TaskId": task, "CardType": "button_interaction"}
    with Receiver() as receiver:
        kit.control.push(receiver.url, {"event": "template_card_event", "fields": fields})
    assert CONNECTOR.callback is not None
    (answer,) = CONNECTOR.callback(kit.config(), receiver.requests[0], kit.control.now()).answers
    return answer


def confirm(kit: Kit, answer: Answer) -> None:
    client = kit.client()
    assert isinstance(client, Confirming)
    client.confirmed(answer)


def test_one_button_confirms_and_one_opens_the_record(kit: Kit) -> None:
    delivery = kit.client().send(ALERT)
    assert delivery.refused == {}
    (message,) = sent(kit)
    card = message["content"]
    assert (message["msgtype"], card["card_type"], card["task_id"]) == (
        "template_card",
        "button_interaction",
        "alert-1-a",
    )
    assert (card["main_title"]["title"], card["sub_title_text"]) == (ALERT.title, ALERT.body)
    assert [(button["text"], button.get("key", button.get("url"))) for button in card["button_list"]] == [
        ("我知道了", "confirm"),
        ("打开", ALERT.url),
    ]


def test_who_pressed_sees_a_grey_button(kit: Kit) -> None:
    kit.client().send(ALERT)
    answer = pressed(kit)
    assert (answer.message, answer.member, answer.button) == ("alert-1-a", "zhangsan", "confirm")
    confirm(kit, answer)
    (changed,) = kit.control.journal(kind="update", object="template_card")
    assert changed["data"] == {"users": ["zhangsan"], "button": {"replace_name": "已知道"}}


def test_a_code_serves_once_and_not_for_ever(kit: Kit) -> None:
    kit.client().send(ALERT)
    first, second = pressed(kit), pressed(kit)
    assert first.handle != second.handle
    confirm(kit, first)
    with kit.failing(RecordGone):
        confirm(kit, first)
    kit.control.advance(73 * 3600)
    with kit.failing(RecordGone):
        confirm(kit, second)


def test_a_repeat_after_the_vendor_forgot_the_first_is_known_by_its_task(kit: Kit) -> None:
    kit.client().send(ALERT)
    kit.control.advance(5 * 3600)
    assert kit.client().send(ALERT).id == "task:alert-1-a"
    assert len(sent(kit)) == 1


def test_without_a_callback_a_plain_card_is_sent(kit: Kit) -> None:
    kit.client(kit.config(callback_token="", callback_aes_key="")).send(ALERT)
    kit.control.edit("setting", "callback_configured", {"value": False})
    kit.client().send(Message(**{**_fields(ALERT), "key": "alert-2-a"}))
    assert [message["msgtype"] for message in sent(kit)] == ["textcard", "textcard"]


def test_what_a_card_cannot_show_follows_as_text(kit: Kit) -> None:
    body = "第一行\n" + "很长" * 300
    kit.client().send(Message(**{**_fields(ALERT), "body": body, "url": ""}))
    card, *rest = sent(kit)
    assert len(card["content"]["sub_title_text"]) == 160
    assert [button["text"] for button in card["content"]["button_list"]] == ["我知道了"]
    assert body in "".join(message["content"]["content"] for message in rest)


def test_somebody_who_cannot_get_it_is_named(kit: Kit) -> None:
    with kit.failing(RecordRejected):
        kit.client().send(Message(**{**_fields(ALERT), "to": ("nobody",)}))
    assert sent(kit) == []


def _fields(message: Message) -> dict[str, Any]:
    return {name: getattr(message, name) for name in Message.__slots__}
