"""Who is calling: the login family, sessions in cookie or header, and signed requests (kingdee.md 2)."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Any

from sandbox.kingdee.body import Call
from sandbox.kingdee.database import Database
from sandbox.kingdee.errors import context_lost
from sandbox.kingdee.events import Actor
from sandbox.kingdee.references import user_id
from sandbox.kingdee.signing import headers_are_valid, identity_of, login_signatures

UTC8_TICKS = 288_000_000_000
COOKIE = "kdservice-sessionid"


class WrongDataCenterError(Exception):
    """The data center id is not ours; the product answers with an HTTP error, not with a login error."""


@dataclass
class Session:
    """One server-side context."""

    id: str
    org_number: str
    lcid: int
    expires: datetime


class Sessions:
    """All open sessions of one data center."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._settings = database.settings
        self._open: dict[str, Session] = {}

    def clear(self) -> None:
        """Ends every session."""
        self._open.clear()

    def end(self, session_id: str) -> None:
        """Ends one session, as Logout does."""
        self._open.pop(session_id, None)

    def switch_org(self, session_id: str, org_number: str) -> None:
        """Sets the current organization of a session."""
        self._open[session_id].org_number = org_number

    def begin(self, *, org_number: str = "", lcid: int = 0) -> Session:
        """A fresh session."""
        made = Session(
            _guid(), org_number or self._settings.org_number, lcid or self._settings.lcid, self._database.clock.now()
        )
        self._open[made.id] = made
        self._touch(made)
        return made

    def find(self, headers: Mapping[str, str]) -> Session | None:
        """The live session a request carries in header or cookie, its lifetime renewed; None when there is none."""
        found = self._open.get(session_id_of(headers))
        if found is None or found.expires <= self._database.clock.now():
            return None
        self._touch(found)
        return found

    def authenticate(self, headers: Mapping[str, str], path: str) -> tuple[Session, bool]:
        """(session, whether it is new). A live session needs no credentials; signed headers open one silently.

        Raises Refused 1 without either, WrongDataCenterError for signed headers of another tenant.
        """
        found, signed = self.find(headers), identity_of(headers)
        if found is not None:
            if signed is not None and signed.org_number:
                found.org_number = signed.org_number
            return found, False
        if signed is None:
            raise context_lost()
        if signed.acct_id != self._settings.acct_id:
            raise WrongDataCenterError
        known = self._settings.authorized and signed.username == self._settings.username
        if not known or not self._signature_holds(headers, path):
            raise context_lost()
        return self.begin(org_number=signed.org_number, lcid=int(signed.lcid or 0)), True

    def actor(self, session: Session) -> Actor:
        """The user and organization of a session."""
        org_id = self._database.find("ORG_Organizations", session.org_number)
        return Actor(user_id(self._database, self._settings.username), org_id, session.lcid)

    def cookies(self, session: Session) -> list[str]:
        """Set-Cookie values; no Expires, which would break the official SDK's parser."""
        return [
            f"{COOKIE}={session.id}; path=/",
            f"ASP.NET_SessionId={session.id.replace('-', '')[:24]}; path=/; HttpOnly; SameSite=Lax",
        ]

    def _touch(self, session: Session) -> None:
        session.expires = self._database.clock.now() + timedelta(seconds=self._settings.session_lifetime_s)

    def _signature_holds(self, headers: Mapping[str, str], path: str) -> bool:
        limit, stamp = self._settings.signature_max_age_s, headers.get("x-api-timestamp", "")
        if limit is not None and not self._is_recent(stamp, limit):
            return False
        app = self._settings
        return headers_are_valid(headers, path, app_id=app.app_id, app_secret=app.app_secret)

    def _is_recent(self, stamp: str, limit: float) -> bool:
        if not stamp.isdigit():
            return False
        seconds = int(stamp) / 1000 if len(stamp) > 11 else int(stamp)
        return abs(self._database.clock.now().timestamp() - seconds) <= limit


def session_id_of(headers: Mapping[str, str]) -> str:
    """The session id of a request: header kdservice-sessionid, header SID, or cookie."""
    direct = headers.get(COOKIE) or headers.get("sid")
    if direct:
        return direct
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(headers.get("cookie", ""))
    except CookieError:
        return ""
    return jar[COOKIE].value if COOKIE in jar else ""


def _guid() -> str:
    text = secrets.token_hex(16)
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


@dataclass(frozen=True)
class LoginOutcome:
    """What a login call answers: type 1 success, 0 wrong password, -1 refused (2.1)."""

    result_type: int
    message: str = ""
    lcid: int = 0


