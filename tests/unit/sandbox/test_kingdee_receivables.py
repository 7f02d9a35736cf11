"""Receivables, receipts, write-offs, and the ERP's own figures over them."""

from typing import Any

import pytest

from tests.unit.sandbox.kingdee_client import KingdeeClient, receipt, receivable

PLAN = "FEntityPlan_FEntryID,FENDDATE,FPAYAMOUNTFOR,FWRITTENOFFAMOUNT,FNOTWRITTENOFFAMOUNT"
THREE = [
    {"FENDDATE": f"2025-0{month}-01", "FPAYRATE": rate} for month, rate in ((2, "33.33"), (3, "33.33"), (4, "33.34"))
]


def match(kd: KingdeeClient, amount: str, *, day: str = "2025-02-11", **more: Any) -> Any:
    body = {"receivable": "AR1", "receipt": "SK1", "amount": amount, "date": day, **more}
    return kd.web.post("/_sandbox/records/AR_MATCHRECORD", json=body)


def plan(kd: KingdeeClient, number: str = "AR1") -> list[list[str]]:
    record = kd.web.get("/_sandbox/records/AR_receivable", params={"id": number}).json()["records"][0]
    return [
        [row["FPAYAMOUNTFOR"], row["FWRITTENOFFAMOUNT"], row["FNOTWRITTENOFFAMOUNT"]] for row in record["FEntityPlan"]
    ]


def head(kd: KingdeeClient, form: str, number: str) -> dict[str, Any]:
    found: dict[str, Any] = kd.web.get(f"/_sandbox/records/{form}", params={"id": number}).json()["records"][0]
    return found


def finance(kd: KingdeeClient, as_of: str) -> dict[str, Any]:
    found: dict[str, Any] = kd.web.get("/_sandbox/records/_finance", params={"as_of": as_of}).json()
    return found


def test_a_receivable_without_instalments_gets_one_due_on_the_head_date(kd: KingdeeClient) -> None:
    made = kd.seed("AR_receivable", receivable())
    assert (made["FALLAMOUNTFOR"], made["FDOCUMENTSTATUS"], made["FWRITTENOFFSTATUS"]) == ("100.00", "C", "A")
    assert [(row["FENDDATE"], row["FPAYAMOUNTFOR"]) for row in made["FEntityPlan"]] == [
        ("2025-02-01T00:00:00", "100.00")
    ]


def test_instalments_by_rate_leave_the_rounding_to_the_last(kd: KingdeeClient) -> None:
    detail = [{"FMATERIALID": "M1", "FPriceQty": 1, "FTaxPrice": "100.01", "FEntryTaxRate": 13}]
    made = kd.seed("AR_receivable", receivable(FEntityPlan=THREE, FEntityDetail=detail, FENDDATE_H=None))
    assert [row["FPAYAMOUNTFOR"] for row in made["FEntityPlan"]] == ["33.33", "33.33", "33.35"]
    assert made["FENDDATE_H"] == "2025-04-01T00:00:00"
    assert (made["FNoTaxAmountFor"], made["FTaxAmountFor"]) == ("88.50", "11.51")


def test_instalment_amounts_have_to_add_up(kd: KingdeeClient) -> None:
    rows = [{"FENDDATE": "2025-02-01", "FPAYAMOUNTFOR": amount} for amount in ("60", "30")]
    answer = kd.web.post("/_sandbox/records/AR_receivable", json=receivable(FEntityPlan=rows))
    assert answer.status_code == 400
    assert "90.00" in answer.json()["error"]


def test_a_write_off_shows_in_both_bills_and_moves_no_modified_time(kd: KingdeeClient) -> None:
    kd.seed("AR_receivable", receivable(FEntityPlan=THREE))
    kd.seed("AR_RECEIVEBILL", receipt())
    before = head(kd, "AR_receivable", "AR1")["FModifyDate"], head(kd, "AR_RECEIVEBILL", "SK1")["FMODIFYDATE"]
    record = match(kd, "40.00").json()["records"][0]
    assert [(row["FPLANSEQ"], row["FCURWRITTENOFFAMOUNTFOR"]) for row in record["FEntity"]] == [
        (1, "33.33"),
        (2, "6.67"),
    ]
    assert plan(kd) == [["33.33", "33.33", "0.00"], ["33.33", "6.67", "26.66"], ["33.34", "0.00", "33.34"]]
    bill, money = head(kd, "AR_receivable", "AR1"), head(kd, "AR_RECEIVEBILL", "SK1")
    assert (bill["FWRITTENOFFSTATUS"], bill["FWRITTENOFFAMOUNTFOR"], bill["FNOTWRITTENOFFAMOUNTFOR"]) == (
        "B", "40.00", "60.00"
    )  # fmt: skip
    assert (bill["FEntityDetail"][0]["FRECEIVEAMOUNT"], bill["FEntityDetail"][0]["FNORECEIVEAMOUNT"]) == (
        "40.00",
        "60.00",
    )
    assert (money["FWRITTENOFFSTATUS"], money["FRECEIVEBILLENTRY"][0]["FWRITTENOFFAMOUNTFOR_D"]) == ("B", "40.00")
    assert (bill["FModifyDate"], money["FMODIFYDATE"]) == before


