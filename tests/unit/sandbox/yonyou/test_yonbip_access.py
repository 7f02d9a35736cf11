"""YonBIP's way in: the address, tokens, and the gateway's checks in its own order."""

import time
from collections.abc import Callable

import pytest

from tests.unit.sandbox.yonyou.desk import BipDesk, signature

LIST = "/yonbip/digitalModel/merchant/newlist"
PAGE = {"pageIndex": 1, "pageSize": 10}


def test_the_address_is_this_server_and_a_wrong_tenant_is_told_so(bip: BipDesk) -> None:
    path = "/open-auth/dataCenter/getGatewayAddress"
    found = bip.web.get(path, params={"tenantId": "t0ten"}).json()
    assert found["code"] == "00000"
    assert found["data"]["gatewayUrl"].endswith("/iuap-api-gateway")
    wrong = bip.web.get(path, params={"tenantId": "other"})
    assert (wrong.status_code, wrong.json()["code"]) == (200, "500")


@pytest.mark.parametrize("path", ["selfAppAuth/base/v1/getAccessToken", "selfAppAuth/getAccessToken"])
def test_both_token_paths_answer(bip: BipDesk, path: str) -> None:
    assert bip.new_token(path)["data"]["expire"] == 7200


def test_suite_apps_have_their_own_token(bip: BipDesk) -> None:
    params = {"suiteKey": "sk01", "tenantId": "t0ten", "timestamp": str(int(time.time() * 1000))}
    params["signature"] = signature(params, "suite-Secret-9")
    reply = bip.web.get("/iuap-api-auth/open-auth/suiteApp/base/v1/getAccessToken", params=params).json()
    assert reply["code"] == "00000"


def test_wrong_keys_and_signatures_are_told_apart(bip: BipDesk) -> None:
    assert bip.new_token(appKey="nobody")["code"] == "10018"
    wrong = bip.new_token(signature="AAAA")
    assert "签名" in wrong["message"]
    assert wrong["code"] != "00000"


def test_a_raw_plus_in_the_signature_is_a_blank_and_fails(bip: BipDesk) -> None:
    stamp = 1700000000000
    while "+" not in signature({"appKey": "k0001", "timestamp": str(stamp)}, "s3cretS3cret-0001"):
        stamp += 1
    signed = signature({"appKey": "k0001", "timestamp": str(stamp)}, "s3cretS3cret-0001")
    path = "/iuap-api-auth/open-auth/selfAppAuth/base/v1/getAccessToken"
    url = f"{path}?appKey=k0001&timestamp={stamp}&signature="
    assert "签名" in bip.web.get(url + signed).json()["message"]
    assert bip.web.get(url + signed.replace("+", "%2B")).json()["code"] == "00000"


def test_the_path_is_checked_before_the_token(bip: BipDesk) -> None:
    unknown = bip.raw("/yonbip/fi/receivable/list", {}, query={})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "310404")
    assert "[/yonbip/fi/receivable/list]" in unknown.json()["message"]
    missing = bip.raw(LIST, PAGE, query={})
    assert (missing.status_code, missing.json()) == (200, {"code": "310001", "message": "access_token不能为空。"})
    assert bip.raw(LIST, PAGE, query={"access_token": "x"}).json() == {"code": "310036", "message": "非法token"}


def test_the_token_may_come_as_a_header_but_not_as_bearer(bip: BipDesk) -> None:
    assert bip.raw(LIST, PAGE, query={}, headers={"access_token": bip.token}).json()["code"] == "200"
    assert bip.raw(LIST, PAGE, query={}, headers={"Authorization": f"Bearer {bip.token}"}).json()["code"] == "310001"


def test_method_body_and_required_parameters(bip: BipDesk) -> None:
    assert bip.raw(LIST).json()["code"] == "310405"
    broken = bip.web.post(f"/iuap-api-gateway{LIST}", params={"access_token": bip.token}, content=b"{").json()
    assert broken["code"] == "310002"
    assert bip.call(LIST, {"pageSize": 10})["code"] == "310008"
    assert bip.call(LIST, {"pageIndex": "x"})["code"] == "310023"


def test_tokens_expire_and_a_fault_ends_one_early(bip: BipDesk) -> None:
    bip.arm(kind="token_expired")
    assert bip.call(LIST, PAGE)["code"] == "310036"
    bip.token = bip.new_token()["data"]["access_token"]
    assert bip.call(LIST, PAGE)["code"] == "200"
    bip.advance(7201)
    assert bip.call(LIST, PAGE)["code"] == "310036"


def test_address_authorisation_and_generation_of_finance(bip_with: Callable[..., BipDesk]) -> None:
    assert bip_with(allowed_ips="10.1.1.1").call(LIST, PAGE)["code"] == "310038"
    closed = bip_with(unauthorised="/EFI/receivable/", finance="fi", finance_missing="310037")
    assert closed.call("/yonbip/EFI/collection/list", PAGE)["code"] == "310037"
    assert closed.call("/yonbip/fi/oar/list", PAGE)["code"] == "200"
    empty = bip_with(finance_missing="empty").call("/yonbip/fi/oar/list", PAGE)
    assert empty["data"]["recordList"] == []


def test_the_free_quota_is_counted_by_path_and_minute(bip_with: Callable[..., BipDesk]) -> None:
    bip = bip_with(free_quota=True)
    codes = [bip.call("/yonbip/sd/voucherorder/list", PAGE)["code"] for _ in range(61)]
    assert codes[:60] == ["200"] * 60
    assert codes[60] == "310046"
    assert bip.call(LIST, PAGE)["code"] == "200"
    bip.advance(60)
    assert bip.call("/yonbip/sd/voucherorder/list", PAGE)["code"] == "200"


def test_settings_are_checked_by_name_and_type(bip_with: Callable[..., BipDesk]) -> None:
    with pytest.raises(ValueError, match="no setting 'colour'"):
        bip_with(colour="red")
    with pytest.raises(ValueError, match="free_quota takes bool"):
        bip_with(free_quota="yes")
