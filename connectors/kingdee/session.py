"""Proof of who calls: signed headers, or a login session that all workers of a connection share (kingdee.md 2)."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from connectors.kingdee.config import KingdeeConfig
from connectors.kingdee.errors import login_error
from connectors.kingdee.signing import Signer
from hub.connector import Link
from hub.connector.http import Reply
from hub.errors import HubError, SetupError, Unreachable

OFFSET = "zone"
_OFFSET_LIFE_S = 86400.0
_TICKS_PER_S = 10_000_000
_SESSION = "kdservice-sessionid"
_ASP = "ASP.NET_SessionId"
# -5 asks for a confirmation in a form (password policy); calls work all the same (2.1).
_LOGGED_IN = {"1", "-5"}
AUTH_SERVICE = "Kingdee.BOS.WebApi.ServicesStub.AuthService."
_LOGINS = {"login_by_sign": "LoginBySign", "login_by_app_secret": "LoginByAppSecret", "validate_user": "ValidateUser"}


class Post(Protocol):
    """How a session calls the login service: without any session of its own."""

    def __call__(self, service: str, body: Mapping[str, Any]) -> Reply: ...


@dataclass
class Session:
    """The session of one connection. `facts` fills with what a login reply tells about the tenant."""

    config: KingdeeConfig
    link: Link
    post: Post
    hide: Callable[[str], None]

    def __post_init__(self) -> None:
        self.facts: dict[str, str] = {}
        self.signer = Signer(
            self.config.acct_id,
            self.config.username,
            self.config.app_id,
            self.config.app_secret.get_secret_value(),
            self.config.lcid,
            self.config.org_number,
        )
        # A session goes on working after its credentials were changed here: new credentials get a session of their own.
        self.name = "session:" + _fingerprint(self.config)

    @property
    def signs(self) -> bool:
        """Whether every request proves itself, so that a lost session means wrong credentials (2.4)."""
        return self.config.auth == "signature"

    def token(self) -> str:
        """The shared session, signed in when there is none. "" for the first signed request."""
        known = self.link.tokens.get(self.name)
        if known or self.signs:
            return known or ""
        with self.link.tokens.lock(self.name):
            return self.link.tokens.get(self.name) or self._login()

    def headers(self, url: str, token: str) -> dict[str, str]:
        """Headers of one request with this session."""
        signed = self.signer.headers(url, int(self.link.vendor_now().timestamp())) if self.signs else {}
        return {**signed, **cookie_headers(token)}

    def renew(self, token: str) -> None:
        """Forget a dead session, unless another worker has renewed it already."""
        if token:
            self.link.tokens.drop(self.name, token)

    def keep(self, cookies: Mapping[str, str], token: str) -> None:
        """Share the session that the server opened or replaced while it answered a signed request."""
        if self.signs and cookies.get(_SESSION) and cookies[_SESSION] != session_id(token):
            self._share(cookies)

    def server_offset(self) -> timedelta:
        """How far the server's local time is from UTC: from a login reply (STimeZone), else that of the settings."""
        known = self.link.tokens.get(OFFSET)
        if known is None:
            with self.link.tokens.lock(self.name):
                known = self.link.tokens.get(OFFSET) or self._ask_offset()
        return timedelta(seconds=int(json.loads(known)["offset_s"]))

    def forget(self) -> str:
        """Take the shared session out of use; its value, or ""."""
        known = self.link.tokens.get(self.name) or ""
        if known:
            self.link.tokens.drop(self.name, known)
        return known

    def _share(self, cookies: Mapping[str, str]) -> str:
        kept = {name: cookies[name] for name in (_SESSION, _ASP) if cookies.get(name)}
        value = json.dumps(kept)
        for secret in kept.values():
            self.hide(secret)
        self.link.tokens.put(self.name, value, self.config.session_life_s)
        return value

    def _ask_offset(self) -> str:
        """Sign in to learn it. A tenant that allows signed calls only does not tell: then the settings have to be
        right."""
        try:
            self._login()
        except (SetupError, Unreachable):
            if not self.signs:
                raise
        return self.link.tokens.get(OFFSET) or self._keep_offset(None)

    def _keep_offset(self, seconds: int | None) -> str:
        if seconds is None:
            now = self.link.now().astimezone(ZoneInfo(self.config.server_zone))
            seconds = int((now.utcoffset() or timedelta()).total_seconds())
        value = json.dumps({"offset_s": seconds})
        self.link.tokens.put(OFFSET, value, _OFFSET_LIFE_S)
        return value

    def _login(self) -> str:
        # With signed headers too: the same application may sign in, and only a login tells the server's zone.
        service = _LOGINS.get(self.config.auth, "LoginBySign")
        reply = self.post(AUTH_SERVICE + service, {"parameters": self._parameters()})
        data = reply.data if isinstance(reply.data, Mapping) else {}
        kind, message = str(data.get("LoginResultType", "")), str(data.get("Message") or "")
        if kind not in _LOGGED_IN:
            raise self._refused(reply, kind, message)
        # KDSVCSessionId may be null on success (2.1): then only the cookie carries the session.
        cookies = {**reply.cookies, _SESSION: data.get("KDSVCSessionId") or reply.cookies.get(_SESSION, "")}
        if not cookies[_SESSION]:
            raise self._refused(reply, kind, "登录成功但没有会话 / signed in without a session")
        self.facts = login_facts(data, message)
        self._keep_offset(zone_offset(data))
        return self._share(cookies)

    def _refused(self, reply: Reply, kind: str, message: str) -> HubError:
        return login_error(message, reply.vendor(f"LoginResultType {kind}", message))

    def _parameters(self) -> list[str | int]:
        config, secret = self.config, self.config.app_secret.get_secret_value()
        if config.auth == "validate_user":
            return [config.acct_id, config.username, config.password.get_secret_value(), config.lcid]
        if config.auth == "login_by_app_secret":
            return [config.acct_id, config.username, config.app_id, secret, config.lcid]
        now = int(self.link.vendor_now().timestamp())
        return [config.acct_id, config.username, config.app_id, str(now), self.signer.login_sign(now), config.lcid]


