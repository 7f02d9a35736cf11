"""A change of whose word counts over HTTP and on the command line: planned, refused, carried out."""

from hub.store import core
from tests.unit.api.office import put_binding


def flow_of(world, entity="customer"):
    return next(row["id"] for row in world.as_("ada").get("/flows").json()["rows"] if row["entity"] == entity)


def agreed(golden, native):
    return {"fields": {"name": [golden, native]}}


def master_moves_away(world):
    with world.runtime.db.write() as tx:
        tx.execute(core.flow.update().values(master=False))


def test_a_plan_counts_by_field_and_writes_nothing(world):
    master_moves_away(world)
    put_binding(world.runtime, world.ids["孙的客户"], "9", base=agreed("孙的客户", "别的名字"))
    body = {"change": {"master": True}, "mode": "pull"}
    answer = world.as_("ada").send("POST", f"/flows/{flow_of(world)}/plan", body)
    assert answer.status_code == 200
    assert answer.json()["fields"] == {"erp": {"name": 1}}
    assert answer.json()["samples"][0] | {"record": 0} == {
        "connection": "erp", "record": 0, "title": "孙的客户", "field": "name", "before": "孙的客户", "after": "别的名字",
    }  # fmt: skip
    with world.runtime.db.read() as tx:
        assert not tx.scalar(
            core.flow.select().with_only_columns(core.flow.c.master).where(core.flow.c.entity == "customer")
        )


def test_a_change_marks_what_was_picked(world):
    master_moves_away(world)
    binding = put_binding(world.runtime, world.ids["孙的客户"], "9", base=agreed("孙的客户", "别的名字"))
    answer = world.as_("ada").send("PATCH", f"/flows/{flow_of(world)}?mode=pull", {"master": True})
    assert (answer.status_code, answer.json()["master"]) == (200, True)
    with world.runtime.db.read() as tx:
        row = tx.execute(core.binding.select().where(core.binding.c.id == binding)).one()
    assert (row.reread, row.base) == (True, {"fields": {"name": ["孙的客户", {"$remapped": True}]}})
    actions = [row["action"] for row in world.as_("ada").get("/audit", action="flow").json()["rows"]]
    assert actions[:2] == ["flow.reconcile", "flow.set"]


def test_a_mode_that_is_none_is_refused(world):
    for method, path, body in (
        ("PATCH", f"/flows/{flow_of(world)}?mode=later", {"master": True}),
        ("POST", f"/flows/{flow_of(world)}/plan", {"change": {}, "mode": "later"}),
    ):
        answer = world.as_("ada").send(method, path, body)
        assert (answer.status_code, answer.json()["field"]) == (422, "mode")
