"""Filters, Models and native records of the kingdee connector: pure functions against kingdee.md 3.1-3.4 and 4."""

from typing import Any

import pytest

from connectors.kingdee import filters
from connectors.kingdee.forms import FORMS, ORDER, RECEIPT
from connectors.kingdee.metadata import fields_of, present, without
from connectors.kingdee.packet import create_model, empty, hub_number, texts_with, update_model, update_options
from connectors.kingdee.plan import Plan
from connectors.kingdee.records import moved_bills, remote_of, rows_by_bill
from hub.connector import Write
from hub.errors import BadInput

ROW = ORDER.entries[0]
PLAN = Plan(ORDER, ORDER.head, {ROW.key: ROW.fields}, ("FModifyDate", "FApproveDate"))


def order(**data: Any) -> Write:
    lines = [{"FMaterialId": {"FNumber": "M1"}, "FUnitID": {"FNumber": "Pcs"}, "FQty": "3", "FTaxPrice": "1.5"}]
    given = {"FSaleOrderEntry": lines, "FCustId": {"FNumber": "C1"}, "FDate": "2025-01-31", **data}
    return Write("HUB-1", given)


# -- filters


def test_quotes_are_doubled_and_control_characters_refused() -> None:
    assert filters.quoted("O'Brien") == "'O''Brien'"
    with pytest.raises(BadInput):
        filters.quoted("a\nb")


def test_ids_are_digits() -> None:
    assert filters.by_ids("FID", ["1", 2]) == "FID in (1,2)"
    for bad in ("", "1) or (1=1", "-1", "0"):
        with pytest.raises(BadInput):
            filters.by_ids("FID", [bad])


def test_window_has_no_less_than() -> None:
    text = filters.both(
        filters.changed_since(("FModifyDate", "FApproveDate"), "2025-01-31T08:00:00"), filters.after("FID", 9)
    )
    assert text == "(FModifyDate >= '2025-01-31 08:00:00' or FApproveDate >= '2025-01-31 08:00:00') and FID > 9"
    assert "<" not in text
    assert filters.changed_since(("FModifyDate",), "") == ""


def test_stamps_are_cut_to_seconds() -> None:
    assert filters.stamp("2022-04-27T10:11:12.34") == "2022-04-27T10:11:12"
    assert filters.stamp("2022-04-27 10:11:12") == "2022-04-27T10:11:12"
    assert filters.stamp(" ") == ""
    assert filters.stamp(None) == ""


# -- Models


def test_create_orders_keys_and_wraps_subheads() -> None:
    write = order(FNote="备注", FSettleCurrId={"FNumber": "PRE001"}, FIsIncludedTax=True)
    model = create_model(ORDER, write, org="100", defaults={})
    keys = list(model)
    assert keys.index("FBillTypeID") < keys.index("FDate") < keys.index("FCustId") < keys.index("FSaleOrderFinance")
    assert keys[-1] == "FSaleOrderEntry"
    assert model["FSaleOrderFinance"] == {"FSettleCurrId": {"FNumber": "PRE001"}, "FIsIncludedTax": True}
    assert model["FBillNo"] == "HUB-1"
    assert "FID" not in model


def test_create_fills_rows_from_form_row_and_head() -> None:
    (row,) = create_model(ORDER, order(), org="100", defaults={})["FSaleOrderEntry"]
    assert row["FPriceUnitId"] == row["FStockUnitID"] == {"FNumber": "Pcs"}
    assert row["FDeliveryDate"] == "2025-01-31"
    assert row["FSettleOrgIds"] == {"FNumber": "100"}
    assert (row["FReserveType"], row["FOUTLMTUNIT"], row["FRowType"]) == ("1", "SAL", "Standard")
    assert "FEntryID" not in row


def test_what_the_mapping_gives_wins_over_defaults() -> None:
    write = order(FBillNo="SO-9", FSaleOrgId={"FNumber": "200"})
    model = create_model(ORDER, write, org="100", defaults={"FSalerId": {"FNumber": "S1"}})
    assert model["FBillNo"] == "SO-9"
    assert model["FSaleOrgId"] == {"FNumber": "200"}
    assert model["FSalerId"] == {"FNumber": "S1"}


