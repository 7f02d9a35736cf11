"""Logins, sessions, signed requests, and what the edge of the server answers."""

import base64
import json
import time
from collections.abc import Callable

import pytest

from sandbox.kingdee.signing import api_signature, app_signature, login_signatures
from tests.unit.sandbox.kingdee_client import AUTH, FORMS, KingdeeClient

QUERY = {"data": {"FormId": "BD_Currency", "FieldKeys": "FCODE", "FilterString": " FNUMBER='PRE001' "}}
MakeKingdee = Callable[..., KingdeeClient]


def signed(kd: KingdeeClient, service: str, *, org: str = "0", secret: str = "") -> dict[str, str]:
    known = kd.credentials
    path, stamp = f"/K3Cloud/{service}.common.kdsvc", str(int(time.time()))
    appdata = f"{known['acct_id']},{known['username']},2052,{org}"
    return {
        "X-Api-ClientID": str(known["app_id"]).split("_")[0],
        "x-api-timestamp": stamp,
        "x-api-nonce": stamp,
        "X-Api-Signature": api_signature(known["app_id"], path, stamp, stamp),
        "X-Kd-Appkey": known["app_id"],
        "X-Kd-Appdata": base64.b64encode(appdata.encode()).decode(),
        "X-Kd-Signature": app_signature(known["app_id"], secret or known["app_secret"], appdata),
    }


def test_credentials_name_what_a_connector_needs(kd: KingdeeClient) -> None:
    found = kd.web.get("/_sandbox/credentials").json()
    assert found["server_url"] == f"{kd.running.url}/K3Cloud/"
    assert set(found) == {
        "server_url", "acct_id", "username", "password", "app_id", "app_secret", "lcid", "org_number"
    }  # fmt: skip


def test_validate_user_opens_a_session_in_body_and_cookies(kd: KingdeeClient) -> None:
    kd.web.cookies.clear()
    reply = kd.login()
    assert reply["LoginResultType"] == 1
    assert reply["IsSuccessByAPI"] is True
    assert reply["Context"]["STimeZone"]["OffsetTicks"] == 28_800 * 10_000_000
    assert reply["Context"]["CurrentOrganizationInfo"]["Name"] == "总公司"
    assert kd.web.cookies["kdservice-sessionid"] == reply["KDSVCSessionId"]
    assert "ASP.NET_SessionId" in kd.web.cookies
    assert kd.call("BillQuery", QUERY) == [{"FCODE": "CNY"}]


def test_a_wrong_password_is_type_0_in_http_200(kd: KingdeeClient) -> None:
    known = kd.credentials
    body = {"parameters": [known["acct_id"], known["username"], "wrong", 2052]}
    answer = kd.post(AUTH + "ValidateUser", body)
    assert answer.status_code == 200
    assert answer.json()["LoginResultType"] == 0
    assert answer.json()["KDSVCSessionId"] is None
    assert "set-cookie" not in answer.headers


def test_a_wrong_data_center_is_an_http_error(kd: KingdeeClient) -> None:
    assert kd.post(AUTH + "ValidateUser", {"parameters": ["other", "demo", "x", 2052]}).status_code == 500


def test_login_by_app_secret_names_the_refused_app(kd: KingdeeClient) -> None:
    known = kd.credentials
    good = [known["acct_id"], known["username"], known["app_id"], known["app_secret"], "2052"]
    assert kd.post(AUTH + "LoginByAppSecret", {"parameters": good}).json()["LoginResultType"] == 1
    bad = kd.post(AUTH + "LoginByAppSecret", {"parameters": [*good[:3], "x", 2052]}).json()
    assert bad["LoginResultType"] == -1
    assert "不允许用户demo 登录" in bad["Message"]


