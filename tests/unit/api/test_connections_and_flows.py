"""Connections keep their secrets; flows keep documents from being booked twice."""

import json

import pytest

from hub.setup.exclusive import disjoint
from hub.store import connections as store
from hub.store import core
from tests.unit.api.office import SECRET, put_binding


def new(name="crm", system="acme", **settings):
    settings = {"url": "https://acme.example", "secret": SECRET} | settings
    return {"name": name, "system": system, "settings": settings}


def test_adding_a_connection_seals_its_settings_and_makes_flows(world):
    ada = world.as_("ada")
    answer = ada.send("POST", "/connections", new())
    assert answer.status_code == 201
    assert answer.json()["settings"] == {"url": "https://acme.example", "secret": "***", "retries": 3}
    with world.runtime.db.read() as tx:
        row = store.find_connection(tx, "crm")
    assert SECRET not in row["config"]
    assert json.loads(world.runtime.secrets.open(row["config"]))["secret"] == SECRET
    flows = ada.get("/flows", connection="crm").json()["rows"]
    assert [(flow["entity"], flow["pull"], flow["push"]) for flow in flows] == [
        ("customer", True, True),
        ("order", True, True),
        ("employee", True, False),
    ]
    assert all(flow["released_at"] is None for flow in flows)


def test_the_second_erp_does_not_create_documents_by_itself(world):
    ada = world.as_("ada")
    ada.send("POST", "/connections", new())
    flows = {row["connection"]: row for row in ada.get("/flows", entity="order").json()["rows"]}
    assert (flows["erp"]["create"], flows["crm"]["create"]) == (True, False)
    assert (flows["erp"]["master"], flows["crm"]["master"]) == (True, False)


def test_a_crm_does_not_create_documents_by_itself(world):
    ada = world.as_("ada")
    ada.send("POST", "/connections", new("crm", "mute"))
    flows = {row["connection"]: row for row in ada.get("/flows").json()["rows"] if row["entity"] == "order"}
    assert (flows["crm"]["push"], flows["crm"]["create"]) == (True, False)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (new(name="two words"), "name"),
        (new(name="123"), "name"),
        (new(name="erp"), "name"),
        (new(system="sap"), "system"),
        (new(url="ftp://x"), "url"),
        (new(retries=-1), "retries"),
        (new(unknown=1), "unknown"),
    ],
)
def test_a_wrong_connection_is_refused_by_field_without_telling_the_secret(world, body, field):
    answer = world.as_("ada").send("POST", "/connections", body)
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert answer.json()["zh"]
    assert answer.json()["en"]
    assert SECRET not in answer.text


def test_a_masked_secret_sent_back_keeps_its_value(world):
    ada = world.as_("ada")
    shown = ada.get("/connections/erp").json()["settings"]
    changed = ada.send("PATCH", "/connections/erp", {"settings": {**shown, "retries": 5}, "options": {"parallel": 2}})
    assert changed.json()["settings"] == {**shown, "retries": 5}
    assert changed.json()["options"] == {"parallel": 2}
    assert ada.send("PATCH", "/connections/erp", {"options": {"parallel": None}}).json()["options"] == {}
    with world.runtime.db.read() as tx:
        row = store.find_connection(tx, "erp")
    assert json.loads(world.runtime.secrets.open(row["config"]))["secret"] == SECRET


def test_testing_a_connection_reports_facts_or_the_error_without_the_secret(world):
    ada = world.as_("ada")
    tested = ada.send("POST", "/connections/erp/test").json()
    assert tested == {"ok": True, "facts": {"account": "演示"}, "error": None, "resumed": False}
    world.runtime.clients.refuse()
    answer = ada.send("POST", "/connections/erp/test")
    assert answer.json()["error"]["error"] == "CredentialsRejected"
    assert SECRET not in answer.text


def test_pause_and_resume_reach_the_engine(world):
    ada = world.as_("ada")
    assert ada.send("POST", "/connections/erp/pause", {"reason": "月末"}).status_code == 200
    assert ada.send("POST", "/connections/1/resume").status_code == 200
    assert ada.send("POST", "/connections/nope/resume").status_code == 404
    audit = ada.get("/audit", action="connection").json()["rows"]
    assert [(row["action"], row["target"]) for row in audit[:2]] == [
        ("connection.resume", "erp"),
        ("connection.pause", "erp"),
    ]
    assert world.runtime.engine.asked == [
        ("pause", 1, {"reason": "月末", "who": "ada"}),
        ("resume", 1, {"who": "ada"}),
    ]


