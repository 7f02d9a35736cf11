"""Save, Draft and BatchSave: inserts, updates, references, computed amounts, and what is refused."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.sandbox.kingdee_client import KingdeeClient, customer, order, order_row, ref

MakeKingdee = Callable[..., KingdeeClient]
ORDER = "SAL_SaleOrder"
ROWS = "FSaleOrderEntry_FEntryId,FSaleOrderEntry_FSeq,FQty,FTaxPrice,FAllAmount"


def rows_of(kd: KingdeeClient, order_id: int) -> list[list[Any]]:
    found: list[list[Any]] = kd.query(ORDER, ROWS, f"FID={order_id}", OrderString="FSaleOrderEntry_FSeq ASC")
    return found


def test_a_customer_is_saved_with_a_number_of_its_own_and_in_status_a(kd: KingdeeClient) -> None:
    result = kd.save("BD_Customer", customer())
    assert result["ResponseStatus"]["IsSuccess"] is True
    assert "ErrorCode" not in result["ResponseStatus"]
    assert result["ResponseStatus"]["SuccessEntitys"] == [{"Id": result["Id"], "Number": result["Number"], "DIndex": 0}]
    assert result["Number"].startswith("CUST0")
    found = kd.query("BD_Customer", "FNumber,FName,FDocumentStatus,FUseOrgId.FNumber", f"FCUSTID={result['Id']}")
    assert found == [[result["Number"], "乙公司", "A", "100"]]


def test_a_number_can_be_used_once_per_organization(kd: KingdeeClient) -> None:
    result = kd.save("BD_Customer", customer(FNumber="C1"))
    status = result["ResponseStatus"]
    assert (status["MsgCode"], result["Id"], result["Number"]) == (11, "", "")
    assert status["Errors"][0]["FieldName"] == "FNumber"
    assert "违反字段唯一性要求：编码唯一。[C1]" in status["Errors"][0]["Message"]
    assert kd.save("BD_Customer", customer(FNumber="C1", FCreateOrgId=ref("200")))["Id"]


def test_an_update_needs_the_internal_id_and_changes_only_what_is_sent(kd: KingdeeClient) -> None:
    made = kd.save("BD_Customer", customer(FNumber="C9", FTEL="1"))
    kd.save("BD_Customer", {"FCUSTID": made["Id"], "FName": "新名"})
    assert kd.query("BD_Customer", "FName,FTEL,FNumber", f"FCUSTID={made['Id']}") == [["新名", "1", "C9"]]
    gone = kd.save("BD_Customer", {"FCUSTID": 1, "FName": "x"})["ResponseStatus"]
    assert (gone["MsgCode"], gone["IsSuccess"]) == (10, False)


def test_need_update_fields_limits_the_update(kd: KingdeeClient) -> None:
    made = kd.save("BD_Customer", customer(FTEL="1", FFAX="1"))
    kd.save("BD_Customer", {"FCUSTID": made["Id"], "FTEL": "2", "FFAX": "2"}, NeedUpDateFields=["FTEL"])
    assert kd.query("BD_Customer", "FTEL,FFAX", f"FCUSTID={made['Id']}") == [["2", "1"]]


def test_required_fields_are_named(kd: KingdeeClient) -> None:
    model = order()
    del model["FCustId"]
    status = kd.save(ORDER, model)["ResponseStatus"]
    assert status["Errors"] == [{"FieldName": "FCustId", "Message": "字段[客户]是必录字段", "DIndex": 0}]
    row = order_row()
    del row["FStockUnitID"]
    assert kd.save(ORDER, order(FSaleOrderEntry=[row]))["ResponseStatus"]["Errors"][0]["FieldName"] == "FStockUnitID"


def test_relaxed_forms_fill_in_what_a_screen_would(kd_with: MakeKingdee) -> None:
    easy = kd_with(strict_required=False)
    row = {"FMaterialId": ref("M1"), "FQty": 1, "FTaxPrice": 5}
    made = easy.save(ORDER, {"FCustId": ref("C1"), "FSalerId": ref("YG1_GW1_1"), "FSaleOrderEntry": [row]})
    assert easy.query(ORDER, "FUnitID.FNumber,FSettleCurrId.FNumber", f"FID={made['Id']}") == [["Pcs", "PRE001"]]


def test_an_unknown_reference_is_blank_unless_it_is_verified(kd: KingdeeClient) -> None:
    made = kd.save("BD_Customer", customer(FSELLER=ref("NOBODY")))
    assert kd.query("BD_Customer", "FSELLER,FSELLER.FNumber", f"FCUSTID={made['Id']}") == [[0, None]]
    status = kd.save("BD_Customer", customer(FSELLER=ref("NOBODY")), IsVerifyBaseDataField=True)["ResponseStatus"]
    assert (status["MsgCode"], status["Errors"][0]["FieldName"]) == (11, "FSELLER")
    status = kd.save(ORDER, order(FCustId=ref("NOBODY")))["ResponseStatus"]
    assert status["Errors"][0]["FieldName"] == "FCustId"


def test_references_by_number_id_and_name(kd: KingdeeClient) -> None:
    saler = kd.query("BD_Saler", "fid", "FNumber='YG1_GW1_1'")[0][0]
    for value in ({"FNUMBER": "YG1_GW1_1"}, {"fid": saler}, {"Id": saler}, {"FNAME": "张三"}, {"fnumber": "YG1_GW1_1"}):
        made = kd.save("BD_Customer", customer(FSELLER=value))
        assert kd.query("BD_Customer", "FSELLER", f"FCUSTID={made['Id']}") == [[saler]], value


def test_number_search_off_leaves_numbers_unresolved(kd: KingdeeClient) -> None:
    model = customer(FTRADINGCURRID={"Id": 100001}, FCreateOrgId={"Id": 1}, FSELLER=ref("YG1_GW1_1"))
    made = kd.save("BD_Customer", model, NumberSearch=False)
    assert kd.query("BD_Customer", "FSELLER", f"FCUSTID={made['Id']}") == [[0]]


def test_a_customer_of_another_organization_does_not_exist_here(kd: KingdeeClient) -> None:
    kd.save("BD_Customer", customer(FNumber="EAST", FCreateOrgId=ref("200")))
    assert kd.save(ORDER, order(FCustId=ref("EAST")))["ResponseStatus"]["Errors"][0]["FieldName"] == "FCustId"
    assert kd.save(ORDER, order(FCustId=ref("C1"), FSaleOrgId=ref("200")))["ResponseStatus"]["IsSuccess"] is False


def test_references_may_need_an_audit_by_setting(kd_with: MakeKingdee) -> None:
    strict = kd_with(references_need_audit=True)
    strict.save("BD_Customer", customer(FNumber="RAW"))
    assert strict.save(ORDER, order(FCustId=ref("RAW")))["ResponseStatus"]["Errors"][0]["FieldName"] == "FCustId"
    assert strict.save(ORDER, order())["ResponseStatus"]["IsSuccess"] is True


def test_the_server_computes_tax_and_totals_half_up(kd: KingdeeClient) -> None:
    lines = [
        order_row(FQty="3", FTaxPrice="9.99"),
        order_row(FQty="1", FTaxPrice="0.125", FEntryTaxRate=0, FAllAmount="999"),
        order_row(FQty="7", FTaxPrice="5", FIsFree=True),
    ]
    made = kd.save(ORDER, order(FSaleOrderEntry=lines))
    assert [row[4] for row in rows_of(kd, made["Id"])] == [Decimal("29.97"), Decimal("0.13"), Decimal(0)]
    head = kd.query(ORDER, "FBillAllAmount,FBillAmount,FBillTaxAmount", f"FID={made['Id']}")[0]
    assert head == [Decimal("30.10"), Decimal("26.65"), Decimal("3.45")]


def test_prices_without_tax_lead_when_the_order_says_so(kd: KingdeeClient) -> None:
    finance = {"FSettleCurrId": ref("PRE001"), "FIsIncludedTax": "false"}
    row = order_row(FQty=3, FPrice="9.99")
    del row["FTaxPrice"]
    made = kd.save(ORDER, order(FSaleOrderFinance=finance, FSaleOrderEntry=[row]))
    found = kd.query(ORDER, "FTaxPrice,FAmount,FTaxAmount,FAllAmount", f"FID={made['Id']}")
    assert found == [[Decimal("11.2887"), Decimal("29.97"), Decimal("3.90"), Decimal("33.87")]]


def test_discounts_by_rate_and_by_amount(kd: KingdeeClient) -> None:
    lines = [order_row(FQty=1, FTaxPrice=100, FDiscountRate=10), order_row(FQty=1, FTaxPrice=100, FDiscount="33.33")]
    made = kd.save(ORDER, order(FSaleOrderEntry=lines))
    found = kd.query(ORDER, "FDiscount,FAllAmount", f"FID={made['Id']}")
    assert found == [[Decimal(10), Decimal(90)], [Decimal("33.33"), Decimal("66.67")]]


def test_yen_have_no_decimals(kd: KingdeeClient) -> None:
    finance = {"FSettleCurrId": ref("PRE004")}
    made = kd.save(ORDER, order(FSaleOrderFinance=finance, FSaleOrderEntry=[order_row(FQty=1, FTaxPrice="10.5")]))
    assert kd.query(ORDER, "FBillAllAmount", f"FID={made['Id']}") == [[Decimal(11)]]


def test_control_precision_refuses_what_would_be_rounded(kd: KingdeeClient) -> None:
    rows = [order_row(FTaxPrice="1.1234567")]
    assert kd.save(ORDER, order(FSaleOrderEntry=rows))["Id"]
    status = kd.save(ORDER, order(FSaleOrderEntry=rows), IsControlPrecision=True)["ResponseStatus"]
    assert status["Errors"][0]["FieldName"] == "FTaxPrice"


def test_an_update_deletes_the_rows_it_does_not_name(kd: KingdeeClient) -> None:
    made = kd.save(ORDER, order(FSaleOrderEntry=[order_row(FQty=1), order_row(FQty=2)]))
    first, second = rows_of(kd, made["Id"])
    kd.save(ORDER, {"FID": made["Id"], "FSaleOrderEntry": [{"FEntryID": second[0], "FQty": 5}]})
    after = rows_of(kd, made["Id"])
    assert [(row[0], row[1], row[2]) for row in after] == [(second[0], 1, Decimal(5))]
    assert first[0] != second[0]


def test_a_head_only_update_deletes_every_row_unless_told_not_to(kd: KingdeeClient, kd_with: MakeKingdee) -> None:
    made = kd.save(ORDER, order())
    kd.save(ORDER, {"FID": made["Id"], "FNote": "x"}, IsDeleteEntry="false")
    assert len(rows_of(kd, made["Id"])) == 1
    assert rows_of(kd, made["Id"])[0][0] > 0
    kd.save(ORDER, {"FID": made["Id"], "FNote": "y"}, NeedUpDateFields=["FNote"])
    assert rows_of(kd, made["Id"])[0][0] > 0
    kd.save(ORDER, {"FID": made["Id"], "FNote": "z"})
    assert rows_of(kd, made["Id"])[0][0] == 0
    mild = kd_with(head_only_update_deletes_entries=False)
    made = mild.save(ORDER, order())
    mild.save(ORDER, {"FID": made["Id"], "FNote": "z"})
    assert rows_of(mild, made["Id"])[0][0] > 0


def test_without_deletion_rows_are_changed_by_id_and_added_without(kd: KingdeeClient) -> None:
    made = kd.save(ORDER, order(FSaleOrderEntry=[order_row(FQty=1), order_row(FQty=2)]))
    first = rows_of(kd, made["Id"])[0]
    change = [{"FEntryID": first[0], "FQty": 9}, order_row(FQty=4)]
    kd.save(ORDER, {"FID": made["Id"], "FSaleOrderEntry": change}, IsDeleteEntry=False)
    assert [row[2] for row in rows_of(kd, made["Id"])] == [9, 2, 4]


def test_unknown_and_computed_keys_and_misplaced_sub_heads_are_ignored(kd: KingdeeClient) -> None:
    made = kd.save(ORDER, order(FNope=1, FBillAllAmount=1, FDocumentStatus="C", FExchangeRate=7))
    found = kd.query(ORDER, "FBillAllAmount,FDocumentStatus,FExchangeRate", f"FID={made['Id']}")
    assert found == [[Decimal("22.60"), "A", Decimal(1)]]


def test_need_return_fields(kd: KingdeeClient) -> None:
    fields = ["FBillNo", "FID", "FSaleOrderEntry.FEntryID", "FSaleOrderEntry.FQty"]
    made = kd.save(ORDER, order(), NeedReturnFields=fields)
    returned = made["NeedReturnData"][0]
    assert (returned["FBillNo"], returned["FID"]) == (made["Number"], made["Id"])
    assert returned["FSaleOrderEntry"][0]["FQty"] == 2
    assert returned["FSaleOrderEntry"][0]["FEntryID"] == rows_of(kd, made["Id"])[0][0]


def test_a_draft_has_no_number_and_no_checks_until_it_is_saved(kd: KingdeeClient) -> None:
    body = {"formid": ORDER, "data": {"Model": {"FNote": "later"}}}
    made = kd.call("Draft", body)["Result"]
    assert made["Number"] == ""
    assert kd.query(ORDER, "FDocumentStatus,FBillNo", f"FID={made['Id']}") == [["Z", " "]]
    assert kd.do("Submit", ORDER, Ids=str(made["Id"]))["MsgCode"] == 11
    saved = kd.save(ORDER, order(FID=made["Id"]))
    assert saved["Number"].startswith("XSDD")
    assert kd.query(ORDER, "FDocumentStatus", f"FID={made['Id']}") == [["A"]]


def test_batch_save_succeeds_and_fails_per_packet(kd: KingdeeClient, kd_with: MakeKingdee) -> None:
    packets = [customer(FNumber="B1"), customer(FNumber="C1"), customer(FNumber="B3")]
    body = {"formid": "BD_Customer", "data": {"Model": packets, "BatchCount": 2}}
    status = kd.call("BatchSave", body)["Result"]["ResponseStatus"]
    assert (status["IsSuccess"], status["MsgCode"]) == (False, 11)
    assert [item["DIndex"] for item in status["SuccessEntitys"]] == [0, 2]
    assert [item["DIndex"] for item in status["Errors"]] == [1]
    cheerful = kd_with(partial_batch_is_success=True).call("BatchSave", body)["Result"]["ResponseStatus"]
    assert (cheerful["IsSuccess"], cheerful["Errors"], len(cheerful["SuccessEntitys"])) == (True, [], 2)


def test_an_asynchronous_batch_is_polled_for(kd: KingdeeClient) -> None:
    body = {"formid": "BD_Customer", "data": {"Model": [customer()]},
            "beginmethod": "BeginQueryImpl", "querymethod": "QueryAsyncResult"}  # fmt: skip
    begun = kd.call("BatchSave", body)
    assert (begun["Status"], begun["Result"]) == (0, None)
    info = {"queryInfo": f'{{"TaskId":"{begun["TaskId"]}","Cancelled":false}}'}
    assert kd.call("QueryAsyncResult", info)["Status"] == 1
    done = kd.call("QueryAsyncResult", info)
    assert done["Status"] == 2
    assert done["Result"]["Result"]["ResponseStatus"]["IsSuccess"] is True


def test_save_submit_and_audit_in_one_call(kd: KingdeeClient) -> None:
    made = kd.save("BD_Customer", customer(), IsAutoSubmitAndAudit="true")
    assert kd.query("BD_Customer", "FDocumentStatus", f"FCUSTID={made['Id']}") == [["C"]]
    assert [entry["kind"] for entry in kd.journal()] == ["create", "submit", "audit"]


def test_an_identical_packet_is_refused_on_request_within_the_window(kd: KingdeeClient) -> None:
    assert kd.save("BD_Customer", customer(), ValidateRepeatJson="true")["Id"]
    assert kd.save("BD_Customer", customer(), ValidateRepeatJson="true")["ResponseStatus"]["MsgCode"] == 11
    kd.web.post("/_sandbox/clock", json={"advance_s": 61})
    assert kd.save("BD_Customer", customer(), ValidateRepeatJson="true")["Id"]


def test_key_order_matters_by_setting(kd_with: MakeKingdee) -> None:
    touchy = kd_with(key_order_matters=True)
    assert touchy.save(ORDER, order())["Id"]
    model = order()
    finance = model.pop("FSaleOrderFinance")
    status = touchy.save(ORDER, {**model, "FSaleOrderFinance": finance})["ResponseStatus"]
    assert status["Errors"][0]["Message"] == "含税单价不能小于等于0"


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"FDate": "soon"}, "FDate"), ({"FSaleOrderEntry": [order_row(FQty="many")]}, "FQty"), ({"FID": "x"}, "FID")],
)
def test_values_of_the_wrong_kind_are_named(kd: KingdeeClient, changes: dict[str, Any], field: str) -> None:
    status = kd.save(ORDER, order(**changes))["ResponseStatus"]
    assert (status["MsgCode"], status["Errors"][0]["FieldName"]) == (8, field)


def test_multi_language_text_and_dates_with_times(kd: KingdeeClient) -> None:
    names = [{"Key": 1033, "Value": "B"}, {"Key": 2052, "Value": "乙"}]
    made = kd.save("BD_Customer", customer(FName=names, FFoundDate="2020/1/5 10:11:12"))
    assert kd.query("BD_Customer", "FName,FFoundDate", f"FCUSTID={made['Id']}") == [["乙", "2020-01-05T00:00:00"]]


def test_receivables_and_receipts_come_in_through_the_api_too(kd: KingdeeClient) -> None:
    head = {"FDATE": "2025-01-01", "FCURRENCYID": ref("PRE001"), "FSETTLEORGID": ref("100"), "FPAYORGID": ref("100")}
    finance = {
        "FACCNTTIMEJUDGETIME": "2025-01-01",
        "FMAINBOOKSTDCURRID": ref("PRE001"),
        "FEXCHANGETYPE": ref("HLTX01_SYS"),
    }
    bill = {
        **head,
        "FBillTypeID": ref("YSD01_SYS"),
        "FENDDATE_H": "2025-02-01",
        "FCUSTOMERID": ref("C1"),
        "FsubHeadFinc": finance,
        "FEntityDetail": [{"FMATERIALID": ref("M1"), "FPriceQty": 3, "FTaxPrice": "3.33", "FEntryTaxRate": 13}],
    }
    made = kd.save("AR_receivable", bill)
    keys = "FALLAMOUNTFOR,FNOTWRITTENOFFAMOUNTFOR,FENDDATE,FPAYAMOUNTFOR"
    total = Decimal("9.99")
    assert kd.query("AR_receivable", keys, f"FID={made['Id']}") == [[total, total, "2025-02-01T00:00:00", total]]
    money = {
        **head,
        "FBillTypeID": ref("SKDLX01_SYS"),
        "FCONTACTUNIT": ref("C1"),
        "FTHIRDBILLNO": "HUB-1",
        "FRECEIVEBILLENTRY": [{"FSETTLETYPEID": ref("JSFS04_SYS"), "FRECTOTALAMOUNTFOR": "5.55"}],
        "FRECEIVEBILLSRCENTRY": [{"FSRCBILLNO": made["Number"], "FSRCBILLTYPEID": "AR_receivable"}],
    }
    kd.save("AR_RECEIVEBILL", money)
    keys = "FREALRECAMOUNTFOR,FPAYUNIT.FNumber,FWRITTENOFFSTATUS,FSRCBILLNO"
    found = kd.query("AR_RECEIVEBILL", keys, "FTHIRDBILLNO='HUB-1'")
    assert found == [[Decimal("5.55"), "C1", "A", made["Number"]]]


def test_a_save_without_form_or_model_says_what_is_missing(kd: KingdeeClient) -> None:
    assert kd.call("Save", {"data": {"Model": {}}})["Result"]["ResponseStatus"]["MsgCode"] == 5
    assert kd.call("Save", {"formid": "BD_Nope", "data": {"Model": {}}})["Result"]["ResponseStatus"]["MsgCode"] == 4
    assert kd.call("Save", {"formid": ORDER, "data": {}})["Result"]["ResponseStatus"]["MsgCode"] == 8
    assert kd.call("BatchSave", {"formid": ORDER, "data": {"Model": {}}})["Result"]["ResponseStatus"]["MsgCode"] == 8


def test_a_refused_update_leaves_the_document_as_it_was(kd: KingdeeClient) -> None:
    made = kd.save(ORDER, order())
    before = kd.query(ORDER, "FNote,FModifyDate," + ROWS, f"FID={made['Id']}")
    change = {"FID": made["Id"], "FNote": "x", "FSaleOrderEntry": [order_row(FQty="many")]}
    assert kd.save(ORDER, change)["ResponseStatus"]["IsSuccess"] is False
    assert kd.query(ORDER, "FNote,FModifyDate," + ROWS, f"FID={made['Id']}") == before
