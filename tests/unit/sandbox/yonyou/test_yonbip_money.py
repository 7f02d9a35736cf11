"""Receivables and receipts of YonBIP in both generations of finance, and the write-offs between them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.sandbox.yonyou.desk import RECEIVABLE, BipDesk

EFI = "/yonbip/EFI/receivable"
PAGE = {"pageIndex": "1", "pageSize": "10"}
BILL = {
    "accentity_code": "ORG01", "vouchdate": "2025-02-01", "customer_code": "C1", "tradetype_code": "arap_receipt_other",
    "currency": "CNY", "exchangeRateType_code": "01", "exchRate": 1, "oriSum": 50, "natSum": 50, "_status": "Insert",
    "ReceiveBill_b": [{"quickType_code": "1", "oriSum": 50, "natSum": 50, "_status": "Insert"}],
}  # fmt: skip


def save(bip: BipDesk, **changes: Any) -> dict[str, Any]:
    return bip.call(f"{EFI}/save", {"data": {**RECEIVABLE, **changes}})


def test_efi_saves_once_by_either_key(bip: BipDesk) -> None:
    first = save(bip, resubmitCheckKey="k1", extSystemCode="hub", extVouchCode="V1")
    assert isinstance(first["data"]["id"], str)
    assert (first["data"]["oriTaxIncludedAmount"], first["data"]["verifyState"]) == (Decimal("113.00"), "0")
    assert first["data"]["bodyItem"][0]["headerId"] == first["data"]["id"]
    assert save(bip, resubmitCheckKey="k1", extSystemCode="hub", extVouchCode="V1") == first
    again = save(bip, resubmitCheckKey="k2", extSystemCode="hub", extVouchCode="V1")
    assert (again["code"], first["data"]["code"] in again["message"]) == ("999", True)
    assert save(bip, extSystemCode="hub")["code"] == "999"
    assert save(bip, extVouchCode="V1")["code"] == "200"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"_status": "Update"}, "999"),
        ({"customerCode": "C404"}, "999"),
        ({"billDate": ""}, "310008"),
        ({"orgCode": ""}, "310008"),
    ],
)
def test_efi_refuses(bip: BipDesk, changes: dict[str, str], code: str) -> None:
    assert save(bip, **changes)["code"] == code


def test_efi_list_filters_and_pages(bip: BipDesk) -> None:
    made = save(bip, extSystemCode="hub", extVouchCode="V1")["data"]
    for body in (
        {"extSystemCode": "hub", "extVouchCode": "V1"},
        {"verifyState": ["0", "1"]},
        {"simple": {"customer.code": "C1", "open_pubts_begin": made["pubts"]}},
        {"open_billDate_begin": "2025-02-01 00:00:00", "open_billDate_end": "2025-02-28 00:00:00"},
    ):
        assert [row["id"] for row in bip.call(f"{EFI}/list", {**PAGE, **body})["data"]["recordList"]] == [made["id"]]
    assert bip.call(f"{EFI}/list", {**PAGE, "verifyState": ["2"]})["data"]["recordCount"] == 0
    assert bip.call(f"{EFI}/list", {**PAGE, "pageSize": "501"})["code"] == "310009"


def test_efi_verbs(bip: BipDesk) -> None:
    made = save(bip)["data"]
    named = {"data": [{"id": made["id"]}]}
    for verb, state in (("submit", "1"), ("unsubmit", "0"), ("audit", "2"), ("unaudit", "0")):
        assert bip.call(f"{EFI}/{verb}", named)["data"]["infos"][0]["verifyState"] == state
    assert bip.call(f"{EFI}/delete", named)["data"]["sucessCount"] == 1
    assert bip.get(f"{EFI}/detail", id=made["id"])["code"] == "1002"
    assert bip.call(f"{EFI}/saveandsubmit", {"data": RECEIVABLE})["data"]["verifyState"] == "2"


def test_a_write_off_shows_on_both_bills_at_once(bip: BipDesk) -> None:
    bip.seed(
        "receivable", {"code": "AR1", "customer": "C1", "bodyItem": [{"oriTaxIncludedAmount": "100"}], "audited": True}
    )
    bip.seed(
        "collection", {"code": "SK1", "customer": "C1", "bodyItem": [{"oriTaxIncludedAmount": "40"}], "audited": True}
    )
    bip.seed("writeoff", {"receivable": "AR1", "receipt": "SK1", "amount": "40.00", "date": "2025-02-11"})
    row = bip.call(f"{EFI}/list", PAGE)["data"]["recordList"][0]
    assert (row["oriBalance"], row["writeOffState"]) == (Decimal("60.00"), "1")
    paid = bip.call("/yonbip/EFI/collection/list", PAGE)["data"]["recordList"][0]
    assert (paid["oriBalance"], paid["settleState"]) == (Decimal("0.00"), "2")
    match = bip.call("/yonbip/fi/arverify/list", PAGE)["data"]["recordList"][0]
    assert (match["receivable_code"], match["receipt_code"], match["oriSum"]) == ("AR1", "SK1", Decimal("40.00"))
    refused = bip.web.post("/_sandbox/records/writeoff", json={"receivable": "AR1", "receipt": "SK1", "amount": "1"})
    assert (refused.status_code, "SK1" in refused.text) == (400, True)
    assert bip.call(f"{EFI}/unaudit", {"data": [{"code": "AR1"}]})["data"]["failCount"] == 1


def test_balances_can_be_switched_off(bip_with: Callable[..., BipDesk]) -> None:
    bip = bip_with(efi_balances=False)
    save(bip)
    assert "oriBalance" not in bip.call(f"{EFI}/list", PAGE)["data"]["recordList"][0]


def test_the_old_finance_speaks_its_own_words(bip_with: Callable[..., BipDesk]) -> None:
    bip = bip_with(finance="fi")
    made = bip.call("/yonbip/fi/receivebill/single/save", {"data": BILL})["data"]
    assert (type(made["id"]), type(made["customer"]), made["balance"]) == (int, str, Decimal("50.00"))
    stale = {"data": [{"id": made["id"], "pubts": "2020-01-01 00:00:00"}]}
    assert "已被他人修改" in bip.call("/yonbip/fi/receivebill/batchaudit", stale)["data"]["messages"][0]
    fresh = {"data": [{"id": made["id"], "pubts": made["pubts"]}]}
    assert bip.call("/yonbip/fi/receivebill/batchaudit", fresh)["data"]["sucessCount"] == 1
    query = {
        "pageIndex": 1,
        "pageSize": 10,
        "simpleVOs": [{"logicOp": "and", "conditions": [{"field": "customer_code", "op": "eq", "value1": "C1"}]}],
    }
    rows = bip.call("/yonbip/fi/receivebill/list/v2", query)["data"]["recordList"]
    assert [(row["id"], row["auditstatus"]) for row in rows] == [(made["id"], 1)]
    bip.seed(
        "receivable",
        {"customer": "C1", "billDate": "2025-01-01", "bodyItem": [{"oriTaxIncludedAmount": "9"}], "audited": True},
    )
    owed = bip.call("/yonbip/fi/oar/list", {**PAGE, "simple": {"open_vouchdate_begin": "2025-01-01 00:00:00"}})["data"]
    assert (owed["recordList"][0]["writeoffstatus"], owed["recordList"][0]["vouchdate"]) == (2, "2025-01-01")
    assert bip.raw("/yonbip/EFI/receivable/list", PAGE).status_code == 404
