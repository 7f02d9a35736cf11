"""Requests of a manifest go out here: filled in, proved, sent, judged. The only file that makes a URL."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import quote, urlencode, urljoin, urlsplit

from connectors.rest.auth import Fixed, Outgoing, Proof, basic, fixed, signed, with_token
from connectors.rest.config import values_of
from connectors.rest.errors import judge_of
from connectors.rest.names import as_text, filled, text
from connectors.rest.paths import text_at
from connectors.rest.spec.auth import LoginAuth, OAuth2Auth, SignedAuth
from connectors.rest.spec.base import Request
from connectors.rest.spec.system import System
from hub.connector.http import HttpSession, Policy
from hub.connector.json_exact import encode
from hub.connector.link import Link
from hub.connector.redact import Redactor, secrets_of
from hub.connector.reply import Expect, Reply, untrusted
from hub.connector.token import SharedToken

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
EARLY_S = 60.0

Prover = Callable[[Outgoing], Proof]


@dataclass(frozen=True, slots=True)
class Ask:
    """One call: `operation` such as customer.list, what the request's names stand for, whether repeating it is safe."""

    operation: str
    request: Request
    given: Mapping[str, Any]
    safe: bool = True
    expect: Expect = "json"


class Calls:
    """One account at one system. Raises what errors.judge_of and HttpSession raise."""

    def __init__(self, system: System, config: Any, link: Link, transport: Any = None) -> None:
        self.system = system
        self.link = link
        self.settings = values_of(config)
        self.redactor = Redactor(secrets_of(config))
        policy = Policy(
            judge=judge_of(system.errors), request_id_header=system.errors.request_id_header, transport=transport
        )
        self._http = HttpSession(link, system.system, config.base_url, redactor=self.redactor, policy=policy)
        auth = system.auth
        self._token = self._shared(auth) if isinstance(auth, (OAuth2Auth, LoginAuth)) else None
        self._base = config.base_url.rstrip("/")
        self._base_path = urlsplit(self._base).path

    def close(self) -> None:
        self._http.close()

    @property
    def login_path(self) -> str:
        """The path of the login; "" where there is none."""
        auth = self.system.auth
        if not isinstance(auth, (OAuth2Auth, LoginAuth)):
            return ""
        path = auth.request.path if isinstance(auth, LoginAuth) else auth.token_path
        filled_in = text(path, self.settings, lambda part: quote(part, safe=""))
        return f"{self._base_path}/{filled_in.lstrip('/')}"

    def call(self, ask: Ask) -> Reply:
        """Send a request of the manifest."""
        return self._proved(lambda prove: self._send(ask, prove))

    def follow(self, ask: Ask, url: str) -> Reply:
        """The next page, at an address that the vendor gave: only ever at the host that we were told to trust."""
        path = text(ask.request.path, {**self.settings, **ask.given}, lambda part: quote(part, safe=""))
        whole = urljoin(f"{self._base}/{path.lstrip('/')}", url)
        if urlsplit(whole)[:2] != urlsplit(self._base)[:2]:
            raise untrusted(
                Reply(self.system.system, ask.operation, True, 200, {}, b""),
                f"下一页指向另一个地址 {urlsplit(whole).netloc}",
                f"the next page is at another address {urlsplit(whole).netloc}",
            )
        return self._proved(lambda prove: self._get(ask.operation, whole, prove))

    def _get(self, operation: str, url: str, prove: Prover) -> Reply:
        proof = prove(Outgoing("GET", urlsplit(url).path, {}, b""))
        headers = {**_texts(self.system.headers, self.settings), **proof.headers}
        return self._http.request(operation, "GET", _with(url, proof.query), safe=True, headers=headers)

    def _proved(self, send: Callable[[Prover], Reply]) -> Reply:
        """Where there are sessions, a dead token is renewed once; elsewhere refused is refused."""
        auth, shared = self.system.auth, self._token
        if shared is None or not isinstance(auth, (OAuth2Auth, LoginAuth)):
            return send(self._prover(cast(SignedAuth | Fixed, auth)))
        return shared.use(lambda token: send(lambda _out: with_token(auth, self.settings, token)))

    def _send(self, ask: Ask, prove: Prover) -> Reply:
        given = {**self.settings, **ask.given}
        path = text(ask.request.path, given, lambda part: quote(part, safe=""))
        content, kind = _content(ask.request, given)
        plain = {name: as_text(value) for name, value in filled(ask.request.query, given).items()}
        headers = {**kind, **_texts(self.system.headers, given), **_texts(ask.request.headers, given)}
        out = Outgoing(ask.request.method, f"{self._base_path}/{path.lstrip('/')}", plain, content)
        proofs: list[Proof] = []

        def params() -> dict[str, str]:
            proofs.append(prove(out))
            return {**plain, **proofs[-1].query}

        return self._http.request(
            ask.operation,
            ask.request.method,
            f"{self._base}/{path.lstrip('/')}",  # whole, because orders:list alone would look like another scheme
            safe=ask.safe,
            expect=ask.expect,
            params=params,
            headers=lambda: {**headers, **proofs[-1].headers},
            **({"content": content} if content else {}),
        )

    def _prover(self, auth: SignedAuth | Fixed) -> Prover:
        if isinstance(auth, SignedAuth):
            return lambda out: signed(auth, self.settings, out, self.link.vendor_now())
        proof = fixed(auth, self.settings)
        for value in proof.headers.values():
            self.redactor.hide(value.removeprefix("Basic "))
        return lambda _out: proof

    def _shared(self, auth: OAuth2Auth | LoginAuth) -> SharedToken:
        """The token of these settings; other settings, other token."""
        settings = tuple(f"{name}={value}" for name, value in sorted(self.settings.items()))
        return SharedToken(self.link, self.redactor, lambda: self._login(auth), settings)

    def _login(self, auth: OAuth2Auth | LoginAuth) -> tuple[str, float]:
        request = auth.request if isinstance(auth, LoginAuth) else _grant(auth, self.settings)
        reply = self._send(Ask("login", request, {}), lambda _out: Proof({}, {}))
        token = _token_in(auth, reply)
        if not token:
            silent = replace(reply, content=b"")
            raise untrusted(silent, "登录回复里没有令牌", "no token in the reply to the login")
        life = text_at(reply.data, auth.expires)
        life_s = float(life) if life.isdigit() else float(auth.life_s)
        return token, max(life_s - EARLY_S, life_s / 2)


