"""A document that waits for its parent (or for people to approve it): set aside visibly until the parent's commit wakes it."""

from typing import Any

from sqlalchemy import Connection, select

from hub.store.apply import open_item
from hub.store.core import record
from hub.store.leases import free_bindings
from hub.store.lookup import doubt_about, targets_of_refs
from hub.sync.approvals import is_decided
from hub.sync.core import Core
from hub.sync.drafts import waiting_item
from hub.sync.flowcontext import FlowContext
from hub.sync.pushplan import Job, Parents


def wait_for_parent(core: Core, flow: FlowContext, job: Job, *, fence: int) -> None:
    """The parent's commit wakes the child. One that came since the look-up leaves nothing to wait for."""
    now = core.now()
    with core.db.write() as db:
        if job.waits_for and _arrived(db, flow, job.waits_for):
            free_bindings(db, [job.binding.id], fence=fence, attempts=0, due_at=now)
            return
        parent = db.scalar(select(record.c.title).where(record.c.id == job.waits_for)) if job.waits_for else ""
        if not job.blocker.startswith("approval:"):  # waiting for people to approve is no trouble to look into
            doubt = doubt_about(db, job.blocker.partition(":")[0], job.waits_for) if job.waits_for else None
            open_item(db, waiting_item(flow, job, str(parent or ""), doubt), now)
        values: dict[str, Any] = {"attempts": 0, "due_at": None, "waiting_for": job.waits_for or None}
        free_bindings(db, [job.binding.id], fence=fence, **values)


def _arrived(db: Connection, flow: FlowContext, record_id: int) -> bool:
    parent = db.execute(select(record.c.entity, record.c.data).where(record.c.id == record_id)).one()
    if parent.entity == "approval":
        return is_decided(parent.data)
    parents = Parents(targets_of_refs(db, flow.at, [record_id]), flow.connector.manifest)
    return parents.target(str(parent.entity), record_id) is not None
