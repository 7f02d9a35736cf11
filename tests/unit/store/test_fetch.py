"""Rows read past SQLAlchemy hold what SQLAlchemy's own would, on both databases."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from hub.store.bulk import insert_rows
from hub.store.core import binding, record
from hub.store.database import Database
from hub.store.fetch import Shape, fetch, fetch_in
from tests.unit.store.test_bulk import golden


def test_rows_are_those_of_sqlalchemy(any_database: Database) -> None:
    rows = [golden(1), golden(2, owner_id=7, data={"big": 2**70, "list": [1, "二"]}), golden(3)]
    with any_database.write() as db:
        insert_rows(db, record, rows)
    with any_database.read() as db:
        theirs = [tuple(row) for row in db.execute(select(record).where(record.c.id > 1).order_by(record.c.id))]
        ours = fetch_in(db, Shape(record), "id", [3, 2, 99])
        some = fetch(db, Shape(record, "title", "updated_at"), "WHERE owner_id = ?", (7,))
    assert sorted(map(tuple, ours), key=lambda row: int(row[0])) == theirs
    assert [(row.title, row.updated_at) for row in some] == [(golden(2)["title"], golden(2)["updated_at"])]


def test_truth_and_absence_keep_their_kind(any_database: Database) -> None:
    with any_database.read() as db:
        assert fetch_in(db, Shape(binding), "id", []) == []
        assert fetch_in(db, Shape(binding), "external_id", ["没有"], where="reread") == []
        assert fetch(db, Shape(record, "id"), "WHERE title = ? LIMIT ?", ("?", 1)) == []


def test_what_a_read_sees_is_one_moment(any_database: Database) -> None:
    """The first statement begins the transaction, like any other."""
    with any_database.read() as db:
        fetch(db, Shape(record, "id"), "", ())
        assert db.in_transaction()


def test_errors_of_the_driver_are_sqlalchemy_s(any_database: Database) -> None:
    with any_database.read() as db, pytest.raises(DBAPIError):
        fetch(db, Shape(record, "id"), "WHERE nobody = 1", ())


def test_other_values_in_some_columns_leave_the_rest_as_it_was() -> None:
    shape = Shape(record, "id", "title", "version")
    rows = [shape.row(1, "甲", 1), shape.row(2, "乙", 5)]
    assert shape.changed(rows, version=[7, 8]) == [rows[0]._replace(version=7), rows[1]._replace(version=8)]
