"""What /metrics exports, judged by Prometheus' own parser."""

from collections import Counter
from datetime import timedelta

from prometheus_client.parser import text_string_to_metric_families

from hub.api.metrics import scrape
from hub.errors import Unreachable
from hub.store import connections
from hub.store.events import note_events
from tests.unit.api.office import NOW, put_binding


def families(runtime):
    return list(text_string_to_metric_families(scrape(runtime).decode()))


def values(runtime, name):
    family = next(one for one in families(runtime) if one.name == name)
    return {sample.labels["connection"]: sample.value for sample in family.samples}


def test_no_family_comes_twice(runtime):
    counted = Counter(family.name for family in families(runtime))
    assert {name: count for name, count in counted.items() if count > 1} == {}
    assert counted["hub_intents_open"] == 1


def test_due_later_and_rereads_are_told_apart(runtime, ids):
    put_binding(runtime, ids["孙的客户"], "1", due_at=NOW)
    put_binding(runtime, ids["石的客户"], "2", due_at=NOW + timedelta(minutes=5))
    put_binding(runtime, ids["无主客户"], "3", reread=True)
    assert values(runtime, "hub_bindings_due") == {"erp": 1}
    assert values(runtime, "hub_bindings_later") == {"erp": 1}
    assert values(runtime, "hub_rereads_waiting") == {"erp": 1}


def test_connections_that_get_no_events_are_seen(runtime, ids):
    assert values(runtime, "hub_connection_events") == {}
    with runtime.db.write() as tx:
        erp = connections.find_connection(tx, "erp")["id"]
        note_events(tx, erp, "stream", NOW, Unreachable("断", "broken"))
    assert values(runtime, "hub_connection_events") == {"erp": 0}
    with runtime.db.write() as tx:
        note_events(tx, erp, "stream", NOW)
    assert values(runtime, "hub_connection_events") == {"erp": 1}
