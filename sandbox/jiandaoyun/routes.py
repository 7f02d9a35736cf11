"""The data calls of API v5: always POST JSON, errors as HTTP 400 with {code, msg}."""

import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.core import Facts, facts_of
from sandbox.core.jsontext import dumps_exact, loads_exact
from sandbox.core.switches import comma_list
from sandbox.jiandaoyun.filters import matcher
from sandbox.jiandaoyun.forms import App, RefusedError, Row, system_fields, unwrapped

PREFIX = "/api/v5/app/entry/data/"
WRITES = frozenset({"create", "update", "delete"})
LOCKED = 17026  # an invented number: the vendor's is not known
Handler = Callable[[App, str, Row, Facts], object]


def routes(app: App) -> list[BaseRoute]:
    handlers: dict[str, Handler] = {"list": _list, "get": _get, "create": _create, "update": _update, "delete": _delete}
    gate = _Gate(app)
    return [Route(PREFIX + name, gate.endpoint(handler), methods=["POST"]) for name, handler in handlers.items()]


def classify(app: App, method: str, path: str, *, body: str) -> Facts:
    """What the fault gate may match a call on."""
    name = path.removeprefix(PREFIX)
    try:
        sent = json.loads(body)
        form, row = app.forms.get(sent.get("entry_id")), sent.get("data_id")
    except (ValueError, AttributeError):
        form = row = None
    return Facts(method, path, body, object=form, write=name in WRITES, operation=name, id=row)


class _Gate:
    """What every call passes: key, quota, JSON, app and form."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._calls: deque[float] = deque()

    def endpoint(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                self._check(request)
                body = _body(await request.body())
                form = self._form(body)
                return _json(handler(self._app, form, body, facts_of(request)))
            except RefusedError as error:
                return _json({"code": error.code, "msg": str(error)}, 400)

        return answer

    def _check(self, request: Request) -> None:
        app = self._app
        if request.headers.get("authorization") != f"Bearer {app.settings.api_key}":
            raise RefusedError(8301, "API Key 无效")
        now = app.clock.now().timestamp()
        while self._calls and self._calls[0] <= now - 1:
            self._calls.popleft()
        self._calls.append(now)
        limited = app.settings.list_per_s and len(self._calls) > app.settings.list_per_s
        if limited or app.faults.take({"rate_limited"}, facts_of(request)):
            raise RefusedError(8303, "调用频率超过限制")

    def _form(self, body: Row) -> str:
        if body.get("app_id") != self._app.settings.app_id:
            raise RefusedError(8302, "没有该应用的权限")
        form = self._app.forms.get(str(body.get("entry_id")))
        if form is None or form in comma_list(self._app.settings.closed_forms):
            raise RefusedError(8302, "没有该表单的权限")
        return form


def _list(app: App, form: str, body: Row, facts: Facts) -> object:
    """Always ascending by row id; `data_id` is the last row received. No total, no offset, no sort."""
    limit = body.get("limit", app.settings.default_rows)
    if not isinstance(limit, int) or not 1 <= limit <= app.settings.most_rows:
        raise RefusedError(1, f"limit 应为 1 至 {app.settings.most_rows}")
    fits = matcher(body.get("filter"), needs_type=app.settings.filter_type)
    after = str(body.get("data_id") or "")
    rows = sorted((row for row in app.store.all(form) if fits(row)), key=lambda row: str(row["_id"]))
    if app.faults.take({"empty_page"}, facts):
        return {"data": []}
    if after and app.faults.take({"repeat_page"}, facts):
        before = [row for row in rows if row["_id"] <= after]
        return {"data": before[-limit:]}
    return {"data": [row for row in rows if row["_id"] > after][:limit]}


def _get(app: App, form: str, body: Row, _facts: Facts) -> object:
    row = app.store.get(form, body.get("data_id"))
    if row is None and app.settings.missing == "error":
        raise RefusedError(4001, "数据不存在")
    return {"data": row}


def _create(app: App, form: str, body: Row, _facts: Facts) -> object:
    row = app.store.create(form, system_fields(app, form) | unwrapped(app, form, body.get("data")))
    app.journal.append("create", form, id=row["_id"], data=row, request_id=str(body.get("transaction_id") or ""))
    return {"data": row}


def _update(app: App, form: str, body: Row, facts: Facts) -> object:
    stored = _stored(app, form, body)
    if app.faults.take({"locked"}, facts):
        raise RefusedError(LOCKED, "数据正在被操作，请稍后再试")
    row = app.store.update(form, stored["_id"], unwrapped(app, form, body.get("data")))
    app.journal.append("update", form, id=row["_id"], data=row)
    return {"data": row}


def _delete(app: App, form: str, body: Row, _facts: Facts) -> object:
    stored = _stored(app, form, body)
    app.store.delete(form, stored["_id"])
    app.journal.append("delete", form, id=stored["_id"], data=stored)
    return {"status": "success"}


def _stored(app: App, form: str, body: Row) -> Row:
    row = app.store.get(form, body.get("data_id"))
    if row is None:
        raise RefusedError(4001, "数据不存在")
    return row


def _body(raw: bytes) -> Row:
    try:
        body = loads_exact(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise RefusedError(1, "请求参数必须是 JSON 对象")
    return body


def _json(data: Any, status: int = 200) -> Response:
    return Response(dumps_exact(data), status_code=status, media_type="application/json")
