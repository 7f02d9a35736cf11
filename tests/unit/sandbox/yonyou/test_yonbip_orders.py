"""Sales orders of YonBIP: rows per line, flat keys, sums, states, exact money."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.sandbox.yonyou.desk import ORDER, BipDesk

ROOT = "/yonbip/sd/voucherorder"
PAGE = {"pageIndex": 1, "pageSize": 10}
TWO_LINES = [
    {"productId": "M1", "qty": "3", "oriTaxUnitPrice": "0.10"},
    {"productId": "M1", "qty": "1", "oriTaxUnitPrice": "0.20"},
]


def verb(bip: BipDesk, name: str, *ids: Any) -> dict[str, Any]:
    data: dict[str, Any] = bip.call(f"{ROOT}/{name}", {"data": [{"id": one} for one in ids]})["data"]
    return data


def test_flat_keys_go_in_and_nested_prices_come_out(bip: BipDesk) -> None:
    made = bip.save_order(resubmitCheckKey="a1", memo="急", corpContact="YG001")["data"]
    assert made["payMoney"] == Decimal("22.60")
    assert made["orderPrices"]["currencyCode"] == "CNY"
    assert "orderPrices!currency" not in made
    line = made["orderDetails"][0]
    assert (line["orderDetailPrices"]["oriMoney"], line["orderDetailPrices"]["oriTax"]) == (
        Decimal("20.00"),
        Decimal("2.60"),
    )
    assert bip.get(f"{ROOT}/detail", id=made["id"])["data"] == made
    assert bip.save_order(resubmitCheckKey="a1", memo="别的")["data"] == made


def test_nested_prices_in_a_request_are_not_read(bip: BipDesk) -> None:
    without = {key: value for key, value in ORDER.items() if key != "orderPrices!currency"}
    sent = {**without, "orderPrices": {"currency": "CNY"}}
    reply = bip.call(f"{ROOT}/singleSave", {"data": sent})
    assert reply == {"code": "310008", "message": "必填参数[data.orderPrices!currency]不能为空"}


def test_the_total_must_be_the_sum_of_the_lines(bip: BipDesk) -> None:
    reply = bip.save_order(payMoney=Decimal("22.61"))
    assert reply["code"] == "999"
    assert "22.61" in reply["message"]


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [("agentId", "C404", "客户[C404]"), ("corpContact", "YG404", "业务员[YG404]"), ("vouchdate", "soon", "vouchdate")],
)
def test_bad_references_are_named(bip: BipDesk, field: str, value: str, text: str) -> None:
    reply = bip.save_order(**{field: value})
    assert (reply["code"], text in reply["message"]) == ("999", True)


def test_the_list_has_a_row_per_line_unless_summed(bip: BipDesk) -> None:
    made = bip.seed("order", {"agentId": "C1", "orderDetails": TWO_LINES})
    lines = bip.call(f"{ROOT}/list", {**PAGE, "pageSize": 1})["data"]
    assert (lines["recordCount"], lines["recordList"][0]["id"]) == (2, made["id"])
    second = bip.call(f"{ROOT}/list", {"pageIndex": 2, "pageSize": 1})["data"]["recordList"][0]
    assert (second["id"], second["oriTaxUnitPrice"], second["oriTax"]) == (made["id"], Decimal("0.20"), None)
    heads = bip.call(f"{ROOT}/list", {**PAGE, "isSum": True})["data"]["recordList"]
    assert [row["payMoney"] for row in heads] == [Decimal("0.50")]


def test_filters_of_the_list(bip: BipDesk) -> None:
    for code, day in (("S1", "2025-01-01"), ("S2", "2025-01-02"), ("S3", "2025-01-03")):
        extra = {"headItem": {"define1": f"key-{code}"}, "pubts": f"{day} 09:00:00"}
        bip.seed("order", {"code": code, "vouchdate": day, "agentId": "C1", "orderDetails": TWO_LINES, **extra})

    def codes(**body: Any) -> list[str]:
        rows = bip.call(f"{ROOT}/list", {**PAGE, "isSum": True, **body})["data"]["recordList"]
        return [row["code"] for row in rows]

    assert codes(open_vouchdate_begin="2025-01-02 00:00:00") == ["S2", "S3"]
    window = {"field": "pubts", "op": "between", "value1": "2025-01-01 09:00:00", "value2": "2025-01-02 09:00:00"}
    assert codes(simpleVOs=[window]) == ["S1", "S2"]
    assert codes(simpleVOs=[{"field": "headItem.define1", "op": "eq", "value1": "key-S2"}]) == ["S2"]
    either = {"logicOp": "or", "conditions": [{"field": "code", "op": "eq", "value1": code} for code in ("S1", "S3")]}
    assert codes(simpleVOs=[either]) == ["S1", "S3"]
    assert codes(queryOrders=[{"field": "vouchdate", "order": "desc"}]) == ["S3", "S2", "S1"]
    wrong = bip.call(f"{ROOT}/list", {**PAGE, "simpleVOs": [{"field": "pubts", "op": "ge", "value1": "2025-01-01"}]})
    assert wrong["code"] == "506"


def test_audit_and_back_and_what_a_wrong_state_says(bip: BipDesk) -> None:
    order = bip.save_order()["data"]
    done = verb(bip, "batchaudit", order["id"], 404)
    assert (done["count"], done["sucessCount"], done["failCount"]) == (2, 1, 1)
    assert done["infos"][0]["nextStatus"] == "DELIVERGOODS"
    assert done["messages"] == ["404：单据不存在"]
    locked = bip.save_order(id=order["id"], code=order["code"], _status="Update")
    assert (locked["code"], "不允许修改" in locked["message"]) == ("999", True)
    assert verb(bip, "batchaudit", order["id"])["failCount"] == 1
    assert verb(bip, "batchunaudit", order["id"])["infos"][0]["status"] == 0
    assert bip.call(f"{ROOT}/delete", {"data": {"id": [order["id"]]}})["data"]["sucessCount"] == 1
    assert bip.get(f"{ROOT}/detail", id=order["id"])["code"] == "1002"


def test_controlled_orders_are_submitted_and_approved_by_people(bip: BipDesk) -> None:
    order = bip.save_order(transactionTypeId="SO02")["data"]
    assert verb(bip, "batchaudit", order["id"])["failCount"] == 1
    assert verb(bip, "batchsubmit", order["id"])["infos"][0]["status"] == 3
    assert bip.web.put(f"/_sandbox/records/order/{order['id']}", json={"audited": True}).status_code == 200
    assert bip.get(f"{ROOT}/detail", id=order["id"])["data"]["verifystate"] == 2
    plain = bip.save_order()["data"]
    assert "不受审批流控制" in verb(bip, "batchsubmit", plain["id"])["messages"][0]


def test_an_update_moves_the_named_lines_and_keeps_the_rest(bip: BipDesk) -> None:
    made = bip.seed("order", {"agentId": "C1", "orderDetails": TWO_LINES})
    first = made["orderDetails"][0]
    line = {
        "_status": "Update",
        "id": first["id"],
        "productId": "M1",
        "qty": 5,
        "oriTaxUnitPrice": Decimal("0.1"),
        "oriSum": Decimal("0.5"),
    }
    changes = {
        "id": made["id"],
        "code": made["code"],
        "_status": "Update",
        "payMoney": Decimal("0.70"),
        "orderDetails": [line],
    }
    after = bip.save_order(**changes)["data"]
    assert [row["qty"] for row in after["orderDetails"]] == [5, 1]
    assert [row["id"] for row in after["orderDetails"]] == [row["id"] for row in made["orderDetails"]]


def test_stopped_customers_and_closed_periods(bip_with: Callable[..., BipDesk]) -> None:
    bip = bip_with(closed_periods="2025-02")
    assert bip.save_order()["message"] == "会计期间已结账"
    made = bip.seed("merchant", {"code": "C2", "name": "停", "stopStatus": True})
    assert "已停用" in bip.save_order(agentId=made["id"], vouchdate="2025-03-01")["message"]


def test_somebody_edits_first_or_holds_the_document(bip: BipDesk) -> None:
    order = bip.save_order()["data"]
    bip.arm(kind="locked", pending=True)
    held = bip.call(f"{ROOT}/batchaudit", {"data": [{"id": order["id"]}]})["data"]
    assert held["failCount"] == 1
    bip.arm(kind="edit_before_write", edit={"memo": "同事改的"})
    verb(bip, "batchaudit", order["id"])
    assert bip.get(f"{ROOT}/detail", id=order["id"])["data"]["memo"] == "同事改的"


def test_a_user_who_edits_lines_keeps_those_that_are_named(bip: BipDesk) -> None:
    made = bip.seed("order", {"agentId": "C1", "orderDetails": TWO_LINES})
    second = {**TWO_LINES[1], "id": made["orderDetails"][1]["id"], "qty": "7"}
    edit = {"orderDetails": [second, {"productId": "M1", "qty": "1", "oriTaxUnitPrice": "9"}]}
    after = bip.web.put(f"/_sandbox/records/order/{made['id']}", json=edit).json()["records"][0]
    assert [line["qty"] for line in after["orderDetails"]] == ["7", "1"]
    assert after["orderDetails"][0]["id"] == second["id"]
    assert after["payMoney"] == "10.40"
