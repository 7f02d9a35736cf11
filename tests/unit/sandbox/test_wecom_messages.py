"""message/send, cards, recall and the group robot: validation, silent drops, partial recipients."""

import base64
import hashlib
import json
from typing import Any

import httpx
import pytest

from tests.unit.sandbox.wecom_desk import Desk

CARD: dict[str, Any] = {
    "card_type": "text_notice",
    "main_title": {"title": "应收逾期"},
    "card_action": {"type": 1, "url": "https://x.cn"},
}
BUTTONS: dict[str, Any] = {
    "card_type": "button_interaction",
    "main_title": {"title": "跟进"},
    "task_id": "task-1",
    "button_list": [{"text": "已联系", "key": "done"}, {"text": "打开", "type": 1, "url": "https://x.cn"}],
}
VOTE: dict[str, Any] = {
    "card_type": "vote_interaction",
    "main_title": {"title": "投票"},
    "task_id": "task-2",
    "checkbox": {"question_key": "q", "option_list": [{"id": "1", "text": "是"}]},
    "submit_button": {"text": "提交", "key": "s"},
}
MULTIPLE: dict[str, Any] = {
    "card_type": "multiple_interaction",
    "main_title": {"title": "选择"},
    "task_id": "task-3",
    "select_list": [{"question_key": "q", "option_list": [{"id": "1", "text": "是"}]}],
    "submit_button": {"text": "提交", "key": "s"},
}


def test_a_text_lands_in_the_chat_and_the_journal(desk: Desk) -> None:
    answer = desk.send("zhangsan|LISI", payload={"content": "你好"})
    assert answer["errcode"] == 0 and answer["msgid"] and "invaliduser" not in answer
    [entry] = desk.journal(kind="message")
    told = entry["data"]
    assert told["touser"] == told["delivered"] == ["ZhangSan", "lisi"] and told["dropped"] == []
    assert told["msgtype"] == "text" and told["content"] == {"content": "你好"} and told["msgid"] == answer["msgid"]
    assert [row["msgid"] for row in desk.chat("ZhangSan")] == [answer["msgid"]]


def test_partly_invalid_recipients_come_back_lower_cased_and_piped(desk: Desk) -> None:
    desk.put("member", "wangwu", {"licensed": False})
    answer = desk.send("lisi|NoBody|GHOST|wangwu", toparty="3|99", totag="7")
    assert answer["errcode"] == 0 and answer["invaliduser"] == "nobody|ghost" and answer["invalidparty"] == "99"
    assert answer["invalidtag"] == "7" and answer["unlicenseduser"] == "wangwu"
    assert desk.chat("lisi") and not desk.chat("wangwu")


def test_all_invalid_is_81013_with_the_list(desk: Desk) -> None:
    answer = desk.send("GHOST|nobody")
    assert answer["errcode"] == 81013 and answer["invaliduser"] == "ghost|nobody"
    assert answer["errmsg"].startswith("user & party & tag all invalid") and not desk.journal(kind="message")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"touser": ""}, 82001),
        ({"touser": "", "toparty": "", "totag": ""}, 82001),
        ({"touser": "|".join(str(n) for n in range(1001))}, 40032),
        ({"touser": "", "toparty": "|".join(str(n) for n in range(101))}, 82002),
        ({"touser": "", "totag": "|".join(str(n) for n in range(101))}, 82003),
        ({"agentid": 99}, 40056),
        ({"agentid": "x"}, 40056),
        ({"agentid": 1000003}, 301002),
        ({"agentid": " 1000002"}, 301002),
        ({"msgtype": "markdown_v2"}, 40008),
        ({"msgtype": None}, 40008),
        ({"safe": 3}, 40058),
        ({"safe": 2}, 40058),
        ({"text": {"content": ""}}, 44004),
    ],
)
def test_common_fields_are_checked(desk: Desk, fields: dict[str, object], code: int) -> None:
    body = {"touser": "lisi", "msgtype": "text", "agentid": 1000002, "text": {"content": "x"}, **fields}
    assert desk.post("message/send", body)["errcode"] == code
    assert not desk.journal(kind="message")


def test_the_code_for_no_recipient_is_a_switch(desk: Desk) -> None:
    desk.set(empty_recipients_code=81012)
    assert desk.send("")["errcode"] == 81012


