"""What became of each record of a batch: outcomes by DIndex, honest about those that the reply does not mention.
Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.kingdee.errors import CALL_CODES, Said, write_error
from connectors.kingdee.replies import Done, RowError, Status
from hub.connector import WriteOutcome, Written
from hub.errors import HubError, OutcomeUnknown, RecordRejected, Vendor


@dataclass(frozen=True, slots=True)
class Sent:
    """What was called, for the evidence on errors."""

    operation: str
    ids: Sequence[str]
    """Record ids in the order sent ("" for creates)."""

    def vendor(self, status: Status, message: str) -> Vendor:
        return Vendor("kingdee", self.operation, status.code, message[:500])


def outcomes(sent: Sent, status: Status) -> list[WriteOutcome | None]:
    """One per record, None where the reply says nothing about it. Raises the error of a call refused as a whole."""
    done, errors = _done_by_place(sent, status), _errors_by_place(sent, status)
    if not status.done and not status.ok and not set(range(len(sent.ids))) <= set(errors):
        raise _whole(sent, status)
    return [_outcome(sent, status, done.get(place), errors.get(place)) for place in range(len(sent.ids))]


def silent(sent: Sent, status: Status) -> OutcomeUnknown:
    """The outcome of a record that a reply passed over (partial batches call themselves successful, kingdee.md E
    14)."""
    return OutcomeUnknown(
        "金蝶的批量回复没有提到这条记录，需先核对是否已写入",
        "The reply to the batch does not mention this record; look it up before trying again",
        vendor=sent.vendor(status, status.message),
    )


def _outcome(sent: Sent, status: Status, done: Done | None, errors: list[RowError] | None) -> WriteOutcome | None:
    if errors:
        return error_of(sent, status, errors)
    return Written(done.id, done.number) if done and done.id else None


def error_of(sent: Sent, status: Status, errors: Sequence[RowError]) -> HubError:
    """The error of one record from everything that the reply says about it."""
    message = "；".join(dict.fromkeys(error.message for error in errors if error.message))
    field = next((error.field for error in errors if error.field), "")
    return write_error(Said(sent.vendor(status, message), field))


def _whole(sent: Sent, status: Status) -> HubError:
    """Nothing was done and not every record is blamed: the call was refused, or the bad one hides in the batch."""
    error = error_of(sent, status, status.errors)
    if len(sent.ids) == 1 or status.code in CALL_CODES:
        return error
    return RecordRejected(error.text.zh, error.text.en, vendor=error.vendor, field=error.field)


def _done_by_place(sent: Sent, status: Status) -> dict[int, Done]:
    """By id where ids were sent, else by DIndex: some replies number the successes among themselves."""
    if any(sent.ids):
        by_id = {done.id: done for done in status.done}
        return {place: by_id[one] for place, one in enumerate(sent.ids) if one in by_id}
    return {done.index: done for done in status.done if 0 <= done.index < len(sent.ids)}


def _errors_by_place(sent: Sent, status: Status) -> dict[int, list[RowError]]:
    found: dict[int, list[RowError]] = {}
    for error in status.errors:
        if 0 <= error.index < len(sent.ids):
            found.setdefault(error.index, []).append(error)
    done = _done_by_place(sent, status)
    return {place: errors for place, errors in found.items() if place not in done}
