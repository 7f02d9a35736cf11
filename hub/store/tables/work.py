"""Work under way and what came of it: intents, checkpoints, runs, attempts, the inbox, deliveries."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from hub.store.tables.columns import json_column, key_column, partial_index, ref_column, text_column, time_column


class Intent(SQLModel, table=True):
    """What a write is about to do, written before the call. state: open | unknown | done | failed."""

    __tablename__ = "intent"
    __table_args__ = (
        partial_index("uq_intent_open", "binding_id", where="state IN ('open', 'unknown')", unique=True),
        partial_index("ix_intent_open", "opened_at", where="state IN ('open', 'unknown')"),
    )
    id: int | None = key_column()
    binding_id: int = ref_column(index=True)
    operation: str
    key: str = ""
    target_stage: str = ""
    record_version: int = 0
    sent: dict[str, Any] = json_column()
    state: str = "open"
    opened_at: datetime = time_column()
    looks: int = 0
    look_at: datetime | None = time_column(null=True)
    fence: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    run_id: int | None = ref_column(null=True)


class Checkpoint(SQLModel, table=True):
    """How far a pull has come. kind: pull | deleted."""

    __tablename__ = "checkpoint"
    flow_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    kind: str = Field(primary_key=True)
    data: dict[str, Any] = json_column()
    updated_at: datetime = time_column()


class Run(SQLModel, table=True):
    """One pull or push with its counts. state: running | ok | failed | unbalanced."""

    __tablename__ = "run"
    id: int | None = key_column()
    connection_id: int = ref_column(index=True)
    entity: str
    kind: str
    state: str = "running"
    worker: str = ""
    trigger: str = "schedule"
    full: bool = False
    dry: bool = False
    started_at: datetime = time_column()
    ended_at: datetime | None = time_column(null=True)
    counts: dict[str, Any] = json_column()
    error: dict[str, Any] | None = json_column(null=True)


class Attempt(SQLModel, table=True):
    """One remote call; `binding_id` only where one record's try failed."""

    __tablename__ = "attempt"
    id: int | None = key_column()
    run_id: int | None = ref_column(null=True, index=True)
    connection_id: int = ref_column()
    binding_id: int | None = ref_column(null=True, index=True)
    operation: str
    started_at: datetime = time_column(index=True)
    ms: int = 0
    outcome: str = "ok"
    status: int = 0
    request_id: str = ""
    error: dict[str, Any] | None = json_column(null=True)


class InboxItem(SQLModel, table=True):
    """What waits for a person. state: open | resolved | closed. At most one open item per dedupe_key; `revision` counts refreshes.

    kind: conflict | rejected | invalid | possible_duplicate | collision | unknown_outcome | waiting_parent | total_differs |
    delete_conflict | gone | stage_conflict.
    """

    __tablename__ = "inbox_item"
    __table_args__ = (
        partial_index("uq_inbox_open", "dedupe_key", where="state = 'open'", unique=True),
        Index("ix_inbox_state", "state", "opened_at"),
        Index("ix_inbox_record", "record_id"),
    )
    id: int | None = key_column()
    kind: str
    entity: str
    record_id: int | None = ref_column(null=True)
    binding_id: int | None = ref_column(null=True, index=True)
    connection_id: int | None = ref_column(null=True)
    field: str = ""
    dedupe_key: str = ""
    state: str = "open"
    opened_at: datetime = time_column()
    refreshed_at: datetime = time_column()
    revision: int = 1
    count: int = 1
    zh: str = text_column()
    en: str = text_column()
    data: dict[str, Any] = json_column()
    resolution: dict[str, Any] | None = json_column(null=True)
    resolved_by: str = ""
    resolved_at: datetime | None = time_column(null=True)


class InboundEvent(SQLModel, table=True):
    """A verified webhook delivery, kept before it is answered. state: new | done."""

    __tablename__ = "inbound_event"
    __table_args__ = (
        UniqueConstraint("connection_id", "key", name="uq_inbound"),
        partial_index("ix_inbound_new", "id", where="state = 'new'"),
    )
    id: int | None = key_column()
    connection_id: int = ref_column()
    key: str
    received_at: datetime = time_column()
    hints: list[Any] = json_column(list)
    state: str = "new"
