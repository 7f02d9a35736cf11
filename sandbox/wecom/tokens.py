"""Access tokens per (corp, secret): issue, early invalidation, expiry, and the check every call begins with."""

import secrets
from dataclasses import dataclass

from sandbox.wecom.errors import ApiError
from sandbox.wecom.limits import FixedWindows
from sandbox.wecom.settings import Settings, comma_list


@dataclass(frozen=True)
class App:
    """Whose token it is; the contact-sync secret has no agent id."""

    name: str
    secret: str
    agent_id: int | None


@dataclass
class Token:
    """One issued token; `expires` is unix seconds."""

    text: str
    app: App
    expires: float


class Tokens:
    """The token store of one corp. The same token is given out inside its lifetime, to every caller of the app."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._by_text: dict[str, Token] = {}
        self._current: dict[str, Token] = {}
        self._wrong = FixedWindows()

    @property
    def apps(self) -> list[App]:
        """The apps of the corp: the self-built one, another one, and contact sync."""
        chosen = self._settings
        return [
            App("app", chosen.secret, chosen.agent_id),
            App("other", chosen.other_secret, chosen.other_agent_id),
            App("contact_sync", chosen.contact_sync_secret, None),
        ]

    def issue(self, corp_id: str, secret: str, *, ip: str, now: float) -> Token:
        """gettoken: ApiError 41002, 41004, 40013, 301007, 40091, 40001, 50003 or, after too many wrong secrets from one address, 45009."""
        if self._wrong.seen(ip, now, 3600) >= self._settings.wrong_secret_per_hour:
            raise ApiError(45009)
        app = self._app(corp_id, secret, ip=ip, now=now)
        current = self._current.get(app.name)
        if current and current.text in self._by_text and now < current.expires and not self._settings.gettoken_rotates:
            return current
        return self._new(app, now)

    def check(self, text: str, now: float) -> App:
        """The app behind a token; ApiError 41001 missing, 40014 unknown, 42001 (or as set) expired."""
        if not text:
            raise ApiError(41001)
        token = self._by_text.get(text)
        if token is None:
            raise ApiError(40014)
        if now >= token.expires:
            raise ApiError(self._settings.expired_token_code)
        return token.app

    def kill(self, text: str) -> None:
        """The vendor takes a token back before its time; from now on it counts as expired."""
        if text in self._by_text:
            self._by_text[text].expires = 0.0

    def _app(self, corp_id: str, secret: str, *, ip: str, now: float) -> App:
        if not corp_id:
            raise ApiError(41002)
        if not secret:
            raise ApiError(41004)
        if corp_id != self._settings.corp_id:
            raise ApiError(40013)
        if self._settings.corp_closed:
            raise ApiError(301007)
        if secret in comma_list(self._settings.foreign_secrets):
            raise ApiError(40091)
        found = next((app for app in self.apps if app.secret == secret), None)
        if found is None:
            self._wrong.allows(ip, now, (3600, 0))
            raise ApiError(40001)
        if self._settings.app_disabled:
            raise ApiError(50003)
        return found

    def _new(self, app: App, now: float) -> Token:
        token = Token(secrets.token_urlsafe(160), app, now + self._settings.token_lifetime_s)
        if self._settings.gettoken_rotates and app.name in self._current:
            self.kill(self._current[app.name].text)
        self._by_text[token.text] = self._current[app.name] = token
        return token
