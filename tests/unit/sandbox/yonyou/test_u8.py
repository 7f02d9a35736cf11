"""U8 OpenAPI: tokens, asynchronous adds and their replays, pages of text, documents with swapped amounts."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.unit.sandbox.yonyou.desk import U8Desk

ORDER: dict[str, Any] = {
    "date": "2025-02-01",
    "custcode": "C1",
    "personcode": "YG001",
    "entry": [{"inventorycode": "M1", "quantity": "2", "taxunitprice": "11.3"}],
}
OWED = {
    "vouchertype": "R0", "code": "AR1", "date": "2025-02-01", "cust_vendor_code": "C1", "deptcode": "0101",
    "personcode": "YG001", "currency_name": "人民币", "operator": "demo", "currency_rate": "1", "amount": "100",
}  # fmt: skip


def customer(code: str, **more: str) -> dict[str, Any]:
    return {"customer": {"code": code, "name": f"客户{code}", "abbrname": code, "sort_code": "01", **more}}


def result(u8: U8Desk, url: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(url, trust_env=False).json()
    return found


def test_an_add_is_only_accepted_until_its_result_is_there(u8: U8Desk) -> None:
    accepted = u8.post("customer/add", customer("C2"), tradeid=u8.trade())
    assert (accepted["errcode"], accepted["ping_after"], "id" in accepted) == ("0", "1", False)
    pending = result(u8, accepted["url"])
    assert pending["url"] == accepted["url"]
    done = result(u8, accepted["url"])
    assert (done["errcode"], done["id"], bool(done["tradeid"])) == ("0", "C2", True)


def test_a_refusal_comes_with_the_result_and_leaves_the_key_free(u8: U8Desk) -> None:
    accepted = u8.post("customer/add", customer("C1"), biz_id="b1")
    assert accepted["errcode"] == "0"
    result(u8, accepted["url"])
    assert "重复" in result(u8, accepted["url"])["errmsg"]
    assert u8.post("customer/add", customer("C3"), biz_id="b1", sync=1)["id"] == "C3"


@pytest.mark.parametrize("name", ["biz_id", "tradeid"])
def test_the_same_key_again_makes_no_second_document(u8: U8Desk, name: str) -> None:
    key = {name: "outbox-17" if name == "biz_id" else u8.trade()}
    first = u8.post("saleorder/add", {"saleorder": ORDER}, sync=1, **key)
    assert first["id"] == "0000000001"
    assert u8.post("saleorder/add", {"saleorder": {**ORDER, "memo": "x"}}, sync=1, **key) == first
    assert len(u8.journal(object="saleorder")) == 1


def test_exactly_one_key_and_only_an_issued_tradeid(u8: U8Desk) -> None:
    for query in ({}, {"biz_id": "a", "tradeid": "b"}, {"tradeid": "made-up"}):
        assert u8.post("customer/add", customer("C4"), sync=1, **query)["errcode"] == "20001"
    assert u8.journal(object="customer") == []


def test_a_repeated_key_may_be_an_error(u8_with: Callable[..., U8Desk]) -> None:
    u8 = u8_with(replay_answer="duplicate", empty_ids=True)
    assert u8.post("saleorder/add", {"saleorder": ORDER}, biz_id="k", sync=1)["id"] == ""
    assert "重复提交" in u8.post("saleorder/add", {"saleorder": ORDER}, biz_id="k", sync=1)["errmsg"]


def test_pages_are_text_and_nothing_found_is_an_error(u8: U8Desk) -> None:
    u8.seed("customer", {"code": "C2", "name": "乙公司", "phone": "021"})
    page = u8.get("customer/batch_get", page_index=2, rows_per_page=1)
    assert {name: page[name] for name in ("page_index", "rows_per_page", "row_count", "page_count")} == {
        "page_index": "2", "rows_per_page": "1", "row_count": "2", "page_count": "2",
    }  # fmt: skip
    assert page["customer"][0]["phone"] == "021"
    assert "fax" not in page["customer"][0]
    beyond = u8.get("customer/batch_get", page_index=3, rows_per_page=1)
    assert beyond == {"errcode": "20002", "errmsg": "未检索到匹配的[客户]"}
    assert u8.get("customer/get", id="nobody")["errcode"] == "20002"


def test_the_change_counter_filters_archives(u8: U8Desk) -> None:
    mark = int(u8.get("customer/get", id="C1")["customer"]["timestamp"])
    u8.seed("customer", {"code": "C2", "name": "乙公司"})
    u8.web.put("/_sandbox/records/customer/C1", json={"phone": "010"})
    rows = u8.get("customer/batch_get", timestamp_begin=mark + 1)["customer"]
    assert [row["code"] for row in rows] == ["C1", "C2"]
    assert u8.get("customer/batch_get", timestamp_begin=mark + 3)["errcode"] == "20002"
    assert u8.get("customer/batch_get", code_begin="C2", code_end="C9")["row_count"] == "1"


def test_an_order_is_computed_and_listed_as_a_head(u8: U8Desk) -> None:
    made = u8.post("saleorder/add", {"saleorder": {**ORDER, "entry": ORDER["entry"][0]}}, biz_id="k", sync=1)["id"]
    order = u8.get("saleorder/get", id=made)["saleorder"]
    assert (order["sum"], order["money"], order["date"]) == ("22.60", "20.00", "2025-02-01")
    line = order["entry"][0]
    assert (line["unitprice"], line["tax"], line["inventoryname"]) == ("10.000000", "2.60", "物料一")
    head = u8.get("saleorderlist/batch_get", custcode="C1", state="Opening")["saleorderlist"][0]
    assert (head["date"], "entry" in head) == ("2025-02-01 00:00:00.000", False)
    assert head["createsystime"].endswith(".000")
    assert u8.get("saleorder/batch_get")["errcode"] == "20001"
    assert u8.get("saleorderlist/batch_get", date_begin="2025-02-02")["errcode"] == "20002"


def test_documents_are_verified_and_closed(u8: U8Desk) -> None:
    made = u8.post("saleorder/add", {"saleorder": ORDER}, biz_id="k", sync=1)["id"]
    body = {"saleorder": {"voucher_code": made, "person_code": "demo"}}
    assert u8.post("saleorder/verify", body)["errcode"] == "0"
    order = u8.get("saleorder/get", id=made)["saleorder"]
    assert (order["state"], order["verifier"]) == ("Approved", "demo")
    assert u8.post("saleorder/verify", body)["errcode"] != "0"
    assert u8.post("saleorder/close", body)["errcode"] == "0"
    assert u8.get("saleorder/get", id=made)["saleorder"]["closer"] == "demo"


def test_amount_means_the_documents_currency_here_and_the_local_one_there(u8: U8Desk) -> None:
    owed = {**OWED, "currency_name": "美元", "currency_rate": "7.1"}
    assert u8.post("oughtreceive/add", {"oughtreceive": owed}, biz_id="a", sync=1)["errcode"] == "0"
    row = u8.get("oughtreceivelist/batch_get", cust_vendor_code="C1")["oughtreceivelist"][0]
    assert (row["amount"], row["natamount"]) == ("100.00", "710.00")
    paid = {"vouchtype": "48", "vouchcode": "SK1", "vouchdate": "2025-02-02", "customercode": "C1", "operator": "demo"}
    paid |= {"foreigncurrency": "美元", "currencyrate": "7.1", "originalamount": "10"}
    assert u8.post("accept/add", {"accept": paid}, biz_id="b", sync=1)["id"] == "SK1"
    got = u8.get("accept/get", id="SK1")["accept"]
    assert (got["originalamount"], got["amount"]) == ("10.00", "71.00")


@pytest.mark.parametrize("name", ["vouchertype", "deptcode", "personcode", "currency_name", "operator"])
def test_marked_fields_of_a_receivable_are_demanded(u8: U8Desk, name: str) -> None:
    sent = {key: value for key, value in OWED.items() if key != name}
    assert name in u8.post("oughtreceive/add", {"oughtreceive": sent}, biz_id="a", sync=1)["errmsg"]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"custcode": "C404"}, "C404"),
        ({"personcode": "YG404"}, "YG404"),
        ({"entry": []}, "表体"),
        ({"date": "soon"}, "soon"),
    ],
)
def test_bad_orders_are_refused_in_words(u8: U8Desk, changes: dict[str, Any], text: str) -> None:
    reply = u8.post("saleorder/add", {"saleorder": {**ORDER, **changes}}, biz_id="a", sync=1)
    assert (reply["errcode"], text in reply["errmsg"]) == ("40001", True)


def test_access_is_refused_by_its_own_codes(u8: U8Desk) -> None:
    assert u8.system("/system/token", app_secret="wrong")["errcode"] == "20004"
    assert u8.get("customer/batch_get", to_account="other")["errcode"] == "20004"
    assert u8.get("customer/batch_get", ds_sequence="9")["errcode"] == "20001"
    u8.advance(7201)
    assert u8.get("customer/batch_get")["errcode"] == "20003"


def test_limits_the_stopped_relay_and_closed_periods(u8_with: Callable[..., U8Desk]) -> None:
    assert "客户端未连接" in u8_with(client_online=False).get("customer/batch_get")["errmsg"]
    limited = u8_with(calls_per_day=2, expires_in_as="milliseconds", closed_periods="2025-02")
    assert limited.system("/system/token", app_secret=limited.known["app_secret"])["token"]["expiresIn"] == 7_200_000
    assert "会计期间已结账" in limited.post("saleorder/add", {"saleorder": ORDER}, biz_id="a", sync=1)["errmsg"]
    assert limited.get("customer/batch_get")["errcode"] == "0"
    assert limited.get("customer/batch_get")["errcode"] == "50001"
    limited.advance(60)
    assert limited.get("customer/batch_get")["errcode"] == "50001"


def test_faults_speak_the_vendors_words(u8: U8Desk) -> None:
    u8.arm(kind="rate_limited", match={"object": "customer"})
    assert u8.get("customer/batch_get")["errcode"] == "50001"
    u8.arm(kind="hidden", match={"id": "C1"})
    assert u8.get("customer/batch_get")["errcode"] == "20002"
    u8.arm(kind="token_expired")
    assert u8.get("customer/batch_get")["errcode"] == "20003"


def test_contacts_persons_and_departments(u8: U8Desk) -> None:
    u8.seed("customercontacts", {"code": "L1", "name": "李四", "ccuscode": "C1", "mobile_phone": "138"})
    assert u8.get("customercontacts/batch_get", ccuscode="C1")["customercontacts"][0]["ccusname"] == "甲公司"
    assert u8.get("person/batch_get", code="YG001")["person"][0]["cdept_num"] == "0101"
    assert u8.get("department/batch_get")["row_count"] == "2"
    assert u8.get("consignmentlist/batch_get")["errcode"] == "20002"
    assert u8.system("/system/datasource/batch_get", token=u8.token)["datasource"][0]["ds_sequence"] == "1"
