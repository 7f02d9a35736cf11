"""ExecuteBillQuery, BillQuery, View and QueryBusinessInfo."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.sandbox.kingdee_client import FORMS, KingdeeClient, order, order_row

MakeKingdee = Callable[..., KingdeeClient]
ORDER = "SAL_SaleOrder"


def seed_orders(kd: KingdeeClient, count: int, rows: int = 1) -> None:
    entry = [{"FMaterialId": "M1", "FQty": 1, "FTaxPrice": "1"}] * rows
    shared = {"FCustId": "C1", "FSalerId": "YG1_GW1_1", "FSaleOrderEntry": entry}
    kd.seed(ORDER, [{"FBillNo": f"SO{number:03d}", **shared} for number in range(count)])


def numbers(rows: list[list[Any]]) -> list[str]:
    return [row[0] for row in rows]


def test_keys_ignore_case_and_follow_dots(kd: KingdeeClient) -> None:
    seed_orders(kd, 1)
    keys = "fbillno,FCUSTID.FNUMBER,FCustId.FName,FCustId.FUseOrgId.FNumber,FMaterialId.FBaseUnitId.FNumber"
    assert kd.query("sal_saleorder", keys) == [["SO000", "C1", "甲公司", "100", "Pcs"]]


@pytest.mark.parametrize("key", ["FNope", "FCustId.FNope", "FBillNo.FNumber", "FSaleOrderEntry_FNope", "FEntryID"])
def test_one_unknown_key_fails_the_whole_query(kd: KingdeeClient, key: str) -> None:
    status = kd.query(ORDER, f"FBillNo,{key}")[0][0]["Result"]["ResponseStatus"]
    assert (status["MsgCode"], status["IsSuccess"]) == (9, False)
    assert status["Errors"][0]["Message"] == f"元数据中标识为{key}的字段不存在"
    data = {"FormId": ORDER, "FieldKeys": key}
    assert kd.call("BillQuery", {"data": data})["Result"]["ResponseStatus"]["MsgCode"] == 9


@pytest.mark.parametrize("key", ["FID", "FContact", "FPhone", "FCreditLimit", "FIsArchive", "FSaleOrgId"])
def test_keys_measured_not_to_exist_on_customers(kd: KingdeeClient, key: str) -> None:
    assert kd.query("BD_Customer", key)[0][0]["Result"]["ResponseStatus"]["MsgCode"] == 9


def test_rows_come_per_entry_as_soon_as_an_entry_field_is_named(kd: KingdeeClient) -> None:
    seed_orders(kd, 2, rows=3)
    assert len(kd.query(ORDER, "FBillNo")) == 2
    per_entry = kd.query(ORDER, "FBillNo,FBillAllAmount,FSaleOrderEntry_FSeq", OrderString="FID ASC")
    assert numbers(per_entry) == ["SO000"] * 3 + ["SO001"] * 3
    assert [row[1] for row in per_entry] == [Decimal(3)] * 6
    assert [row[2] for row in per_entry] == [1, 2, 3, 1, 2, 3]
    page = kd.query(ORDER, "FBillNo,FSaleOrderEntry_FSeq", OrderString="FID ASC", StartRow=2, Limit=2)
    assert page == [["SO000", 3], ["SO001", 1]]


def test_a_document_without_rows_keeps_one_line(kd: KingdeeClient) -> None:
    made = kd.call("Draft", {"formid": ORDER, "data": {"Model": {}}})["Result"]
    assert kd.query(ORDER, "FID,FSaleOrderEntry_FEntryId,FQty") == [[made["Id"], 0, 0]]


def test_paging_with_an_absolute_top_row(kd: KingdeeClient) -> None:
    seed_orders(kd, 10)
    order_by = {"OrderString": "FBillNo ASC"}
    assert len(kd.query(ORDER, "FBillNo", **order_by)) == 10
    assert numbers(kd.query(ORDER, "FBillNo", **order_by, StartRow=4, Limit=2)) == ["SO004", "SO005"]
    assert numbers(kd.query(ORDER, "FBillNo", **order_by, TopRowCount=3)) == ["SO000", "SO001", "SO002"]
    assert numbers(kd.query(ORDER, "FBillNo", **order_by, StartRow=4, Limit=4, TopRowCount=6)) == ["SO004", "SO005"]
    assert kd.query(ORDER, "FBillNo", **order_by, StartRow=4, Limit=4, TopRowCount=4) == []
    assert kd.query(ORDER, "FBillNo", **order_by, StartRow=20) == []
    assert kd.query(ORDER, "FBillNo", Limit="x")[0][0]["Result"]["ResponseStatus"]["MsgCode"] == 8


def test_the_row_cap_cuts_silently(kd_with: MakeKingdee) -> None:
    small = kd_with(row_cap=3)
    seed_orders(small, 5)
    assert len(small.query(ORDER, "FBillNo", Limit=100)) == 3
    assert len(small.query(ORDER, "FBillNo", Limit=0)) == 3
    assert small.query(ORDER, "COUNT(1)") == [[5]]


def test_count_counts_lines(kd: KingdeeClient) -> None:
    seed_orders(kd, 3, rows=2)
    assert kd.query(ORDER, "COUNT(1)", "FBillNo >= 'SO001'") == [[2]]
    assert kd.query(ORDER, "count(1)", "FQty = 1") == [[6]]
    assert kd.call("BillQuery", {"data": {"FormId": ORDER, "FieldKeys": "COUNT(1)"}}) == [{"COUNT(1)": 3}]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("FBillNo='SO001'", ["SO001"]),
        ("FBillNo<>'SO001'", ["SO000", "SO002"]),
        ("FBillNo in ('SO000','SO002','NOPE')", ["SO000", "SO002"]),
        ("FBillNo like 'so%2'", ["SO002"]),
        ("FBillNo like 'SO00[12]'", ["SO001", "SO002"]),
        ("FBillNo like 'SO_0_' and not FBillNo='SO000'", ["SO001", "SO002"]),
        ("FCustId.FNumber='C1' and FBillNo >= 'SO001'", ["SO001", "SO002"]),
        ("FCustId.FNumber='NOPE'", []),
        ("FSaleDeptId=0 and FSaleDeptId.FNumber is null and FBillNo='SO000'", ["SO000"]),
        ("FIsMobile=0 and FBillNo='SO000'", ["SO000"]),
        ("FNote='' and FBillNo='SO000'", ["SO000"]),
        ("FModifyDate >= '2000-01-01' and FModifyDate <= '2000-01-02'", []),
        ("FModifyDate >= '2000-01-01 08:00:00' and FBillAllAmount > 0.5", ["SO000", "SO001", "SO002"]),
        ("FApproveDate >= '2000-01-01' or FBillNo = 'SO002'", ["SO002"]),
        ([{"FieldName": "FBillNo", "Compare": "67", "Value": "SO001"}], ["SO001"]),
    ],
)
def test_filters(kd: KingdeeClient, text: Any, found: list[str]) -> None:
    seed_orders(kd, 3)
    assert numbers(kd.query(ORDER, "FBillNo", text, OrderString="FBillNo ASC")) == found


@pytest.mark.parametrize("text", ["FQty='many'", "FDate>='soon'", "FID=", "FBillNo==1"])
def test_filters_the_database_cannot_run(kd: KingdeeClient, text: str) -> None:
    assert kd.query(ORDER, "FBillNo", text)[0][0]["Result"]["ResponseStatus"]["MsgCode"] == 4


def test_a_filter_on_an_unknown_key_fails_too(kd: KingdeeClient) -> None:
    assert kd.query(ORDER, "FBillNo", "FNope=1")[0][0]["Result"]["ResponseStatus"]["MsgCode"] == 9
    assert kd.query(ORDER, "FBillNo", OrderString="FNope ASC")[0][0]["Result"]["ResponseStatus"]["MsgCode"] == 9
    assert kd.query("BD_Nope", "FID")[0][0]["Result"]["ResponseStatus"]["MsgCode"] == 4
    assert kd.query("", "FID")[0][0]["Result"]["ResponseStatus"]["MsgCode"] == 5
    assert kd.query(ORDER, "")[0][0]["Result"]["ResponseStatus"]["MsgCode"] == 8


def test_order_by_several_keys(kd: KingdeeClient) -> None:
    kd.save(ORDER, order(FBillNo="X1", FDate="2025-01-02"))
    kd.save(ORDER, order(FBillNo="X2", FDate="2025-01-01"))
    kd.save(ORDER, order(FBillNo="X3", FDate="2025-01-02"))
    assert numbers(kd.query(ORDER, "FBillNo", OrderString="FDate DESC, FBillNo DESC")) == ["X3", "X1", "X2"]
    assert numbers(kd.query(ORDER, "FBillNo", OrderString="FDate, FID")) == ["X2", "X1", "X3"]


def test_the_modified_order_follows_edits_and_bounds(kd: KingdeeClient) -> None:
    seed_orders(kd, 4)
    kd.web.post("/_sandbox/clock", json={"advance_s": 60})
    kd.edit(ORDER, "SO001", {"FNote": "edited"})
    by_time = {"OrderString": "FModifyDate ASC,FID ASC"}
    rows = kd.query(ORDER, "FBillNo,FModifyDate", **by_time)
    assert numbers(rows) == ["SO000", "SO002", "SO003", "SO001"]
    since = rows[-1][1]
    assert numbers(kd.query(ORDER, "FBillNo", f"FModifyDate>='{since}'", **by_time)) == ["SO001"]
    assert numbers(kd.query(ORDER, "FBillNo", f"FModifyDate>'{since}'", **by_time)) == []
    assert numbers(kd.query(ORDER, "FBillNo", f"FModifyDate>='{since[:19]}'", OrderString="FID")) == ["SO001"]


def test_keyset_paging_by_id(kd: KingdeeClient) -> None:
    seed_orders(kd, 5)
    seen: list[str] = []
    last = 0
    while page := kd.query(ORDER, "FID,FBillNo", f"FID > {last}", OrderString="FID ASC", Limit=2):
        seen += [row[1] for row in page]
        last = page[-1][0]
    assert seen == [f"SO{number:03d}" for number in range(5)]


def test_cells_look_as_the_product_prints_them(kd: KingdeeClient) -> None:
    kd.save(ORDER, order(FBillNo="L1", FSaleOrderEntry=[order_row(FQty=100)]))
    body = {
        "data": {"FormId": ORDER, "FieldKeys": "FQty,FDate,FNote,FSaleDeptId,FSaleDeptId.FName,FIsMobile,FApproveDate"}
    }
    text = kd.post(FORMS + "ExecuteBillQuery", body).text
    assert text == '[[100.0000000000,"2025-01-31T00:00:00"," ",0,null,false,null]]'
    modified = kd.query(ORDER, "FModifyDate")[0][0]
    assert modified[10] == "T"
    assert not modified.endswith("0") or "." not in modified


def test_modified_times_are_local_to_china(kd: KingdeeClient) -> None:
    kd.save(ORDER, order())
    now = kd.web.get("/_sandbox/health").json()["now"]
    hours = (int(kd.query(ORDER, "FModifyDate")[0][0][11:13]) - int(now[11:13])) % 24
    assert hours in {8, 7}


def test_hidden_forms_show_nothing_and_say_nothing(kd_with: MakeKingdee) -> None:
    blind = kd_with(hidden_forms="BD_Customer")
    assert blind.query("bd_customer", "FNumber") == []
    assert blind.query("BD_Customer", "FNope")[0][0]["Result"]["ResponseStatus"]["MsgCode"] == 9
    assert blind.query("BD_MATERIAL", "FNumber") == [["M1"]]


def test_view_speaks_in_property_names(kd: KingdeeClient) -> None:
    made = kd.save(ORDER, order(FBillNo="V1"))
    found = kd.call("View", {"formid": ORDER, "data": {"CreateOrgId": 0, "Number": "V1", "Id": ""}})["Result"]
    assert found["ResponseStatus"]["IsSuccess"] is True
    packet = found["Result"]
    assert (packet["Id"], packet["BillNo"]) == (made["Id"], "V1")
    assert packet["CustId"]["Name"] == [{"Key": 2052, "Value": "甲公司"}]
    assert packet["CustId_Id"] == packet["CustId"]["Id"]
    assert packet["SaleOrderFinance"][0]["BillAllAmount"] == Decimal("22.60")
    assert packet["SaleOrderEntry"][0]["Seq"] == 1
    gone = kd.do("View", ORDER, Number="NOPE")
    assert (gone["IsSuccess"], gone["MsgCode"]) == (False, 10)
    assert kd.do("View", ORDER)["MsgCode"] == 8


def test_business_info_agrees_with_save_and_query(kd: KingdeeClient) -> None:
    result = kd.call("QueryBusinessInfo", {"data": {"FormId": ORDER}})["Result"]
    info = result["NeedReturnData"]
    assert info["PkFieldName"] == "FID"
    entries = {entry["Key"]: entry for entry in info["Entrys"]}
    assert {"FBillHead", "FSaleOrderFinance", "FSaleOrderEntry"} <= set(entries)
    customer_field = next(item for item in entries["FBillHead"]["Fields"] if item["Key"] == "FCustId")
    assert (customer_field["PropertyName"], customer_field["MustInput"]) == ("CustId", 1)
    assert customer_field["LookUpObjectFormId"] == "BD_Customer"
    assert "YLBillClose" in {item["OperationNumber"] for item in info["Operations"]}
    keys = ",".join(item["Key"] for entry in info["Entrys"] for item in entry["Fields"])
    assert kd.query(ORDER, keys) == []
    assert kd.do("QueryBusinessInfo", "")["MsgCode"] == 5


def test_bills_find_their_way_through_the_queries_of_other_clients(kd: KingdeeClient) -> None:
    """Field lists that published clients use on live tenants (kingdee.md 0: skill, coobin, erp)."""
    lists = {
        "AR_receivable": "FBillNo,FDATE,FCUSTOMERID.FName,FALLAMOUNTFOR,FCURRENCYID.FName,FENDDATE_H,FSALEERID.FName,"
        "FWRITTENOFFSTATUS,FRECEIVEAMOUNT,FNORECEIVEAMOUNT,FDOCUMENTSTATUS,FCREATEDATE,FModifyDate",
        "AR_RECEIVEBILL": "FBILLNO,FDATE,FCONTACTUNIT.FNumber,FREALRECAMOUNTFOR,FMODIFYDATE,FWRITTENOFFSTATUS",
        "SAL_SaleOrder": "FBillNo,FDate,FCustId.FName,FMaterialId.FNumber,FQty,FUnitID.FName,FAllAmount,"
        "FSettleCurrId.FName,FDocumentStatus,FDeliveryDate,FSalerId.FName,FDeliQty,FStockOutQty,FInvoiceQty",
        "BD_Empinfo": "FID,FSTAFFID,FNumber,FStaffNumber,FName,FMobile,FPostDept,FUseOrgId,FForbidStatus,FBaseProperty",
        "STK_Inventory": "FMaterialId.FNumber,FStockOrgId.FNumber,FStockId.FNumber,FBaseQty,FBaseUnitId.FName,FAVBQty",
    }
    for form, keys in lists.items():
        assert kd.query(form, keys) == [], form
