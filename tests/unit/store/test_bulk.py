"""Bulk statements do what SQLAlchemy's own would, on both databases."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError

from hub.store.bulk import insert_rows, one_of, update_rows
from hub.store.core import binding, change, identity_key, record
from hub.store.database import Database
from hub.store.tables import Binding

NOW = datetime(2026, 11, 1, 1, 2, 3, 456789, tzinfo=UTC)
AWKWARD = "制表\t换行\n反斜杠\\ 引号\"' \\N 百分号 %s :冒号"

#: What a golden row holds in columns that were not given.
UNSET = {"customer_id": None, "merged_into": None, "is_open": False}


def golden(key: int, **more: Any) -> dict[str, Any]:
    row = {"id": key, "entity": "customer", "data": {"name": AWKWARD, "tax": None}, "origin": {}, "version": 1}
    columns = {"state": "live", "title": AWKWARD, "number": "", "created_at": NOW, "updated_at": NOW}
    return {**row, **columns, "owner_id": None, **more}


def key_of(owner: int, value: str, *, strong: bool = True) -> dict[str, Any]:
    return {"entity": "customer", "kind": "tax_code", "value": value, "record_id": owner, "strong": strong}


def all_of(db: Database, table: Any) -> list[Any]:
    with db.read() as reading:
        return list(reading.execute(select(table).order_by(table.c.id)))


def test_inserted_rows_read_back_as_given_whatever_they_hold(any_database: Database) -> None:
    with any_database.write() as db:
        insert_rows(
            db, record, [golden(1), golden(2, owner_id=7, data={"big": 2**70}), {**golden(3), "customer_id": 9}]
        )
    rows = all_of(any_database, record)
    assert [dict(row._mapping) for row in rows[:1]] == [{**golden(1), **UNSET}]
    assert rows[1].data == {"big": 2**70}
    assert [(row.owner_id, row.customer_id) for row in rows] == [(None, None), (7, None), (None, 9)]


def test_rows_without_an_id_get_one(any_database: Database) -> None:
    with any_database.write() as db:
        insert_rows(db, identity_key, [key_of(1, "A"), key_of(2, "B", strong=False)])
    rows = all_of(any_database, identity_key)
    assert [(row.value, row.strong) for row in rows] == [("A", True), ("B", False)]
    assert len({row.id for row in rows}) == 2


def test_updates_touch_their_rows_and_columns_only(any_database: Database) -> None:
    with any_database.write() as db:
        insert_rows(db, record, [golden(1), golden(2), golden(3)])
        later = NOW.replace(year=2027)
        update_rows(
            db,
            record,
            [{"id": 1, "title": AWKWARD * 2}, {"id": 3, "data": {"x": "1"}, "version": 2, "updated_at": later}],
        )
    first, second, third = all_of(any_database, record)
    assert (first.title, first.data) == (AWKWARD * 2, golden(1)["data"])
    assert dict(second._mapping) == {**golden(2), **UNSET}
    assert (third.title, third.data, third.updated_at) == (AWKWARD, {"x": "1"}, later)


def test_a_row_that_meets_a_unique_index_is_an_integrity_error_or_left_out(any_database: Database) -> None:
    with any_database.write() as db:
        insert_rows(db, identity_key, [key_of(1, "A")])
    with pytest.raises(IntegrityError), any_database.write() as db:
        insert_rows(db, identity_key, [key_of(2, "B"), key_of(2, "A")])
    assert [row.value for row in all_of(any_database, identity_key)] == ["A"]
    with any_database.write() as db:
        insert_rows(db, identity_key, [key_of(2, "B"), key_of(2, "A")], skip_known=True)
    assert [(row.record_id, row.value) for row in all_of(any_database, identity_key)] == [(1, "A"), (2, "B")]


def test_what_the_database_refuses_is_an_error_of_sqlalchemy(any_database: Database) -> None:
    with pytest.raises(DBAPIError), any_database.write() as db:
        insert_rows(db, record, [golden(1, title=None)])


def test_nothing_to_write_writes_nothing(any_database: Database) -> None:
    with any_database.write() as db:
        insert_rows(db, record, [])
        update_rows(db, record, [])
    assert all_of(any_database, record) == []


@pytest.mark.parametrize("many", [0, 1, 40_000])
def test_one_of_finds_texts_and_numbers_among_any_number_of_values(any_database: Database, many: int) -> None:
    with any_database.write() as db:
        insert_rows(db, record, [golden(5, title=AWKWARD), golden(6, title="5")])
    numbers, texts = [5, *range(100, 100 + many)], [AWKWARD, *map(str, range(100, 100 + many))]
    with any_database.read() as db:
        assert list(db.scalars(select(record.c.id).where(one_of(db, record.c.id, numbers)))) == [5]
        assert list(db.scalars(select(record.c.id).where(one_of(db, record.c.title, texts)))) == [5]
        assert list(db.scalars(select(record.c.id).where(one_of(db, record.c.title, [])))) == []


def test_what_the_database_fills_in_is_what_a_binding_made_in_python_has(any_database: Database) -> None:
    given: dict[str, Any] = {"id": 1, "record_id": 1, "connection_id": 1, "entity": "customer", "updated_at": NOW}
    with any_database.write() as db:
        insert_rows(db, binding, [given])
    (row,) = all_of(any_database, binding)
    assert dict(row._mapping) == Binding(**given).model_dump()


def test_a_change_without_fields_has_none(any_database: Database) -> None:
    with any_database.write() as db:
        insert_rows(db, change, [{"record_id": 1, "version": 1, "at": NOW, "who": "", "why": "", "run_id": None}])
    (row,) = all_of(any_database, change)
    assert (row.fields, row.lost) == ({}, {})


def test_leaving_out_what_is_known_hides_no_other_mistake(any_database: Database) -> None:
    with pytest.raises(IntegrityError), any_database.write() as db:
        insert_rows(db, identity_key, [{**key_of(1, "A"), "value": None}], skip_known=True)
