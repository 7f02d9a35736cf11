"""Which Tryton model stands behind which entity, what is read of it, and what of it is a version. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.connector import Native, Remote

TIMESTAMP = "_timestamp"


@dataclass(frozen=True, slots=True)
class Object:
    """`children` are lists read with the record: field -> (model, fields). They have modified times of their own, which the parent's
    does not follow, so both the cursor and the version look at them too. `keys` is where the hub's key is searched."""

    model: str
    fields: tuple[str, ...]
    number: str
    children: Mapping[str, tuple[str, tuple[str, ...]]]
    parent: str = ""
    """A field to a record that the entity shows parts of (the template of a product)."""
    key: str = ""
    stage: str = ""

    @property
    def asked(self) -> list[str]:
        parts = [f"{field}.{name}" for field, (_model, names) in self.children.items() for name in (*names, TIMESTAMP)]
        return [*self.fields, TIMESTAMP, *parts]

    def changed_since(self, since: str, stamp: Any) -> list[Any]:
        """Domain: the record or a child of it was made or changed at `since` or later. `write_date` is null on what was never
        changed, so both are asked for."""
        if not since:
            return []
        places = ["", *(f"{name}." for name in (*self.children, *([self.parent] if self.parent else [])))]
        return [
            "OR",
            *(
                [
                    [f"{place}{column}", ">=", stamp(since)]
                    for place in places
                    for column in ("write_date", "create_date")
                ]
            ),
        ]

    def remote(self, row: Native) -> Remote:
        """The record as the hub sees it; timestamps go into its version."""
        versions = dict(self._versions(row))
        data = {name: value for name, value in row.items() if name != TIMESTAMP}
        for field in self.children:
            data[field] = [_without_timestamp(child) for child in row.get(field) or []]
        version = json.dumps(versions, sort_keys=True, separators=(",", ":"))
        number, stage = str(row.get(self.number) or ""), str(row.get(self.stage) or "") if self.stage else ""
        return Remote(str(row["id"]), data, number, version, stage, key=self._key(row))

    def _versions(self, row: Native) -> Iterator[tuple[str, str]]:
        yield f"{self.model},{row['id']}", str(row.get(TIMESTAMP) or "")
        for field, (model, _names) in self.children.items():
            for child in row.get(field) or []:
                yield f"{model},{child['id']}", str(child.get(TIMESTAMP) or "")

    def _key(self, row: Native) -> str:
        if self.key != "identifiers.code":
            return str(row.get(self.key) or "") if self.key else ""
        untyped = [str(one["code"]) for one in row.get("identifiers") or [] if not one.get("type")]
        return untyped[0] if untyped else ""


def _without_timestamp(child: Mapping[str, Any]) -> Native:
    return {name: value for name, value in child.items() if name != TIMESTAMP}


CUSTOMER = Object(
    model="party.party",
    fields=("code", "name", "active"),
    number="code",
    children={
        "addresses": ("party.address", ("street_unstructured", "city", "postal_code")),
        "contact_mechanisms": ("party.contact_mechanism", ("type", "value")),
        "identifiers": ("party.identifier", ("type", "code")),
    },
    key="identifiers.code",
)
PRODUCT = Object(
    model="product.product",
    fields=(
        *("code", "active", "salable", "template.name", "template.list_price", "default_uom.name"),
        *("template.account_category.name", "template.account_category.customer_taxes.rate"),
    ),
    number="code",
    children={},
    parent="template",
)
ORDER = Object(
    model="sale.sale",
    fields=(
        *("number", "reference", "description", "comment", "state", "sale_date", "party", "currency.code"),
        *("total_amount", "tax_amount", "untaxed_amount", "invoice_state", "shipment_state"),
    ),
    number="number",
    children={
        "lines": (
            "sale.line",
            (
                *("type", "product.code", "product.name", "quantity", "unit.name", "unit_price", "amount"),
                *("description", "taxes.rate", "taxes.type"),
            ),
        ),
    },
    key="reference",
    stage="state",
)
OBJECTS: Mapping[str, Object] = {"customer": CUSTOMER, "product": PRODUCT, "order": ORDER}

LINE_MODEL = "account.move.line"
LINE_FIELDS: Sequence[str] = (
    *(
        "move.number",
        "move.date",
        "move.state",
        "move.description",
        "move.journal.type",
        "move.journal.name",
        "move_origin",
    ),
    *("party", "debit", "credit", "amount_second_currency", "second_currency.code", "company.currency.code"),
    *("maturity_date", "reconciliation.number", "invoice_payment"),
)
INVOICE_FIELDS: Sequence[str] = ("number", "reference", "sales.number")