class Logins:
    """The login calls, each a judgement over its positional values."""

    def __init__(self, database: Database) -> None:
        self._settings = database.settings

    def judge(self, service: str, call: Call) -> LoginOutcome:
        """The outcome of a login call. Raises WrongDataCenterError for an unknown data center id."""
        values = call.values or _named_values(service, call.named)
        texts = [str(value if value is not None else "") for value in values] + [""] * 6
        if texts[0] != self._settings.acct_id:
            raise WrongDataCenterError
        if texts[1] != self._settings.username:
            return LoginOutcome(0, "用户不存在或密码错误")
        return _JUDGES[service](self, texts)

    def _password(self, texts: list[str]) -> LoginOutcome:
        if not hmac.compare_digest(texts[2].encode(), self._settings.password.encode()):
            return LoginOutcome(0, "密码错误，请重新输入")
        return LoginOutcome(1, lcid=_lcid(texts[3]))

    def _app_secret(self, texts: list[str]) -> LoginOutcome:
        known = self._settings.authorized and texts[2] == self._settings.app_id
        if not known or texts[3] != self._settings.app_secret:
            return self._app_refused(texts[2])
        return LoginOutcome(1, lcid=_lcid(texts[4]))

    def _sign(self, texts: list[str]) -> LoginOutcome:
        app = self._settings
        wanted = login_signatures(app.acct_id, app.username, app.app_id, app.app_secret, texts[3])
        if not app.authorized or texts[2] != app.app_id or texts[4].lower() not in wanted:
            return self._app_refused(texts[2])
        return LoginOutcome(1, lcid=_lcid(texts[5]))

    def _app_refused(self, app_id: str) -> LoginOutcome:
        user = self._settings.username
        return LoginOutcome(-1, f"第三方应用：{app_id} 不允许用户{user} 登录，请联系系统管理员添加！")


_JUDGES = {"validateuser": Logins._password, "loginbyappsecret": Logins._app_secret, "loginbysign": Logins._sign}
LOGIN_SERVICES = frozenset(_JUDGES)
_ORDERS = {
    "validateuser": ("acctid", "username", "password", "lcid"),
    "loginbyappsecret": ("acctid", "username", "appid", "appsecret", "lcid"),
    "loginbysign": ("acctid", "username", "appid", "timestamp", "sign", "lcid"),
}


def _named_values(service: str, named: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(named.get(name) for name in _ORDERS[service])


def _lcid(text: str) -> int:
    return int(text) if text.isdigit() else 0


def login_reply(database: Database, outcome: LoginOutcome, session: Session | None) -> dict[str, Any]:
    """The body of a login reply, the same on success and failure but for its context."""
    success = session is not None
    shown_id = session.id if session is not None and not database.settings.null_session_id else None
    return {
        "Message": outcome.message or None,
        "MessageCode": "CheckPasswordPolicy",
        "LoginResultType": outcome.result_type,
        "Context": _context(database, session) if session is not None else None,
        "KDSVCSessionId": shown_id,
        "FormId": None,
        "RedirectFormParam": None,
        "FormInputObject": None,
        "ErrorStackTrace": None,
        "Lcid": 0,
        "AccessToken": None,
        "CustomParam": None,
        "KdAccessResult": None,
        "IsSuccessByAPI": success,
    }


def _context(database: Database, session: Session) -> dict[str, Any]:
    settings, zone = database.settings, _zone()
    org_id = database.find("ORG_Organizations", session.org_number)
    org = database.document("ORG_Organizations", org_id)
    return {
        "UserLocale": "zh-CN",
        "LogLocale": "",
        "DBid": settings.acct_id,
        "DatabaseType": 3,
        "SessionId": session.id.replace("-", "")[:24],
        "UseLanguages": [{"LocaleId": 2052, "LocaleName": "中文(简体/中国)", "Alias": "CN"}],
        "UserId": user_id(database, settings.username),
        "UserName": settings.username,
        "CustomName": "沙箱公司",
        "DisplayVersion": "8.2.0",
        "DataCenterName": "sandbox",
        "UserToken": _guid(),
        "CurrentOrganizationInfo": {
            "ID": org_id,
            "AcctOrgType": "1",
            "Name": org.values.get("fname") if org else "",
            "FunctionIds": [101, 102, 103, 104],
        },
        "IsCH_ZH_AutoTrans": False,
        "ClientType": 32,
        "WeiboAuthInfo": None,
        "UTimeZone": zone,
        "STimeZone": zone,
    }


def _zone() -> dict[str, Any]:
    name = "(UTC+08:00)北京，重庆，香港特别行政区，乌鲁木齐"
    return {"OffsetTicks": UTC8_TICKS, "StandardName": name, "Id": 230, "Number": "1078_SYS", "CanBeUsed": True}
