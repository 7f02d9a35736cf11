"""Business events, the rules about them and the messages they became."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from hub.store.tables.columns import json_column, key_column, partial_index, ref_column, text_column, time_column


class BusinessEvent(SQLModel, table=True):
    """Something alerts may care about, written with the change that caused it. kind such as order.created, receivable.overdue.

    `record_id`: of `entity`; of events about the hub itself a connection's id, or 0."""

    __tablename__ = "business_event"
    __table_args__ = (
        UniqueConstraint("key", name="uq_business_event"),
        partial_index("ix_business_event_new", "id", where="state = 'new'"),
        partial_index("ix_business_event_connection", "record_id", where="entity = 'connection'"),
    )
    id: int | None = key_column()
    key: str
    kind: str
    entity: str
    record_id: int = ref_column()
    at: datetime = time_column()
    data: dict[str, Any] = json_column()
    state: str = "new"


class AlertRule(SQLModel, table=True):
    """Who gets told what, when. `spec` is hub.alerts.rules.Rule as JSON."""

    __tablename__ = "alert_rule"
    id: int | None = key_column()
    name: str = Field(unique=True)
    enabled: bool = True
    spec: dict[str, Any] = json_column()
    updated_at: datetime = time_column()


class Alert(SQLModel, table=True):
    """One message to one person. state: due | sending | delivered | refused | unknown."""

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("dedupe_key", name="uq_alert"),
        partial_index("ix_alert_due", "due_at", where="due_at IS NOT NULL"),
    )
    id: int | None = key_column()
    rule: str
    event_id: int | None = ref_column(null=True, index=True)
    record_id: int | None = ref_column(null=True, index=True)
    employee_id: int | None = ref_column(null=True)
    connection_id: int | None = ref_column(null=True)
    channel: str = "app"
    recipient: str = ""
    dedupe_key: str
    title: str = text_column()
    body: str = text_column()
    url: str = ""
    format: str = "text"
    state: str = "due"
    due_at: datetime | None = time_column(null=True)
    lease_until: datetime | None = time_column(null=True)
    attempts: int = 0
    created_at: datetime = time_column()
    sent_at: datetime | None = time_column(null=True)
    receipt: dict[str, Any] = json_column()
    acknowledged_at: datetime | None = time_column(null=True)
    acknowledged_by: str = ""


class AlertAnswer(SQLModel, table=True):
    """A button that somebody pressed on a message, kept before the webhook is answered. `due_at`: when to look at it (again); `handle`
    is what the vendor needs to change the card once. state: new | done | ignored, with its `reason`."""

    __tablename__ = "alert_answer"
    __table_args__ = (
        UniqueConstraint("connection_id", "key", name="uq_alert_answer"),
        partial_index("ix_alert_answer_due", "due_at", where="due_at IS NOT NULL"),
    )
    id: int | None = key_column()
    connection_id: int = ref_column()
    key: str
    message: str
    member: str
    button: str = ""
    handle: str = text_column()
    at: datetime = time_column()
    due_at: datetime | None = time_column(null=True)
    state: str = "new"
    reason: dict[str, Any] | None = json_column(null=True)
