"""Every way of showing who calls, against a vendor that checks it with its own code; and with a wrong secret each fails."""

import itertools
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from hub.connector.link import Link, MemoryTokens
from hub.errors import CredentialsRejected, SetupError
from tests.unit.rest.vendor import Asked, Vendor, b64, client, digest, ids, system

SECRET = "s3cr3t-s3cr3t"
Guard = Callable[[Asked], bool]


def body_signed(asked: Asked) -> bool:
    """HMAC over method, path, sorted query, time and the digest of the body; the time is fresh."""
    stamp = asked.headers.get("x-time", "0")
    query = "&".join(f"{quote(name, safe='')}={quote(asked.query[name], safe='')}" for name in sorted(asked.query))
    parts = [asked.method, asked.path, query, stamp, digest("sha256", asked.body).hexdigest()]
    made = digest("sha256", "\n".join(parts).encode(), SECRET.encode()).digest()
    return asked.headers.get("x-sign") == b64(made) and abs(time.time() * 1000 - int(stamp)) < 5000


def md5_in_query(asked: Asked) -> bool:
    plain = f"appId=hub&appSecret={SECRET}&timeStamp={asked.query.get('t', '')}"
    return asked.query.get("sign") == digest("md5", plain.encode()).hexdigest().upper()


FIXED: dict[str, tuple[str, Guard]] = {
    "key in a header": (
        "{kind: key, headers: {X-Key: '{secret}', X-User: '{user}'}}",
        lambda asked: (asked.headers.get("x-key"), asked.headers.get("x-user")) == (SECRET, "hub"),
    ),
    "key in the query": ("{kind: key, query: {k: '{secret}'}}", lambda asked: asked.query.get("k") == SECRET),
    "bearer": ("{kind: bearer, token: '{secret}'}", lambda a: a.headers.get("authorization") == f"Bearer {SECRET}"),
    "basic": (
        "{kind: basic, user: '{user}', password: '{secret}'}",
        lambda asked: asked.headers.get("authorization") == "Basic " + b64(f"hub:{SECRET}".encode()),
    ),
    "hmac": (
        "{kind: signature, digest: hmac-sha256, secret: '{secret}', encoding: base64, clock: ms, join: \"\\n\","
        " parts: ['{method}', '{path}', '{query}', '{timestamp}', '{body_sha256}'],"
        " headers: {X-Sign: '{signature}', X-Time: '{timestamp}'}}",
        body_signed,
    ),
    "digest in the query": (
        "{kind: signature, digest: md5, encoding: HEX, parts: ['appId={user}&appSecret={secret}&timeStamp={timestamp}'],"
        " query: {sign: '{signature}', t: '{timestamp}'}}",
        md5_in_query,
    ),
}


@pytest.mark.parametrize("kind", FIXED)
def test_a_fixed_proof_is_right_and_a_wrong_secret_needs_an_admin(kind: str) -> None:
    auth, guard = FIXED[kind]
    made = system(auth, query="{b: '2 ü', a: '1'}")
    with Vendor(guard) as vendor:
        assert ids(client(made, vendor.url)) == ["1"]
        with pytest.raises(CredentialsRejected) as caught:
            client(made, vendor.url, secret="wrong-wrong-wrong").check()
    assert "wrong-wrong-wrong" not in str(caught.value)


def test_a_nonce_and_a_signature_over_the_body_are_new_for_every_request() -> None:
    auth = (
        "{kind: signature, digest: sha256, parts: ['{nonce}', '{body}', '{secret}'], join: ':',"
        " headers: {X-Nonce: '{nonce}', X-Sign: '{signature}'}}"
    )

    def guard(asked: Asked) -> bool:
        plain = f"{asked.headers['x-nonce']}:".encode() + asked.body + f":{SECRET}".encode()
        return asked.headers["x-sign"] == digest("sha256", plain).hexdigest()

    post = {"entities": {"customer": {"list": {"request": {"method": "POST", "body": {"名": "华星 😀"}}}}}}
    with Vendor(guard) as vendor:
        opened = client(system(auth, **post), vendor.url)
        assert ids(opened) == ids(opened) == ["1"]
        assert len({asked.headers["x-nonce"] for asked in vendor.asked}) == len(vendor.asked)


class Sessions:
    """Logins that give numbered tokens; `dead` tokens are refused."""

    def __init__(self, expected: Callable[[Asked], bool], put: Callable[[str], tuple[Any, dict[str, str]]]) -> None:
        self.expected, self.put = expected, put
        self.numbers = itertools.count(1)
        self.alive: set[str] = set()
        self.logins = 0

    def login(self, asked: Asked) -> tuple[int, Any, dict[str, str]]:
        if not self.expected(asked):
            return 400, {"code": "invalid_client", "msg": "no"}, {}
        self.logins += 1
        token = f"token-{next(self.numbers):020d}"
        self.alive = {token}
        body, headers = self.put(token)
        return 200, {"data": {}, **body}, headers

    def guard(self, asked: Asked) -> bool:
        shown = asked.headers.get("authorization", "").removeprefix("Bearer ") or asked.headers.get("cookie", "")[4:]
        return shown in self.alive


