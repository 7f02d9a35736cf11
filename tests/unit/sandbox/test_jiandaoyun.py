"""The 简道云 sandbox speaks as the vendor note says, seen by a bare caller."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connectors.rest.signing import joined
from connectors.rest.signing import signature as by_recipe
from sandbox.core.start import Running, start_sandbox
from sandbox.jiandaoyun.push import signature

VECTOR = ("0f5ade", b'{"op":"data_create","data":{}}', "test-secret", "1498586609")
SIGNED = "1457e6b79d7c7fed8c46aecf197d7436b8943ebc"


class Caller:
    def __init__(self, running: Running) -> None:
        self.given = running.credentials
        self.control = httpx.Client(base_url=f"{running.url}/_sandbox", trust_env=False)
        headers = {"Authorization": f"Bearer {self.given['api_key']}"}
        self.web = httpx.Client(base_url=self.given["base_url"], headers=headers, trust_env=False)

    def post(self, name: str, **body: Any) -> httpx.Response:
        whole = {"app_id": self.given["app_id"], "entry_id": self.given["customer_form"], **body}
        return self.web.post(f"/v5/app/entry/data/{name}", json=whole)

    def close(self) -> None:
        self.web.close()
        self.control.close()


@pytest.fixture
def caller() -> Iterator[Caller]:
    with start_sandbox("jiandaoyun", {"list_per_s": 30}) as running:
        made = Caller(running)
        yield made
        made.close()


def test_the_signature_of_a_push_is_the_vendors() -> None:
    nonce, payload, secret, stamp = VECTOR
    assert signature(nonce, payload, secret, stamp) == SIGNED
    parts = [nonce.encode(), payload, secret.encode(), stamp.encode()]
    assert by_recipe(joined(parts, ":"), digest="sha1") == SIGNED, "the manifest's recipe agrees"


def test_lists_go_by_row_id_ten_at_a_time(caller: Caller) -> None:
    caller.control.post("/records/customer", json=[{"name": f"客户{n}"} for n in range(25)])
    seen: list[str] = []
    after = ""
    while rows := caller.post("list", data_id=after).json()["data"]:
        assert len(rows) <= 10
        seen += [row["_id"] for row in rows]
        after = seen[-1]
    assert seen == sorted(set(seen))
    assert len(seen) == 25
    assert "total" not in caller.post("list", limit=100).json()
    assert caller.post("list", limit=101).json()["code"] == 1


def test_writes_are_wrapped_and_reads_are_not(caller: Caller) -> None:
    data = {
        "name": {"value": "华星 😀"},
        "owner": {"value": "lisi"},
        "credit": {"value": 1.10},
        "nothing_like_it": {"value": 1},
    }
    made = caller.post("create", data=data).json()["data"]
    assert (made["name"], made["owner"]["username"]) == ("华星 😀", "lisi")
    assert "nothing_like_it" not in made
    assert b'"credit":1.1' in caller.post("get", data_id=made["_id"]).content
    for bad in ({"name": "bare"}, {"owner": {"value": "nobody"}}, {"credit": {"value": "abc"}}):
        refused = caller.post("update", data_id=made["_id"], data=bad)
        assert refused.status_code == 400
        assert refused.json()["code"] in (1, 1010)
    assert caller.post("delete", data_id=made["_id"]).json() == {"status": "success"}
    assert caller.post("get", data_id=made["_id"]).json()["code"] == 4001


def test_filters_need_their_type_and_know_their_methods(caller: Caller) -> None:
    caller.control.post("/records/customer", json=[{"name": name, "credit": n} for n, name in enumerate("甲乙丙")])

    def found(**condition: Any) -> list[str]:
        reply = caller.post("list", filter={"rel": "and", "cond": [{"type": "text", **condition}]}).json()
        return [row["name"] for row in reply["data"]]

    assert found(field="name", method="eq", value=["乙"]) == ["乙"]
    assert found(field="name", method="in", value=["甲", "丙"]) == ["甲", "丙"]
    assert found(field="credit", method="range", value=[1, 2]) == ["乙", "丙"]
    assert found(field="remark", method="empty") == ["甲", "乙", "丙"]
    for bad in ({"field": "name", "method": "eq"}, {"field": "name", "type": "text", "method": "near"}):
        assert caller.post("list", filter={"rel": "and", "cond": [bad]}).json()["code"] == 1


def test_what_is_refused_says_its_code(caller: Caller) -> None:
    assert caller.post("list", app_id="x").json()["code"] == 8302
    assert caller.post("list", entry_id="x").json()["code"] == 8302
    caller.web.headers["Authorization"] = "Bearer other"
    assert caller.post("list").json()["code"] == 8301
    caller.web.headers["Authorization"] = f"Bearer {caller.given['api_key']}"
    replies = [caller.post("list") for _ in range(40)]
    throttled = next(reply for reply in replies if reply.status_code != 200)
    assert (throttled.status_code, throttled.json()["code"]) == (400, 8303), "not a 429"
