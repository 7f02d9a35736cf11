"""Every fault kind of the gate, seen through a real HTTP client."""

import time

import httpx
import pytest

from sandbox.core.faults import KINDS, TRANSPORT_KINDS


def arm(web: httpx.Client, **fault: object) -> None:
    assert web.post("/_sandbox/faults", json=fault).status_code == 200


def notes(web: httpx.Client) -> list[str]:
    return [record["text"] for record in web.get("/_sandbox/records/note").json()["records"]]


def lost(web: httpx.Client, text: str) -> None:
    """A write whose connection is cut: no byte of a reply may arrive."""
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        web.post("/write", json={"text": text})


def test_commit_then_drop_keeps_the_write_and_loses_the_reply(web: httpx.Client) -> None:
    arm(web, kind="commit_then_drop", count=1, match={"write": True})
    assert web.get("/read").json() == []  # not a write: untouched
    lost(web, "a")
    assert notes(web) == ["a"]
    assert web.post("/write", json={"text": "b"}).status_code == 200  # used up


def test_late_commit_writes_after_the_connection_is_gone(web: httpx.Client) -> None:
    arm(web, kind="late_commit", delay_s=0.2)
    lost(web, "a")
    assert notes(web) == []
    deadline = time.monotonic() + 5
    while notes(web) != ["a"] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert notes(web) == ["a"]


def test_drop_before_commit_writes_nothing(web: httpx.Client) -> None:
    arm(web, kind="drop_before_commit")
    lost(web, "a")
    assert notes(web) == []


def test_timeout_outlasts_the_client_and_writes_nothing(web: httpx.Client) -> None:
    arm(web, kind="timeout", delay_s=30)
    with pytest.raises(httpx.ReadTimeout):
        web.post("/write", json={"text": "a"}, timeout=0.2)
    assert notes(web) == []


def test_a_sleeping_timeout_is_cut_in_the_end(web: httpx.Client) -> None:
    arm(web, kind="timeout", delay_s=0.05)
    lost(web, "a")


def test_http_500_answers_a_page_and_writes_nothing(web: httpx.Client) -> None:
    arm(web, kind="http_500")
    reply = web.post("/write", json={"text": "a"})
    assert (reply.status_code, reply.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "服务器内部错误" in reply.text
    assert notes(web) == []


def test_http_500_with_commit_writes_first(web: httpx.Client) -> None:
    arm(web, kind="http_500", commit=True)
    assert web.post("/write", json={"text": "a"}).status_code == 500
    assert notes(web) == ["a"]


def test_garbage_is_a_page_inside_http_200(web: httpx.Client) -> None:
    arm(web, kind="garbage")
    reply = web.post("/write", json={"text": "a"})
    assert reply.status_code == 200
    assert reply.text.startswith("<!DOCTYPE html>")
    assert notes(web) == []


def test_slow_answers_normally_after_the_delay(web: httpx.Client) -> None:
    arm(web, kind="slow", delay_s=0.2)
    before = time.monotonic()
    assert web.post("/write", json={"text": "a"}).json()["text"] == "a"
    assert time.monotonic() - before >= 0.2


def test_a_vendor_kind_fires_only_when_the_vendor_asks(web: httpx.Client) -> None:
    arm(web, kind="empty_page", match={"object": "note"})
    web.post("/write", json={"text": "a"})
    assert web.get("/read").json() == []
    assert len(web.get("/read").json()) == 1


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ({"path": "WRI"}, True),
        ({"method": "post"}, True),
        ({"object": "NOTE"}, True),
        ({"body": "hello"}, True),
        ({"body": "bye"}, False),
        ({"write": False}, False),
        ({"method": "GET"}, False),
        ({"path": "write", "body": "bye"}, False),
    ],
)
def test_match_is_all_of_its_keys(web: httpx.Client, match: dict[str, object], hit: bool) -> None:
    arm(web, kind="http_500", match=match)
    assert (web.post("/write", json={"text": "hello"}).status_code == 500) is hit


def test_count_and_rate(web: httpx.Client) -> None:
    arm(web, kind="http_500", count=2)
    assert [web.get("/read").status_code for _ in range(3)] == [500, 500, 200]
    arm(web, kind="http_500", rate=0.5)
    statuses = [web.get("/read").status_code for _ in range(60)]
    assert 5 < statuses.count(500) < 55


def test_what_is_armed_and_what_fired_can_be_read_and_disarmed(web: httpx.Client) -> None:
    arm(web, kind="http_500", count=5, match={"path": "read"})
    web.get("/read")
    shown = web.get("/_sandbox/faults").json()
    assert [(fault["kind"], fault["count"]) for fault in shown["armed"]] == [("http_500", 4)]
    assert [(fault["kind"], fault["path"]) for fault in shown["fired"]] == [("http_500", "/read")]
    web.delete("/_sandbox/faults")
    assert web.get("/read").status_code == 200


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "explode"},
        {"kind": "slow", "match": {"colour": "red"}},
        {"kind": "slow", "match": "write"},
        {"kind": "slow", "count": 0},
        {"kind": "slow", "rate": 1.5},
        {"kind": "slow", "delay_s": "long"},
        "slow",
    ],
)
def test_a_malformed_fault_is_refused_with_a_reason(web: httpx.Client, fault: object) -> None:
    reply = web.post("/_sandbox/faults", json=fault)
    assert reply.status_code == 400
    assert len(reply.json()["error"]) > 10
    assert web.get("/_sandbox/faults").json()["armed"] == []


def test_control_paths_are_never_hit(web: httpx.Client) -> None:
    arm(web, kind="drop_before_commit", rate=1.0)
    assert web.get("/_sandbox/health").json()["status"] == "ok"


def test_the_kinds_are_those_of_the_design() -> None:
    assert len(KINDS) == 15
    assert len(TRANSPORT_KINDS) == 7
