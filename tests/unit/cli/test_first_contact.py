"""hub flows report and settle."""

import openpyxl

from tests.unit.api.office import put_binding, put_record


def differing(runtime, ids):
    put_binding(runtime, ids["孙的客户"], "9", base={"fields": {"name": ["孙的客户", "别的名字"]}})


def test_the_report_is_a_table_a_list_and_a_workbook(hub, runtime, ids, tmp_path):
    differing(runtime, ids)
    shown = hub("flows", "report", "erp", "customer")
    assert (shown.status, "别的名字" in shown.out, "only in the hub" in shown.out) == (0, True, True)
    rows = hub("flows", "report", "erp", "--json").json()
    assert {row["entity"] for row in rows} == {"customer", "order", "employee"}
    file = tmp_path / "report.xlsx"
    assert hub("flows", "report", "erp", "--export", str(file)).status == 0
    assert "样例" in openpyxl.load_workbook(file).sheetnames


def test_a_file_that_cannot_be_written_is_said(hub, runtime, ids, tmp_path):
    failed = hub("flows", "report", "erp", "customer", "--export", str(tmp_path / "none" / "report.xlsx"))
    assert (failed.status, "--export" in failed.err) == (1, True)


def test_settling_asks_first_and_a_dry_run_marks_nothing(hub, runtime, ids):
    differing(runtime, ids)
    words = ("flows", "settle", "erp", "customer", "name", "remote")
    assert hub(*words, "--dry-run", "--json").json()["fields"] == {"erp": {"name": 1}}
    assert hub(*words).status == 2
    assert runtime.engine.asked == []
    assert hub(*words, "--yes").status == 0
    assert runtime.engine.asked[0][0] == "resolve_many"
    assert hub("flows", "settle", "erp", "customer", "name", "both", "--yes").status == 2


def test_a_reference_to_a_record_that_is_not_here_yet_is_no_trouble(hub, runtime):
    pending = {"$ref": {"by": "id", "connection": 1, "entity": "employee", "value": "77"}}
    customer = put_record(runtime, "customer", "甲公司", data={"name": "甲公司", "owner": pending})
    put_binding(runtime, customer, "5", base={"fields": {"owner": [pending, "77"]}})
    reported = hub("flows", "report", "erp", "customer")
    assert (reported.status, "on both sides" in reported.out) == (0, True)