def test_only_an_unused_connection_is_deleted(world):
    ada = world.as_("ada")
    ada.send("POST", "/connections", new())
    put_binding(world.runtime, world.ids["孙的客户"], "A1")
    assert ada.send("DELETE", "/connections/erp").status_code == 422
    assert ada.send("DELETE", "/connections/crm").status_code == 200
    assert [row["name"] for row in ada.get("/connections").json()["rows"]] == ["erp"]
    assert {row["connection"] for row in ada.get("/flows").json()["rows"]} == {"erp"}


def test_systems_on_offer_describe_their_form(world):
    systems = world.as_("ada").get("/systems").json()
    assert [system["system"] for system in systems] == ["acme", "mute"]
    secret = next(field for field in systems[0]["form"] if field["name"] == "secret")
    assert (secret["type"], secret["title"]) == ("secret", {"zh": "密钥", "en": "Secret"})


def flow(world, entity, connection="erp"):
    rows = world.as_("ada").get("/flows", connection=connection, entity=entity).json()["rows"]
    return rows[0]["id"]


def test_two_connections_that_create_documents_need_filters_that_exclude_each_other(world):
    ada = world.as_("ada")
    ada.send("POST", "/connections", new())
    erp, crm = flow(world, "order"), flow(world, "order", "crm")
    refused = ada.send("PATCH", f"/flows/{crm}", {"create": True})
    assert refused.status_code == 422
    assert refused.json()["value"] == "erp"
    here = [{"field": "currency", "op": "eq", "value": "CNY"}]
    assert ada.send("PATCH", f"/flows/{erp}", {"filter": here}).status_code == 200
    assert ada.send("PATCH", f"/flows/{crm}", {"create": True, "filter": here}).status_code == 422
    there = [{"field": "currency", "op": "ne", "value": "CNY"}]
    assert ada.send("PATCH", f"/flows/{crm}", {"create": True, "filter": there}).status_code == 200
    assert ada.send("PATCH", f"/flows/{erp}", {"filter": []}).status_code == 422  # the other side may not reopen it
    assert ada.send("PATCH", f"/flows/{erp}", {"every_s": 30}).json()["every_s"] == 30


def test_master_data_may_have_many_writers(world):
    ada = world.as_("ada")
    ada.send("POST", "/connections", new())
    assert ada.send("PATCH", f"/flows/{flow(world, 'customer', 'crm')}", {"create": True}).status_code == 200


def test_an_entity_has_one_master(world):
    ada = world.as_("ada")
    ada.send("POST", "/connections", new())
    assert ada.send("PATCH", f"/flows/{flow(world, 'customer', 'crm')}", {"master": True}).json()["master"]
    rows = ada.get("/flows", entity="customer").json()["rows"]
    assert [(row["connection"], row["master"]) for row in rows] == [("erp", False), ("crm", True)]


@pytest.mark.parametrize(
    ("entity", "change", "field"),
    [
        ("employee", {"push": True}, "push"),
        ("employee", {"create": True}, "create"),
        ("order", {"wanted_stage": "sealed"}, "wanted_stage"),
        ("customer", {"wanted_stage": "saved"}, "wanted_stage"),
        ("customer", {"filter": [{"field": "colour", "value": "red"}]}, "filter"),
        ("customer", {"filter": [{"field": "name", "op": "in", "value": "red"}]}, "filter"),
        ("customer", {"filter": [{"field": "name", "op": "like", "value": "red"}]}, "filter.0.op"),
        ("order", {"filter": [{"field": "total", "op": "gt", "value": "viel"}]}, "filter"),
        ("order", {"filter": [{"field": "date", "op": "gt", "value": "Montag"}]}, "filter"),
        ("order", {"filter": [{"field": "status", "op": "eq", "value": "opne"}]}, "filter"),
        ("order", {"filter": [{"field": "status", "op": "in", "value": ["open", "shut"]}]}, "filter"),
        ("order", {"authority": {"audited": "nobody"}}, "authority"),
        ("customer", {"every_s": 1}, "every_s"),
        ("customer", {"reread_s": 600}, "reread_s"),
        ("order", {"reread_s": -1}, "reread_s"),
        ("customer", {"delete_policy": "propagate"}, "delete_policy"),
        ("customer", {"speed": 1}, "speed"),
    ],
)
def test_a_wrong_flow_setting_is_refused_by_field(world, entity, change, field):
    answer = world.as_("ada").send("PATCH", f"/flows/{flow(world, entity)}", change)
    assert answer.status_code == 422
    assert answer.json()["field"] == field


