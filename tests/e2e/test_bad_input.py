"""Bad input, end to end on the real engine, connectors and sandboxes: it is named with field, value and fix, it stops nothing
else, and correcting it is enough. docs/faults.md lists these with what a user sees."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hub.cli.main import main
from hub.errors import BadInput
from tests.e2e.stage import Stage, as_text, names, speaks_both, stage

__all__ = ["stage"]

GOOD_CODE = "913301065898765431"
MAPPING = """\
system: ec
entity: customer
object: customer
fields:
  - {field: name, native: company, steps: [trim], required: true}
"""


@pytest.mark.parametrize(
    ("text", "line", "culprit"),
    [
        (MAPPING + "  - {field: name\n", "7", "}"),
        (MAPPING + "  - {field: nmae, native: x}\n", "6", "nmae"),
        (MAPPING + "  - {field: phone, native: phone, steps: [trimm]}\n", "6", "trimm"),
        (MAPPING + "  - {field: phone, native: phone, steps: [{text: {max: wide}}]}\n", "6", "wide"),
        (MAPPING + "  - {field: phone, native: phone, direction: sideways}\n", "6", "sideways"),
    ],
)
def test_a_malformed_mapping_is_refused_with_its_line(
    text: str, line: str, culprit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path))
    file = tmp_path / "customer.yaml"
    file.write_text(text, "utf-8")
    said = {}
    for language in ("zh", "en"):
        assert main(["--lang", language, "mappings", "check", str(file)]) != 0
        captured = capsys.readouterr()
        said[language] = captured.out + captured.err
    for shown in said.values():
        assert f"customer.yaml:{line}" in shown or f"{line}" in shown
        assert culprit in shown
    assert said["zh"] != said["en"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("no_such_field", "x", "no_such_field"),
        ("name", 5, "5"),
        ("custom.limit", 1.1, "1.1"),
        ("tax_code", "91330106589876543A", "91330106589876543A"),
    ],
)
def test_an_unknown_field_a_wrong_type_float_money_and_a_bad_tax_code_of_a_person(
    stage: Stage, field: str, value: Any, said: str
) -> None:
    stage.customers("甲公司")
    stage.first_contact("customer")
    stage.work()
    [customer] = stage.records("customer")
    before = len(stage.written("erp"))
    with pytest.raises(BadInput) as caught:
        stage.hub.engine.edit(customer.id, {field: value}, who="alice", version=customer.version)
    speaks_both(caught.value.text.as_json(), said)
    assert field in as_text(caught.value.as_json())
    assert stage.records("customer")[0].version == customer.version
    assert stage.work() == []
    assert len(stage.written("erp")) == before


def test_float_money_of_a_vendor_arrives_exact(stage: Stage) -> None:
    """EC sends amounts as JSON numbers; 0.1 + 0.2 and twelve digits survive to the cent on the other side."""
    [customer] = stage.customers("甲公司")
    stage.sale(customer, "3", "0.1")
    stage.sale(customer, "1", "1234567.89")
    stage.first_contact("customer", "order")
    stage.work()
    totals = sorted(Decimal(row["FBillAllAmount"]) for row in stage.rows("erp", "SAL_SaleOrder"))
    assert totals == [Decimal("0.3"), Decimal("1234567.89")]
    assert "0.30000000000000004" not in as_text([row.data for row in stage.records("order")])


def test_a_bad_tax_code_lands_without_the_code_and_closes_by_itself_when_corrected(stage: Stage) -> None:
    bad = {"fields": {"81010002": "91330106589876543A"}}
    [wrong] = stage.customers("甲公司", **bad)
    stage.customers("乙公司")
    stage.first_contact("customer")
    stage.work()
    [item] = stage.inbox()
    assert (item.kind, item.field) == ("invalid", "tax_code")
    speaks_both(item, "91330106589876543A", "tax_code")
    sent = {row["FName"]: (row["FSOCIALCRECODE"] or "").strip() for row in stage.rows("erp", "BD_Customer")}
    assert sent == {"甲公司": "", "乙公司": ""}, "the customer moves on, the code does not"
    stage.wait(120)
    stage.edit("crm", "customer", wrong["crmId"], fields={"81010002": GOOD_CODE})
    stage.poll()
    assert stage.inbox() == []
    assert {(row["FSOCIALCRECODE"] or "").strip() for row in stage.rows("erp", "BD_Customer")} == {"", GOOD_CODE}


def test_a_customer_on_two_pages_is_one_record_and_the_run_balances(stage: Stage) -> None:
    stage.customers(*(f"公司{n}" for n in range(450)))
    for name in ("crm", "erp"):
        assert stage.pull(name, "employee", full=True).state == "ok"
    stage.fault("crm", "repeat_page", count=1, match={"path": "customer"})
    report = stage.pull("crm", "customer", full=True)
    counts = dict(report.counts)
    assert (report.state, counts.pop("fetched")) == ("ok", sum(counts.values()))
    assert len(stage.records("customer")) == len(stage.bindings("crm", "customer")) == 450


def blocked(stage: Stage) -> tuple[Any, str]:
    """A customer whose number somebody else has in the ERP, and the number."""
    [customer] = stage.customers("甲公司")
    stage.first_contact()
    [mine] = [row for row in stage.records("customer") if row.title == "甲公司"]
    stage.sale(customer)
    stage.sale(customer)
    stage.poll()
    for entity in ("customer", "order"):
        stage.hub.engine.release_flow(stage.flow_id("erp", entity), who="test")
    [bound] = [row for row in stage.bindings("erp", "customer") if row.record_id == mine.id]
    stage.seed("erp", "BD_Customer", {"FNumber": bound.key, "FName": "别家公司", "audited": True})
    return customer, bound.key


def test_an_order_whose_customer_is_refused_waits_visibly_and_wakes(stage: Stage) -> None:
    _, number = blocked(stage)
    stage.work()
    kinds = sorted(item.kind for item in stage.inbox())
    assert kinds == ["rejected", "waiting_parent"], "one item for the refused customer, one for all that wait for it"
    [refused] = stage.inbox("rejected")
    [waiting] = stage.inbox("waiting_parent")
    speaks_both(refused, "甲公司", number)
    speaks_both(waiting, "甲公司")
    assert stage.rows("erp", "SAL_SaleOrder") == []
    assert stage.erp_names() == ["别家公司"], "the other company's record was not touched"

    [other] = stage.rows("erp", "BD_Customer")
    stage.control("erp", "DELETE", f"records/BD_Customer/{other['FCUSTID']}")
    stage.hub.engine.resolve(refused.id, choice="replay", revision=refused.revision, who="alice")
    stage.work()
    assert stage.inbox() == []
    assert stage.erp_names() == ["甲公司"]
    orders = stage.rows("erp", "SAL_SaleOrder")
    assert [row["FCustId.FNumber"] for row in orders] == [f"{number}-2"] * 2, "a replay takes a new number"


def test_a_number_that_another_record_has_is_never_overwritten_or_bound(stage: Stage) -> None:
    _, number = blocked(stage)
    stage.work()
    [other] = stage.rows("erp", "BD_Customer")
    assert (other["FNumber"], other["FName"]) == (number, "别家公司")
    linked = [row for row in stage.bindings("erp", "customer") if row.external_id]
    assert linked == [] or stage.records("customer")[0].id not in {row.record_id for row in linked}


def test_a_batch_with_one_bad_row_writes_all_others_once(stage: Stage) -> None:
    stage.customers(*(f"公司{n}" for n in range(8)))
    stage.first_contact()
    [bound] = [row for row in _wanted_after_release(stage) if row.record_id == _record(stage, "公司3").id]
    stage.seed("erp", "BD_Customer", {"FNumber": bound.key, "FName": "别家公司", "audited": True})
    stage.work()
    assert stage.erp_names() == sorted(["别家公司", *(f"公司{n}" for n in range(8) if n != 3)])
    [item] = stage.inbox()
    speaks_both(item, "公司3", bound.key)
    created = names(
        [entry["data"] for entry in stage.written("erp", "BD_Customer") if entry["kind"] == "create"], "FName"
    )
    assert created == sorted(set(created)), "nothing was created twice"


def _wanted_after_release(stage: Stage) -> list[Any]:
    stage.hub.engine.release_flow(stage.flow_id("erp", "customer"), who="test")
    return [row for row in stage.bindings("erp", "customer") if row.state == "wanted"]


def _record(stage: Stage, title: str) -> Any:
    [found] = [row for row in stage.records("customer") if row.title == title]
    return found


def test_a_release_says_beforehand_what_it_would_write(stage: Stage) -> None:
    stage.customers("甲公司", "乙公司")
    stage.first_contact()
    flow = stage.flow_id("erp", "customer")
    counts = stage.hub.engine.release_counts(flow)
    assert counts == {"due": 0, "wanted": 2}
    assert stage.work() == []
    assert stage.written("erp") == [], "a preview writes nothing"
    assert stage.hub.engine.release_flow(flow, who="alice") == counts
