"""What a read leaves for the mapping: parts in a stable order, the first address beside the list, one tax rate per line. Pure."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from hub.connector import Native

NUMBERS = ("mobile", "phone", "email")
PERSONAL = (*NUMBERS, "other")
"""Types of contact mechanism under which a name means a person; the name of a fax or a website is a label."""


def customer(row: Native) -> Native:
    """Parts by id, so that the order in which they are shown changes nothing; `address` is the first. What is archived is not there,
    and a number with a name on it is that person's, not the company's (connectors.tryton.contacts)."""
    for part in ("addresses", "contact_mechanisms", "identifiers"):
        row[part] = [_shown(one) for one in own(row.get(part))]
    row["address"] = dict(row["addresses"][0]) if row["addresses"] else {}
    return row


def in_use(parts: Iterable[Native] | None) -> list[Native]:
    """Without what is archived, by id."""
    return sorted((one for one in parts or [] if one.get("active") is not False), key=lambda one: int(one["id"]))


def own(parts: Iterable[Native] | None) -> list[Native]:
    """Addresses, numbers or identifiers in use that are the party's own."""
    return [one for one in in_use(parts) if not (one.get("name") and one["type"] in PERSONAL)]


def _shown(part: Native) -> Native:
    return {name: value for name, value in part.items() if name not in ("active", "name")}


def product(row: Native) -> Native:
    template = row.get("template") or {}
    category = template.get("account_category") or {}
    rates = [one["rate"] for one in category.get("customer_taxes") or []]
    return {
        "id": row["id"],
        "code": row.get("code"),
        "name": template.get("name"),
        "active": row.get("active") is not False and template.get("active") is not False,
        "salable": row.get("salable"),
        "list_price": template.get("list_price") if row.get("list_price") is None else row["list_price"],
        "category": category.get("name"),
        "identifiers": sorted(row.get("identifiers") or [], key=lambda one: int(one["id"])),
        "unit": (row.get("default_uom") or {}).get("name"),
        "tax_rate": percent(rates),
    }


def employee(row: Native) -> Native:
    """Name and numbers are those of the employee's party; `active` is the server's, by the dates on which it is asked."""
    party = row.get("party") or {}
    first = {one["type"]: one["value"] for one in reversed(in_use(party.get("contact_mechanisms")))}
    dates = {name: row.get(name) for name in ("start_date", "end_date", "active")}
    found = {"id": row["id"], "code": party.get("code"), "name": party.get("name"), **dates}
    return found | {kind: first.get(kind) for kind in NUMBERS}


def order(row: Native) -> Native:
    """Comments, titles and subtotals among the lines are for paper; they stay in Tryton. Who the contact is, is said only where
    somebody chose one: that a sale has none takes nothing away from what others know."""
    lines = sorted((one for one in row.get("lines") or [] if one.get("type") == "line"), key=lambda one: int(one["id"]))
    row["lines"] = [_line(one) for one in lines]
    contact = row.pop("contact", None) or {}
    if contact.get("name"):
        row["contact_name"] = contact["name"]
    if contact.get("type") in ("mobile", "phone"):
        row["contact_phone"] = contact["value"]
    return row


def _line(line: Native) -> Native:
    kept = {name: value for name, value in line.items() if name not in ("taxes", "type")}
    return {**kept, "tax_rate": percent([tax["rate"] for tax in line.get("taxes") or []])}


def percent(rates: list[Any]) -> Decimal | None:
    """The rates of a line's taxes as one percentage; None where one of them is no percentage."""
    if any(rate is None for rate in rates):
        return None
    return sum((Decimal(rate) for rate in rates), Decimal(0)) * 100


SHAPES: Mapping[str, Callable[[Native], Native]] = {
    "customer": customer,
    "product": product,
    "employee": employee,
    "order": order,
}
