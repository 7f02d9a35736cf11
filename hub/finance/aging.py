"""Aging: what is outstanding as of a day, by customer and by salesperson, in buckets, per currency."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from hub.finance.books import Books, Party, read_books
from hub.finance.buckets import Bucket, bucket_of, load_buckets, make_buckets
from hub.finance.open_items import Advance, Oddity, OpenItem, advances, matched, open_items
from hub.finance.spread import ZERO
from hub.model.money import digits
from hub.store.database import Database
from hub.store.scope import Scope

UNNAMED = Party(None, "", "（未指定） / (none)")


@dataclass(slots=True)
class Group:
    """One customer's or salesperson's amounts in one currency; `party` is None for the totals of a currency."""

    party: Party | None
    currency: str
    buckets: dict[str, Decimal]
    total: Decimal = ZERO
    overdue: Decimal = ZERO
    advances: Decimal = ZERO

    def as_json(self) -> dict[str, Any]:
        who = {} if self.party is None else party_json(self.party)
        amounts = {name: money_text(getattr(self, name), self.currency) for name in ("total", "overdue", "advances")}
        buckets = {key: money_text(amount, self.currency) for key, amount in self.buckets.items()}
        return {**who, "currency": self.currency, "buckets": buckets, **amounts}


@dataclass(slots=True)
class AgingReport:
    """Sums are exact and never cross currencies. Advances stand beside the outstanding amounts, not against them."""

    as_of: date
    buckets: tuple[Bucket, ...]
    totals: list[Group] = field(default_factory=list)
    by_customer: list[Group] = field(default_factory=list)
    by_owner: list[Group] = field(default_factory=list)
    items: list[OpenItem] = field(default_factory=list)
    advances: list[Advance] = field(default_factory=list)
    oddities: list[Oddity] = field(default_factory=list)

    def bucket(self, item: OpenItem) -> Bucket:
        return bucket_of(self.buckets, item.days_overdue)

    def as_json(self, *, rows: bool = True) -> dict[str, Any]:
        """Amounts are text with the currency's digits. `rows=False` leaves out the drill-down."""
        shown: dict[str, Any] = {
            "as_of": self.as_of.isoformat(),
            "buckets": [{"key": bucket.key, **bucket.title.as_json()} for bucket in self.buckets],
            "totals": [group.as_json() for group in self.totals],
            "by_customer": [group.as_json() for group in self.by_customer],
            "by_owner": [group.as_json() for group in self.by_owner],
            "oddities": [_oddity_json(one) for one in self.oddities],
        }
        if rows:
            shown["items"] = [{**_item_json(item), "bucket": self.bucket(item).key} for item in self.items]
            shown["advances"] = [_advance_json(one) for one in self.advances]
        return shown


def aging(db: Database, as_of: date, scope: Scope | None = None) -> AgingReport:
    """The report as of the end of `as_of`; with a scope, of the customers it sees only."""
    with db.read() as connection:
        books = read_books(connection, scope)
        buckets = load_buckets(connection)
    return age(books, as_of, buckets)


def age(books: Books, as_of: date, buckets: tuple[Bucket, ...] | None = None) -> AgingReport:
    """The same over books that were read already. Pure."""
    found = matched(books, as_of)
    report = AgingReport(as_of, buckets or make_buckets())
    report.items = sorted(open_items(books, as_of, found), key=_oldest_first)
    report.advances = sorted(advances(books, as_of, found), key=lambda one: (one.customer.name, one.number))
    report.oddities = found.oddities
    report.totals = _grouped(report, lambda _row: None)
    report.by_customer = _grouped(report, lambda row: row.customer)
    report.by_owner = _grouped(report, lambda row: row.owner)
    return report


def _oldest_first(item: OpenItem) -> tuple[Any, ...]:
    return (item.currency, item.due_date or date.max, item.customer.name, item.number, item.line)


def _grouped(report: AgingReport, of: Callable[[OpenItem | Advance], Party | None]) -> list[Group]:
    """Largest outstanding amount first within each currency."""
    groups: dict[tuple[Party | None, str], Group] = {}

    def group(row: OpenItem | Advance) -> Group:
        key = (of(row), row.currency)
        if key not in groups:
            groups[key] = Group(*key, buckets={bucket.key: ZERO for bucket in report.buckets})
        return groups[key]

    for item in report.items:
        _add(group(item), item, report.bucket(item).key)
    for advance in report.advances:
        group(advance).advances += advance.unmatched
    return _sorted(groups.values())


def _add(group: Group, item: OpenItem, bucket: str) -> None:
    group.buckets[bucket] += item.outstanding
    group.total += item.outstanding
    if item.days_overdue is not None and item.days_overdue > 0:
        group.overdue += item.outstanding


def _sorted(groups: Iterable[Group]) -> list[Group]:
    return sorted(groups, key=lambda g: (g.currency, -g.total, g.party.name if g.party else "", _id_of(g.party)))


def _id_of(party: Party | None) -> int:
    return 0 if party is None or party.id is None else party.id


def places(currency: str) -> int:
    """Digits of a currency; 2 where none is stated."""
    return digits(currency) if currency else 2


def money_text(amount: Decimal, currency: str) -> str:
    """Plain text with at least the currency's digits; digits that an amount has beyond them are never cut."""
    exponent = amount.normalize().as_tuple().exponent
    own = -exponent if isinstance(exponent, int) else 0
    return f"{amount:.{max(places(currency), own)}f}"


def party_json(party: Party) -> dict[str, Any]:
    shown = party if party.name or party.number else UNNAMED
    return {"id": shown.id, "number": shown.number, "name": shown.name or shown.number}


def _item_json(item: OpenItem) -> dict[str, Any]:
    amounts = {name: money_text(getattr(item, name), item.currency) for name in ("amount", "settled", "outstanding")}
    return {
        "receivable_id": item.receivable_id,
        "number": item.number,
        "line": item.line,
        "customer": party_json(item.customer),
        "owner": party_json(item.owner),
        "currency": item.currency,
        "date": _day(item.dated),
        "due_date": _day(item.due_date),
        "days_overdue": item.days_overdue,
        **amounts,
    }


def _advance_json(one: Advance) -> dict[str, Any]:
    return {
        "receipt_id": one.receipt_id,
        "number": one.number,
        "customer": party_json(one.customer),
        "owner": party_json(one.owner),
        "currency": one.currency,
        "date": _day(one.dated),
        "amount": money_text(one.amount, one.currency),
        "unmatched": money_text(one.unmatched, one.currency),
    }


def _oddity_json(one: Oddity) -> dict[str, Any]:
    return {"record_id": one.record_id, "number": one.number, **one.text.as_json()}


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()