@pytest.mark.parametrize("which", [0, 1])
def test_login_by_sign(kd: KingdeeClient, which: int) -> None:
    known = kd.credentials
    parts = [known["acct_id"], known["username"], known["app_id"]]
    sign = sorted(login_signatures(*parts, known["app_secret"], "1700000000"), key=len)[which]
    values = json.dumps([*parts, "1700000000", sign, "2052"])
    reply = kd.post(AUTH + "LoginBySign", {"format": 1, "parameters": values, "v": "1.0"}).json()
    assert reply["LoginResultType"] == 1
    values = json.dumps([*parts, "1700000001", sign, "2052"])
    assert kd.post(AUTH + "LoginBySign", {"parameters": values}).json()["LoginResultType"] == -1


def test_login_as_a_form(kd: KingdeeClient) -> None:
    known = kd.credentials
    body = f"acctid={known['acct_id']}&username={known['username']}&password={known['password']}&lcid=2052"
    assert kd.post(AUTH + "ValidateUser", body).json()["LoginResultType"] == 1


def test_without_a_session_the_envelope_says_so_per_service(kd: KingdeeClient) -> None:
    kd.web.cookies.clear()
    status = kd.call("BillQuery", QUERY)["Result"]["ResponseStatus"]
    assert (status["MsgCode"], status["ErrorCode"], status["IsSuccess"]) == (1, 500, False)
    assert "会话信息已丢失" in status["Errors"][0]["Message"]
    assert kd.call("ExecuteBillQuery", QUERY)[0][0]["Result"]["ResponseStatus"]["MsgCode"] == 1


@pytest.mark.parametrize("header", ["kdservice-sessionid", "SID"])
def test_the_session_may_travel_in_a_header(kd: KingdeeClient, header: str) -> None:
    session = kd.web.cookies["kdservice-sessionid"]
    kd.web.cookies.clear()
    answer = kd.post(FORMS + "BillQuery", QUERY, headers={header: session})
    assert answer.json() == [{"FCODE": "CNY"}]


def test_a_session_ends_by_idling_and_by_logout(kd: KingdeeClient) -> None:
    kd.web.post("/_sandbox/clock", json={"advance_s": 1100})
    assert kd.call("BillQuery", QUERY) == [{"FCODE": "CNY"}]
    kd.web.post("/_sandbox/clock", json={"advance_s": 1100})
    assert kd.call("BillQuery", QUERY) == [{"FCODE": "CNY"}]
    kd.web.post("/_sandbox/clock", json={"advance_s": 1300})
    assert kd.call("BillQuery", QUERY)["Result"]["ResponseStatus"]["MsgCode"] == 1
    kd.login()
    assert kd.post(AUTH + "Logout", {}).text == "true"
    assert kd.call("BillQuery", QUERY)["Result"]["ResponseStatus"]["MsgCode"] == 1


def test_signed_requests_need_no_login_and_survive_expiry_silently(kd: KingdeeClient) -> None:
    kd.web.cookies.clear()
    headers = signed(kd, FORMS + "BillQuery")
    first = kd.post(FORMS + "BillQuery", QUERY, headers=headers)
    assert first.json() == [{"FCODE": "CNY"}]
    assert "kdservice-sessionid" in first.cookies
    again = kd.post(FORMS + "BillQuery", QUERY, headers=headers)
    assert "kdservice-sessionid" not in again.cookies
    kd.web.post("/_sandbox/clock", json={"advance_s": 2000})
    renewed = kd.post(FORMS + "BillQuery", QUERY, headers=headers)
    assert renewed.json() == [{"FCODE": "CNY"}]
    assert renewed.cookies["kdservice-sessionid"] != first.cookies["kdservice-sessionid"]


def test_credentials_are_checked_only_without_a_live_session(kd: KingdeeClient) -> None:
    wrong = signed(kd, FORMS + "BillQuery", secret="wrong")
    assert kd.post(FORMS + "BillQuery", QUERY, headers=wrong).json() == [{"FCODE": "CNY"}]
    kd.web.cookies.clear()
    status = kd.post(FORMS + "BillQuery", QUERY, headers=wrong).json()["Result"]["ResponseStatus"]
    assert status["MsgCode"] == 1


def test_a_signature_is_bound_to_its_path(kd: KingdeeClient) -> None:
    kd.web.cookies.clear()
    answer = kd.post(FORMS + "BillQuery", QUERY, headers=signed(kd, FORMS + "View"))
    assert answer.json()["Result"]["ResponseStatus"]["MsgCode"] == 1


