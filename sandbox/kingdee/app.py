"""The vendor's paths: service names, sessions, WAF, error envelopes, and which handler answers what."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_plus

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.core import Facts, facts_of
from sandbox.kingdee import push, reading, writing
from sandbox.kingdee.body import BodyError, Call, parse
from sandbox.kingdee.desk import Desk, Request
from sandbox.kingdee.errors import Refused, context_lost
from sandbox.kingdee.replies import dump, failure, response_error, waf_block
from sandbox.kingdee.sessions import (
    LOGIN_SERVICES,
    Logins,
    Session,
    Sessions,
    WrongDataCenterError,
    login_reply,
    session_id_of,
)

Handler = Callable[[Desk, Request], Any]
_FORMS = "kingdee.bos.webapi.servicesstub.dynamicformservice."
_AUTH = "kingdee.bos.webapi.servicesstub.authservice."
_DATA_CENTERS = "kingdee.bos.servicefacade.servicesstub.account.accountservice.getdatacenterlist"

_READERS: dict[str, Handler] = {
    "executebillquery": reading.execute_bill_query,
    "billquery": reading.bill_query,
    "view": reading.view_service,
    "querybusinessinfo": reading.query_business_info,
    "switchorg": reading.switch_org,
    "queryasyncresult": writing.query_async_result,
}
_WRITERS: dict[str, Handler] = {
    "save": writing.save,
    "batchsave": writing.batch_save,
    "draft": writing.draft,
    "submit": writing.submit,
    "audit": writing.audit,
    "unaudit": writing.unaudit,
    "cancelassign": writing.cancel_assign,
    "delete": writing.delete,
    "excuteoperation": writing.operation,
    "executeoperation": writing.operation,
    "allocate": writing.allocate,
    "cancelallocate": writing.cancel_allocate,
    "push": push.push,
}
_SERVICES = _READERS | _WRITERS
_PATH = re.compile(r"/(?P<context>[^/]+)/(?P<service>[^/]+)\.common\.kdsvc$", re.IGNORECASE)
_FORM_NAMED = re.compile(r'\\*"formid\\*"\s*:\s*\\*"([\w.]+)', re.IGNORECASE)
_FORM_FIELD = re.compile(r"(?:^|&)formid=([\w.]+)", re.IGNORECASE)
_FORM_POSITIONAL = re.compile(r'"parameters"\s*:\s*"?\[\s*\\*"([A-Za-z_]\w*)\\*"\s*,', re.IGNORECASE)


def service_of(path: str) -> str:
    """The lower-case service name in a path, "" when the path names none."""
    match = _PATH.search(path)
    return match.group("service").lower() if match else ""


def classify(method: str, path: str, body: str) -> Facts:
    """What a fault can match: the form, whether it writes, the service under its short name."""
    service = service_of(path)
    short = path.rsplit("/", 1)[-1].removesuffix(".common.kdsvc").rsplit(".", 1)[-1]
    writes = service.removeprefix(_FORMS) in _WRITERS
    return Facts(method, path, body, object=_form_in(body), write=writes, operation=short or path)


def _form_in(body: str) -> str | None:
    text = unquote_plus(body) if "%22" in body[:200] else body
    for pattern in (_FORM_NAMED, _FORM_FIELD, _FORM_POSITIONAL):
        if match := pattern.search(text):
            return match.group(1)
    return None


class KingdeeApp:
    """Answers every POST under the product's paths."""

    def __init__(self, desk: Desk, sessions: Sessions) -> None:
        self._desk = desk
        self._sessions = sessions
        self._logins = Logins(desk.database)

    def routes(self) -> list[BaseRoute]:
        """One route: the service name decides."""
        return [Route("/{path:path}", self.endpoint, methods=["POST"])]

    async def endpoint(self, http: HttpRequest) -> Response:
        """One call, from raw body to reply. What no layer below has foreseen becomes a response_error text."""
        raw = await http.body()
        headers = {key.lower(): value for key, value in http.headers.items()}
        try:
            return self._answer(http, headers, raw)
        except BodyError as error:
            return Response(error.text, status_code=500, media_type="text/plain")
        except WrongDataCenterError:
            return Response("数据中心标识不存在或未启用", status_code=500, media_type="text/plain")
        except Exception as error:  # noqa: BLE001 - the product answers an uncaught exception in its own manner
            return _text(response_error(f"System.{type(error).__name__}", str(error)))

    def _answer(self, http: HttpRequest, headers: Mapping[str, str], raw: bytes) -> Response:
        path = http.scope.get("raw_path", b"").decode() or http.url.path
        service = service_of(path)
        if self._stopped_on_the_way(raw):
            return _text(waf_block())
        call = parse(raw)
        if service == _DATA_CENTERS:
            return _text(dump(self._data_centers()))
        if service.removeprefix(_AUTH) in LOGIN_SERVICES:
            return self._login(service.removeprefix(_AUTH), call)
        if service == f"{_AUTH}logout":
            self._sessions.end(session_id_of(headers))
            return _text("true")
        return self._serve(service, (headers, path), call, facts_of(http))

    def _stopped_on_the_way(self, raw: bytes) -> bool:
        """Does the firewall see a "<", as it stands or (if it reads JSON) escaped?"""
        settings = self._desk.database.settings
        escaped = settings.waf_decodes and b"\\u003c" in raw.lower()
        return escaped or (settings.waf_blocks_less_than and b"<" in raw)

    def _data_centers(self) -> list[dict[str, Any]]:
        acct_id = self._desk.database.settings.acct_id
        return [{"Id": acct_id, "Number": "001", "Name": "沙箱数据中心", "DataCenterType": "1"}]

    def _login(self, service: str, call: Call) -> Response:
        outcome = self._logins.judge(service, call)
        session = self._sessions.begin(lcid=outcome.lcid) if outcome.result_type == 1 else None
        return self._with_cookies(dump(login_reply(self._desk.database, outcome, session)), session)

    def _serve(self, service: str, where: tuple[Mapping[str, str], str], call: Call, facts: Facts) -> Response:
        name = service.removeprefix(_FORMS)
        handler = _SERVICES.get(name)
        if handler is None:
            return _text(response_error("Kingdee.BOS.ServiceException", f"找不到服务: {service or where[1]}"))
        places = self._desk.database.settings.decimal_places
        session: Session | None = None
        is_new = False
        try:
            session, is_new = self._session(where, facts)
            request = Request(call, facts, self._sessions.actor(session), session.id)
            self._desk.check_rate(request)
            self._desk.check_rights(request, name)
            with self._desk.database.lock:
                text = dump(handler(self._desk, request), places)
        except Refused as refused:
            text = dump([[failure(refused)]] if name == "executebillquery" else failure(refused))
        return self._with_cookies(text, session if is_new else None)

    def _session(self, where: tuple[Mapping[str, str], str], facts: Facts) -> tuple[Session, bool]:
        """The caller's session. An armed token_expired ends it first; with {"hard": true} even signed calls fail."""
        headers, path = where
        fault = self._desk.faults.take({"token_expired"}, facts)
        if fault is not None:
            self._sessions.end(session_id_of(headers))
            if fault.options.get("hard"):
                raise context_lost()
        return self._sessions.authenticate(headers, path)

    def _with_cookies(self, text: str, session: Session | None) -> Response:
        response = _text(text)
        for cookie in self._sessions.cookies(session) if session is not None else []:
            response.headers.append("set-cookie", cookie)
        return response


def _text(text: str) -> Response:
    return Response(text.encode(), media_type="application/json; charset=utf-8")
