"""All sides record by record, from what the sandboxes hold themselves. Pure: nothing here asks the hub."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from demo.roles import Bill, Native, Party


@dataclass
class Comparison:
    """`matched` pairs agree; `problems` says what does not, a line each. `twins`: CRM customer key -> ERP customer number."""

    matched: int = 0
    problems: list[str] = field(default_factory=list)
    twins: dict[str, str] = field(default_factory=dict)


def plain(text: object) -> str:
    """Text as all vendors can hold it: width, case and spaces aside."""
    return "".join(unicodedata.normalize("NFKC", str(text or "")).casefold().split())


def plain_number(value: object) -> str:
    """A number without trailing zeros."""
    return format(Decimal(str(value)).normalize(), "f")


def customers(crm: Iterable[Party], erp: Iterable[Party], truth: Sequence[Native]) -> Comparison:
    """Each customer of the CRM must be at the ERP: as the one that the truth table {"crm": keys, "erp": numbers} names, or
    under its name and tax code. Where the ERP holds a company twice, the record that it has had longest is the one in use."""
    found = Comparison()
    by_name: dict[str, list[Party]] = {}
    by_number = {row.number: row for row in erp}
    for row in by_number.values():
        by_name.setdefault(plain(row.name), []).append(row)
    known = {str(key): row for row in truth for key in row["crm"]}
    for row in crm:
        numbers = known[row.key]["erp"] if row.key in known else ()
        named = next((other for number, other in by_number.items() if number in numbers), None) if numbers else None
        twin = named if numbers else _alike(row, by_name)
        if twin is None:
            found.problems.append(f"CRM {row.key} {row.name} 不在 ERP / not at the ERP")
        else:
            found.matched += 1
            found.twins[row.key] = twin.number
            found.problems.extend(_fields(row, twin))
    return found


def _alike(row: Party, by_name: Mapping[str, list[Party]]) -> Party | None:
    rows = by_name.get(plain(row.name), [])
    same_tax = [twin for twin in rows if row.tax_code and row.tax_code in twin.tax_codes]
    return next(iter(same_tax or rows), None)


def _fields(row: Party, twin: Party) -> list[str]:
    """Fields that both hold and two-way lines keep equal."""
    pairs = {"名称": (row.name, twin.name)}
    if row.tax_code:
        pairs["税号"] = (row.tax_code, twin.tax_code)
    return [
        f"{row.key}/{twin.number} {name}: {left!r} ≠ {right!r}"
        for name, (left, right) in pairs.items()
        if plain(left) != plain(right)
    ]


def orders(
    crm: Iterable[Bill], erps: Mapping[str, Sequence[Bill]], twins: Mapping[str, Mapping[str, str]]
) -> Comparison:
    """Every won order of the CRM is at exactly one ERP, once, with the same day, customer, lines and total, and nothing
    else is there. `twins`: ERP -> CRM customer key -> number there. Orders are told apart by content, because the
    systems share no number."""
    found = Comparison()
    first = next(iter(twins.values()))
    left = Counter(_content(bill, first) for bill in crm)
    right = Counter(
        _content(bill, {number: first[key] for key, number in twins[erp].items()})
        for erp, bills in erps.items()
        for bill in bills
    )
    found.matched = sum((left & right).values())
    for bill, count in (left - right).items():
        found.problems.append(f"CRM 的订单 {count} 张不在 ERP / missing at the ERP: {_said(bill)}")
    for bill, count in (right - left).items():
        found.problems.append(f"ERP 多出订单 {count} 张 / too many at the ERP: {_said(bill)}")
    return found


def _content(bill: Bill, customer: Mapping[str, str]) -> Bill:
    """The bill with the one name that all systems' customers have here: the number at the first ERP."""
    return replace(bill, customer=customer.get(bill.customer, "?"), final=True)


def _said(bill: Bill) -> str:
    return f"{bill.customer} {bill.day} 合计 {bill.total}"
