"""The control interface as a test or an evaluator sees it."""

from datetime import datetime, timedelta

import httpx
import pytest

from sandbox.core.start import Running, start_sandbox
from tests.unit.sandbox.echo_vendor import make_echo


def test_health_and_credentials(web: httpx.Client, echo: Running) -> None:
    health = web.get("/_sandbox/health").json()
    assert (health["status"], health["system"]) == ("ok", "echo")
    assert datetime.fromisoformat(health["now"]).tzinfo is not None
    assert web.get("/_sandbox/credentials").json() == {"base_url": echo.url, "secret": "s"}
    assert echo.credentials == {"base_url": echo.url, "secret": "s"}


def test_one_record_or_a_list_is_created_with_ids_and_times(web: httpx.Client) -> None:
    one = web.post("/_sandbox/records/note", json={"text": "a"}).json()["records"]
    assert one[0]["id"] == 1
    assert one[0]["made"] == one[0]["edited"]
    many = web.post("/_sandbox/records/note?return=ids", json=[{"text": "b"}, {"text": "c"}]).json()
    assert many == {"ids": [2, 3]}
    page = web.get("/_sandbox/records/note?limit=1&offset=1").json()
    assert (page["total"], [record["text"] for record in page["records"]]) == (3, ["b"])
    assert web.get("/_sandbox/records/note?id=3").json()["records"][0]["text"] == "c"


def test_own_id_and_own_times_are_kept(web: httpx.Client) -> None:
    old = "2020-01-02T03:04:05+00:00"
    sent = {"id": 77, "text": "old", "made": old, "edited": old}
    assert web.post("/_sandbox/records/note", json=sent).json()["records"] == [sent]
    assert web.post("/_sandbox/records/note", json=sent).status_code == 409


def test_an_edit_moves_the_modified_time_unless_told_not_to(web: httpx.Client) -> None:
    made = web.post("/_sandbox/records/note", json={"text": "a"}).json()["records"][0]
    web.post("/_sandbox/clock", json={"advance_s": 60})
    silent = web.put("/_sandbox/records/note/1?bump=false", json={"text": "b"}).json()["records"][0]
    assert (silent["text"], silent["edited"]) == ("b", made["edited"])
    loud = web.put("/_sandbox/records/note/1", json={"tag": "x"}).json()["records"][0]
    assert (loud["text"], loud["tag"], loud["made"]) == ("b", "x", made["made"])
    moved = datetime.fromisoformat(loud["edited"]) - datetime.fromisoformat(made["edited"])
    assert moved >= timedelta(seconds=60)


def test_a_delete_is_real_and_a_second_one_is_404(web: httpx.Client) -> None:
    web.post("/_sandbox/records/note", json={"text": "a"})
    assert web.delete("/_sandbox/records/note/1").json() == {"deleted": "1"}
    assert web.get("/_sandbox/records/note").json()["total"] == 0
    assert web.delete("/_sandbox/records/note/1").status_code == 404
    assert web.put("/_sandbox/records/note/1", json={}).status_code == 404


def test_the_journal_shows_vendor_writes_and_on_request_user_edits(web: httpx.Client) -> None:
    web.post("/_sandbox/records/note", json={"text": "seed"})
    web.post("/write", json={"text": "a"})
    shown = web.get("/_sandbox/journal").json()
    assert shown["last"] == 2
    assert [(entry["kind"], entry["object"], entry["id"], entry["request_id"]) for entry in shown["entries"]] == [
        ("create", "note", 2, "r1")
    ]
    assert [entry["by"] for entry in web.get("/_sandbox/journal?by=all").json()["entries"]] == ["user", "api"]
    assert web.get("/_sandbox/journal?since=2").json()["entries"] == []
    assert len(web.get("/_sandbox/journal?object=note&id=2&kind=create").json()["entries"]) == 1
    assert web.get("/_sandbox/journal?kind=delete").json()["entries"] == []


def test_the_journal_keeps_what_was_written_not_what_became_of_it(web: httpx.Client) -> None:
    web.post("/write", json={"text": "first"})
    web.put("/_sandbox/records/note/1", json={"text": "second"})
    assert web.get("/_sandbox/journal").json()["entries"][0]["data"]["text"] == "first"


def test_counters_count_vendor_calls_by_operation(web: httpx.Client) -> None:
    for _ in range(3):
        web.get("/read")
    assert web.get("/_sandbox/counters").json() == {"calls": {"read": 3}}


def test_push_reports_what_the_receiver_answered(web: httpx.Client) -> None:
    with start_sandbox(make_echo()) as receiver:
        reply = web.post("/_sandbox/push", json={"url": f"{receiver.url}/nowhere", "event": "x"})
    assert reply.json() == {"status": 404, "body": "Not Found"}


def test_reset_is_a_fresh_process(web: httpx.Client) -> None:
    web.post("/write", json={"text": "a"})
    web.post("/_sandbox/faults", json={"kind": "http_500"})
    web.post("/_sandbox/clock", json={"advance_s": 9000})
    before = datetime.fromisoformat(web.get("/_sandbox/health").json()["now"])
    web.post("/_sandbox/reset")
    assert datetime.fromisoformat(web.get("/_sandbox/health").json()["now"]) < before
    assert web.get("/_sandbox/journal?by=all").json() == {"entries": [], "last": 0}
    assert web.get("/_sandbox/counters").json() == {"calls": {}}
    assert web.post("/write", json={"text": "a"}).json()["id"] == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "word"),
    [
        ("GET", "/_sandbox/records/ghost", None, 404, "note"),
        ("POST", "/_sandbox/records/ghost", b"{}", 404, "note"),
        ("POST", "/_sandbox/records/note", b"{", 400, "JSON"),
        ("POST", "/_sandbox/records/note", b"[]", 400, "non-empty"),
        ("POST", "/_sandbox/records/note", b"[1]", 400, "records"),
        ("POST", "/_sandbox/records/note", b'{"tag":"no text"}', 400, "text"),
        ("GET", "/_sandbox/records/note?limit=-1", None, 400, "limit"),
        ("GET", "/_sandbox/records/note?id=9", None, 404, "note"),
        ("PUT", "/_sandbox/records/note/9", b"{}", 404, "note"),
        ("GET", "/_sandbox/journal?since=x", None, 400, "since"),
        ("GET", "/_sandbox/journal?by=ghost", None, 400, "user"),
        ("POST", "/_sandbox/clock", b'{"advance_s":"1"}', 400, "advance_s"),
        ("POST", "/_sandbox/clock", b"[]", 400, "object"),
        ("POST", "/_sandbox/push", b"{}", 400, "url"),
    ],
)
def test_malformed_control_requests_are_refused_in_json(
    web: httpx.Client, method: str, path: str, body: bytes | None, status: int, word: str
) -> None:
    reply = web.request(method, path, content=body)
    assert reply.status_code == status
    assert word in reply.json()["error"]


def test_thousands_of_records_go_in_in_one_call(web: httpx.Client) -> None:
    sent = [{"text": f"n{number}", "tag": number % 7} for number in range(5000)]
    assert len(web.post("/_sandbox/records/note?return=ids", json=sent).json()["ids"]) == 5000
    assert web.get("/_sandbox/records/note?limit=0").json() == {"total": 5000, "records": []}