def test_old_signatures_are_refused_only_by_setting(kd_with: MakeKingdee) -> None:
    strict = kd_with(signature_max_age_s=300.0)
    headers = signed(strict, FORMS + "BillQuery")
    strict.web.cookies.clear()
    strict.web.post("/_sandbox/clock", json={"advance_s": 400})
    answer = strict.post(FORMS + "BillQuery", QUERY, headers=headers)
    assert answer.json()["Result"]["ResponseStatus"]["MsgCode"] == 1


def test_the_org_of_a_signed_request_and_switch_org_set_the_current_organization(kd: KingdeeClient) -> None:
    kd.web.cookies.clear()
    model = {"FName": "丙", "FCreateOrgId": {"FNumber": "200"}, "FTRADINGCURRID": {"FNumber": "PRE001"}}
    body = {"formid": "BD_Customer", "data": {"Model": {**model, "FNumber": "X1"}}}
    assert kd.post(FORMS + "Save", body, headers=signed(kd, FORMS + "Save", org="200")).json()["Result"]["Id"]
    bad = kd.do("SwitchOrg", "", OrgNumber="999")
    assert (bad["IsSuccess"], bad["MsgCode"]) == (False, 8)
    assert kd.do("SwitchOrg", "", OrgNumber="100")["IsSuccess"] is True


def test_services_and_paths_ignore_case_and_content_type(kd: KingdeeClient) -> None:
    path = "/k3cloud/kingdee.bos.webapi.servicesstub.dynamicformservice.BILLQUERY.common.kdsvc"
    answer = kd.web.post(path, content=json.dumps(QUERY), headers={"Content-Type": "applicatin/json"})
    assert answer.json() == [{"FCODE": "CNY"}]


def test_data_centers_need_no_session(kd: KingdeeClient) -> None:
    kd.web.cookies.clear()
    found = kd.post("Kingdee.BOS.ServiceFacade.ServicesStub.Account.AccountService.GetDataCenterList", {}).json()
    assert found[0]["Id"] == kd.credentials["acct_id"]


def test_a_bare_array_is_http_500(kd: KingdeeClient) -> None:
    answer = kd.post(FORMS + "Save", "[1,2]")
    assert answer.status_code == 500
    assert answer.text.startswith("Additional text found in JSON string")


def test_an_unknown_service_is_a_response_error_in_http_200(kd: KingdeeClient) -> None:
    answer = kd.post(FORMS + "NoSuchThing", {})
    assert answer.status_code == 200
    assert answer.text.startswith("response_error:{")
    assert "NoSuchThing".lower() in json.loads(answer.text.removeprefix("response_error:"))["Message"]


def test_an_uncaught_exception_is_a_response_error(kd: KingdeeClient) -> None:
    answer = kd.post(FORMS + "QueryAsyncResult", {"queryInfo": "not json"})
    assert answer.text.startswith("response_error:")
    assert "ClassName" in answer.text


def test_the_request_filter_blocks_a_literal_less_than_only_by_setting(kd: KingdeeClient, kd_with: MakeKingdee) -> None:
    query = {"data": {**QUERY["data"], "FilterString": "FAMOUNTDIGITS < 1"}}
    assert kd.call("BillQuery", query) == [{"FCODE": "JPY"}]
    guarded = kd_with(waf_blocks_less_than=True)
    blocked = guarded.call("BillQuery", query)
    assert blocked[0]["actionname"] == "showConfirm"
    assert "caller_in_less_Point_Bracket" in blocked[0]["params"][0]["msg"]
    assert guarded.call("BillQuery", {"data": {**QUERY["data"], "FilterString": "1 >= FX"}}) != []


def test_unknown_settings_are_refused_by_name() -> None:
    from sandbox.kingdee import make_sandbox

    with pytest.raises(ValueError, match="row_capp"):
        make_sandbox({"row_capp": 1})
    with pytest.raises(ValueError, match="dance"):
        make_sandbox({"bumps": ["dance"]})
