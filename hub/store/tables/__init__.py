"""The tables (ENGINE section 2). Classes are for the edges; bulk paths use hub.store.core with SQLAlchemy Core."""

from hub.store.tables.alerts import Alert, AlertAnswer, AlertRule, BusinessEvent
from hub.store.tables.people import ApiToken, Audit, User
from hub.store.tables.records import Binding, Change, IdentityKey, MergeLog, PendingRef, ReadMark, Record
from hub.store.tables.setup import Connection, Flow, Mapping, Sequence, Setting
from hub.store.tables.work import Attempt, Checkpoint, InboundEvent, InboxItem, Intent, Run

__all__ = [
    "Alert",
    "AlertAnswer",
    "AlertRule",
    "ApiToken",
    "Attempt",
    "Audit",
    "Binding",
    "BusinessEvent",
    "Change",
    "Checkpoint",
    "Connection",
    "Flow",
    "IdentityKey",
    "InboundEvent",
    "InboxItem",
    "Intent",
    "Mapping",
    "MergeLog",
    "PendingRef",
    "ReadMark",
    "Record",
    "Run",
    "Sequence",
    "Setting",
    "User",
]
