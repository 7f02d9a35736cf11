"""What people list and look up, on both databases: filters, pages, who sees what, accounts, mappings."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from hub.errors import NotSignedIn, TooManyTries
from hub.setup import accounts, activation, mappings
from hub.setup.connections import NewConnection, add_connection
from hub.store import alertlog, audit, connections, core, flows, inbox, records, runs, users
from hub.store import mappings as mapping_store
from hub.store.inbound import keep
from hub.store.paging import PageRequest
from hub.store.scope import EVERYTHING, Scope
from tests.unit.api.office import (
    CUSTOMER_YAML,
    NOW,
    SECRET,
    FakeRuntime,
    put_binding,
    put_item,
    put_mappings,
    put_people_and_records,
    put_run,
)

EVERY = PageRequest(200)


@pytest.fixture
def runtime(any_database):
    made = FakeRuntime(any_database)
    put_mappings(made)
    add_connection(made, NewConnection("erp", "acme", {"url": "https://acme.example", "secret": SECRET}), who="setup")
    return made


@pytest.fixture
def ids(runtime):
    return put_people_and_records(runtime)


def test_scope_search_and_pages(runtime, ids):
    with runtime.db.read() as tx:
        own = records.list_records(tx, Scope(employee_id=ids["孙"]), records.RecordFilter(), EVERY).rows
        assert {row["title"] for row in own} == {
            "孙",
            "孙的客户",
            "孙的contact",
            "孙的order",
            "孙的receivable",
            "孙的receipt",
            "螺丝",
        }
        found = records.list_records(tx, EVERYTHING, records.RecordFilter(q="的ORDER"), EVERY).rows
        assert {row["title"] for row in found} == {"孙的order", "石的order"}
        page = records.list_records(tx, EVERYTHING, records.RecordFilter(), PageRequest(4))
        rest = records.list_records(tx, EVERYTHING, records.RecordFilter(), PageRequest(200, page.next))
        assert {row["title"] for row in page.rows + rest.rows} == set(ids)
        assert records.counts_by_entity(tx) == {
            "employee": 2, "product": 1, "customer": 3, "contact": 2, "order": 3, "receivable": 2, "receipt": 2,
        }  # fmt: skip


def test_bindings_runs_inbox_and_figures(runtime, ids):
    put_binding(runtime, ids["孙的客户"], "A1", due_at=NOW - timedelta(seconds=1))
    put_run(runtime, state="failed")
    put_item(runtime, record_id=ids["孙的客户"], connection_id=1)
    with runtime.db.read() as tx:
        [binding] = records.bindings_of(tx, ids["孙的客户"])
        assert (binding["connection"], binding["external_id"]) == ("erp", "A1")
        assert connections.due_counts(tx, NOW) == {"erp": 1}
        assert flows.count_due(tx, 1, "customer", NOW) == 1
        assert connections.is_used(tx, 1)
        assert runs.count_recent(tx, NOW) == {"failed": 1}
        assert runs.count_intents(tx) == {}
        assert inbox.count_open(tx) == {"conflict": 1}
        [item] = inbox.list_items(tx, inbox.InboxFilter(kind="conflict", connection_id=1), EVERY).rows
        assert (item["connection"], item["record_title"], item["data"]) == (
            "erp",
            "孙的客户",
            {"golden": "a", "remote": "b"},
        )
        assert alertlog.list_alerts(tx, Scope(employee_id=ids["孙"]), EVERY).rows == []


def test_deliveries_are_kept_once(runtime):
    row = {"connection_id": 1, "key": "k", "received_at": NOW, "hints": []}
    for _ in range(2):
        with runtime.db.write() as tx:
            keep(tx, [row, {**row, "key": "l"}])
    with runtime.db.read() as tx:
        assert runs.count_inbound(tx) == {"new": 2}


def test_signing_in_and_its_brake(runtime):
    accounts.add_user(runtime, accounts.NewUser("ada", "admin", "a long pass phrase"), who="setup")
    token, caller = accounts.sign_in(runtime, "ada", "a long pass phrase")
    assert accounts.caller_of(runtime.db, token, runtime.now()) == caller
    for _ in range(accounts.FREE_TRIES):
        with pytest.raises(NotSignedIn):
            accounts.sign_in(runtime, "ada", "wrong")
    with pytest.raises(TooManyTries):
        accounts.sign_in(runtime, "ada", "a long pass phrase")
    with runtime.db.read() as tx:
        assert [row["action"] for row in audit.list_audit(tx, EVERY, action="user").rows] == [
            "user.sign_in",
            "user.add",
        ]
        assert users.other_admins(tx, 0) == 1


def test_a_version_is_activated_and_bindings_rebased(runtime, ids):
    put_binding(runtime, ids["孙的客户"], "A1", base={"fields": {"name": ["孙的客户", " 孙的客户 "]}})
    text = CUSTOMER_YAML.format(system="acme").replace("steps: [trim]", "steps: []")
    source, findings = mappings.check(text, samples=[])
    kept = mappings.save(runtime, source, findings, who="ada")
    found = activation.activate(runtime, kept.id, "pull", who="ada")
    assert found.counts["erp"]["changed"] == 1
    with runtime.db.read() as tx:
        assert mapping_store.active_mapping(tx, "acme", "customer", None)["version"] == 2
        row = tx.execute(core.binding.select()).one()
    assert (row.reread, row.version, row.native_hash) == (True, 2, "")


def test_times_come_back_in_utc(runtime):
    with runtime.db.write() as tx:
        tx.execute(insert(core.setting).values(name="x", value={"a": 1}))
        assert users.get_setting(tx, "x") == {"a": 1}
        users.put_setting(tx, "x", [2])
        assert users.get_setting(tx, "x") == [2]
        users.drop_setting(tx, "x")
        assert users.get_setting(tx, "x") is None
        row = connections.find_connection(tx, "erp")
    assert row["created_at"] == NOW
    assert row["created_at"].tzinfo is UTC
    assert isinstance(row["created_at"], datetime)
