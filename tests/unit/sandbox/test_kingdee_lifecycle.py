"""The status machine, named operations, allocation, push, and which of them the modified time shows."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.sandbox.kingdee_client import KingdeeClient, customer, order, ref

MakeKingdee = Callable[..., KingdeeClient]
ORDER = "SAL_SaleOrder"


def status_of(kd: KingdeeClient, order_id: int) -> str:
    found: str = kd.query(ORDER, "FDocumentStatus", f"FID={order_id}")[0][0]
    return found


def new_order(kd: KingdeeClient, status: str = "A") -> dict[str, Any]:
    made = kd.save(ORDER, order())
    for service in {"A": [], "B": ["Submit"], "C": ["Submit", "Audit"], "D": ["Submit", "Audit", "UnAudit"]}[status]:
        assert kd.do(service, ORDER, Ids=str(made["Id"]))["IsSuccess"] is True
    return made


ALLOWED = {
    ("Submit", "A"): "B",
    ("Submit", "D"): "B",
    ("Audit", "B"): "C",
    ("UnAudit", "C"): "D",
    ("CancelAssign", "B"): "D",
}


@pytest.mark.parametrize("status", ["A", "B", "C", "D"])
@pytest.mark.parametrize("service", ["Submit", "Audit", "UnAudit", "CancelAssign"])
def test_every_step_from_every_status(kd: KingdeeClient, service: str, status: str) -> None:
    made = new_order(kd, status)
    reply = kd.do(service, ORDER, Ids=[made["Id"]])
    assert reply["IsSuccess"] is ((service, status) in ALLOWED)
    assert status_of(kd, made["Id"]) == ALLOWED.get((service, status), status)
    if not reply["IsSuccess"]:
        assert reply["MsgCode"] == 11
        assert reply["Errors"][0]["DIndex"] == 0


@pytest.mark.parametrize(("status", "editable"), [("A", True), ("B", False), ("C", False), ("D", True)])
def test_edit_and_delete_only_where_the_document_is_open(kd: KingdeeClient, status: str, editable: bool) -> None:
    made = new_order(kd, status)
    saved = kd.save(ORDER, {"FID": made["Id"], "FNote": "x"}, IsDeleteEntry=False)["ResponseStatus"]
    assert saved["IsSuccess"] is editable
    assert saved["MsgCode"] == (0 if editable else 12)
    assert kd.do("Delete", ORDER, Numbers=[made["Number"]])["IsSuccess"] is editable
    assert bool(kd.query(ORDER, "FID", f"FID={made['Id']}")) is not editable


def test_submitted_documents_stay_open_by_setting(kd_with: MakeKingdee) -> None:
    loose = kd_with(submitted_is_locked=False)
    made = new_order(loose, "B")
    assert loose.save(ORDER, {"FID": made["Id"], "FNote": "x"}, IsDeleteEntry=False)["Id"] == made["Id"]


def test_audited_base_data_takes_flagged_fields_through_need_update_fields(kd: KingdeeClient) -> None:
    found = kd.query("BD_Customer", "FCUSTID", "FNumber='C1'")[0][0]
    whole = kd.save("BD_Customer", {"FCUSTID": found, "FTEL": "1"})["ResponseStatus"]
    assert (whole["IsSuccess"], whole["MsgCode"]) == (False, 12)
    assert kd.save("BD_Customer", {"FCUSTID": found, "FTEL": "1"}, NeedUpDateFields=["FTEL"])["Id"] == found
    unflagged = kd.save("BD_Customer", {"FCUSTID": found, "FPriority": 2}, NeedUpDateFields=["FPriority"])
    assert unflagged["ResponseStatus"]["IsSuccess"] is False


def test_records_are_named_by_ids_or_numbers_and_judged_one_by_one(kd: KingdeeClient) -> None:
    first, second = new_order(kd), new_order(kd, "B")
    reply = kd.do("Submit", ORDER, Ids=f"{first['Id']},{second['Id']}", Numbers=["NOPE"])
    assert [item["Id"] for item in reply["SuccessEntitys"]] == [first["Id"]]
    assert [item["DIndex"] for item in reply["Errors"]] == [1, 2]
    assert reply["IsSuccess"] is False
    none = kd.do("Submit", ORDER, Ids=0, Numbers=[])
    assert (none["MsgCode"], none["Errors"][0]["Message"]) == (8, "编码值或内码值必须传其一")
    assert kd.do("Submit", ORDER, Ids="abc")["MsgCode"] == 8


@pytest.mark.parametrize("service", ["ExcuteOperation", "ExecuteOperation"])
def test_forbid_needs_an_audit_and_enable_takes_it_back(kd: KingdeeClient, service: str) -> None:
    raw = kd.save("BD_Customer", customer())
    assert kd.do(service, "BD_Customer", op="Forbid", Ids=str(raw["Id"]))["MsgCode"] == 12
    assert kd.do(service, "BD_Customer", op="Forbid", Numbers=["C1"])["IsSuccess"] is True
    assert kd.query("BD_Customer", "FForbidStatus", "FNumber='C1'") == [["B"]]
    assert kd.do(service, "BD_Customer", op="Forbid", Numbers=["C1"])["IsSuccess"] is False
    assert kd.do(service, "BD_Customer", op="Enable", Numbers=["C1"])["IsSuccess"] is True
    assert kd.query("BD_Customer", "FForbidStatus", "FNumber='C1'") == [["A"]]


def test_close_and_cancel(kd: KingdeeClient) -> None:
    made = new_order(kd, "C")
    assert kd.do("ExcuteOperation", ORDER, op="YLBillClose", Ids=str(made["Id"]))["IsSuccess"] is True
    assert kd.do("ExcuteOperation", ORDER, op="Cancel", Ids=str(made["Id"]))["IsSuccess"] is True
    assert kd.query(ORDER, "FCloseStatus,FCancelStatus,FManualClose", f"FID={made['Id']}") == [["B", "B", "1"]]
    kd.do("ExcuteOperation", ORDER, op="YLUnBillClose", Ids=str(made["Id"]))
    assert kd.query(ORDER, "FCloseStatus", f"FID={made['Id']}") == [["A"]]


def test_operations_a_form_does_not_have(kd: KingdeeClient) -> None:
    made = new_order(kd)
    assert kd.do("ExcuteOperation", ORDER, op="Forbid", Ids=str(made["Id"]))["MsgCode"] == 4
    assert kd.do("ExcuteOperation", ORDER, op="Dance", Ids=str(made["Id"]))["MsgCode"] == 4
    assert kd.do("ExcuteOperation", ORDER, Ids=str(made["Id"]))["MsgCode"] == 3


def test_what_the_modified_time_does_not_show(kd: KingdeeClient, kd_with: MakeKingdee) -> None:
    keys = "FModifyDate,FApproveDate"
    made = new_order(kd, "B")
    before = kd.query(ORDER, keys, f"FID={made['Id']}")[0]
    assert before[1] is None
    kd.do("Audit", ORDER, Ids=str(made["Id"]))
    kd.do("ExcuteOperation", ORDER, op="YLBillClose", Ids=str(made["Id"]))
    after = kd.query(ORDER, keys, f"FID={made['Id']}")[0]
    assert after[0] == before[0]
    assert after[1] is not None
    loud = kd_with(bumps="audit,close")
    made = new_order(loud, "B")
    before = loud.query(ORDER, keys, f"FID={made['Id']}")[0]
    loud.web.post("/_sandbox/clock", json={"advance_s": 5})
    loud.do("Audit", ORDER, Ids=str(made["Id"]))
    assert loud.query(ORDER, keys, f"FID={made['Id']}")[0][0] > before[0]


def test_a_contact_edit_leaves_its_customer_alone(kd: KingdeeClient) -> None:
    before = kd.query("BD_Customer", "FModifyDate", "FNumber='C1'")
    made = kd.save("BD_CommonContact", {"FName": "李四", "FCompany": ref("C1"), "FMobile": "139"})
    assert made["Number"] == "CXR000001"
    assert kd.query("BD_CommonContact", "FCompany.FNumber,FMobile", "FCompany.FNumber='C1'") == [["C1", "139"]]
    assert kd.query("BD_Customer", "FModifyDate", "FNumber='C1'") == before


def test_allocate_gives_the_target_organization_a_row_of_its_own(kd: KingdeeClient) -> None:
    found = kd.query("BD_Customer", "FCUSTID", "FNumber='C1'")[0][0]
    body = {"PkIds": str(found), "TOrgIds": "2", "IsAutoSubmitAndAudit": True}
    reply = kd.do("Allocate", "BD_Customer", **body)
    assert reply["IsSuccess"] is True
    rows = kd.query("BD_Customer", "FCUSTID,FCreateOrgId.FNumber,FUseOrgId.FNumber,FDocumentStatus", "FNumber='C1'")
    assert rows == [[found, "100", "100", "C"], [reply["SuccessEntitys"][0]["Id"], "100", "200", "C"]]
    assert kd.save(ORDER, order(FSaleOrgId=ref("200")))["ResponseStatus"]["Errors"][0]["FieldName"] == "FMaterialId"
    assert kd.do("Allocate", "BD_Customer", **body)["IsSuccess"] is False
    assert kd.do("Allocate", "BD_Customer", PkIds="1", TOrgIds="2")["MsgCode"] == 8


def test_cancel_allocate_takes_an_open_row_away(kd: KingdeeClient) -> None:
    found = kd.query("BD_Customer", "FCUSTID", "FNumber='C1'")[0][0]
    kd.do("Allocate", "BD_Customer", PkIds=[found], TOrgIds=[2])
    assert kd.do("CancelAllocate", "BD_Customer", PkIds=str(found), TOrgIds="2")["IsSuccess"] is True
    assert kd.query("BD_Customer", "COUNT(1)", "FNumber='C1'") == [[1]]
    assert kd.do("CancelAllocate", "BD_Customer", PkIds=str(found), TOrgIds="2")["IsSuccess"] is False


def test_push_turns_audited_orders_into_receivables(kd: KingdeeClient) -> None:
    audited, raw = new_order(kd, "C"), new_order(kd)
    body = {"formid": ORDER, "data": {"Ids": f"{audited['Id']},{raw['Id']}", "IsEnableDefaultRule": "true",
                                      "TargetFormId": "AR_receivable"}}  # fmt: skip
    result = kd.call("Push", body)["Result"]
    assert [item["IsSuccess"] for item in result["ConvertResponseStatus"]] == [True, False]
    made = result["ResponseStatus"]["SuccessEntitys"][0]
    found = kd.query("AR_receivable", "FSourceBillNo,FALLAMOUNTFOR,FCUSTOMERID.FNumber,FSALEERID.FNumber",
                     f"FID={made['Id']}")  # fmt: skip
    assert found == [[audited["Number"], Decimal("22.60"), "C1", "YG1_GW1_1"]]


@pytest.mark.parametrize(
    ("data", "code"),
    [({"Ids": "1"}, 8), ({"Ids": "1", "IsEnableDefaultRule": True}, 8), ({"Ids": "1", "RuleId": "Nope"}, 4)],
)
def test_push_without_a_usable_rule(kd: KingdeeClient, data: dict[str, Any], code: int) -> None:
    assert kd.do("Push", ORDER, **data)["MsgCode"] == code


def test_the_journal_names_every_accepted_step(kd: KingdeeClient) -> None:
    made = new_order(kd, "D")
    kd.do("Audit", ORDER, Ids=str(made["Id"]))
    kd.do("Delete", ORDER, Ids=str(made["Id"]))
    assert [item["kind"] for item in kd.journal(object=ORDER)] == ["create", "submit", "audit", "unaudit", "delete"]
