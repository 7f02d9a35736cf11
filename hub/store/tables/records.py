"""Golden records, where they are bound, what they are recognised by and what became of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from hub.store.tables.columns import (
    counter_column,
    flag_column,
    json_column,
    key_column,
    partial_index,
    preset,
    ref_column,
    text_column,
    time_column,
)
from hub.store.types import Key


class Record(SQLModel, table=True):
    """A golden record. state: live | doubtful (a possible duplicate: created nowhere) | merged | disabled.

    `origin` names per field who gave the value (connection id, 0 = a person). is_open: a document that may still be worked on."""

    __tablename__ = "record"
    __table_args__ = (
        Index("ix_record_entity", "entity", "id"),
        partial_index("ix_record_customer", "customer_id", "entity", where="customer_id IS NOT NULL"),
        partial_index("ix_record_owner", "owner_id", "entity", where="owner_id IS NOT NULL"),
        partial_index("ix_record_open", "entity", "id", where="is_open"),
    )
    id: int | None = key_column()
    entity: str
    data: dict[str, Any] = json_column()
    origin: dict[str, Any] = json_column()
    version: int = preset(1)
    state: str = preset("live")
    title: str = text_column()
    number: str = ""
    owner_id: int | None = ref_column(null=True)
    customer_id: int | None = ref_column(null=True)
    is_open: bool = flag_column()
    merged_into: int | None = ref_column(null=True)
    created_at: datetime = time_column()
    updated_at: datetime = time_column()


class Binding(SQLModel, table=True):
    """Record x connection. state: wanted | linked | gone | unlinked | merged. role: primary | alias.

    base: {"fields": {field: [golden, native]}, "rows": {golden line id: {"native_id": .., "fields": {field: [golden, native]}}}}.
    held: fields that an open conflict holds here. key: the hub's key, stamped at the vendor, the same on every try.
    """

    __tablename__ = "binding"
    __table_args__ = (
        partial_index(
            "uq_binding_external", "connection_id", "entity", "external_id", where="external_id <> ''", unique=True
        ),
        partial_index("uq_binding_primary", "record_id", "connection_id", where="role = 'primary'", unique=True),
        partial_index("ix_binding_due", "connection_id", "entity", "lane", "due_at", where="due_at IS NOT NULL"),
        partial_index("ix_binding_waiting", "waiting_for", where="waiting_for IS NOT NULL"),
        partial_index("ix_binding_number", "connection_id", "entity", "number", where="number <> ''"),
        partial_index("ix_binding_key", "connection_id", "entity", "key", where="external_id = '' AND key <> ''"),
        partial_index("ix_binding_reread", "connection_id", "entity", where="reread"),
        Index("ix_binding_record", "record_id"),
        {"postgresql_with": {"fillfactor": 70}},
    )
    id: int | None = key_column()
    record_id: int = ref_column()
    connection_id: int = ref_column()
    entity: str
    external_id: str = preset("")
    number: str = preset("")
    key: str = preset("")
    role: str = preset("primary")
    state: str = preset("linked")
    base: dict[str, Any] = json_column(filled=True)
    native_hash: str = preset("")
    vendor_version: str = preset("")
    read_seq: int = counter_column()
    write_seq: int = counter_column()
    read_at: datetime | None = time_column(null=True)
    stage_wanted: str = preset("")
    stage_seen: str = preset("")
    version: int = preset(1)
    pushed_version: int = preset(0)
    reread: bool = flag_column()
    missing: int = preset(0)
    held: list[Any] = json_column(list, filled=True)
    due_at: datetime | None = time_column(null=True)
    lane: int = preset(2)
    attempts: int = preset(0)
    lease_until: datetime | None = time_column(null=True)
    lease_owner: str = preset("")
    fence: int = counter_column()
    waiting_for: int | None = ref_column(null=True)
    updated_at: datetime = time_column()


class ReadMark(SQLModel, table=True):
    """The last read that found a binding as it was known: kept apart, so that reading does not rewrite what it found unchanged.

    What counts is the later of this and the binding's own read_seq and read_at."""

    __tablename__ = "read_mark"
    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)
    binding_id: int = Field(sa_column=Column(Key, primary_key=True, autoincrement=False))
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: datetime = time_column()


class PendingRef(SQLModel, table=True):
    """A reference in a golden record whose parent is not known yet: resolved when a binding with that id or number appears."""

    __tablename__ = "pending_ref"
    __table_args__ = (Index("ix_pending_ref", "connection_id", "entity", "value"),)
    id: int | None = key_column()
    connection_id: int = ref_column()
    entity: str
    by: str
    value: str
    record_id: int = ref_column(index=True)
    field: str


class IdentityKey(SQLModel, table=True):
    """What a record can be recognised by. Strong keys are unique among live records."""

    __tablename__ = "identity_key"
    __table_args__ = (
        partial_index("uq_identity_strong", "entity", "kind", "value", where="strong", unique=True),
        Index("ix_identity_value", "entity", "kind", "value"),
    )
    id: int | None = key_column()
    entity: str
    kind: str
    value: str
    record_id: int = ref_column(index=True)
    strong: bool = False


class Change(SQLModel, table=True):
    """One row per record version: {field: [old, new]}, and the values that lost."""

    __tablename__ = "change"
    __table_args__ = (UniqueConstraint("record_id", "version", name="uq_change_version"),)
    id: int | None = key_column()
    record_id: int = ref_column()
    version: int = 1
    at: datetime = time_column()
    who: str = ""
    why: str = ""
    run_id: int | None = ref_column(null=True)
    fields: dict[str, Any] = json_column(filled=True)
    lost: dict[str, Any] = json_column(filled=True)


class MergeLog(SQLModel, table=True):
    """Two records, or two external ids, that turned out to be one."""

    __tablename__ = "merge_log"
    id: int | None = key_column()
    at: datetime = time_column()
    entity: str
    survivor: int = ref_column()
    loser: int = ref_column()
    connection_id: int | None = ref_column(null=True)
    who: str = ""
    why: str = ""
    data: dict[str, Any] = json_column()
