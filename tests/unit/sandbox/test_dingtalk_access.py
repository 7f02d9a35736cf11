"""Tokens, both error shapes, limits, quota and scopes of the 钉钉 sandbox."""

import httpx
import pytest

from tests.unit.sandbox.dingtalk_desk import HEADER, Ding, ding, ding_process, text_message

__all__ = ["ding", "ding_process"]


def test_one_token_serves_both_families_and_lives_on_when_asked_again(ding: Ding) -> None:
    old = ding.web.get(
        "/gettoken", params={"appkey": ding.access["app_key"], "appsecret": ding.access["app_secret"]}
    ).json()
    assert old["access_token"] == ding.token
    ding.advance(7000)
    assert ding.ask_token() == ding.token
    ding.advance(7000)
    assert ding.old("v2/department/listsub")["errcode"] == 0
    ding.advance(7300)
    told = ding.old("v2/department/listsub")
    assert (told["errcode"], told["sub_code"]) == (88, "40014")
    assert ding.refused("GET", "workflow/processInstances", processInstanceId="x") == (400, "InvalidAuthentication")


def test_wrong_pairs_in_every_way_of_asking(ding: Ding) -> None:
    new = ding.web.post("/v1.0/oauth2/accessToken", json={"appKey": "x", "appSecret": "y"})
    assert (new.status_code, new.json()["code"]) == (400, "invalidClientIdOrSecret")
    assert ding.web.get("/gettoken", params={"appkey": "x", "appsecret": "y"}).json()["errcode"] == 40096
    assert ding.web.get("/gettoken").json()["errcode"] == 40035
    corp = ding.web.post(f"/v1.0/oauth2/{ding.access['corp_id']}/token", json={"grant_type": "client_credentials"})
    assert corp.json()["code"] == "invalid.client"
    stream = ding.web.post("/v1.0/gateway/connections/open", json={"clientId": "x", "clientSecret": "y"})
    assert (stream.status_code, stream.json()["code"]) == (401, "authFailed")


def test_a_token_in_the_wrong_place_is_a_missing_token(ding: Ding) -> None:
    new = ding.web.get("/v1.0/workflow/processInstances", params={"access_token": ding.token})
    assert (new.status_code, new.json()["code"]) == (400, "AuthenticationFailed.MissingParameter")
    old = ding.web.post("/topapi/v2/user/get", headers={HEADER: ding.token}, json={"userid": "u1"}).json()
    assert (old["errcode"], old["sub_code"]) == (88, "40000")
    form = ding.web.post("/topapi/v2/user/get", data={"access_token": ding.token, "userid": "u1"}).json()
    assert form["result"]["name"] == "张三"


def test_unknown_paths_answer_as_their_host_does(ding: Ding) -> None:
    assert ding.old("nothing/here")["errcode"] == 22
    assert ding.web.post("/nothing").json() | {"request_id": ""} == {
        "errcode": 404,
        "errmsg": "请求的URI地址不存在",
        "request_id": "",
    }
    assert ding.new("GET", "nothing")[0] == 404


@pytest.mark.parametrize(
    ("limit", "sub_code", "code"),
    [
        ("qps", "90018", "QpsLimitForAppkeyAndApi"),
        ("api", "90002", "QpsLimitForApi"),
        ("month", "90020", "ApiCountLimitForOrg"),
    ],
)
def test_limits_by_fault(ding: Ding, limit: str, sub_code: str, code: str) -> None:
    ding.fault(kind="rate_limited", count=2, limit=limit)
    assert ding.old("v2/department/listsub")["sub_code"] == sub_code
    refused = ding.refused("GET", "workflow/processInstances", processInstanceId="x")
    assert refused == (403, f"Forbidden.AccessDenied.{code}")


def test_a_banned_address_gets_no_answer_of_either_family(ding: Ding) -> None:
    ding.fault(kind="rate_limited", limit="ban")
    assert ding.old("v2/department/listsub")["status"] == 1111
    ding.fault(kind="rate_limited", limit="ban_page")
    page = ding.web.post("/topapi/v2/department/listsub", params={"access_token": ding.token})
    assert page.headers["content-type"].startswith("text/html")


def test_twenty_a_second_and_the_end_of_the_penalty_in_the_text(ding: Ding) -> None:
    ding.set(qps=3)
    told = [ding.old("v2/department/listsubid", {"dept_id": 1}) for _ in range(5)]
    limited = [one for one in told if one["errcode"]]
    assert limited
    assert limited[0]["sub_code"] == "90018"
    assert "限制将在" in limited[0]["errmsg"]
    ding.advance(1.1)
    assert ding.old("v2/department/listsubid", {"dept_id": 1})["errcode"] == 0


def test_the_monthly_quota_spares_contacts(ding: Ding) -> None:
    ding.set(month_quota=2)
    codes = [ding.refused("GET", "workflow/processInstances", processInstanceId="x")[1] for _ in range(3)]
    assert codes == ["processInstanceNotExist"] * 2 + ["Forbidden.AccessDenied.ApiCountLimitForOrg"]
    assert ding.old("v2/department/listsub")["errcode"] == 0


def test_missing_scopes_are_named(ding: Ding) -> None:
    ding.set(missing_scopes="qyapi_robot_sendmsg,qyapi_get_member")
    status, told = ding.new("POST", "robot/oToMessages/batchSend", {})
    assert status == 403
    assert told["accessdenieddetail"]["requiredScopes"] == ["qyapi_robot_sendmsg"]
    old = ding.old("v2/user/get", {"userid": "u1"})
    assert old["sub_code"] == "60011"
    assert "requiredScopes=[qyapi_get_member]" in old["errmsg"]


def test_an_address_that_is_not_trusted_is_told(ding: Ding) -> None:
    ding.set(trusted_ips="10.0.0.1")
    assert "request ip=127.0.0.1" in ding.old("v2/department/listsub")["errmsg"]
    assert ding.refused("GET", "workflow/processInstances") == (403, "Forbidden.AccessDenied.IpNotInWhiteList")
    trusted = {"X-Forwarded-For": "10.0.0.1"}
    assert ding.old("v2/department/listsub", headers=trusted)["errcode"] == 0


def test_numbers_sent_as_texts_and_objects_sent_as_texts(ding: Ding) -> None:
    body = {"agent_id": str(ding.access["agent_id"]), "userid_list": "u1", "to_all_user": "false"}
    path = "/topapi/message/corpconversation/asyncsend_v2"
    form = {**body, "msg": '{"msgtype":"text","text":{"content":"x"}}'}
    assert ding.web.post(path, params={"access_token": ding.token}, data=form).json()["errcode"] == 0
    assert ding.old("message/corpconversation/asyncsend_v2", {**body, "msg": text_message("y")})["errcode"] == 0
    assert ding.web.get(path, params={"access_token": ding.token}).json()["errcode"] == 43002


def test_a_lost_reply_is_lost_for_real(ding: Ding) -> None:
    ding.fault(kind="commit_then_drop", match={"path": "asyncsend_v2"})
    with pytest.raises(httpx.TransportError):
        ding.notice("u1")
    assert [one["data"]["delivered"] for one in ding.journal(object="message")] == [["u1"]]
