"""What the ERP's users do after orders have arrived there: receivables in instalments, receipts, matches."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sandbox.seed.model import to_cents

# Percentages of the instalments and days from the receivable to the first of them.
PLANS = (((100,), 30), ((100,), 60), ((30, 70), 15), ((50, 50), 30), ((30, 60, 10), 10))
DAYS_BETWEEN = 30
FULLY, PARTLY = 0.4, 0.25  # shares of receivables paid in full and in part; the rest has no receipt
ADVANCES = 0.03  # share of receivables whose customer has also paid something not matched yet
METHODS = ("transfer", "transfer", "transfer", "cash", "bill")


@dataclass(frozen=True)
class OrderFact:
    """An order as the ERP has it: its own numbers for order, customer and salesperson; amounts with tax."""

    number: str
    customer: str
    salesperson: str
    day: date
    total: Decimal
    lines: tuple["LineFact", ...]


@dataclass(frozen=True)
class LineFact:
    material: str
    quantity: Decimal
    tax_price: Decimal
    tax_rate: Decimal
    discount_rate: Decimal = Decimal(0)


@dataclass(frozen=True)
class Instalment:
    due: date
    percent: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Receipt:
    """Money that came in; matched False stays an advance payment."""

    day: date
    amount: Decimal
    method: str
    matched: bool = True


@dataclass(frozen=True)
class Receivable:
    """What an order's customer owes, in instalments that add up to the total, and what has been paid of it."""

    order: OrderFact
    day: date
    instalments: tuple[Instalment, ...]
    receipts: tuple[Receipt, ...]

    @property
    def open(self) -> Decimal:
        return self.order.total - sum((r.amount for r in self.receipts if r.matched), Decimal(0))

    def overdue(self, today: date) -> Decimal:
        """What was due before today and is not paid, oldest instalments paid first."""
        due = sum((part.amount for part in self.instalments if part.due < today), Decimal(0))
        return max(Decimal(0), due - (self.order.total - self.open))


@dataclass(frozen=True, kw_only=True)
class Books:
    """How one ERP's users write receivables down: its objects, the fields of numbers, and the records it takes.

    `write_off` is "" where the ERP keeps none; `source` is the receivable's field for the order's number; `numbers`
    are the fields of a receivable's and of a receipt's own number.
    """

    order: str
    receivable: str
    receipt: str
    write_off: str
    source: str
    numbers: tuple[str, str]
    facts: Callable[[Iterable[Mapping[str, Any]]], list[OrderFact]]
    owed: Callable[[Receivable], dict[str, Any]]
    paid: Callable[[Receivable, Receipt], dict[str, Any]]
    match: Callable[[str, str, Receipt], dict[str, Any]]


def make_receivables(orders: Iterable[OrderFact], today: date, seed: int = 1) -> Iterator[Receivable]:
    """One receivable per order with an amount; some overdue as of today, paid in full, in part or not at all."""
    random = Random(f"receivables {seed}")
    for order in orders:
        if order.total > 0:
            yield _receivable(random, order, today)


def _receivable(random: Random, order: OrderFact, today: date) -> Receivable:
    day = min(order.day + timedelta(days=random.randint(0, 5)), today)
    percents, first = random.choice(PLANS)
    instalments = tuple(_instalments(order.total, percents, day + timedelta(days=first)))
    return Receivable(order, day, instalments, tuple(_receipts(random, order, day=day, today=today)))


def _instalments(total: Decimal, percents: tuple[int, ...], due: date) -> Iterator[Instalment]:
    """The last instalment takes what rounding left over, so that they add up."""
    left = total
    for place, percent in enumerate(percents):
        last = place == len(percents) - 1
        amount = left if last else to_cents(total * percent / 100)
        left -= amount
        yield Instalment(due + timedelta(days=DAYS_BETWEEN * place), Decimal(percent), amount)


def _receipts(random: Random, order: OrderFact, *, day: date, today: date) -> Iterator[Receipt]:
    throw = random.random()
    if throw < FULLY and random.random() < 0.3 and order.total > 1:
        part = to_cents(order.total / 3)
        yield _receipt(random, part, day=day, today=today)
        yield _receipt(random, order.total - part, day=day, today=today)
    elif throw < FULLY:
        yield _receipt(random, order.total, day=day, today=today)
    elif throw < FULLY + PARTLY:
        part = to_cents(order.total * random.randint(10, 90) / 100)
        if part > 0:
            yield _receipt(random, part, day=day, today=today)
    if random.random() < ADVANCES:
        advance = Decimal(random.randint(100, 50_000)) / 100
        yield Receipt(_paid(random, day, today), to_cents(advance), "transfer", matched=False)


def _receipt(random: Random, amount: Decimal, *, day: date, today: date) -> Receipt:
    return Receipt(_paid(random, day, today), amount, random.choice(METHODS))


def _paid(random: Random, day: date, today: date) -> date:
    return min(day + timedelta(days=random.randint(0, 60)), today)
