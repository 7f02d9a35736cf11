"""One JSON-RPC call to a Tryton database: address, session, envelope. The only file of this connector that knows a URL."""

import base64
import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from connectors.tryton import wire
from connectors.tryton.config import TrytonConfig, spelt
from connectors.tryton.errors import PASSWORD, judge
from hub.connector import Link, Native
from hub.connector.http import HttpSession, Policy, Reply, untrusted
from hub.connector.redact import Redactor, secrets_of
from hub.errors import ConfigInvalid, CredentialsRejected, RateLimited

SESSION_LIFE_S = 240.0
"""Shorter than the server's default of 300 s without a call; a session that ended early costs one more call."""
LOCKED_OUT_S = 300.0
"""As long as the server counts failed logins of a user, unless configured otherwise."""
LANGUAGE = "en"
_SESSION = "session"


class Calls:
    """The database's methods over one HTTP session; safe to share between threads."""

    def __init__(self, config: TrytonConfig, link: Link) -> None:
        self.config, self.link = config, link
        self._redactor = Redactor(secrets_of(config))
        self._http = HttpSession(
            link, "tryton", config.server_url, redactor=self._redactor, policy=Policy(judge=judge, request_id_header="")
        )
        self._print = _fingerprint(config)
        self._context: Native | None = None
        self._types: dict[str, dict[str, str]] = {}
        self._guard = threading.RLock()

    def close(self) -> None:
        self._http.close()

    def read(self, method: str, *params: Any, context: Mapping[str, Any] | None = None) -> Any:
        """The result of a call that changes nothing."""
        return self.dated(method, *params, context=context)[0]

    def dated(self, method: str, *params: Any, context: Mapping[str, Any] | None = None) -> tuple[Any, datetime]:
        """The result, and the server's own time when it answered."""
        reply = self._call(method, [*params, {**self.context(), **(context or {})}], safe=True)
        return wire.plain(_result(reply)), _server_time(reply, self.link.now())

    def write(self, method: str, *params: Any, context: Mapping[str, Any] | None = None) -> Any:
        """The result of a call that changes something. Raises OutcomeUnknown when no trustworthy reply came."""
        return wire.plain(_result(self._call(method, [*params, {**self.context(), **(context or {})}], safe=False)))

    def search(self, model: str, domain: Sequence[Any], fields: Sequence[str], **given: Any) -> list[Native]:
        """Rows in id order, at most `limit`; archived records too."""
        rows, _ = self.search_dated(model, domain, fields, **given)
        return rows

    def search_dated(
        self, model: str, domain: Sequence[Any], fields: Sequence[str], *, limit: int | None = None
    ) -> tuple[list[Native], datetime]:
        params = (list(domain), 0, limit, [["id", "ASC"]], list(fields))
        rows, when = self.dated(f"model.{model}.search_read", *params, context={"active_test": False})
        return rows, when

    def context(self) -> Native:
        """The user's context: company and language; asked for once."""
        with self._guard:
            if self._context is None:
                name = self.config.company
                company = self._company(name) if name else self._preferences().get("company")
                self._context = {"company": company, "language": LANGUAGE}
            return self._context

    @property
    def company(self) -> int:
        """Raises ConfigInvalid when the user has no company."""
        company = self.context().get("company")
        if not isinstance(company, int):
            raise ConfigInvalid("集成用户没有默认公司", "The hub's user has no company", field="company").put_right_by(
                "hub_admin",
                "用集成用户登录 Tryton，在首选项里选公司，或在连接设置里填公司名称（hub connections change），然后测试并恢复",
                "sign in to Tryton as that user and choose a company in its preferences, or name it in the connection's settings "
                "(hub connections change), then test and resume",
            )
        return company

    def types(self, model: str) -> Mapping[str, str]:
        """Field name -> Tryton type, of all fields that the user may see; asked for once per model."""
        with self._guard:
            if model not in self._types:
                fields = self.read(f"model.{model}.fields_get", None)
                self._types[model] = {name: str(info["type"]) for name, info in fields.items()}
            return self._types[model]

    def version(self) -> str:
        """The server's series, 8.2 for example; needs no session."""
        return str(_result(self._send("common.server.version", [], path="rpc/")))

    def _preferences(self) -> Native:
        reply = self._call("model.res.user.get_preferences", [True, {}], safe=True)
        found = _result(reply)
        if not isinstance(found, dict):
            raise untrusted(reply, "缺少用户设置", "no preferences")
        return found

    def _company(self, name: str) -> int:
        domain = [["party.name", "=", name]]
        reply = self._call("model.company.company.search_read", [domain, 0, 2, None, ["id"], {}], safe=True)
        rows = _result(reply)
        if not isinstance(rows, list) or len(rows) != 1:
            raise ConfigInvalid(
                f"Tryton 里没有（或不止一个）公司“{name}”",
                f"Tryton has no company “{name}”, or several",
                field="company",
                value=name,
            ).put_right_by(*spelt("公司 → 公司", "Companies > Companies"))
        return int(rows[0]["id"])

    def _call(self, method: str, params: Sequence[Any], *, safe: bool) -> Reply:
        """HTTP 401 says that the session is lost and that nothing was done: signed in anew, the call is made once more."""
        token = self._token()
        try:
            return self._send(method, params, token=token, safe=safe)
        except CredentialsRejected:
            self.link.tokens.drop(_SESSION, f"{self._print} {token}")
        try:
            return self._send(method, params, token=self._token(), safe=safe)
        except CredentialsRejected as lost:
            raise _bad_credentials(lost) from lost

    def _token(self) -> str:
        known = self._shared()
        if not known:
            with self.link.tokens.lock(_SESSION):
                known = self._shared() or self._login()
        return known

    def _shared(self) -> str:
        """The session that the workers share; "" where it was opened with other settings than these (and is sent nowhere)."""
        value = self.link.tokens.get(_SESSION) or ""
        owner, _, token = value.partition(" ")
        self._hide(value, token)
        return token if owner == self._print else ""

    def _hide(self, *secrets: str) -> None:
        for secret in secrets:
            self._redactor.hide(secret)

    def _login(self) -> str:
        config = self.config
        try:
            password = {"password": config.password.get_secret_value()}
            reply = self._send("common.db.login", [config.username, password, LANGUAGE])
        except CredentialsRejected as refused:
            raise _bad_credentials(refused) from refused
        except ConfigInvalid as refused:
            raise _no_database(config.database, refused) from refused
        except RateLimited as limited:
            raise _too_many(limited) from limited
        found = _result(reply)
        if not isinstance(found, list) or len(found) < 2 or not found[0] or not found[1]:
            raise untrusted(reply, "登录没有会话", "signed in without a session")
        token = base64.b64encode(f"{config.username}:{found[0]}:{found[1]}".encode()).decode()
        value = f"{self._print} {token}"
        self._hide(str(found[1]), token, value)
        self.link.tokens.put(_SESSION, value, SESSION_LIFE_S)
        return token

    def _send(self, method: str, params: Sequence[Any], *, token: str = "", safe: bool = True, path: str = "") -> Reply:
        """Exactly these three keys: with any other the server answers errors in another style (section 2.3)."""
        body = {"id": 1, "method": method, "params": list(params)}
        headers = {"Authorization": f"Session {token}"} if token else {}
        path = path or f"{quote(self.config.database, safe='')}/rpc/"
        return self._http.request(method, "POST", path, safe=safe, json=body, headers=headers)


