"""How the bindings and records of written jobs stand when their outcome is committed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, select

from hub.connector.contract import Written
from hub.store.bulk import one_of
from hub.store.core import binding, record
from hub.store.fetch import Shape, fetch_in
from hub.store.lookup import bindings_by_id, records_by_id, targets_of_refs
from hub.store.pageplan import Moved, RefKey
from hub.sync.golden import refs_to
from hub.sync.pushplan import Job

Good = Sequence[tuple[Job, Written]]

_BINDING = Shape(binding, "id", "version", "fence")
_RECORD = Shape(record, "id", "version")


@dataclass(frozen=True, slots=True)
class Standing:
    """Bindings and records of written jobs. What did not move since it was leased is not read again."""

    bindings: Mapping[int, Any]
    records: Mapping[int, Any]
    fences: Mapping[int, int]
    as_leased: bool = False

    @classmethod
    def leased(cls, good: Good) -> "Standing":
        """As they were leased, without a look: the usual case, and `still` finds out whether it holds."""
        bindings = {job.binding.id: job.binding for job, _w in good}
        fences = {i: row.fence for i, row in bindings.items()}
        return cls(bindings, {job.record.id: job.record for job, _w in good}, fences, as_leased=True)

    @classmethod
    def of(cls, db: Connection, good: Good) -> "Standing":
        jobs = [job for job, _w in good]
        bound = {row.id: row for row in _bindings(db, jobs)}
        owners = {row.id: row.version for row in _records(db, jobs)}
        bindings = {job.binding.id: job.binding for job in jobs if job.binding.version == bound[job.binding.id].version}
        records = {
            job.record.id: job.record
            for job in jobs
            if job.record.version == owners[job.record.id] and not isinstance(job.record, SimpleNamespace)
        }
        return cls(
            {**bindings, **bindings_by_id(db, bound.keys() - bindings.keys())},
            {**records, **records_by_id(db, owners.keys() - records.keys())},
            {key: row.fence for key, row in bound.items()},
        )

    def is_ours(self, job: Job, fence: int) -> bool:
        """Not somebody else's since: then the settle run looks the write up. A settle run itself (fence 0) judges any."""
        return not fence or self.fences.get(job.binding.id) == fence

    def still(self, db: Connection, mine: Good, fence: int) -> set[int]:
        """Locks the bindings; then the records that are as they were when they were mapped. A record that moves after this marks
        its bindings due after we are done. Raises Moved when a binding is not as it was planned from, or somebody else's; and for
        what was taken to be as leased when a record moved too."""
        jobs = [job for job, _w in mine]
        locked = _bindings(db, jobs, end="FOR UPDATE" if db.dialect.name == "postgresql" else "")
        for row in locked:
            if (fence and row.fence != fence) or row.version != self.bindings[row.id].version:
                raise Moved
        versions = {row.id: row.version for row in _records(db, jobs)}
        unmoved = {job.record.id for job in jobs if versions[job.record.id] == job.record.version}
        if self.as_leased and not unmoved.issuperset(versions):
            raise Moved
        return unmoved


def _bindings(db: Connection, jobs: Sequence[Job], *, end: str = "") -> Sequence[Any]:
    return fetch_in(db, _BINDING, "id", [job.binding.id for job in jobs], end=end)


def _records(db: Connection, jobs: Sequence[Job]) -> Sequence[Any]:
    return fetch_in(db, _RECORD, "id", [job.record.id for job in jobs])


def known_refs(db: Connection, at: int, good: Good) -> Mapping[RefKey, int]:
    """The references that the written records hold, as the vendor gives them back -> record ids."""
    ids = {i for job, _w in good for i in refs_to(job.record.data)}
    rows = targets_of_refs(db, at, ids)
    if not rows:
        return {}
    query = select(record.c.id, record.c.entity).where(one_of(db, record.c.id, rows.keys()))
    entities = {row.id: row.entity for row in db.execute(query)}
    known = {}
    for record_id, row in rows.items():
        entity = entities.get(record_id, "")
        known[RefKey(entity, "id", row.external_id)] = record_id
        if row.number:
            known[RefKey(entity, "number", row.number)] = record_id
    return known