def test_departments_tags_and_everyone(desk: Desk) -> None:
    desk.make("member_tag", {"tagid": 7, "tagname": "财务", "userlist": ["zhangsan"], "partylist": [3]})
    desk.send("", toparty="2")
    assert desk.journal(kind="message")[-1]["data"]["delivered"] == ["ZhangSan", "lisi", "wangwu"]
    desk.send("", totag="7")
    assert desk.journal(kind="message")[-1]["data"]["delivered"] == ["ZhangSan", "wangwu"]
    desk.send("@all", toparty="99")
    assert len(desk.journal(kind="message")[-1]["data"]["delivered"]) == 3


def test_members_outside_the_visible_range_are_invalid(desk: Desk) -> None:
    desk.set(visible_departments="2", visible_users="")
    assert desk.send("lisi|zhangsan")["errcode"] == 0
    desk.set(visible_departments="", visible_users="ZhangSan")
    assert desk.send("lisi|zhangsan")["invaliduser"] == "lisi"


def test_inactive_members_are_invalid_or_silently_left_out(desk: Desk) -> None:
    desk.put("member", "lisi", {"status": 2})
    assert desk.send("lisi")["errcode"] == 81013
    desk.set(inactive_members="silent")
    assert desk.send("lisi")["errcode"] == 0
    assert desk.journal(kind="message")[-1]["data"]["dropped"] == ["lisi"] and not desk.chat("lisi")


def test_long_text_is_cut_at_2048_bytes_between_characters(desk: Desk) -> None:
    assert desk.send("lisi", payload={"content": "中" * 1000})["errcode"] == 0
    assert desk.chat("lisi")[0]["content"]["content"] == "中" * 682
    desk.set(text_over_limit="reject")
    assert desk.send("lisi", payload={"content": "中" * 1000})["errcode"] == 45002


def test_long_app_markdown_is_refused_or_cut(desk: Desk) -> None:
    assert desk.send("lisi", "markdown", {"content": "中" * 683})["errcode"] == 40058
    desk.set(markdown_over_limit="truncate")
    assert desk.send("lisi", "markdown", {"content": "中" * 683})["errcode"] == 0


@pytest.mark.parametrize(
    ("msgtype", "payload", "code"),
    [
        ("textcard", {"title": "t", "description": "d", "url": "https://x.cn"}, 0),
        ("textcard", {"description": "d", "url": "https://x.cn"}, 41016),
        ("textcard", {"title": "t", "url": "https://x.cn"}, 41033),
        ("textcard", {"title": "t", "description": "d"}, 40063),
        ("textcard", {"title": "t", "description": "d", "url": "x.cn"}, 40058),
        ("news", {"articles": [{"title": "t", "url": "https://x.cn"}]}, 0),
        ("news", {"articles": [{"title": "t", "appid": "wx1", "pagepath": "p"}]}, 0),
        ("news", {"articles": []}, 40063),
        ("news", {"articles": [{"title": "t", "url": "https://x.cn"}] * 9}, 40058),
        ("news", {"articles": [{"url": "https://x.cn"}]}, 41016),
        ("mpnews", {"articles": [{"title": "t", "thumb_media_id": "m", "content": "c"}]}, 0),
        ("mpnews", {"articles": [{"title": "t", "thumb_media_id": "m", "content": "c" * 700000}]}, 45002),
        ("image", {"media_id": "nope"}, 40007),
        ("file", {}, 40063),
        ("miniprogram_notice", {"appid": "wx1", "title": "t"}, 0),
        ("miniprogram_notice", {"title": "t"}, 40063),
    ],
)
def test_each_type_is_checked(desk: Desk, msgtype: str, payload: dict[str, Any], code: int) -> None:
    assert desk.send("lisi", msgtype, payload)["errcode"] == code


def test_card_texts_are_cut_and_the_button_has_a_default(desk: Desk) -> None:
    desk.send("lisi", "textcard", {"title": "t" * 200, "description": "d" * 600, "url": "https://x.cn"})
    shown = desk.chat("lisi")[0]["content"]
    assert (len(shown["title"]), len(shown["description"]), shown["btntxt"]) == (128, 512, "详情")


def test_the_31st_message_in_a_minute_is_dropped_without_a_word(desk: Desk) -> None:
    answers = [desk.send("lisi", payload={"content": str(n)}) for n in range(31)]
    assert {answer["errcode"] for answer in answers} == {0}
    assert len(desk.chat("lisi")) == 30
    last = desk.journal(kind="message")[-1]["data"]
    assert last["touser"] == last["dropped"] == ["lisi"] and last["delivered"] == []
    desk.later(61)
    desk.send("lisi")
    assert len(desk.chat("lisi")) == 31


