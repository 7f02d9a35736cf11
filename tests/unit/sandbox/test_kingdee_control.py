"""The control interface over documents: seeding, edits by users, deletes, reset, and the speed it needs."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.core.start import spawn_sandbox
from tests.unit.sandbox.kingdee_client import KingdeeClient, customer, order, order_row


def test_seeded_records_take_plain_numbers_and_come_back_with_them(kd: KingdeeClient) -> None:
    made = kd.seed("SAL_SaleOrder", {"FBillNo": "S1", "FDate": "2025-01-02", "FCustId": "C1", "FSalerId": "YG1_GW1_1",
                                     "FSaleOrderEntry": [{"FMaterialId": "M1", "FQty": "2", "FTaxPrice": "11.3"}]})  # fmt: skip
    assert (made["FCustId.FNumber"], made["FBillAllAmount"], made["FDocumentStatus"]) == ("C1", "22.60", "A")
    assert made["FSaleOrderEntry"][0]["FMaterialId.FNumber"] == "M1"
    assert made["FSaleOrderEntry"][0]["FSeq"] == 1
    by_id = kd.web.get("/_sandbox/records/SAL_SaleOrder", params={"id": made["FID"]}).json()
    assert by_id == {"total": 1, "records": [made]}


def test_seeding_sets_the_scene(kd: KingdeeClient) -> None:
    row = {"FMaterialId": "M1", "FQty": "2", "FTaxPrice": "1", "FStockOutQty": "1.5"}
    made = kd.seed("SAL_SaleOrder", {"FCustId": "C1", "FSalerId": "YG1_GW1_1", "FSaleOrderEntry": [row], "audited": True,
                                     "FModifyDate": "2020-01-01 10:00:00", "FCloseStatus": "B"})  # fmt: skip
    assert (made["FModifyDate"], made["FCloseStatus"], made["FDocumentStatus"]) == ("2020-01-01T10:00:00", "B", "C")
    assert (made["FSaleOrderEntry"][0]["FStockOutQty"], made["FSaleOrderEntry"][0]["FRemainOutQty"][:3]) == (
        "1.5000000000", "0.5"
    )  # fmt: skip
    found = kd.query("SAL_SaleOrder", "FBillNo", "FModifyDate < '2021-01-01'", OrderString="FModifyDate,FID")
    assert found == [[made["FBillNo"]]]


def test_small_lists_are_audited_and_masters_wait_for_it(kd: KingdeeClient) -> None:
    assert kd.seed("BD_UNIT", {"FNumber": "T", "FName": "吨"})["FDocumentStatus"] == "C"
    assert kd.seed("BD_Customer", {"FNumber": "C2", "FName": "x"})["FDocumentStatus"] == "A"


@pytest.mark.parametrize(
    ("form", "record", "status", "word"),
    [
        ("BD_Customer", {"FName": "x", "FNope": 1}, 400, "FNope"),
        ("BD_Customer", {"FName": "x", "FSELLER": "NOBODY"}, 400, "NOBODY"),
        ("BD_Customer", {"FName": "x", "FNumber": "C1"}, 400, "C1"),
        ("BD_Nope", {"FName": "x"}, 404, "BD_Nope"),
        ("BD_Customer", [], 400, "list"),
    ],
)
def test_what_cannot_be_seeded_says_why(kd: KingdeeClient, form: str, record: object, status: int, word: str) -> None:
    answer = kd.web.post(f"/_sandbox/records/{form}", json=record)
    assert (answer.status_code, word in answer.json()["error"]) == (status, True)


def test_a_user_edits_by_id_or_number_with_or_without_moving_the_time(kd: KingdeeClient) -> None:
    made = kd.save("SAL_SaleOrder", order())
    before = kd.query("SAL_SaleOrder", "FModifyDate")
    assert kd.edit("SAL_SaleOrder", made["Id"], {"FNote": "quiet"}, bump="false").status_code == 200
    assert kd.query("SAL_SaleOrder", "FModifyDate") == before
    kd.web.post("/_sandbox/clock", json={"advance_s": 1})
    shown = kd.edit("SAL_SaleOrder", made["Number"], {"FNote": "loud"}).json()["records"][0]
    assert (shown["FNote"], shown["FModifierId.FNumber"]) == ("loud", "wang.kuaiji")
    assert kd.query("SAL_SaleOrder", "FModifyDate") > before
    assert kd.edit("SAL_SaleOrder", 1, {"FNote": "x"}).status_code == 404


def test_a_user_edits_audited_documents_only_by_force(kd: KingdeeClient) -> None:
    made = kd.save("SAL_SaleOrder", order(), IsAutoSubmitAndAudit=True)
    assert kd.edit("SAL_SaleOrder", made["Id"], {"FNote": "x"}).status_code == 409
    assert kd.edit("SAL_SaleOrder", made["Id"], {"FNote": "x"}, force="true").status_code == 200
    assert kd.query("SAL_SaleOrder", "FNote,FDocumentStatus") == [["x", "C"]]


def test_a_user_edits_the_open_fields_of_audited_base_data(kd: KingdeeClient) -> None:
    assert kd.edit("BD_Customer", "C1", {"FTEL": "021-1"}).status_code == 200
    assert kd.edit("BD_Customer", "C1", {"FTEL": "021-2", "FPriority": 2}).status_code == 409
    assert kd.query("BD_Customer", "FTEL,FPriority,FDocumentStatus", "FNumber='C1'") == [["021-1", 1, "C"]]


def test_an_entry_that_a_user_edits_has_exactly_the_rows_named(kd: KingdeeClient) -> None:
    made = kd.save("SAL_SaleOrder", order(FSaleOrderEntry=[order_row(FQty=1), order_row(FQty=2)]))
    rows = kd.query("SAL_SaleOrder", "FSaleOrderEntry_FEntryId")
    kd.edit("SAL_SaleOrder", made["Id"], {"FLinkMan": "x"})
    assert kd.query("SAL_SaleOrder", "FSaleOrderEntry_FEntryId") == rows
    kd.edit("SAL_SaleOrder", made["Id"], {"FSaleOrderEntry": [{"FEntryID": rows[1][0], "FQty": 5}]})
    assert kd.query("SAL_SaleOrder", "FSaleOrderEntry_FEntryId,FQty") == [[rows[1][0], 5]]


def test_a_user_deletes_for_good(kd: KingdeeClient) -> None:
    made = kd.save("SAL_SaleOrder", order(), IsAutoSubmitAndAudit=True)
    assert kd.web.delete(f"/_sandbox/records/SAL_SaleOrder/{made['Id']}").json() == {"deleted": str(made["Id"])}
    assert kd.query("SAL_SaleOrder", "COUNT(1)") == [[0]]


def test_listing_pages_and_reset(kd: KingdeeClient) -> None:
    kd.seed("BD_CommonContact", [{"FName": f"n{number}", "FCompany": "C1"} for number in range(5)])
    listed = kd.web.get("/_sandbox/records/BD_CommonContact", params={"limit": 2, "offset": 1}).json()
    assert (listed["total"], [item["FName"] for item in listed["records"]]) == (5, ["n1", "n2"])
    kd.web.post("/_sandbox/reset")
    assert kd.web.get("/_sandbox/records/BD_CommonContact").json()["total"] == 0
    assert kd.web.get("/_sandbox/records/BD_Currency", params={"id": "PRE001"}).json()["records"][0]["FCODE"] == "CNY"
    assert kd.query("BD_Currency", "FCODE")[0][0]["Result"]["ResponseStatus"]["MsgCode"] == 1


def test_thousands_of_orders_are_seeded_pushed_and_read_quickly(kd: KingdeeClient) -> None:
    """Generous bounds (ten times what is usual): they catch a scan per row, not a slow machine."""
    entry = [{"FMaterialId": "M1", "FQty": 1, "FTaxPrice": "1"}]
    records = [
        {"FBillNo": f"S{n:05d}", "FCustId": "C1", "FSalerId": "YG1_GW1_1", "FSaleOrderEntry": entry}
        for n in range(2000)
    ]
    start = time.monotonic()
    answer = kd.web.post("/_sandbox/records/SAL_SaleOrder?return=ids", json=records, timeout=60)
    assert len(answer.json()["ids"]) == 2000
    assert time.monotonic() - start < 8
    start = time.monotonic()
    packets = {"formid": "BD_Customer", "data": {"Model": [customer() for _ in range(300)]}}
    assert len(kd.call("BatchSave", packets)["Result"]["ResponseStatus"]["SuccessEntitys"]) == 300
    keys = "FID,FBillNo,FCustId.FNumber,FModifyDate,FMaterialId.FNumber,FQty,FAllAmount"
    assert len(kd.query("SAL_SaleOrder", keys, "FModifyDate>='2020-01-01'", OrderString="FModifyDate,FID")) == 2000
    for number in range(0, 2000, 100):
        assert kd.query("SAL_SaleOrder", "FID,FBillNo", f"FBillNo='S{number:05d}'")[0][1] == f"S{number:05d}"
    assert time.monotonic() - start < 5


def test_it_runs_as_a_process_of_its_own_with_data(tmp_path: Path) -> None:
    data = tmp_path / "data.json"
    data.write_text(json.dumps({"BD_Customer": [{"FNumber": "F1", "FName": "文件客户"}]}), "utf-8")
    with spawn_sandbox("kingdee", arguments=("--data", str(data))) as running:
        client = KingdeeClient(running)
        client.login()
        assert client.query("BD_Customer", "FNumber,FName") == [["F1", "文件客户"]]
        client.web.close()


def test_the_sandbox_loads_neither_hub_nor_connectors() -> None:
    code = "import sys, sandbox.kingdee; print([name for name in sys.modules if name.split('.')[0] in ('hub', 'connectors')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
