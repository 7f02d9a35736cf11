"""The rolling re-read (ENGINE section 3): open documents by id, because some operations leave no modified time behind."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from hub.store.core import binding, flow, read_mark, record
from hub.store.marks import last_read
from hub.store.partial import IS_OPEN
from hub.sync.due import REREAD_TURNS
from hub.sync.sweep import FlowRun, being_written

CALLS_AT_ONCE = 40
"""A turn ends after about so many calls: pulls and pushes of the flow come in between."""
MOST_AT_ONCE = 2_000


class RollingRun(FlowRun):
    """One turn: the open documents that were not read for longest, batch by batch."""

    kind = "rolling"

    def _anything(self) -> bool:
        """Nothing old enough leaves no run behind, only the time of the next look."""
        self.rows = self._oldest()
        if not self.rows:
            self._next(self.core.now() + timedelta(seconds=self.flow.flow.reread_s / REREAD_TURNS))
        return bool(self.rows)

    def _work(self) -> None:
        wait = 0.0 if len(self.rows) == self._limit() else self.flow.flow.reread_s / REREAD_TURNS
        self._next(
            self.core.now() + timedelta(seconds=wait)
        )  # first, so that a read that fails is not tried all the time
        self._read(self.rows)

    def _limit(self) -> int:
        manifest = self.flow.manifest
        cost = manifest.calls_per_record.get("read", 1 / max(1, manifest.read_batch))
        return min(MOST_AT_ONCE, max(1, int(CALLS_AT_ONCE / cost)))

    def _oldest(self) -> Sequence[Any]:
        """Beginning with the open records through their index: they are few, but without statistics SQLite would begin with all
        bindings of the connection. (Adding 0 keeps it from doing so.)"""
        since = self.core.now() - timedelta(seconds=self.flow.flow.reread_s * (REREAD_TURNS - 1) / REREAD_TURNS)
        joined = select(binding).join_from(record, binding, binding.c.record_id == record.c.id)
        joined = joined.outerjoin(read_mark, read_mark.c.binding_id == binding.c.id)
        query = joined.where(
            IS_OPEN,
            record.c.entity == self.flow.entity,
            binding.c.connection_id + 0 == self.flow.at,
            binding.c.state == "linked",
            binding.c.external_id != "",
            last_read() <= since,
            ~being_written(),
        )
        with self.core.db.read() as db:
            return db.execute(query.order_by(last_read(), binding.c.id).limit(self._limit())).all()

    def _next(self, when: datetime) -> None:
        with self.core.db.write() as db:
            db.execute(update(flow).where(flow.c.id == self.flow.flow.id).values(next_reread_at=when))
