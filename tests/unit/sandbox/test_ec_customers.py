"""EC customers: writes with partial success, lists, cursor, duplicate check, delete feed."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.sandbox.ec_client import EcClient


def created_at(second: int, **more: Any) -> dict[str, Any]:
    return {"name": f"客户{second}", "modifyTime": f"2026-11-20 10:00:{second:02d}", **more}


def names(answer: Any) -> list[str]:
    return [row["name"] for row in answer["data"]["list"]]


def test_a_bad_row_fails_alone_and_the_others_get_ids(ec: EcClient) -> None:
    sent = [{"name": "李伟", "mobile": "13900139000", "followUserId": 5001}, {"name": "长" * 51}, {"company": "华星"}]
    answer = ec.post("customer/addCustomer", {"optUserId": 5001, "list": sent})
    assert answer["code"] == 200
    assert [row["index"] for row in answer["data"]["successIdList"]] == [0, 2]
    assert [(row["index"], "50" in row["failureCause"]) for row in answer["data"]["failureList"]] == [(1, True)]
    assert [entry["object"] for entry in ec.web.get("/_sandbox/journal").json()["entries"]] == ["customer"] * 2


def test_repeat_decides_about_a_second_customer_with_the_mobile(ec: EcClient) -> None:
    item = {"name": "李伟", "mobile": "13900139000"}
    first = ec.add(**item)
    again = {"optUserId": 5001, "list": [item]}
    assert "重复" in ec.post("customer/addCustomer", again)["data"]["failureList"][0]["failureCause"]
    second = ec.post("customer/addCustomer", {**again, "repeat": True})["data"]["successIdList"][0]["crmId"]
    assert second == first + 1
    exist = {"mobile": "13900139000,13900139001", "maxNumsPreMobile": 5}
    found = ec.post("customer/queryExist", exist)["data"]
    assert [(row["mobile"], row["num"], len(row["list"])) for row in found] == [
        ("13900139000", 2, 2),
        ("13900139001", 0, 0),
    ]
    assert len(ec.post("customer/queryExist", {"mobile": "13900139000"})["data"][0]["list"]) == 1
    only_count = ec.post("customer/queryExist", {"mobile": "13900139000", "maxNumsPreMobile": 0})["data"][0]
    assert (only_count["num"], only_count["list"]) == (2, [])


def test_limits_of_the_lists_are_refused_as_a_whole(ec: EcClient) -> None:
    many = [{"name": f"n{number}"} for number in range(51)]
    assert ec.post("customer/addCustomer", {"optUserId": 5001, "list": many})["code"] != 200
    assert ec.post("customer/queryExist", {"mobile": ",".join(["1"] * 51)})["code"] != 200
    assert ec.post("customer/queryList", {"pageSize": 201})["code"] != 200
    assert ec.post("customer/query", {"pageInfo": {"pageSize": 201}})["code"] != 200
    assert ec.web.get("/_sandbox/journal").json()["entries"] == []


def test_a_write_needs_an_active_operator(ec: EcClient) -> None:
    assert ec.post("customer/addCustomer", {"list": [{"name": "a"}]})["code"] != 200
    ec.seed("user", {"userId": 5002, "userName": "离职", "status": 0})
    assert "停用" in ec.post("customer/addCustomer", {"optUserId": 5002, "list": [{"name": "a"}]})["msg"]


def test_an_update_changes_only_what_was_sent_and_never_the_owner(ec: EcClient) -> None:
    ec.seed("user", {"userId": 5002, "userName": "张三"})
    crm_id = ec.add(name="李伟", company="华星", memo="旧", fields={"81010001": "C-001", "81010002": "x"})
    ec.advance(5)
    before = ec.post("customer/preciseQuery", {"crmIds": str(crm_id)})["data"][0]
    sent = {"optUserId": 5001, "crmId": crm_id, "memo": "", "followUserId": 5002, "fields": {"81010002": "y"}}
    assert ec.post("customer/updateCustomer", sent)["code"] == 200
    after = ec.post("customer/preciseQuery", {"crmIds": f"{crm_id},999"})["data"][0]
    assert (after["name"], after["company"], after["memo"], after["followUserId"]) == ("李伟", "华星", "", 5001)
    assert {info["fieldId"]: info["fieldValue"] for info in after["fieldInfos"]} == {
        "81010001": "C-001",
        "81010002": "y",
    }
    assert after["modifyTime"] > before["modifyTime"]


def test_batch_update_takes_an_array_and_reports_both_lists(ec: EcClient) -> None:
    crm_id = ec.add(name="李伟")
    sent = [{"optUserId": 5001, "crmId": crm_id, "title": "经理"}, {"optUserId": 5001, "crmId": 1, "title": "x"}]
    answer = ec.post("customer/batchUpdateCustomer", sent)["data"]
    assert [row["crmId"] for row in answer["successList"]] == [crm_id]
    assert [row["index"] for row in answer["failureList"]] == [1]
    assert ec.post("customer/batchUpdateCustomer", {"crmId": crm_id})["code"] != 200


def test_handing_over_answers_one_code_per_customer(ec: EcClient) -> None:
    ec.seed("user", {"userId": 5002, "userName": "张三"})
    crm_id = ec.add(name="李伟")
    answer = ec.post("customer/change/user", {"optUserId": 5001, "crmIds": f"{crm_id},1", "followUserId": 5002})["data"]
    assert (answer["nums"], answer["success"], answer["errors"]) == (2, 1, 1)
    assert answer["list"][0]["code"] == 200
    assert answer["list"][1]["code"] != 200
    assert ec.post("customer/queryList", {"followUserId": [5002]})["data"]["page"]["total"] == 1
    listed = ec.post("customer/change/user", {"optUserId": 5001, "crmIds": [crm_id], "followUserId": 5002})
    assert listed["code"] != 200  # a comma string here, never an array


def test_giving_up_moves_a_customer_to_a_pond(ec: EcClient) -> None:
    crm_id = ec.add(name="李伟")
    ec.post("customer/change/abandon", {"optUserId": 5001, "crmIds": str(crm_id), "type": 301})
    row = ec.post("customer/preciseQuery", {"crmIds": str(crm_id)})["data"][0]
    assert (row["followUserId"], row["publicPondId"]) == (None, 301)
    assert (
        ec.post("customer/step/update", {"optUserId": 5001, "crmIds": str(crm_id), "step": 2})["data"]["success"] == 1
    )
    assert ec.post("customer/queryList", {"step": ["2"]})["data"]["page"]["total"] == 1


def test_merging_keeps_the_smallest_id_and_moves_what_hung_on_the_others(ec: EcClient) -> None:
    first, second = ec.add(name="李伟", createCrmType=1), ec.add(name="李伟", company="华星", createCrmType=1)
    card = {"optUserId": 5001, "crmId": second, "crmContactBookVO": {"name": "王芳"}}
    ec.post("contactbook/add", card)
    body = {"optUserId": 5001, "followUserId": 5001, "name": "李伟", "crmIds": f"{second},{first}"}
    assert ec.post("customer/combine", body)["data"] == first
    rows = ec.post("customer/queryList", {})["data"]["list"]
    assert [(row["crmId"], row["company"]) for row in rows] == [(first, "华星")]
    assert len(ec.post("contactbook/list", {"optUserId": 5001, "crmId": first})["data"]) == 1
    feed = {"startTime": "2026-11-20 00:00:00", "endTime": "2026-11-20 00:00:00", "lastId": ""}
    assert ec.post("customer/delcrms", feed)["data"] == []


@pytest.mark.parametrize(("codes", "one"), [("e3", "男"), ("e2", "女")])
def test_gender_is_a_number_in_writes_and_a_word_in_reads(
    ec_with: Callable[..., EcClient], codes: str, one: str
) -> None:
    ec = ec_with(gender_codes=codes)
    crm_id = ec.add(name="李伟", gender=1)
    assert ec.post("customer/preciseQuery", {"crmIds": str(crm_id)})["data"][0]["gender"] == one


def test_query_list_filters_pages_and_counts(ec: EcClient) -> None:
    ec.seed("customer", [created_at(second, company="华星" if second % 2 else "宏达") for second in range(1, 6)])
    body = {"modifyTime": {"startTime": "2026-11-20 10:00:02", "endTime": "2026-11-20 10:00:05"}, "pageSize": 3}
    first = ec.post("customer/queryList", {**body, "pageNo": 1})
    assert first["data"]["page"] == {"pageSize": 3, "pageNo": 1, "total": 4, "maxPageNo": 2}
    assert names(first) == ["客户5", "客户4", "客户3"]
    assert names(ec.post("customer/queryList", {**body, "pageNo": 2})) == ["客户2"]
    assert names(ec.post("customer/queryList", {**body, "company": "宏达"})) == ["客户4", "客户2"]
    assert ec.post("customer/queryList", {"crmIds": "1,2"})["code"] != 200  # an array here


def test_a_customer_edited_while_a_window_is_read_shifts_the_pages(ec: EcClient) -> None:
    ids = ec.seed("customer", [created_at(second) for second in range(1, 5)])
    body = {"modifyTime": {"startTime": "2026-11-20 10:00:00", "endTime": "2026-11-20 10:00:59"}, "pageSize": 2}
    first = names(ec.post("customer/queryList", {**body, "pageNo": 1}))
    ec.web.put(f"/_sandbox/records/customer/{ids[3]}", json={"memo": "x"})
    second = names(ec.post("customer/queryList", {**body, "pageNo": 2}))
    assert (first, second) == (["客户4", "客户3"], ["客户1"])  # 客户2 is in neither


def test_the_export_cursor_covers_all_once_with_a_tie_breaker(ec: EcClient) -> None:
    ec.seed("customer", [created_at(number // 3, company=str(number)) for number in range(10)])
    orders = [{"sortField": "modifyTime", "sortType": "asc"}, {"sortField": "crmId", "sortType": "asc"}]
    seen, sort = [], [0, 0]
    while True:
        data = ec.post("customer/queryCustomer", {"orderBy": orders, "sort": sort, "pageSize": 4})["data"]
        if not data["list"]:
            break
        seen += [row["company"] for row in data["list"]]
        sort = data["sort"]
    assert seen == [str(number) for number in range(10)]


def test_the_export_cursor_without_tie_breaker_passes_over_ties(ec: EcClient) -> None:
    ec.seed("customer", [created_at(0), created_at(0), created_at(1)])
    orders = [{"sortField": "modifyTime", "sortType": "asc"}]
    first = ec.post("customer/queryCustomer", {"orderBy": orders, "sort": [0], "pageSize": 1})["data"]
    second = ec.post("customer/queryCustomer", {"orderBy": orders, "sort": first["sort"], "pageSize": 1})["data"]
    assert second["list"][0]["name"] == "客户1"


def test_the_export_cursor_descends_and_refuses_nonsense(ec: EcClient) -> None:
    ec.seed("customer", [created_at(second) for second in range(3)])
    orders = [{"sortField": "crmId", "sortType": "desc"}]
    first = ec.post("customer/queryCustomer", {"orderBy": orders, "sort": [0], "pageSize": 2})
    assert names(first) == ["客户2", "客户1"]
    again = {"orderBy": orders, "sort": first["data"]["sort"], "pageSize": 2}
    assert names(ec.post("customer/queryCustomer", again)) == ["客户0"]
    assert ec.post("customer/queryCustomer", {"orderBy": orders, "sort": [0, 0]})["code"] != 200
    assert ec.post("customer/queryCustomer", {"orderBy": [{"sortField": "name"}], "sort": [0]})["code"] != 200


def test_the_deprecated_query_sorts_and_pages(ec: EcClient) -> None:
    ec.seed("customer", [created_at(second) for second in range(3)])
    order = {"sortField": "modifytime", "sortType": "asc"}
    data = ec.post("customer/query", {"orderBy": order, "pageInfo": {"pageNo": 1, "pageSize": 2}})["data"]
    assert [row["name"] for row in data["customerInfoList"]] == ["客户0", "客户1"]
    assert data["pageInfo"] == {"pageSize": 2, "pageNo": 1, "total": 3, "totalPage": 2}
    assert ec.post("customer/query", {"orderBy": {"sortField": "modifyTime"}})["code"] != 200


def test_the_delete_feed_pages_by_its_own_id(ec_with: Callable[..., EcClient]) -> None:
    ec = ec_with(delete_feed_page_size=2)
    ids = ec.seed("customer", [{"name": f"n{number}"} for number in range(3)])
    for crm_id in reversed(ids):
        ec.web.delete(f"/_sandbox/records/customer/{crm_id}")
    now = ec.web.get("/_sandbox/health").json()["now"][:10]
    body = {"startTime": f"{now} 00:00:00", "endTime": f"{now} 00:00:00", "lastId": ""}
    wide = {**body, **feed_window(ec)}
    first = ec.post("customer/delcrms", wide)
    assert (first["errCode"], [row["crmId"] for row in first["data"]]) == (200, [ids[2], ids[1]])
    rest = ec.post("customer/delcrms", {**wide, "lastId": str(first["data"][-1]["id"])})["data"]
    assert [row["crmId"] for row in rest] == [ids[0]]


def feed_window(ec: EcClient) -> dict[str, str]:
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    now = datetime.fromisoformat(ec.web.get("/_sandbox/health").json()["now"]).astimezone(ZoneInfo("Asia/Shanghai"))
    form = "%Y-%m-%d %H:%M:%S"
    return {"startTime": (now - timedelta(days=6)).strftime(form), "endTime": now.strftime(form)}


def test_a_window_over_seven_days_is_refused(ec: EcClient) -> None:
    body = {"startTime": "2026-11-01 00:00:00", "endTime": "2026-11-08 00:00:01", "lastId": ""}
    answer = ec.post("customer/delcrms", body)
    assert answer["code"] != 200
    assert "7天" in answer["msg"]


@pytest.mark.parametrize(
    "window",
    [
        {"startTime": "2026-11-20", "endTime": "2026-11-21"},
        {"startTime": "2026-11-21 00:00:00", "endTime": "2026-11-20 00:00:00"},
        {"startTime": "2026-13-21 00:00:00", "endTime": "2026-11-20 00:00:00"},
        "today",
    ],
)
def test_malformed_windows_are_refused(ec: EcClient, window: Any) -> None:
    assert ec.post("customer/queryList", {"modifyTime": window})["code"] != 200


def test_unknown_custom_fields_are_refused_or_dropped(ec: EcClient, ec_with: Callable[..., EcClient]) -> None:
    body = {"optUserId": 5001, "list": [{"name": "a", "fields": {"123": "x"}}]}
    assert len(ec.post("customer/addCustomer", body)["data"]["failureList"]) == 1
    lax = ec_with(unknown_field="drop")
    crm_id = lax.post("customer/addCustomer", body)["data"]["successIdList"][0]["crmId"]
    assert lax.post("customer/preciseQuery", {"crmIds": str(crm_id)})["data"][0]["fieldInfos"] == []


def test_control_edits_speak_of_what_is_allowed(ec: EcClient) -> None:
    reply = ec.web.post("/_sandbox/records/customer", json={"nam": "x"})
    assert (reply.status_code, "nam" in reply.json()["error"]) == (400, True)
    assert ec.web.post("/_sandbox/records/customer", json={"followUserId": 1}).status_code == 400
    assert ec.web.post("/_sandbox/records/customer", json={"gender": "x"}).status_code == 400
    assert ec.web.post("/_sandbox/records/customer", json={"modifyTime": "x"}).status_code == 400
    assert ec.web.post("/_sandbox/records/contact", json={"crmId": 1}).status_code == 400
    assert ec.web.post("/_sandbox/records/sale", json={"crmId": 1}).status_code == 400
    assert ec.web.post("/_sandbox/records/product", json={}).status_code == 400
    assert ec.web.post("/_sandbox/records/subscription", json={}).status_code == 400