def _result(reply: Reply) -> Any:
    if not isinstance(reply.data, dict) or "result" not in reply.data:
        raise untrusted(reply, "缺少 result", "no result")
    return reply.data["result"]


def _server_time(reply: Reply, fallback: datetime) -> datetime:
    try:
        return parsedate_to_datetime(reply.headers.get("date", "")).astimezone(UTC)
    except ValueError:
        return fallback


def _fingerprint(config: TrytonConfig) -> str:
    parts = (config.server_url, config.database, config.username, config.password.get_secret_value())
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _bad_credentials(lost: CredentialsRejected) -> CredentialsRejected:
    """Tryton tells an unknown user, a wrong password and a user who was archived apart for nobody."""
    said = CredentialsRejected(
        "Tryton 不接受用户名或密码，或该用户已停用",
        "Tryton does not accept user name or password, or the user is archived",
        vendor=replace(lost.vendor, message=""),  # a page of HTML
        field="password",
    )
    said.remedy = PASSWORD
    return said


def _too_many(limited: RateLimited) -> RateLimited:
    return RateLimited(
        "Tryton 因登录失败次数太多，暂时不让这个用户登录",
        "Tryton keeps this user out for a while after too many failed logins",
        after=max(limited.after, LOCKED_OUT_S),
        vendor=limited.vendor,
    )


def _no_database(name: str, refused: ConfigInvalid) -> ConfigInvalid:
    return ConfigInvalid(
        f"这个地址上没有数据库“{name}”",
        f"There is no database “{name}” at this address",
        vendor=replace(refused.vendor, message=""),
        field="database",
        value=name,
    ).put_right_by(
        "hub_admin",
        "照 Tryton 登录窗口里的写法改服务器地址或数据库名（hub connections change），然后测试并恢复",
        "change address or database to what Tryton's login window shows (hub connections change), then test and resume",
    )