def test_without_an_organization_its_fields_are_left_to_the_server() -> None:
    model = create_model(ORDER, order(), org="", defaults={})
    assert "FSaleOrgId" not in model
    assert "FSettleOrgIds" not in model["FSaleOrderEntry"][0]


def test_hub_key_goes_where_the_form_keeps_it() -> None:
    assert hub_number(ORDER, Write("HUB-1", {}, number="SO-1")) == "SO-1"
    assert hub_number(ORDER, Write("HUB-1", {})) == "HUB-1"
    assert hub_number(RECEIPT, Write("HUB-1", {"FBILLNO": "SKD1"}, number="SKD1")) == "HUB-1"
    assert create_model(RECEIPT, Write("HUB-1", {}), org="100", defaults={})["FTHIRDBILLNO"] == "HUB-1"


def test_update_names_only_what_it_changes() -> None:
    model = update_model(ORDER, Write("HUB-1", {"FNote": "新"}, id="17"), org="100")
    assert model == {"FID": 17, "FNote": "新"}
    options = update_options(ORDER, model)
    assert options["NeedUpDateFields"] == ["FNote"]
    assert options["IsDeleteEntry"] is False
    assert options["IsVerifyBaseDataField"] is True


def test_update_with_rows_keeps_ids_and_removes_the_rest() -> None:
    lines = [
        {"FEntryID": "501", "FSeq": 1, "FQty": "4"},
        {"FMaterialId": {"FNumber": "M2"}, "FUnitID": {"FNumber": "Pcs"}, "FQty": "1", "FDeliveryDate": "2025-02-01"},
    ]
    model = update_model(ORDER, Write("HUB-1", {"FSaleOrderEntry": lines}, id="17"), org="100")
    old, new = model["FSaleOrderEntry"]
    assert old == {"FEntryID": 501, "FQty": "4"}
    assert new["FReserveType"] == "1"
    assert "FEntryID" not in new
    options = update_options(ORDER, model)
    assert options["IsDeleteEntry"] is True
    assert {"FSaleOrderEntry", "FQty", "FMaterialId", "FReserveType"} <= set(options["NeedUpDateFields"])
    assert "FEntryID" not in options["NeedUpDateFields"]


def test_update_names_subhead_and_field() -> None:
    model = update_model(ORDER, Write("k", {"FExchangeRate": "7.1"}, id="17"), org="")
    assert model["FSaleOrderFinance"] == {"FExchangeRate": "7.1"}
    assert update_options(ORDER, model)["NeedUpDateFields"] == ["FExchangeRate", "FSaleOrderFinance"]


def test_none_empties_a_field() -> None:
    model = update_model(ORDER, Write("k", {"FNote": None, "FSalerId": {"FNumber": None}}, id="1"), org="")
    assert model["FNote"] == ""
    assert model["FSalerId"] == {"FNumber": ""}


@pytest.mark.parametrize("rows", [{"FEntryID": 1}, ["x"], "text"])
def test_rows_must_be_a_list(rows: Any) -> None:
    with pytest.raises(BadInput, match="FSaleOrderEntry"):
        update_model(ORDER, Write("k", {"FSaleOrderEntry": rows}, id="1"), org="")


def test_row_ids_must_be_numbers() -> None:
    with pytest.raises(BadInput, match="abc"):
        update_model(ORDER, Write("k", {"FSaleOrderEntry": [{"FEntryID": "abc"}]}, id="1"), org="")


def test_texts_are_found_by_path() -> None:
    model = {"FNote": "a<b", "FSaleOrderEntry": [{"FEntryNote": "ok"}, {"FEntryNote": "<"}]}
    assert list(texts_with(model, "<")) == [("FNote", "a<b"), ("FSaleOrderEntry[1].FEntryNote", "<")]


