"""Work notifications with their silent drops, robots and to-dos of the 钉钉 sandbox."""

import time

import pytest

from sandbox.dingtalk.texts import robot_sign
from tests.unit.sandbox.dingtalk_desk import Ding, Json, ding, ding_process, text_message

__all__ = ["ding", "ding_process"]


def robot(ding: Ding, body: Json, *, secret: str | None = None, token: str | None = None, age_s: int = 0) -> Json:
    stamp = str(int((time.time() - age_s) * 1000))
    signed = robot_sign(secret or ding.access["robot_secret"], stamp)
    query = {"access_token": token or ding.access["robot_token"], "timestamp": stamp, "sign": signed}
    return ding.web.post("/robot/send", params=query, json=body).json()


def test_the_same_content_reaches_a_member_once_a_day(ding: Ding) -> None:
    assert ding.result(ding.notice("u1,ghost"))["unread_user_id_list"] == ["u1"]
    again = ding.result(ding.notice("u1,u2"))
    assert again["unread_user_id_list"] == ["u2"]
    assert again["forbidden_list"] == [{"code": "143106", "count": 1, "userid": "u1"}]
    ding.advance(86400)
    ding.token = ding.ask_token()
    assert ding.result(ding.notice("u1"))["unread_user_id_list"] == ["u1"]


def test_the_daily_cap_banned_words_and_stopped_accounts(ding: Ding) -> None:
    ding.set(notices_per_day=2, banned_words="彩票")
    tasks = [ding.notice("u1", text) for text in ("一", "二", "三")]
    assert ding.result(tasks[-1])["forbidden_list"][0]["code"] == "143105"
    assert ding.result(ding.notice("u2", "彩票中奖"))["forbidden_list"][0]["code"] == "1430002"
    assert ding.result(ding.notice("u4", "x"))["failed_user_id_list"] == ["u4"]


def test_progress_runs_before_the_result_is_known(ding: Ding) -> None:
    ding.set(notice_takes_s=100.0)
    task, seen = ding.notice("u1"), []
    for _ in range(3):
        body = {"agent_id": ding.access["agent_id"], "task_id": task}
        told = ding.old("message/corpconversation/getsendprogress", body)
        seen.append((told["progress"]["status"], ding.result(task)["unread_user_id_list"]))
        ding.advance(50)
    assert seen == [(0, []), (1, []), (2, ["u1"])]


def test_read_recall_and_departments(ding: Ding) -> None:
    task = ding.notice("", dept_id_list="2,99")
    result = ding.result(task)
    assert result["unread_user_id_list"] == ["u1", "u2"]
    assert result["invalid_dept_id_list"] == [99]
    messages = ding.web.get("/_sandbox/records/messages", params={"user": "u1"}).json()["records"]
    ding.put("messages", messages[0]["id"], {"read": True})
    assert ding.result(task)["read_user_id_list"] == ["u1"]
    recall = {"agent_id": ding.access["agent_id"], "msg_task_id": task}
    assert ding.old("message/corpconversation/recall", recall)["errcode"] == 0
    assert ding.web.get("/_sandbox/records/messages", params={"user": "u2"}).json()["records"][0]["recalled"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"agent_id": 1}, 40056),
        ({"userid_list": ""}, 40035),
        ({"userid_list": ",".join(f"u{place}" for place in range(101))}, 400002),
        ({"msg": {"msgtype": "text", "text": {}}}, 40035),
        ({"msg": {"msgtype": "text", "text": {"content": "长" * 800}}}, 400002),
        ({"msg": {"msgtype": "markdown", "markdown": {"title": "t"}}}, 40035),
    ],
)
def test_bad_notices(ding: Ding, changes: Json, code: int) -> None:
    body = {"agent_id": ding.access["agent_id"], "userid_list": "u1", "msg": text_message("x"), **changes}
    assert ding.old("message/corpconversation/asyncsend_v2", body)["errcode"] == code


def test_the_robot_refuses_for_ten_minutes_after_twenty(ding: Ding) -> None:
    codes = [robot(ding, text_message(f"{place}"))["errcode"] for place in range(21)]
    assert codes == [0] * 20 + [130101]
    ding.advance(61)
    assert robot(ding, text_message("x"))["errcode"] == 130101
    ding.advance(600)
    assert robot(ding, text_message("x"), age_s=-661)["errcode"] == 0


def test_the_robot_checks_sign_keywords_addresses_and_state(ding: Ding) -> None:
    assert robot(ding, text_message("x"), secret="SECother")["errmsg"] == "sign not match"
    assert robot(ding, text_message("x"), age_s=3700)["errmsg"] == "invalid timestamp"
    token = ding.access["robot_token"]
    ding.put("robot", token, {"keywords": ["应收"]})
    assert robot(ding, text_message("x"))["errmsg"] == "keywords not in content"
    assert robot(ding, text_message("应收日报"))["errcode"] == 0
    ding.put("robot", token, {"ips": ["10.0.0.1"]})
    assert "not in whitelist" in robot(ding, text_message("应收"))["errmsg"]
    ding.put("robot", token, {"enabled": False})
    assert robot(ding, text_message("应收"))["errcode"] == 400102
    assert robot(ding, text_message("x"), token="0" * 64)["errcode"] == 300005
    assert ding.web.get("/robot/send", params={"access_token": token}).json()["errcode"] == 43002


def test_sign_vector_of_the_vendor_note() -> None:
    assert robot_sign("SECsandbox0123456789", "1700000000000") == "wd1EhbKg6+2cvWAXOd4in/mM/erSG1kkIhJSP+KOTrE="
    assert robot_sign("this is secret", "1577262236757") == "hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM="


def test_messages_to_persons_say_who_did_not_get_them(ding: Ding) -> None:
    ding.put("member", "u2", {"flow_controlled": True})
    body = {"robotCode": ding.access["robot_code"], "msgKey": "sampleText", "msgParam": '{"content":"hi"}'}
    status, told = ding.new("POST", "robot/oToMessages/batchSend", {**body, "userIds": ["u1", "u2", "u4", "ghost"]})
    assert status == 200
    lists = [told[f"{name}StaffIdList"] for name in ("invalid", "flowControlled", "filtered")]
    assert lists == [["ghost"], ["u2"], ["u4"]]
    path = "robot/oToMessages/batchSend"
    assert ding.refused("POST", path, {**body, "userIds": ["ghost"]}) == (400, "staffId.notExisted")
    assert ding.refused("POST", path, {**body, "userIds": ["u1"], "msgParam": "{}"}) == (400, "miss.param.content")
    many = [f"u{place}" for place in range(21)]
    assert ding.refused("POST", path, {**body, "userIds": many})[1] == "invalidParameter.userIds.overMax"


def test_todos_take_union_ids_only(ding: Ding) -> None:
    union = ding.old("v2/user/get", {"userid": "u1"})["result"]["unionid"]
    body = {"subject": "x", "executorIds": [union], "detailUrl": {"appUrl": "https://hub"}}
    assert ding.refused("POST", "todo/users/u1/tasks", body) == (400, "todo.taskCreate.paramError")
    status, made = ding.new("POST", f"todo/users/{union}/tasks", body)
    assert (status, made["done"]) == (200, False)
    done = {"executorStatusList": [{"id": union, "isDone": True}]}
    assert ding.new("PUT", f"todo/users/{union}/tasks/{made['id']}/executorStatus", done)[1]["result"] is True
    assert ding.web.get("/_sandbox/records/todo").json()["records"][0]["done"] is True
    assert ding.refused("POST", f"todo/users/{union}/tasks", {"subject": "x"})[1] == "todo.taskCreate.paramError"
