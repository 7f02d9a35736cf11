"""The vectors and captured answer shapes of the vendor note, held against the EC sandbox."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.core import SandboxClock
from sandbox.core.start import start_sandbox
from sandbox.ec.settings import EcSettings
from sandbox.ec.signing import sign, signed_headers

# The account of the note's vector and samples.
ACCOUNT = {"corp_id": "21000001", "app_id": "100001", "app_secret": "s3cr3t"}
LIST_SAMPLE = {
    "crmId": 4017000001,
    "name": "李伟",
    "company": "华星贸易",
    "mobile": "13900139000",
    "followUserId": 5001,
    "step": "2",
    "channel": "官网",
    "modifyTime": "2026-11-20 10:12:13",
    "createTime": "2026-10-01 09:00:00",
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with start_sandbox("ec", ACCOUNT) as running:
        yield running.url


def post(url: str, path: str, body: Any) -> dict[str, Any]:
    headers = signed_headers(EcSettings(**ACCOUNT), SandboxClock().now())
    answer: dict[str, Any] = httpx.post(f"{url}/v2/{path}", json=body, headers=headers, trust_env=False).json()
    return answer


def test_the_signature_vector() -> None:
    assert sign("100001", "s3cr3t", 1700000000000) == "FF9C25DD17707F1644B7CC5A9D3095F1"


def test_the_vector_opens_the_door_at_its_time_and_on_any_path(url: str) -> None:
    """Body and path are not signed: one signature replays elsewhere while its window lasts."""
    httpx.post(f"{url}/_sandbox/reset", trust_env=False)
    now = SandboxClock().now().timestamp()
    httpx.post(f"{url}/_sandbox/clock", json={"advance_s": 1700000000 - now}, trust_env=False)
    headers = {
        "X-Ec-Cid": "21000001",
        "X-Ec-TimeStamp": "1700000000000",
        "X-Ec-Sign": "FF9C25DD17707F1644B7CC5A9D3095F1",
    }
    for path in ("org/struct/info", "config/getFieldMapping"):
        assert httpx.get(f"{url}/v2/{path}", headers=headers, trust_env=False).json()["code"] == 200
    httpx.post(f"{url}/_sandbox/clock", json={"advance_s": 31}, trust_env=False)
    assert httpx.get(f"{url}/v2/org/struct/info", headers=headers, trust_env=False).status_code == 401
    httpx.post(f"{url}/_sandbox/reset", trust_env=False)


def test_the_list_sample(url: str) -> None:
    httpx.post(f"{url}/_sandbox/reset", trust_env=False)
    stored = {name: value for name, value in LIST_SAMPLE.items() if name != "channel"}
    assert httpx.post(f"{url}/_sandbox/records/customer", json={**stored, "channelId": 1}, trust_env=False).is_success
    window = {"startTime": "2026-11-20 00:00:00", "endTime": "2026-11-21 00:00:00"}
    body = {"modifyTime": window, "followUserId": [5001], "pageNo": 1, "pageSize": 200}
    answer = post(url, "customer/queryList", body)
    assert (answer["code"], answer["msg"]) == (200, "成功")
    assert answer["data"]["page"] == {"pageNo": 1, "pageSize": 200, "total": 1, "maxPageNo": 1}
    row = answer["data"]["list"][0]
    assert {name: row[name] for name in LIST_SAMPLE} == LIST_SAMPLE
    beyond = {"fieldInfos", "contactTime", "lastFollowUserId", "createUserId", "wechats", "emails", "mobiles",
              "storageTime", "publicPondId", "apiAdd", "crmType", "shareUserId", "stars"}  # fmt: skip
    assert beyond <= set(row)


def test_the_create_sample_with_one_row_refused(url: str) -> None:
    httpx.post(f"{url}/_sandbox/reset", trust_env=False)
    good = {"name": "李伟", "mobile": "13900139000", "followUserId": 5001, "fields": {"81010001": "C-001"}}
    answer = post(url, "customer/addCustomer", {"optUserId": 5001, "repeat": False, "list": [good, good]})
    assert set(answer) == {"code", "msg", "data"}
    assert answer["data"]["successIdList"] == [{"index": 0, "crmId": 4017000001}]
    assert [set(row) for row in answer["data"]["failureList"]] == [{"index", "failureCause"}]
    assert answer["data"]["failureList"][0]["index"] == 1


def test_the_captured_success_shape(url: str) -> None:
    httpx.post(f"{url}/_sandbox/reset", trust_env=False)
    answer = post(url, "customer/addCustomer", {"optUserId": 5001, "list": [{"name": "李伟"}]})
    captured = {"failureList": [], "successIdList": [{"crmId": 4017000001, "index": 0}]}
    assert answer == {"code": 200, "data": captured, "msg": "成功"}


def test_the_shapes_of_sales_answers(url: str) -> None:
    httpx.post(f"{url}/_sandbox/reset", trust_env=False)
    customer = {"optUserId": 5001, "list": [{"name": "李伟"}]}
    crm_id = post(url, "customer/addCustomer", customer)["data"]["successIdList"][0]["crmId"]
    product = {"optUserId": 5001, "product": {"productName": "螺栓", "money": 10}}
    line = {"productId": post(url, "sales/addProduct", product)["data"], "productNum": 2}
    sale = {"optUserId": 5001, "crmId": crm_id, "1": "订单", "3": "1", "4": 20, "product": [line]}
    sale_id = post(url, "sales/addSales", sale)["data"]
    always = {"startTime": "2020-01-01 00:00:00", "endTime": "2099-01-01 00:00:00"}
    listed = post(url, "sales/getSales", {"lastModifyTime": always, "pageNo": 1})
    assert {"total", "pageSize", "maxPageNo", "pageNo"} <= set(listed)
    fields = "id userId userName createTime changeTime projectName status crmId name productId money guessTime groupId"
    more = "dealDate productDes remark changeUser doUserid"
    assert set(listed["data"][0]) == {*fields.split(), *more.split()}
    lines = post(url, "sales/getProductsDetail", {"userId": 5001, "saleIds": str(sale_id)})["data"]
    names = "id saleId specsId productSpecsName unit productGroupId productId productName productNum originalMoney"
    assert set(lines[0]) == {*names.split(), "saleMoney", "saleDiscount", "onOff", "del"}


def test_the_delete_feed_speaks_of_err_code(url: str) -> None:
    window = {"startTime": "2026-11-20 00:00:00", "endTime": "2026-11-21 00:00:00", "lastId": ""}
    assert post(url, "customer/delcrms", window) == {"errCode": 200, "errMsg": "成功", "data": []}


def test_the_hand_over_shape(url: str) -> None:
    httpx.post(f"{url}/_sandbox/reset", trust_env=False)
    customer = {"optUserId": 5001, "list": [{"name": "李伟"}]}
    crm_id = post(url, "customer/addCustomer", customer)["data"]["successIdList"][0]["crmId"]
    body = {"optUserId": 5001, "crmIds": str(crm_id), "followUserId": 5001}
    answer = post(url, "customer/change/user", body)["data"]
    assert set(answer) == {"nums", "success", "errors", "list"}
    assert answer["list"] == [{"crmId": crm_id, "name": "李伟", "code": 200, "msg": "成功"}]