def test_the_hourly_limit_drops_too(desk: Desk) -> None:
    desk.set(per_member_minute=2, per_member_hour=3)
    for _ in range(3):
        desk.send("lisi")
        desk.send("lisi")
        desk.later(61)
    assert len(desk.chat("lisi")) == 3


def test_the_daily_cap_of_the_account(desk: Desk) -> None:
    desk.set(account_cap=0)
    assert desk.send("lisi")["errcode"] == 45009


@pytest.mark.parametrize("same", [True, False])
def test_identical_requests_inside_the_interval_are_delivered_once(desk: Desk, same: bool) -> None:
    desk.set(duplicate_answer="first_msgid" if same else "new_msgid")
    body = {"touser": "lisi", "msgtype": "text", "agentid": 1000002, "text": {"content": "x"}}
    body |= {"enable_duplicate_check": 1, "duplicate_check_interval": 600}
    first, second = desk.post("message/send", body), desk.post("message/send", body)
    assert second["errcode"] == 0 and (second["msgid"] == first["msgid"]) is same
    assert len(desk.chat("lisi")) == 1 == len(desk.journal(kind="message"))
    desk.post("message/send", {**body, "text": {"content": "y"}})
    assert len(desk.chat("lisi")) == 2
    desk.later(601)
    desk.post("message/send", body)
    assert len(desk.chat("lisi")) == 3


def test_without_the_flag_identical_requests_are_two_messages(desk: Desk) -> None:
    desk.send("lisi")
    desk.send("lisi")
    assert len(desk.chat("lisi")) == 2


@pytest.mark.parametrize("card", [BUTTONS, VOTE, MULTIPLE])
def test_interaction_cards_bring_a_response_code_and_need_a_callback(desk: Desk, card: dict[str, Any]) -> None:
    assert desk.send("lisi", "template_card", card)["response_code"]
    desk.set(callback_configured=False)
    assert desk.send("lisi", "template_card", {**card, "task_id": "other"})["errcode"] == 43012


def test_a_notice_card_has_no_response_code_unless_it_has_a_menu(desk: Desk) -> None:
    desk.set(callback_configured=False)
    plain = desk.send("lisi", "template_card", CARD)
    assert plain["errcode"] == 0 and "response_code" not in plain
    menu = {**CARD, "task_id": "m1", "action_menu": {"desc": "d", "action_list": [{"text": "接收", "key": "A"}]}}
    assert desk.send("lisi", "template_card", menu)["errcode"] == 43012
    desk.set(callback_configured=True)
    assert desk.send("lisi", "template_card", menu)["response_code"]


