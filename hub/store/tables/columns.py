"""Kinds of columns and indexes that the tables are made of."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Text, text
from sqlmodel import Field

from hub.store.types import Json, Key, UtcTime


def key_column() -> Any:
    """The number of a row, given by the database."""
    return Field(default=None, sa_column=Column(Key, primary_key=True))


def ref_column(*, index: bool = False, null: bool = False) -> Any:
    """The number of a row of another table."""
    return Field(default=None, sa_column=Column(BigInteger, nullable=null, index=index))


def time_column(*, null: bool = False, index: bool = False) -> Any:
    """A zoned moment, kept in UTC."""
    return Field(default=None, sa_column=Column(UtcTime, nullable=null, index=index))


def flag_column() -> Any:
    """False until somebody says otherwise."""
    return Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=text("false")))


def number_column() -> Any:
    """A whole number, 0 until somebody says otherwise."""
    return Field(default=0, sa_column=Column(Integer, nullable=False, server_default=text("0")))


def json_column(default: Any = dict, *, null: bool = False, filled: bool = False) -> Any:
    """A JSON value; `default` makes the one of a new object. `filled`: also of a row that is inserted without it."""
    given = repr(default()) if filled else None
    column = Column(Json, nullable=null, server_default=given)
    return Field(default_factory=default if not null else lambda: None, sa_column=column)


def preset(value: str | int) -> Any:
    """A short text or a whole number that is the same in most rows: the database fills it in, and rows are inserted without it."""
    fixed = text(str(value)) if isinstance(value, int) else value
    return Field(default=value, sa_column_kwargs={"server_default": fixed})


def counter_column() -> Any:
    """A large whole number, 0 until somebody says otherwise."""
    return Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default=text("0")))


def text_column(default: str = "") -> Any:
    """Text of any length, never NULL."""
    return Field(default=default, sa_column=Column(Text, nullable=False))


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index over the rows that `where` holds for: hub.store.partial has the same conditions for queries."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))
