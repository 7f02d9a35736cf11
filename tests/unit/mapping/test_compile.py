"""What a mapping may not say, each refused with the reason; and what a compiled one shows."""

from typing import Any

import pytest

from hub.errors import MappingInvalid
from hub.mapping.check import check_spec
from hub.mapping.compile import compile_mapping
from tests.unit.mapping.samples import compiled, spec_of

NAME = {"field": "name", "native": "n"}
BAD_LINES: list[tuple[dict[str, Any], str, str]] = [
    ({"field": "nmae", "native": "n"}, "是否为 name", "did you mean name"),
    ({"field": "lines", "native": "n"}, "没有字段", "no field"),
    ({"field": "custom.Level", "native": "n", "type": "text"}, "custom", "custom"),
    ({"field": "custom.level", "native": "n"}, "必须写 type", "needs a type"),
    ({"field": "custom.level", "native": "n", "type": "ref"}, "必须写 type", "needs a type"),
    ({"field": "custom.level", "native": "n", "type": "enum"}, "choices", "choices"),
    ({"field": "name", "native": "n", "type": "decimal"}, "类型是固定的", "is fixed"),
    ({"field": "name", "native": "n", "steps": ["decimal"]}, "text 类型", "has type text"),
    ({"field": "custom.a", "type": "money", "native": "n", "steps": ["trim"]}, "money", "money"),
    ({"field": "custom.a", "type": "date", "native": "n", "steps": ["time"]}, "date", "date"),
    ({"field": "owner", "native": "n", "steps": ["trim"]}, "reference", "reference"),
    ({"field": "name", "native": "n", "steps": [{"reference": {"entity": "employee"}}]}, "引用字段", "references"),
    ({"field": "owner", "native": "n", "steps": [{"reference": {"entity": "customer"}}]}, "不是 customer", "not to customer"),
    ({"field": "status", "native": "n", "steps": [{"lookup": {"table": {"A": "activ"}}}]}, "activ", "none of"),
    ({"field": "status", "native": "n", "steps": [{"lookup": {"table": {"A": "active"}, "unknown": "x"}}]}, "x", "none of"),
    ({"field": "name", "native": ["a", "b"]}, "个数不符", "do not match"),
    ({"field": ["name", "fax"], "native": "n"}, "个数不符", "do not match"),
    ({"field": "name", "native": "n", "steps": ["join"]}, "几个 native", "several native"),
    ({"field": ["name", "fax"], "native": ["a", "b"], "steps": ["split"]}, "只接受一个", "takes one"),
    ({"field": ["name", "fax"], "native": "n", "steps": ["region"]}, "需要 3 个", "needs 3 fields"),
    ({"field": "name"}, "native", "native"),
    ({"native": "n"}, "没有 field", "without field"),
    ({"field": "name", "native": "n", "steps": [{"constant": {"value": "x"}}]}, "单向", "one-way"),
    ({"field": "name", "native": "n", "steps": [{"template": {"text": "{name}"}}]}, "只能推送", "only pushes"),
    ({"field": "name", "direction": "push"}, "推送需要", "needs a native or write path"),
    ({"field": "name", "native": "n", "direction": "pull", "required": True}, "required", "required"),
    ({"field": "name", "native": "n", "on_error": "default"}, "fallback", "fallback"),
    ({"field": "status", "native": "n", "on_error": "default", "fallback": "x"}, "x", "none of"),
    ({"field": "custom.a", "type": "money", "native": "n", "steps": ["decimal", {"default": {"pull": "much"}}]}, "much", "no number"),
    ({"field": "name", "native": "a..b"}, "写法不对", "malformed"),
    ({"field": "name", "native": "a[k=v]"}, "结尾", "cannot end"),
    ({"field": "custom.a", "type": "money", "native": "n", "steps": [{"decimal": {"factor": "0"}}]}, "不能为 0", "must not be 0"),
    ({"field": "custom.a", "type": "money", "native": "n", "steps": [{"decimal": {"factor": "3"}}]}, "places", "places"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "zh", "en"), BAD_LINES, ids=lambda value: str(value)[:60])
