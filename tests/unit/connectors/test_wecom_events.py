"""Every kind of callback in the vendor's list, built by the sandbox, as the hints and answers that the connector makes of it."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.wecom.callback import callback
from connectors.wecom.config import WecomConfig
from hub.connector.contract import Answer, WebhookReply, WebhookRequest
from hub.connector.envelope import Box, encrypt, sign
from sandbox.wecom.events import EVENTS, MESSAGES, event_xml, message_xml

NOW = datetime(2026, 11, 21, tzinfo=UTC)
BOX = Box("HubSandboxToken2026", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "ww1234567890abcdef")
TEMPLATE = "Tpl_order"


def config(**more: Any) -> WecomConfig:
    keys = {"callback_token": BOX.token, "callback_aes_key": BOX.aes_key}
    return WecomConfig.model_validate({"corp_id": BOX.receive_id, "agent_id": 1, "secret": "s", **keys, **more})


def received(plain: str, **settings: Any) -> WebhookReply:
    encrypted = encrypt(BOX, plain.encode(), b"0123456789abcdef")
    query = {"timestamp": "1", "nonce": "n", "msg_signature": sign(BOX.token, "1", "n", encrypted)}
    body = f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()
    return callback(config(**settings), WebhookRequest("POST", query, {}, body), NOW)


def pushed(event: str, fields: Mapping[str, Any], **settings: Any) -> list[tuple[str, str, str]]:
    """(entity, id, event) of every hint; all of them must carry the delivery's key."""
    plain = event_xml(BOX.receive_id, event, fields, at=1, agent_id=1)
    hints = received(plain, **settings).hints
    assert {hint.key for hint in hints} <= {hashlib.sha256(plain.encode()).hexdigest()}
    return [(hint.entity, hint.id, hint.event) for hint in hints]


EXTERNAL = (
    "add_external_contact",
    "edit_external_contact",
    "add_half_external_contact",
    "del_external_contact",
    "del_follow_user",
    "transfer_fail",
)


@pytest.mark.parametrize("change", EXTERNAL)
@pytest.mark.parametrize("entity", ["contact", "customer"])
def test_external_contacts(change: str, entity: str) -> None:
    fields = {"ChangeType": change, "UserID": "zhangsan", "ExternalUserID": "wmA", "FailReason": "customer_refused"}
    assert pushed("change_external_contact", fields, external_contacts_as=entity) == [(entity, "wmA", change)]
    assert pushed("change_external_contact", fields, external_contacts=False) == []


@pytest.mark.parametrize("change", ["create", "update", "delete", "shuffle"])
def test_tags_stand_at_customers_only(change: str) -> None:
    fields = {"ChangeType": change, "Id": "et1", "TagType": "tag"}
    assert pushed("change_external_tag", fields, external_contacts_as="customer") == [("customer", "", change)]
    assert pushed("change_external_tag", fields) == []


@pytest.mark.parametrize("change", ["create", "update", "dismiss"])
def test_customer_groups_are_no_records(change: str) -> None:
    assert pushed("change_external_chat", {"ChangeType": change, "ChatId": "wr1"}) == []


@pytest.mark.parametrize("change", ["create_user", "update_user", "delete_user"])
def test_members(change: str) -> None:
    fields = {"ChangeType": change, "UserID": "zhangsan", "Department": "1,2"}
    assert pushed("change_contact", fields) == [("employee", "zhangsan", change)]


def test_a_member_whose_id_changed_is_looked_at_under_both() -> None:
    fields = {"ChangeType": "update_user", "UserID": "a", "NewUserID": "b"}
    assert pushed("change_contact", fields) == [("employee", "a", "update_user"), ("employee", "b", "update_user")]


@pytest.mark.parametrize("change", ["create_party", "update_party", "delete_party", "update_tag"])
def test_departments_and_member_tags_decide_who_is_visible(change: str) -> None:
    fields = {"ChangeType": change, "Id": 2, "ParentId": 1, "TagId": 1, "AddUserItems": "zhangsan,lisi"}
    assert pushed("change_contact", fields) == [("employee", "", change)]


