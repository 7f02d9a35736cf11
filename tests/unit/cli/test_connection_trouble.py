"""A connection that an admin should look at says so in the list, whatever the trouble is."""

import pytest

from hub.errors import Unreachable
from hub.store import connections as store
from hub.store.events import note_events
from tests.unit.api.office import NOW

GONE = Unreachable("打不开事件连接", "cannot open the connection for events").put_right_by("hub_admin", "查", "look")


@pytest.mark.parametrize(
    ("values", "en", "zh"),
    [
        ({"state": "active"}, "no events", "收不到事件"),
        ({"resume_at": NOW}, "retrying", "稍后重试"),
        ({"state": "paused"}, "paused", "已暂停"),
    ],
)
def test_the_list_names_the_worst_trouble(hub, runtime, ids, values, en, zh):
    with runtime.db.write() as tx:
        erp = store.find_connection(tx, "erp")["id"]
        note_events(tx, erp, "stream", NOW, GONE)
        store.update_connection(tx, erp, values)
    assert en in hub("connections", "list").out
    assert zh in hub("connections", "list", lang="zh").out
    assert ("打不开事件连接" in hub("connections", "list", lang="zh").out) is (en == "no events")
    (row,) = [one for one in hub("connections", "list", "--json").json() if one["name"] == "erp"]
    assert (row["events"]["state"], row["events"]["since"]) == ("trouble", "2026-11-21T08:00:00+00:00")


def test_one_connection_shows_since_when_and_what_to_do(hub, runtime, ids):
    hub(
        "connections",
        "add",
        "crm",
        "--system",
        "acme",
        "--set",
        "url=https://a.example",
        "--set",
        "secret=s3cret-s3cret",
    )
    with runtime.db.write() as tx:
        note_events(tx, store.find_connection(tx, "crm")["id"], "stream", NOW, GONE)
    shown = hub("connections", "show", "crm")
    assert shown.status == 0
    assert "cannot open the connection for events" in shown.out
    assert hub("connections", "show", "crm", "--json").json()["events"]["remedy"]["job"] == "hub_admin"
