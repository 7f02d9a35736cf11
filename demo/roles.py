"""What each kind of system does in the demo, in no vendor's words: the CRM, the ERPs, the chats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

Native = Mapping[str, Any]
Amounts = dict[str, Decimal]
Line = tuple[str, str, str]


@dataclass(frozen=True)
class Party:
    """A customer as its system shows it. `fields` by golden name; `tax_codes` all places where it keeps one."""

    key: str
    number: str
    name: str
    tax_codes: tuple[str, ...]
    fields: Mapping[str, str]
    company: bool = True

    @property
    def tax_code(self) -> str:
        return next((code for code in self.tax_codes if code), "")


@dataclass(frozen=True)
class Bill:
    """An order: `customer` is the key at the CRM and the number at an ERP, `lines` are (item number, quantity, price)."""

    customer: str
    day: str
    total: str
    lines: tuple[Line, ...]
    final: bool = True


@dataclass(frozen=True)
class Figure:
    """What one customer owes at one ERP: its number there, ISO currency, bucket."""

    customer: str
    currency: str
    bucket: str
    amount: Decimal


class Player(Protocol):
    """A system on the stage."""

    @property
    def system(self) -> str: ...

    @property
    def title(self) -> str:
        """Its name in Chinese."""
        ...

    @property
    def entities(self) -> tuple[str, ...]:
        """What is read from it in the first chapters."""
        ...


class Crm(Player, Protocol):
    """Where customers and orders are made."""

    def customers(self) -> Sequence[Party]: ...

    def customer(self, key: str) -> Party: ...

    def edit(self, key: str, **golden: str) -> None: ...

    def orders(self) -> Sequence[Bill]:
        """The won ones."""
        ...

    def book(self, first: int, count: int) -> None:
        """A salesperson makes orders numbered from `first`."""
        ...

    def push(self, hub: str, key: str, *, forged: bool = False) -> Native:
        """The system tells the hub about one customer; the receiver's answer."""
        ...

    def own_conflicts(self, mapping: str) -> str:
        """The text of its customer mapping with conflicts of the address left to a person."""
        ...


class Erp(Player, Protocol):
    """Where orders are booked and money is owed."""

    def customers(self) -> Sequence[Party]: ...

    def customer(self, key: str) -> Party: ...

    def edit(self, key: str, **golden: str) -> None: ...

    def orders(self) -> Sequence[Bill]: ...

    def break_saves(self, kind: str, count: int) -> None:
        """The next calls that save orders meet this fault."""
        ...

    def owed(self, day: date) -> list[Figure]:
        """What the ERP itself says is owed on that day."""
        ...

    def overdue(self, number: str, dated: date, due: date) -> str:
        """A finance user books a receivable of 888.80 that is due; the number of its salesperson."""
        ...


class Chat(Player, Protocol):
    """Where salespeople are told."""

    def change_member(self, hub: str, *, tampered: bool = False) -> Native:
        """A member gets another title and the system calls the hub back; the receiver's answer."""
        ...

    def messages(self) -> list[Native]:
        """What it delivered: {"delivered", "content"}."""
        ...