def test_lines_that_cannot_work_are_refused_in_both_languages(line: dict[str, Any], zh: str, en: str) -> None:
    with pytest.raises(MappingInvalid) as caught:
        compiled(line)
    assert zh in caught.value.text.zh
    assert en in caught.value.text.en
    findings = check_spec(spec_of(NAME, line) if line.get("field") != "name" else spec_of(line))
    assert any(zh in finding.text.zh for finding in findings)


def test_two_lines_may_not_pull_one_field_or_write_one_path() -> None:
    with pytest.raises(MappingInvalid, match="two lines pull name"):
        compiled(NAME, {"field": "name", "native": "m"})
    with pytest.raises(MappingInvalid, match="two lines write n"):
        compiled(NAME, {"field": "fax", "native": "n"})
    apart = compiled({**NAME, "direction": "pull"}, {"field": "name", "write": "m", "direction": "push"})
    assert (apart.fields["name"].native, apart.fields["name"].write) == (("n",), ("m",))
    assert apart.fields["name"].direction == "both"


def test_rows_belong_to_entities_that_have_them() -> None:
    rows = {
        "field": "lines",
        "native": "r",
        "key": "id",
        "fields": [{"field": "quantity", "native": "q", "steps": ["decimal"]}],
    }
    with pytest.raises(MappingInvalid, match="no rows field lines"):
        compiled(NAME, rows=rows)
    with pytest.raises(MappingInvalid, match="no field color"):
        compiled(
            {"field": "number", "native": "n"},
            entity="order",
            rows={**rows, "fields": [{"field": "color", "native": "c"}]},
        )


def test_lines_carry_what_the_engine_decides_by() -> None:
    line = compiled(
        {
            "field": "name", "native": "n", "group": "who", "policy": "manual", "owner": {"default": "crm", "audited": "erp"},
            "blanks": "count", "on_error": "inbox", "sensitive": True, "required": True,
        }
    ).fields["name"]  # fmt: skip
    assert (line.group, line.policy, line.owner, dict(line.owner_by_stage)) == (
        "who",
        "manual",
        "crm",
        {"audited": "erp"},
    )
    assert (line.blanks_count, line.on_error, line.sensitive, line.required, line.type) == (
        True,
        "inbox",
        True,
        True,
        "text",
    )
    assert (line.lossy, line.one_way, line.siblings) == (False, False, ())


def test_directions_are_summed_up() -> None:
    mapping = compiled(
        NAME,
        {"field": "fax", "native": "f", "direction": "pull"},
        {"field": "email", "native": "e", "direction": "push"},
        {"native": "c", "direction": "push", "steps": [{"constant": {"value": 1}}]},
    )
    assert mapping.pulls == {"name", "fax"}
    assert mapping.pushes == {"name", "email"}
    assert [mapping.fields[name].one_way for name in ("name", "fax", "email")] == [False, True, True]


def test_the_version_is_the_content() -> None:
    one = spec_of({**NAME, "steps": ["trim"]})
    assert one.version == spec_of({**NAME, "steps": [{"trim": {}}], "note": "why"}, note="x").version
    assert one.version != spec_of({**NAME, "steps": [{"trim": {"inner": True}}]}).version
    assert compile_mapping(one).version == one.version
    assert one.version in repr(compile_mapping(one))


def test_text_of_a_mapping_is_never_run() -> None:
    """Names that would be code in a generated function are only names."""
    evil = "x'; import os; os.abort() #"
    mapping = compiled(
        {"field": "name", "native": evil, "steps": [{"default": {"pull": evil}}]},
        {"field": "fax", "native": "__import__", "steps": ["trim"]},
    )
    assert mapping.pull({evil: "甲", "__import__": " 1 "}).values == {"name": "甲", "fax": "1"}
