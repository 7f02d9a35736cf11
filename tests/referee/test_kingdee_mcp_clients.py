"""Three published MCP servers for Kingdee, unchanged, against the Kingdee sandbox: their tools are plain functions."""

import json
from typing import Any

import pytest

from sandbox.core.start import Running
from tests.referee.kingdee_stage import ORDER_MODEL, kingdee

__all__ = ["kingdee"]
pytestmark = pytest.mark.slow


def k3cloud_environment(kingdee: Running, **changes: str) -> dict[str, str]:
    known = kingdee.credentials
    return {
        "KD_SERVER_URL": known["server_url"],
        "KD_ACCT_ID": known["acct_id"],
        "KD_USERNAME": known["username"],
        "KD_APP_ID": known["app_id"],
        "KD_APP_SEC": known["app_secret"],
        "KD_LCID": "2052",
        "KD_ORG_NUM": "100",
        "ORDER": ORDER_MODEL,
        **changes,
    }


def kingdee_mcp_environment(kingdee: Running, **changes: str) -> dict[str, str]:
    known = kingdee.credentials
    return {
        "KINGDEE_SERVER_URL": known["server_url"],
        "KINGDEE_ACCT_ID": known["acct_id"],
        "KINGDEE_USERNAME": known["username"],
        "KINGDEE_PASSWORD": known["password"],
        "KINGDEE_LCID": "2052",
        "ORDER": ORDER_MODEL,
        **changes,
    }


K3CLOUD = """
import json, os
import kingdee_k3cloud_mcp.server as server
server.setup()
out = {}
"""


def test_k3cloud_mcp_passes_its_own_startup_check_and_drives_an_order(referee_python: Any, kingdee: Running) -> None:
    script = """
made = json.loads(server.save_bill("SAL_SaleOrder", json.dumps({"Model": json.loads(os.environ["ORDER"])})))
made = made["Result"]
out["number"] = made["Number"]
out["submit"] = json.loads(server.submit_bill("SAL_SaleOrder", numbers=made["Number"]))
out["audit"] = json.loads(server.audit_bill("SAL_SaleOrder", ids=str(made["Id"])))
out["again"] = json.loads(server.submit_bill("SAL_SaleOrder", ids=str(made["Id"])))
out["view"] = json.loads(server.view_bill("SAL_SaleOrder", number=made["Number"]))
out["push"] = json.loads(server.push_bill("SAL_SaleOrder", ids=str(made["Id"]), target_form_id="AR_receivable"))
out["unaudit"] = json.loads(server.unaudit_bill("SAL_SaleOrder", ids=str(made["Id"])))
out["delete"] = json.loads(server.delete_bill("SAL_SaleOrder", ids=str(made["Id"])))
print(json.dumps(out))
"""
    out = referee_python(K3CLOUD + script, **k3cloud_environment(kingdee))
    for step in ("submit", "audit", "push", "unaudit", "delete"):
        assert out[step]["Result"]["ResponseStatus"]["IsSuccess"] is True, step
    assert out["again"]["Result"]["ResponseStatus"]["IsSuccess"] is False
    assert out["view"]["Result"]["Result"]["BillNo"] == out["number"]


def test_k3cloud_mcp_pages_counts_and_tells_errors_apart(referee_python: Any, kingdee: Running) -> None:
    script = """
for number in range(25):
    server.save_bill("BD_CommonContact", json.dumps({"Model": {"FName": "联系人%02d" % number, "FCompany": {"FNumber": "C1"}}}))
first = json.loads(server.query_bill("BD_CommonContact", "FNumber,FName", order_string="FNumber ASC", top_count=10))
out["first"] = first
out["second"] = json.loads(server.query_bill("BD_CommonContact", "FNumber", order_string="FNumber ASC", top_count=10,
                                             start_row=20))
out["all"] = json.loads(server.query_bill_all("BD_CommonContact", "FNumber", order_string="FNumber ASC"))
out["count"] = json.loads(server.count_bill("SAL_SaleOrder"))
out["objects"] = json.loads(server.query_bill_json("BD_Customer", "FNumber,FName", "FNumber='C1'"))
out["field"] = json.loads(server.query_bill("BD_Customer", "FNope"))
out["form"] = json.loads(server.query_bill("BD_Nope", "FNumber"))
out["metadata"] = json.loads(server.query_metadata("SAL_SaleOrder"))["Result"]["NeedReturnData"]["PkFieldName"]
print(json.dumps(out))
"""
    out = referee_python(K3CLOUD + script, **k3cloud_environment(kingdee))
    assert len(out["first"]["rows"]) == 10
    assert (out["first"]["truncated"], out["first"]["next_start_row"]) == (True, 10)
    assert [row[0] for row in out["second"]["rows"]] == [f"CXR{number:06d}" for number in range(21, 26)]
    assert out["second"]["truncated"] is False
    assert len(out["all"]["rows"]) == 25
    assert out["all"]["exhausted"] is True
    assert out["count"] == {"estimated_rows": 0, "is_exact": True}
    assert "甲公司" in json.dumps(out["objects"], ensure_ascii=False)
    assert "FNope" in json.dumps(out["field"], ensure_ascii=False)
    assert "业务对象不存在" in json.dumps(out["form"], ensure_ascii=False)
    assert out["metadata"] == "FID"


def test_k3cloud_mcp_takes_a_wrong_secret_for_what_it_is(referee_python: Any, kingdee: Running) -> None:
    script = 'print(json.dumps(server.query_bill("BD_Customer", "FNumber")))'
    environment = k3cloud_environment(kingdee, KD_APP_SEC="0" * 32, KD_STARTUP_CHECK="0")
    answer = json.loads(referee_python(K3CLOUD + script, **environment))
    assert answer["error"] == "authentication_failed"


