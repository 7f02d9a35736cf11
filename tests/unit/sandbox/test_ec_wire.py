"""EC on the wire: signature window, faults of the vendor's own kind, organisation, push, trajectories."""

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from sandbox.core.start import start_sandbox
from sandbox.ec import make_sandbox
from tests.unit.sandbox.ec_client import EcClient


def around_now(ec: EcClient, **span: float) -> tuple[str, str]:
    now = datetime.fromisoformat(ec.web.get("/_sandbox/health").json()["now"]).astimezone(ZoneInfo("Asia/Shanghai"))
    form = "%Y-%m-%d %H:%M:%S"
    return (now - timedelta(**span)).strftime(form), (now + timedelta(seconds=60)).strftime(form)


def test_an_unknown_path_or_method_is_404(ec: EcClient) -> None:
    assert ec.send("customer/receipts", {}).status_code == 404
    assert ec.send("customer/queryList", {}, "GET").status_code == 404


@pytest.mark.parametrize("offset_ms", [-29_000, 0, 29_000])
def test_a_signature_inside_30_seconds_is_taken(ec: EcClient, offset_ms: int) -> None:
    headers = ec.headers(round(time.time() * 1000) + offset_ms)
    assert ec.web.get("/v2/org/struct/info", headers=headers).json()["code"] == 200


@pytest.mark.parametrize("offset_ms", [-31_500, 31_500])
def test_a_signature_outside_is_401_or_a_code(ec_with: Callable[..., EcClient], offset_ms: int) -> None:
    ec, by_code = ec_with(), ec_with(sign_error="code", sign_error_code=10401)
    stamp = round(time.time() * 1000) + offset_ms
    reply = ec.web.get("/v2/org/struct/info", headers=ec.headers(stamp))
    assert (reply.status_code, reply.json()["code"]) == (401, 401)
    reply = by_code.web.get("/v2/org/struct/info", headers=by_code.headers(stamp))
    assert (reply.status_code, reply.json()["code"]) == (200, 10401)


@pytest.mark.parametrize("header", ["X-Ec-Cid", "X-Ec-TimeStamp", "X-Ec-Sign"])
@pytest.mark.parametrize("value", ["", "1", "中"])
def test_each_header_counts(ec: EcClient, header: str, value: str) -> None:
    headers = {**{k: v.encode() for k, v in ec.headers().items()}, header: value.encode()}
    assert ec.web.get("/v2/org/struct/info", headers=headers).status_code == 401


def test_a_lower_case_signature_is_refused(ec: EcClient) -> None:
    headers = ec.headers()
    headers["X-Ec-Sign"] = headers["X-Ec-Sign"].lower()
    assert ec.web.get("/v2/org/struct/info", headers=headers).status_code == 401


def test_the_sandbox_clock_moves_the_window(ec: EcClient) -> None:
    ec.advance(3600)
    assert ec.web.get("/v2/org/struct/info", headers=ec.headers()).status_code == 401


def test_token_expired_and_rate_limited_answer_once(ec: EcClient, ec_with: Callable[..., EcClient]) -> None:
    ec.fault(kind="token_expired")
    ec.fault(kind="rate_limited")
    assert [ec.send("org/struct/info", {}, "GET").status_code for _ in range(3)] == [401, 429, 200]
    other = ec_with(rate_limit_answer="code", rate_limit_code=20429)
    other.fault(kind="rate_limited", match={"object": "user"})
    reply = other.send("org/struct/info", {}, "GET")
    assert (reply.status_code, reply.json()["code"]) == (200, 20429)


def test_the_body_is_parsed_whatever_its_content_type(ec: EcClient) -> None:
    raw = json.dumps({"optUserId": 5001, "list": [{"name": "李伟"}]}, ensure_ascii=False).encode()
    headers = {**ec.headers(), "Content-Type": "text/plain"}
    assert ec.web.post("/v2/customer/addCustomer", content=raw, headers=headers).json()["code"] == 200
    assert ec.web.post("/v2/customer/addCustomer", content=b"{", headers=ec.headers()).json()["code"] != 200
    assert ec.web.post("/v2/customer/addCustomer", content=b"[]", headers=ec.headers()).json()["code"] != 200


