"""Records, history, inbox, runs, sync, users and audit through the interface."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from hub.store import core
from hub.sync.tasks import Task
from tests.unit.api.office import NOW, SECRET, put_binding, put_item, put_record, put_run

LISTS = [
    "/connections",
    "/flows",
    "/runs",
    "/inbox",
    "/records",
    "/users",
    "/tokens",
    "/audit",
    "/alerts",
    "/mappings",
    "/alert-rules",
]


@pytest.mark.parametrize("path", LISTS)
def test_a_page_of_the_wrong_size_is_refused_with_a_message(world, path):
    for limit in (0, -1, 201, 10**9):
        answer = world.as_("ada").get(path, limit=limit)
        assert answer.status_code == 422
        body = answer.json()
        assert (body["field"], body["value"]) == ("limit", str(limit))
        assert "200" in body["zh"]
        assert "200" in body["en"]


@pytest.mark.parametrize("path", LISTS)
def test_a_made_up_cursor_is_refused(world, path):
    for after in ("x", "p", "p-1", "p1' OR 1=1", "p" + "9" * 40, "p２"):
        answer = world.as_("ada").get(path, after=after)
        assert answer.status_code == 422
        assert answer.json()["field"] == "after"


def walk(person, path, **params):
    rows, after = [], ""
    while True:
        answer = person.get(path, after=after, **params).json()
        rows += answer["rows"]
        after = answer["next"]
        if not after:
            return rows


def test_pages_cover_every_row_once_while_rows_are_added(world):
    ada = world.as_("ada")
    made = [put_run(world.runtime) for _ in range(25)]
    first = ada.get("/runs", limit=10).json()
    late = put_run(world.runtime)
    rest = []
    after = first["next"]
    while after:
        answer = ada.get("/runs", limit=10, after=after).json()
        rest += answer["rows"]
        after = answer["next"]
    seen = [row["id"] for row in first["rows"] + rest]
    assert seen == sorted(made, reverse=True)
    assert late not in seen
    assert [row["id"] for row in walk(ada, "/runs", limit=7)] == [late, *seen]


def test_records_are_found_by_part_of_the_title_by_number_and_by_identity(world):
    key = put_record(world.runtime, "customer", "宁波100%有限公司", number="C-77")
    with world.runtime.db.write() as tx:
        row = {"entity": "customer", "kind": "tax_code", "value": "91330100X", "record_id": key, "strong": True}
        tx.execute(insert(core.identity_key).values(row))
    ada = world.as_("ada")
    for text in ("100%", "宁波", "C-77", "91330100X", " C-77 "):
        assert [row["id"] for row in ada.get("/records", q=text).json()["rows"]] == [key], text
    assert ada.get("/records", q="100_").json()["rows"] == []  # wildcards are ordinary text


def test_a_record_shows_its_bindings_and_the_titles_of_what_it_refers_to(world):
    product = put_record(world.runtime, "product", "螺母")
    data = {"customer": world.ids["孙的客户"], "lines": [{"id": "1", "product": product, "quantity": "3"}]}
    key = put_record(world.runtime, "order", "XSDD1", data=data, customer_id=world.ids["孙的客户"])
    body = world.as_("sun").get(f"/records/{key}").json()
    assert body["titles"] == {str(product): "螺母", str(world.ids["孙的客户"]): "孙的客户"}
    assert body["data"] == data
    assert body["bindings"] == []


def test_history_is_newest_first_with_losers(world):
    key = world.ids["孙的客户"]
    with world.runtime.db.write() as tx:
        for version in (2, 3):
            row = {"record_id": key, "version": version, "at": NOW, "who": "erp", "why": "pull", "lost": {"x": version}}
            tx.execute(insert(core.change).values({**row, "fields": {"address": ["a", "b"]}}))
    rows = world.as_("sun").get(f"/records/{key}/history").json()["rows"]
    assert [(row["version"], row["lost"]) for row in rows] == [(3, {"x": 3}), (2, {"x": 2})]


def test_only_a_customer_has_a_customers_page(world):
    assert world.as_("ada").get(f"/records/{world.ids['孙的order']}/about").status_code == 404


def test_an_edit_goes_through_the_engine_with_the_version_that_was_seen(world):
    key = world.ids["孙的客户"]
    answer = world.as_("ada").send("PATCH", f"/records/{key}", {"version": 1, "changes": {"address": "新"}})
    assert answer.status_code == 200
    assert world.runtime.engine.asked == [("edit", key, {"address": "新"}, {"who": "ada", "version": 1})]
    assert world.as_("ada").send("PATCH", f"/records/{key}", {"version": 1, "changes": {}}).status_code == 422
    assert world.as_("ada").send("PATCH", f"/records/{key}", {"changes": {"a": 1}}).json()["field"] == "version"


def test_the_inbox_is_filtered_and_resolved_against_what_was_shown(world):
    key = put_item(world.runtime, record_id=world.ids["孙的客户"], connection_id=1)
    put_item(world.runtime, kind="rejected", field="")
    put_item(world.runtime, state="resolved")
    ada = world.as_("ada")
    assert [row["kind"] for row in ada.get("/inbox").json()["rows"]] == ["rejected", "conflict"]
    assert len(ada.get("/inbox", state="").json()["rows"]) == 3
    [row] = ada.get("/inbox", kind="conflict", connection="erp", field="address").json()["rows"]
    assert (row["id"], row["connection"], row["record_title"], row["revision"]) == (key, "erp", "孙的客户", 2)
    order = {"choice": "golden", "revision": 2, "reason": "ok"}
    assert ada.send("POST", f"/inbox/{key}/resolve", order).status_code == 200
    assert ada.send("POST", f"/inbox/{key}/replay").status_code == 200
    many = {"kind": "conflict", "entity": "customer", "connection": "erp", "choice": "remote"}
    assert ada.send("POST", "/inbox/resolve", many).json() == {"count": 17}
    assert world.runtime.engine.asked == [
        ("resolve", key, {"who": "ada", "choice": "golden", "revision": 2, "value": None, "reason": "ok"}),
        ("replay", key, {"who": "ada"}),
        (
            "resolve_many",
            {
                "kind": "conflict",
                "entity": "customer",
                "connection_id": 1,
                "choice": "remote",
                "who": "ada",
                "field": None,
            },
        ),
    ]
    assert ada.send("POST", "/inbox/999/resolve", order).status_code == 404
    assert ada.send("POST", f"/inbox/{key}/resolve", {"choice": "golden"}).json()["field"] == "revision"


def test_runs_are_filtered_and_show_their_failed_calls(world):
    ok, bad = put_run(world.runtime), put_run(world.runtime, state="failed", entity="order", error={"zh": "坏了"})
    with world.runtime.db.write() as tx:
        for outcome in ("ok", "rejected"):
            row = {
                "run_id": bad,
                "connection_id": 1,
                "operation": "save",
                "started_at": NOW,
                "ms": 5,
                "outcome": outcome,
            }
            tx.execute(insert(core.attempt).values({**row, "status": 200, "request_id": "r"}))
    fang = world.as_("fang")
    assert [row["id"] for row in fang.get("/runs", state="failed").json()["rows"]] == [bad]
    assert [row["id"] for row in fang.get("/runs", entity="customer", connection="erp").json()["rows"]] == [ok]
    assert fang.get(f"/runs/{bad}").json()["error"] == {"zh": "坏了"}
    assert len(fang.get(f"/runs/{bad}/attempts").json()["rows"]) == 2
    assert [row["outcome"] for row in fang.get(f"/runs/{bad}/attempts", failed=True).json()["rows"]] == ["rejected"]
    assert fang.get("/runs/999").status_code == 404


def test_a_sync_is_queued_and_a_dry_run_is_answered(world):
    ada = world.as_("ada")
    order = {"connection": "erp", "entity": "customer", "full": True}
    assert ada.send("POST", "/sync", order).json()["queued"] is True
    assert world.runtime.sent == [Task("pull", 1, True, "person")]
    tried = ada.send("POST", "/sync", order | {"dry": True}).json()
    assert (tried["queued"], tried["counts"]) == (False, {"fetched": 2, "unchanged": 2})
    put_binding(world.runtime, world.ids["孙的客户"], "A1", due_at=NOW)
    put_binding(world.runtime, world.ids["石的客户"], "A2", due_at=NOW + timedelta(hours=1))
    push = {"connection": "erp", "entity": "customer", "direction": "push", "dry": True}
    tried = ada.send("POST", "/sync", push).json()
    assert [(row["action"], row["payload"]) for row in tried.pop("payloads")] == [("update", {"Name": "甲公司"})]
    assert tried | {"error": None} == {
        "queued": False, "run_id": None, "state": "idle", "counts": {"due": 2, "wanted": 3}, "error": None,
    }  # fmt: skip
    assert world.runtime.engine.asked == [("pull", 1, True, "person", True)]
    assert ada.send("POST", "/sync", order | {"entity": "stars"}).status_code == 404
    assert ada.send("POST", "/sync", order | {"direction": "both"}).status_code == 422


def test_what_people_do_is_in_the_audit_trail_without_secrets(world):
    ada = world.as_("ada")
    settings = {"url": "https://acme.example", "secret": "another-secret"}
    ada.send("PATCH", "/connections/erp", {"settings": settings})
    ada.send("POST", "/users", {"name": "new", "role": "sales", "password": "a long pass phrase"})
    ada.send("PATCH", "/flows/1", {"every_s": 30})
    answer = ada.get("/audit", who="ada")
    assert [row["action"] for row in answer.json()["rows"]] == ["flow.set", "user.add", "connection.change"]
    everything = ada.get("/audit", limit=200).text
    for secret in (SECRET, "another-secret", "a long pass phrase", *world.tokens.values()):
        assert secret not in everything
    assert {row["action"] for row in ada.get("/audit", action="user").json()["rows"]} == {"user.add"}


def test_health_tells_what_is_away(world):
    from hub.errors import SetupError

    assert world.client.get("/healthz").json() == {"ok": True}
    assert world.client.get("/readyz").json() == {"ok": True, "parts": {"database": "ok", "queue": "ok"}}
    world.runtime.queue_error = SetupError("连不上", "away")
    answer = world.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"] == {"database": "ok", "queue": "SetupError"}
    headers = dict(world.as_("ada").headers)
    assert "hub_records" in world.client.get("/metrics", headers=headers).text


def test_figures_count_what_waits(world):
    put_item(world.runtime)
    put_run(world.runtime, state="failed")
    put_run(world.runtime, state="failed", started_at=NOW - timedelta(days=2))
    text = world.client.get("/metrics", headers=dict(world.as_("ada").headers)).text
    assert 'hub_inbox_open{kind="conflict"} 1.0' in text
    assert 'hub_runs_last_day{state="failed"} 1.0' in text
    assert 'hub_webhooks_waiting{state="new"} 0.0' in text


def test_alerts_are_for_those_they_went_to_and_those_who_see_the_record(world):
    with world.runtime.db.write() as tx:
        for number, (employee, record) in enumerate([("孙", None), ("石", "孙的order"), ("石", "石的order")]):
            row = {"rule": "r", "channel": "app", "recipient": "", "dedupe_key": str(number), "title": str(number)}
            more = {"body": "", "url": "", "format": "text", "state": "due", "attempts": 0, "created_at": NOW}
            ids = {"employee_id": world.ids[employee], "record_id": world.ids[record] if record else None}
            tx.execute(insert(core.alert).values({**row, **more, **ids, "receipt": {}}))

    def told(name):
        return {row["title"] for row in world.as_(name).get("/alerts").json()["rows"]}

    assert (told("sun"), told("shi"), told("nova"), told("fang")) == ({"0", "1"}, {"1", "2"}, set(), {"0", "1", "2"})


def test_alert_rules_are_saved_checked_and_deleted(world):
    ada = world.as_("ada")
    rule = {"event": "order.created", "to": ["owner"], "template": {"title": "新订单", "body": "{{ record.number }}"}}
    saved = ada.send("PUT", "/alert-rules/new-order", rule)
    assert (saved.status_code, saved.json()["enabled"]) == (200, True)
    assert [row["name"] for row in ada.get("/alert-rules").json()["rows"]] == ["new-order"]
    wrong = ada.send("PUT", "/alert-rules/new-order", rule | {"event": "order.exploded"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "event")
    assert ada.send("POST", "/alert-rules/x/check", rule | {"to": []}).json()["field"] == "to"
    assert ada.get("/alert-rules/new-order").json()["event"] == "order.created"
    assert ada.send("DELETE", "/alert-rules/new-order").status_code == 200
    assert ada.get("/alert-rules/new-order").status_code == 404
    actions = [row["action"] for row in ada.get("/audit", action="alert_rule").json()["rows"]]
    assert actions == ["alert_rule.delete", "alert_rule.save"]
