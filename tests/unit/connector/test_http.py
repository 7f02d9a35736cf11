"""The HTTP session: what each failure of the wire becomes, what is tried again, what is logged."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest

from hub.connector.http import HttpSession, Policy, Reply
from hub.connector.link import Call, Link
from hub.connector.redact import Redactor
from hub.errors import (
    BadInput,
    ConfigInvalid,
    CredentialsRejected,
    HubError,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    RecordRejected,
    Unreachable,
)

SECRET = "s3cr3t-value"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
Handler = Callable[[httpx.Request], httpx.Response]


class Wire:
    """A vendor made of a list of answers; the last one repeats."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def session(handler: Handler, calls: list[Call] | None = None, **policy: object) -> HttpSession:
    link = Link(now=lambda: NOW, on_call=(calls if calls is not None else []).append)
    base = Policy(
        transport=httpx.MockTransport(handler), resolver=lambda _host, _port: ("127.0.0.1",), retry_wait_s=0.0
    )
    return HttpSession(
        link,
        "acme",
        "http://vendor.test/api",
        redactor=Redactor([SECRET]),
        policy=replace(base, **policy),  # type: ignore[arg-type]
    )


def ok(**body: object) -> httpx.Response:
    return httpx.Response(200, json=body)


def get(http: HttpSession, *, safe: bool = True) -> Reply:
    return http.request("things.list", "POST", "things/list", safe=safe, json={"a": 1})


def test_json_numbers_are_exact_and_text_stays_text() -> None:
    wire = Wire(httpx.Response(200, content='{"money":0.10,"n":3,"name":"华星 <&> 😀"}'.encode()))
    data = get(session(wire)).data
    assert data == {"money": Decimal("0.10"), "n": 3, "name": "华星 <&> 😀"}
    assert str(data["money"]) == "0.10"
    assert str(wire.requests[0].url) == "http://vendor.test/api/things/list"


def test_decimals_are_sent_as_exact_numbers_and_floats_refused() -> None:
    wire = Wire(ok())
    http = session(wire)
    http.request("x", "POST", "x", safe=True, json={"m": Decimal("12345678901234567890.10"), "名": "华"})
    assert wire.requests[0].content.decode() == '{"m":12345678901234567890.10,"名":"华"}'
    with pytest.raises(BadInput):
        http.request("x", "POST", "x", safe=True, json={"m": [0.1]})


@pytest.mark.parametrize("broken", [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow")])
@pytest.mark.parametrize("safe", [True, False])
def test_no_connection_is_unreachable_after_three_tries_even_for_writes(broken: Exception, safe: bool) -> None:
    wire = Wire(broken)
    with pytest.raises(Unreachable):
        get(session(wire), safe=safe)
    assert len(wire.requests) == 3


@pytest.mark.parametrize(
    "broken",
    [
        httpx.ReadTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.WriteError("reset"),
        httpx.RemoteProtocolError("closed"),
        httpx.Response(500, html="<h1>oops</h1>"),
        httpx.Response(502, json={"code": 200}),
        httpx.Response(200, html="<html>维护中</html>"),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b'{"code": 200'),
        httpx.Response(200, content=b"\xff\xfe{}"),
        httpx.Response(200, content=b"[NaN]"),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(302, headers={"location": "http://169.254.169.254/"}),
    ],
)
def test_a_reply_that_cannot_be_trusted(broken: httpx.Response | Exception) -> None:
    reads, writes = Wire(broken), Wire(broken)
    with pytest.raises(Unreachable):
        get(session(reads))
    with pytest.raises(OutcomeUnknown):
        get(session(writes), safe=False)
    assert len(reads.requests) == 3
    assert len(writes.requests) == 1, "a write with an unknown outcome is never repeated"


def test_a_safe_call_heals_on_a_second_try() -> None:
    wire = Wire(httpx.Response(500), ok(done=True))
    assert get(session(wire)).data == {"done": True}


@pytest.mark.parametrize(
    ("status", "headers", "after"),
    [
        (429, {}, 30.0),
        (429, {"retry-after": "7"}, 7.0),
        (503, {"retry-after": "Sat, 21 Nov 2026 00:01:00 GMT"}, 60.0),
        (429, {"retry-after": "soon"}, 30.0),
    ],
)
def test_a_quota_says_when_to_come_back(status: int, headers: dict[str, str], after: float) -> None:
    wire = Wire(httpx.Response(status, headers=headers))
    with pytest.raises(RateLimited) as caught:
        get(session(wire), safe=False)
    assert caught.value.after == after
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, CredentialsRejected), (403, PermissionMissing), (404, ConfigInvalid), (400, Unreachable)],
)
def test_refusals_without_an_envelope(status: int, error: type[HubError]) -> None:
    with pytest.raises(error):
        get(session(Wire(httpx.Response(status, text="no"))))


