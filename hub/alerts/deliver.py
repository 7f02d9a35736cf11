"""Delivery: due alerts go out through their connection, one call each, and what the vendor said is kept (I20)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import select

from hub.alerts.answers import message_key
from hub.alerts.hours import Calendar, load_calendar, next_allowed
from hub.alerts.outbox import Outbox
from hub.alerts.people import members_of, unreachable
from hub.alerts.rule import Rule
from hub.alerts.rules import read_rules
from hub.connector.contract import Client, Connector, Delivery, Message, Receipting
from hub.errors import HubError, OutcomeUnknown, SetupError, Text, TryLater, Unreachable
from hub.store.core import connection, record
from hub.store.database import Database
from hub.store.events import pause_broken

AGAIN_S = (60.0, 300.0, 900.0)
"""When a message with a lost reply is sent again, where the vendor drops the repeat of one that did arrive; and when a client that
can tell later is asked what became of a message (contract.Receipting)."""
OUTAGE_FIRST_S, OUTAGE_MOST_S = 30.0, 900.0
GIVE_UP = timedelta(days=3)
"""A message that could not go out for so long is refused and shown: old news helps nobody."""
LOST = Text(
    "没有收到答复，对方可能已经收到：请核实后再决定是否重发",
    "no reply came, so the message may have arrived: ask before you send it again",
)


class Opener(Protocol):
    """hub.sync.clients.Clients fits."""

    def get(self, connection_id: int) -> Client: ...

    def connector(self, connection_id: int) -> Connector: ...


@dataclass(frozen=True, slots=True)
class _Sent:
    """What became of one row."""

    state: str
    receipt: dict[str, Any]
    due_at: datetime | None = None


@dataclass
class _Hours:
    """Quiet hours hold for a message that was held up, too."""

    rules: Mapping[str, Rule]
    calendar: Calendar
    zone: ZoneInfo

    def allowed(self, name: str, now: datetime) -> datetime:
        rule = self.rules.get(name)
        if rule is None:
            return now
        return next_allowed(now, self.zone, quiet=rule.quiet, working_days=rule.working_days, calendar=self.calendar)


@dataclass
class _Round:
    """One call of `deliver`. `down` holds connections that failed as a whole: their other messages wait."""

    db: Database
    clients: Opener
    start: datetime
    hours: _Hours
    began: float = field(default_factory=time.monotonic)
    down: dict[int, float] = field(default_factory=dict)
    open: dict[int, Client] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.db)

    def now(self) -> datetime:
        return self.start + timedelta(seconds=time.monotonic() - self.began)

    def recover(self) -> None:
        for row in self.outbox.abandoned(self.start):
            ended = self._lost(row, row.sent_at, LOST)
            self.outbox.end(row, ended.state, receipt=ended.receipt, due_at=ended.due_at)

    def send(self, row: Any) -> None:
        allowed = self.hours.allowed(row.rule, self.start)
        if allowed > self.start:
            self._put(row, _Sent("due", row.receipt, allowed))
        elif row.connection_id in self.down:
            self._put(row, _Sent("due", row.receipt, self.now() + timedelta(seconds=self.down[row.connection_id])))
        elif self._too_late(row):
            self._put(row, _Sent("unknown", row.receipt))
        else:
            self._try(row)

    def _try(self, row: Any) -> None:
        try:
            client = self.open.get(row.connection_id) or self.clients.get(row.connection_id)
            self.open[row.connection_id] = client  # changed settings count from the next round
            member = self._member(row, client)
        except HubError as error:
            self._put(row, self._failed(row, error))
            return
        if not member and row.channel != "robot":
            self._put(row, self._nobody(row))
        elif self.outbox.begin(row, self.now(), recipient=member):
            self._put(row, self._call(row, client, member))

    def _call(self, row: Any, client: Client, member: str) -> _Sent:
        sent_at, earlier = self.now(), str(row.receipt.get("unconfirmed") or "")
        message = _message(row, member, self._kind(row))
        try:
            later = client if earlier and isinstance(client, Receipting) else None
            delivery = later.receipt(message, earlier) if later else client.send(message)
        except OutcomeUnknown as error:
            return self._lost(row, sent_at, error.text, vendor=error.vendor.as_json())
        except HubError as error:
            return self._failed(row, error)
        asked = int(row.receipt.get("asked", 0))
        if member in delivery.uncertain and isinstance(client, Receipting) and asked < len(AGAIN_S):
            receipt = {**row.receipt, "unconfirmed": delivery.id, "asked": asked + 1}
            return _Sent("due", receipt, self.now() + timedelta(seconds=AGAIN_S[asked]))
        doubts = delivery.refused or delivery.uncertain
        return _receipt(delivery, member, self._name(row) if doubts else "")

    def _kind(self, row: Any) -> str:
        """Where nobody can press a button, a card says the same."""
        if row.format != "confirm":
            return str(row.format)
        confirms = self.clients.connector(row.connection_id).manifest.confirms
        return "confirm" if row.channel in confirms else "card"

    def _member(self, row: Any, client: Client) -> str:
        """As planned, or by the employee's binding, or by asking the vendor for the mobile or email."""
        if row.recipient or row.channel == "robot":
            return str(row.recipient)
        with self.db.read() as tx:
            bound = members_of(tx, [row.employee_id], [row.connection_id])
            employee = tx.execute(select(record.c.data).where(record.c.id == row.employee_id)).scalar() or {}
        if bound:
            return next(iter(bound.values()))
        self.outbox.flush()  # asking may take long
        for kind in self.clients.connector(row.connection_id).manifest.member_lookup:
            value = str(employee.get(kind) or "")
            found = client.lookup_member(kind, _as_asked(kind, value)) if value else ""
            if found:
                return found
        return ""

    def _nobody(self, row: Any) -> _Sent:
        with self.db.read() as tx:
            title = tx.execute(select(record.c.title).where(record.c.id == row.employee_id)).scalar() or ""
        return _refused(unreachable(title, self._name(row)))

    def _failed(self, row: Any, error: HubError) -> _Sent:
        """The call did not happen, or the vendor refused it."""
        if isinstance(error, TryLater):
            return self._later(row, error)
        if isinstance(error, SetupError) and row.channel != "robot":
            self._pause(row.connection_id, error)
            self.down[row.connection_id] = OUTAGE_MOST_S
            return _Sent("due", row.receipt, self.now() + timedelta(seconds=OUTAGE_MOST_S))
        return _refused_for(error)

    def _later(self, row: Any, error: TryLater) -> _Sent:
        if self.now() - row.created_at > GIVE_UP:
            return _refused_for(error)
        wait = error.after
        if isinstance(error, Unreachable):
            wait = min(OUTAGE_MOST_S, max(wait, OUTAGE_FIRST_S * 2 ** min(row.attempts - 1, 6)))
            self.down[row.connection_id] = wait
        receipt = {**row.receipt, "waiting": error.text.as_json()}
        return _Sent("due", receipt, self.now() + timedelta(seconds=wait))

    def _lost(self, row: Any, sent_at: datetime, why: Text, *, vendor: Mapping[str, str] | None = None) -> _Sent:
        """Sent, but no trustworthy reply. Repeated only where, and while, the vendor itself drops the repeat."""
        since = str(row.receipt.get("lost_since") or sent_at.isoformat())
        tries = int(row.receipt.get("lost_tries", 0))
        receipt = {**row.receipt, "lost_since": since, "lost_tries": tries + 1, "reason": why.as_json()}
        receipt |= {"vendor": dict(vendor)} if vendor else {}
        if tries < len(AGAIN_S):
            due = self.now() + timedelta(seconds=AGAIN_S[tries])
            if due < self._repeatable_until(row, since):
                return _Sent("due", receipt, due)
        return _Sent("unknown", {**receipt, "reason": LOST.as_json()})

    def _too_late(self, row: Any) -> bool:
        """A repeat that was held up until the vendor would no longer recognise it. Asking is never too late: it sends nothing."""
        since = row.receipt.get("lost_since") if not row.receipt.get("unconfirmed") else None
        return bool(since) and self.now() >= self._repeatable_until(row, str(since))

    def _repeatable_until(self, row: Any, since: str) -> datetime:
        first = datetime.fromisoformat(since)
        try:
            return self.clients.connector(row.connection_id).manifest.repeat_until(row.channel, first)
        except HubError:  # the connector was removed: nothing is known about its vendor
            return first

    def _pause(self, connection_id: int, error: SetupError) -> None:
        with self.db.write() as tx:
            pause_broken(tx, connection_id, error, self.now())

    def _name(self, row: Any) -> str:
        with self.db.read() as tx:
            return str(tx.execute(select(connection.c.name).where(connection.c.id == row.connection_id)).scalar() or "")

    def _put(self, row: Any, ended: _Sent) -> None:
        if ended.state == "refused" and row.receipt.get("lost_since"):  # the repeat was; the first may have arrived
            ended = _Sent("unknown", {**row.receipt, **ended.receipt})
        self.outbox.end(row, ended.state, receipt=ended.receipt, due_at=ended.due_at)


