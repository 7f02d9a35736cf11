"""Business events that the calendar makes: instalments that are overdue or fall due soon, once per rule and step."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from hub.alerts.rule import OVERDUE, Rule, step_reached
from hub.alerts.rules import read_rules
from hub.finance.books import read_books
from hub.finance.open_items import OpenItem, open_items
from hub.model.money import decimal_text
from hub.store.apply import upsert
from hub.store.core import business_event
from hub.store.database import Database
from hub.store.lookup import chunks

CATCH_UP = 30
"""Days after which a step that nobody was told of is passed over (an outage, or a debt that came to the hub late)."""
FRESH = 1
"""A step reached today or yesterday is always told."""
FEW = 10
"""Older steps are told when there are at most so many for one person and rule: the debts of years that a hub finds when it goes
live must not bury its people in messages."""


def overdue_events(db: Database, as_of: date, now: datetime) -> int:
    """One event per open instalment, rule and step reached on `as_of`; each key is made once, however often this runs.

    A rule's step is the highest of its `days` reached, so that a hub which slept for a week tells people once, not six times.
    The key holds the due date: an instalment that was postponed may become overdue anew. Returns how many events are to be told;
    those of many old debts at once are kept in state `ignored`, so that they are not told later either.
    """
    with db.read() as tx:
        rules = [rule for rule, _broken in read_rules(tx) if rule is not None and rule.enabled and rule.timed]
        items = list(open_items(read_books(tx), as_of)) if rules else []
        rows = {row["key"]: row for row in _events(rules, items)}
        known = _known(tx, rows)
    new = list(_with_states([row for key, row in rows.items() if key not in known]))
    with db.write() as tx:
        for part in chunks({**row, "at": now} for row in new):
            tx.execute(upsert(tx, business_event).on_conflict_do_nothing(index_elements=["key"]), part)
    return sum(row["state"] == "new" for row in new)


def _with_states(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    old = Counter(_of_whom(row) for row in rows if not _fresh(row))
    for row in rows:
        told = _fresh(row) or old[_of_whom(row)] <= FEW
        yield {**row, "state": "new" if told else "ignored"}


def _of_whom(row: dict[str, Any]) -> tuple[str, Any]:
    return row["data"]["rule"], row["data"]["owner"]


def _fresh(row: dict[str, Any]) -> bool:
    """Due-soon steps are never old: nothing is late yet."""
    data = row["data"]
    return bool(data["days_overdue"] <= data["step"] + FRESH)


def _known(tx: Connection, keys: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for part in chunks(keys):
        found |= set(tx.scalars(select(business_event.c.key).where(business_event.c.key.in_(part))))
    return found


def _events(rules: Sequence[Rule], items: Sequence[OpenItem]) -> Iterator[dict[str, Any]]:
    for item in items:
        if item.outstanding > 0 and item.days_overdue is not None:
            for rule in rules:
                step = _step(rule, item.days_overdue)
                if step is not None:
                    yield _event(rule, item, step, item.days_overdue)


def _step(rule: Rule, late: int) -> int | None:
    if rule.event == OVERDUE:
        return step_reached(rule.days, late, catch_up=CATCH_UP)
    return min((step for step in rule.days if 0 <= -late <= step), default=None)


def _event(rule: Rule, item: OpenItem, step: int, late: int) -> dict[str, Any]:
    due = "" if item.due_date is None else item.due_date.isoformat()
    return {
        "key": f"{rule.event}:{item.receivable_id}:{item.line or '-'}:{due}:{step}:{rule.name}",
        "kind": rule.event,
        "entity": "receivable",
        "record_id": item.receivable_id,
        "data": {
            "rule": rule.name,
            "step": step,
            "owner": item.owner.id,
            "line": item.line,
            "due_date": due,
            "days_overdue": late,
            "days_to_due": -late,
            "outstanding": decimal_text(item.outstanding),
            "instalment_amount": decimal_text(item.amount),
        },
    }
