"""From business events to alerts: each event is planned once, whoever it concerns gets one row, failures are rows too."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, update

from hub.alerts.facts import Subject, condition_facts, template_facts
from hub.alerts.hours import Calendar, load_calendar, next_allowed
from hub.alerts.kinds import is_notice
from hub.alerts.people import Directory, Recipient, chats_of
from hub.alerts.rule import Rule
from hub.alerts.rules import read_rules
from hub.alerts.templates import render
from hub.connector.contract import Connector
from hub.connector.discovery import connectors as installed
from hub.errors import HubError, Text
from hub.store.apply import upsert
from hub.store.core import alert, business_event
from hub.store.database import Database
from hub.store.lookup import chunks, records_by_id
from hub.sync.filters import matches

BATCH = 200
LONGEST_KEY = 300
MERGES_FOLLOWED = 3


@dataclass(frozen=True, slots=True)
class Office:
    """What is the same for every event: where links point, which zone hours are in, when people work."""

    zone: ZoneInfo
    public_url: str
    calendar: Calendar
    now: datetime


@dataclass(frozen=True, slots=True)
class Planned:
    """Rows of table alert, and event id -> state it ends in (planned, ignored)."""

    rows: list[dict[str, Any]]
    states: dict[int, str]


def plan(
    db: Database,
    now: datetime,
    *,
    connectors: Mapping[str, Connector] | None = None,
    zone: str = "Asia/Shanghai",
    public_url: str = "",
) -> int:
    """Turn new business events into alerts. Returns how many alerts were made, those that failed at once included.

    Each batch is one transaction: an event leaves the state `new` together with its alerts (I20). Equal dedupe keys are told once.
    """
    known = installed() if connectors is None else connectors
    made = 0
    while True:
        with db.read() as tx:
            events = tx.execute(
                select(business_event).where(business_event.c.state == "new").order_by(business_event.c.id).limit(BATCH)
            ).all()
            if not events:
                return made
            planned = _draft(tx, events, known, Office(ZoneInfo(zone), public_url, load_calendar(tx), now))
        with db.write(durable=False) as tx:
            made += _apply(tx, planned)
        if len(events) < BATCH:
            return made


def _apply(tx: Connection, planned: Planned) -> int:
    """Only events that nobody else planned meanwhile."""
    taken: set[int] = set()
    for state in ("planned", "ignored"):
        ids = [event for event, ends in planned.states.items() if ends == state]
        if not ids:
            continue
        statement = update(business_event).where(business_event.c.id.in_(ids), business_event.c.state == "new")
        taken |= set(tx.scalars(statement.values(state=state).returning(business_event.c.id)))
    made = 0
    for part in chunks(row for row in planned.rows if row["event_id"] in taken):
        statement = upsert(tx, alert).values(part).on_conflict_do_nothing(index_elements=["dedupe_key"])
        made += len(tx.execute(statement.returning(alert.c.id)).all())
    return made


def _draft(tx: Connection, events: Sequence[Any], connectors: Mapping[str, Connector], office: Office) -> Planned:
    rules = [rule for rule, _broken in read_rules(tx) if rule is not None and rule.enabled]
    subjects, people = _subjects(tx, events)
    directory = Directory(tx, chats_of(tx, connectors))
    directory.know(people)
    planned = Planned([], {})
    for event in events:
        subject = _of_the_hub(event) if is_notice(event.kind) else subjects.get(event.record_id)
        rows = [] if subject is None else list(_of_event(event, subject, rules, directory, office))
        planned.rows.extend(rows)
        planned.states[event.id] = "planned" if rows else "ignored"
    return planned


def _subjects(tx: Connection, events: Iterable[Any]) -> tuple[dict[int, Subject], list[Any]]:
    """Event record id -> subject, and everybody who owns any of it. Set-wise, however many events."""
    records = _survivors(tx, {event.record_id for event in events if not is_notice(event.kind)})
    customers = _survivors(tx, _refs(records.values(), "customer"))
    owners = _survivors(tx, _refs([*records.values(), *customers.values()], "owner"))
    subjects = {}
    for key, row in records.items():
        customer = row if row.entity == "customer" else customers.get(_ref(row, "customer"))
        customer_owner = owners.get(_ref(customer, "owner"))
        subjects[key] = Subject(row.entity, row, customer, owners.get(_ref(row, "owner")), customer_owner)
    return subjects, list(owners.values())


@dataclass(frozen=True, slots=True)
class _About:
    """Stands where a row of table record does, for an event about the hub itself."""

    entity: str
    data: Mapping[str, Any]
    title: str
    id: None = None
    number: str = ""


def _of_the_hub(event: Any) -> Subject:
    return Subject(event.entity, _About(event.entity, event.data, str(event.data.get("name") or "")))


def _survivors(tx: Connection, ids: Iterable[int | None]) -> dict[Any, Any]:
    """Rows by the id that was asked for; a merged record is its survivor."""
    found: dict[Any, Any] = dict(records_by_id(tx, [key for key in ids if key is not None]))
    for _ in range(MERGES_FOLLOWED):
        merged = {row.merged_into for row in found.values() if row.merged_into is not None}
        if not merged:
            break
        into = records_by_id(tx, merged)
        found = {key: into.get(row.merged_into, row) for key, row in found.items()}
    return found


def _refs(rows: Iterable[Any], field: str) -> set[int | None]:
    return {_ref(row, field) for row in rows} - {None}


def _ref(row: Any, field: str) -> int | None:
    """The record id in a reference field; None for one that is empty or still pending."""
    value = None if row is None else row.data.get(field)
    return value if isinstance(value, int) else None


def _of_event(
    event: Any, subject: Subject, rules: Sequence[Rule], directory: Directory, office: Office
) -> Iterator[dict[str, Any]]:
    for rule in rules:
        if rule.event == event.kind:
            try:
                yield from _of_rule(event, subject, rule, directory, office)
            except (HubError, ValueError, TypeError, ArithmeticError, LookupError) as error:
                yield _failed(event, rule, _reason(error), office)


def _of_rule(
    event: Any, subject: Subject, rule: Rule, directory: Directory, office: Office
) -> Iterator[dict[str, Any]]:
    if not _asks_for(rule, event) or not _holds(rule, event, subject):
        return
    facts = template_facts(event, subject, link=_link(office, subject), now=office.now)
    texts = {name: render(source, facts, field=name, zone=office.zone) for name, source in rule.sources().items()}
    for recipient in directory.recipients(rule, subject):
        yield _row(event, rule, recipient, texts, office)


def _asks_for(rule: Rule, event: Any) -> bool:
    if rule.timed:
        return bool(event.data.get("rule") == rule.name)
    return not rule.changed or not set(rule.changed).isdisjoint(event.data.get("fields", ()))


def _holds(rule: Rule, event: Any, subject: Subject) -> bool:
    return matches([condition.model_dump() for condition in rule.when], condition_facts(event, subject))


def _link(office: Office, subject: Subject) -> str:
    return (
        f"{office.public_url.rstrip('/')}/records/{subject.record.id}"
        if office.public_url and subject.record.id
        else ""
    )


def _row(event: Any, rule: Rule, recipient: Recipient, texts: Mapping[str, str], office: Office) -> dict[str, Any]:
    row = _blank(event, rule, f"{texts['dedupe'] or event.key}|{recipient.key}", office)
    row |= {
        "employee_id": recipient.employee_id,
        "connection_id": recipient.connection_id,
        "channel": recipient.channel,
        "recipient": recipient.member,
        "title": texts["template.title"],
        "body": texts["template.body"],
        "url": texts["template.url"],
    }
    if recipient.problem is not None:
        return {**row, "state": "refused", "receipt": {"reason": recipient.problem.as_json()}}
    due = next_allowed(
        office.now, office.zone, quiet=rule.quiet, working_days=rule.working_days, calendar=office.calendar
    )
    note = office.calendar.note(due.astimezone(office.zone).date()) if rule.working_days else None
    return {**row, "due_at": due, "receipt": {} if note is None else {"note": note.as_json()}}


def _failed(event: Any, rule: Rule, reason: Text, office: Office) -> dict[str, Any]:
    """A message that could not even be made: shown, never silent."""
    row = _blank(event, rule, f"{event.key}|failed", office)
    return {**row, "state": "refused", "title": rule.name, "receipt": {"reason": reason.as_json()}}


def _reason(error: Exception) -> Text:
    return error.text if isinstance(error, HubError) else Text(f"无法生成：{error}", f"cannot be made: {error}")


def _blank(event: Any, rule: Rule, key: str, office: Office) -> dict[str, Any]:
    return {
        "rule": rule.name,
        "event_id": event.id,
        "record_id": None if is_notice(event.kind) else event.record_id,
        "employee_id": None,
        "connection_id": None,
        "channel": "app",
        "recipient": "",
        "dedupe_key": _short(f"{rule.name}|{key}"),
        "title": "",
        "body": "",
        "url": "",
        "format": rule.channel.kind,
        "state": "due",
        "due_at": None,
        "attempts": 0,
        "created_at": office.now,
        "receipt": {},
    }


def _short(key: str) -> str:
    """Long keys keep their beginning for people and their whole in a hash."""
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key[: LONGEST_KEY - 70]}…{hashlib.sha256(key.encode()).hexdigest()}"
