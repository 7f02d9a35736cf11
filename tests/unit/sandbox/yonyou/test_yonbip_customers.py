"""Customers, products and staff of YonBIP: list shapes, names in three spellings, saves, replays, partial batches."""

from typing import Any

import pytest

from tests.unit.sandbox.yonyou.desk import BipDesk

MERCHANT = "/yonbip/digitalModel/merchant"
PAGE = {"pageIndex": 1, "pageSize": 10}


def insert(bip: BipDesk, **data: Any) -> dict[str, Any]:
    return bip.call(f"{MERCHANT}/idempotent/newinsert", {"data": data})


def test_three_lists_three_shapes(bip: BipDesk) -> None:
    bare = bip.call(f"{MERCHANT}/newlist", PAGE)
    assert [row["code"] for row in bare["data"]] == ["C1"]
    assert bare["data"][0]["name"] == {"simplifiedName": "甲公司"}
    assert bare["data"][0]["id"] > 2**53
    paged = bip.call(f"{MERCHANT}/newlistrange", PAGE)["data"]
    assert (paged["recordCount"], paged["pageCount"]) == ("1", "1")
    newest = bip.call("/yonbip/PFC/merchant/v1/list", PAGE)["data"]["recordList"][0]
    assert (newest["name"], newest["createOrg___code"]) == ({"zh_CN": "甲公司"}, "ORG01")


def test_an_insert_is_answered_once_for_an_hour_and_never_made_twice(bip: BipDesk) -> None:
    sent = {"resubmitCheckKey": "k" * 32, "name": {"simplifiedName": "乙公司"}, "creditCode": "91310000MA1FL0AB12"}
    first = insert(bip, **sent)
    assert insert(bip, **{**sent, "name": {"simplifiedName": "别的"}}) == first
    bip.advance(3601)
    late = insert(bip, **sent)
    assert (late["code"], late["data"]) == ("100004", {"id": first["data"][0]["id"]})
    assert len(bip.journal(object="merchant", kind="create")) == 1
    assert insert(bip, name={"simplifiedName": "丙"}, resubmitCheckKey="k" * 33)["code"] == "999"


def test_a_refused_insert_has_the_number_zero_and_leaves_its_key_free(bip: BipDesk) -> None:
    refused = insert(bip, resubmitCheckKey="r1", name={"simplifiedName": ""})
    assert refused == {"code": 0, "message": "客户名称不能为空!", "data": None}
    assert insert(bip, resubmitCheckKey="r1", name={"simplifiedName": "丁"})["code"] == "200"
    assert insert(bip, code="C1", name={"simplifiedName": "戊"})["code"] == 0


def test_a_lost_reply_is_found_again_by_its_key(bip: BipDesk) -> None:
    bip.arm(kind="rate_limited", code="310504", commit=True, match={"path": "newinsert"})
    sent = {"resubmitCheckKey": "lost", "name": {"simplifiedName": "己"}}
    assert insert(bip, **sent)["code"] == "310504"
    assert insert(bip, **sent)["code"] == "200"
    assert len(bip.journal(object="merchant", kind="create")) == 1


def test_a_request_that_is_still_worked_on_says_so_and_goes_through_later(bip: BipDesk) -> None:
    bip.arm(kind="locked", pending=True)
    sent = {"resubmitCheckKey": "busy", "name": {"simplifiedName": "庚"}}
    assert [insert(bip, **sent)["code"] for _ in range(2)] == ["202", "200"]


def test_an_update_wants_child_states_and_keeps_what_it_does_not_name(bip: BipDesk) -> None:
    made = bip.seed(
        "merchant", {"code": "C2", "name": "庚", "contactTel": "021", "merchantContactInfos": [{"fullName": "李"}]}
    )
    contact = made["merchantContactInfos"][0]["id"]
    body = {"code": "C2", "name": {"zh_CN": "庚二"}, "createOrgCode": "ORG01", "enterpriseNature": 0}
    assert bip.call(f"{MERCHANT}/newupdate", {**body, "merchantContactInfos": [{"fullName": {}}]})["code"] == 0
    changes = [{"entityStatus": "Update", "id": contact, "mobile": "139"}, {"entityStatus": "Insert", "fullName": "王"}]
    assert bip.call(f"{MERCHANT}/newupdate", {**body, "merchantContactInfos": changes})["code"] == "200"
    after = bip.call(f"{MERCHANT}/newBatchDetail", [{"code": "C2", "belongOrgCode": "ORG01"}])["data"][0]
    assert (after["name"]["simplifiedName"], after["contactTel"]) == ("庚二", "021")
    assert [row.get("mobile") for row in after["merchantContactInfos"]] == ["139", None]
    assert after["merchantContactInfos"][0]["fullName"] == {"simplifiedName": "李"}


def test_times_filter_whole_seconds_and_inclusive(bip: BipDesk) -> None:
    for code, second in (("T1", "01"), ("T2", "02"), ("T3", "03")):
        bip.seed("merchant", {"code": code, "name": code, "modifyTime": f"2025-01-01 08:00:{second}"})
    window = {"beganTime": "2025-01-01 08:00:02", "endTime": "2025-01-01 08:00:03"}
    rows = bip.call(f"{MERCHANT}/newlist", {**PAGE, **window})["data"]
    assert [row["code"] for row in rows] == ["T2", "T3"]
    assert bip.call(f"{MERCHANT}/newlist", {**PAGE, "beganTime": "soon"})["code"] == "310015"


