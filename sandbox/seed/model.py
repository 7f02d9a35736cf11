"""What the generator makes, in no vendor's words: people, companies, what each system knows of them, orders."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True)
class Region:
    code: str
    province: str
    city: str
    district: str
    area: str


@dataclass(frozen=True)
class Salesperson:
    """`number` is the employee number that all systems share; `wecom_userid` the account in 企业微信."""

    key: str
    number: str
    name: str
    mobile: str
    wecom_userid: str


@dataclass(frozen=True)
class Contact:
    key: str
    company: str
    name: str
    title: str
    mobile: str
    email: str


@dataclass(frozen=True)
class Company:
    """A company as it is, whoever knows it. tax_code None: it has none (a workshop, a person)."""

    key: str
    name: str
    tax_code: str | None
    region: Region
    address: str
    industry: str
    phone: str
    salesperson: str
    contacts: tuple[Contact, ...]


@dataclass(frozen=True)
class Customer:
    """A company as one system has it: spelled that way, with or without tax code and phone.

    `system` is "crm" or "erp"; `modified` when a user there last touched it; `copy` above 0 for a true duplicate.
    """

    key: str
    system: str
    company: str
    name: str
    tax_code: str | None
    phone: str
    address: str
    modified: datetime
    copy: int = 0


@dataclass(frozen=True)
class Product:
    """`price` includes tax; `tax_rate` in percent."""

    key: str
    number: str
    name: str
    spec: str
    unit: str
    price: Decimal
    tax_rate: Decimal


@dataclass(frozen=True)
class OrderLine:
    """`price` is what one unit costs with tax after the discount (percent of list price kept: 100 = none)."""

    product: str
    quantity: Decimal
    list_price: Decimal
    discount: Decimal
    price: Decimal
    tax_rate: Decimal

    @property
    def amount(self) -> Decimal:
        """Quantity times price, to the cent, tax included."""
        return to_cents(self.quantity * self.price)


@dataclass(frozen=True)
class Order:
    """An order made in the CRM. `customer` is the key of a Customer of the CRM."""

    key: str
    number: str
    customer: str
    salesperson: str
    made: datetime
    title: str
    remark: str
    lines: tuple[OrderLine, ...]

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal("0.00"))


@dataclass(frozen=True)
class Truth:
    """Which records of both systems are one company, and by what a machine could know.

    how: tax_code (equal valid codes, names alike) · tax_code_respelled (equal codes, names differ) · name_phone (a
    code is missing; normalised name and phone agree) · respelled_phone · name_only (a person must decide) ·
    crm_only · erp_only. certain: exact keys decide it without a person, which they do not where a system holds the
    company twice.
    """

    company: str
    crm: tuple[str, ...]
    erp: tuple[str, ...]
    how: str
    certain: bool


@dataclass(frozen=True)
class Lookalike:
    """Two customers that are not the same company although something says so."""

    first: str
    second: str
    why: str


@dataclass(frozen=True)
class World:
    """Everything made from one random seed."""

    today: date
    salespeople: tuple[Salesperson, ...]
    companies: dict[str, Company]
    products: dict[str, Product]
    customers: tuple[Customer, ...]
    orders: tuple[Order, ...]
    truth: tuple[Truth, ...]
    lookalikes: tuple[Lookalike, ...] = field(default=())

    def of_system(self, system: str) -> Iterator[Customer]:
        """The customers of "crm" or "erp", oldest change first."""
        return iter(sorted((c for c in self.customers if c.system == system), key=lambda c: (c.modified, c.key)))


CENT = Decimal("0.01")


def to_cents(value: Decimal) -> Decimal:
    """Rounded half up to two decimals."""
    return value.quantize(CENT, ROUND_HALF_UP)
