"""What every sandbox shares: clock, records, journal, faults, control interface and server."""

from sandbox.core.clock import SandboxClock
from sandbox.core.faults import Facts, Fault, Faults, facts_of
from sandbox.core.journal import Journal
from sandbox.core.records import Change, ControlError, ObjectKind, RecordStore, Tombstone
from sandbox.core.system import PushReply, Sandbox

__all__ = [
    "Change",
    "ControlError",
    "Facts",
    "Fault",
    "Faults",
    "Journal",
    "ObjectKind",
    "PushReply",
    "RecordStore",
    "Sandbox",
    "SandboxClock",
    "Tombstone",
    "facts_of",
]
