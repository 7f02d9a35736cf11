"""Tokens, trusted addresses, malformed requests, limits and the shape of every failure."""

import re

import pytest

from tests.unit.sandbox.wecom_desk import Desk

TAIL = re.compile(r"^(.+), hint: \[\d{22,24}\], from ip: 127\.0\.0\.1, more info at https://\S+\?e=(-?\d+)$")


def test_the_same_token_inside_its_lifetime(desk: Desk) -> None:
    again = desk.gettoken()
    assert again["errcode"] == 0 and again["errmsg"] == "ok" and 0 < again["expires_in"] <= 7200
    assert again["access_token"] == desk.token and len(desk.token) <= 512


def test_each_app_has_its_own_token(desk: Desk) -> None:
    other = desk.web.get("/_sandbox/records/setting", params={"id": "other_secret"}).json()["records"][0]["value"]
    assert desk.gettoken(secret=other)["access_token"] != desk.token


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"corpid": "", "corpsecret": "x"}, 41002),
        ({"corpid": "ww1234567890abcdef", "corpsecret": ""}, 41004),
        ({"corpid": "wwother", "corpsecret": "x"}, 40013),
        ({"corpid": "ww1234567890abcdef", "corpsecret": "wrong"}, 40001),
    ],
)
def test_gettoken_refuses(desk: Desk, query: dict[str, str], code: int) -> None:
    answer = desk.web.get("/cgi-bin/gettoken", params=query)
    assert answer.status_code == 200 and answer.json()["errcode"] == code


def test_too_many_wrong_secrets_block_the_address_for_an_hour(desk: Desk) -> None:
    desk.set(wrong_secret_per_hour=3)
    codes = [desk.gettoken(secret="wrong")["errcode"] for _ in range(4)]
    assert codes == [40001, 40001, 40001, 45009]
    assert desk.gettoken()["errcode"] == 45009
    desk.later(3600)
    assert desk.gettoken()["errcode"] == 0


def test_failures_are_http_200_with_the_documented_text(desk: Desk) -> None:
    answer = desk.get("user/get", userid="nobody")
    found = TAIL.match(answer["errmsg"])
    assert found is not None and found.groups() == ("userid not found", "60111") and answer["errcode"] == 60111


def test_missing_and_unknown_tokens(desk: Desk) -> None:
    assert desk.web.get("/cgi-bin/department/list").json()["errcode"] == 41001
    assert desk.web.post("/cgi-bin/message/send", json={"access_token": desk.token}).json()["errcode"] == 41001
    assert desk.get("department/list", token="made-up")["errcode"] == 40014


def test_a_token_expires_and_the_next_one_works(desk: Desk) -> None:
    desk.later(7201)
    assert desk.get("department/list")["errcode"] == 42001
    desk.token = desk.gettoken()["access_token"]
    assert desk.get("department/list")["errcode"] == 0


def test_expiry_may_answer_40014(desk: Desk) -> None:
    desk.set(expired_token_code=40014)
    desk.later(7201)
    assert desk.get("department/list")["errcode"] == 40014


@pytest.mark.parametrize(("more", "code"), [({}, 42001), ({"code": 40014}, 40014)])
def test_a_token_taken_back_early_stays_dead(desk: Desk, more: dict[str, int], code: int) -> None:
    desk.fault("token_expired", match={"path": "department"}, **more)
    assert desk.get("get_api_domain_ip")["errcode"] == 0
    assert desk.get("department/list")["errcode"] == code
    assert desk.get("department/list")["errcode"] == 42001
    fresh = desk.gettoken()["access_token"]
    assert fresh != desk.token and desk.get("department/list", token=fresh)["errcode"] == 0


def test_rotating_tokens_is_a_switch(desk: Desk) -> None:
    desk.set(gettoken_rotates=True)
    fresh = desk.gettoken()["access_token"]
    assert fresh != desk.token and desk.get("department/list")["errcode"] == 42001


def test_untrusted_addresses_get_60020_but_still_a_token(desk: Desk) -> None:
    desk.set(trusted_ips="203.0.113.7")
    assert desk.gettoken()["errcode"] == 0
    answer = desk.get("department/list")
    assert answer["errcode"] == 60020 and answer["errmsg"].startswith("not allow to access from your ip")
    desk.set(gettoken_checks_ip=True)
    assert desk.gettoken()["errcode"] == 60020


def test_rate_limited_answers_45009(desk: Desk) -> None:
    desk.fault("rate_limited", match={"path": "message/send"}, count=1)
    refused = desk.send("lisi")
    assert refused["errcode"] == 45009 and refused["errmsg"].startswith("api freq out of limit")
    assert desk.send("lisi")["errcode"] == 0


def test_the_published_limit_per_minute_holds_per_call(desk: Desk) -> None:
    desk.set(api_per_minute=3)
    codes = [desk.get("department/list")["errcode"] for _ in range(4)]
    assert codes == [0, 0, 0, 45009]
    assert desk.get("getcallbackip")["errcode"] == 0
    desk.later(61)
    assert desk.get("department/list")["errcode"] == 0


