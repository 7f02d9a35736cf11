"""Merging two records and taking it back over HTTP: admins only, audited, refused by name."""

import pytest

from hub.store import core
from tests.unit.api.office import NOW


@pytest.fixture
def merge_id(world):
    row = {
        "at": NOW, "entity": "customer", "survivor": world.ids["孙的客户"], "loser": world.ids["石的客户"], "who": "ada",
        "why": "merged by hand", "data": {"bindings": []},
    }  # fmt: skip
    with world.runtime.db.write() as tx:
        return int(tx.execute(core.merge_log.insert().values(row)).inserted_primary_key[0])


def test_a_merge_names_itself_and_is_audited(world):
    first, second = world.ids["孙的客户"], world.ids["石的客户"]
    answer = world.as_("ada").send("POST", f"/records/{first}/merge", {"record": second, "reason": "同一家"})
    assert (answer.status_code, answer.json()) == (200, {"id": 17})
    assert world.runtime.engine.asked == [("merge", first, second, {"who": "ada", "reason": "同一家"})]
    row = world.as_("ada").get("/audit", action="record").json()["rows"][0]
    assert (row["action"], row["target"], row["data"]["loser"]) == ("record.merge", str(first), second)


def test_a_merge_is_shown_and_taken_back(world, merge_id, monkeypatch):
    first, second = world.ids["孙的客户"], world.ids["石的客户"]
    shown = world.as_("ada").get(f"/records/{second}/merges").json()
    assert [(row["id"], row["survivor"], row["loser"]) for row in shown] == [(merge_id, first, second)]
    monkeypatch.setattr(world.runtime.engine, "split", lambda *_args, **_options: second, raising=False)
    answer = world.as_("ada").send("POST", f"/records/{first}/split", {"merge": merge_id})
    assert (answer.status_code, answer.json()["title"]) == (200, "石的客户")
    assert world.as_("ada").get("/audit", action="record.split").json()["rows"][0]["data"]["merge"] == merge_id


def test_a_merge_of_other_records_is_not_found_here(world, merge_id):
    answer = world.as_("ada").send("POST", f"/records/{world.ids['无主客户']}/split", {"merge": merge_id})
    assert (answer.status_code, answer.json()["value"]) == (404, str(merge_id))
    assert world.runtime.engine.asked == []


@pytest.mark.parametrize("who", ["fang", "sun"])
def test_only_admins_merge(world, who, merge_id):
    first = world.ids["孙的客户"]
    for path, body in ((f"/records/{first}/merge", {"record": 1}), (f"/records/{first}/split", {"merge": merge_id})):
        assert world.as_(who).send("POST", path, body).status_code == 403
