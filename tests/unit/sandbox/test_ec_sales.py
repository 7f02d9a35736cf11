"""EC sales, products and contacts: numeric field ids, exact totals, windows, lines."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.sandbox.ec_client import EcClient

ALWAYS = {"startTime": "2020-01-01 00:00:00", "endTime": "2099-01-01 00:00:00"}


def catalogue(ec: EcClient) -> list[int]:
    """Two products at 19.90 and 3.333."""
    return ec.seed("product", [{"productName": "螺栓", "money": "19.90"}, {"productName": "螺母", "money": "3.333"}])


def test_a_sale_is_written_by_field_number_and_read_by_name(ec: EcClient) -> None:
    crm_id = ec.add(company="华星贸易", mobile="13900139000")
    sent = {
        "optUserId": 5001,
        "crmId": crm_id,
        "1": "年度采购",
        "3": "2",
        "4": "1200.50",
        "8": "急",
        "91010001": "SO-1",
    }
    sale_id = ec.post("sales/addSales", sent)["data"]
    listed = ec.post("sales/getSales", {"creatTime": ALWAYS, "crmIds": str(crm_id)})
    row = listed["data"][0]
    assert (row["id"], row["projectName"], row["status"], row["remark"]) == (sale_id, "年度采购", "2", "急")
    assert (row["name"], row["userId"], row["userName"]) == ("华星贸易", 5001, "接口专员")
    assert (listed["total"], listed["pageNo"], listed["maxPageNo"], listed["pageSize"]) == (1, 1, 1, 100)
    detail = ec.get("sales/getSalesDetail", saleId=sale_id)["data"]
    assert detail["customFieldValues"] == [{"fieldId": "91010001", "fieldValue": "SO-1"}]


def test_the_total_of_a_sale_with_products_is_exact_and_wins(ec: EcClient) -> None:
    first, second = catalogue(ec)
    crm_id = ec.add(name="李伟")
    lines = [{"productId": first, "productNum": 3, "saleDiscount": 95}, {"productId": second, "productNum": "2.5"}]
    body = {"optUserId": 5001, "crmId": crm_id, "1": "采购", "3": "1", "4": 1, "product": lines}
    sale_id = ec.post("sales/addSales", body)["data"]
    raw = ec.send("sales/getSales", {"creatTime": ALWAYS}).text
    # 3 x 18.91 (19.90 less 5 %, 18.905 rounded half up) + 2.5 x 3.33
    assert re.search(r'"money":65\.06[,}]', raw)
    raw_lines = ec.send("sales/getProductsDetail", {"userId": 5001, "saleIds": str(sale_id)}).text
    assert '"originalMoney":19.90,"saleMoney":18.91,"saleDiscount":95' in raw_lines
    assert '"productNum":2.5,"originalMoney":3.333' in raw_lines


def test_amounts_can_be_texts_and_sale_money_a_line_total(ec_with: Callable[..., EcClient]) -> None:
    ec = ec_with(money_as="string", line_money="line", ids_as="string")
    first, _ = catalogue(ec)
    body = {"optUserId": 5001, "crmId": ec.add(name="a"), "1": "采购", "3": "1"}
    lines = [{"productId": first, "productNum": 3, "saleMoney": "59.7"}]
    sale_id = ec.post("sales/addSales", {**body, "product": lines})["data"]
    row = ec.post("sales/getSales", {"creatTime": ALWAYS})["data"][0]
    assert (row["money"], row["id"]) == ("59.70", str(sale_id))
    line = ec.post("sales/getProductsDetail", {"userId": 5001, "saleIds": str(sale_id)})["data"][0]
    assert (line["saleMoney"], line["originalMoney"], line["saleId"]) == ("59.7", "19.90", str(sale_id))


def test_an_update_keeps_what_was_not_sent_and_replaces_lines_when_they_are(ec: EcClient) -> None:
    first, second = catalogue(ec)
    lines = [{"productId": first, "productNum": 1}, {"productId": second, "productNum": 1}]
    crm_id = ec.add(name="a")
    made = {"optUserId": 5001, "crmId": crm_id, "1": "采购", "3": "1", "91010001": "SO-1", "product": lines}
    sale_id = ec.post("sales/addSales", made)["data"]
    ids = [line["id"] for line in ec.post("sales/getProductsDetail", {"saleIds": str(sale_id)})["data"]]
    ec.post("sales/updateSales", {"optUserId": 5001, "crmId": crm_id, "saleId": sale_id, "8": "新", "91010002": "X1"})
    kept = {"id": ids[1], "productId": second, "productNum": 2}
    ec.post("sales/updateSales", {"optUserId": 5001, "saleId": sale_id, "product": [kept]})
    after = ec.post("sales/getProductsDetail", {"saleIds": str(sale_id)})["data"]
    assert [(line["id"], line["productNum"]) for line in after] == [(ids[1], 2)]
    detail = ec.get("sales/getSalesDetail", saleId=sale_id)["data"]
    assert (detail["projectName"], detail["remark"], detail["money"]) == ("采购", "新", 6.66)
    assert [info["fieldValue"] for info in detail["customFieldValues"]] == ["SO-1", "X1"]


def test_status_has_its_own_call_and_closed_choices(ec: EcClient) -> None:
    body = {"optUserId": 5001, "crmId": ec.add(name="a"), "1": "采购", "3": "1", "4": 10}
    sale_id = ec.post("sales/addSales", body)["data"]
    assert ec.post("sales/updateStatus", {"optUserId": 5001, "saleId": sale_id, "3": 2})["code"] == 200
    assert ec.get("sales/getSalesDetail", saleId=sale_id)["data"]["status"] == "2"
    assert ec.post("sales/updateStatus", {"optUserId": 5001, "saleId": sale_id, "3": "9"})["code"] != 200
    kinds = [entry["kind"] for entry in ec.web.get("/_sandbox/journal?object=sale").json()["entries"]]
    assert kinds == ["create", "update"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"1": ""},
        {"3": "9"},
        {"4": "abc"},
        {"crmId": 1},
        {"6": "2026-11-20"},
        {"999": "x"},
        {"product": "7000001"},
        {"product": [{"productId": 1}]},
        {"product": [{"productId": 7000001, "productNum": 0}]},
        {"product": [7000001]},
    ],
)
def test_malformed_sales_are_refused_and_not_stored(ec: EcClient, wrong: dict[str, Any]) -> None:
    catalogue(ec)
    body = {"optUserId": 5001, "crmId": ec.add(name="a"), "1": "采购", "3": "1", "4": 10}
    assert ec.post("sales/addSales", {**body, **wrong})["code"] != 200
    assert ec.web.get("/_sandbox/records/sale").json()["total"] == 0


def test_sales_are_listed_by_a_window_in_pages_of_a_fixed_size(ec_with: Callable[..., EcClient]) -> None:
    ec = ec_with(sales_page_size=2)
    ec.seed("dept", {"deptId": 109, "deptName": "二部", "parentDeptId": 101})
    ec.seed("user", {"userId": 5002, "userName": "张三", "deptId": 109})
    crm_id = ec.add(name="a")
    ec.seed(
        "sale",
        [
            {
                "crmId": crm_id,
                "userId": 5001 + number % 2,
                "projectName": f"单{number}",
                "money": "1.10",
                "createTime": f"2026-10-0{number + 1} 08:00:00",
                "changeTime": f"2026-11-0{number + 1} 08:00:00",
            }
            for number in range(5)
        ],
    )
    window = {"startTime": "2026-11-02 08:00:00", "endTime": "2026-11-05 08:00:00"}
    pages = [ec.post("sales/getSales", {"lastModifyTime": window, "pageNo": number}) for number in (1, 2, 3)]
    assert [[row["projectName"] for row in page["data"]] for page in pages] == [["单1", "单2"], ["单3", "单4"], []]
    assert pages[0]["total"] == 4
    created = {"creatTime": {"startTime": "2026-10-01 00:00:00", "endTime": "2026-10-02 23:59:59"}}
    assert [row["projectName"] for row in ec.post("sales/getSales", created)["data"]] == ["单0", "单1"]
    assert ec.post("sales/getSales", {**created, "userIds": "5002"})["total"] == 1
    assert ec.post("sales/getSales", {**created, "deptIds": "109"})["total"] == 1
    assert ec.post("sales/getSales", {**created, "salesStatus": "2"})["total"] == 0
    assert ec.post("sales/getSales", {"crmIds": str(crm_id)})["code"] != 200
    assert ec.post("sales/getSales", {**created, "crmIds": [crm_id]})["code"] != 200


def test_lines_are_read_for_at_most_ten_sales(ec: EcClient) -> None:
    assert ec.post("sales/getProductsDetail", {"saleIds": ",".join(str(n) for n in range(11))})["code"] != 200
    assert ec.post("sales/getProductsDetail", {"saleIds": ""})["code"] != 200


def test_the_field_mapping_names_the_numbers(ec: EcClient) -> None:
    groups = ec.get("sales/getSalesFieldMapping")["data"]["groups"]
    fields = {field["name"]: field for group in groups for field in group["fields"]}
    assert [fields[name]["id"] for name in ("项目名称", "状态", "金额", "外部编号")] == ["1", "3", "4", "91010001"]
    assert {choice["value"] for choice in fields["状态"]["params"]} >= {"已成交"}


def test_the_catalogue_is_kept_through_the_interface(ec: EcClient) -> None:
    product = {"productName": "螺栓", "productUnit": "个", "money": "0.1", "specs": "M8"}
    made = ec.post("sales/addProduct", {"optUserId": 5001, "product": product})["data"]
    ec.post("sales/updateProduct", {"optUserId": 5001, "product": {"productId": made, "money": 0.25}})
    listed = ec.post("sales/getProductList", {"optUserId": 5001, "pageNo": 1, "pageSize": 10})["data"]
    row = listed["list"][0]
    assert (row["productName"], row["productUnit"], row["money"], row["specs"]) == ("螺栓", "个", 0.25, "M8")
    assert listed["page"]["total"] == 1
    assert ec.post("sales/deleteProduct", {"productIds": f"{made},1"})["code"] != 200
    assert ec.post("sales/deleteProduct", {"productIds": str(made)})["code"] == 200
    assert ec.post("sales/getProductList", {"optUserId": 5001})["data"]["list"] == []
    assert ec.post("sales/addProduct", {"optUserId": 5001, "product": {}})["code"] != 200
    assert ec.get("sales/getProductGroupList")["data"][0]["groupId"] == 601


def test_contacts_belong_to_enterprise_customers(ec: EcClient) -> None:
    company, person = ec.add(company="华星", createCrmType=1), ec.add(name="李伟")
    card = {"name": "王芳", "mobile": "13800138000", "title": "采购"}
    made = ec.post("contactbook/add", {"optUserId": 5001, "crmId": company, "crmContactBookVO": card})["data"]
    change = {"optUserId": 5001, "crmId": company, "id": made, "crmContactBookVO": {"title": "总监"}}
    before = ec.post("customer/preciseQuery", {"crmIds": str(company)})["data"][0]["modifyTime"]
    ec.advance(3)
    assert ec.post("contactbook/update", change)["code"] == 200
    rows = ec.post("contactbook/list", {"optUserId": 5001, "crmId": company})["data"]
    assert [(row["id"], row["name"], row["title"]) for row in rows] == [(made, "王芳", "总监")]
    assert ec.post("customer/preciseQuery", {"crmIds": str(company)})["data"][0]["modifyTime"] > before
    assert ec.post("contactbook/list", {"optUserId": 5001, "crmId": person})["code"] != 200
    assert ec.post("contactbook/add", {"optUserId": 5001, "crmId": company})["code"] != 200
    gone = {"optUserId": 5001, "crmId": company, "crmContactBookVO": {"id": made}}
    assert ec.post("contactbook/delete", gone)["code"] == 200
    assert ec.post("contactbook/list", {"optUserId": 5001, "crmId": company})["data"] == []


def test_decimal_text_survives_the_whole_way(ec: EcClient) -> None:
    money = "9007199254740993.07"  # beyond what a float holds
    raw = f'{{"optUserId":5001,"crmId":{ec.add(name="a")},"1":"大单","3":"1","4":{money}}}'
    sent = ec.web.post("/v2/sales/addSales", content=raw.encode(), headers=ec.headers())
    assert sent.json()["code"] == 200
    assert f'"money":{money}' in ec.send("sales/getSales", {"creatTime": ALWAYS}).text
    stored = ec.web.get("/_sandbox/records/sale").json()["records"][0]["money"]
    assert Decimal(stored) == Decimal(money)


def test_a_users_edit_of_a_contact_moves_the_customer_unless_silent_or_older(ec: EcClient) -> None:
    old = "2026-01-01 08:00:00"
    crm_id = ec.seed("customer", {"company": "华星", "crmType": 1, "modifyTime": old})[0]
    contact = ec.seed("contact", {"crmId": crm_id, "name": "王芳", "modifyTime": old})[0]

    def modified() -> str:
        return str(ec.web.get(f"/_sandbox/records/customer?id={crm_id}").json()["records"][0]["modifyTime"])

    ec.web.put(f"/_sandbox/records/contact/{contact}?bump=false", json={"title": "总监"})
    assert modified() == old
    ec.web.put(f"/_sandbox/records/contact/{contact}", json={"title": "总经理"})
    assert modified() > old
