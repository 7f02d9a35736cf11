"""Golden records to vendor shape: creates, updates, references, required and emptied fields."""

from decimal import Decimal
from typing import Any

import pytest

from hub.mapping.compile import NATIVE_ID, Compiled
from tests.unit.mapping.samples import NOWHERE, Targets, compiled

TARGETS = Targets(
    {("employee", 7): ("5002", "S07"), ("product", 12): ("300001", "CH0001"), ("employee", 8): ("5003", "")}
)


def customer(**more: Any) -> Compiled:
    return compiled(
        {"field": "name", "native": "FName", "steps": ["trim"], "required": True},
        {"field": "status", "native": "FStatus", "steps": [{"lookup": {"table": {"A": "active", "B": "disabled"}}}]},
        {
            "field": "owner",
            "native": "FSELLER.FNumber",
            "steps": [{"reference": {"entity": "employee", "by": "number"}}],
        },
        {"field": "custom.limit", "type": "money", "native": "FLimit", "steps": [{"decimal": {"places": 2}}]},
        {"field": "source", "native": "FSource", "direction": "pull"},
        {"native": "FOrg.FNumber", "direction": "push", "steps": [{"constant": {"value": "100"}}]},
        {"native": "FMark", "direction": "push", "steps": [{"constant": {"value": 1, "when": "always"}}]},
        {"native": "FTitle", "direction": "push", "steps": [{"template": {"text": "{name} ({number})"}}]},
        **more,
    )


GOLDEN = {
    "name": "甲",
    "number": "C1",
    "status": "active",
    "owner": 7,
    "custom.limit": "12.345",
    "source": "x",
    "fax": "1",
}


def test_a_create_sends_everything_that_is_pushed_in_the_order_of_the_lines() -> None:
    pushed = customer().push(GOLDEN, None, TARGETS)
    assert pushed.native == {
        "FName": "甲",
        "FStatus": "A",
        "FSELLER": {"FNumber": "S07"},
        "FLimit": Decimal("12.35"),
        "FOrg": {"FNumber": "100"},
        "FMark": 1,
        "FTitle": "甲 (C1)",
    }
    assert list(pushed.native) == ["FName", "FStatus", "FSELLER", "FLimit", "FOrg", "FMark", "FTitle"]
    assert pushed.natives == {"name": "甲", "status": "A", "owner": "S07", "custom.limit": "12.35"}
    assert pushed.problems == []


def test_an_update_sends_only_the_named_fields() -> None:
    pushed = customer().push(GOLDEN, {"status"}, TARGETS)
    assert pushed.native == {"FStatus": "A", "FMark": 1}
    assert customer().push(GOLDEN, {"number"}, TARGETS).native == {"FMark": 1, "FTitle": "甲 (C1)"}
    assert customer().push(GOLDEN, {"source", "fax"}, TARGETS).natives == {}


def test_natives_as_sent_equal_natives_as_read_back() -> None:
    mapping = customer()
    pushed = mapping.push(GOLDEN, None, TARGETS)
    back = mapping.pull({**pushed.native, "FLimit": Decimal("12.3500000000")})
    assert {name: back.natives[name] for name in pushed.natives} == pushed.natives


def test_empty_fields_are_left_out_of_a_create_and_emptied_by_an_update() -> None:
    golden = {"name": "甲", "status": None, "owner": None}
    assert "FStatus" not in customer().push(golden, None, TARGETS).native
    assert customer().push(golden, {"status", "owner"}, TARGETS).native == {
        "FStatus": None,
        "FSELLER": {"FNumber": None},
        "FMark": 1,
    }
    spelled = customer(empty="").push(golden, {"status"}, TARGETS)
    assert spelled.native["FStatus"] == ""
    assert spelled.natives == {"status": ""}


def test_unknown_fields_are_not_sent() -> None:
    assert customer().push({"name": "甲"}, {"status"}, TARGETS).native == {"FMark": 1}


@pytest.mark.parametrize(("golden", "fields"), [({}, None), ({"name": None}, None), ({"name": None}, {"name"})])
def test_a_required_field_without_value_is_a_problem(golden: dict[str, Any], fields: set[str] | None) -> None:
    pushed = customer().push(golden, fields, TARGETS)
    assert [(problem.kind, problem.field) for problem in pushed.problems] == [("missing", "name")]
    assert "FName" in pushed.problems[0].text.zh
    assert "FName" not in pushed.native