def test_what_precedes_a_json_mistake_counts_and_is_warned_of(desk: Desk) -> None:
    text = '{"touser": "lisi", "msgtype": "text", "agentid": 1000002, "text": {"content": "a"}, oops'
    answer = desk.post("message/send", text)
    assert answer["errcode"] == 0 and "Warning: wrong json format." in answer["errmsg"]
    assert len(desk.chat("lisi")) == 1


@pytest.mark.parametrize("body", ["not json", "[1, 2]", "", "\ufeff"])
def test_malformed_bodies_are_errcode_json(desk: Desk, body: str) -> None:
    answer = desk.post("message/send", body.encode())
    assert answer["errcode"] == 40056
    assert ("Warning: wrong json format." in answer["errmsg"]) is bool(body)


def test_a_body_needs_no_content_type(desk: Desk) -> None:
    body = b'{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"a"}}'
    request = desk.web.build_request("POST", f"/cgi-bin/message/send?access_token={desk.token}", content=body)
    request.headers.pop("content-type", None)
    assert desk.web.send(request).json()["errcode"] == 0


@pytest.mark.parametrize(
    ("path", "code"),
    [("message/send", 40058), ("externalcontact/remark", 40003), ("externalcontact/add_corp_tag", 40063)],
)
def test_get_on_a_post_call_reads_no_body(desk: Desk, path: str, code: int) -> None:
    assert desk.get(path)["errcode"] == code


def test_unknown_paths_and_methods_are_errcode_json_too(desk: Desk) -> None:
    for answer in (desk.web.get("/nope"), desk.web.put("/cgi-bin/no/such"), desk.web.get("/")):
        assert answer.status_code == 200 and answer.json()["errcode"] == 40066


def test_unicode_escapes_are_refused_only_when_set(desk: Desk) -> None:
    escaped = r'{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"\u4f60"}}'
    assert desk.post("message/send", escaped)["errcode"] == 0
    desk.set(refuse_unicode_escapes=True)
    assert desk.post("message/send", escaped)["errcode"] == 40033
    assert desk.send("lisi")["errcode"] == 0


def test_error_headers_are_a_switch(desk: Desk) -> None:
    assert "error-code" not in desk.web.get("/cgi-bin/gettoken").headers
    desk.set(error_headers=True)
    assert desk.web.get("/cgi-bin/gettoken").headers["error-code"] == "41002"


def test_vendor_addresses(desk: Desk) -> None:
    assert desk.get("get_api_domain_ip")["ip_list"] and desk.get("getcallbackip")["ip_list"]


def test_unknown_settings_are_refused_by_name(desk: Desk) -> None:
    assert desk.web.put("/_sandbox/records/setting/robot_per_minute", json={"value": "many"}).status_code == 400
    refused = desk.web.post("/_sandbox/records/setting", json={"name": "colour", "value": 1})
    assert refused.status_code == 400 and "PUT" in refused.json()["error"]


def test_reset_brings_settings_and_records_back(desk: Desk) -> None:
    desk.set(robot_per_minute=1)
    desk.web.post("/_sandbox/reset")
    found = desk.web.get("/_sandbox/records/setting", params={"id": "robot_per_minute"}).json()["records"][0]
    assert found["value"] == 20
    assert desk.web.get("/_sandbox/records/member").json()["total"] == 0
    assert desk.web.get("/_sandbox/records/department").json()["total"] == 1


def test_a_login_code_works_once_and_five_minutes(desk: Desk) -> None:
    code = desk.make("oauth_code", {"userid": "lisi"})[0]["code"]
    assert desk.get("auth/getuserinfo", code=code) == {"errcode": 0, "errmsg": "ok", "userid": "lisi"}
    assert desk.get("auth/getuserinfo", code=code)["errcode"] == 40029
    late = desk.make("oauth_code", {"userid": "lisi"})[0]["code"]
    desk.later(301)
    assert desk.get("auth/getuserinfo", code=late)["errcode"] == 40029


def test_a_ticket_opens_the_consented_fields(desk: Desk) -> None:
    code = desk.make("oauth_code", {"userid": "lisi", "scope": "snsapi_privateinfo"})[0]["code"]
    ticket = desk.get("auth/getuserinfo", code=code)["user_ticket"]
    assert desk.post("auth/getuserdetail", {"user_ticket": ticket})["mobile"] == "13800000002"
    assert desk.post("auth/getuserdetail", {"user_ticket": "x"})["errcode"] == 84015
    desk.later(1801)
    assert desk.post("auth/getuserdetail", {"user_ticket": ticket})["errcode"] == 84014


def test_a_stranger_logging_in_is_an_openid(desk: Desk) -> None:
    code = desk.make("oauth_code", {"openid": "o1", "external_userid": "wm1"})[0]["code"]
    assert desk.get("auth/getuserinfo", code=code)["external_userid"] == "wm1"
    legacy = desk.make("oauth_code", {"userid": "lisi"})[0]["code"]
    assert desk.get("user/getuserinfo", code=legacy)["UserId"] == "lisi"
