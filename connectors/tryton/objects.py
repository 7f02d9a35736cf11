"""Which Tryton model stands behind which entity, what is read of it, and what of it is a version. Pure."""

import json
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.connector import Native, Remote

TIMESTAMP = "_timestamp"
MECHANISM = "party.contact_mechanism"


@dataclass(frozen=True, slots=True)
class Object:
    """`children` are lists read with the record: field -> (model, fields), `parents` records that the entity shows parts of (the
    template of a product): field -> model. Both have modified times of their own, which the record's does not follow, so cursor and
    version look at them too. `key` is where the hub's key is searched."""

    model: str
    fields: tuple[str, ...]
    number: str
    children: Mapping[str, tuple[str, tuple[str, ...]]]
    parents: Mapping[str, str] = field(default_factory=dict)
    further: tuple[str, ...] = ()
    """Other places whose modified times count."""
    optional: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Fields of modules that not everybody has installed -> what is read where they are."""
    key: str = ""
    stage: str = ""

    def asked(self, known: Container[str] = ()) -> list[str]:
        """The fields to read of a model that has the fields `known`."""
        parts = [f"{part}.{name}" for part, (_model, names) in self.children.items() for name in (*names, TIMESTAMP)]
        more = [name for place, names in self.optional.items() if place in known for name in names]
        return [*self.fields, *more, TIMESTAMP, *(f"{name}.{TIMESTAMP}" for name in self.parents), *parts]

    def changed_since(self, since: str, stamp: Any) -> list[Any]:
        """Domain: the record or a child of it was made or changed at `since` or later. `write_date` is null on what was never
        changed, so both are asked for."""
        if not since:
            return []
        places = ["", *(f"{name}." for name in (*self.children, *self.parents, *self.further))]
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
        for part in self.children:
            data[part] = [_without_timestamp(child) for child in row.get(part) or []]
        for part in self.parents:
            data[part] = _without_timestamp(row.get(part) or {})
        version = json.dumps(versions, sort_keys=True, separators=(",", ":"))
        number, stage = str(row.get(self.number) or ""), str(row.get(self.stage) or "") if self.stage else ""
        return Remote(str(row["id"]), data, number, version, stage, key=self._key(row))

    def _versions(self, row: Native) -> Iterator[tuple[str, str]]:
        yield f"{self.model},{row['id']}", str(row.get(TIMESTAMP) or "")
        for part, model in self.parents.items():
            if row.get(part):
                yield f"{model},{row[part]['id']}", str(row[part].get(TIMESTAMP) or "")
        for part, (model, _names) in self.children.items():
            for child in row.get(part) or []:
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
        "addresses": ("party.address", ("street_unstructured", "city", "postal_code", "active")),
        "contact_mechanisms": (MECHANISM, ("type", "value", "name", "active")),
        "identifiers": ("party.identifier", ("type", "code", "active")),
    },
    key="identifiers.code",
)
PRODUCT = Object(
    model="product.product",
    fields=(
        *("code", "suffix_code", "active", "salable", "list_price", "default_uom.name"),
        *("template.name", "template.code", "template.active", "template.list_price", "template.products"),
        *("template.account_category.name", "template.account_category.customer_taxes.rate"),
    ),
    number="code",
    children={"identifiers": ("product.identifier", ("type", "code"))},
    parents={"template": "product.template"},
    key="identifiers.code",
)
EMPLOYEE = Object(
    model="company.employee",
    fields=(
        *("active", "start_date", "end_date", "party.code", "party.name"),
        *(f"party.contact_mechanisms.{name}" for name in ("type", "value", "active")),
    ),
    number="",
    children={},
    parents={"party": "party.party"},
    further=("party.contact_mechanisms",),
)
ORDER = Object(
    model="sale.sale",
    fields=(
        *("number", "reference", "description", "comment", "state", "sale_date", "party", "currency.code"),
        *("total_amount", "tax_amount", "untaxed_amount", "invoice_state", "shipment_state"),
        *("contact.name", "contact.type", "contact.value"),
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
    optional={"agent": ("agent.party",)},  # of the module commission: the only salesperson that a sale of Tryton's has
    key="reference",
    stage="state",
)
OBJECTS: Mapping[str, Object] = {"customer": CUSTOMER, "product": PRODUCT, "employee": EMPLOYEE, "order": ORDER}

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
