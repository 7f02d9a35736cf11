"""Writes, each proved by its reply: what the manifest does not find there is an unknown outcome."""

from collections.abc import Sequence
from typing import Any

from connectors.rest.batches import outcomes
from connectors.rest.calls import Ask, Calls
from connectors.rest.errors import holds
from connectors.rest.paths import at, text_at
from connectors.rest.reading import Reader
from connectors.rest.shapes import packed, remote, transaction
from connectors.rest.spec.system import Entity, WriteCall
from hub.connector.contract import Remote, Write, WriteOutcome, Written
from hub.connector.reply import Expect, Reply, untrusted
from hub.errors import BadInput, OutcomeUnknown, RecordGone, RecordLocked, RecordRejected


class Writer:
    """Creates, updates and steps. What a record met is its outcome; what the connection met is raised."""

    def __init__(self, calls: Calls, reader: Reader) -> None:
        self._calls = calls
        self._reader = reader

    def create(self, name: str, writes: Sequence[Write]) -> list[WriteOutcome]:
        entity = self._reader.entity(name)
        operation, call = ("upsert", entity.upsert) if entity.upsert else ("create", entity.create)
        made = _known(call, name, "create")
        if made.batch == 1:
            return [self._one(name, operation, made, write) for write in writes]
        chunks = [writes[start : start + made.batch] for start in range(0, len(writes), made.batch)]
        return [outcome for chunk in chunks for outcome in self._batch(name, operation, made, chunk)]

    def update(self, name: str, writes: Sequence[Write]) -> list[WriteOutcome]:
        entity = self._reader.entity(name)
        operation, call = ("update", entity.update) if entity.update else ("upsert", entity.upsert)
        made = _known(call, name, "update")
        return [self._one(name, operation, made, write) for write in writes]

    def step(self, name: str, step: str, ids: Sequence[str]) -> list[WriteOutcome]:
        call = _known(self._reader.entity(name).steps.get(step), name, step)
        return [self._one(name, "step", call, Write("", {}, id=one)) for one in ids]

    def _one(self, name: str, operation: str, call: WriteCall, write: Write) -> WriteOutcome:
        try:
            return self._written(name, call, self._send(name, operation, call, [write]), write)
        except (RecordRejected, RecordGone, RecordLocked) as error:
            return error

    def _batch(self, name: str, operation: str, call: WriteCall, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        """A batch says what became of each record, or is written as a whole and says so by as many ids as there were records. Refused
        as a whole, each record is tried alone, so that only the bad one stays behind."""
        if len(writes) == 1:
            return [self._alone(name, operation, call, writes[0])]
        try:
            reply = self._send(name, operation, call, writes)
        except RecordRejected:
            return [self._alone(name, operation, call, write) for write in writes]
        return self._judged(reply, call, writes)

    def _alone(self, name: str, operation: str, call: WriteCall, write: Write) -> WriteOutcome:
        try:
            return self._judged(self._send(name, operation, call, [write]), call, [write])[0]
        except (RecordRejected, RecordGone, RecordLocked) as error:
            return error

    def _judged(self, reply: Reply, call: WriteCall, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        if call.each is not None:
            return outcomes(reply, call, self._calls.system.errors, writes)
        return [Written(one) for one in _ids(reply, call, len(writes))]

    def _send(self, name: str, operation: str, call: WriteCall, writes: Sequence[Write]) -> Reply:
        entity, first = self._reader.entity(name), writes[0]
        new = operation in ("create", "upsert")
        records = [packed(entity, write, new=new) for write in writes]
        given: dict[str, Any] = {
            **self._reader.given(name),
            "data": records[0],
            "rows": records,
            "id": first.id,
            "key": first.key,
            "number": first.number,
            "version": first.version,
            "transaction": transaction(first),
        }
        expect: Expect = "any" if call.empty else "json"
        return self._calls.call(Ask(f"{name}.{operation}", call.request, given, safe=False, expect=expect))

    def _written(self, name: str, call: WriteCall, reply: Reply, write: Write) -> Written:
        entity = self._reader.entity(name)
        if call.empty and not reply.content.strip():
            return Written(write.id)
        if call.empty and not (call.id or call.confirm):
            raise untrusted(reply, "应为空回复", "an empty reply was expected")
        if call.confirm is not None and not holds(call.confirm, reply.data):
            raise untrusted(reply, f"{call.confirm.at} 不是成功标志", f"{call.confirm.at} is no sign of success")
        found = text_at(reply.data, call.id) if call.id else write.id
        if not found or (write.id and found != write.id):
            raise untrusted(reply, f"{call.id} 处没有记录号", f"no id of the record at {call.id}")
        stored = _stored(entity, call, reply, found)
        return Written(found, *((stored.number, stored.stage, stored.version, stored) if stored else ()))


def _stored(entity: Entity, call: WriteCall, reply: Reply, wanted: str) -> Remote | None:
    row = at(reply.data, call.record) if call.record else None
    made = remote(entity, row) if isinstance(row, dict) else None
    return made if made is not None and made.id == wanted else None


def _ids(reply: Reply, call: WriteCall, count: int) -> list[str]:
    found = at(reply.data, call.ids)
    ids = [str(one) for one in found if isinstance(one, (str, int))] if isinstance(found, list) else []
    if len(ids) != count or len(set(ids)) != count:
        raise OutcomeUnknown(
            f"{reply.system} 的回复里应有 {count} 个记录号，实际 {len(ids)} 个，需先核对",
            f"{reply.system} should answer {count} ids but gave {len(ids)}; look them up first",
            vendor=reply.vendor(reply.status, reply.text[:200]),
        )
    return ids


def _known(call: WriteCall | None, name: str, what: str) -> WriteCall:
    if call is None:
        raise BadInput(f"{name} 没有配置 {what}", f"{what} is not configured for {name}", field="entity", value=name)
    return call