def test_a_named_instalment_takes_the_amount(kd: KingdeeClient) -> None:
    kd.seed("AR_receivable", receivable(FEntityPlan=THREE))
    kd.seed("AR_RECEIVEBILL", receipt())
    match(kd, "10.00", plan_row=3)
    assert [row[1] for row in plan(kd)] == ["0.00", "0.00", "10.00"]
    assert match(kd, "33.00", plan_row=3).status_code == 409


def test_a_reversal_is_a_row_of_its_own_and_opens_the_bills_again(kd: KingdeeClient) -> None:
    kd.seed("AR_receivable", receivable())
    kd.seed("AR_RECEIVEBILL", receipt())
    match(kd, "100.00")
    assert head(kd, "AR_receivable", "AR1")["FWRITTENOFFSTATUS"] == "C"
    back = match(kd, "-100.00", day="2025-03-01").json()["records"][0]
    assert (back["FISREVERSAL"], back["FEntity"][0]["FCURWRITTENOFFAMOUNTFOR"]) == (True, "-100.00")
    assert head(kd, "AR_receivable", "AR1")["FWRITTENOFFSTATUS"] == "A"
    assert head(kd, "AR_RECEIVEBILL", "SK1")["FWRITTENOFFSTATUS"] == "A"
    rows = kd.query("AR_MATCHRECORD", "FBillNo,FDate,FRECEIVABLEBILLNO,FRECEIPTBILLNO,FCURWRITTENOFFAMOUNTFOR",
                    OrderString="FModifyDate ASC,FID ASC")  # fmt: skip
    assert [(row[1][:10], row[2], row[3], float(row[4])) for row in rows] == [
        ("2025-02-11", "AR1", "SK1", 100.0), ("2025-03-01", "AR1", "SK1", -100.0)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"amount": "100.01"}, 409),
        ({"amount": "-0.01"}, 409),
        ({"amount": "0"}, 400),
        ({"amount": "1.001"}, 400),
        ({"amount": "lots"}, 400),
        ({"date": "soon"}, 400),
        ({"receivable": "NOPE"}, 404),
        ({"receipt": "NOPE"}, 404),
        ({"note": "x"}, 400),
    ],
)
def test_write_offs_that_cannot_be_booked(kd: KingdeeClient, changes: dict[str, str], status: int) -> None:
    kd.seed("AR_receivable", receivable())
    kd.seed("AR_RECEIVEBILL", receipt())
    body = {"receivable": "AR1", "receipt": "SK1", "amount": "1.00", "date": "2025-02-11"} | changes
    answer = kd.web.post("/_sandbox/records/AR_MATCHRECORD", json=body)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert plan(kd) == [["100.00", "0.00", "100.00"]]


def test_only_audited_bills_of_one_currency_match(kd: KingdeeClient) -> None:
    kd.seed("AR_receivable", receivable(audited=False))
    kd.seed("AR_RECEIVEBILL", receipt())
    assert match(kd, "1.00").status_code == 409
    kd.edit("AR_receivable", "AR1", {"FDOCUMENTSTATUS": "C"})
    kd.seed("AR_RECEIVEBILL", receipt(FBILLNO="SK2", FCURRENCYID="PRE007"))
    assert match(kd, "1.00", receipt="SK2").status_code == 400
    assert match(kd, "1.00").status_code == 200


def test_deleting_a_match_record_outright_takes_it_out_of_the_bills(kd: KingdeeClient) -> None:
    kd.seed("AR_receivable", receivable(FEntityPlan=THREE))
    kd.seed("AR_RECEIVEBILL", receipt())
    record = match(kd, "40.00").json()["records"][0]
    assert kd.web.delete(f"/_sandbox/records/AR_MATCHRECORD/{record['FID']}").status_code == 200
    assert [row[1] for row in plan(kd)] == ["0.00", "0.00", "0.00"]
    assert head(kd, "AR_RECEIVEBILL", "SK1")["FWRITTENOFFSTATUS"] == "A"


