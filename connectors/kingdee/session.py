"""Proof of who calls: signed headers, or a login session that all workers of a connection share (kingdee.md 2)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from connectors.kingdee.config import KingdeeConfig
from connectors.kingdee.errors import login_error
from connectors.kingdee.signing import Signer
from hub.connector import Link
from hub.connector.http import Reply
from hub.errors import HubError

TOKEN = "session"  # noqa: S105 - the name of the shared token, not a secret
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

    @property
    def signs(self) -> bool:
        """Whether every request proves itself, so that a lost session means wrong credentials (2.4)."""
        return self.config.auth == "signature"

    def token(self) -> str:
        """The shared session, signed in when there is none. "" for the first signed request."""
        known = self.link.tokens.get(TOKEN)
        if known or self.signs:
            return known or ""
        with self.link.tokens.lock(TOKEN):
            return self.link.tokens.get(TOKEN) or self._login()

    def headers(self, url: str, token: str) -> dict[str, str]:
        """Headers of one request with this session."""
        signed = self.signer.headers(url, int(self.link.now().timestamp())) if self.signs else {}
        return {**signed, **cookie_headers(token)}

    def renew(self, token: str) -> None:
        """Forget a dead session, unless another worker has renewed it already."""
        self.link.tokens.drop(TOKEN, token)

    def keep(self, cookies: Mapping[str, str], token: str) -> None:
        """Share the session that the server opened or replaced while it answered a signed request."""
        if self.signs and cookies.get(_SESSION) and cookies[_SESSION] != session_id(token):
            self._share(cookies)

    def forget(self) -> str:
        """Take the shared session out of use; its value, or ""."""
        known = self.link.tokens.get(TOKEN) or ""
        if known:
            self.link.tokens.drop(TOKEN, known)
        return known

    def _share(self, cookies: Mapping[str, str]) -> str:
        kept = {name: cookies[name] for name in (_SESSION, _ASP) if cookies.get(name)}
        value = json.dumps(kept)
        for secret in kept.values():
            self.hide(secret)
        self.link.tokens.put(TOKEN, value, self.config.session_life_s)
        return value

    def _login(self) -> str:
        reply = self.post(AUTH_SERVICE + _LOGINS[self.config.auth], {"parameters": self._parameters()})
        data = reply.data if isinstance(reply.data, Mapping) else {}
        kind, message = str(data.get("LoginResultType", "")), str(data.get("Message") or "")
        if kind not in _LOGGED_IN:
            raise self._refused(reply, kind, message)
        # KDSVCSessionId may be null on success (2.1): then only the cookie carries the session.
        cookies = {**reply.cookies, _SESSION: data.get("KDSVCSessionId") or reply.cookies.get(_SESSION, "")}
        if not cookies[_SESSION]:
            raise self._refused(reply, kind, "登录成功但没有会话 / signed in without a session")
        self.facts = login_facts(data, message)
        return self._share(cookies)

    def _refused(self, reply: Reply, kind: str, message: str) -> HubError:
        return login_error(message, reply.vendor(f"LoginResultType {kind}", message))

    def _parameters(self) -> list[str | int]:
        config, secret = self.config, self.config.app_secret.get_secret_value()
        if config.auth == "validate_user":
            return [config.acct_id, config.username, config.password.get_secret_value(), config.lcid]
        if config.auth == "login_by_app_secret":
            return [config.acct_id, config.username, config.app_id, secret, config.lcid]
        now = int(self.link.now().timestamp())
        return [config.acct_id, config.username, config.app_id, str(now), self.signer.login_sign(now), config.lcid]


def cookie_headers(token: str) -> dict[str, str]:
    """The session as the vendor's own clients send it: header and cookie."""
    kept = json.loads(token) if token else {}
    if not kept:
        return {}
    cookie = "; ".join(f"{name}={value}" for name, value in kept.items())
    return {_SESSION: kept[_SESSION], "Cookie": f"Theme=standard;{cookie}"}


def session_id(token: str) -> str:
    return str(json.loads(token).get(_SESSION, "")) if token else ""


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
