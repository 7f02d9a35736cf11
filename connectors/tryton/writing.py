"""Writes of parties, products and sales: batches for creates, one call under an optimistic lock for each update, steps of a sale."""

import contextlib
import json
from collections.abc import Sequence
from functools import partial

from connectors.tryton.calls import Calls
from connectors.tryton.objects import OBJECTS
from connectors.tryton.outcomes import alone, confirmed, gone, rather_changed, same_version
from connectors.tryton.reading import Reader
from connectors.tryton.values import Values
from hub.connector import Native, Remote, Write, WriteOutcome, Written
from hub.errors import BadInput, HubError, OutcomeUnknown, RecordRejected, SetupError, TryLater, Vendor

STEPS = ("quote", "confirm", "process", "draft")


class Writer:
    """Of one connection. Tryton takes a whole call or nothing of it."""

    def __init__(self, calls: Calls, reader: Reader) -> None:
        self._calls, self._reader = calls, reader
        self._values = Values(calls, reader)

    def create(self, entity: str, writes: Sequence[Write]) -> list[WriteOutcome]:
        """One call for all that can be sent; when it is refused, each is tried alone."""
        prepared = self._values.new(entity, writes)
        made = iter(self._create(entity, [one for one in prepared if not isinstance(one, HubError)]))
        return [one if isinstance(one, HubError) else next(made) for one in prepared]

    def update(self, entity: str, writes: Sequence[Write]) -> list[WriteOutcome]:
        rows = self._reader.rows(entity, [int(write.id) for write in writes if write.id.isdigit()])
        return [alone(partial(self._update, entity, write, rows)) for write in writes]

    def step(self, entity: str, step: str, ids: Sequence[str]) -> list[WriteOutcome]:
        """A sale may go further than asked for: without a queue Tryton processes what is confirmed at once."""
        if step not in STEPS:
            raise BadInput(f"没有步骤 {step}", f"There is no step {step}", field="step", value=step)
        return [alone(partial(self._step, entity, step, one)) for one in ids]

    def _create(self, entity: str, values: Sequence[Native]) -> list[WriteOutcome]:
        if not values:
            return []
        try:
            made = self._calls.write(f"model.{written_to(entity)}.create", list(values))
        except RecordRejected as refused:
            if len(values) == 1:
                return [refused]
            return [outcome for one in values for outcome in self._create(entity, [one])]
        ids = self._variants(made) if entity == "product" else made
        return [*self._written(entity, [str(one) for one in ids])]

    def _variants(self, templates: Sequence[int]) -> list[int]:
        """The only variant of each template just made. Raises OutcomeUnknown: the products are there, only not seen."""
        try:
            rows = self._calls.search("product.template", [["id", "in", list(templates)]], ["products"])
        except (TryLater, SetupError) as unseen:
            raise OutcomeUnknown(unseen.text.zh, unseen.text.en, vendor=unseen.vendor) from unseen
        found = {int(row["id"]): int(row["products"][0]) for row in rows if row.get("products")}
        if len(found) < len(templates):
            text = ("Tryton 已接收产品，但读不到它们", "Tryton took the products but does not show them")
            raise OutcomeUnknown(*text, vendor=Vendor("tryton", "model.product.template.create", "products"))
        return [found[int(one)] for one in templates]

    def _update(self, entity: str, write: Write, rows: dict[int, Native]) -> Written:
        row = rows.get(int(write.id)) if write.id.isdigit() else None
        if row is None:
            raise gone(write.id)
        same_version(write, OBJECTS[entity].remote(row).version)
        values = self._values.changed(entity, write.data, row)
        if values:
            lock = {"_timestamp": json.loads(write.version)} if write.version else {}
            target = int(row["template"]["id"]) if entity == "product" else int(write.id)
            with rather_changed():
                self._calls.write(f"model.{written_to(entity)}.write", [target], values, context=lock)
        return self._written(entity, [write.id])[0]

    def _step(self, entity: str, step: str, record_id: str) -> Written:
        """A document that has the stage already is left alone."""
        if not record_id.isdigit():
            raise gone(record_id)
        before = self._reader.rows(entity, [int(record_id)])
        if int(record_id) not in before:
            raise gone(record_id)
        if before[int(record_id)]["state"] not in _AFTER[step]:
            self._calls.write(f"model.{OBJECTS[entity].model}.{step}", [int(record_id)])
        return self._written(entity, [record_id])[0]

    def _written(self, entity: str, ids: Sequence[str]) -> list[Written]:
        """With what is stored now; a read that fails takes nothing back."""
        stored: dict[str, Remote] = {}
        with contextlib.suppress(TryLater, SetupError):
            stored = self._reader.read(entity, ids, len(ids))
        return [confirmed(one, stored.get(one)) for one in ids]


def written_to(entity: str) -> str:
    """The model that takes the values: a product's name and price stand on its template, which takes its variant along."""
    return "product.template" if entity == "product" else OBJECTS[entity].model


_AFTER = {
    "quote": ("quotation", "confirmed", "processing", "done"),
    "confirm": ("confirmed", "processing", "done"),
    "process": ("processing", "done"),
    "draft": ("draft",),
}
