"""Expected cash: what falls due in each of the coming weeks, per currency; what is overdue stands apart."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hub.finance.aging import money_text
from hub.finance.books import Books, read_books
from hub.finance.open_items import OpenItem, open_items
from hub.finance.spread import ZERO
from hub.store.database import Database
from hub.store.scope import Scope

WEEKS = 12


@dataclass(slots=True)
class Expected:
    """One currency. `weeks`: Monday -> amount due in that week; `later`: after the last week; `undated`: without due date."""

    currency: str
    weeks: dict[date, Decimal]
    overdue: Decimal = ZERO
    later: Decimal = ZERO
    undated: Decimal = ZERO

    def add(self, item: OpenItem) -> None:
        """An instalment due today is expected this week."""
        if item.due_date is None or item.days_overdue is None:
            self.undated += item.outstanding
        elif item.days_overdue > 0:
            self.overdue += item.outstanding
        elif (week := monday(item.due_date)) in self.weeks:
            self.weeks[week] += item.outstanding
        else:
            self.later += item.outstanding

    def as_json(self) -> dict[str, Any]:
        rest = {name: money_text(getattr(self, name), self.currency) for name in ("overdue", "later", "undated")}
        weeks = [
            {"monday": day.isoformat(), "amount": money_text(amount, self.currency)}
            for day, amount in sorted(self.weeks.items())
        ]
        return {"currency": self.currency, "weeks": weeks, **rest}


@dataclass(slots=True)
class Forecast:
    as_of: date
    currencies: list[Expected] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {"as_of": self.as_of.isoformat(), "currencies": [one.as_json() for one in self.currencies]}


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def forecast(db: Database, as_of: date, scope: Scope | None = None, *, weeks: int = WEEKS) -> Forecast:
    """Outstanding amounts by the week they fall due, beginning with the week of `as_of`."""
    with db.read() as connection:
        books = read_books(connection, scope)
    return expect(books, as_of, weeks=weeks)


def expect(books: Books, as_of: date, *, weeks: int = WEEKS) -> Forecast:
    """The same over books that were read already. Pure."""
    found: dict[str, Expected] = {}
    first = monday(as_of)
    for item in open_items(books, as_of):
        if item.currency not in found:
            empty = {first + timedelta(weeks=week): ZERO for week in range(weeks)}
            found[item.currency] = Expected(item.currency, empty)
        found[item.currency].add(item)
    return Forecast(as_of, [found[currency] for currency in sorted(found)])
