"""The one way out to a vendor: policy of an httpx client, short retries, and every transport failure as a hub
error.

The retry rule: only `Unreachable` is tried again, and `Unreachable` means that the call had no effect. A write
whose reply is missing or not the vendor's is `OutcomeUnknown` and leaves at once.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, TypedDict, Unpack
from urllib.parse import urljoin, urlsplit

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_before_delay, wait_random_exponential

from hub.connector.hosts import Resolver, check_url, resolve
from hub.connector.json_exact import encode
from hub.connector.link import Call, Link
from hub.connector.redact import Redactor
from hub.connector.reply import Expect, Reply, moment_of, parsed, retry_after, status_error, untrusted
from hub.errors import (
    HubError,
    OutcomeUnknown,
    RateLimited,
    Unreachable,
    Vendor,
)

# httpx writes full URLs (tokens included) at INFO, httpcore writes headers at DEBUG: neither may ever reach a log.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

__all__ = ["Extra", "HttpSession", "Policy", "Reply", "untrusted"]

CONNECT_S = 10.0
TRIES = 3
RETRY_S = 10.0
HOST_CHECK_S = 60.0


class Extra(TypedDict, total=False):
    """Optional parts of a request. `headers` and `params` may be functions: they are called anew for every try, params first
    (signatures age). `expect` "any" also lets non-JSON replies through (`Reply.data` None): the judge decides about them."""

    params: Mapping[str, str] | Callable[[], Mapping[str, str]]
    json: Any
    content: bytes
    headers: Mapping[str, str] | Callable[[], Mapping[str, str]]
    expect: Expect


@dataclass(frozen=True, slots=True)
class _Ask:
    operation: str
    method: str
    url: str
    safe: bool
    extra: Extra


@dataclass(frozen=True, slots=True)
class Policy:
    """What differs between vendors. `judge` sees every reply and raises the hub error that it means; it may raise
    Unreachable only where the call surely had no effect. `transport` replaces the network in tests."""

    judge: Callable[[Reply], None] = lambda _reply: None
    request_id_header: str = "x-request-id"
    max_bytes: int = 64 * 1024 * 1024
    transport: httpx.BaseTransport | None = None
    resolver: Resolver = resolve
    retry_wait_s: float = 0.2


class HttpSession:
    """One connection pool to one vendor account; safe to share between threads.

    One call lasts at most about RETRY_S + CONNECT_S + link.timeout_s.
    """

    def __init__(
        self, link: Link, system: str, base_url: str, *, redactor: Redactor, policy: Policy | None = None
    ) -> None:
        self.link = link
        self.system = system
        self.redactor = redactor
        self.policy = policy or Policy()
        self._base = base_url.rstrip("/") + "/"
        self._checked: dict[tuple[str, str], float] = {}
        self._check_host(self._base)
        self._client = httpx.Client(
            timeout=httpx.Timeout(link.timeout_s, connect=min(CONNECT_S, link.timeout_s)),
            transport=self.policy.transport,
            trust_env=False,
            follow_redirects=False,
            # Workers share sessions through Link.tokens, not through a jar that each process fills on its own.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )
        self._retrying = Retrying(
            retry=retry_if_exception_type(Unreachable),
            stop=stop_after_attempt(TRIES) | stop_before_delay(RETRY_S),
            wait=wait_random_exponential(multiplier=self.policy.retry_wait_s, max=2),
            reraise=True,
        )

    def request(self, operation: str, method: str, url: str, *, safe: bool, **extra: Unpack[Extra]) -> Reply:
        """Call the vendor. `url` is relative to the base or absolute; `safe` says that repeating the call changes
        nothing.

        Raises Unreachable, OutcomeUnknown, RateLimited, SetupError, and whatever the judge raises; secrets are
        masked.
        """
        ask = _Ask(operation, method, self._url(url), safe, extra)
        self._check_host(ask.url)
        return self._retrying(self._once, ask)

    def close(self) -> None:
        self._client.close()

    def _url(self, url: str) -> str:
        return urljoin(self._base, url.lstrip("/") if not urlsplit(url).scheme else url)

    def _check_host(self, url: str) -> None:
        parts = urlsplit(url)
        key, now = (parts.scheme, parts.netloc), time.monotonic()
        if self._checked.get(key, 0.0) < now:
            check_url(url, allow_private=self.link.allow_private_hosts, resolver=self.policy.resolver)
            self._checked[key] = now + HOST_CHECK_S

    def _once(self, ask: _Ask) -> Reply:
        self.link.budget.take(ask.operation)
        started, clock = self.link.now(), time.monotonic()
        reply: Reply | None = None
        outcome = "ok"
        try:
            reply = self._exchange(ask)
            return self._judged(reply, ask)
        except HubError as error:
            outcome = error.kind
            raise self.redactor.scrub(error)  # noqa: B904 - the same error, masked
        finally:
            seconds = time.monotonic() - clock
            seen = (reply.status, reply.request_id) if reply else (0, "")
            self.link.on_call(Call(self.system, ask.operation, started, seconds, outcome, *seen))

    def _exchange(self, ask: _Ask) -> Reply:
        try:
            response = self._client.send(self._build(ask), stream=True)
            try:
                content = self._body(response)
            finally:
                response.close()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise self._no_connection(ask, error) from None
        except (httpx.TransportError, httpx.DecodingError, httpx.InvalidURL) as error:
            raise self._lost(ask, error) from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        told = moment_of(headers.get("date", ""))
        self.link.lag = told - self.link.now() if told else self.link.lag
        request_id = headers.get(self.policy.request_id_header, "")
        cookies = dict(response.cookies)
        return Reply(
            self.system, ask.operation, ask.safe, response.status_code, headers, content, None, cookies, request_id
        )

    def _build(self, ask: _Ask) -> httpx.Request:
        params = ask.extra.get("params")
        query = params() if callable(params) else params
        headers = ask.extra.get("headers", {})
        sent = dict(headers() if callable(headers) else headers)
        content = ask.extra.get("content")
        if content is None and "json" in ask.extra:
            content = encode(ask.extra["json"]).encode()
            sent.setdefault("Content-Type", "application/json; charset=utf-8")
        return self._client.build_request(ask.method, ask.url, params=query, content=content, headers=sent)

    def _body(self, response: httpx.Response) -> bytes:
        """The reply's bytes, under the size cap and within the deadline even when the vendor sends byte by byte."""
        until = time.monotonic() + self.link.timeout_s
        parts: list[bytes] = []
        size = 0
        for part in response.iter_bytes():
            size += len(part)
            if size > self.policy.max_bytes:
                raise httpx.DecodingError(f"reply over {self.policy.max_bytes} bytes")
            if time.monotonic() > until:
                raise httpx.ReadTimeout("reply too slow")
            parts.append(part)
        return b"".join(parts)

    def _judged(self, reply: Reply, ask: _Ask) -> Reply:
        self._check_status(reply)
        reply = parsed(reply, ask.extra.get("expect", "json"))
        if reply.status >= 300 and reply.data is None:
            raise status_error(reply)
        self.policy.judge(reply)
        if reply.status >= 400:
            raise status_error(reply)
        return reply

    def _check_status(self, reply: Reply) -> None:
        """Answers of machines in front of the vendor: quotas, broken gateways, redirects."""
        after = retry_after(reply.headers.get("retry-after", ""), self.link.now().timestamp())
        if reply.status == 429 or (reply.status == 503 and after is not None):
            raise RateLimited(
                f"{self.system} 要求降低调用频率",
                f"{self.system} asks for fewer calls",
                after=after if after is not None else 30.0,
                vendor=reply.vendor(reply.status, reply.text[:200]),
            )
        if reply.status >= 500:
            raise untrusted(reply, f"HTTP {reply.status}", f"HTTP {reply.status}")
        if 300 <= reply.status < 400:
            # Never followed: a redirect can lead inside the network, and would repeat the credentials to another host.
            raise untrusted(reply, f"HTTP {reply.status} 跳转", f"HTTP {reply.status} redirect")

    def _no_connection(self, ask: _Ask, error: httpx.HTTPError) -> Unreachable:
        name = type(error).__name__
        return Unreachable(
            f"无法连接 {self.system}（{name}），请检查网络和地址",
            f"Cannot connect to {self.system} ({name}): check network and address",
            vendor=Vendor(self.system, ask.operation, name),
        )

    def _lost(self, ask: _Ask, error: Exception) -> HubError:
        name = type(error).__name__
        vendor = Vendor(self.system, ask.operation, name, str(error)[:200])
        if ask.safe:
            return Unreachable(
                f"{self.system} 没有完整回复（{name}），稍后重试",
                f"No complete reply from {self.system} ({name})",
                vendor=vendor,
            )
        return OutcomeUnknown(
            f"已向 {self.system} 写入，但没有收到回复（{name}），需先核对是否已写入",
            f"Written to {self.system} but no reply came ({name}); look it up before trying again",
            vendor=vendor,
        )