KINGDEE_MCP = """
import asyncio, json, os
import kingdee_mcp.server as server
out = {}
async def main():
"""
KINGDEE_MCP_END = """
asyncio.run(main())
print(json.dumps(out))
"""


def test_kingdee_mcp_logs_in_saves_and_walks_the_life_cycle(referee_python: Any, kingdee: Running) -> None:
    body = """
    out["session"] = await server._login()
    made = await server._post_raw("save", "SAL_SaleOrder", json.loads(os.environ["ORDER"]))
    out["save"] = server._result_status(made, "save")
    ids = {"Ids": [made["Result"]["Id"]]}
    for step in ("submit", "audit", "unaudit"):
        out[step] = server._result_status(await server._post_raw(step, "SAL_SaleOrder", dict(ids)), step, ids["Ids"])
    await server._post_raw("submit", "SAL_SaleOrder", dict(ids))
    text = {"Ids": str(made["Result"]["Id"])}
    out["cancel_assign"] = server._result_status(await server._post_raw("cancel_assign", "SAL_SaleOrder", text), "submit")
    out["close"] = server._result_status(
        await server._post_raw("execute", "SAL_SaleOrder", text, op_number="YLBillClose"), "execute")
    rows, notice = await server._post_query("SAL_SaleOrder", "FID,FBillNo,FDocumentStatus,FCloseStatus,FQty",
                                            "FID=%d" % made["Result"]["Id"], "FID DESC", 0, 20)
    out["rows"], out["notice"] = rows, notice
    out["delete"] = server._result_status(await server._post_raw("delete", "SAL_SaleOrder", dict(ids)), "delete")
    server._session_id = "expired-session"
    rows, _ = await server._post_query("BD_Customer", "FNumber", "FNumber='C1'", "", 0, 20)
    out["after_expiry"] = rows
"""
    out = referee_python(KINGDEE_MCP + body + KINGDEE_MCP_END, **kingdee_mcp_environment(kingdee))
    assert out["session"]
    for step in ("save", "submit", "audit", "unaudit", "cancel_assign", "close", "delete"):
        assert out[step]["success"] is True, out[step]
    assert out["rows"][0][2:] == ["D", "B", 2]
    assert out["notice"] == ""
    assert out["after_expiry"] == [["C1"]]


def test_kingdee_mcp_reads_metadata_and_errors(referee_python: Any, kingdee: Running) -> None:
    body = """
    metadata = await server._query_metadata("SAL_SaleOrder", force=True)
    fields = server.MetadataValidator(metadata, "SAL_SaleOrder").fields
    out["head"], out["entry"] = fields["FCustId"].caption, sorted(child.name for child in fields["FSaleOrderEntry"].children)
    out["type"] = fields["FCustId"].field_type
    broken = json.loads(os.environ["ORDER"]); del broken["FCustId"]
    out["missing"] = server._result_status(await server._post_raw("save", "SAL_SaleOrder", broken), "save")
    unknown, _ = await server._post_query("BD_Customer", "FNope", "", "", 0, 20)
    out["unknown"] = server._parse_kingdee_errors(unknown[0][0])
"""
    out = referee_python(KINGDEE_MCP + body + KINGDEE_MCP_END, **kingdee_mcp_environment(kingdee))
    assert (out["head"], out["type"]) == ("客户", "BaseField->BD_Customer")
    assert {"FMaterialId", "FQty", "FTaxPrice"} <= set(out["entry"])
    assert out["missing"]["success"] is False
    assert out["missing"]["errors"][0]["field"] == "FCustId"
    assert out["unknown"][0]["raw_message"] == "元数据中标识为FNope的字段不存在"
    assert out["unknown"][0]["matched"] is not None


def test_kingdee_mcp_reports_a_wrong_password(referee_python: Any, kingdee: Running) -> None:
    body = """
    try:
        await server._login()
    except RuntimeError as error:
        out["error"] = str(error)
"""
    environment = kingdee_mcp_environment(kingdee, KINGDEE_PASSWORD="wrong")
    assert "密码错误" in referee_python(KINGDEE_MCP + body + KINGDEE_MCP_END, **environment)["error"]


def test_erp_mcp_connects_and_reads_business_views(referee_python: Any, kingdee: Running) -> None:
    script = """
import asyncio, json
from erp_mcp.adapters.kingdee import KingdeeAdapter
from erp_mcp.config import ERPConfig
async def main():
    adapter = KingdeeAdapter(ERPConfig())
    out = {"connected": await adapter.connect()}
    out["customers"] = await adapter.query_customers()
    out["receivables"] = await adapter.query_receivables()
    out["orders"] = await adapter.query_sales_orders()
    return out
print(json.dumps(asyncio.run(main()), default=str))
"""
    known = kingdee.credentials
    environment = {
        "ERP_TYPE": "kingdee",
        "KINGDEE_HOST_URL": known["server_url"],
        "KINGDEE_ACCT_ID": known["acct_id"],
        "KINGDEE_USER_NAME": known["username"],
        "KINGDEE_APP_ID": known["app_id"],
        "KINGDEE_APP_SECRET": known["app_secret"],
        "KINGDEE_LCID": "2052",
    }
    out = referee_python(script, **environment)
    assert out["connected"] is True
    assert "甲公司" in json.dumps(out["customers"], ensure_ascii=False)
    assert "AR1" in json.dumps(out["receivables"], ensure_ascii=False)
    assert "ERPError" not in json.dumps(out["orders"])
