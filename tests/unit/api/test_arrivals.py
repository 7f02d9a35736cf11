"""Pushes that cannot be verified are seen by an admin, strangers change little, and a verified one takes it away."""

import pytest
from sqlalchemy import update

from hub.api import arrivals
from hub.store.core import connection
from hub.store.events import events_flowing
from tests.unit.api.office import NOW
from tests.unit.api.test_webhooks import push


def events(world):
    with world.runtime.db.read() as tx:
        return tx.execute(connection.select().where(connection.c.name == "erp")).one().events


def wrong(world, times=1):
    for _ in range(times):
        assert push(world, {"id": "A1"}, headers={"X-Signature": "0" * 64}).status_code == 422


def test_pushes_that_all_fail_are_trouble_with_what_to_do(world):
    wrong(world, 2)
    assert events(world) is None, "anybody may send one"
    wrong(world)
    told = events(world)
    assert (told["how"], told["state"], told["since"]) == ("callback", "trouble", NOW.isoformat())
    assert told["zh"]
    assert "回调 Token" in told["remedy"]["press"]["zh"]
    with world.runtime.db.read() as tx:
        assert events_flowing(tx) == {"erp": 0}


def test_a_verified_push_takes_it_away_and_proves_strangers_for_a_while(world, monkeypatch):
    wrong(world, 3)
    assert push(world, {"id": "A1", "key": "k1"}).status_code == 200
    assert (events(world)["state"], "zh" in events(world)) == ("ok", False)
    wrong(world, 5)
    assert events(world)["state"] == "ok"
    monkeypatch.setattr(arrivals, "QUIET_S", 0.0)
    wrong(world)
    assert events(world)["state"] == "trouble"


def test_what_strangers_send_is_not_written_down_each_time(world, monkeypatch):
    wrong(world, 3)
    noted = []
    monkeypatch.setattr(arrivals, "note_events", lambda *given: noted.append(given))
    wrong(world, 5)
    assert push(world, b"{not json").status_code == 422
    assert noted == []
    for number in range(5):
        push(world, {"id": "A1", "key": f"k{number}"})
    assert len(noted) == 1


@pytest.mark.parametrize("state", ["ok", "trouble"])
def test_where_a_stream_is_listened_to_pushes_say_nothing(world, state):
    with world.runtime.db.write() as tx:
        tx.execute(
            update(connection).where(connection.c.name == "erp").values(events={"how": "stream", "state": state})
        )
    wrong(world, 4)
    push(world, {"id": "A1", "key": "k1"})
    assert events(world) == {"how": "stream", "state": state}
