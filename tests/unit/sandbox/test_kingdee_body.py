"""Body shapes a to f of kingdee.md 1.1 mean the same call."""

import json
from decimal import Decimal
from urllib.parse import quote_plus

import pytest

from sandbox.kingdee.body import BodyError, flag, id_list, parse, text_list

DATA = {"Model": {"FName": "甲", "FPrice": 0.1}}
TEXT = json.dumps(DATA)


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps({"formid": "BD_Customer", "data": DATA}),
        json.dumps({"formid": "BD_Customer", "data": TEXT}),
        json.dumps({"parameters": ["BD_Customer", TEXT]}),
        json.dumps({"format": 1, "rid": "-6", "parameters": json.dumps(["BD_Customer", TEXT]), "v": "1.0"}),
        json.dumps({"format": 1, "parameters": ["BD_Customer", TEXT]}),
        f"formid=BD_Customer&data={quote_plus(TEXT)}",
        json.dumps({"FormId": "BD_Customer", "data": DATA}, ensure_ascii=False),
    ],
)
def test_every_shape_gives_the_form_and_the_data(raw: str) -> None:
    call = parse(raw.encode())
    assert call.form == "BD_Customer"
    assert call.data["Model"] == {"FName": "甲", "FPrice": Decimal("0.1")}


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps({"formid": "BD_Customer", "opNumber": "Forbid", "data": {"Ids": "1"}}),
        json.dumps({"parameters": ["BD_Customer", "Forbid", '{"Ids":"1"}']}),
    ],
)
def test_operations_carry_their_number(raw: str) -> None:
    call = parse(raw.encode())
    assert (call.form, call.operation, call.data) == ("BD_Customer", "Forbid", {"Ids": "1"})


def test_query_shapes_without_a_form_argument() -> None:
    query = {"FormId": "BD_Customer", "FieldKeys": "FNumber"}
    for raw in (json.dumps({"data": query}), json.dumps({"parameters": [json.dumps(query)]})):
        assert parse(raw.encode()).data == query


def test_login_shapes() -> None:
    assert parse(b'{"parameters":["a","u","p",2052]}').values == ("a", "u", "p", 2052)
    assert parse(b"acctid=a&username=u&password=p&lcid=2052").named["password"] == "p"
    assert parse(b'{"acctID":"a","username":"u"}').named["acctid"] == "a"
    assert parse(b"") == parse(b"{}").__class__()


@pytest.mark.parametrize("raw", [b"[1,2]", b"{broken", b"just text"])
def test_what_no_shape_fits_is_an_error(raw: bytes) -> None:
    with pytest.raises(BodyError):
        parse(raw)


def test_ids_numbers_and_flags_in_all_their_spellings() -> None:
    assert id_list("1,2") == id_list([1, "2"]) == [1, 2]
    assert id_list([]) == id_list(0) == id_list("") == id_list(None) == []
    assert text_list("a, b") == text_list(["a", "b"]) == ["a", "b"]
    assert flag("true") and flag(True) and flag("1") and not flag("false", True) and flag(None, True)
    with pytest.raises(ValueError, match="abc"):
        id_list("abc")