def test_locked_customers_land_in_the_failure_list(ec: EcClient) -> None:
    first, second = ec.add(name="a"), ec.add(name="b")
    ec.fault(kind="locked", match={"id": str(first)})
    sent = [{"optUserId": 5001, "crmId": crm_id, "memo": "x"} for crm_id in (first, second)]
    answer = ec.post("customer/batchUpdateCustomer", sent)
    assert answer["code"] == 200
    assert [row["crmId"] for row in answer["data"]["failureList"]] == [first]
    assert "稍后" in answer["data"]["failureList"][0]["failureCause"]
    assert ec.post("customer/updateCustomer", sent[0])["code"] == 200


def test_edit_before_write_is_an_edit_the_writer_did_not_see(ec: EcClient) -> None:
    crm_id = ec.add(name="a", memo="old", title="old")
    ec.fault(kind="edit_before_write", edit={"memo": "by a colleague"})
    ec.post("customer/updateCustomer", {"optUserId": 5001, "crmId": crm_id, "title": "new"})
    row = ec.post("customer/preciseQuery", {"crmIds": str(crm_id)})["data"][0]
    assert (row["memo"], row["title"]) == ("by a colleague", "new")
    by = [entry["by"] for entry in ec.web.get("/_sandbox/journal?by=all").json()["entries"]]
    assert by == ["api", "user", "api"]


def test_edit_before_write_has_a_default_for_sales_too(ec: EcClient) -> None:
    body = {"optUserId": 5001, "crmId": ec.add(name="a"), "1": "单", "3": "1", "4": 1}
    sale_id = ec.post("sales/addSales", body)["data"]
    ec.fault(kind="edit_before_write")
    ec.post("sales/updateSales", {"optUserId": 5001, "saleId": sale_id, "1": "新"})
    detail = ec.get("sales/getSalesDetail", saleId=sale_id)["data"]
    assert (detail["projectName"], detail["remark"]) == ("新", "刚刚被同事修改")


def test_normalise_stores_something_else_than_was_sent(ec: EcClient) -> None:
    ec.fault(kind="normalise", max=6)
    crm_id = ec.add(name="  ＡＢ（１）公司总部  ", fields={"81010001": " Ｃ１ "})
    row = ec.post("customer/preciseQuery", {"crmIds": str(crm_id)})["data"][0]
    assert (row["name"], row["fieldInfos"][0]["fieldValue"]) == ("AB(1)公", "C1")


def test_hidden_records_are_missing_from_reads_but_there(ec: EcClient) -> None:
    first, second = ec.add(name="a", mobile="13900000001"), ec.add(name="b")
    ec.fault(kind="hidden", count=3, match={"id": str(first)})
    assert [row["crmId"] for row in ec.post("customer/queryList", {})["data"]["list"]] == [second]
    assert ec.post("customer/preciseQuery", {"crmIds": f"{first}"})["data"] == []
    assert ec.post("customer/queryExist", {"mobile": "13900000001"})["data"][0]["num"] == 0
    assert len(ec.post("customer/queryList", {})["data"]["list"]) == 2


def test_empty_and_repeated_pages(ec: EcClient) -> None:
    ec.seed("customer", [{"name": f"n{number}"} for number in range(4)])
    cursor = {"orderBy": [{"sortField": "crmId", "sortType": "asc"}], "pageSize": 2}
    first = ec.post("customer/queryCustomer", {**cursor, "sort": [0]})["data"]
    ec.fault(kind="repeat_page", match={"path": "queryCustomer"})
    again = ec.post("customer/queryCustomer", {**cursor, "sort": first["sort"]})["data"]
    assert again == first
    ec.fault(kind="empty_page")
    empty = ec.post("customer/queryList", {"pageSize": 2, "pageNo": 1})["data"]
    assert (empty["list"], empty["page"]["total"]) == ([], 4)
    ec.fault(kind="repeat_page")
    pages = [ec.post("customer/queryList", {"pageSize": 2, "pageNo": 1})["data"]["list"]]
    ec.fault(kind="repeat_page")
    pages.append(ec.post("customer/queryList", {"pageSize": 2, "pageNo": 2})["data"]["list"])
    assert pages[0] == pages[1]