def test_the_judge_sees_a_refusal_first_and_the_call_is_logged_as_it_was_judged() -> None:
    def judge(reply: Reply) -> None:
        raise RecordRejected(
            "坏", f"bad {SECRET}", vendor=reply.vendor(7, f"?access_token=abcdef {SECRET}"), value=SECRET
        )

    calls: list[Call] = []
    with pytest.raises(RecordRejected) as caught:
        get(session(Wire(httpx.Response(400, json={"code": 7}, headers={"X-Request-Id": "r-1"})), calls, judge=judge))
    assert SECRET not in str(caught.value.as_json())
    assert "abcdef" not in str(caught.value.as_json())
    assert [(call.operation, call.outcome, call.status, call.request_id) for call in calls] == [
        ("things.list", "rejected", 400, "r-1")
    ]


def test_other_replies_only_pass_when_asked_for() -> None:
    text = httpx.Response(200, content=b"response_error:{}")
    reply = session(Wire(text)).request("x", "GET", "x", safe=True, expect="any")
    assert (reply.data, reply.text) == (None, "response_error:{}")


def test_headers_are_made_anew_for_every_try() -> None:
    stamps: Iterator[int] = iter(range(9))
    wire = Wire(httpx.ReadTimeout("slow"), ok())
    session(wire).request("x", "GET", "x", safe=True, headers=lambda: {"X-Time": str(next(stamps))})
    assert [request.headers["x-time"] for request in wire.requests] == ["0", "1"]


def test_every_try_takes_from_the_budget_and_a_refused_permit_makes_no_call() -> None:
    class Empty:
        def take(self, operation: str) -> None:
            raise RateLimited("满", f"no budget for {operation}", after=3)

    wire = Wire(ok())
    http = session(wire)
    http.link.budget = Empty()
    with pytest.raises(RateLimited):
        get(http)
    assert wire.requests == []


def test_an_oversize_reply_is_cut_off() -> None:
    with pytest.raises(Unreachable, match="DecodingError"):
        get(session(Wire(httpx.Response(200, json={"x": "y" * 2000})), max_bytes=1000))


def test_at_names_the_missing_part() -> None:
    reply = get(session(Wire(ok(data={"list": [1]}))))
    assert reply.at("data", "list", kind=list) == [1]
    for path in (("data", "page"), ("data", "list", 3), ("nothing",)):
        with pytest.raises(Unreachable, match=str(path[-1])):
            reply.at(*path, kind=dict)


def test_cookies_are_handed_out_but_never_kept() -> None:
    wire = Wire(httpx.Response(200, json={}, headers={"set-cookie": "sid=abc; Path=/"}))
    http = session(wire)
    assert get(http).cookies == {"sid": "abc"}
    get(http)
    assert "cookie" not in wire.requests[1].headers


def test_urls_never_reach_a_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        session(Wire(ok())).request("x", "GET", "x", safe=True, params={"access_token": SECRET})
    assert SECRET not in caplog.text


def test_a_second_host_is_checked_before_it_is_called() -> None:
    wire = Wire(ok())
    http = session(wire, resolver=lambda host, _port: ("127.0.0.1" if host == "vendor.test" else "169.254.1.1",))
    with pytest.raises(ConfigInvalid):
        http.request("x", "GET", "http://elsewhere.test/x", safe=True)
    assert wire.requests == []