def changed(card: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {name: value for name, value in {**card, **parts}.items() if value is not None}


OPTION = {"id": "1", "text": "是"}


@pytest.mark.parametrize(
    ("card", "code"),
    [
        (changed(CARD, card_type="other"), 42031),
        (changed(CARD, main_title={"desc": "d"}), 42033),
        (changed(CARD, main_title=None, sub_title_text="s"), 0),
        (changed(CARD, card_action=None), 42045),
        (changed(CARD, card_action={"type": 1}), 42028),
        (changed(CARD, card_action={"type": 2}), 42030),
        (changed(CARD, horizontal_content_list=[{"keyname": "k"}] * 7), 42035),
        (changed(CARD, horizontal_content_list=[{"value": "v"}]), 42027),
        (changed(CARD, horizontal_content_list=[{"keyname": "k", "type": 1}]), 42028),
        (changed(CARD, horizontal_content_list=[{"keyname": "k", "type": 2}]), 42029),
        (changed(CARD, horizontal_content_list=[{"keyname": "k", "type": 3}]), 42050),
        (changed(CARD, jump_list=[{"title": "t"}] * 4), 42042),
        (changed(CARD, jump_list=[{"type": 0}]), 42033),
        (changed(CARD, card_type="news_notice", card_image={}), 42044),
        (changed(CARD, card_type="news_notice", vertical_content_list=[{"title": "t"}] * 5), 42036),
        (changed(CARD, task_id="no blanks"), 42014),
        (changed(CARD, action_menu={"action_list": [{"text": "a", "key": "k"}]}), 42014),
        (changed(CARD, task_id="t", action_menu={"action_list": [{"text": "a", "key": "k"}] * 2}), 42051),
        (changed(BUTTONS, task_id=None), 42014),
        (changed(BUTTONS, task_id="x" * 129), 42014),
        (changed(BUTTONS, button_list=[{"key": "k"}]), 42038),
        (changed(BUTTONS, button_list=[{"text": "t"}]), 42039),
        (changed(BUTTONS, button_list=[{"text": "t", "type": 1}]), 42028),
        (changed(BUTTONS, button_list=[{"text": "t", "key": "k"}] * 2), 42039),
        (changed(BUTTONS, button_list=[{"text": "t", "key": str(n)} for n in range(7)]), 42039),
        (changed(BUTTONS, button_selection={"option_list": [OPTION]}), 42043),
        (changed(BUTTONS, button_selection={"question_key": "q", "option_list": [OPTION] * 11}), 42037),
        (changed(VOTE, checkbox={"question_key": "q", "option_list": [{"text": "是"}]}), 42040),
        (changed(VOTE, checkbox={"question_key": "q", "option_list": [{"id": "1"}]}), 42041),
        (changed(VOTE, submit_button={"key": "k"}), 42049),
        (changed(VOTE, submit_button={"text": "t"}), 42046),
        (changed(MULTIPLE, select_list=[]), 42047),
    ],
)
def test_card_rules_have_the_vendors_codes(desk: Desk, card: dict[str, Any], code: int) -> None:
    assert desk.send("lisi", "template_card", card)["errcode"] == code


def test_a_task_id_is_unique_per_app(desk: Desk) -> None:
    assert desk.send("lisi", "template_card", BUTTONS)["errcode"] == 0
    assert desk.send("lisi", "template_card", BUTTONS)["errcode"] == 42014


def test_a_response_code_updates_a_card_once(desk: Desk) -> None:
    code = desk.send("lisi", "template_card", BUTTONS)["response_code"]
    body = {
        "userids": ["LISI", "ghost"],
        "agentid": 1000002,
        "response_code": code,
        "button": {"replace_name": "已处理"},
    }
    assert desk.post("message/update_template_card", {**body, "button": {}})["errcode"] == 42020
    assert desk.post("message/update_template_card", body)["invaliduser"] == ["ghost"]
    assert desk.chat("lisi")[0]["updated_card"] == {"button": {"replace_name": "已处理"}}
    assert desk.post("message/update_template_card", body)["errcode"] == 60140


def test_response_codes_expire_after_72_hours(desk: Desk) -> None:
    code = desk.send("lisi", "template_card", BUTTONS)["response_code"]
    desk.later(72 * 3600)
    desk.token = desk.gettoken()["access_token"]
    body = {"atall": 1, "agentid": 1000002, "response_code": code, "template_card": CARD}
    assert desk.post("message/update_template_card", body)["errcode"] == 60140


def test_another_app_cannot_update_or_recall(desk: Desk) -> None:
    sent = desk.send("lisi", "template_card", BUTTONS)
    other = desk.gettoken(secret="sandbox-other-secret-00000000000000000000000")["access_token"]
    body = {"atall": 1, "agentid": 1000003, "response_code": sent["response_code"], "template_card": CARD}
    assert desk.post("message/update_template_card", body, token=other)["errcode"] == 42015
    assert desk.post("message/recall", {"msgid": sent["msgid"]}, token=other)["errcode"] == 40058


def test_recall_inside_a_day(desk: Desk) -> None:
    msgid = desk.send("lisi|zhangsan")["msgid"]
    assert desk.post("message/recall", {"msgid": msgid})["errcode"] == 0
    assert desk.chat("lisi")[0]["recalled"] is True
    assert desk.post("message/recall", {"msgid": "unknown"})["errcode"] == 40058
    desk.later(86401)
    desk.token = desk.gettoken()["access_token"]
    assert desk.post("message/recall", {"msgid": msgid})["errcode"] == 42052


def upload(desk: Desk, kind: str, name: str, data: bytes, path: str = "media/upload") -> dict[str, Any]:
    query = {"access_token": desk.token, "type": kind, "key": desk.access["robot_key"]}
    return desk.web.post(f"/cgi-bin/{path}", params=query, files={"media": (name, data)}).json()


def test_an_uploaded_file_can_be_sent_for_three_days(desk: Desk) -> None:
    data = bytes(range(256)) + "对账单".encode()
    made = upload(desk, "file", "对账单.xlsx", data)
    assert made["errcode"] == 0 and made["created_at"].isdigit()
    assert desk.send("lisi", "file", {"media_id": made["media_id"]})["errcode"] == 0
    answer = desk.web.get("/cgi-bin/media/get", params={"access_token": desk.token, "media_id": made["media_id"]})
    assert answer.content == data
    desk.later(3 * 86400 + 1)
    desk.token = desk.gettoken()["access_token"]
    assert desk.send("lisi", "file", {"media_id": made["media_id"]})["errcode"] == 40007


def test_uploads_are_checked(desk: Desk) -> None:
    assert upload(desk, "file", "a.txt", b"12345")["errcode"] == 40006
    assert upload(desk, "image", "a.png", b"not a picture")["errcode"] == 40005
    assert upload(desk, "movie", "a.txt", b"123456")["errcode"] == 40004
    assert upload(desk, "voice", "a.amr", b"x" * (2 * 1024 * 1024 + 1))["errcode"] == 45001
    assert desk.post("media/upload", {}, type="file")["errcode"] == 41005


def test_a_robot_uses_only_its_own_files(desk: Desk) -> None:
    own = upload(desk, "file", "a.txt", b"123456", path="webhook/upload_media")["media_id"]
    assert desk.robot("file", {"media_id": own})["errcode"] == 0
    apps = upload(desk, "file", "a.txt", b"123456")["media_id"]
    assert desk.robot("file", {"media_id": apps})["errcode"] == 40007


def test_the_robot_speaks_to_its_group(desk: Desk) -> None:
    said = {"content": "逾期 1 笔", "mentioned_list": ["lisi"]}
    assert desk.robot("text", said) == {"errcode": 0, "errmsg": "ok"}
    [entry] = desk.journal(kind="message", object="robot")
    assert entry["data"] == {"robot": desk.access["robot_key"], "msgtype": "text", "content": said}


def test_the_robot_sends_20_a_minute(desk: Desk) -> None:
    codes = [desk.robot("text", {"content": "x"})["errcode"] for _ in range(21)]
    assert codes == [0] * 20 + [45009]
    desk.later(61)
    assert desk.robot("text", {"content": "x"})["errcode"] == 0


PIXEL = b"\x89PNG\r\n\x1a\n" + b"0" * 20
PICTURE = {"base64": base64.b64encode(PIXEL).decode(), "md5": hashlib.md5(PIXEL).hexdigest()}


@pytest.mark.parametrize(
    ("msgtype", "payload", "code"),
    [
        ("markdown", {"content": "中" * 1365}, 0),
        ("markdown", {"content": "中" * 1366}, 40058),
        ("markdown_v2", {"content": "| a |"}, 0),
        ("text", {"content": "中" * 683}, 40058),
        ("text", {"content": ""}, 44004),
        ("textcard", {"title": "t"}, 40008),
        ("image", PICTURE, 0),
        ("image", {**PICTURE, "md5": "0" * 32}, 40058),
        ("image", {"base64": "?", "md5": "0"}, 40058),
        ("news", {"articles": [{"title": "t", "url": "https://x.cn"}]}, 0),
        ("news", {"articles": [{"title": "t"}]}, 40063),
        ("template_card", CARD, 0),
        ("template_card", BUTTONS, 42031),
    ],
)
def test_robot_types_are_checked(desk: Desk, msgtype: str, payload: dict[str, Any], code: int) -> None:
    assert desk.robot(msgtype, payload)["errcode"] == code


def test_msg_type_is_a_common_mistake(desk: Desk) -> None:
    body = {"msg_type": "text", "text": {"content": "x"}}
    address = f"/cgi-bin/webhook/send?key={desk.access['robot_key']}"
    assert desk.web.post(address, content=json.dumps(body)).json()["errcode"] == 40008


def test_robots_that_cannot_be_used(desk: Desk) -> None:
    assert desk.robot("text", {"content": "x"}, key="https://wrong")["errcode"] == 93000
    desk.make("robot", {"key": "off", "enabled": False}, {"key": "gone", "in_group": False})
    assert desk.robot("text", {"content": "x"}, key="off")["errcode"] == 93004
    assert desk.robot("text", {"content": "x"}, key="gone")["errcode"] == 93008


@pytest.mark.parametrize(("kind", "delivered"), [("commit_then_drop", 1), ("drop_before_commit", 0)])
def test_a_lost_reply_and_the_identical_request_again(desk: Desk, kind: str, delivered: int) -> None:
    checked = {"enable_duplicate_check": 1, "payload": {"content": "应收逾期"}}
    desk.fault(kind, match={"path": "message/send", "object": "message", "body": "应收逾期"})
    with pytest.raises(httpx.TransportError):
        desk.send("lisi", **checked)
    assert len(desk.chat("lisi")) == delivered
    assert desk.send("lisi", **checked)["errcode"] == 0
    assert len(desk.chat("lisi")) == 1 == len(desk.journal(kind="message"))
