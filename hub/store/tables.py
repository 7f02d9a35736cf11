"""The tables (ENGINE section 2). Classes are for the edges; bulk paths use `<Class>.__table__` with SQLAlchemy Core."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from hub.store.types import Json, Key, UtcTime


def _key() -> Any:
    return Field(default=None, sa_column=Column(Key, primary_key=True))


def _ref(*, index: bool = False, null: bool = False) -> Any:
    return Field(default=None, sa_column=Column(BigInteger, nullable=null, index=index))


def _time(*, null: bool = False, index: bool = False) -> Any:
    return Field(default=None, sa_column=Column(UtcTime, nullable=null, index=index))


def _json(default: Any = dict, *, null: bool = False) -> Any:
    return Field(default_factory=default if not null else lambda: None, sa_column=Column(Json, nullable=null))


def _text(default: str = "") -> Any:
    return Field(default=default, sa_column=Column(Text, nullable=False))


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


class Sequence(SQLModel, table=True):
    """Counters: `clock` numbers reads and writes of remote systems; `fence` numbers leases."""

    __tablename__ = "sequence"
    name: str = Field(primary_key=True)
    value: int = Field(sa_column=Column(BigInteger, nullable=False))


class Setting(SQLModel, table=True):
    """Product-wide settings that admins change at run time (calendar, retention, aging buckets)."""

    __tablename__ = "setting"
    name: str = Field(primary_key=True)
    value: Any = _json()


class Connection(SQLModel, table=True):
    """One configured account at a system. state: active | paused. `config` is encrypted JSON; `options` is not secret.

    options: key_prefix, parallel, freshness_s, limits, master...; `resume_at` is set while an outage backs off.
    """

    __tablename__ = "connection"
    id: int | None = _key()
    name: str = Field(unique=True)
    system: str
    config: str = _text()
    options: dict[str, Any] = _json()
    state: str = "active"
    reason: dict[str, Any] | None = _json(null=True)
    failures: int = 0
    resume_at: datetime | None = _time(null=True)
    created_at: datetime = _time()


class Flow(SQLModel, table=True):
    """What moves for one entity at one connection, which way, and how.

    filter: conditions on golden fields that say what is wanted here ([{"field","op","value"}]); authority: stage -> owner
    connection name ("hub" possible); delete_policy: ignore | unbind | disable; released_at: pushing is open since.
    """

    __tablename__ = "flow"
    __table_args__ = (UniqueConstraint("connection_id", "entity", name="uq_flow"),)
    id: int | None = _key()
    connection_id: int = _ref(index=True)
    entity: str
    pull: bool = True
    push: bool = False
    create: bool = True
    master: bool = False
    every_s: int = 60
    sweep_s: int = 86400
    freshness_s: int = 30
    wanted_stage: str = ""
    delete_policy: str = "ignore"
    filter: list[Any] = _json(list)
    authority: dict[str, Any] = _json()
    first_pull_at: datetime | None = _time(null=True)
    released_at: datetime | None = _time(null=True)
    next_pull_at: datetime | None = _time(null=True)
    next_sweep_at: datetime | None = _time(null=True)
    pulled_at: datetime | None = _time(null=True)
    lease_until: datetime | None = _time(null=True)
    lease_owner: str = ""
    fence: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    hint_seq: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))


class Mapping(SQLModel, table=True):
    """One version of a mapping. connection_id null = the system's default; exactly one active row per (scope, entity)."""

    __tablename__ = "mapping"
    __table_args__ = (UniqueConstraint("system", "entity", "connection_id", "version", name="uq_mapping_version"),)
    id: int | None = _key()
    system: str
    entity: str
    connection_id: int | None = _ref(null=True)
    version: int = 1
    hash: str = ""
    spec: dict[str, Any] = _json()
    active: bool = False
    created_at: datetime = _time()
    created_by: str = ""


class Record(SQLModel, table=True):
    """A golden record. state: live | doubtful (a possible duplicate: created nowhere) | merged | disabled.

    `origin` names per field who gave the value (connection id, 0 = a person)."""

    __tablename__ = "record"
    __table_args__ = (
        Index("ix_record_entity", "entity", "id"),
        Index("ix_record_customer", "customer_id", "entity"),
        Index("ix_record_owner", "owner_id", "entity"),
    )
    id: int | None = _key()
    entity: str
    data: dict[str, Any] = _json()
    origin: dict[str, Any] = _json()
    version: int = 1
    state: str = "live"
    title: str = _text()
    number: str = ""
    owner_id: int | None = _ref(null=True)
    customer_id: int | None = _ref(null=True)
    merged_into: int | None = _ref(null=True)
    created_at: datetime = _time()
    updated_at: datetime = _time()


