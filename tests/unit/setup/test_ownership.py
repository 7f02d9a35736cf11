"""Where golden and a connection differ is told from the base alone: by line, for fields with no way back, and never for what was cut."""

from typing import Any

from hub.mapping.compile import Compiled, compile_mapping
from hub.mapping.schema import MappingSpec
from hub.setup.ownership import REMAPPED, pulled_apart, rows_pulled_apart
from tests.sync.world import spec_of


class Nowhere:
    """No record is at the connection."""

    def target(self, entity: str, record_id: int) -> tuple[str, str] | None:
        return None


def compiled(entity: str = "order", **first_line: Any) -> Compiled:
    spec = spec_of("crm", entity)
    lines = [{**line, **(first_line if line["field"] == "remark" else {})} for line in spec["fields"]]
    return compile_mapping(MappingSpec.model_validate({**spec, "fields": lines}))


def row(native_id: str, memo: str, price: str = "1") -> dict[str, Any]:
    fields = {
        "remark": ["as agreed", memo],
        "product_name": ["轴承", "轴承"],
        "quantity": ["1", "1"],
        "price": [price] * 2,
    }
    return {"native_id": native_id, "fields": fields}


def line(key: str, memo: str) -> dict[str, Any]:
    return {"id": key, "remark": memo, "product_name": "轴承", "quantity": "1", "price": "1"}


def test_lines_are_compared_by_what_binds_them_and_not_by_their_place() -> None:
    base = {"rows": {"a": row("n1", "一"), "b": row("n2", "二")}}
    golden = {"lines": [line("b", "二"), line("a", "甲")]}
    found = rows_pulled_apart(base, golden, ["remark", "product_name"], compiled=compiled())
    assert found == {"a": {"remark": ["甲", "一"]}}


def test_lines_that_only_one_side_has_are_left_to_the_merge() -> None:
    base = {"rows": {"a": row("n1", "一"), "sent": row("", "未到"), "gone": row("n3", "三")}}
    golden = {"lines": [line("a", "一"), line("new", "新")]}
    assert rows_pulled_apart(base, golden, ["remark"], compiled=compiled()) == {}
    assert rows_pulled_apart(base, {}, ["remark"], compiled=compiled()) == {}


def test_without_fields_or_lines_nothing_differs() -> None:
    base = {"rows": {"a": row("n1", "一")}}
    assert rows_pulled_apart(base, {"lines": [line("a", "甲")]}, [], compiled=compiled()) == {}
    assert rows_pulled_apart(base, {"lines": [line("a", "甲")]}, ["remark"], compiled=compiled("customer")) == {}


def test_a_field_that_is_only_sent_is_compared_as_it_would_be_sent() -> None:
    base = {"fields": {"remark": ["旧", "旧"]}}
    one_way = compiled("customer", direction="push")
    assert pulled_apart(base, {"remark": "新"}, ["remark"], compiled=one_way, refs=Nowhere()) == {
        "remark": ["新", "旧"]
    }
    assert pulled_apart(base, {"remark": "旧"}, ["remark"], compiled=one_way, refs=Nowhere()) == {}


def test_what_the_vendor_cut_or_was_never_read_this_way_does_not_count() -> None:
    cut = {"fields": {"remark": ["很长的备注", "很长", "很长"]}}
    assert pulled_apart(cut, {"remark": "很长的备注"}, ["remark"], compiled=compiled("customer"), refs=Nowhere()) == {}
    remapped = {"fields": {"remark": ["旧", REMAPPED]}}
    assert pulled_apart(remapped, {"remark": "新"}, ["remark"], compiled=compiled("customer"), refs=Nowhere()) == {}
    seen = {"fields": {"remark": ["旧", "旧"]}}
    found = pulled_apart(seen, {"remark": "新"}, ["remark"], compiled=compiled("customer"), refs=Nowhere())
    assert found == {"remark": ["新", "旧"]}
