"""The connector contract over a vendor in memory, with every fault that a wire can show."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from hub.connector.contract import Connector, Delivery, Message, Page, Remote, Write, WriteOutcome, Written
from hub.connector.manifest import EntityManifest, Manifest, Name, Stage
from hub.errors import (
    BadInput,
    DuplicateInSystem,
    OutcomeUnknown,
    RecordGone,
    RecordLocked,
    RecordRejected,
    Unreachable,
    ValidationFailed,
)
from tests.sync.memory import SETTLE_S, MemorySystem

WRITE_FAULTS = (
    "commit_then_drop",
    "drop_before_commit",
    "half_then_drop",
    "late_commit",
    "unreachable",
    "locked",
    "refuse_batch",
)
READ_FAULTS = ("unreachable", "empty_page", "repeat_page")


class MemoryConfig(BaseModel):
    """A system in memory needs no settings."""

    label: str = ""


class MemoryClient:
    """The contract over a MemorySystem. Pages are small; a cursor is a tick, and a pull from it repeats one tick."""

    page_size = 3

    def __init__(self, system: MemorySystem) -> None:
        self.system = system

    def _remote(self, entity: str, row: Mapping[str, Any]) -> Remote:
        data = self.system.show(entity, dict(row))
        return Remote(
            id=data["id"],
            data=data,
            number=data["number"],
            stage=data.get("stage", ""),
            modified=str(data["modified"]),
            key=data["hub_key"],
        )

    def _call(self, what: str) -> None:
        """Every call: something else may happen in the hub while it is under way."""
        self.system.calls.append(what)
        if self.system.during_call:
            self.system.during_call.pop(0)()

    def _read_fault(self) -> str:
        fault = self.system.faults.next_read()
        if fault == "unreachable":
            raise Unreachable("连不上", "cannot connect", after=1)
        return fault

    def check(self) -> Mapping[str, str]:
        return {"account": self.system.name}

    def pull(self, entity: str, checkpoint: Mapping[str, Any] | None, *, full: bool = False) -> Iterator[Page]:
        since, last = (0 if full or checkpoint is None else int(checkpoint["tick"])), ""
        while True:
            fault = self._read_fault()
            rows = self._after(entity, since, last)
            page = [] if fault == "empty_page" else rows[: self.page_size]
            found = [self._remote(entity, r) for r in page]
            more = len(rows) > len(page) and fault != "empty_page"
            self._call(f"pull {entity}")
            if fault == "repeat_page":
                yield Page(found, checkpoint=None, more=True)
            if page:
                since, last = page[-1]["modified"], page[-1]["id"]
            yield Page(found, checkpoint={"tick": max(0, since - 1)}, more=more)
            if not more:
                return
            if self.system.between_pages:
                self.system.between_pages.pop(0)()

    def _after(self, entity: str, since: int, last: str) -> list[dict[str, Any]]:
        rows = self.system.table(entity).values()
        late = [r for r in rows if (r["modified"], r["id"]) > (since, last) and r["id"] not in self.system.hidden]
        return sorted(late, key=lambda r: (r["modified"], r["id"]))

    def deleted(self, entity: str, checkpoint: Mapping[str, Any] | None) -> Iterator[Page]:
        since = int(checkpoint["tick"]) if checkpoint else 0
        rows = [
            Remote(id=k, data={}, deleted=True, merged_into=m) for tick, k, m in self.system.deleted if tick > since
        ]
        newest = max((tick for tick, _k, _m in self.system.deleted), default=since)
        yield Page(rows, checkpoint={"tick": newest}, more=False)

    def read(self, entity: str, ids: Sequence[str]) -> Mapping[str, Remote]:
        self._read_fault()
        table = self.system.table(entity)
        found = {i: self._remote(entity, table[i]) for i in ids if i in table and i not in self.system.hidden}
        self._call(f"read {entity}")
        return found

    def find(self, entity: str, write: Write) -> Sequence[Remote]:
        self._read_fault()
        rows = self.system.table(entity).values()
        found = [
            self._remote(entity, r)
            for r in rows
            if write.key in (r["hub_key"], r["number"] if self.system.key == "number" else "")
            and r["id"] not in self.system.hidden
        ]
        self._call(f"find {entity}")
        return found

    def create(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        return self._batch(entity, writes, create=True)

    def update(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        return self._batch(entity, writes, create=False)

    def _batch(self, entity: str, writes: Sequence[Write], *, create: bool) -> Sequence[WriteOutcome]:
        self.system.writing = True
        self._call(f"{'create' if create else 'update'} {entity}")
        self.system.writing = False
        fault = self.system.faults.next_write()
        if fault == "unreachable":
            raise Unreachable("连不上", "cannot connect", after=1)
        if fault == "late_commit":
            self.system.commit_late(lambda: [self._one(entity, w, create=create) for w in writes] and None)
        if fault == "half_then_drop":
            self._one(entity, writes[0], create=create)
        if fault in ("drop_before_commit", "late_commit", "half_then_drop"):
            raise OutcomeUnknown("没有答复", "no reply")
        if fault == "refuse_batch" and len(writes) > 1:
            raise ValidationFailed("整批被拒", "the batch was refused")
        if fault == "locked":
            return [RecordLocked("被占用", "locked", after=1) for _ in writes]
        results = [self._one(entity, w, create=create) for w in writes]
        if fault == "commit_then_drop":
            raise OutcomeUnknown("没有答复", "no reply")
        return results

    def _one(self, entity: str, write: Write, *, create: bool) -> WriteOutcome:
        table = self.system.table(entity)
        complaint = self.system.reject({**write.data}) or self._orphan(write)
        complaint = complaint or ("" if create else self._refused_update(entity, write))
        if complaint:
            return RecordRejected(complaint, complaint)
        if create and self.system.key == "number" and any(r["number"] == write.key for r in table.values()):
            return DuplicateInSystem("编号已存在", "number exists")
        if not create and write.id not in table:
            return RecordGone("不存在", "not there")
        stamp = {"field": {"hub_key": write.key}, "number": {"hub_key": write.key, "number": write.key}}
        row = {**write.data, **stamp.get(self.system.key, {})} if create else {**write.data, "id": write.id}
        stored = self.system.write(entity, row, create=create)
        return Written(stored["id"], stored["number"], stored.get("stage", ""))

    def _orphan(self, write: Write) -> str:
        """A document that refers to a customer which never was here."""
        wanted = write.data.get("customer")
        known = {*self.system.table("customer"), *(key for _tick, key, _into in self.system.deleted)}
        return f"客户不存在 no such customer {wanted}" if wanted and wanted not in known else ""

    def _refused_update(self, entity: str, write: Write) -> str:
        row = self.system.table(entity).get(write.id, {})
        if row.get("stage", "saved") != "saved":
            return "单据已提交 document is not editable"
        known = {line["lid"] for line in row.get("lines", [])}
        unknown = [line["lid"] for line in write.data.get("lines", []) if line.get("lid") and line["lid"] not in known]
        return f"行不存在 no such lines {unknown}" if unknown else ""

    def step(self, entity: str, step: str, ids: Sequence[str]) -> Sequence[WriteOutcome]:
        self._call(f"step {step}")
        fault = self.system.faults.next_write()
        if fault == "unreachable":
            raise Unreachable("连不上", "cannot connect", after=1)
        if fault in ("drop_before_commit", "late_commit"):
            raise OutcomeUnknown("没有答复", "no reply")
        results = [self._stepped(entity, step, key) for key in ids]
        if fault in ("commit_then_drop", "half_then_drop"):
            raise OutcomeUnknown("没有答复", "no reply")
        return results

    def _stepped(self, entity: str, step: str, key: str) -> WriteOutcome:
        row = self.system.table(entity).get(key)
        if row is None:
            return RecordGone("不存在", "not there")
        row["stage"] = {"submit": "submitted", "audit": "audited", "unaudit": "saved"}[step]
        self.system.journal.append((step, entity, key))
        return Written(key, row["number"], row["stage"])

    def send(self, message: Message) -> Delivery:
        raise BadInput("不支持", "not supported")

    def lookup_member(self, kind: str, value: str) -> str:
        return ""

    def close(self) -> None:
        return None


STAGES = {
    "saved": Stage(name="saved"),
    "submitted": Stage(name="submitted", step="submit", editable=False),
    "audited": Stage(name="audited", step="audit", editable=False, reopen="unaudit"),
}


def entity_manifest(system: MemorySystem, entity: str) -> EntityManifest:
    return EntityManifest.model_validate(
        {
            "object": entity,
            "can": ["pull", "read", "find", "create", "update", *(["delete_feed"] if system.feed else [])],
            "key": system.key,
            "create_batch": 3,
            "update_batch": 3,
            "read_batch": 3,
            "settle_s": SETTLE_S,
            "stages": [STAGES[name] for name in system.stages] if entity == "order" else [],
            "lines": system.lines if entity == "order" else "none",
        }
    )


def connector_of(system: MemorySystem, entities: Sequence[str]) -> Connector:
    manifest = Manifest(
        system=system.name,
        name=Name(zh=system.name, en=system.name),
        kind=("crm",),
        vendor_docs="-",
        wire_version="1",
        entities={e: entity_manifest(system, e) for e in entities},
        parallel=1,
    )
    return Connector(manifest, MemoryConfig, lambda _config, _link: MemoryClient(system))
