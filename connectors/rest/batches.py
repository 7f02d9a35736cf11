"""What became of each record of a batch, where the reply says so record by record."""

from collections.abc import Sequence
from typing import Any

from connectors.rest.errors import holds, refused_row
from connectors.rest.paths import MISSING, at, text_at
from connectors.rest.spec.errors import Errors
from connectors.rest.spec.system import Each, WriteCall
from hub.connector.contract import Native, Write, WriteOutcome, Written
from hub.connector.reply import Reply, untrusted
from hub.errors import HubError


def outcomes(reply: Reply, call: WriteCall, errors: Errors, writes: Sequence[Write]) -> list[WriteOutcome]:
    """One outcome per write, in their order. Raises OutcomeUnknown when the reply cannot be tied to the records that were sent: a
    result too many, one without a place, two for one record. A record of which the reply says nothing, or that is said to be good
    without an id, is unknown by itself."""
    each = call.each
    assert each is not None
    told = _told(reply, each, writes)
    good = iter(_ids(reply, call, len(writes) - len(told)) if each.lists == "failed" else ())
    return [
        _outcome(reply, each, errors, told[place])
        if place in told
        else Written(next(good))
        if each.lists == "failed"
        else _silent(reply, write)
        for place, write in enumerate(writes)
    ]


def _told(reply: Reply, each: Each, writes: Sequence[Write]) -> dict[int, Native]:
    """Place of a record in the batch -> what the reply says about it."""
    found = at(reply.data, each.rows)
    if each.lists == "failed" and (found is MISSING or found is None):
        return {}
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise untrusted(reply, f"缺少逐条结果 {each.rows}", f"no results at {each.rows}")
    places = [_place(each, row, number, writes) for number, row in enumerate(found)]
    by_order = not (each.key or each.place)  # one left out in the middle would give each after it the id of another
    if None in places or len(set(places)) != len(places) or (by_order and len(places) != len(writes)):
        raise untrusted(reply, "逐条结果与发送的记录对不上", "the results do not fit the records that were sent")
    return {place: row for place, row in zip(places, found, strict=True) if place is not None}


def _place(each: Each, row: Native, number: int, writes: Sequence[Write]) -> int | None:
    """Which record a result is about; None when it is about none."""
    if each.key:
        keys = [write.key for write in writes]
        said = text_at(row, each.key)
        return keys.index(said) if said in keys else None
    if each.place:
        said = text_at(row, each.place)
        number = int(said) - each.first if said.isdigit() else -1
    return number if 0 <= number < len(writes) else None


def _outcome(reply: Reply, each: Each, errors: Errors, row: Native) -> WriteOutcome:
    found = text_at(row, each.id) if each.id else ""
    if each.lists == "all" and (each.ok is None or holds(each.ok, row)) and found:
        return Written(found)
    if each.lists == "all" and each.ok is not None and holds(each.ok, row):
        return untrusted(reply, f"{each.id} 处没有记录号", f"no id of the record at {each.id}")
    return refused_row(errors, reply, text_at(row, each.code), text_at(row, each.message))


def _silent(reply: Reply, write: Write) -> HubError:
    return untrusted(reply, f"没有 {write.key} 的结果", f"no result for {write.key}")


def _ids(reply: Reply, call: WriteCall, count: int) -> list[str]:
    """Ids of the records that were written, in their order."""
    found: Any = at(reply.data, call.ids)
    ids = [str(one) for one in found if isinstance(one, (str, int))] if isinstance(found, list) else []
    if len(ids) != count or len(set(ids)) != count:
        raise untrusted(reply, f"应有 {count} 个记录号，实际 {len(ids)} 个", f"{len(ids)} ids for {count} records")
    return ids