@pytest.mark.parametrize("value", [None, "", "  ", {}, {"FNumber": ""}, {"FNumber": None}])
def test_empty_values(value: Any) -> None:
    assert empty(value)
    assert not empty(0)
    assert not empty({"FNumber": "x"})


# -- records


def native(pk: int, modified: str, **more: Any) -> dict[str, Any]:
    return {"FID": pk, "FBillNo": f"SO{pk}", "FModifyDate": modified, "FDocumentStatus": "C", **more}


def test_remote_of_a_document() -> None:
    remote = remote_of(PLAN, native(5, "2025-01-31T08:00:00.12"))
    assert (remote.id, remote.number, remote.stage) == ("5", "SO5", "audited")
    assert remote.version == remote.modified == "2025-01-31T08:00:00.12"


def test_an_unknown_status_is_shown_as_it_is() -> None:
    assert remote_of(PLAN, native(5, "", FDocumentStatus="Q")).stage == "Q"


def test_rows_are_grouped_and_ordered() -> None:
    rows = [
        {"FID": 1, "FModifyDate": "m", ROW.pk: 12, ROW.seq: 2, "FQty": 1},
        {"FID": 2, "FModifyDate": "m", ROW.pk: 13, ROW.seq: 1, "FQty": 2},
        {"FID": 1, "FModifyDate": "m", ROW.pk: 11, ROW.seq: 1, "FQty": 3},
        {"FID": 3, "FModifyDate": "m", ROW.pk: None, ROW.seq: None, "FQty": None},
    ]
    found = rows_by_bill(ORDER, ROW, rows)
    assert [row["FEntryID"] for row in found[1]] == [11, 12]
    assert found[2] == [{"FEntryID": 13, "FSeq": 1, "FQty": 2}]
    assert 3 not in found


def test_bills_that_moved_between_two_queries() -> None:
    heads = [native(1, "a"), native(2, "a")]
    rows = [{"FID": 1, "FModifyDate": "a"}, {"FID": 2, "FModifyDate": "b"}]
    assert moved_bills(ORDER, heads, rows) == {2}


# -- metadata and checkpoints

INFO = {
    "Result": {
        "NeedReturnData": {
            "Entrys": [
                {
                    "Key": "FSaleOrderEntry",
                    "Fields": [{"Key": "FQty", "Name": [{"Key": 2052, "Value": "数量"}], "FieldType": 3}],
                },
                {
                    "Key": "FBillHead",
                    "Fields": [
                        {
                            "Key": "FCustId",
                            "Name": [{"Key": 2052, "Value": "客户"}],
                            "MustInput": 1,
                            "LookUpObjectFormId": "BD_Customer",
                        },
                        {"Key": "FNote", "MustInput": 0},
                    ],
                },
            ]
        }
    }
}


def test_metadata_lists_head_first_with_paths() -> None:
    customer, note, quantity = fields_of(INFO)
    assert (customer.path, customer.required, customer.refers_to) == ("FCustId.FNumber", True, "BD_Customer")
    assert (note.title, note.required) == ("FNote", False)
    assert (quantity.path, quantity.title) == ("FSaleOrderEntry[].FQty", "数量")
    assert fields_of({"Result": None}) == []


def test_fields_that_a_tenant_lacks_are_dropped() -> None:
    known = frozenset({"fcustid", "fnote"})
    assert present(("FCustId.FName", "FNote", "FMissing", "FSaleOrderEntry_FEntryId"), known) == (
        "FCustId.FName",
        "FNote",
        "FSaleOrderEntry_FEntryId",
    )
    assert without(("FStaffId.FMobile", "FNote"), "FMobile") == ("FNote",)


def test_plan_never_drops_the_number() -> None:
    assert PLAN.mentions("FNote")
    assert not PLAN.mentions("FBillNo")
    assert not PLAN.mentions("")
    assert not PLAN.mentions("FNowhere")


def test_every_form_reads_its_number_and_times() -> None:
    for entity, form in FORMS.items():
        assert form.number in form.head, entity
        assert form.modified in form.head, entity
        assert form.status in form.head, entity
