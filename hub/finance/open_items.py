"""What is open on a day: outstanding per instalment, and receipts that settle nothing yet. Pure over Books."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from hub.errors import Text
from hub.finance.books import Books, Party, Receivable, Settlement
from hub.finance.spread import ZERO, spread


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One instalment that is not wholly settled. `days_overdue` <= 0 = not due; None = it has no due date."""

    receivable_id: int
    number: str
    line: str
    customer: Party
    owner: Party
    currency: str
    dated: date | None
    due_date: date | None
    days_overdue: int | None
    amount: Decimal
    settled: Decimal
    outstanding: Decimal


@dataclass(frozen=True, slots=True)
class Advance:
    """Money that came in and is matched with nothing yet."""

    receipt_id: int
    number: str
    customer: Party
    owner: Party
    currency: str
    dated: date | None
    amount: Decimal
    unmatched: Decimal


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something in the figures that a person should look at. `record_id` is the document it is about."""

    record_id: int
    number: str
    text: Text


@dataclass(slots=True)
class Matched:
    """Settled amounts as of a day: by receivable and golden line ("" = no line named), and by receipt."""

    by_line: dict[int, dict[str, Decimal]] = field(default_factory=dict)
    by_receipt: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    oddities: list[Oddity] = field(default_factory=list)


def matched(books: Books, as_of: date) -> Matched:
    """Settlements dated up to `as_of`. One without a date counts always, and is reported."""
    found = Matched()
    for one in books.settlements:
        if one.dated is not None and one.dated > as_of:
            continue
        found.oddities.extend(_oddities(books, one))
        if one.receipt is not None:
            found.by_receipt[one.receipt] += one.amount
        if one.receivable is not None:
            line = books.lines.get((one.receivable, one.instalment), "")
            lines = found.by_line.setdefault(one.receivable, {})
            lines[line] = lines.get(line, ZERO) + one.amount
    return found


def _oddities(books: Books, one: Settlement) -> Iterator[Oddity]:
    if not books.whole:  # only those who see everything can tell
        return
    if one.receivable is None:
        yield Oddity(
            one.id,
            one.number,
            Text(
                f"核销 {one.number} 的应收单还没有同步过来，金额 {one.amount} 未计入",
                f"settlement {one.number} names a receivable that is not here yet; {one.amount} is not counted",
            ),
        )
    if one.dated is None:
        yield Oddity(
            one.id,
            one.number,
            Text(
                f"核销 {one.number} 没有日期，按已核销计入", f"settlement {one.number} has no date; counted as settled"
            ),
        )


def open_items(books: Books, as_of: date, found: Matched | None = None) -> Iterator[OpenItem]:
    """Instalments of receivables dated up to `as_of` with anything outstanding that day, signed."""
    found = found or matched(books, as_of)
    for one in books.receivables:
        if one.dated is not None and one.dated > as_of:
            continue
        yield from _items(one, found.by_line.get(one.id, {}), as_of)


def _items(one: Receivable, settled: Mapping[str, Decimal], as_of: date) -> Iterator[OpenItem]:
    places = {part.line: place for place, part in enumerate(one.instalments) if part.line}
    named = {places[line]: amount for line, amount in settled.items() if line in places}
    rest = sum((amount for line, amount in settled.items() if line not in places), ZERO)
    parts = spread([part.amount for part in one.instalments], named, rest)
    for part, paid in zip(one.instalments, parts, strict=True):
        if part.amount != paid:
            yield OpenItem(
                receivable_id=one.id,
                number=one.number,
                line=part.line,
                customer=one.customer,
                owner=one.owner,
                currency=one.currency,
                dated=one.dated,
                due_date=part.due_date,
                days_overdue=None if part.due_date is None else (as_of - part.due_date).days,
                amount=part.amount,
                settled=paid,
                outstanding=part.amount - paid,
            )


def advances(books: Books, as_of: date, found: Matched) -> Iterator[Advance]:
    """Receipts dated up to `as_of` with anything unmatched that day."""
    for one in books.receipts:
        unmatched = one.amount - found.by_receipt.get(one.id, ZERO)
        if unmatched and (one.dated is None or one.dated <= as_of):
            yield Advance(one.id, one.number, one.customer, one.owner, one.currency, one.dated, one.amount, unmatched)
