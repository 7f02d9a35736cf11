"""The report of first contact over HTTP and on the command line: shape, workbook, settling, roles."""

import io

import openpyxl
import pytest

from hub.store import core
from tests.unit.api.office import put_binding


@pytest.fixture
def flow_id(world):
    put_binding(
        world.runtime,
        world.ids["孙的客户"],
        "9",
        base={"fields": {"name": ["孙的客户", "别的名字"], "owner": [None, ""]}},
    )
    rows = world.as_("ada").get("/flows").json()["rows"]
    return next(row["id"] for row in rows if row["entity"] == "customer")


def test_the_report_shows_fields_with_both_values(world, flow_id):
    found = world.as_("fang").get(f"/flows/{flow_id}/first-contact").json()
    assert (found["connection"], found["entity"], found["both"], found["only_there"]) == ("erp", "customer", 0, 1)
    assert (found["only_here"], found["release"]) == (2, {"due": 2, "wanted": 3})
    assert found["fields"]["name"]["samples"][0]["remote"] == "别的名字"


def test_the_workbook_holds_the_same_figures(world, flow_id):
    answer = world.as_("ada").get(f"/flows/{flow_id}/first-contact.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["汇总", "字段", "样例"]
    assert ("erp", "customer", "只在中枢", 2) in list(book["汇总"].values)
    assert "别的名字" in [value for row in book["样例"].values for value in row]


def test_settling_counts_first_then_marks_and_leaves_an_audit_row(world, flow_id):
    order = {"field": "name", "side": "remote"}
    planned = world.as_("ada").send("POST", f"/flows/{flow_id}/settle", order | {"dry": True}).json()
    assert planned["fields"] == {"erp": {"name": 1}}
    assert world.runtime.engine.asked == []
    done = world.as_("ada").send("POST", f"/flows/{flow_id}/settle", order)
    assert (done.status_code, done.json()["counts"]["erp"]["reread"]) == (200, 1)
    assert world.runtime.engine.asked[0][0] == "resolve_many"
    assert world.runtime.engine.asked[0][-1]["choice"] == "remote"
    with world.runtime.db.read() as tx:
        assert tx.scalar(core.binding.select().with_only_columns(core.binding.c.reread)) is True
    assert world.as_("ada").get("/audit", action="flow.settle").json()["rows"][0]["data"]["side"] == "remote"


def test_an_unknown_field_is_named_with_those_there_are(world, flow_id):
    answer = world.as_("ada").send("POST", f"/flows/{flow_id}/settle", {"field": "nix", "side": "hub"})
    assert (answer.status_code, answer.json()["field"], answer.json()["value"]) == (422, "field", "nix")
    assert "address" in answer.json()["en"]
