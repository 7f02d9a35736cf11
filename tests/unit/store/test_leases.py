"""A dead worker's leases are free at once: what was due, and what it was writing; nobody else's."""

from datetime import timedelta

from sqlalchemy import insert, select

from hub.store.core import binding, flow, intent
from hub.store.database import Database
from hub.store.flows import insert_flow
from hub.store.leases import release_worker
from tests.records import NOW, bind, bound


def test_leases_of_a_dead_worker_are_free(any_database: Database) -> None:
    held = {"lease_until": NOW + timedelta(minutes=5)}
    bind(any_database, bound(1, "due", due_at=NOW, **held | {"lease_owner": "dead"}))
    bind(any_database, bound(2, "written", due_at=None, **held | {"lease_owner": "dead"}))
    bind(any_database, bound(3, "other", due_at=NOW, **held | {"lease_owner": "alive"}))
    with any_database.write() as tx:
        insert_flow(tx, {"connection_id": 1, "entity": "receivable"})
        written = tx.scalar(select(binding.c.id).where(binding.c.external_id == "written"))
        row = {"binding_id": written, "operation": "update", "key": "", "target_stage": "", "record_version": 1}
        tx.execute(insert(intent).values(**row, sent={}, state="open", opened_at=NOW, looks=0, fence=1))
        assert release_worker(tx, "dead") == 2
        owners = dict(tx.execute(select(binding.c.external_id, binding.c.lease_owner)).all())
        assert tx.scalar(select(flow.c.lease_owner)) == ""
    assert owners == {"due": "", "written": "", "other": "alive"}
