"""Switches of a sandbox that change while it runs, and pages that a fault answers with."""

from collections.abc import Iterator

import httpx
import pytest

from sandbox.core.start import start_sandbox


@pytest.fixture
def kingdee() -> Iterator[httpx.Client]:
    with (
        start_sandbox("kingdee", {"row_cap": 7}) as running,
        httpx.Client(base_url=running.url, trust_env=False) as web,
    ):
        yield web


def test_a_switch_changes_while_the_sandbox_runs_and_a_reset_brings_it_back(kingdee: httpx.Client) -> None:
    shown = kingdee.post("/_sandbox/settings", json={"licensed": False, "denied": ["BD_Customer.save"]}).json()
    assert (shown["licensed"], shown["denied"], shown["row_cap"]) == (False, ["BD_Customer.save"], 7)
    kingdee.post("/_sandbox/reset")
    shown = kingdee.get("/_sandbox/settings").json()
    assert (shown["licensed"], shown["denied"], shown["row_cap"]) == (True, [], 7)


@pytest.mark.parametrize(("given", "named"), [({"licenced": False}, "licenced"), ({"row_cap": "7"}, "row_cap")])
def test_an_unknown_switch_or_a_wrong_type_changes_nothing(
    kingdee: httpx.Client, given: dict[str, object], named: str
) -> None:
    reply = kingdee.post("/_sandbox/settings", json={"licensed": False, **given})
    assert reply.status_code == 400
    assert named in reply.json()["error"]
    assert kingdee.get("/_sandbox/settings").json()["licensed"] is True


def test_a_fault_answers_with_the_page_status_and_headers_that_it_names(kingdee: httpx.Client) -> None:
    fault = {
        "kind": "garbage",
        "status": 302,
        "page": "<html>moved</html>",
        "headers": {"Location": "https://x.example/"},
    }
    kingdee.post("/_sandbox/faults", json=fault)
    reply = kingdee.post("/K3Cloud/any.common.kdsvc")
    assert (reply.status_code, reply.headers["location"], reply.text) == (
        302,
        "https://x.example/",
        "<html>moved</html>",
    )
