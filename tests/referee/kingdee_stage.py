"""A Kingdee sandbox with a little data, for the referees."""

from collections.abc import Iterator

import httpx
import pytest

from sandbox.core.start import Running, start_sandbox

ORDER_MODEL = """{
    "FBillTypeID": {"FNUMBER": "XSDD01_SYS"}, "FDate": "2025-01-31", "FSaleOrgId": {"FNumber": "100"},
    "FCustId": {"FNumber": "C1"}, "FSalerId": {"FNumber": "YG1_GW1_1"},
    "FSaleOrderFinance": {"FSettleCurrId": {"FNumber": "PRE001"}},
    "FSaleOrderEntry": [{
        "FMaterialId": {"FNumber": "M1"}, "FUnitID": {"FNumber": "Pcs"}, "FPriceUnitId": {"FNumber": "Pcs"},
        "FStockUnitID": {"FNumber": "Pcs"}, "FQty": 2, "FTaxPrice": 11.3, "FEntryTaxRate": 13,
        "FDeliveryDate": "2025-02-01", "FSettleOrgIds": {"FNumber": "100"}, "FReserveType": "1", "FOUTLMTUNIT": "SAL"}]
}"""


@pytest.fixture(scope="module")
def kingdee() -> Iterator[Running]:
    """A running sandbox with a customer, a material, a salesperson and an overdue receivable."""
    with start_sandbox("kingdee") as running:
        web = httpx.Client(base_url=f"{running.url}/_sandbox/records", trust_env=False, verify=False)
        with web:
            for form, record in (
                ("BD_Saler", {"FNumber": "YG1_GW1_1", "FName": "张三"}),
                ("BD_Customer", {"FNumber": "C1", "FName": "甲公司", "audited": True}),
                ("BD_MATERIAL", {"FNumber": "M1", "FName": "物料一", "audited": True}),
                (
                    "AR_receivable",
                    {
                        "FBillNo": "AR1",
                        "FDATE": "2025-01-01",
                        "FCUSTOMERID": "C1",
                        "FSALEERID": "YG1_GW1_1",
                        "FENDDATE_H": "2025-02-01",
                        "FEntityDetail": [{"FMATERIALID": "M1", "FPriceQty": 1, "FTaxPrice": "100"}],
                        "audited": True,
                    },
                ),
            ):
                assert web.post(f"/{form}", json=record).status_code == 200
        yield running