def test_organisation_and_configuration_reads(ec: EcClient) -> None:
    structure = ec.get("org/struct/info")["data"]
    assert structure["depts"][0] == {"deptId": 101, "deptName": "总公司", "parentDeptId": 0}
    assert structure["users"][0]["userId"] == 5001
    by_account = ec.post("org/user/findUserInfoById", {"account": "13800005001", "deptInfo": True})["data"]
    assert (by_account["name"], by_account["mobile"], by_account["deptName"]) == ("接口专员", "13800005001", "总公司")
    assert ec.post("org/user/findUserInfoById", {"userId": 5001})["data"]["userId"] == 5001
    assert ec.post("org/user/findUserInfoById", {"account": "1"})["code"] != 200
    fields = ec.get("config/getFieldMapping")["data"]
    assert (fields[0]["fieldId"], fields[0]["fieldName"], fields[0]["filedType"]) == ("81010001", "外部编号", 1)
    assert ec.get("config/getPubicPond")["data"][0]["publicPondId"] == 301
    assert ec.get("customer/getChannelSource")["data"][0] == {"name": "官网", "id": 1}
    assert ec.get("customer/getCustomerGroup", userId=5001)["data"][0]["groupId"] == 401
    assert len(ec.get("config/getStages")["data"]) == 4
    assert ec.get("config/getAreas")["data"] == []


def test_trajectories_page_by_a_pair_and_refuse_long_windows(ec: EcClient) -> None:
    crm_id = ec.add(name="a")
    start, end = around_now(ec, minutes=5)
    item = {"crmId": crm_id, "userId": 5001, "content": "应收提醒"}
    saved = ec.post("trajectory/saveUserTrajectory", {"list": [item] * 3 + [{"crmId": 1}]})["data"]
    assert [row["index"] for row in saved["failureList"]] == [3]
    body = {"date": {"startTime": start, "endTime": end}, "crmIds": [crm_id], "pageSize": 2}
    first = ec.post("customer/getTrajectory", body)["data"]
    following = first["nextPageDTO"]
    assert (len(first["trajectoryList"]), following["hasNextPage"]) == (2, 1)
    cursor = {"lastId": following["nextLastId"], "lastTime": following["nextLastTime"]}
    second = ec.post("customer/getTrajectory", {**body, **cursor})["data"]
    assert (len(second["trajectoryList"]), second["nextPageDTO"]["hasNextPage"]) == (1, 0)
    long = {"date": {"startTime": "2026-01-01 00:00:00", "endTime": "2026-02-02 00:00:00"}}
    assert "31天" in ec.post("customer/getTrajectory", long)["msg"]


def test_a_push_reaches_its_url_and_the_log(ec: EcClient) -> None:
    with start_sandbox(make_sandbox()) as receiver:
        target = f"{receiver.url}/v2/hook/secret"
        reply = ec.web.post("/_sandbox/push", json={"url": target, "event": "sale.update", "saleId": 90000001})
        assert (reply.json()["status"], "没有该服务" in reply.json()["body"]) == (404, True)
        assert httpx.get(f"{receiver.url}/_sandbox/counters", trust_env=False).json()["calls"] == {"/v2/hook/secret": 1}
    begin, end = around_now(ec, minutes=5)
    logged = ec.post("apipush/getApiPush", {"beginTime": begin, "endTime": end})["data"]
    assert (logged[0]["f_push_url"], logged[0]["f_return_code"]) == (target, 404)
    assert json.loads(logged[0]["f_push_paras"])["saleId"] == 90000001


def test_a_push_that_finds_nobody_is_logged_as_a_failure(ec: EcClient) -> None:
    with start_sandbox(make_sandbox()) as receiver:
        target = receiver.url
    assert ec.web.post("/_sandbox/push", json={"url": target}).json()["status"] == 0
    assert ec.web.post("/_sandbox/push", json={"url": "ftp://x"}).status_code == 400


def test_a_subscription_pushes_changes_by_itself_with_v2_headers(ec_with: Callable[..., EcClient]) -> None:
    ec, receiver = ec_with(push_signature="v2_headers"), ec_with()
    target = f"{receiver.web.base_url}/v2/customer/queryList"
    ec.seed("subscription", {"url": target, "events": ["customer.create"]})
    crm_id = ec.add(name="a")
    ec.post("customer/updateCustomer", {"optUserId": 5001, "crmId": crm_id, "memo": "x"})
    deadline = time.monotonic() + 5
    log: list[dict[str, Any]] = []
    while not log and time.monotonic() < deadline:
        log = ec.web.get("/_sandbox/records/push_log").json()["records"]
        time.sleep(0.02)
    assert [json.loads(row["f_push_paras"])["event"] for row in log] == ["customer.create"]
    assert log[0]["f_return_code"] == 200  # the other account took the signature


def test_an_unknown_setting_is_named() -> None:
    with pytest.raises(ValueError, match="colour"):
        make_sandbox({"colour": "red"})
