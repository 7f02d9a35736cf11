"""What becomes of one write: confirmed with what is stored, refused alone, gone, or decided on a version that is not the newest."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from hub.connector import Remote, Write, Written
from hub.errors import HubError, RecordGone, RecordLocked, RecordRejected, Vendor

Done = TypeVar("Done")


def confirmed(record_id: str, remote: Remote | None) -> Written:
    if remote is None:
        return Written(record_id)
    return Written(record_id, remote.number, remote.stage, remote.version, remote)


def gone(record_id: str) -> RecordGone:
    return RecordGone(
        f"Tryton 中没有记录 {record_id}",
        f"Tryton has no record {record_id}",
        vendor=Vendor("tryton", "write", "gone", record_id),
        value=record_id,
    )


def same_version(write: Write, now: str) -> None:
    """The server compares what a write touches; a part that was added or taken away meanwhile shows only here. Raises RecordLocked."""
    if write.version and now != write.version:
        raise _changed(Vendor("tryton", "write", "ConcurrencyException", "version"))


@contextmanager
def rather_changed() -> Iterator[None]:
    """Of a record that was there a moment ago, what is gone now may be one of its parts: it is read again before anybody says that
    the record is."""
    try:
        yield
    except RecordGone as part:
        raise _changed(part.vendor) from part


def _changed(vendor: Vendor) -> RecordLocked:
    return RecordLocked(
        "Tryton 中的记录刚被别人修改，读取后再写",
        "The record was changed in Tryton meanwhile; it is read before it is written",
        vendor=vendor,
        after=1,
    )


def alone(act: Callable[[], Done]) -> Done | HubError:
    """What is wrong with one record is its outcome; all else concerns the connection."""
    try:
        return act()
    except (RecordRejected, RecordGone, RecordLocked) as error:
        return error