def deliver(db: Database, clients: Opener, now: datetime, limit: int, *, zone: str = "Asia/Shanghai") -> int:
    """Send up to `limit` alerts that are due. Returns how many were taken in hand.

    A row is marked `sending` before its call. delivered and refused come from the vendor; `unknown` = it may have arrived (the
    reply was lost, or the sender died before it could write the receipt): shown, and repeated only by a person, except where the
    manifest says until when the vendor drops the repeat (Manifest.repeat_until).
    """
    with db.read() as tx:
        rules = {rule.name: rule for rule, _broken in read_rules(tx) if rule is not None}
        hours = _Hours(rules, load_calendar(tx), ZoneInfo(zone))
    going = _Round(db, clients, now, hours)
    try:
        going.recover()
        rows = going.outbox.lease(now, limit)
        for row in rows:
            going.send(row)
    finally:
        going.outbox.flush()
    return len(rows)


def _message(row: Any, member: str, kind: str) -> Message:
    """The same row gives the same message, to the byte: the vendor knows a repeat by that."""
    return Message(
        to=(member,) if member else (),
        body=row.body,
        kind=kind,
        title=row.title,
        url=row.url,
        channel=row.channel,
        key=message_key(row),
    )


def _receipt(delivery: Delivery, member: str, at: str) -> _Sent:
    receipt: dict[str, Any] = {"id": delivery.id}
    if member in delivery.refused:
        word = delivery.refused[member]
        return _refused(
            Text(f"{at} 拒绝发给 {member}：{word}", f"{at} refused {member}: {word}"), id=delivery.id, refused=word
        )
    if member in delivery.uncertain:
        over = Text(
            f"{at} 没有确认 {member} 已收到，可能已丢弃（例如超过条数上限）",
            f"{at} did not confirm that {member} got it and may have dropped it (over a limit, for example)",
        )
        return _Sent("unknown", {**receipt, "reason": over.as_json()})
    return _Sent("delivered", receipt)


def _refused(why: Text, **more: Any) -> _Sent:
    return _Sent("refused", {**more, "reason": why.as_json()})


def _refused_for(error: HubError) -> _Sent:
    """With whose job it is and what they press (hub.errors.advised reads it), and with the vendor's words as evidence."""
    vendor = error.vendor.as_json()
    remedy = {"remedy": error.remedy.as_json()} if error.remedy else {}
    reason = {**error.text.as_json(), **remedy}
    return _Sent("refused", {"error": type(error).__name__, **({"vendor": vendor} if vendor else {}), "reason": reason})


def _as_asked(kind: str, value: str) -> str:
    """A Chinese mobile as its vendor writes it: without the country code."""
    return value.removeprefix("+86") if kind == "mobile" else value
