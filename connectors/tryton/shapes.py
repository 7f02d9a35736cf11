"""What a read leaves for the mapping: parts in a stable order, the first address beside the list, one tax rate per line. Pure."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from hub.connector import Native


def customer(row: Native) -> Native:
    """Parts by id, so that the order in which they are shown changes nothing; `address` is the first."""
    for part in ("addresses", "contact_mechanisms", "identifiers"):
        row[part] = sorted(row.get(part) or [], key=lambda one: int(one["id"]))
    row["address"] = dict(row["addresses"][0]) if row["addresses"] else {}
    return row


def product(row: Native) -> Native:
    template = row.get("template") or {}
    category = template.get("account_category") or {}
    rates = [one["rate"] for one in category.get("customer_taxes") or []]
    return {
        "id": row["id"],
        "code": row.get("code"),
        "name": template.get("name"),
        "active": row.get("active"),
        "salable": row.get("salable"),
        "list_price": template.get("list_price"),
        "category": category.get("name"),
        "unit": (row.get("default_uom") or {}).get("name"),
        "tax_rate": percent(rates),
    }


def order(row: Native) -> Native:
    """Comments, titles and subtotals among the lines are for paper; they stay in Tryton."""
    lines = sorted((one for one in row.get("lines") or [] if one.get("type") == "line"), key=lambda one: int(one["id"]))
    row["lines"] = [_line(one) for one in lines]
    return row


def _line(line: Native) -> Native:
    kept = {name: value for name, value in line.items() if name not in ("taxes", "type")}
    return {**kept, "tax_rate": percent([tax["rate"] for tax in line.get("taxes") or []])}


def percent(rates: list[Any]) -> Decimal | None:
    """The rates of a line's taxes as one percentage; None where one of them is no percentage."""
    if any(rate is None for rate in rates):
        return None
    return sum((Decimal(rate) for rate in rates), Decimal(0)) * 100


SHAPES: Mapping[str, Callable[[Native], Native]] = {"customer": customer, "product": product, "order": order}
