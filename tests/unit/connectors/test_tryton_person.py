"""A person at Tryton is the rows of one name at one party: whatever is changed, its id stays and no other number is lost."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.tryton import shapes
from connectors.tryton.objects import ORDER
from connectors.tryton.person import KINDS, acts, remote

Row = dict[str, Any]
VALUES = st.sampled_from(["", "1", "2"])


def row(number: int, kind: str, value: str, **more: Any) -> Row:
    return {"id": number, "name": "王芳", "party": 2, "type": kind, "value": value, "active": True} | more


def after(rows: list[Row], changes: list[Any]) -> list[Row]:
    """What Tryton makes of the acts."""
    kept = {one["id"]: dict(one) for one in rows}
    for act, *given_ in changes:
        if act == "create":
            for fields in given_[0]:
                kept[max(kept) + 1] = {"id": max(kept) + 1, "active": True, **fields}
        elif act == "delete":
            for one in given_[0]:
                del kept[one]
        else:
            for one in given_[0]:
                kept[one] |= given_[1]
    return [kept[one] for one in sorted(kept)]


@example(["mobile", "phone", "phone"], [{"mobile": ""}])
@given(
    st.lists(st.sampled_from([*KINDS, "other", "skype"]), min_size=1, max_size=5),
    st.lists(st.dictionaries(st.sampled_from(KINDS), VALUES, max_size=3), max_size=4),
)
def test_changes_show_and_the_id_stays(kinds: list[str], steps: list[dict[str, str]]) -> None:
    rows = [row(5 + place, kind, f"v{place}") for place, kind in enumerate(kinds)]
    for step in steps:
        before = remote(rows)
        rows = after(rows, acts(rows, step))
        found = remote(rows)
        assert found.id == before.id
        for kind in KINDS:
            wanted = step.get(kind, before.data[kind])
            later = [one["value"] for one in rows if one["type"] == kind]
            assert found.data[kind] == (wanted or None) or (kind in step and not wanted and found.data[kind] in later)
        assert [one["value"] for one in rows if one["type"] == "skype"].count("v0") <= 1


def test_what_is_there_already_is_not_written() -> None:
    rows = [row(5, "mobile", "1"), row(6, "email", "a@b.c")]
    assert acts(rows, {"mobile": "1", "email": "a@b.c", "name": "王芳", "phone": ""}) == []


def test_a_new_name_goes_onto_every_row_archived_ones_too() -> None:
    rows = [row(5, "mobile", "1", active=False), row(6, "mobile", "2")]
    assert acts(rows, {"name": "王芳芳"}) == [["write", [5, 6], {"name": "王芳芳"}]]
    assert remote(rows).data["mobile"] == "2"
    assert acts(rows, {"mobile": ""}) == [["write", [6], {"type": "other", "value": "王芳"}]]


def test_the_other_numbers_move_up() -> None:
    rows = [row(5, "mobile", "1"), row(6, "phone", "2"), row(7, "email", "a@b.c")]
    changes = acts(rows, {"mobile": ""})
    assert [(one["id"], one["type"]) for one in after(rows, changes)] == [(5, "phone"), (6, "email")]


@pytest.mark.parametrize(("active", "shown"), [([True, True], True), ([False, True], True), ([False, False], False)])
def test_a_person_is_archived_when_all_rows_are(active: list[bool], shown: bool) -> None:
    rows = [row(5 + place, "mobile", "1", active=one) for place, one in enumerate(active)]
    assert remote(rows).data["active"] is shown


def test_numbers_of_persons_and_archived_parts_are_not_the_companys() -> None:
    label = {"id": 4, "type": "fax", "value": "4", "name": "总机"}
    mechanisms = [row(1, "mobile", "1"), row(2, "phone", "2", name=None), row(3, "phone", "3", name="", active=False)]
    addresses = [{"id": 1, "city": "旧", "active": False}, {"id": 2, "city": "新", "active": True}]
    found = shapes.customer({"contact_mechanisms": [*mechanisms, label], "addresses": addresses})
    assert [one["value"] for one in found["contact_mechanisms"]] == ["2", "4"]
    assert found["address"] == {"id": 2, "city": "新"}


def test_the_agent_is_asked_for_only_where_the_module_is_installed() -> None:
    assert "agent.party" not in ORDER.asked({"number": "char"})
    assert "agent.party" in ORDER.asked({"agent": "many2one"})
