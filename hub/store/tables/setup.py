"""What admins set up: connections, flows, mappings, settings; and the counters."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from hub.store.tables.columns import (
    flag_column,
    json_column,
    key_column,
    number_column,
    ref_column,
    text_column,
    time_column,
)


class Sequence(SQLModel, table=True):
    """Counters: `clock` numbers reads and writes of remote systems; `fence` numbers leases."""

    __tablename__ = "sequence"
    name: str = Field(primary_key=True)
    value: int = Field(sa_column=Column(BigInteger, nullable=False))


class Setting(SQLModel, table=True):
    """Product-wide settings that admins change at run time (calendar, retention, aging buckets)."""

    __tablename__ = "setting"
    name: str = Field(primary_key=True)
    value: Any = json_column()


class Connection(SQLModel, table=True):
    """One configured account at a system. state: active | paused. `config` is encrypted JSON; `options` is not secret.

    options: key_prefix, parallel, freshness_s, limits, master...; `resume_at` is set while an outage backs off; `events`: how the
    vendor's events arrive (hub.store.events; null = none are received).
    """

    __tablename__ = "connection"
    id: int | None = key_column()
    name: str = Field(unique=True)
    system: str
    config: str = text_column()
    options: dict[str, Any] = json_column()
    state: str = "active"
    reason: dict[str, Any] | None = json_column(null=True)
    failures: int = 0
    resume_at: datetime | None = time_column(null=True)
    events: dict[str, Any] | None = json_column(null=True)
    created_at: datetime = time_column()


class Flow(SQLModel, table=True):
    """What moves for one entity at one connection, which way, and how.

    filter: conditions on golden fields that say what is wanted here ([{"field","op","value"}]); authority: stage -> owner
    connection name ("hub" possible); delete_policy: ignore | unbind | disable; released_at: pushing is open since;
    reread_s: an open document is read again by its id within so many seconds (0 = never); needs_approval: an order that meets
    the conditions approval_when is created there only once an approval that names it was approved.
    """

    __tablename__ = "flow"
    __table_args__ = (UniqueConstraint("connection_id", "entity", name="uq_flow"),)
    id: int | None = key_column()
    connection_id: int = ref_column(index=True)
    entity: str
    pull: bool = True
    push: bool = False
    create: bool = True
    master: bool = False
    every_s: int = 60
    sweep_s: int = 86400
    reread_s: int = number_column()
    freshness_s: int = 30
    wanted_stage: str = ""
    delete_policy: str = "ignore"
    filter: list[Any] = json_column(list)
    authority: dict[str, Any] = json_column()
    needs_approval: bool = flag_column()
    approval_when: list[Any] | None = json_column(null=True)
    first_pull_at: datetime | None = time_column(null=True)
    released_at: datetime | None = time_column(null=True)
    next_pull_at: datetime | None = time_column(null=True)
    next_sweep_at: datetime | None = time_column(null=True)
    next_reread_at: datetime | None = time_column(null=True)
    pulled_at: datetime | None = time_column(null=True)
    lease_until: datetime | None = time_column(null=True)
    lease_owner: str = ""
    fence: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    hint_seq: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))


class Mapping(SQLModel, table=True):
    """One version of a mapping. connection_id null = the system's default; exactly one active row per (scope, entity)."""

    __tablename__ = "mapping"
    __table_args__ = (UniqueConstraint("system", "entity", "connection_id", "version", name="uq_mapping_version"),)
    id: int | None = key_column()
    system: str
    entity: str
    connection_id: int | None = ref_column(null=True)
    version: int = 1
    hash: str = ""
    spec: dict[str, Any] = json_column()
    active: bool = False
    created_at: datetime = time_column()
    created_by: str = ""