def test_open_documents_are_read_again_as_often_as_the_flow_says(world):
    ada = world.as_("ada")
    assert ada.send("PATCH", f"/flows/{flow(world, 'order')}", {"reread_s": 600}).json()["reread_s"] == 600
    with world.runtime.db.read() as tx:
        row = tx.execute(core.flow.select().where(core.flow.c.entity == "order")).first()
    assert row.next_reread_at == world.runtime.now(), "a shorter interval counts from now"
    assert ada.send("PATCH", f"/flows/{flow(world, 'order')}", {"reread_s": 0}).json()["reread_s"] == 0


def test_stage_owners_are_connections_or_the_hub(world):
    change = {"authority": {"audited": "erp", "saved": "hub"}, "wanted_stage": "audited"}
    answer = world.as_("ada").send("PATCH", f"/flows/{flow(world, 'order')}", change)
    assert (answer.json()["authority"], answer.json()["wanted_stage"]) == (change["authority"], "audited")


def test_release_goes_through_the_engine(world):
    key = flow(world, "customer")
    assert world.as_("ada").send("POST", f"/flows/{key}/release").json() == {"due": 2, "wanted": 3}
    assert world.as_("ada").get("/audit", action="flow.release").json()["rows"][0]["target"] == "erp.customer"
    assert world.runtime.engine.asked == [("release_flow", key, {"who": "ada"})]
    assert world.as_("ada").send("POST", "/flows/999/release").status_code == 404


def is_(op, value, field="f"):
    return [{"field": field, "op": op, "value": value}]


@pytest.mark.parametrize(
    ("left", "right", "apart"),
    [
        ([], [], False),
        (is_("eq", 1), [], False),
        (is_("eq", 1), is_("eq", 2), True),
        (is_("eq", 1), is_("eq", 1), False),
        (is_("eq", 1), is_("eq", 2, "g"), False),
        (is_("in", [1, 2]), is_("in", [3]), True),
        (is_("in", [1, 2]), is_("in", [2, 3]), False),
        (is_("in", [1, 2]), is_("not_in", [1, 2, 3]), True),
        (is_("in", [1, 4]), is_("not_in", [1, 2, 3]), False),
        (is_("empty", True), is_("empty", False), True),
        (is_("empty", True), is_("eq", "x"), True),
        (is_("empty", True), is_("ne", "x"), False),
        (is_("lt", 10), is_("gt", 9), False),
        (is_("lt", 10), is_("gt", 10), True),
        (is_("lt", "10"), is_("gt", 10), False),
        (is_("prefix", "浙江"), is_("prefix", "江苏"), True),
        (is_("prefix", "浙江"), is_("prefix", "浙"), False),
        (is_("ne", 1), is_("ne", 2), False),
        (is_("gt", 1), is_("eq", 1), True),
    ],
)
def test_disjoint_filters_are_recognised_and_doubt_counts_as_overlap(left, right, apart):
    assert disjoint(left, right) is apart
    assert disjoint(right, left) is apart


def test_an_entity_without_a_mapping_is_not_switched_on(world):
    from hub.store import core

    with world.runtime.db.write() as tx:
        tx.execute(core.mapping.delete().where(core.mapping.c.entity == "order"))
    ada = world.as_("ada")
    ada.send("POST", "/connections", new())
    [row] = [row for row in ada.get("/flows", connection="crm").json()["rows"] if row["entity"] == "order"]
    assert (row["pull"], row["push"], row["create"], row["master"]) == (False, False, False, False)
