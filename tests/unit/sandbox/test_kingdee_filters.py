"""The filter grammar, text form and JSON form."""

import pytest

from sandbox.kingdee.errors import Refused
from sandbox.kingdee.filters import All, AnyOf, Comparison, Not, conjuncts, keys_of, parse_filter


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("FNumber='C1'", Comparison("FNumber", "=", "C1")),
        ("FName = 'O''Brien'", Comparison("FName", "=", "O'Brien")),
        ("FName=N'中文'", Comparison("FName", "=", "中文")),
        ("FID > 12", Comparison("FID", ">", "12")),
        ("FQty!=-1.5", Comparison("FQty", "<>", "-1.5")),
        ("FName like '%x'", Comparison("FName", "like", "%x")),
        ("FID in (1, 2)", Comparison("FID", "in", ("1", "2"))),
        ("FID not in ('1')", Not(Comparison("FID", "in", ("1",)))),
        ("FNote is null", Comparison("FNote", "is", None)),
        ("FNote IS NOT NULL", Not(Comparison("FNote", "is", None))),
        ("FCustId.FNumber='C1'", Comparison("FCustId.FNumber", "=", "C1")),
        ("FDate between '2025-01-01' and '2025-01-31'",
         All((Comparison("FDate", ">=", "2025-01-01"), Comparison("FDate", "<=", "2025-01-31")))),
        ("1=1 AND FID=1", All((All(()), Comparison("FID", "=", "1")))),
        ("1=0", AnyOf(())),
    ],
)  # fmt: skip
def test_comparisons(text: str, tree: object) -> None:
    assert parse_filter(text) == tree


def test_and_binds_closer_than_or_and_parentheses_bind_closest() -> None:
    a, b, c = (Comparison(key, "=", "1") for key in "abc")
    assert parse_filter("a=1 or b=1 and c=1") == AnyOf((a, All((b, c))))
    assert parse_filter("(a=1 or b=1) and not c=1") == All((AnyOf((a, b)), Not(c)))


def test_the_json_form_means_the_same_as_the_text() -> None:
    items = [
        {"Left": "(", "FieldName": "FNumber", "Compare": "67", "Value": "C1", "Right": "", "Logic": "1"},
        {"Left": "", "FieldName": "FNumber", "Compare": "=", "Value": "O'B", "Right": ")", "Logic": "0"},
        {"FieldName": "FName", "Compare": "67", "Value": "x"},
    ]
    assert parse_filter(items) == parse_filter("(FNumber='C1' or FNumber='O''B') and FName='x'")


@pytest.mark.parametrize("empty", ["", "  ", [], None])
def test_no_filter(empty: object) -> None:
    assert parse_filter(empty) is None


@pytest.mark.parametrize(
    "text",
    ["FNumber=", "FNumber 'x'", "(a=1", "a=1)", "a=1 b=2", "a like", "a in 1", "a='x", "a between 1", "a is 1", ";"],
)
def test_text_outside_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="过滤条件") as caught:
        parse_filter(text)
    assert caught.value.msg_code == 4


@pytest.mark.parametrize("items", [["x"], [{"FieldName": "a", "Compare": "999", "Value": "1"}]])
def test_json_items_outside_the_grammar_are_refused(items: list[object]) -> None:
    with pytest.raises(Refused):
        parse_filter(items)


def test_keys_and_conjuncts() -> None:
    tree = parse_filter("a=1 and (b=1 or not c=1) and (d=1 and e=1)")
    assert list(keys_of(tree)) == ["a", "b", "c", "d", "e"]
    assert [term.key for term in conjuncts(tree) if isinstance(term, Comparison)] == ["a", "d", "e"]
