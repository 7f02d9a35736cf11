"""Writes of parties and sales: batches for creates, one call under an optimistic lock for each update, steps of a sale."""

import contextlib
import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from connectors.tryton.calls import Calls
from connectors.tryton.objects import OBJECTS
from connectors.tryton.reading import Reader
from connectors.tryton.values import Values
from hub.connector import Native, Remote, Write, WriteOutcome, Written
from hub.errors import BadInput, HubError, RecordGone, RecordLocked, RecordRejected, SetupError, TryLater, Vendor

Done = TypeVar("Done")
STEPS = ("quote", "confirm", "process", "draft")


class Writer:
    """Of one connection. Tryton takes a whole call or nothing of it."""

    def __init__(self, calls: Calls, reader: Reader) -> None:
        self._calls, self._reader = calls, reader
        self._values = Values(calls, reader)

    def create(self, entity: str, writes: Sequence[Write]) -> list[WriteOutcome]:
        """One call for all that can be sent; when it is refused, each is tried alone."""
        prepared = [_alone(partial(self._values.new, entity, write)) for write in writes]
        made = iter(self._create(entity, [one for one in prepared if not isinstance(one, HubError)]))
        return [one if isinstance(one, HubError) else next(made) for one in prepared]

    def update(self, entity: str, writes: Sequence[Write]) -> list[WriteOutcome]:
        rows = self._reader.rows(entity, [int(write.id) for write in writes if write.id.isdigit()])
        return [_alone(partial(self._update, entity, write, rows)) for write in writes]

    def step(self, entity: str, step: str, ids: Sequence[str]) -> list[WriteOutcome]:
        """A sale may go further than asked for: without a queue Tryton processes what is confirmed at once."""
        if step not in STEPS:
            raise BadInput(f"没有步骤 {step}", f"There is no step {step}", field="step", value=step)
        return [_alone(partial(self._step, entity, step, one)) for one in ids]

    def _create(self, entity: str, values: Sequence[Native]) -> list[WriteOutcome]:
        if not values:
            return []
        try:
            made = self._calls.write(f"model.{OBJECTS[entity].model}.create", list(values))
        except RecordRejected as refused:
            if len(values) == 1:
                return [refused]
            return [outcome for one in values for outcome in self._create(entity, [one])]
        return [*self._written(entity, [str(one) for one in made])]

    def _update(self, entity: str, write: Write, rows: dict[int, Native]) -> Written:
        row = rows.get(int(write.id)) if write.id.isdigit() else None
        if row is None:
            raise _gone(write.id)
        self._same_version(entity, write, row)
        values = self._values.changed(entity, write.data, row)
        if values:
            lock = {"_timestamp": json.loads(write.version)} if write.version else {}
            self._calls.write(f"model.{OBJECTS[entity].model}.write", [int(write.id)], values, context=lock)
        return self._written(entity, [write.id])[0]

    def _same_version(self, entity: str, write: Write, row: Native) -> None:
        """The server compares what a write touches; a part that was added or taken away meanwhile shows only here."""
        now = OBJECTS[entity].remote(row).version
        if write.version and now != write.version:
            raise RecordLocked(
                "Tryton 中的记录刚被别人修改，读取后再写",
                "The record was changed in Tryton meanwhile; it is read before it is written",
                vendor=Vendor("tryton", "write", "ConcurrencyException", "version"),
                after=1,
            )

    def _step(self, entity: str, step: str, record_id: str) -> Written:
        """A document that has the stage already is left alone."""
        if not record_id.isdigit():
            raise _gone(record_id)
        before = self._reader.rows(entity, [int(record_id)])
        if int(record_id) not in before:
            raise _gone(record_id)
        if before[int(record_id)]["state"] not in _AFTER[step]:
            self._calls.write(f"model.{OBJECTS[entity].model}.{step}", [int(record_id)])
        return self._written(entity, [record_id])[0]

    def _written(self, entity: str, ids: Sequence[str]) -> list[Written]:
        """With what is stored now; a read that fails takes nothing back."""
        stored: dict[str, Remote] = {}
        with contextlib.suppress(TryLater, SetupError):
            stored = self._reader.read(entity, ids, len(ids))
        return [_confirmed(one, stored.get(one)) for one in ids]


_AFTER = {
    "quote": ("quotation", "confirmed", "processing", "done"),
    "confirm": ("confirmed", "processing", "done"),
    "process": ("processing", "done"),
    "draft": ("draft",),
}


def _confirmed(record_id: str, remote: Remote | None) -> Written:
    if remote is None:
        return Written(record_id)
    return Written(record_id, remote.number, remote.stage, remote.version, remote)


def _gone(record_id: str) -> RecordGone:
    return RecordGone(
        f"Tryton 中没有记录 {record_id}",
        f"Tryton has no record {record_id}",
        vendor=Vendor("tryton", "write", "gone", record_id),
        value=record_id,
    )


def _alone(act: Callable[[], Done]) -> Done | HubError:
    """What is wrong with one record is its outcome; all else concerns the connection."""
    try:
        return act()
    except (RecordRejected, RecordGone, RecordLocked) as error:
        return error