def test_credit_notes_are_negative_all_the_way(kd: KingdeeClient) -> None:
    detail = [{"FMATERIALID": "M1", "FPriceQty": "-1", "FTaxPrice": "100"}]
    made = kd.seed("AR_receivable", receivable(FEntityDetail=detail))
    kd.seed("AR_RECEIVEBILL", receipt(FRECEIVEBILLENTRY=[{"FRECTOTALAMOUNTFOR": "-50"}]))
    assert made["FALLAMOUNTFOR"] == "-100.00"
    assert match(kd, "-50.00").status_code == 200
    assert plan(kd) == [["-100.00", "-50.00", "-50.00"]]
    assert match(kd, "50.00").status_code == 200
    assert plan(kd) == [["-100.00", "0.00", "-100.00"]]


@pytest.mark.parametrize(
    ("as_of", "bucket"),
    [
        ("2025-02-01", "not_due"),
        ("2025-02-02", "d1_30"),
        ("2025-03-03", "d1_30"),
        ("2025-03-04", "d31_60"),
        ("2025-04-02", "d31_60"),
        ("2025-04-03", "d61_90"),
        ("2025-05-02", "d61_90"),
        ("2025-05-03", "over_90"),
        ("2030-01-01", "over_90"),
    ],
)
def test_aging_buckets_by_days_after_the_due_date(kd: KingdeeClient, as_of: str, bucket: str) -> None:
    kd.seed("AR_receivable", receivable())
    row = finance(kd, as_of)["rows"][0]
    assert {name: amount for name, amount in row.items() if amount == "100.00"} == {bucket: "100.00", "total": "100.00"}
    assert (row["customer"], row["saler"], row["currency"]) == ("C1", "YG1_GW1_1", "PRE001")


def test_figures_of_a_past_day_know_only_what_was_booked_by_then(kd: KingdeeClient) -> None:
    kd.seed("AR_receivable", receivable(FEntityPlan=THREE))
    kd.seed("AR_RECEIVEBILL", receipt())
    match(kd, "40.00", day="2025-02-11")
    match(kd, "-10.00", day="2025-03-15")
    totals = {day: finance(kd, day)["totals"] for day in ("2024-12-31", "2025-01-01", "2025-02-11", "2025-03-15")}
    assert totals["2024-12-31"] == []
    assert [totals[day][0]["total"] for day in ("2025-01-01", "2025-02-11", "2025-03-15")] == [
        "100.00",
        "60.00",
        "70.00",
    ]
    receipts = finance(kd, "2025-03-15")["receipts"][0]
    assert (receipts["received"], receipts["matched"], receipts["unmatched"]) == ("100.00", "30.00", "70.00")
    assert finance(kd, "2025-02-09")["receipts"] == []


def test_figures_leave_out_open_and_cancelled_bills_and_keep_currencies_apart(kd: KingdeeClient) -> None:
    kd.seed("AR_receivable", receivable())
    kd.seed("AR_receivable", receivable(FBillNo="AR2", FCURRENCYID="PRE007"))
    kd.seed("AR_receivable", receivable(FBillNo="AR3", audited=False))
    kd.seed("AR_receivable", receivable(FBillNo="AR4"))
    kd.do("ExcuteOperation", "AR_receivable", op="Cancel", Numbers=["AR4"])
    found = finance(kd, "2025-02-10")["totals"]
    assert [(item["currency"], item["total"], item["d1_30"]) for item in found] == [
        ("PRE001", "100.00", "100.00"), ("PRE007", "100.00", "100.00")
    ]  # fmt: skip


def test_figures_agree_with_the_open_amounts_on_the_bills(kd: KingdeeClient) -> None:
    kd.seed("AR_receivable", [receivable(FBillNo=f"AR{n}", FEntityPlan=THREE) for n in range(1, 4)])
    kd.seed("AR_RECEIVEBILL", receipt())
    match(kd, "77.77")
    open_amounts = kd.query("AR_receivable", "FNOTWRITTENOFFAMOUNTFOR")
    assert finance(kd, "2025-12-31")["totals"][0]["total"] == f"{sum(row[0] for row in open_amounts):.2f}" == "222.23"


def test_a_day_that_is_none_is_refused(kd: KingdeeClient) -> None:
    answer = kd.web.get("/_sandbox/records/_finance", params={"as_of": "soon"})
    assert (answer.status_code, "YYYY-MM-DD" in answer.json()["error"]) == (400, True)