def _fingerprint(config: KingdeeConfig) -> str:
    secrets = (config.password.get_secret_value(), config.app_secret.get_secret_value())
    parts = (
        config.server_url,
        config.auth,
        config.acct_id,
        config.username,
        config.app_id,
        config.org_number,
        *secrets,
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def cookie_headers(token: str) -> dict[str, str]:
    """The session as the vendor's own clients send it: header and cookie."""
    kept = json.loads(token) if token else {}
    if not kept:
        return {}
    cookie = "; ".join(f"{name}={value}" for name, value in kept.items())
    return {_SESSION: kept[_SESSION], "Cookie": f"Theme=standard;{cookie}"}


def session_id(token: str) -> str:
    return str(json.loads(token).get(_SESSION, "")) if token else ""


def zone_offset(data: Mapping[str, Any]) -> int | None:
    """Seconds east of UTC of the server's zone: OffsetTicks are tenths of a microsecond (2.1). None when not told."""
    context = data.get("Context")
    zone = context.get("STimeZone") if isinstance(context, Mapping) else None
    ticks = zone.get("OffsetTicks") if isinstance(zone, Mapping) else None
    return ticks // _TICKS_PER_S if isinstance(ticks, int) else None


def login_facts(data: Mapping[str, Any], message: str) -> dict[str, str]:
    """What the login reply tells about the tenant, for people."""
    context = data.get("Context")
    context = context if isinstance(context, Mapping) else {}
    zone = context.get("STimeZone")
    facts = {
        "data_center": str(context.get("DataCenterName") or ""),
        "company": str(context.get("CustomName") or ""),
        "version": str(context.get("DisplayVersion") or ""),
        "server_zone": str(zone.get("StandardName") or "") if isinstance(zone, Mapping) else "",
        "notice": message,
    }
    return {name: value for name, value in facts.items() if value}
