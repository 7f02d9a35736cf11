"""Who may do what: every route refuses strangers, each role sees and does only its own."""

import re
from typing import Any

import pytest

OPEN = {
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/webhooks/{connection}"),
    ("post", "/webhooks/{connection}"),
    ("post", "/api/v1/login"),
}
ANYONE = {
    ("get", "/api/v1/me"),
    ("post", "/api/v1/logout"),
    ("get", "/api/v1/records"),
    ("get", "/api/v1/records/{record_id}"),
    ("get", "/api/v1/records/{record_id}/history"),
    ("get", "/api/v1/records/{record_id}/about"),
    ("get", "/api/v1/receivables"),
    ("get", "/api/v1/receivables/items"),
    ("get", "/api/v1/receivables/forecast"),
    ("get", "/api/v1/receivables.xlsx"),
    ("get", "/api/v1/alerts"),
}
OFFICE = {
    ("get", "/api/v1/receivables/tie-out"),
    ("put", "/api/v1/receivables/buckets"),
    ("get", "/api/v1/connections"),
    ("get", "/api/v1/flows"),
    ("get", "/api/v1/flows/{flow_id}"),
    ("get", "/api/v1/flows/{flow_id}/first-contact"),
    ("get", "/api/v1/flows/{flow_id}/first-contact.xlsx"),
    ("get", "/api/v1/runs"),
    ("get", "/api/v1/runs/{run_id}"),
    ("get", "/api/v1/runs/{run_id}/attempts"),
    ("get", "/api/v1/inbox"),
    ("get", "/api/v1/inbox/{item_id}"),
}


def routes(world: Any) -> list[tuple[str, str]]:
    paths = world.client.app.openapi()["paths"]
    return [(method, path) for path, methods in paths.items() for method in methods]


def address(path: str) -> str:
    return re.sub(r"\{\w+\}", "1", path)


def test_every_route_but_health_sign_in_and_webhooks_refuses_a_stranger(world):
    found = [route for route in routes(world) if route not in OPEN]
    assert len(found) > 30
    for method, path in found:
        answer = world.client.request(method, address(path), json={})
        assert answer.status_code == 401, (method, path)
        assert answer.json()["error"] == "NotSignedIn"
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_made_up_token_is_a_stranger(world):
    for method, path in routes(world):
        if (method, path) not in OPEN:
            headers = {"Authorization": "Bearer hub_made-up"}
            assert world.client.request(method, address(path), json={}, headers=headers).status_code == 401, path


@pytest.mark.parametrize(("name", "allowed"), [("sun", ANYONE), ("fang", ANYONE | OFFICE)])
def test_a_role_gets_403_wherever_it_has_no_business(world, name, allowed):
    refused = 0
    for method, path in routes(world):
        if (method, path) in OPEN or path == "/metrics":
            continue
        status = world.client.request(method, address(path), json={}, headers=dict(world.as_(name).headers)).status_code
        if (method, path) in allowed:
            assert status not in (401, 403) or path.endswith("/logout"), (method, path)
            if path.endswith("/logout"):  # signed out by the walk itself
                token = _fresh_token(world, name)
                world.tokens[name] = token
        else:
            assert status == 403, (method, path, status)
            refused += 1
    assert refused > 15


def test_an_admin_is_let_in_everywhere(world):
    for method, path in routes(world):
        if path in {"/metrics", "/api/v1/logout"} or (method, path) in OPEN or method == "delete":
            continue
        answer = world.client.request(method, address(path), json={}, headers=dict(world.as_("ada").headers))
        assert answer.status_code not in (401, 403), (method, path)


def _fresh_token(world, name):
    from hub.setup import accounts

    return accounts.make_token(world.runtime, name, "again", who="setup")[1]


def titles(answer) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {row["title"] for row in answer.json()["rows"]}


def test_salespeople_list_only_their_own_customers_and_what_hangs_on_them(world):
    mine = {"孙", "孙的客户", "孙的contact", "孙的order", "孙的receivable", "孙的receipt", "螺丝"}
    assert titles(world.as_("sun").get("/records", limit=200)) == mine
    others = {title.replace("孙", "石") for title in mine}
    assert titles(world.as_("shi").get("/records", limit=200)) == others


def test_a_salesperson_without_an_employee_sees_no_customer(world):
    assert titles(world.as_("nova").get("/records")) == {"螺丝"}


def test_office_sees_everything(world):
    for name in ("ada", "fang"):
        assert titles(world.as_(name).get("/records", limit=200)) == set(world.ids)


@pytest.mark.parametrize("title", ["石的客户", "石的order", "石的receivable", "无主客户", "无客户的订单", "石"])
def test_somebody_elses_record_looks_as_if_it_were_not_there(world, title):
    sun, key = world.as_("sun"), world.ids[title]
    missing = sun.get("/records/999999").json()
    for path in (f"/records/{key}", f"/records/{key}/history", f"/records/{key}/about"):
        answer = sun.get(path)
        assert answer.status_code == 404
        assert answer.json()["error"] == missing["error"] == "NotFound"
        assert title not in answer.text


def test_filters_and_search_do_not_widen_what_a_salesperson_sees(world):
    sun = world.as_("sun")
    assert titles(sun.get("/records", customer=world.ids["石的客户"])) == set()
    assert titles(sun.get("/records", owner=world.ids["石"])) == set()
    assert titles(sun.get("/records", q="石的")) == set()
    assert titles(sun.get("/records", q=f"C-{world.ids['石']}")) == set()
    assert titles(sun.get("/records", q=f"C-{world.ids['孙']}")) == {"孙的客户"}


def test_a_customers_page_shows_what_hangs_on_it(world):
    answer = world.as_("sun").get(f"/records/{world.ids['孙的客户']}/about")
    body = answer.json()
    assert body["customer"]["title"] == "孙的客户"
    assert body["customer"]["titles"] == {str(world.ids["孙"]): "孙"}
    for entity in ("contact", "order", "receivable", "receipt"):
        assert [row["title"] for row in body[entity]["rows"]] == [f"孙的{entity}"]


def test_figures_are_for_this_machine_and_for_admins(world):
    assert world.client.get("/metrics").status_code == 401  # the test client is not on loopback
    assert world.client.get("/metrics", headers=dict(world.as_("fang").headers)).status_code == 403
    text = world.client.get("/metrics", headers=dict(world.as_("ada").headers)).text
    assert 'hub_queue_messages{queue="sync"} 3.0' in text
    assert 'hub_records{entity="customer"} 3.0' in text