class Binding(SQLModel, table=True):
    """Record x connection. state: wanted | linked | gone | unlinked | merged. role: primary | alias.

    base: {"fields": {field: [golden, native]}, "rows": {golden line id: {"native_id": .., "fields": {field: [golden, native]}}}}.
    held: fields that an open conflict holds here. key: the hub's key, stamped at the vendor, the same on every try.
    """

    __tablename__ = "binding"
    __table_args__ = (
        _partial(
            "uq_binding_external", "connection_id", "entity", "external_id", where="external_id <> ''", unique=True
        ),
        _partial("uq_binding_primary", "record_id", "connection_id", where="role = 'primary'", unique=True),
        _partial("ix_binding_due", "connection_id", "entity", "lane", "due_at", where="due_at IS NOT NULL"),
        _partial("ix_binding_waiting", "waiting_for", where="waiting_for IS NOT NULL"),
        _partial("ix_binding_number", "connection_id", "entity", "number", where="number <> ''"),
        _partial("ix_binding_key", "connection_id", "entity", "key", where="external_id = '' AND key <> ''"),
        _partial("ix_binding_reread", "connection_id", "entity", where="reread"),
        _partial("ix_binding_lease", "lease_owner", where="lease_owner <> ''"),
        Index("ix_binding_record", "record_id"),
    )
    id: int | None = _key()
    record_id: int = _ref()
    connection_id: int = _ref()
    entity: str
    external_id: str = ""
    number: str = ""
    key: str = ""
    role: str = "primary"
    state: str = "linked"
    base: dict[str, Any] = _json()
    native_hash: str = ""
    vendor_version: str = ""
    read_seq: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    write_seq: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    read_at: datetime | None = _time(null=True)
    stage_wanted: str = ""
    stage_seen: str = ""
    version: int = 1
    pushed_version: int = 0
    reread: bool = False
    missing: int = 0
    held: list[Any] = _json(list)
    due_at: datetime | None = _time(null=True)
    lane: int = 2
    attempts: int = 0
    lease_until: datetime | None = _time(null=True)
    lease_owner: str = ""
    fence: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    waiting_for: int | None = _ref(null=True)
    updated_at: datetime = _time()


class PendingRef(SQLModel, table=True):
    """A reference in a golden record whose parent is not known yet: resolved when a binding with that id or number appears."""

    __tablename__ = "pending_ref"
    __table_args__ = (Index("ix_pending_ref", "connection_id", "entity", "value"),)
    id: int | None = _key()
    connection_id: int = _ref()
    entity: str
    by: str
    value: str
    record_id: int = _ref(index=True)
    field: str


class IdentityKey(SQLModel, table=True):
    """What a record can be recognised by. Strong keys are unique among live records."""

    __tablename__ = "identity_key"
    __table_args__ = (
        _partial("uq_identity_strong", "entity", "kind", "value", where="strong", unique=True),
        Index("ix_identity_value", "entity", "kind", "value"),
    )
    id: int | None = _key()
    entity: str
    kind: str
    value: str
    record_id: int = _ref(index=True)
    strong: bool = False


class Intent(SQLModel, table=True):
    """What a write is about to do, written before the call. state: open | unknown | done | failed."""

    __tablename__ = "intent"
    __table_args__ = (
        _partial("uq_intent_open", "binding_id", where="state IN ('open', 'unknown')", unique=True),
        _partial("ix_intent_open", "opened_at", where="state IN ('open', 'unknown')"),
    )
    id: int | None = _key()
    binding_id: int = _ref(index=True)
    operation: str
    key: str = ""
    target_stage: str = ""
    record_version: int = 0
    sent: dict[str, Any] = _json()
    state: str = "open"
    opened_at: datetime = _time()
    looks: int = 0
    look_at: datetime | None = _time(null=True)
    fence: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    run_id: int | None = _ref(null=True)


class Checkpoint(SQLModel, table=True):
    """How far a pull has come. kind: pull | deleted."""

    __tablename__ = "checkpoint"
    flow_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    kind: str = Field(primary_key=True)
    data: dict[str, Any] = _json()
    updated_at: datetime = _time()


class Run(SQLModel, table=True):
    """One pull or push with its counts. state: running | ok | failed | unbalanced."""

    __tablename__ = "run"
    id: int | None = _key()
    connection_id: int = _ref(index=True)
    entity: str
    kind: str
    state: str = "running"
    worker: str = ""
    trigger: str = "schedule"
    full: bool = False
    dry: bool = False
    started_at: datetime = _time()
    ended_at: datetime | None = _time(null=True)
    counts: dict[str, Any] = _json()
    error: dict[str, Any] | None = _json(null=True)


class Attempt(SQLModel, table=True):
    """One remote call; `binding_id` only where one record's try failed."""

    __tablename__ = "attempt"
    id: int | None = _key()
    run_id: int | None = _ref(null=True, index=True)
    connection_id: int = _ref()
    binding_id: int | None = _ref(null=True, index=True)
    operation: str
    started_at: datetime = _time(index=True)
    ms: int = 0
    outcome: str = "ok"
    status: int = 0
    request_id: str = ""
    error: dict[str, Any] | None = _json(null=True)


class Change(SQLModel, table=True):
    """One row per record version: {field: [old, new]}, and the values that lost."""

    __tablename__ = "change"
    __table_args__ = (UniqueConstraint("record_id", "version", name="uq_change_version"),)
    id: int | None = _key()
    record_id: int = _ref()
    version: int = 1
    at: datetime = _time()
    who: str = ""
    why: str = ""
    run_id: int | None = _ref(null=True)
    fields: dict[str, Any] = _json()
    lost: dict[str, Any] = _json()


