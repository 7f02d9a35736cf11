"""The pure parts of the 钉钉 connector: vectors of the vendor note, error tables, texts, forms, events."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.dingtalk.callback import callback
from connectors.dingtalk.config import DingtalkConfig
from connectors.dingtalk.errors import NEW, OLD, judge_new, judge_old
from connectors.dingtalk.events import hints
from connectors.dingtalk.forms import department_of, remote, values
from connectors.dingtalk.signing import robot_sign, signed
from connectors.dingtalk.texts import NOTICE_BYTES, notices, person_params, robot_bodies, stamp, todo_body
from hub.connector.contract import Message, WebhookRequest
from hub.connector.envelope import Box, decrypt, encrypt, sign
from hub.connector.http import Reply
from hub.connector.token import TokenDead
from hub.errors import (
    BadInput,
    CredentialsRejected,
    DuplicateInSystem,
    HubError,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    RecordRejected,
    Unreachable,
    ValidationFailed,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
A = (
    Box("123456", "1234567890123456789012345678901234567890123", "dingsnotzck6pm5veliw"), "1614767836", "A7Co0cJLMzIDtMMI",
    "9a95a004dd16f5c307e849b994173f76aa26e5eb",
    "YvkvaGe4hQxd3VxRmEty0dVlnCOAqwf56xwTRHDHoOURqhalbmBJQk5FNcRk42Gl5T0YQXZNwpwWSm1xAFJ5ZA==", "success",
)  # fmt: skip
C = (
    Box("mryue", "Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7", "ding6ccabc44d2c8d38b"), "1608001896814", "WL4PK6yA",
    "03044561471240d4a14bb09372dfcfd4fd0e40cb",
    "0vJiX6vliEpwG3U45CtXqi+m8PXbQRARJ8p8BbDuD1EMTDf0jKpQ79QS93qEk7XHpP6u+oTTrd15NRPvNvmBKyDCYxxOK+HZeKju4yhELOFchzNukR+t8SB/"
    "qk4ROMu3", '{"EventType":"check_url"}',
)  # fmt: skip
OWN = Box("hubSandboxTok01", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "dingsandboxappkey001")
D = (
    OWN, "1700000000003", "nonceAAAA0000004", "bf26029e839494db302cd385b28b84ee71245988",
    "Q3stYC6hdFzMh9T8HCvyDHXTl/Pojb68D81Lo9gMbWeLowuP0sZFNMiMX009AeJN0MowcU/TUZ8vPJCv789xd52qZdS/M4VoZwfm2tJLMJuNN7pDuR8OAwI0cytW"
    "EkDKzrZ0E99gJ6Pophkh6lvT86CzUh0GkeHsVvpedvvjODRmagfjhW4WkesrM9kQw7TsrRyVtseBtVujYzzwPmds/A==",
    '{"EventType":"bpms_instance_change","title":"张三的合同审批","type":"finish","result":"agree"}',
)  # fmt: skip


@pytest.mark.parametrize(("box", "timestamp", "nonce", "signature", "encrypted", "plain"), [A, C, D])
def test_the_vendors_envelopes_open(
    box: Box, timestamp: str, nonce: str, signature: str, encrypted: str, plain: str
) -> None:
    assert sign(box.token, timestamp, nonce, encrypted) == signature
    assert decrypt(box, encrypted).decode() == plain


def test_our_envelope_is_what_another_library_made() -> None:
    assert encrypt(OWN, D[5].encode(), b"0123456789abcdef") == D[4]


def test_the_robots_signature_is_the_vector() -> None:
    expected = "wd1EhbKg6+2cvWAXOd4in/mM/erSG1kkIhJSP+KOTrE="
    assert robot_sign("SECsandbox0123456789", "1700000000000") == expected
    assert signed("", NOW) == {}
    assert signed("SEC1", NOW)["timestamp"] == "1795305600000"


# --- callbacks


def config(**more: Any) -> DingtalkConfig:
    base = {"corp_id": "dingcorp", "app_key": OWN.receive_id, "app_secret": "s" * 20, "agent_id": 1}
    keys = {"callback_token": OWN.token, "callback_aes_key": OWN.aes_key, "process_code": "PROC-1"}
    return DingtalkConfig.model_validate({**base, **keys, **more})


def pushed(encrypted: str, **query: str) -> WebhookRequest:
    signature = sign(OWN.token, "1", "n", encrypted)
    told = {"signature": signature, "timestamp": "1", "nonce": "n", **query}
    return WebhookRequest("POST", told, {}, json.dumps({"encrypt": encrypted}).encode())


def test_the_answer_is_success_encrypted_and_signed() -> None:
    reply = callback(config(), pushed(D[4]), NOW)
    told = json.loads(reply.body)
    assert told["msg_signature"] == sign(OWN.token, told["timeStamp"], told["nonce"], told["encrypt"])
    assert decrypt(OWN, told["encrypt"]) == b"success"


@pytest.mark.parametrize("owner", ["dingcorp", OWN.receive_id])
def test_the_answer_is_for_whom_the_question_was(owner: str) -> None:
    box = replace(OWN, receive_id=owner)
    reply = callback(config(), pushed(encrypt(box, b'{"EventType":"check_url"}', b"0" * 16)), NOW)
    assert decrypt(box, json.loads(reply.body)["encrypt"]) == b"success"


def test_plain_text_that_is_no_object_and_a_missing_key_are_refused() -> None:
    for request, settings_ in (
        (pushed(encrypt(OWN, b"[1]", b"0" * 16)), config()),
        (pushed(D[4]), config(callback_token="")),
        (pushed(D[4], signature="", msg_signature=""), config()),
    ):
        with pytest.raises(BadInput):
            callback(settings_, request, NOW)


@pytest.mark.parametrize("name", ["UserId", "userId", "userid"])
def test_the_case_of_an_events_names_does_not_matter(name: str) -> None:
    found = hints({name: ["a", "b"], "EventType": "user_leave_org"}, "", plain=b"x")
    assert [(hint.entity, hint.id) for hint in found] == [("employee", "a"), ("employee", "b")]
    assert len({hint.key for hint in found}) == 1


def test_a_changed_department_means_everybody() -> None:
    (found,) = hints({"DeptId": [5], "EventType": "org_dept_modify", "eventId": "e1"}, "", plain=b"x")
    assert (found.entity, found.id, found.key) == ("employee", "", "e1")


# --- errors


def reply(body: object, *, status: int = 200, safe: bool = True, operation: str = "topapi/x") -> Reply:
    return Reply("dingtalk", operation, safe, status, {}, json.dumps(body).encode(), body)


def raised(judge: Any, answer: Reply) -> HubError:
    with pytest.raises(HubError) as caught:
        judge(answer)
    return caught.value


@pytest.mark.parametrize("body", [{"errcode": 0}, {"errcode": "0", "errmsg": "ok"}])
def test_success_of_the_old_family(body: object) -> None:
    judge_old(reply(body, safe=False))


@pytest.mark.parametrize("code", ["40014", "42001", 40001])
def test_a_dead_token_is_known_in_all_shapes(code: object) -> None:
    for body in ({"errcode": 88, "sub_code": code, "errmsg": "x"}, {"errcode": code}):
        assert isinstance(raised(judge_old, reply(body)), TokenDead)
    for status, word in ((400, "InvalidAuthentication"), (401, "Unauthorized")):
        assert isinstance(raised(judge_new, reply({"code": word, "message": ""}, status=status)), TokenDead)
    wrong = raised(judge_new, reply({"code": "authFailed"}, status=401, operation="v1.0/gateway/connections/open"))
    assert isinstance(wrong, CredentialsRejected)
    assert not isinstance(wrong, TokenDead)


@pytest.mark.parametrize("safe", [True, False])
def test_what_no_table_knows_is_never_success(safe: bool) -> None:
    for body in ({"errcode": 777}, {}, {"errcode": None}, {"errcode": True}, {"errcode": "ok"}, []):
        assert isinstance(raised(judge_old, reply(body, safe=safe)), Unreachable | OutcomeUnknown | RecordRejected)
    for body in ({"code": "new"}, {"errcode": 0}, {"success": "false"}, []):
        assert isinstance(raised(judge_new, reply(body, safe=safe)), Unreachable | OutcomeUnknown)
    assert isinstance(raised(judge_old, reply({"errcode": -1}, safe=False)), OutcomeUnknown)
    assert isinstance(raised(judge_old, reply({"errcode": -1})), Unreachable)
    assert isinstance(raised(judge_new, reply({"code": "new.one"}, status=400, safe=False)), RecordRejected)


def test_a_penalty_lasts_as_long_as_the_text_says() -> None:
    text = "从 2026-09-03 00:01:02 到 2026-09-03 00:01:03 请求总次数超过 20 次, 限制将在 2026-09-03 00:01:12 结束."
    error = raised(judge_old, reply({"errcode": 88, "sub_code": "90018", "sub_msg": text}))
    assert isinstance(error, RateLimited)
    assert error.after == 10.0
    banned = raised(judge_old, reply({"status": 1111, "wait": 5, "source": "x5", "punish": "deny"}, safe=False))
    assert isinstance(banned, RateLimited)
    unheard = raised(judge_old, reply({"errcode": 999_001, "errmsg": "send too fast"}, safe=False))
    assert isinstance(unheard, RateLimited)


def test_missing_scopes_and_addresses_are_named() -> None:
    old = {"errcode": 88, "sub_code": "60011", "errmsg": "…{requiredScopes=[qyapi_get_member]}"}
    new = {
        "code": "Forbidden.AccessDenied.AccessTokenPermissionDenied",
        "message": "",
        "accessdenieddetail": {"requiredScopes": ["Todo.Todo.Write"]},
    }
    for judge, body, status, word in (
        (judge_old, old, 200, "qyapi_get_member"),
        (judge_new, new, 403, "Todo.Todo.Write"),
    ):
        error = raised(judge, reply(body, status=status))
        assert isinstance(error, PermissionMissing)
        assert word in error.text.zh
        assert word in error.text.en
    address = raised(judge_old, reply({"errcode": 88, "sub_code": "60020", "errmsg": "…request ip=1.2.3.4"}))
    assert "1.2.3.4" in address.text.zh


def test_a_to_do_that_exists_is_told_apart_from_a_wrong_one() -> None:
    for message, kind in (("task exist", DuplicateInSystem), ("dueTime is invalid", ValidationFailed)):
        body = {"code": "todo.taskCreate.paramError", "message": message}
        assert type(raised(judge_new, reply(body, status=400, safe=False))) is kind


def test_every_meaning_speaks_both_languages() -> None:
    for meaning in (*OLD.values(), *NEW.values()):
        assert meaning.zh
        assert meaning.en
        assert meaning.zh != meaning.en
        assert (meaning.after > 0) == issubclass(meaning.error, RateLimited) or meaning.after > 0


# --- texts

WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc")) | st.just("\n"), max_size=3000)


@given(WORDS, st.sampled_from(["text", "markdown", "card"]))
@settings(max_examples=60, deadline=None)
def test_notices_fit_and_lose_nothing(body: str, kind: str) -> None:
    message = Message(("a",), body or "x", kind=kind, title="提醒", url="https://hub.example/x", key="k1")
    pieces = list(notices(message))
    assert all(len(json.dumps(piece, ensure_ascii=False).encode()) <= NOTICE_BYTES for piece in pieces)
    shown = "".join(
        next(iter(v.get("content") or v.get("text") or v["markdown"] for v in p.values() if isinstance(v, dict)))
        for p in pieces
    )
    for place in range(len(pieces)):
        mark = stamp("k1", place)
        assert mark.strip() in shown
        shown = shown.replace(mark.replace("\n", "  \n") if kind != "text" else mark, "", 1)
    kept = (body or "x").replace("\n", "")
    assert kept in shown.replace("  \n", "\n").replace("\n", "")


def test_marks_tell_messages_and_parts_apart() -> None:
    assert len({stamp("a"), stamp("b"), stamp("a", 1)}) == 3
    assert stamp("") == ""


def test_robot_and_one_to_one_forms() -> None:
    message = Message(("u1", "u2"), "注意", kind="markdown", title="提醒", channel="robot", key="k")
    (body,) = robot_bodies(message)
    assert body["at"] == {"atUserIds": ["u1", "u2"]}
    assert "@u1 @u2" in str(body["markdown"])
    assert body["msgUuid"] == "k-0"
    card = replace(message, kind="card", url="https://hub.example/x")
    assert [key for key, _param in person_params(card)] == ["sampleActionCard"]
    long = list(person_params(replace(message, kind="text", body="字" * 9000)))
    assert {key for key, _param in long} == {"sampleText"}
    assert "".join(json.loads(param)["content"] for _key, param in long).count("字") == 9000


def test_a_to_do_is_known_by_message_and_member() -> None:
    message = Message(("u1",), "跟进", url="https://hub.example/x", channel="todo", key="k")
    sources = {todo_body(message, "a")["sourceId"], todo_body(message, "b")["sourceId"]}
    assert len(sources) == 2
    assert todo_body(message, "a") == todo_body(message, "a")
    assert "sourceId" not in todo_body(replace(message, key=""), "a")


# --- approvals


def test_form_values_are_texts_and_floats_are_refused() -> None:
    given_ = {"a": "x", "b": Decimal("12.50"), "c": 3, "d": ["u1"], "e": None, "f": ""}
    assert {one["name"]: one["value"] for one in values(given_)} == {"a": "x", "b": "12.50", "c": "3", "d": '["u1"]'}
    with pytest.raises(ValidationFailed, match="金额"):
        values({"金额": 1.5})


def test_a_decision_is_the_last_word_of_an_approver() -> None:
    row = {
        "status": "COMPLETED", "result": "agree", "businessId": "202611220930000000001", "createTime": "2026-11-22T01:30Z",
        "finishTime": "2026-11-22T02:00Z", "formComponentValues": [{"name": "集成编号", "value": "K1"}],
        "operationRecords": [
            {"userId": "a", "type": "START_PROCESS_INSTANCE"},
            {"userId": "b", "type": "EXECUTE_TASK_NORMAL", "remark": "可以"},
            {"userId": "c", "type": "ADD_REMARK"},
        ],
    }  # fmt: skip
    found = remote("p1", row, "集成编号")
    assert (found.key, found.number, found.data["decided"]) == (
        "K1",
        row["businessId"],
        {"userId": "b", "remark": "可以"},
    )
    assert found.data["createTime"] == "2026-11-22T01:30:00+00:00"
    local = remote("p1", {**row, "createTime": "2026-11-22T09:30Z", "finishTime": "2026-11-22T10:00Z"}, "集成编号")
    assert local.data["finishTime"] == "2026-11-22T02:00:00+00:00"
    assert remote("p1", {**row, "status": "RUNNING"}, "集成编号").data["decided"] == {}


def test_members_of_the_root_start_for_minus_one() -> None:
    assert [department_of({"dept_id_list": ids}) for ids in ([1], [7, 1], [])] == [-1, 7, -1]
