"""Writes: add under the hub's key, and the verbs of orders. There is no call that edits what U8 has."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from connectors.yonyou.amounts import cents, exact, with_tax
from connectors.yonyou.offers import alone
from connectors.yonyou.times import mark
from connectors.yonyou.u8.calls import Calls
from connectors.yonyou.u8.reading import Reader
from connectors.yonyou.u8.resources import RESOURCES
from hub.connector import Native, Remote, Write, WriteOutcome, Written
from hub.errors import BadInput, RecordGone, RecordRejected, ValidationFailed

_STEPS = {"verify": ("verify", "approved"), "unverify": ("unverify", "saved")}
_SHORT = 60


class Writer:
    """Of one connection. The same key never makes a second record: it guards the call, or else it is the record's number."""

    def __init__(self, calls: Calls, reader: Reader) -> None:
        self._calls, self._reader = calls, reader

    def create(self, entity: str, writes: Sequence[Write]) -> list[WriteOutcome]:
        return [alone(partial(self._create, entity, write)) for write in writes]

    def step(self, entity: str, step: str, ids: Sequence[str]) -> list[WriteOutcome]:
        """Outcomes in order of the ids. A record that has taken the step already counts as done."""
        if entity != "order" or step not in _STEPS:
            raise BadInput(f"{entity} 没有步骤 {step}", f"{entity} has no step {step}", field="step", value=step)
        return [alone(partial(self._step, step, one)) for one in ids]

    def _create(self, entity: str, write: Write) -> Written:
        resource = RESOURCES[entity]
        number = number_of(entity, write)
        make = {"customer": self._customer, "order": self._order, "receipt": self._receipt}[entity]
        reply = self._calls.add(resource.name, {**make(write.data), resource.key: number}, write.key)
        # The id may be empty on success: then the number that was sent is the one.
        made = str(reply.data.get("id") or "") or number
        return Written(made, made, "saved" if resource.dated else "")

    def _step(self, step: str, number: str) -> Written:
        verb, stage = _STEPS[step]
        now: Remote | None = self._reader.one("order", number)
        if now is None:
            raise RecordGone(f"订单 {number} 不在 U8 里", f"Order {number} is not there", value=number)
        if now.stage != stage:
            body = {"saleorder": {"voucher_code": number, "person_code": str(now.data.get("personcode") or "")}}
            self._calls.verb(f"saleorder/{verb}", body)
        return Written(number, number, stage)

    def _customer(self, data: Mapping[str, Any]) -> Native:
        config = self._calls.config
        sent = _filled(data)
        defaults = {
            "abbrname": str(sent.get("name") or "")[:_SHORT],
            "sort_code": config.customer_class,
            "seed_date": self._today(),
            "ccusexch_name": config.currency,
            "bcusdomestic": "1",
            "ccusmngtypecode": "999",
        }
        return {**defaults, **sent}

    def _order(self, data: Mapping[str, Any]) -> Native:
        sent = _filled(data)
        rows = [_line({**row, "taxrate": self._rate(row)}) for row in data.get("entry") or []]
        if not rows:
            raise ValidationFailed("订单没有明细", "The order has no lines", field="entry")
        return {"date": self._today(), **sent, "entry": rows}

    def _rate(self, row: Mapping[str, Any]) -> Any:
        """The line's tax rate, or the inventory's own: a CRM often knows none."""
        given = row.get("taxrate")
        if given not in (None, ""):
            return given
        product = self._reader.one("product", str(row.get("inventorycode") or ""))
        return product.data.get("tax_rate") if product is not None else None

    def _receipt(self, data: Mapping[str, Any]) -> Native:
        """Here `amount` is the local amount and `originalamount` that of the document's currency (4.5)."""
        config, sent = self._calls.config, _filled(data)
        currency = str(sent.get("foreigncurrency") or config.currency)
        if currency != config.currency and not sent.get("currencyrate"):
            raise RecordRejected(f"外币 {currency} 的收款单没有汇率", f"No rate for {currency}", field="currencyrate")
        original = exact(sent.get("originalamount"), "originalamount")
        local = cents(original * exact(sent.get("currencyrate") or 1, "currencyrate"))
        amounts = {"originalamount": f"{original:f}", "amount": f"{local:f}"}
        row = {"type": "0", "customercode": sent.get("customercode", ""), **amounts}
        head = {"vouchtype": "48", "vouchdate": self._today(), "foreigncurrency": currency, "operator": config.operator}
        return {**head, **sent, **amounts, "entry": [row]}

    def _today(self) -> str:
        return mark(self._calls.link.now())[:10]


def number_of(entity: str, write: Write) -> str:
    """The number of a new record: given by the mapping, the binding's, else the hub's key."""
    return str(write.data.get(RESOURCES[entity].key) or "").strip() or write.number or write.key


def _filled(data: Mapping[str, Any]) -> Native:
    """Texts; what is empty is left out, as U8 itself does."""
    return {
        name: f"{value:f}" if isinstance(value, Decimal) else str(value)
        for name, value in data.items()
        if name != "entry" and value not in (None, "")
    }


def _line(row: Mapping[str, Any]) -> Native:
    """One line with its amounts as text; the price with tax leads."""
    quantity, price, rate = (exact(row.get(name), f"entry.{name}") for name in ("quantity", "taxunitprice", "taxrate"))
    taxed = with_tax(cents(quantity * price), rate)
    figures = {"quantity": quantity, "taxunitprice": price, "taxrate": rate, "sum": taxed.total, "money": taxed.bare}
    given = {name: value for name, value in _filled(row).items() if name not in ("irowno", "discount_rate")}
    if exact(row.get("discount_rate") or 0, "entry.discount_rate"):
        raise ValidationFailed(
            "U8 订单按折后含税单价录入，不接受折扣率",
            "The order takes the net price, not a discount",
            field="entry.discount_rate",
            value=str(row["discount_rate"]),
        ).put_right_by(
            "author",
            "在来源系统改用折后单价，折扣率留空",
            "use the net price at the source and leave the discount empty",
        )
    return {**given, **{name: f"{value:f}" for name, value in {**figures, "tax": taxed.tax}.items()}}