class MergeLog(SQLModel, table=True):
    """Two records, or two external ids, that turned out to be one."""

    __tablename__ = "merge_log"
    id: int | None = _key()
    at: datetime = _time()
    entity: str
    survivor: int = _ref()
    loser: int = _ref()
    connection_id: int | None = _ref(null=True)
    who: str = ""
    why: str = ""
    data: dict[str, Any] = _json()


class InboxItem(SQLModel, table=True):
    """What waits for a person. state: open | resolved | closed. At most one open item per dedupe_key; `revision` counts refreshes.

    kind: conflict | rejected | invalid | possible_duplicate | collision | unknown_outcome | waiting_parent | total_differs |
    delete_conflict | gone | stage_conflict.
    """

    __tablename__ = "inbox_item"
    __table_args__ = (
        _partial("uq_inbox_open", "dedupe_key", where="state = 'open'", unique=True),
        Index("ix_inbox_state", "state", "opened_at"),
        Index("ix_inbox_record", "record_id"),
    )
    id: int | None = _key()
    kind: str
    entity: str
    record_id: int | None = _ref(null=True)
    binding_id: int | None = _ref(null=True, index=True)
    connection_id: int | None = _ref(null=True)
    field: str = ""
    dedupe_key: str = ""
    state: str = "open"
    opened_at: datetime = _time()
    refreshed_at: datetime = _time()
    revision: int = 1
    count: int = 1
    zh: str = _text()
    en: str = _text()
    data: dict[str, Any] = _json()
    resolution: dict[str, Any] | None = _json(null=True)
    resolved_by: str = ""
    resolved_at: datetime | None = _time(null=True)


class InboundEvent(SQLModel, table=True):
    """A verified webhook delivery, kept before it is answered. state: new | done."""

    __tablename__ = "inbound_event"
    __table_args__ = (
        UniqueConstraint("connection_id", "key", name="uq_inbound"),
        _partial("ix_inbound_new", "id", where="state = 'new'"),
    )
    id: int | None = _key()
    connection_id: int = _ref()
    key: str
    received_at: datetime = _time()
    hints: list[Any] = _json(list)
    state: str = "new"


class BusinessEvent(SQLModel, table=True):
    """Something alerts may care about, written with the change that caused it. kind such as order.created, receivable.overdue."""

    __tablename__ = "business_event"
    __table_args__ = (
        UniqueConstraint("key", name="uq_business_event"),
        _partial("ix_business_event_new", "id", where="state = 'new'"),
    )
    id: int | None = _key()
    key: str
    kind: str
    entity: str
    record_id: int = _ref()
    at: datetime = _time()
    data: dict[str, Any] = _json()
    state: str = "new"


class AlertRule(SQLModel, table=True):
    """Who gets told what, when. `spec` is hub.alerts.rules.Rule as JSON."""

    __tablename__ = "alert_rule"
    id: int | None = _key()
    name: str = Field(unique=True)
    enabled: bool = True
    spec: dict[str, Any] = _json()
    updated_at: datetime = _time()


class Alert(SQLModel, table=True):
    """One message to one person. state: due | sending | delivered | refused | unknown."""

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("dedupe_key", name="uq_alert"),
        _partial("ix_alert_due", "due_at", where="due_at IS NOT NULL"),
    )
    id: int | None = _key()
    rule: str
    event_id: int | None = _ref(null=True, index=True)
    record_id: int | None = _ref(null=True, index=True)
    employee_id: int | None = _ref(null=True)
    connection_id: int | None = _ref(null=True)
    channel: str = "app"
    recipient: str = ""
    dedupe_key: str
    title: str = _text()
    body: str = _text()
    url: str = ""
    format: str = "text"
    state: str = "due"
    due_at: datetime | None = _time(null=True)
    lease_until: datetime | None = _time(null=True)
    attempts: int = 0
    created_at: datetime = _time()
    sent_at: datetime | None = _time(null=True)
    receipt: dict[str, Any] = _json()


class User(SQLModel, table=True):
    """A person who uses the hub. role: admin | sales | finance. `employee_id` ties a salesperson to their own customers."""

    __tablename__ = "user"
    id: int | None = _key()
    name: str = Field(unique=True)
    role: str
    password_hash: str = _text()
    employee_id: int | None = _ref(null=True)
    language: str = "zh"
    active: bool = True
    created_at: datetime = _time()


class ApiToken(SQLModel, table=True):
    """A bearer token; only its SHA-256 is kept."""

    __tablename__ = "api_token"
    id: int | None = _key()
    user_id: int = _ref(index=True)
    name: str
    hash: str = Field(unique=True)
    created_at: datetime = _time()
    expires_at: datetime | None = _time(null=True)
    used_at: datetime | None = _time(null=True)
    revoked: bool = False


class Audit(SQLModel, table=True):
    """What people did with the hub itself."""

    __tablename__ = "audit"
    id: int | None = _key()
    at: datetime = _time(index=True)
    who: str
    action: str
    target: str = ""
    data: dict[str, Any] = _json()
