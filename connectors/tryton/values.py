"""Native records of a mapping -> the values of Tryton's create and write, with what its forms would fill in."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from connectors.tryton import wire
from connectors.tryton.calls import Calls
from connectors.tryton.goods import Goods
from connectors.tryton.known import Known, no_address
from connectors.tryton.objects import OBJECTS
from connectors.tryton.outcomes import alone
from connectors.tryton.parts import part_acts
from connectors.tryton.reading import Reader
from connectors.tryton.shapes import own
from hub.connector import Native, Write
from hub.errors import HubError, ValidationFailed

_READ_ONLY = frozenset(
    {
        *("id", "number", "state", "total_amount", "tax_amount", "untaxed_amount", "invoice_state", "shipment_state"),
        *("employee", "contact_name", "contact_phone"),
    }
)


class Values:
    """RPC runs no on_change: addresses, units, taxes and terms are given as a person's form would give them."""

    def __init__(self, calls: Calls, reader: Reader) -> None:
        self._calls, self._reader = calls, reader
        self._known = Known(calls)
        self._goods = Goods(self._known, calls.config.product_category)

    def new(self, entity: str, writes: Sequence[Write]) -> list[Native | HubError]:
        """Values of each create, the hub's key among them, or why it cannot be sent."""
        if entity == "order":
            parties = sorted({int(str(party)) for write in writes if str(party := write.data.get("party")).isdigit()})
            addresses = self._known.addresses(parties)
            return [alone(partial(self._new_order, write, addresses)) for write in writes]
        make = self._goods.new if entity == "product" else self._new_party
        return [alone(partial(make, write)) for write in writes]

    def changed(self, entity: str, data: Native, row: Native) -> Native:
        """Values of an update of `row` (as the wire has it)."""
        if entity == "product":
            return self._goods.changed(data, row)
        return self._order(data, row) if entity == "order" else self._party(data, row)

    # --- parties ---

    def _new_party(self, write: Write) -> Native:
        values = self._party(write.data, {})
        values["identifiers"] = [*values.get("identifiers", []), ["create", [{"type": None, "code": write.key}]]]
        category = self._reader.category()
        return values | ({"categories": [["add", [category]]]} if category else {})

    def _party(self, data: Native, row: Native) -> Native:
        values = self._fields(
            "party.party", {n: v for n, v in data.items() if n not in ("address", *OBJECTS["customer"].children)}
        )
        acts = {"addresses": self._address(data.get("address"), row)}
        for name, value_field in (("contact_mechanisms", "value"), ("identifiers", "code")):
            acts[name] = part_acts(value_field, data.get(name) or [], own(row.get(name)))
        return values | {name: found for name, found in acts.items() if found}

    def _address(self, given: Mapping[str, Any] | None, row: Native) -> list[Any]:
        """The first address is changed; there is always one to invoice to."""
        first = next(iter(own(row.get("addresses"))), None)
        fields = self._fields("party.address", given or {})
        if first is not None:
            return [["write", [int(first["id"])], fields]] if fields else []
        return [["create", [fields]]] if fields or not row else []

    # --- sales ---

    def _new_order(self, write: Write, addresses: Mapping[int, int]) -> Native:
        data, company = write.data, self._calls.company
        party = wire.typed("many2one", "party", data.get("party"))
        if party is None:
            raise ValidationFailed("订单没有客户，请补填", "The order has no customer: fill it in", field="party")
        if party not in addresses:
            raise no_address(party)
        address = addresses[party]
        term = self._known.term(self._calls.config.payment_term)
        filled = {
            "invoice_address": address,
            "shipment_address": address,
            "invoice_method": "order",
            "shipment_method": "manual",
        }
        filled |= {"payment_term": term} if term else {}
        return {"company": company, **filled, **self._order(data, {}), "reference": write.key}

    def _order(self, data: Native, row: Native) -> Native:
        plain = {n: v for n, v in data.items() if n not in ("lines", "currency", "reference", *_READ_ONLY)}
        values = self._fields("sale.sale", plain)
        if data.get("currency"):
            values["currency"] = self._known.currency(str(data["currency"]["code"]))
        if "lines" in data:
            values["lines"] = self._lines(data["lines"] or [], row)
        return values

    def _lines(self, given: list[Native], row: Native) -> list[Any]:
        """Lines with an id are changed, others made, those of the sale that are not given taken away."""
        mine = {int(line["id"]): line for line in row.get("lines") or [] if line.get("type") == "line"}
        acts, kept = list[Any](), set[int]()
        for line in given:
            known = int(line["id"]) if line.get("id") else 0
            fields = self._line(line, mine.get(known))
            if known:
                kept.add(known)
                acts += [["write", [known], fields]] if fields else []
            else:
                acts.append(["create", [{"type": "line", **fields}]])
        gone = sorted(set(mine) - kept)
        return [*acts, *([["delete", gone]] if gone else [])]

    def _line(self, line: Native, before: Native | None) -> Native:
        fields = self._fields(
            "sale.line", {n: v for n, v in line.items() if n not in ("id", "unit", "tax_rate", "amount")}
        )
        product = fields.get("product")
        if product is not None:
            fields["unit"] = self._known.unit(product)
        if line.get("tax_rate") is not None:
            taxes = self._known.taxes(Decimal(str(line["tax_rate"])))
            fields["taxes"] = [["add", taxes]] if before is None else self._other_taxes(before, taxes)
        elif before is None and product is not None:
            fields["taxes"] = [["add", self._known.product_taxes(product)]]
        return fields

    def _other_taxes(self, before: Native, taxes: list[int]) -> list[Any]:
        old = [int(one["id"]) for one in before.get("taxes") or []]
        return [] if old == taxes else [["remove", old], ["add", taxes]]

    def _fields(self, model: str, data: Mapping[str, Any]) -> Native:
        """Typed values. Raises ValidationFailed for a name that the model does not have."""
        types = self._calls.types(model)
        values = {}
        for name, value in data.items():
            if name == "id":
                continue
            if name not in types:
                raise ValidationFailed(
                    f"Tryton 的 {model} 没有字段 {name}，请修改映射",
                    f"{model} in Tryton has no field {name}: change the mapping",
                    field=name,
                )
            values[name] = wire.typed(types[name], name, value)
        return values
