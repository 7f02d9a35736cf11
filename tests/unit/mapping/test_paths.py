"""Native paths: read and written."""

from typing import Any

import pytest

from hub.mapping.paths import MISSING, Select, parse_path, reader, writer

NATIVE: dict[str, Any] = {
    "FName": "甲",
    "FCustId.FNumber": "flat",
    "FCustId": {"FNumber": "nested", "FName": None},
    "FSeller": None,
    "rows": [{"FUnit.FName": "台", "id": 1}, {"id": 2}],
    "names": [{"Key": 2052, "Value": "中文"}, {"Key": 1033, "Value": "English"}],
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("FName", "甲"),
        ("FNothing", MISSING),
        ("FCustId.FNumber", "flat"),
        ("FCustId.FName", None),
        ("FCustId.FNothing", MISSING),
        ("FSeller.FNumber", None),
        ("FName.FNumber", MISSING),
        ("rows[0].FUnit.FName", "台"),
        ("rows[1].id", 2),
        ("rows[2].id", MISSING),
        ("rows.id", MISSING),
        ("names[Key=1033].Value", "English"),
        ("names[Key=1].Value", MISSING),
        ("FName[0]", MISSING),
    ],
)
def test_read(path: str, value: Any) -> None:
    assert reader(path)(NATIVE) is value or reader(path)(NATIVE) == value


def test_tokens() -> None:
    assert parse_path("a.b[0].c[id=7].d") == ("a", "b", 0, "c", Select("id", "7"), "d")


@pytest.mark.parametrize("path", ["", ".a", "a..b", "a[", "a]", "a[x]", "[0]", "a[-1]", "a.", "a[9999].b"])
def test_malformed_paths_are_named(path: str) -> None:
    with pytest.raises(ValueError, match="路径") as caught:
        parse_path(path)
    assert caught.value.args[0].en


def test_written_paths_build_what_is_between() -> None:
    native: dict[str, Any] = {}
    for path, value in [
        ("FName", "甲"),
        ("FCustId.FNumber", "C1"),
        ("FCustId.FName", "x"),
        ("a.b.c", 1),
        ("list[1].x", 2),
        ("list[0].x", 1),
        ("fields[id=7].value", "v"),
        ("fields[id=8].value", "w"),
        ("fields[id=7].other", "o"),
        ("texts[0]", "t"),
    ]:
        writer(path)(native, value)
    assert native == {
        "FName": "甲",
        "FCustId": {"FNumber": "C1", "FName": "x"},
        "a": {"b": {"c": 1}},
        "list": [{"x": 1}, {"x": 2}],
        "fields": [{"id": 7, "value": "v", "other": "o"}, {"id": 8, "value": "w"}],
        "texts": ["t"],
    }


def test_a_scalar_in_the_way_is_replaced() -> None:
    native: dict[str, Any] = {"a": 5}
    writer("a.b")(native, 1)
    assert native == {"a": {"b": 1}}


def test_what_is_written_is_read_back() -> None:
    for path in ("a", "a.b", "a.b.c", "a[0].b", "a[k=v].b", "a[2]"):
        native: dict[str, Any] = {}
        writer(path)(native, "value")
        assert reader(path)(native) == "value"