def test_a_parent_that_is_not_there_is_waited_for() -> None:
    problem = customer().push(GOLDEN, {"owner"}, NOWHERE).problems[0]
    assert (problem.kind, problem.field) == ("waiting", "owner")
    assert problem.details == {"record": 7, "entity": "employee"}
    unresolved = {"$ref": {"entity": "employee", "by": "id", "value": "5"}}
    other = customer().push({"owner": unresolved}, {"owner"}, TARGETS).problems[0]
    assert other.details == {"ref": unresolved["$ref"], "entity": "employee"}


def test_a_parent_without_number_is_a_problem_not_a_blank() -> None:
    pushed = customer().push({"owner": 8}, {"owner"}, TARGETS)
    assert pushed.problems[0].kind == "invalid"
    assert "编码" in pushed.problems[0].text.zh
    assert pushed.native == {"FMark": 1}


def test_refused_values_are_problems_and_nothing_is_sent_for_them() -> None:
    pushed = customer().push({"status": "odd"}, {"status"}, TARGETS)
    assert pushed.native == {"FMark": 1}
    assert pushed.problems[0].details["action"] == "reject"
    assert pushed.problems[0].value == "odd"
    long = compiled({"field": "name", "native": "n", "steps": [{"text": {"max": 3}}]}).push(
        {"name": "四个字呀"}, None, NOWHERE
    )
    assert "4" in long.problems[0].text.en
    assert long.native == {}


def test_references_by_id_can_be_sent_as_numbers() -> None:
    line = {"field": "owner", "native": "o", "steps": [{"reference": {"entity": "employee", "send": "int"}}]}
    assert compiled(line).push({"owner": 7}, None, TARGETS).native == {"o": 5002}


def test_written_paths_may_differ_from_read_ones() -> None:
    mapping = compiled(
        {"field": "tax_code", "native": ["a", "b"], "write": ["x", "y"], "steps": [{"join": {"take": "first"}}]},
        {"field": "name", "native": "read", "write": "written", "steps": ["trim"]},
    )
    pushed = mapping.push({"tax_code": "91440300708461136T", "name": "甲"}, None, NOWHERE)
    assert pushed.native == {"x": "91440300708461136T", "y": "91440300708461136T", "written": "甲"}


def test_defaults_on_push() -> None:
    def line(*, missing: bool) -> Compiled:
        return compiled(
            {"field": "currency", "native": "c", "steps": [{"default": {"push": "CNY", "missing": missing}}]}
        )

    assert line(missing=False).push({}, None, NOWHERE).native == {}
    assert line(missing=True).push({}, None, NOWHERE).native == {"c": "CNY"}
    assert line(missing=False).push({"currency": None}, None, NOWHERE).native == {"c": "CNY"}
    assert line(missing=True).push({}, {"currency"}, NOWHERE).native == {}


def test_several_fields_are_sent_together() -> None:
    line = {
        "field": ["region.province", "region.city", "region.district"],
        "native": "r",
        "steps": [{"region": {"separator": "|"}}],
    }
    mapping = compiled(line)
    golden = {"region.province": "浙江省", "region.city": "杭州市"}
    assert mapping.push(golden, {"region.city"}, NOWHERE).native == {"r": "浙江省|杭州市"}
    assert mapping.push(golden, {"name"}, NOWHERE).native == {}
    assert mapping.push({"region.city": None}, {"region.city"}, NOWHERE).native == {"r": None}
    assert mapping.fields["region.city"].siblings == ("region.province", "region.city", "region.district")
    assert mapping.fields["region.city"].group == "region.province"


ROWS = {
    "field": "lines",
    "native": "FEntry",
    "key": "FEntryID",
    "send_key": "int",
    "fields": [
        {
            "field": "product",
            "native": "FMaterialId.FNumber",
            "required": True,
            "steps": [{"reference": {"entity": "product", "by": "number"}}],
        },
        {"field": "quantity", "native": "FQty", "steps": ["decimal"]},
        {"field": "remark", "native": "FNote", "steps": ["trim"]},
        {"field": "amount", "native": "FAmount", "direction": "pull", "steps": ["decimal"]},
        {"native": "FRowType", "direction": "push", "steps": [{"constant": {"value": "Standard"}}]},
    ],
}


