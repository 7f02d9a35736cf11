"""Mappings through the interface: checked, kept, previewed in numbers, activated, exported."""

import pytest
from sqlalchemy import select

from hub.setup.rebase import REMAPPED
from hub.store import core
from tests.unit.api.office import CUSTOMER_YAML, NOW, put_binding, put_record

YAML = CUSTOMER_YAML.format(system="acme")


def keep(world, yaml, **more):
    answer = world.as_("ada").send("POST", "/mappings", {"yaml": yaml, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def base(**fields):
    return {"fields": fields}


@pytest.fixture
def released(world):
    with world.runtime.db.write() as tx:
        tx.execute(core.flow.update().values(released_at=NOW))


@pytest.fixture
def bound(world, released):
    """Two customers at erp: the first's name is padded there, the second's is not."""
    staff = put_record(world.runtime, "employee", "孙")
    put_binding(world.runtime, staff, "S1", entity="employee")
    found = []
    for name, native in (("甲", " 甲 "), ("乙", "乙")):
        data = {"name": name, "address": "路", "postcode": "310000", "owner": staff}
        key = put_record(world.runtime, "customer", name, data=data)
        agreed = {
            "name": [name, native],
            "address": ["路", "路"],
            "postcode": ["310000", "310000"],
            "owner": [staff, "S1"],
        }
        put_binding(world.runtime, key, f"A{key}", base=base(**agreed))
        found.append(key)
    return found


def bindings(world, *columns):
    with world.runtime.db.read() as tx:
        query = select(*(core.binding.c[name] for name in columns)).where(core.binding.c.entity == "customer")
        return [tuple(row) for row in tx.execute(query.order_by(core.binding.c.id))]


def active(world, entity="customer"):
    rows = world.as_("ada").get("/mappings", system="acme", entity=entity).json()["rows"]
    return [row["version"] for row in rows if row["active"]]


def test_a_check_names_line_and_field_in_both_languages(world):
    bad = YAML.replace("field: name", "field: nane")
    answer = world.as_("ada").send("POST", "/mappings/check", {"yaml": bad}).json()
    assert answer["ok"] is False
    [finding] = [row for row in answer["findings"] if row["severity"] == "error"]
    assert (finding["line"] > 0, "nane" in finding["zh"], "nane" in finding["en"]) == (True, True, True)
    assert world.as_("ada").send("POST", "/mappings/check", {"yaml": YAML, "samples": []}).json()["ok"] is True


def test_a_mapping_with_errors_is_not_kept(world):
    answer = world.as_("ada").send("POST", "/mappings", {"yaml": YAML.replace("trim", "trimm")})
    assert answer.status_code == 422
    assert answer.json()["error"] == "MappingInvalid"
    assert active(world) == [1]


def test_a_kept_version_is_inactive_and_the_same_content_is_kept_once(world):
    changed = YAML.replace("steps: [trim]", "steps: []")
    first, again = keep(world, changed), keep(world, changed + "note: 别的说明\n")
    assert (first["version"], first["new"]) == (2, True)
    assert (again["id"], again["new"]) == (first["id"], False)
    assert active(world) == [1]


def test_activation_for_the_future_changes_nothing_that_is_agreed(world, bound):
    version = keep(world, YAML.replace("steps: [trim]", "steps: []"))
    before = bindings(world, "base", "reread", "due_at", "version")
    answer = world.as_("ada").send("POST", f"/mappings/{version['id']}/activate", {"mode": "future"})
    assert answer.json()["lines"]["remapped"] == ["name"]
    assert bindings(world, "base", "reread", "due_at", "version") == before
    assert active(world) == [2]


@pytest.mark.parametrize("act", ["plan", "activate"])
def test_reading_in_again_is_counted_and_marks_only_what_would_change(world, bound, act):
    version = keep(world, YAML.replace("steps: [trim]", "steps: []"))
    answer = world.as_("ada").send("POST", f"/mappings/{version['id']}/{act}", {"mode": "pull"}).json()
    assert answer["counts"] == {"erp": {"linked": 2, "reread": 1, "due": 0, "changed": 1}}
    assert [(row["record"], row["field"], row["before"], row["after"]) for row in answer["samples"]] == [
        (bound[0], "name", "甲", " 甲 ")
    ]
    rereads = [row[0] for row in bindings(world, "reread")]
    assert rereads == ([False, False] if act == "plan" else [True, False])
    entry = bindings(world, "base")[0][0]["fields"]["name"]
    assert entry == (["甲", " 甲 "] if act == "plan" else ["甲", REMAPPED])


def test_sending_out_again_is_counted_and_marks_only_what_would_differ(world, bound):
    version = keep(world, YAML.replace("steps: [trim]", "steps: [trim, {case: {to: lower}}]"))
    answer = world.as_("ada").send("POST", f"/mappings/{version['id']}/activate", {"mode": "push"}).json()
    assert answer["counts"] == {"erp": {"linked": 2, "reread": 0, "due": 1, "changed": 0}}
    [first, second] = bindings(world, "base", "due_at", "lane", "version")
    assert (first[0]["fields"]["name"], first[1] is not None, first[2:]) == ([REMAPPED, " 甲 "], True, (3, 2))
    assert (second[0]["fields"]["name"], second[1]) == (["乙", "乙"], None)


@pytest.mark.parametrize("mode", ["future", "pull", "push"])
def test_a_line_read_from_another_place_is_first_contact_with_its_whole_group(world, bound, mode):
    version = keep(world, YAML.replace("native: Zip", "native: PostCode"))
    answer = world.as_("ada").send("POST", f"/mappings/{version['id']}/activate", {"mode": mode}).json()
    assert answer["lines"]["fresh"] == ["postcode"]
    assert answer["counts"]["erp"]["reread"] == (0 if mode == "future" else 2)
    for agreed, reread in bindings(world, "base", "reread"):
        assert set(agreed["fields"]) == {"name", "owner"}
        assert reread is (mode != "future")


def test_a_reference_that_still_points_to_the_same_record_is_no_change(world, bound):
    version = keep(world, YAML.replace("entity: employee, by: id", "entity: employee, by: number"))
    answer = world.as_("ada").send("POST", f"/mappings/{version['id']}/plan", {"mode": "pull"}).json()
    assert answer["counts"]["erp"]["changed"] == 0


def test_a_change_of_policy_rebases_nothing_where_the_sides_agree(world, bound):
    version = keep(world, YAML.replace("steps: [trim]", "steps: [trim], policy: manual"))
    answer = world.as_("ada").send("POST", f"/mappings/{version['id']}/activate", {"mode": "pull"}).json()
    assert {name: lines for name, lines in answer["lines"].items() if lines} == {"authority": ["name"]}
    assert answer["fields"] == {"erp": {}}
    assert answer["counts"]["erp"]["reread"] == 0


def test_rows_are_read_in_or_sent_out_with_their_whole_document(world, released):
    from tests.unit.api.office import ORDER_YAML

    order = put_record(
        world.runtime, "order", "D1", data={"number": "D1", "lines": [{"id": "1", "product_name": "丝"}]}
    )
    rows = {"1": {"native_id": "9", "fields": {"product_name": ["丝", "丝"]}}}
    put_binding(world.runtime, order, "O1", entity="order", base={"fields": {}, "rows": rows})
    changed = ORDER_YAML.format(system="acme").replace("native: What}", "native: What, steps: [trim]}")
    version = keep(world, changed)
    answer = world.as_("ada").send("POST", f"/mappings/{version['id']}/activate", {"mode": "push"}).json()
    assert answer["counts"]["erp"]["due"] == 1
    with world.runtime.db.read() as tx:
        agreed = tx.scalar(select(core.binding.c.base).where(core.binding.c.entity == "order"))
    assert agreed["rows"]["1"] == {"native_id": "9", "fields": {"product_name": [REMAPPED, "丝"]}}


def test_a_connections_own_mapping_rules_only_there(world, bound):
    ada = world.as_("ada")
    settings = {"url": "https://acme.example", "secret": "another"}
    ada.send("POST", "/connections", {"name": "erp2", "system": "acme", "settings": settings})
    own = keep(world, YAML.replace("steps: [trim]", "steps: []"), connection="erp")
    counts = ada.send("POST", f"/mappings/{own['id']}/activate", {"mode": "pull"}).json()["counts"]
    assert list(counts) == ["erp"]
    default = keep(world, YAML.replace("steps: [trim]", "steps: [trim, {case: {to: lower}}]"))
    assert list(ada.send("POST", f"/mappings/{default['id']}/plan", {"mode": "pull"}).json()["counts"]) == ["erp2"]
    refused = ada.send("POST", "/mappings", {"yaml": YAML.replace("acme", "mute"), "connection": "erp"})
    assert refused.json()["field"] == "connection"


def test_a_mapping_is_tried_on_one_record_and_exported(world):
    ada = world.as_("ada")
    [row] = ada.get("/mappings", system="acme", entity="customer").json()["rows"]
    shown = ada.send(
        "POST", f"/mappings/{row['id']}/preview", {"sample": {"Name": " 甲 ", "Seller": {"Id": "S1"}}}
    ).json()
    assert shown["golden"]["name"] == "甲"
    assert {line["field"]: line["verdict"] for line in shown["lines"]}["name"] == "normalised"
    text = ada.get(f"/mappings/{row['id']}/export").text
    assert keep(world, text)["new"] is False
    assert ada.get("/mappings/999").status_code == 404
    assert "fields" in ada.get("/mapping-schema").json()["properties"]


def test_an_unknown_mode_is_refused(world):
    [row] = world.as_("ada").get("/mappings", system="acme", entity="customer").json()["rows"]
    assert world.as_("ada").send("POST", f"/mappings/{row['id']}/plan", {"mode": "both"}).status_code == 422


def test_nothing_becomes_due_before_the_release(world):
    key = put_record(world.runtime, "customer", "甲", data={"name": "甲"})
    put_binding(world.runtime, key, "A1", base=base(name=["甲", " 甲 "]))
    version = keep(world, YAML.replace("steps: [trim]", "steps: [trim, {case: {to: lower}}]"))
    answer = world.as_("ada").send("POST", f"/mappings/{version['id']}/activate", {"mode": "push"}).json()
    assert answer["counts"]["erp"]["due"] == 0
    assert bindings(world, "due_at") == [(None,)]
