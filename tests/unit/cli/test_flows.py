"""hub flows set: a change of whose word counts is shown in numbers before it is made."""

from hub.store import core
from tests.unit.api.office import put_binding


def prepared_flow(runtime, ids):
    with runtime.db.write() as tx:
        tx.execute(core.flow.update().values(master=False))
    return put_binding(runtime, ids["孙的客户"], "9", base={"fields": {"name": ["孙的客户", "别的名字"]}})


def test_a_dry_run_shows_both_values_and_changes_nothing(hub, runtime, ids):
    prepared_flow(runtime, ids)
    shown = hub("flows", "set", "erp", "customer", "--master", "--mode", "pull", "--dry-run")
    assert shown.status == 0
    assert "别的名字" in shown.out
    assert not any(row["master"] for row in hub("flows", "list", "--json").json())
    planned = hub("flows", "set", "erp", "customer", "--master", "--mode", "pull", "--dry-run", "--json").json()
    assert planned["fields"] == {"erp": {"name": 1}}


def test_a_mode_other_than_future_asks_first(hub, runtime, ids):
    binding = prepared_flow(runtime, ids)
    asked = hub("flows", "set", "erp", "customer", "--master", "--mode", "pull")
    assert (asked.status, "--yes" in asked.err) == (2, True)
    done = hub("flows", "set", "erp", "customer", "--master", "--mode", "pull", "--yes", "--json")
    assert done.json()[0]["master"] is True
    with runtime.db.read() as tx:
        assert tx.execute(core.binding.select().where(core.binding.c.id == binding)).one().reread


def test_for_the_future_nothing_is_marked(hub, runtime, ids):
    binding = prepared_flow(runtime, ids)
    assert hub("flows", "set", "erp", "customer", "--master", "--json").status == 0
    with runtime.db.read() as tx:
        row = tx.execute(core.binding.select().where(core.binding.c.id == binding)).one()
    assert (row.reread, row.due_at) == (False, None)
