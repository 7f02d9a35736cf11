"""The shipped mappings on real record shapes, end to end through golden data."""

from decimal import Decimal
from typing import Any

import pytest

from hub.mapping.compile import Compiled, compile_mapping
from hub.mapping.load import load_shipped, shipped, shipped_samples
from hub.model.entities import ENTITIES
from hub.model.totals import totals_differ
from tests.unit.mapping.samples import Targets

TARGETS = Targets(
    {
        ("customer", 1): ("100001", "CUST0001"),
        ("employee", 2): ("400001", "SCMYG000001_SCMGW000001_1"),
        ("product", 3): ("300001", "CH0001"),
    }
)


def mapping(system: str, entity: str) -> Compiled:
    return compile_mapping(load_shipped(system, entity))


def golden(system: str, entity: str, place: int = 0) -> dict[str, Any]:
    pulled = mapping(system, entity).pull(shipped_samples(system, entity)[place])
    assert pulled.problems == []
    rows = {} if pulled.rows is None else {
        mapping(system, entity).rows.field: [{"id": row.native_id, **row.values} for row in pulled.rows]  # type: ignore[union-attr]
    }  # fmt: skip
    return {**pulled.values, **rows}


@pytest.mark.parametrize(("system", "entity"), list(shipped()))
def test_pulled_samples_are_golden_records(system: str, entity: str) -> None:
    for place in range(len(shipped_samples(system, entity))):
        record = golden(system, entity, place)
        assert ENTITIES[entity].of(record).golden() == record


def test_a_customer_of_the_crm_becomes_a_customer_of_the_erp() -> None:
    record = {**golden("ec", "customer"), "owner": 2}
    assert record["name"] == "杭州华星贸易有限公司"
    assert record["phone"] == "+8657188888888;ext=12"
    pushed = mapping("kingdee", "customer").push(record, None, TARGETS)
    assert pushed.problems == []
    assert pushed.native == {
        "FName": "杭州华星贸易有限公司",
        "FSOCIALCRECODE": "91330106MA27XL0E3A",
        "FTAXREGISTERCODE": "91330106MA27XL0E3A",
        "FTEL": "0571-88888888-12",
        "FWEBSITE": "https://huaxing.example.com",
        "FADDRESS": "文三路 1 号",
        "FDescription": "老客户 月结",
        "FSELLER": {"FNumber": "SCMYG000001_SCMGW000001_1"},
    }


def test_an_order_of_the_crm_becomes_an_order_of_the_erp() -> None:
    record = golden("ec", "order")
    assert mapping("ec", "order").in_scope(shipped_samples("ec", "order")[0])
    record |= {"customer": 1, "owner": 2, "lines": [{**line, "product": 3} for line in record["lines"]]}
    pushed = mapping("kingdee", "order").push(record, None, TARGETS)
    assert pushed.problems == []
    assert pushed.native == {
        "FDate": "2026-11-20",
        "FCustId": {"FNumber": "CUST0001"},
        "FSalerId": {"FNumber": "SCMYG000001_SCMGW000001_1"},
        "FNote": "送货上门",
        "FSettleCurrId": {"FNumber": "PRE001"},
        "FIsIncludedTax": True,
        "FSaleOrderEntry": [{"FMaterialId": {"FNumber": "CH0001"}, "FQty": 3, "FTaxPrice": Decimal("1200.5")}],
    }


def test_vendor_totals_tie_to_their_lines() -> None:
    for system in ("ec", "kingdee"):
        record = golden(system, "order")
        assert record["total"] == "3601.5"
        assert not totals_differ(record["total"], record)
        assert totals_differ("3601.51", record)


@pytest.mark.parametrize(
    ("changes", "status", "inside"),
    [
        ({}, "open", True),
        ({"FWRITTENOFFSTATUS": "C"}, "settled", True),
        ({"FCancelStatus": "B"}, "cancelled", True),
        ({"FDOCUMENTSTATUS": "D"}, "draft", True),
        ({"FDOCUMENTSTATUS": "A"}, None, False),
    ],
)
def test_only_audited_receivables_count(changes: dict[str, str], status: str | None, inside: bool) -> None:
    receivables = mapping("kingdee", "receivable")
    native = {**shipped_samples("kingdee", "receivable")[0], **changes}
    assert receivables.in_scope(native) is inside
    if status:
        assert receivables.pull(native).values["status"] == status


def test_receivables_carry_instalments_and_settlements_point_at_them() -> None:
    receivable, settlement = golden("kingdee", "receivable"), golden("kingdee", "settlement")
    assert [row["amount"] for row in receivable["instalments"]] == ["1800.75", "1800.75"]
    assert receivable["instalments"][1]["settled_amount"] == "0"
    assert settlement["instalment"] == receivable["instalments"][0]["id"]
    assert settlement["receivable"]["$ref"] == {"entity": "receivable", "by": "id", "value": "700001"}


def test_order_states_of_the_erp() -> None:
    orders = mapping("kingdee", "order")
    for cancel, close, status in [
        ("A", "A", "open"),
        ("A", "B", "closed"),
        ("B", "A", "cancelled"),
        ("A", None, "open"),
    ]:
        assert orders.pull({"FCancelStatus": cancel, "FCloseStatus": close}).values["status"] == status


def test_emptied_fields_are_sent_as_the_vendor_wants_them() -> None:
    assert mapping("ec", "customer").push({"memo": None, "remark": None}, {"remark"}, TARGETS).native == {"memo": ""}
    assert mapping("kingdee", "customer").push({"remark": None}, {"remark"}, TARGETS).native == {"FDescription": None}


def test_an_edited_line_keeps_its_row_and_a_new_one_gets_none() -> None:
    record = {
        "lines": [
            {"id": "1", "$native_id": "600001", "product": 3, "quantity": "4"},
            {"id": "2", "product": 3, "quantity": "1", "price": "2"},
        ]
    }
    rows = mapping("kingdee", "order").push(record, {"lines"}, TARGETS).native["FSaleOrderEntry"]
    assert rows[0] == {"FEntryID": 600001, "FMaterialId": {"FNumber": "CH0001"}, "FQty": 4}
    assert rows[1] == {"FMaterialId": {"FNumber": "CH0001"}, "FQty": 1, "FTaxPrice": 2}