def in_body(token: str) -> tuple[Any, dict[str, str]]:
    return {"access_token": token, "expires_in": 7200, "data": {"token": token}}, {}


LOGINS: dict[str, tuple[str, Callable[[Asked], bool], Callable[[str], tuple[Any, dict[str, str]]]]] = {
    "client credentials in the form": (
        "{kind: oauth2, grant: client_credentials, token_path: /login, client_id: '{user}', client_secret: '{secret}',"
        " extra: {scope: all}}",
        lambda asked: (
            asked.form
            == {"grant_type": "client_credentials", "scope": "all", "client_id": "hub", "client_secret": SECRET}
        ),
        in_body,
    ),
    "client credentials in the header": (
        "{kind: oauth2, grant: client_credentials, token_path: /login, client_id: '{user}', client_secret: '{secret}',"
        " client_in: basic}",
        lambda asked: asked.headers.get("authorization") == "Basic " + b64(f"hub:{SECRET}".encode()),
        in_body,
    ),
    "password": (
        "{kind: oauth2, grant: password, token_path: /login, client_id: c, client_secret: cs, user: '{user}',"
        " password: '{secret}+more'}",
        lambda asked: (
            (asked.form["grant_type"], asked.form["username"], asked.form["password"])
            == ("password", "hub", SECRET + "+more")
        ),
        in_body,
    ),
    "login, token in the body": (
        "{kind: login, request: {method: POST, path: /login, body: {account: '{user}', password: '{secret}'}},"
        " token: data.token}",
        lambda asked: asked.json == {"account": "hub", "password": SECRET},
        in_body,
    ),
    "login, token in a header": (
        "{kind: login, request: {method: POST, path: /login, form: {p: '{secret}'}}, token_header: X-Token}",
        lambda asked: asked.form == {"p": SECRET},
        lambda token: ({}, {"X-Token": token}),
    ),
    "login, session cookie": (
        "{kind: login, request: {method: POST, path: /login, body: {p: '{secret}'}}, token_cookie: sid,"
        " headers: {Cookie: 'sid={token}'}}",
        lambda asked: asked.json == {"p": SECRET},
        lambda token: ({}, {"Set-Cookie": f"sid={token}; Path=/; HttpOnly"}),
    ),
}


@pytest.mark.parametrize("kind", LOGINS)
def test_a_session_is_opened_once_shared_and_renewed(kind: str) -> None:
    auth, expected, put = LOGINS[kind]
    sessions = Sessions(expected, put)
    made, tokens = system(auth), MemoryTokens()
    with Vendor(sessions.guard, extra={"/login": sessions.login}) as vendor:
        one, other = (client(made, vendor.url, Link(tokens=tokens, timeout_s=5)) for _ in range(2))
        assert ids(one) == ids(other) == ["1"]
        assert sessions.logins == 1, "workers share a token"
        sessions.alive.clear()
        assert ids(one) == ids(other) == ["1"]
        assert sessions.logins == 2, "a dead token is renewed once for all"


@pytest.mark.parametrize("kind", LOGINS)
def test_a_refused_login_needs_an_admin_and_tells_no_secret(kind: str) -> None:
    auth, _expected, put = LOGINS[kind]
    sessions = Sessions(lambda _asked: False, put)
    with Vendor(sessions.guard, extra={"/login": sessions.login}) as vendor, pytest.raises(SetupError) as caught:
        client(system(auth), vendor.url).check()
    assert SECRET not in str(caught.value)


def test_a_token_that_is_refused_when_fresh_is_not_asked_for_again_and_again() -> None:
    auth, expected, put = LOGINS["login, token in the body"]
    sessions = Sessions(expected, put)
    with Vendor(lambda _asked: False, extra={"/login": sessions.login}) as vendor, pytest.raises(CredentialsRejected):
        client(system(auth), vendor.url).check()
    assert sessions.logins == 2


def test_a_token_that_dies_between_two_pages_loses_nothing() -> None:
    auth, expected, put = LOGINS["login, token in the body"]
    sessions = Sessions(expected, put)

    def pager(asked: Asked) -> Any:
        sessions.alive.clear()
        after = int(asked.query.get("after", "0"))
        return {"data": [{"id": one} for one in range(1, 8) if one > after][:2]}

    paging = "{kind: keyset, columns: [id], size: 2, after: {query: {after: '{after_1}'}}}"
    with Vendor(sessions.guard, pager, {"/login": sessions.login}) as vendor:
        assert ids(client(system(auth, paging), vendor.url)) == [str(one) for one in range(1, 8)]
    assert sessions.logins == 4


def test_a_token_of_other_settings_is_sent_nowhere() -> None:
    auth, expected, put = LOGINS["login, token in the body"]
    sessions, tokens = Sessions(expected, put), MemoryTokens()
    with Vendor(sessions.guard, extra={"/login": sessions.login}) as vendor:
        assert ids(client(system(auth), vendor.url, Link(tokens=tokens, timeout_s=5))) == ["1"]
        wrong = client(system(auth), vendor.url, Link(tokens=tokens, timeout_s=5), secret="wrong-wrong-wrong")
        with pytest.raises(SetupError):
            wrong.check()
