"""erp-mcp's YonSuite adapter, unchanged, against the YonBIP sandbox: address, token, customers, orders."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.core.start import Running
from tests.referee.yonyou.stage import stage

pytestmark = pytest.mark.slow

SCRIPT = """
import asyncio, json, os
from erp_mcp.adapters.yonsuite import YonSuiteAdapter
from erp_mcp.config import ERPConfig
from erp_mcp.errors import ERPError
async def main():
    adapter = YonSuiteAdapter(ERPConfig())
    out = {"connected": await adapter.connect(), "gateway": adapter._gateway_url}
    out["customers"] = await adapter.query_customers()
    out["orders"] = await adapter.query_sales_orders(customer_name="甲公司", date_from="2025-01-01", date_to="2025-01-31")
    out["material"] = await adapter.query_sales_orders(order_number="SO1", material_name="物料", page_size=1)
    out["none"] = await adapter.query_sales_orders(date_from="2025-02-01")
    try:
        await adapter.query_receivables()
    except ERPError as error:
        out["receivables"] = str(error)
    return out
print(json.dumps(asyncio.run(main()), default=str))
"""


@pytest.fixture(scope="module")
def yonbip() -> Iterator[Running]:
    yield from stage()


def environment(yonbip: Running, **changes: str) -> dict[str, str]:
    known = yonbip.credentials
    return {
        "ERP_TYPE": "yonsuite",
        "YONSUITE_APP_KEY": known["app_key"],
        "YONSUITE_APP_SECRET": known["app_secret"],
        "YONSUITE_TENANT_ID": known["tenant_id"],
        "YONSUITE_META_URL": known["base_url"],
        **changes,
    }


def test_erp_mcp_finds_the_gateway_and_reads_customers_and_orders(referee_python: Any, yonbip: Running) -> None:
    out = referee_python(SCRIPT, **environment(yonbip))
    assert out["connected"] is True
    assert out["gateway"] == f"{yonbip.url}/iuap-api-gateway"
    assert "甲公司" in json.dumps(out["customers"], ensure_ascii=False)
    assert (out["orders"]["total"], out["none"]["total"]) == (2, 0)
    first = out["orders"]["orders"][0]
    assert (first["order_number"], first["amount"], first["salesperson"], first["status"]) == (
        "SO1",
        22.6,
        "张三",
        "待发货",
    )
    assert (out["material"]["total"], out["material"]["has_more"]) == (2, True)
    assert "网关上没有注册此API" in out["receivables"]


def test_erp_mcp_reports_a_wrong_secret(referee_python: Any, yonbip: Running) -> None:
    script = """
import asyncio, json
from erp_mcp.adapters.yonsuite import YonSuiteAdapter
from erp_mcp.config import ERPConfig
from erp_mcp.errors import ERPError
try:
    asyncio.run(YonSuiteAdapter(ERPConfig()).connect())
except ERPError as error:
    print(json.dumps({"error": str(error)}))
"""
    out = referee_python(script, **environment(yonbip, YONSUITE_APP_SECRET="wrong"))
    assert "签名" in out["error"]