def order() -> Compiled:
    return compiled({"field": "number", "native": "FBillNo", "steps": ["trim"]}, entity="order", rows=ROWS)


def test_rows_are_pulled_with_their_ids() -> None:
    native = {
        "FBillNo": "SO1",
        "FEntry": [{"FEntryID": 11, "FMaterialId.FNumber": "CH0001", "FQty": Decimal("3.00"), "FNote": " "}],
    }
    pulled = order().pull(native)
    assert pulled.rows is not None
    assert [row.native_id for row in pulled.rows] == ["11"]
    assert pulled.rows[0].values == {
        "product": {"$ref": {"entity": "product", "by": "number", "value": "CH0001"}}, "quantity": "3", "remark": None,
    }  # fmt: skip
    assert pulled.rows[0].natives == {"product": "CH0001", "quantity": "3", "remark": " "}
    assert order().pull({"FBillNo": "SO1"}).rows is None
    assert order().pull({"FEntry": None}).rows == []
    assert "lines" in order().pulls
    assert "lines" in order().pushes


def test_bad_rows_are_problems_of_their_row() -> None:
    pulled = order().pull({"FEntry": [{"FEntryID": 11, "FQty": "many"}, "odd", {"FQty": 1}]})
    assert [(problem.field, problem.line) for problem in pulled.problems] == [
        ("quantity", "11"),
        ("lines", ""),
        ("lines", ""),
    ]
    assert "FEntryID" in pulled.problems[2].text.en
    assert order().pull({"FEntry": "odd"}).rows is None
    assert order().pull({"FEntry": "odd"}).problems[0].details["action"] == "reject"


def test_rows_are_sent_whole_new_ones_with_constants() -> None:
    golden = {
        "number": "SO1",
        "lines": [
            {"id": "1", NATIVE_ID: "11", "product": 12, "quantity": "3.5", "remark": None, "amount": "9"},
            {"id": "2", "product": 12, "quantity": "1", "remark": None},
        ],
    }
    pushed = order().push(golden, {"lines"}, TARGETS)
    assert pushed.native == {
        "FEntry": [
            {"FEntryID": 11, "FMaterialId": {"FNumber": "CH0001"}, "FQty": Decimal("3.5"), "FNote": None},
            {"FMaterialId": {"FNumber": "CH0001"}, "FQty": 1, "FRowType": "Standard"},
        ]
    }
    assert pushed.natives["lines"] == [
        {"product": "CH0001", "quantity": "3.5", "remark": None}, {"product": "CH0001", "quantity": "1"},
    ]  # fmt: skip
    assert "FEntry" not in order().push(golden, {"number"}, TARGETS).native
    assert "FBillNo" in order().push(golden, None, TARGETS).native


def test_problems_of_rows_name_the_golden_line() -> None:
    golden = {"lines": [{"id": "1", "product": 99}, {"id": "2", "quantity": "1"}]}
    problems = order().push(golden, {"lines"}, TARGETS).problems
    assert [(problem.kind, problem.line) for problem in problems] == [("waiting", "1"), ("missing", "2")]


def test_survival_is_judged_per_value() -> None:
    mapping = compiled(
        {"field": "name", "native": "n", "steps": [{"text": {"max": 3, "long": "cut"}}]},
        {"field": "custom.limit", "type": "money", "native": "l", "steps": [{"decimal": {"places": 2}}]},
        {"field": "status", "native": "s", "steps": [{"lookup": {"table": {"A": "active"}}}]},
        {"field": "owner", "native": "o", "steps": [{"reference": {"entity": "employee"}}]},
        {"field": "fax", "native": "f", "steps": ["trim"]},
    )
    assert mapping.survives("name", "三个字")
    assert not mapping.survives("name", "四个字呀")
    assert mapping.survives("custom.limit", "1.25")
    assert not mapping.survives("custom.limit", "1.255")
    assert not mapping.survives("status", "disabled")
    assert mapping.survives("status", None)
    assert mapping.survives("owner", 7)
    assert {name: line.lossy for name, line in mapping.fields.items()} == {
        "name": True, "custom.limit": True, "status": False, "owner": False, "fax": False,
    }  # fmt: skip