def test_a_batch_tells_which_rows_failed_and_its_code_says_200(bip: BipDesk) -> None:
    rows = [
        {"_status": "Insert", "org_code": "ORG01", "code": "B1", "name": {"zh_CN": "辛"}},
        {"_status": "Insert", "code": "B2", "name": {}},
    ]
    reply = bip.call("/yonbip/digitalModel/batch/merchant/save", {"data": rows})
    assert (reply["code"], reply["data"]["sucessCount"], reply["data"]["failCount"]) == (200, 1, 1)
    assert reply["data"]["messages"] == ["B2：客户名称不能为空!"]
    assert [row["code"] for row in reply["data"]["infos"]] == ["B1"]


def test_stop_and_delete_leave_used_customers(bip: BipDesk) -> None:
    bip.seed("order", {"agentId": "C1", "orderDetails": [{"productId": "M1", "qty": "1", "oriTaxUnitPrice": "1"}]})
    bip.seed("merchant", {"code": "C9", "name": "壬"})
    assert "asyncKey" in bip.call(f"{MERCHANT}/batchdelete", {"data": [{"code": "C1"}, {"code": "C9"}]})["data"]
    assert [row["code"] for row in bip.call(f"{MERCHANT}/newlist", PAGE)["data"]] == ["C1"]
    assert bip.call(f"{MERCHANT}/stop", {"data": [{"code": "C1"}]})["data"]["sucessCount"] == 1
    assert bip.call(f"{MERCHANT}/newlist", PAGE)["data"][0]["stopStatus"] is True


def test_contacts_are_listed_by_customer(bip: BipDesk) -> None:
    bip.seed("merchant", {"code": "C2", "name": "癸", "merchantContactInfos": [{"fullName": "李四", "mobile": "138"}]})
    path = "/yonbip/PFC/merchant/contacter/v1/list"
    data = bip.call(path, {**PAGE, "merchantCodes": ["C2"]})["data"]
    assert data["code"] == "200"
    assert data["recordList"][0]["fullName"] == {"zh_CN": "李四"}
    assert bip.call(path, PAGE)["code"] == "310008"


def test_products_are_upserted_by_code(bip: BipDesk) -> None:
    path = "/yonbip/digitalModel/product/idempotent/save"
    sent = {"code": "M1", "name": {"simplifiedName": "新名"}, "unitCode": "KG", "detail": {}}
    assert bip.call(path, {"data": sent})["code"] == "200"
    rows = bip.call("/yonbip/digitalModel/product/integration/querylist", PAGE)["data"]
    assert [(row["code"], row["name"], row["unitCode"]) for row in rows["recordList"]] == [("M1", "新名", "KG")]
    assert rows["haveNextPage"] is False
    assert bip.call(path, {"data": {**sent, "unitCode": "BARREL"}})["code"] == "999"
    batch = bip.call("/yonbip/digitalModel/product/batchsave", [sent, {**sent, "unitCode": "BARREL"}])["data"]
    assert isinstance(batch["messages"], str)
    assert batch["failCount"] == 1


def test_staff_and_departments(bip: BipDesk) -> None:
    rows = bip.call("/yonbip/digitalModel/staff/list", {**PAGE, "mobile": "13900000001"})["data"]["recordList"]
    assert [row["code"] for row in rows] == ["YG001"]
    assert bip.get("/yonbip/digitalModel/staff/detail", code="YG001")["data"]["mainJobList"]
    assert bip.get("/yonbip/digitalModel/staff/detail", code="nobody")["code"] == "1002"
    tree = bip.call("/yonbip/digitalModel/admindept/tree", {"externalData": {}})["data"]
    assert [child["name"] for child in tree[0]["children"]] == ["销售部"]


@pytest.mark.parametrize("kind", ["empty_page", "hidden"])
def test_faults_take_rows_away(bip: BipDesk, kind: str) -> None:
    bip.arm(kind=kind)
    assert bip.call(f"{MERCHANT}/newlist", PAGE)["data"] == []
    assert len(bip.call(f"{MERCHANT}/newlist", PAGE)["data"]) == 1


def test_control_records_are_refused_by_name(bip: BipDesk) -> None:
    reply = bip.web.post("/_sandbox/records/merchant", json={"name": "x", "colour": "red"})
    assert (reply.status_code, "colour" in reply.text) == (400, True)


def test_a_user_who_edits_contacts_keeps_those_that_are_named(bip: BipDesk) -> None:
    made = bip.seed(
        "merchant", {"code": "C2", "name": "乙", "merchantContactInfos": [{"fullName": "李"}, {"fullName": "王"}]}
    )
    second = made["merchantContactInfos"][1]["id"]
    edit = {"merchantContactInfos": [{"id": second, "mobile": "139"}, {"fullName": "赵"}]}
    after = bip.web.put(f"/_sandbox/records/merchant/{made['id']}", json=edit).json()["records"][0][
        "merchantContactInfos"
    ]
    assert [(row["fullName"]["simplifiedName"], row.get("mobile")) for row in after] == [("王", "139"), ("赵", None)]
    assert after[0]["id"] == second
