"""Is there anything to do? Index reads only: asked after every run and every second."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from hub.store.types import to_micros

_PENDING = text(
    "SELECT EXISTS (SELECT 1 FROM inbound_event WHERE state = 'new'),"
    " EXISTS (SELECT 1 FROM business_event WHERE state = 'new'),"
    " EXISTS (SELECT 1 FROM alert WHERE due_at IS NOT NULL AND due_at <= :now"
    " AND (lease_until IS NULL OR lease_until <= :now))"
    " OR EXISTS (SELECT 1 FROM alert_answer WHERE due_at IS NOT NULL AND due_at <= :now)"
)

_LATER = text("SELECT EXISTS (SELECT 1 FROM flow WHERE id = :flow_id AND next_pull_at > :now)")


@dataclass(frozen=True, slots=True)
class Pending:
    """inbound: webhook deliveries not looked at; events: business events without a plan; alerts: messages due, or buttons pressed."""

    inbound: bool
    events: bool
    alerts: bool


def pending(connection: Connection, now: datetime) -> Pending:
    row = connection.execute(_PENDING, {"now": to_micros(now)}).one()
    return Pending(*map(bool, row))


def pulls_later(connection: Connection, flow_id: int, now: datetime) -> bool:
    """Whether the flow's next scheduled pull is still to come."""
    return bool(connection.execute(_LATER, {"flow_id": flow_id, "now": to_micros(now)}).scalar())
