"""Two overlapping populations of the same companies: what the CRM and what the ERP knows, and the truth about both."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from sandbox.seed import words
from sandbox.seed.companies import mobile
from sandbox.seed.model import Company, Customer, Lookalike, Truth

# Shares of all companies, in order; what is left is in the CRM alone.
SHARES = (
    ("tax_code", 0.26),
    ("tax_code_respelled", 0.08),
    ("name_phone", 0.08),
    ("respelled_phone", 0.02),
    ("name_only", 0.01),
    ("erp_only", 0.12),
)
CERTAIN = frozenset({"tax_code", "tax_code_respelled", "name_phone", "crm_only", "erp_only"})
CRM_COPIES = 0.02
ERP_COPIES = 0.01
HISTORY_DAYS = 700
SAME_SECOND = 230  # an import left this many CRM customers with one modified time: more than a page of them


@dataclass
class _Made:
    random: Random
    today: date
    customers: list[Customer] = field(default_factory=list)
    truth: list[Truth] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"crm": 0, "erp": 0})

    def add(self, system: str, company: Company, **changes: Any) -> Customer:
        self.counts[system] += 1
        key = f"{system.upper()}{self.counts[system]:06d}"
        plain = Customer(
            key,
            system,
            company.key,
            company.name,
            company.tax_code,
            company.phone,
            company.address,
            _moment(self.random, self.today),
        )
        customer = replace(plain, **changes)
        self.customers.append(customer)
        return customer


def make_populations(random: Random, companies: Iterable[Company], today: date) -> tuple[list[Customer], list[Truth]]:
    """Customers of both systems and one row of truth per company."""
    made = _Made(random, today)
    for company in companies:
        how = _how(random, company)
        crm = () if how == "erp_only" else _in_system(made, "crm", company, how)
        erp = () if how == "crm_only" else _in_system(made, "erp", company, how)
        certain = how in CERTAIN and len(crm) < 2 and len(erp) < 2
        made.truth.append(Truth(company.key, crm, erp, how, certain))
    return _with_same_second(made.customers), made.truth


def find_lookalikes(customers: Iterable[Customer]) -> list[Lookalike]:
    """Pairs of CRM and ERP customers of different companies that share a phone."""
    by_phone: dict[str, dict[str, Customer]] = {}
    found = []
    for customer in customers:
        others = by_phone.setdefault(customer.phone, {})
        if customer.phone:
            found += [
                Lookalike(other.key, customer.key, "same phone, another company")
                for other in others.values()
                if other.company != customer.company
            ]
        others.setdefault(customer.company, customer)
    return found


def _how(random: Random, company: Company) -> str:
    """In which systems the company is and what ties its records; without a code of its own no code can tie them."""
    throw = random.random()
    for how, share in SHARES:
        throw -= share
        if throw < 0:
            return "name_phone" if how.startswith("tax_code") and company.tax_code is None else how
    return "crm_only"


def _in_system(made: _Made, system: str, company: Company, how: str) -> tuple[str, ...]:
    """The company's records in one system: one, or two where somebody typed it in again."""
    random = made.random
    changes = _seen_from(random, system, company, how)
    first = made.add(system, company, **changes)
    if random.random() >= (CRM_COPIES if system == "crm" else ERP_COPIES):
        return (first.key,)
    code = first.tax_code if random.random() < 0.5 else None
    again = {**changes, "name": _decorated(random, first.name), "tax_code": code, "copy": 1}
    return (first.key, made.add(system, company, **again).key)


def _seen_from(random: Random, system: str, company: Company, how: str) -> dict[str, Any]:
    """How the system's users spelled the company, by what is to tie it to the other system."""
    if system == "crm":
        return {"tax_code": None} if how == "name_phone" and random.random() < 0.5 else {}
    views: dict[str, Callable[[], dict[str, Any]]] = {
        "tax_code": lambda: {"name": _decorated(random, company.name)},
        "tax_code_respelled": lambda: {"name": respelled(random, company.name), "phone": _other(random, company)},
        "name_phone": lambda: {"name": _decorated(random, company.name), "tax_code": None},
        "respelled_phone": lambda: {"name": respelled(random, company.name), "tax_code": None},
        "name_only": lambda: {"phone": mobile(random), "tax_code": None},
    }
    return views[how]() if how in views else {}


def _other(random: Random, company: Company) -> str:
    return company.phone if random.random() < 0.5 else mobile(random)


def _decorated(random: Random, name: str) -> str:
    """The same name after normalising: brackets and digits of another width, blanks at the ends."""
    shape = random.random()
    if shape < 0.5:
        return name
    if shape < 0.7:
        return name.translate(str.maketrans("（）", "()"))
    if shape < 0.85:
        return name + random.choice((" ", "  ", "\u3000"))
    return name.translate(words.FULL_WIDTH) if name.isprintable() and not name.isascii() else name


def respelled(random: Random, name: str) -> str:
    """Another spelling that normalising does not undo."""
    choices = [
        name.replace("市", "", 1),
        name.replace("有限公司", "有限责任公司", 1),
        name.replace("股份有限公司", "公司", 1).replace("有限公司", "", 1),
        name.translate(words.TRADITIONAL),
        name.replace("科技", "科技发展", 1).replace("贸易", "商贸", 1),
    ]
    other = [choice for choice in choices if choice != name]
    return random.choice(other) if other else f"{name}总部"


def _moment(random: Random, today: date) -> datetime:
    """A second of the working days before today, Chinese working hours, in UTC."""
    day = today - timedelta(days=random.randint(2, HISTORY_DAYS))
    at = timedelta(seconds=random.randint(1 * 3600, 10 * 3600))  # 9 to 18 o'clock in Shanghai
    return datetime.combine(day, time(0), UTC) + at


def _with_same_second(customers: list[Customer]) -> list[Customer]:
    """In a population that can bear it, an import left many CRM customers with one modified time."""
    crm = [customer for customer in customers if customer.system == "crm"]
    if len(crm) < 2 * SAME_SECOND:
        return customers
    moment = crm[0].modified
    imported = {customer.key for customer in crm[:SAME_SECOND]}
    return [replace(c, modified=moment) if c.key in imported else c for c in customers]