@pytest.mark.parametrize("change", range(1, 16))
@pytest.mark.parametrize("number", [{"SpNoStr": "202611210001", "SpNo": 1}, {"SpNo": 202611210001}])
def test_approvals_by_either_number(change: int, number: Mapping[str, Any]) -> None:
    details = [{"Approver": {"UserId": "boss"}, "SpStatus": 2}, {"Approver": {"UserId": "cfo"}, "SpStatus": 1}]
    info = {
        **number,
        "SpStatus": 1,
        "TemplateId": TEMPLATE,
        "StatuChangeEvent": change,
        "SpRecord": [{"Details": details}],
    }
    asked = {"approval_template": TEMPLATE}
    assert pushed("sys_approval_change", {"ApprovalInfo": info}, **asked) == [("approval", "202611210001", str(change))]
    assert pushed("sys_approval_change", {"ApprovalInfo": info}, approval_template="another") == []
    assert pushed("sys_approval_change", {"ApprovalInfo": info}) == []


@pytest.mark.parametrize("event", ["subscribe", "unsubscribe"])
def test_who_comes_into_the_range_or_leaves_it(event: str) -> None:
    assert pushed(event, {"FromUserName": "zhangsan"}) == [("employee", "zhangsan", event)]


def test_an_import_of_members_has_ended() -> None:
    job = {"BatchJob": {"JobId": "j", "JobType": "sync_user", "ErrCode": 0, "ErrMsg": "ok"}}
    assert pushed("batch_job_result", job) == [("employee", "", "batch_job_result")]


QUIET: Mapping[str, Mapping[str, Any]] = {
    "open_approval_change": {"ApprovalInfo": {"ThirdNo": "1", "OpenSpStatus": 2}},
    "enter_agent": {"FromUserName": "zhangsan", "EventKey": ""},
    "click": {"FromUserName": "zhangsan", "EventKey": "menu"},
    "view": {"FromUserName": "zhangsan", "EventKey": "https://hub.example"},
    "LOCATION": {"FromUserName": "zhangsan", "Latitude": "1.1", "Longitude": "2.2", "Precision": "3.0"},
    "inactive_alert": {"EffectTime": 1},
    "close_inactive_agent": {},
    "reopen_inactive_agent": {},
    "low_active_alert": {"EffectTime": 1},
    "low_active": {},
    "active_restored": {},
}
LOUD = {
    "change_external_contact",
    "change_external_chat",
    "change_external_tag",
    "change_contact",
    "sys_approval_change",
}
LOUD |= {"subscribe", "unsubscribe", "batch_job_result", "template_card_event", "template_card_menu_event"}


@pytest.mark.parametrize("event", QUIET)
def test_what_changes_no_record_is_only_acknowledged(event: str) -> None:
    reply = received(event_xml(BOX.receive_id, event, QUIET[event], at=1, agent_id=1))
    assert (reply.hints, reply.answers, reply.status, reply.body) == ([], [], 200, "success")


@pytest.mark.parametrize("kind", MESSAGES)
def test_messages_of_members_are_only_acknowledged(kind: str) -> None:
    fields = {"MsgType": kind, "FromUserName": "zhangsan", "MsgId": 1, **dict.fromkeys(MESSAGES[kind], "x")}
    reply = received(message_xml(BOX.receive_id, fields, at=1, agent_id=1))
    assert (reply.hints, reply.answers) == ([], [])


def test_no_event_of_the_list_was_forgotten() -> None:
    assert set(QUIET) | LOUD == set(EVENTS)


@pytest.mark.parametrize("event", ["template_card_event", "template_card_menu_event"])
def test_a_pressed_button_is_an_answer(event: str) -> None:
    fields = {
        "FromUserName": "ZhangSan",
        "EventKey": "confirm",
        "TaskId": "alert-7",
        "CardType": "button_interaction",
        "ResponseCode": "code",
        "SelectedItems": {"SelectedItem": [{"QuestionKey": "q", "OptionIds": {"OptionId": ["a", "b"]}}]},
    }
    plain = event_xml(BOX.receive_id, event, fields, at=1, agent_id=1)
    reply = received(plain)
    key = hashlib.sha256(plain.encode()).hexdigest()
    assert reply.answers == [Answer("alert-7", "ZhangSan", button="confirm", handle="code", key=key)]
    assert reply.hints == []
