"""hub records merge, merges, split."""

from hub.store import core
from tests.unit.api.office import NOW


def test_merging_asks_first_and_says_how_to_take_it_back(hub, runtime, ids):
    words = ("records", "merge", str(ids["孙的客户"]), str(ids["石的客户"]))
    assert hub(*words).status == 2
    assert runtime.engine.asked == []
    done = hub(*words, "--reason", "same", "--yes")
    assert (done.status, "hub records split 17" in done.err) == (0, True)
    assert runtime.engine.asked[0][:3] == ("merge", ids["孙的客户"], ids["石的客户"])
    assert hub("records", "merge", "999", "998", "--yes").status == 2


def test_the_merge_log_is_listed_and_a_merge_taken_back(hub, runtime, ids):
    row = {"at": NOW, "entity": "customer", "survivor": 1, "loser": 2, "who": "ada", "why": "x", "data": {}}
    with runtime.db.write() as tx:
        tx.execute(core.merge_log.insert().values(row))
    assert [one["loser"] for one in hub("records", "merges", "1", "--json").json()] == [2]
    assert hub("records", "split", "1").status == 2
    assert hub("records", "split", "1", "--yes").status == 0
    assert runtime.engine.asked[-1][:2] == ("split", 1)
