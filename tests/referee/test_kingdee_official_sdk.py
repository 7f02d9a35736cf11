"""The official SDK (kingdee.cdp.webapi.sdk 8.2.0), unchanged, against the Kingdee sandbox."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.core.start import Running
from tests.referee.kingdee_stage import ORDER_MODEL, kingdee

__all__ = ["kingdee"]
pytestmark = pytest.mark.slow

START = """
import json, os
from k3cloud_webapi_sdk.main import K3CloudApiSdk
known = json.loads(os.environ["KNOWN"])
def sdk_of(**changes):
    use = {**known, **changes}
    sdk = K3CloudApiSdk(use["server_url"], timeout=20)
    sdk.InitConfig(use["acct_id"], use["username"], use["app_id"], use["app_secret"], use["server_url"],
                   lcid=use["lcid"], org_num=use.get("org", 0))
    return sdk
sdk = sdk_of()
order = json.loads(os.environ["ORDER"])
out = {}
"""


def play(run: Callable[..., Any], kingdee: Running, script: str) -> Any:
    import json

    known = json.dumps(dict(kingdee.credentials))
    return run(START + script + "\nprint(json.dumps(out))", KNOWN=known, ORDER=ORDER_MODEL)


def test_signed_calls_work_without_a_login_and_reuse_the_session(referee_python: Any, kingdee: Running) -> None:
    out = play(
        referee_python,
        kingdee,
        """
query = {"FormId": "BD_Currency", "FieldKeys": "FCODE", "FilterString": " FNUMBER='PRE001' "}
out["first"] = json.loads(sdk.ExecuteBillQuery(query))
out["sid"] = sdk.cookiesStore.SID if hasattr(sdk, "cookiesStore") else ""
out["second"] = json.loads(sdk.BillQuery(query))
out["centers"] = json.loads(sdk.GetDataCenters())
""",
    )
    assert out["first"] == [["CNY"]]
    assert out["second"] == [{"FCODE": "CNY"}]
    assert out["centers"][0]["Id"] == kingdee.credentials["acct_id"]


def test_wrong_secrets_users_and_data_centers(referee_python: Any, kingdee: Running) -> None:
    out = play(
        referee_python,
        kingdee,
        """
query = {"FormId": "BD_Currency", "FieldKeys": "FCODE"}
for name, changes in {"secret": {"app_secret": "0" * 32}, "user": {"username": "nobody"},
                      "app": {"app_id": "1_" + "A" * 32}}.items():
    out[name] = json.loads(sdk_of(**changes).ExecuteBillQuery(query))[0][0]["Result"]["ResponseStatus"]["MsgCode"]
try:
    sdk_of(acct_id="other").ExecuteBillQuery(query)
except RuntimeError as error:
    out["acct"] = str(error)
""",
    )
    assert (out["secret"], out["user"], out["app"]) == (1, 1, 1)
    assert "数据中心" in out["acct"]


def test_an_order_from_save_to_audit_and_back(referee_python: Any, kingdee: Running) -> None:
    out = play(
        referee_python,
        kingdee,
        """
made = json.loads(sdk.Save("SAL_SaleOrder", {"Model": order, "NeedReturnFields": ["FBillNo"]}))["Result"]
out["made"] = made
ids = {"Ids": str(made["Id"]), "Numbers": []}
def status(text):
    return json.loads(text)["Result"]["ResponseStatus"]["IsSuccess"]
out["steps"] = [status(sdk.Submit("SAL_SaleOrder", ids)), status(sdk.CancelAssign("SAL_SaleOrder", ids)),
                status(sdk.Submit("SAL_SaleOrder", ids)), status(sdk.Audit("SAL_SaleOrder", ids)),
                status(sdk.Audit("SAL_SaleOrder", ids)),
                status(sdk.ExcuteOperation("SAL_SaleOrder", "YLBillClose", ids)),
                status(sdk.UnAudit("SAL_SaleOrder", ids))]
out["view"] = json.loads(sdk.View("SAL_SaleOrder", {"CreateOrgId": 0, "Number": made["Number"], "Id": ""}))
keys = "FBillNo,FDocumentStatus,FCloseStatus,FBillAllAmount,FSaleOrderEntry_FEntryId,FMaterialId.FName"
out["rows"] = json.loads(sdk.ExecuteBillQuery({"FormId": "SAL_SaleOrder", "FieldKeys": keys, "Limit": 10,
    "FilterString": [{"Left": "(", "FieldName": "FID", "Compare": "67", "Value": made["Id"], "Right": ")", "Logic": "0"}]}))
out["steps"].append(status(sdk.Delete("SAL_SaleOrder", ids)))
""",
    )
    assert out["made"]["NeedReturnData"] == [{"FBillNo": out["made"]["Number"]}]
    assert out["steps"] == [True, True, True, True, False, True, True, True]
    assert out["view"]["Result"]["Result"]["CustId"]["Number"] == "C1"
    row = out["rows"][0]
    assert row[:4] == [out["made"]["Number"], "D", "B", 22.6]
    assert (row[4] > 0, row[5]) == (True, "物料一")


def test_batches_plain_and_asynchronous(referee_python: Any, kingdee: Running) -> None:
    out = play(
        referee_python,
        kingdee,
        """
def customer(number, name):
    return {"FNumber": number, "FName": name, "FCreateOrgId": {"FNumber": "100"}, "FTRADINGCURRID": {"FNumber": "PRE001"}}
packets = {"Model": [customer("SDK1", "一"), customer("C1", "重复"), customer("SDK2", "二")], "BatchCount": 2}
out["plain"] = json.loads(sdk.BatchSave("BD_Customer", packets))["Result"]["ResponseStatus"]
later = {"Model": [customer("SDK3", "三"), customer("SDK4", "四")]}
out["later"] = json.loads(sdk.BatchSaveQuery("BD_Customer", later))["Result"]["ResponseStatus"]
""",
    )
    assert [item["DIndex"] for item in out["plain"]["SuccessEntitys"]] == [0, 2]
    assert (out["plain"]["IsSuccess"], out["plain"]["Errors"][0]["DIndex"]) == (False, 1)
    assert out["later"]["IsSuccess"] is True
    assert [item["Number"] for item in out["later"]["SuccessEntitys"]] == ["SDK3", "SDK4"]


def test_metadata_organizations_and_what_the_server_does_not_know(referee_python: Any, kingdee: Running) -> None:
    out = play(
        referee_python,
        kingdee,
        """
info = json.loads(sdk.QueryBusinessInfo({"FormId": "AR_receivable"}))["Result"]["NeedReturnData"]
out["entries"] = [entry["Key"] for entry in info["Entrys"]]
out["switched"] = json.loads(sdk.SwitchOrg({"OrgNumber": "200"}))["Result"]["ResponseStatus"]["IsSuccess"]
allocated = json.loads(sdk.Allocate("BD_MATERIAL", {"PkIds": "100001", "TOrgIds": "2"}))
out["allocated"] = allocated["Result"]["ResponseStatus"]["IsSuccess"]
try:
    sdk.FlexSave("BD_FLEX", {})
except RuntimeError as error:
    out["unknown"] = str(error)
""",
    )
    assert {"FEntityDetail", "FEntityPlan", "FsubHeadFinc"} <= set(out["entries"])
    assert (out["switched"], out["allocated"]) == (True, True)
    assert "FlexSave".lower() in out["unknown"].lower()