def _token_in(auth: OAuth2Auth | LoginAuth, reply: Reply) -> str:
    if isinstance(auth, LoginAuth) and auth.token_cookie:
        return reply.cookies.get(auth.token_cookie, "")
    if isinstance(auth, LoginAuth) and auth.token_header:
        return reply.headers.get(auth.token_header.lower(), "")
    return text_at(reply.data, auth.token)


def _grant(auth: OAuth2Auth, settings: Mapping[str, Any]) -> Request:
    form = {"grant_type": auth.grant, **auth.extra}
    if auth.grant == "password":
        form |= {"username": auth.user, "password": auth.password}
    headers = {}
    if auth.client_in == "basic":
        made = basic(text(auth.client_id, settings), text(auth.client_secret, settings))
        headers = {"Authorization": made}
    else:
        form |= {"client_id": auth.client_id, "client_secret": auth.client_secret}
    return Request(method="POST", path=auth.token_path, form=form, headers=headers)


def _content(request: Request, given: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
    if request.form:
        return urlencode(_texts(request.form, given)).encode(), FORM
    if request.body is None:
        return b"", {}
    return encode(filled(request.body, given)).encode(), JSON


def _texts(templates: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, str]:
    return {name: as_text(value) for name, value in filled(templates, given).items()}


def _with(url: str, query: Mapping[str, str]) -> str:
    if not query:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(query)}"
